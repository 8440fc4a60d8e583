"""Reminders of cards that are about to expire (rule O46)."""

from django.utils.translation import pgettext

from customers.models import Message
from customers.services import letters, messages
from customers.services.letters import Letter
from customers.services.wordings import Texts
from payments.emails import shown
from payments.models import PaymentMethod

PLACEHOLDERS = ("site", "name", "card", "month", "last4")


def texts() -> Texts:
    """Return what a reminder says."""
    return Texts(
        subject=pgettext("email", "Your card ending in %(last4)s expires soon"),
        heading=pgettext("email", "Your card expires soon"),
        sentence=pgettext(
            "email", "Your card %(card)s, saved with %(site)s, is good until the end of %(month)s."
        ),
        request=pgettext(
            "email", "Please replace it in time, so that your next payments do not fail."
        ),
        button=pgettext("email", "Go to your account"),
    )


def compose(message: Message) -> Letter:
    """Return the reminder of the card that the message is about.

    Raises:
        NotNeeded: the card was removed, or renewed.
    """
    method = PaymentMethod.objects.select_related("customer").get(pk=message.about)
    if method.customer is None:
        raise messages.NotNeeded("The card was removed before the reminder was sent.")
    if not message.occasion.startswith(expiry_of(method)):
        raise messages.NotNeeded("The card was renewed before the reminder was sent.")
    to = letters.reader(method.customer, message.site, livemode=message.livemode)
    with letters.in_language_of(to):
        card = shown.card(method.brand, method.last4)
        until = shown.month(method.exp_year or 0, method.exp_month or 0, to)
        words = {
            "site": message.site.name,
            "name": shown.name(method.customer),
            "card": card,
            "month": until,
            "last4": method.last4,
        }
        context = {
            "name": words["name"],
            "facts": [
                (pgettext("email", "Card"), card),
                (pgettext("email", "Good until the end of"), until),
            ],
        }
        return letters.write(
            to, "card_expiry", kind=message.kind, texts=texts(), words=words, context=context
        )


def expiry_of(method: PaymentMethod) -> str:
    """Return the month until whose end a card is good, such as `2027-06`."""
    return f"{method.exp_year:04}-{method.exp_month:02}"
