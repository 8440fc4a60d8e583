"""Refund notes: money went back, in whole or in part."""

from django.utils.translation import pgettext

from customers.models import Message
from customers.services import letters
from customers.services.letters import Letter, Reader
from payments.emails import shown
from payments.models import Refund
from payments.money import Money


def compose(message: Message) -> Letter:
    """Return the note of the refund that the message is about."""
    refund = Refund.objects.select_related("charge__customer").get(pk=message.about)
    charge = refund.charge
    to = letters.reader(charge.customer, message.site, livemode=message.livemode)
    with letters.in_language_of(to):
        words = {
            "site": message.site.name,
            "amount": shown.money(Money(refund.amount, refund.currency), to),
            "total": shown.money(Money(charge.amount_captured, charge.currency), to),
        }
        context = {
            "heading": pgettext("email", "Your refund is on its way"),
            "name": shown.name(charge.customer),
            "sentence": _sentence(refund) % words,
            "amount": words["amount"],
            "facts": _facts(refund, words["amount"], words["total"], to),
            "patience": pgettext(
                "email", "It can take 5 to 10 days until your bank shows the money on your account."
            ),
        }
        subject = pgettext("email", "Your refund from %(site)s: %(amount)s") % words
        return letters.write(to, "refund", subject=subject, context=context)


def _sentence(refund: Refund) -> str:
    if refund.amount == refund.charge.amount_captured:
        return pgettext("email", "%(site)s has refunded your whole payment of %(amount)s.")
    return pgettext("email", "%(site)s has refunded %(amount)s of your payment of %(total)s.")


def _facts(refund: Refund, amount: str, total: str, to: Reader) -> list[tuple[str, str]]:
    charge = refund.charge
    paid = shown.day(charge.settled_at or charge.created_at, to)
    pairs = [
        (pgettext("email", "Amount refunded"), amount),
        (pgettext("email", "Date"), shown.day(refund.settled_at or refund.created_at, to)),
        (pgettext("email", "Refunded to"), shown.method(charge.method_details)),
        (pgettext("email", "Original payment"), f"{total}, {paid}"),
        (pgettext("email", "Description"), charge.description),
        (pgettext("email", "Receipt number"), charge.pk),
        (pgettext("email", "Refund number"), refund.pk),
    ]
    return [(label, value) for label, value in pairs if value]
