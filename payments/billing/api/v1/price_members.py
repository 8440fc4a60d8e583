"""Members of prices and plans that are worked out from several columns, or shown only where somebody asks for them.

Source: https://docs.stripe.com/api/prices/object
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from customers.kit import ids
from customers.restkit.expansion import Wire
from payments.billing.models import Price
from payments.billing.services import chosen_ids, price_terms

_INTEGER, _INTEGER_OR_NULL = {"type": "integer"}, {"type": ["integer", "null"]}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_TIER = {
    "type": "object",
    "properties": {
        "flat_amount": _INTEGER_OR_NULL,
        "flat_amount_decimal": _TEXT_OR_NULL,
        "unit_amount": _INTEGER_OR_NULL,
        "unit_amount_decimal": _TEXT_OR_NULL,
        "up_to": _INTEGER_OR_NULL,
    },
}
TIERS_SCHEMA = {"type": "array", "items": _TIER}
DECIMAL_SCHEMA = _TEXT_OR_NULL
TRANSFORM_SCHEMA = {
    "type": ["object", "null"],
    "properties": {
        "divide_by": _INTEGER,
        "round": {"type": "string", "enum": ["down", "up"]},
    },
}
RECURRING_SCHEMA = {
    "type": ["object", "null"],
    "properties": {
        "interval": {"type": "string", "enum": list(Price.Unit.values)},
        "interval_count": _INTEGER,
        "meter": {"type": "null"},
        "trial_period_days": _INTEGER_OR_NULL,
        "usage_type": {"type": "string", "const": "licensed"},
    },
}
OPTIONS_SCHEMA = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {
            "custom_unit_amount": {"type": "null"},
            "tax_behavior": {"type": "string", "enum": list(Price.Tax.values)},
            "tiers": TIERS_SCHEMA,
            "unit_amount": _INTEGER_OR_NULL,
            "unit_amount_decimal": _TEXT_OR_NULL,
        },
    },
}


def decimal(exact: Decimal | None) -> str | None:
    """Return an exact amount as the wire has it."""
    return None if exact is None else price_terms.text(exact)


def recurring(
    kind: str, interval: str, interval_count: int, trial_days: int | None
) -> dict[str, Any] | None:
    """Return how often a price is billed; None where it is billed once."""
    if kind == Price.Kind.ONE_TIME:
        return None
    return {
        "interval": interval,
        "interval_count": interval_count,
        "meter": None,
        "trial_period_days": trial_days,
        "usage_type": "licensed",
    }


def transform(divide_by: int | None, rounds_up: bool) -> dict[str, Any] | None:  # noqa: FBT001 -- a column's value
    """Return how a quantity becomes packages; None where it does not."""
    if divide_by is None:
        return None
    return {"divide_by": divide_by, "round": "up" if rounds_up else "down"}


def tiers(wires: Sequence[Wire]) -> list[list[Wire] | None]:
    """Return the tiers of prices; None for those that have none."""
    found = _kept(wires)
    return [[_tier(tier) for tier in found[wire["id"]].tiers] or None for wire in wires]


def currency_options(wires: Sequence[Wire]) -> list[Wire]:
    """Return what prices cost in each of their currencies, their own included."""
    found = _kept(wires)
    return [_options(found[wire["id"]]) for wire in wires]


def _kept(wires: Sequence[Wire]) -> dict[str, Price]:
    keys = [key for wire in wires for key in chosen_ids.keys(wire["id"])]
    rows = Price.objects.filter(pk__in=keys)
    return {ids.shown(row.pk): row for row in rows}


def _options(price: Price) -> Wire:
    own = {
        "tax_behavior": price.tax_behavior,
        "tiers": price.tiers,
        "unit_amount_decimal": decimal(price.unit_amount_decimal),
    }
    options = {price.currency: own, **price.currency_options}
    return {currency: _option(options[currency]) for currency in sorted(options)}


def _option(kept: Mapping[str, Any]) -> Wire:
    shown = {
        "custom_unit_amount": None,
        "tax_behavior": kept["tax_behavior"],
        "unit_amount": _whole(kept["unit_amount_decimal"]),
        "unit_amount_decimal": kept["unit_amount_decimal"],
    }
    return shown | ({"tiers": [_tier(tier) for tier in kept["tiers"]]} if kept["tiers"] else {})


def _tier(kept: Mapping[str, Any]) -> Wire:
    return {
        "flat_amount": _whole(kept["flat_amount_decimal"]),
        "flat_amount_decimal": kept["flat_amount_decimal"],
        "unit_amount": _whole(kept["unit_amount_decimal"]),
        "unit_amount_decimal": kept["unit_amount_decimal"],
        "up_to": kept["up_to"],
    }


def _whole(kept: str | None) -> int | None:
    return price_terms.whole(None if kept is None else Decimal(kept))
