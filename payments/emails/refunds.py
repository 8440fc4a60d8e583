"""Refund notes: money went back, in whole or in part."""

from django.utils.translation import pgettext

from customers.models import Message
from customers.services import letters
from customers.services.letters import Letter, Reader
from customers.services.wordings import Texts
from payments.emails import shown
from payments.models import Refund
from payments.money import Money

PLACEHOLDERS = ("site", "name", "amount", "total")


def texts() -> Texts:
    """Return what the note of a refund in part says."""
    return _texts(
        pgettext("email", "%(site)s has refunded %(amount)s of your payment of %(total)s.")
    )


def texts_of_whole() -> Texts:
    """Return what the note of a whole refund says."""
    return _texts(pgettext("email", "%(site)s has refunded your whole payment of %(amount)s."))


def compose(message: Message) -> Letter:
    """Return the note of the refund that the message is about."""
    refund = Refund.objects.select_related("charge__customer").get(pk=message.about)
    charge = refund.charge
    to = letters.reader(charge.customer, message.site, livemode=message.livemode)
    with letters.in_language_of(to):
        words = {
            "site": message.site.name,
            "name": shown.name(charge.customer),
            "amount": shown.money(Money(refund.amount, refund.currency), to),
            "total": shown.money(Money(charge.amount_captured, charge.currency), to),
        }
        context = {
            "name": words["name"],
            "amount": words["amount"],
            "facts": _facts(refund, words["amount"], words["total"], to),
        }
        is_whole = refund.amount == charge.amount_captured
        said = texts_of_whole() if is_whole else texts()
        return letters.write(
            to, "refund", kind=message.kind, texts=said, words=words, context=context
        )


def _texts(sentence: str) -> Texts:
    return Texts(
        subject=pgettext("email", "Your refund from %(site)s: %(amount)s"),
        heading=pgettext("email", "Your refund is on its way"),
        sentence=sentence,
        request=pgettext(
            "email", "It can take 5 to 10 days until your bank shows the money on your account."
        ),
    )


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
