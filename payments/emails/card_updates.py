"""Requests for another card, which staff sends; the link in it saves one, and works once."""

from django.utils.translation import pgettext

from customers.models import Customer, Message
from customers.services import letters
from customers.services.letters import Letter
from customers.services.wordings import Texts
from payments.emails import shown
from payments.models import PaymentMethod

PLACEHOLDERS = ("site", "name")


def texts() -> Texts:
    """Return what a request says."""
    return Texts(
        subject=pgettext("email", "Please update your card"),
        heading=pgettext("email", "Please update your card"),
        sentence=pgettext("email", "%(site)s asks you to save another card for your payments."),
        request=pgettext(
            "email",
            "The link works once, for 14 days. The new card is used for your payments from then on.",
        ),
        button=pgettext("email", "Update your card"),
    )


def write(message: Message, customer: Customer, url: str) -> Letter:
    """Return the request.

    Args:
        url: of the page that saves another card.
    """
    to = letters.reader(customer, message.site, livemode=message.livemode)
    with letters.in_language_of(to):
        words = {"site": message.site.name, "name": shown.name(customer)}
        context = {
            "name": words["name"],
            "url": url,
            "facts": _card(customer.default_payment_method_id),
        }
        return letters.write(
            to, "card_update", kind=message.kind, texts=texts(), words=words, context=context
        )


def _card(pk: str | None) -> list[tuple[str, str]]:
    """Return the card that is charged so far."""
    method = PaymentMethod.objects.filter(pk=pk, kind=PaymentMethod.Kind.CARD).first()
    if method is None:
        return []
    return [(pgettext("email", "Card"), shown.card(method.brand, method.last4))]
