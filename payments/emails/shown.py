"""How emails put things: money, dates, payment methods, as they are written where the customer lives."""

import re
from collections.abc import Mapping
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import NumberPattern
from django.utils.translation import pgettext

from customers.kit import dates
from customers.kit.currencies import digits
from customers.models import Customer
from customers.services.letters import Reader
from payments.money import Money

# Proper names, the same in every language.
_BRANDS = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "discover": "Discover",
    "eftpos_au": "Eftpos",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
# A currency without a sign of its own, before its amount; Babel leaves out the space that Unicode's rules want there.
_LETTER_THEN_DIGIT = re.compile(r"([^\W\d_])(\d)")
_DOTS = "\N{BULLET}" * 4


def money(amount: Money, to: Reader) -> str:
    """Return an amount with its currency."""
    places = digits(amount.currency)
    return _written(Decimal(amount.amount).scaleb(-places), amount.currency, places, to)


def unit_amount(minor: Decimal, currency: str, to: Reader) -> str:
    """Return what one of something costs, with all digits that it has.

    Args:
        minor: minor units, such as 0.5 cents.
    """
    places = digits(currency)
    value = minor.scaleb(-places).normalize()
    return _written(value, currency, max(places, -int(value.as_tuple().exponent)), to)


def period(start: datetime, end: datetime, to: Reader) -> str:
    """Return the days from one instant to another where the site is; empty where that is one day."""
    zone = ZoneInfo(to.site.timezone)
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    if first == last:
        return ""
    return dates.span(first, last, to.locale)


def day(at: datetime, to: Reader) -> str:
    """Return the day of an instant where the site is."""
    return dates.day(at.astimezone(ZoneInfo(to.site.timezone)), to.locale)


def month(year: int, number: int, to: Reader) -> str:
    """Return a month of a year."""
    return dates.month(date(year, number, 1), to.locale)


def method(details: Mapping[str, Any]) -> str:
    """Return a payment method by its brand or kind and its last four digits.

    Args:
        details: a charge's `method_details`.
    """
    kind = details.get("type", "")
    inner = details.get(kind) or {}
    if kind == "card":
        return card(inner.get("brand") or "", inner.get("last4") or "")
    name = pgettext("email", "SEPA Direct Debit") if kind == "sepa_debit" else ""
    name = name or inner.get("bank_name") or pgettext("email", "Bank account")
    return _numbered(name, inner.get("last4") or "")


def card(brand: str, last4: str) -> str:
    """Return a card by its brand and its last four digits."""
    return _numbered(_BRANDS.get(brand) or pgettext("email", "Card"), last4)


def name(customer: Customer | None) -> str:
    """Return how a letter addresses a customer; empty where nobody knows."""
    return (customer.display_name or customer.shown_name) if customer is not None else ""


def _written(value: Decimal, currency: str, places: int, to: Reader) -> str:
    pattern: NumberPattern = copy(to.locale.currency_formats["standard"])
    pattern.frac_prec = (places, places)
    text: str = pattern.apply(value, to.locale, currency=currency.upper(), currency_digits=False)
    return _LETTER_THEN_DIGIT.sub("\\1\N{NO-BREAK SPACE}\\2", text)


def _numbered(what: str, last4: str) -> str:
    return f"{what} {_DOTS} {last4}" if last4 else what
