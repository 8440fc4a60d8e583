"""`/v1/invoices/{invoice}/lines`.

Source: https://docs.stripe.com/api/invoice-line-item
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from customers.restkit.expansion import Wire
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    Metadata,
    Plain,
    Text,
    WireObject,
)
from payments.billing.api.v1 import line_members, tax_members
from payments.billing.models import InvoiceLine

SHOWN = 10  # how many lines an invoice shows of itself
PRETAX_SCHEMA = {"type": "array", "items": {"type": "object", "additionalProperties": True}}


def pretax(stored: Any) -> list[Wire]:
    """Return what was taken off before tax: discounts, since there are no billing credits here."""
    return [
        {
            "amount": cut["amount"],
            "credit_balance_transaction": None,
            "discount": cut["discount"],
            "type": "discount",
        }
        for cut in line_members.discount_amounts(stored)
    ]


class LineItemObject(WireObject):
    """One line of an invoice."""

    id = Plain()
    object = Constant("line_item")
    amount = Plain()
    currency = Plain()
    description = Text()
    discount_amounts = Computed(
        line_members.discount_amounts,
        "discounts_shown",
        schema=line_members.DISCOUNT_AMOUNTS_SCHEMA,
    )
    discountable = Plain("is_discountable")
    discounts = line_members.DiscountIds("discount_ids")
    invoice = Plain("invoice_id")
    livemode = Plain()
    metadata = Metadata()
    parent = Computed(  # type: ignore[assignment]  # a member, not DRF's attribute
        line_members.parent, "invoice_item_id", "subscription_id", "subscription_item_id", "is_proration",
        schema=line_members.PARENT_SCHEMA,
    )  # fmt: skip
    period = Computed(
        line_members.period, "period_start", "period_end", schema=line_members.PERIOD_SCHEMA
    )
    pretax_credit_amounts = Computed(pretax, "discounts_shown", schema=PRETAX_SCHEMA)
    pricing = Computed(
        line_members.pricing, "price_id", "price__product_id", "unit_amount_decimal",
        schema=line_members.PRICING_SCHEMA,
    )  # fmt: skip
    quantity = Plain()
    quantity_decimal = Computed(
        line_members.decimal, "quantity", schema=line_members.QUANTITY_SCHEMA
    )
    subscription = Expandable("subscription_id", resource="subscription")
    subtotal = Plain("amount")
    taxes = Computed(tax_members.taxes, "taxes_shown", schema=tax_members.TAXES_SCHEMA)


def shown_of(invoices: Sequence[str]) -> dict[str, Wire]:
    """Return the first lines of each invoice as a list, all of them from one query."""
    numbered = InvoiceLine.objects.filter(invoice__in=invoices).annotate(
        place=Window(RowNumber(), partition_by=F("invoice_id"), order_by=F("position").asc())
    )
    plan, found = LineItemObject.plan(), defaultdict(list)
    where = plan.columns.index("invoice_id")
    for row in numbered.filter(place__lte=SHOWN + 1).order_by("place").values_list(*plan.columns):
        found[row[where]].append(plan.spell(row))
    return {pk: envelope(pk, found[pk]) for pk in invoices}


def of_unsaved(pk: str, lines: Iterable[InvoiceLine]) -> Wire:
    """Return lines that are only looked at, as a list."""
    return envelope(pk, [LineItemObject.plan().spell_instance(line) for line in lines])


def envelope(pk: str, data: list[Wire]) -> Wire:
    """Return an invoice's lines as a list."""
    return {
        "object": "list",
        "data": data[:SHOWN],
        "has_more": len(data) > SHOWN,
        "url": f"/v1/invoices/{pk}/lines",
    }
