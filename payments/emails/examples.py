"""What made-up emails about payments are about: for merchants who want to see their own texts."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import pgettext

from customers.services.letters import Reader
from customers.services.wordings import Example
from payments.emails import shown
from payments.money import Money

AMOUNT = 4900
"""Minor units of the site's currency."""
NAME = "Ada Whitfield"
NUMBER = "KT-0042"
_CARD = ("visa", "4242")
_RECEIPT, _REFUND = "ch_example", "re_example"


def receipt(to: Reader, at: datetime) -> Example:
    """Return what a made-up receipt is about."""
    words = {"site": to.site.name, "name": NAME, "amount": amount(to)}
    facts = [
        (pgettext("email", "Amount paid"), words["amount"]),
        (pgettext("email", "Date"), shown.day(at, to)),
        (pgettext("email", "Payment method"), card()),
        (pgettext("email", "Receipt number"), _RECEIPT),
    ]
    return Example("receipt", words, {"name": NAME, "amount": words["amount"], "facts": facts})


def refund(to: Reader, at: datetime) -> Example:
    """Return what a made-up note of a refund is about."""
    part = shown.money(Money(AMOUNT // 2, to.site.default_currency), to)
    words = {"site": to.site.name, "name": NAME, "amount": part, "total": amount(to)}
    facts = [
        (pgettext("email", "Amount refunded"), part),
        (pgettext("email", "Date"), shown.day(at, to)),
        (pgettext("email", "Refunded to"), card()),
        (pgettext("email", "Refund number"), _REFUND),
    ]
    return Example("refund", words, {"name": NAME, "amount": part, "facts": facts})


def expiring_card(to: Reader, at: datetime) -> Example:
    """Return what a made-up reminder of a card is about."""
    words = {
        "site": to.site.name,
        "name": NAME,
        "card": card(),
        "month": shown.month(at.year, at.month, to),
        "last4": _CARD[1],
    }
    facts = [
        (pgettext("email", "Card"), words["card"]),
        (pgettext("email", "Good until the end of"), words["month"]),
    ]
    return Example("card_expiry", words, {"name": NAME, "facts": facts})


def card_update(to: Reader, at: datetime) -> Example:
    """Return what a made-up request for another card is about."""
    words = {"site": to.site.name, "name": NAME}
    facts = [(pgettext("email", "Card"), card())]
    return Example("card_update", words, {"name": NAME, "url": settings.PUBLIC_URL, "facts": facts})


def amount(to: Reader) -> str:
    """Return a made-up amount in the site's currency."""
    return shown.money(Money(AMOUNT, to.site.default_currency), to)


def card() -> str:
    """Return a made-up card."""
    return shown.card(*_CARD)
