"""Members that invoice items and the lines of invoices have alike.

Source: https://docs.stripe.com/api/invoice-line-item/object; https://docs.stripe.com/api/invoiceitems/object
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from customers.kit import ids
from customers.restkit.expansion import Wire
from customers.restkit.objects import ExpandableList
from payments.api.v1.charge_members import parsed

_INTEGER, _TEXT = {"type": "integer"}, {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}


def _closed(properties: dict[str, Any], *, is_nullable: bool = False) -> dict[str, Any]:
    return {
        "type": ["object", "null"] if is_nullable else "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


PERIOD_SCHEMA = _closed({"end": _INTEGER, "start": _INTEGER})
PRICING_SCHEMA = _closed(
    {
        "price_details": _closed({"price": _TEXT, "product": _TEXT}, is_nullable=True),
        "type": {"type": "string", "const": "price_details"},
        "unit_amount_decimal": _TEXT_OR_NULL,
    },
    is_nullable=True,
)
_PRORATION = {"type": ["object", "null"], "additionalProperties": True}
PARENT_SCHEMA = _closed(
    {
        "invoice_item_details": _closed(
            {
                "invoice_item": _TEXT,
                "proration": {"type": "boolean"},
                "proration_details": _PRORATION,
                "subscription": _TEXT_OR_NULL,
            },
            is_nullable=True,
        ),
        "subscription_item_details": _closed(
            {
                "invoice_item": _TEXT_OR_NULL,
                "proration": {"type": "boolean"},
                "proration_details": _PRORATION,
                "subscription": _TEXT_OR_NULL,
                "subscription_item": _TEXT,
            },
            is_nullable=True,
        ),
        "type": {"type": "string", "enum": ["invoice_item_details", "subscription_item_details"]},
    },
    is_nullable=True,
)
ITEM_PARENT_SCHEMA = _closed(
    {
        "subscription_details": _closed(
            {"subscription": _TEXT, "subscription_item": _TEXT_OR_NULL}
        ),
        "type": {"type": "string", "const": "subscription_details"},
    },
    is_nullable=True,
)
DISCOUNT_AMOUNTS_SCHEMA = {
    "type": "array",
    "items": _closed({"amount": _INTEGER, "discount": _TEXT}),
}
QUANTITY_SCHEMA = _TEXT_OR_NULL


class DiscountIds(ExpandableList):
    """References to the discounts whose ids a column has, or stand in it beside amounts."""

    def __init__(self, column: str) -> None:
        super().__init__("discount")
        self.column = column

    def paths(self, name: str) -> list[tuple[str, str]]:
        return [(self.column, self.column)]

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        names[name] = _discount_ids
        return f"{name}(row[{positions[0]}])"


def _discount_ids(stored: Any) -> list[str]:
    return [each if isinstance(each, str) else each[0] for each in parsed(stored)]


def discount_amounts(stored: Any) -> list[Wire]:
    """Return what discounts take off, as `/v1/` spells it."""
    return [{"amount": amount, "discount": pk} for pk, amount in parsed(stored)]


def period(start: datetime, end: datetime) -> Wire:
    """Return a period as whole seconds."""
    return {"end": int(end.timestamp()), "start": int(start.timestamp())}


def decimal(value: Decimal | int | None) -> str | None:
    """Return a number without zeros that say nothing."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def pricing(
    price_id: str | None, product_id: str | None, unit_amount: Decimal | None
) -> Wire | None:
    """Return at which price something is billed; null where it is an amount of its own."""
    if price_id is None and unit_amount is None:
        return None
    details = price_id and {"price": ids.shown(price_id), "product": ids.shown(product_id or "")}
    return {
        "price_details": details or None,
        "type": "price_details",
        "unit_amount_decimal": decimal(unit_amount),
    }


def parent(
    item_id: str | None, subscription_id: str | None, subscription_item_id: str | None, is_proration: bool  # noqa: FBT001 -- a column
) -> Wire | None:  # fmt: skip
    """Return what a line is of: a subscription's item, an invoice item, or nothing that is kept."""
    if subscription_item_id is not None:
        details = {
            "invoice_item": item_id,
            "proration": is_proration,
            "proration_details": _proration_details(is_proration),
            "subscription": subscription_id,
            "subscription_item": subscription_item_id,
        }
        return {
            "invoice_item_details": None,
            "subscription_item_details": details,
            "type": "subscription_item_details",
        }
    if item_id is None:
        return None
    details = {
        "invoice_item": item_id,
        "proration": is_proration,
        "proration_details": _proration_details(is_proration),
        "subscription": subscription_id,
    }
    return {
        "invoice_item_details": details,
        "subscription_item_details": None,
        "type": "invoice_item_details",
    }


def item_parent(subscription_id: str | None, subscription_item_id: str | None) -> Wire | None:
    """Return which subscription brought an invoice item about."""
    if subscription_id is None:
        return None
    details = {"subscription": subscription_id, "subscription_item": subscription_item_id}
    return {"subscription_details": details, "type": "subscription_details"}


def _proration_details(is_proration: bool) -> Wire | None:  # noqa: FBT001 -- a column
    return {"credited_items": None} if is_proration else None
