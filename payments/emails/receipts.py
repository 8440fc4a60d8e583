"""Receipts: a payment succeeded."""

from django.utils.translation import pgettext

from customers.models import Message
from customers.services import letters
from customers.services.letters import Letter, Reader
from customers.services.wordings import Texts
from payments.emails import shown
from payments.models import Charge
from payments.money import Money

PLACEHOLDERS = ("site", "name", "amount")


def texts() -> Texts:
    """Return what a receipt says."""
    return Texts(
        subject=pgettext("email", "Your receipt from %(site)s: %(amount)s"),
        heading=pgettext("email", "Thank you for your payment"),
        sentence=pgettext("email", "%(site)s has received your payment of %(amount)s."),
    )


def compose(message: Message) -> Letter:
    """Return the receipt of the charge that the message is about."""
    charge = Charge.objects.select_related("customer").get(pk=message.about)
    to = letters.reader(charge.customer, message.site, livemode=message.livemode)
    with letters.in_language_of(to):
        words = {
            "site": message.site.name,
            "name": shown.name(charge.customer),
            "amount": shown.money(Money(charge.amount_captured, charge.currency), to),
        }
        context = {
            "name": words["name"],
            "amount": words["amount"],
            "facts": _facts(charge, words["amount"], to),
        }
        return letters.write(
            to, "receipt", kind=message.kind, texts=texts(), words=words, context=context
        )


def _facts(charge: Charge, amount: str, to: Reader) -> list[tuple[str, str]]:
    descriptor = "* ".join(
        part for part in (charge.statement_descriptor, charge.statement_descriptor_suffix) if part
    )
    pairs = [
        (pgettext("email", "Amount paid"), amount),
        (pgettext("email", "Date"), shown.day(charge.settled_at or charge.created_at, to)),
        (pgettext("email", "Payment method"), shown.method(charge.method_details)),
        (pgettext("email", "Description"), charge.description),
        (pgettext("email", "On your statement"), descriptor),
        (pgettext("email", "Receipt number"), charge.pk),
    ]
    return [(label, value) for label, value in pairs if value]
