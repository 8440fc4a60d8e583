"""How things are put for people to read: money, countries, languages, who did what."""

import re
from copy import copy
from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import NumberPattern
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from customers.events.models import Event
from customers.kit.currencies import digits
from customers.models import Customer, Organization

_LETTERS = 2  # of a country's code
# A currency without a sign of its own, before its amount; Babel leaves out the space that Unicode's rules want there.
_LETTER_THEN_DIGIT = re.compile(r"([^\W\d_])(\d)")

DOORS = {
    "api": gettext_lazy("API"),
    "command": gettext_lazy("Command line"),
    "dashboard": gettext_lazy("Dashboard"),
    "gateway": gettext_lazy("Payment gateway"),
    "import": gettext_lazy("Import"),
    "portal": gettext_lazy("Portal"),
    "worker": gettext_lazy("Automatic"),
}


def money(amount: int, currency: str) -> str:
    """Return an amount of minor units as people write it, in the page's language."""
    places = digits(currency)
    return _money(Decimal(amount).scaleb(-places), currency, places)


def money_with_code(amount: int, currency: str) -> str:
    """Return an amount as `money` does, with its currency's code, unless that is its sign already."""
    text, code = money(amount, currency), currency.upper()
    if code in text:
        return text
    return format_html('{} <span class="currency">{}</span>', text, code)


def short_money(amount: int, currency: str) -> str:
    """Return an amount of minor units without digits after the point where they are all 0."""
    value = Decimal(amount).scaleb(-digits(currency))
    return _money(value, currency, 0) if value == int(value) else money(amount, currency)


def _money(value: Decimal, currency: str, places: int) -> str:
    text: str = _pattern(places).apply(
        value, _locale(), currency=currency.upper(), currency_digits=False
    )
    return _LETTER_THEN_DIGIT.sub("\\1\N{NO-BREAK SPACE}\\2", text)


def country(code: str) -> str:
    """Return a country's name in the page's language; free text stays as it is."""
    return str(_locale().territories.get(code, code)) if len(code) == _LETTERS else code


def countries() -> list[tuple[str, str]]:
    """Return the countries' codes and names, by name."""
    names = _locale().territories
    pairs = [(code, str(names[code])) for code in _country_codes() if code in names]
    return sorted(pairs, key=lambda pair: pair[1].casefold())


def currencies() -> list[tuple[str, str]]:
    """Return the codes of today's currencies, with their names, by code."""
    names = _locale().currencies
    return [
        (code.lower(), f"{code} · {names[code]}")
        for code in sorted(_todays_currencies())
        if code in names
    ]


def language(tag: str) -> str:
    """Return a language's name in the page's language."""
    try:
        found = Locale.parse(tag, sep="-" if "-" in tag else "_")
    except (UnknownLocaleError, ValueError):
        return tag
    return found.get_display_name(_locale()) or tag


def balance(customer: Customer) -> tuple[str, str]:
    """Return a customer's balance without a sign, and whose favour it is in."""
    if not customer.balance:
        return (money(0, customer.currency) if customer.currency else "0"), _("nothing owed")
    amount = money(abs(customer.balance), customer.currency)
    return amount, _("credit") if customer.balance < 0 else _("owed")


def initials(text: str) -> str:
    """Return one or two letters that stand for a name."""
    words = [word for word in text.split() if word[:1].isalpha()]
    letters = [word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)]
    return "".join(letters).upper() or "·"


def tick(pk: str, label: str) -> str:
    """Return a box that chooses a row of a list for what is done to many at once."""
    html = '<input type="checkbox" name="id" value="{}" form="bulk" aria-label="{}">'
    return format_html(html, pk, label)


def door(name: str) -> str:
    """Return the words for a door."""
    return str(DOORS.get(name, name))


def customer_line(customer: Customer) -> dict[str, Any]:
    """Return what lists say of a customer."""
    return {
        "name": str(customer),
        "email": customer.email if customer.shown_name else "",
        "url": reverse("admin:customers_customer_page", args=[customer.pk]),
        "initials": initials(str(customer)),
        "created_at": customer.created_at,
    }


def event_line(event: Event) -> dict[str, Any]:
    """Return what timelines say of an event."""
    return {
        "type": event.type,
        "title": event_title(event.type),
        "changed": ", ".join(sorted(event.previous_attributes or ())),
        "door": door(event.door),
        "actor": event.actor,
        "created_at": event.created_at,
        "url": _page_of(event),
        "object_url": _page_of_customer(event.customer_id),
        "object_id": event.object_id,
    }


