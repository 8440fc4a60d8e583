"""How prices are put for people to read: amounts, packages, tiers, and how often."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.admin.shown import money
from customers.kit.currencies import digits
from payments.billing.models import Price
from payments.billing.services import price_terms


def whole(price: Price) -> str:
    """Return what a price costs and how often."""
    return f"{amount(price)} {rhythm(price)}"


def amount(price: Price) -> str:
    """Return what a unit of a price costs, or a package."""
    if price.unit_amount_decimal is None:
        return _("In tiers")
    text = exact(price.unit_amount_decimal, price.currency)
    if price.divide_by is None:
        return text
    return _("%(amount)s for %(count)d") % {"amount": text, "count": price.divide_by}


def rhythm(price: Price) -> str:
    """Return how often a price is billed."""
    count = price.interval_count
    words = {
        "": _("once"),
        "day": ngettext("every day", "every %(count)d days", count),
        "week": ngettext("every week", "every %(count)d weeks", count),
        "month": ngettext("every month", "every %(count)d months", count),
        "year": ngettext("every year", "every %(count)d years", count),
    }[price.interval]
    return words % {"count": count} if "%(" in words else words


def exact(minor: Decimal, currency: str) -> str:
    """Return an amount of minor units, which may have decimals of them."""
    number = price_terms.whole(minor)
    if number is not None:
        return money(number, currency)
    return (
        f"{currency.upper()}\N{NO-BREAK SPACE}{price_terms.text(minor.scaleb(-digits(currency)))}"
    )


def tiers(price: Price) -> Iterator[tuple[str, str]]:
    """Yield the tiers of a price: the quantities, and what they cost."""
    first = 1
    for tier in price.tiers:
        last = tier["up_to"]
        quantities = (
            _("From %(first)d") % {"first": first}
            if last is None
            else _("%(first)d to %(last)d") % {"first": first, "last": last}
        )
        yield quantities, _tier(tier, price.currency)
        first = (last or 0) + 1


def options(price: Price) -> str:
    """Return what a price costs in its further currencies."""
    return " · ".join(
        exact(Decimal(option["unit_amount_decimal"]), currency)
        if option["unit_amount_decimal"] is not None
        else currency.upper()
        for currency, option in sorted(price.currency_options.items())
    )


def _tier(tier: dict[str, Any], currency: str) -> str:
    unit, flat = tier["unit_amount_decimal"], tier["flat_amount_decimal"]
    parts = []
    if unit is not None:
        parts.append(_("%(amount)s per unit") % {"amount": exact(Decimal(unit), currency)})
    if flat is not None:
        parts.append(_("%(amount)s flat") % {"amount": exact(Decimal(flat), currency)})
    return " + ".join(parts)
