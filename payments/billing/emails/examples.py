"""What made-up emails about billing are about: for merchants who want to see their own texts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import pgettext

from customers.services.letters import Reader
from customers.services.wordings import Example
from payments.emails import declines, examples, shown

_PRODUCT = "Gold plan"
_CREDIT_NOTE = f"{examples.NUMBER}-CN-01"
_DAYS = timedelta(days=3)


def invoice(to: Reader, at: datetime) -> Example:
    """Return what a made-up letter about an invoice is about."""
    words = {
        "number": examples.NUMBER,
        "amount": examples.amount(to),
        "date": shown.day(at + _DAYS, to),
    }
    return _bill(to, words, _asked(words), pgettext("email", "Download the invoice (PDF)"))


def failed(to: Reader, at: datetime) -> Example:
    """Return what a made-up letter about a payment that failed is about."""
    asked = invoice(to, at)
    day = {"date": asked.words["date"]}
    words = {
        **asked.words,
        "reason": declines.reason_for("insufficient_funds"),
        "next_try": pgettext("email", "We will try again on %(date)s.") % day,
    }
    return _bill(to, words, _asked(words), pgettext("email", "Update your card"))


def paid(to: Reader, at: datetime) -> Example:
    """Return what a made-up receipt of an invoice is about."""
    words = {"number": examples.NUMBER, "amount": examples.amount(to)}
    facts = [
        (pgettext("email", "Amount paid"), words["amount"]),
        (pgettext("email", "Date"), shown.day(at, to)),
        (pgettext("email", "Payment method"), examples.card()),
        (pgettext("email", "Invoice number"), words["number"]),
    ]
    return _bill(to, words, facts, pgettext("email", "Download the receipt (PDF)"))


def trial_end(to: Reader, at: datetime) -> Example:
    """Return what a made-up reminder of a trial's end is about."""
    method = {"method": examples.card()}
    words = {
        "product": _PRODUCT,
        "date": shown.day(at + _DAYS, to),
        "afterwards": pgettext(
            "email", "From then on %(method)s is charged. If you do not want that, cancel before."
        )
        % method,
    }
    facts = [
        (pgettext("email", "Trial ends"), words["date"]),
        (pgettext("email", "Payment method"), method["method"]),
    ]
    return _bill(to, words, facts)


def ended(to: Reader, at: datetime) -> Example:
    """Return what a made-up letter about a subscription that was not paid is about."""
    facts = [
        (pgettext("email", "Subscription"), _PRODUCT),
        (pgettext("email", "Ended on"), shown.day(at, to)),
        (pgettext("email", "Amount due"), examples.amount(to)),
    ]
    return _bill(to, {"product": _PRODUCT}, facts)


def changed(to: Reader, at: datetime) -> Example:
    """Return what a made-up letter about what a customer did with a subscription is about."""
    words = {"product": _PRODUCT, "date": shown.day(at + _DAYS, to)}
    return _bill(to, words, [(pgettext("email", "Subscription"), _PRODUCT)])


def credit_note(to: Reader, at: datetime) -> Example:
    """Return what a made-up letter with a credit note is about."""
    words = {
        "number": _CREDIT_NOTE,
        "invoice": examples.NUMBER,
        "amount": examples.amount(to),
    }
    facts = [
        (pgettext("email", "Credit note number"), words["number"]),
        (pgettext("email", "Invoice number"), words["invoice"]),
        (pgettext("email", "Date"), shown.day(at, to)),
    ]
    return _bill(to, words, facts, pgettext("email", "View the invoice"))


def _asked(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        (pgettext("email", "Invoice number"), words["number"]),
        (pgettext("email", "Amount due"), words["amount"]),
        (pgettext("email", "Due date"), words["date"]),
    ]


def _bill(
    to: Reader,
    words: Mapping[str, str],
    facts: Sequence[tuple[str, str]],
    link: str = "",
) -> Example:
    """Return an example whose links lead to the merchant's front page, since there is nothing behind them."""
    front = f"{settings.PUBLIC_URL}{reverse('portal:front', args=[to.site.slug])}"
    context = {
        "name": examples.NAME,
        "amount": words.get("amount", ""),
        "button_url": front,
        "facts": list(facts),
        "links": [(link, front)] if link else [],
    }
    return Example("bill", {**words, "site": to.site.name, "name": examples.NAME}, context)