def event_title(type_: str) -> str:
    """Return the words for an event's type; those of a type without any are its own."""
    return str(EVENTS.get(type_, type_.replace(".", " ").replace("_", " ").capitalize()))


def invoice_page(pk: str) -> str:
    """Return the address of an invoice's page, where there are such pages; empty without an invoice."""
    try:
        return reverse("admin:billing_invoice_page", args=[pk]) if pk else ""
    except NoReverseMatch:
        return ""


def address_lines(address: Any) -> list[str]:
    """Return an address, or whatever has its columns, as lines."""
    place = " ".join(part for part in (address.postal_code, address.city) if part)
    region = ", ".join(part for part in (place, address.state) if part)
    lines = [
        getattr(address, "name", "") if not isinstance(address, Organization) else "",
        getattr(address, "company", ""),
        address.line1,
        address.line2,
        region,
        country(address.country),
    ]
    return [line for line in lines if line]


EVENTS: dict[str, Any] = {
    "customer.created": gettext_lazy("Customer created"),
    "customer.updated": gettext_lazy("Customer changed"),
    "customer.deleted": gettext_lazy("Customer deleted"),
    "customer.address.created": gettext_lazy("Address added"),
    "customer.address.updated": gettext_lazy("Address changed"),
    "customer.address.deleted": gettext_lazy("Address deleted"),
    "customer.balance_transaction.created": gettext_lazy("Balance adjusted"),
    "customer.balance_transaction.updated": gettext_lazy("Balance transaction changed"),
    "customer.consent.created": gettext_lazy("Consent recorded"),
    "customer.erased": gettext_lazy("Personal data erased"),
    "customer.erasure.canceled": gettext_lazy("Erasure called off"),
    "customer.erasure.created": gettext_lazy("Erasure asked for"),
    "customer.merged": gettext_lazy("Customer merged"),
    "customer.unmerged": gettext_lazy("Merge undone"),
    "customer.tax_id.created": gettext_lazy("Tax ID added"),
    "customer.tax_id.deleted": gettext_lazy("Tax ID removed"),
    "cash_balance.funds_available": gettext_lazy("Money came in"),
    "customer_cash_balance_transaction.created": gettext_lazy("Cash balance changed"),
    "test_helpers.test_clock.created": gettext_lazy("Test clock made"),
    "test_helpers.test_clock.advancing": gettext_lazy("Test clock advancing"),
    "test_helpers.test_clock.ready": gettext_lazy("Test clock advanced"),
    "test_helpers.test_clock.internal_failure": gettext_lazy("Test clock failed"),
    "test_helpers.test_clock.deleted": gettext_lazy("Test clock deleted"),
    "custom_field.created": gettext_lazy("Custom field defined"),
    "custom_field.updated": gettext_lazy("Custom field changed"),
    "custom_field.deleted": gettext_lazy("Custom field deleted"),
    "organization.created": gettext_lazy("Organization created"),
    "organization.updated": gettext_lazy("Organization changed"),
    "organization.deleted": gettext_lazy("Organization deleted"),
}
"""The words for events; higher apps add those of theirs."""


def _page_of(event: Event) -> str:
    try:
        return reverse("admin:events_event_page", args=[event.pk])
    except NoReverseMatch:
        return ""


def _page_of_customer(pk: str) -> str:
    return reverse("admin:customers_customer_page", args=[pk]) if pk else ""


def _locale() -> Locale:
    return _parsed(get_language() or "en")


@cache
def _parsed(language_: str) -> Locale:
    return Locale.parse(language_, sep="-")


def _pattern(places: int) -> NumberPattern:
    pattern: NumberPattern = copy(_locale().currency_formats["standard"])
    pattern.frac_prec = (places, places)
    return pattern


@cache
def _country_codes() -> frozenset[str]:
    known = map(str, Locale("en").territories)
    return frozenset(code for code in known if len(code) == _LETTERS and code.isalpha()) - {
        "EU",
        "EZ",
        "QO",
        "UN",
        "XA",
        "XB",
        "ZZ",
    }


@cache
def _todays_currencies() -> frozenset[str]:
    """Return the codes of the currencies that are legal tender somewhere."""
    return frozenset(
        code
        for used in get_global("territory_currencies").values()
        for code, _begin, end, is_tender in used
        if end is None and is_tender
    )
