"""`/v1/invoiceitems`.

Source: https://docs.stripe.com/api/invoiceitems
"""

from collections.abc import Sequence

from customers.restkit.expansion import Wire
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    ExpandableList,
    Metadata,
    Plain,
    Text,
    UnixTime,
    WireObject,
)
from payments.billing.api.v1 import line_members, tax_members
from payments.billing.models import InvoiceItem
from payments.billing.services import discounts


class InvoiceitemObject(WireObject):
    """Something to be billed, or that an invoice has billed."""

    id = Plain()
    object = Constant("invoiceitem")
    amount = Plain()
    currency = Plain()
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    date = UnixTime("created_at")
    description = Text()
    discountable = Plain("is_discountable")
    discounts = ExpandableList("discount")
    frozen_fields = Constant(None)
    invoice = Expandable("invoice_id", resource="invoice")
    invoicing_rules = Constant(None)
    livemode = Plain()
    metadata = Metadata()
    net_amount = Constant(None)
    parent = Computed(
        line_members.item_parent, "subscription_id", "subscription_item_id",
        schema=line_members.ITEM_PARENT_SCHEMA,
    )  # fmt: skip
    period = Computed(
        line_members.period, "period_start", "period_end", schema=line_members.PERIOD_SCHEMA
    )
    pricing = Computed(
        line_members.pricing, "price_id", "price__product_id", "unit_amount_decimal",
        schema=line_members.PRICING_SCHEMA,
    )  # fmt: skip
    proration = Plain("is_proration")
    proration_details = Constant(None)
    quantity = Plain()
    quantity_decimal = Computed(
        line_members.decimal, "quantity", schema=line_members.QUANTITY_SCHEMA
    )
    tax_rates = tax_members.TaxRates("tax_rate_ids")
    test_clock = Text("test_clock_id")


def complete(wires: Sequence[Wire]) -> None:
    """Fill in what items show of other tables, for all of them together."""
    own = discounts.ids_of("invoice_item", [wire["id"] for wire in wires])
    for wire in wires:
        wire["discounts"] = own.get(wire["id"], [])
    tax_members.fill(wires, "tax_rates")


def spelled(item: InvoiceItem) -> Wire:
    """Return an item's wire form."""
    wire = InvoiceitemObject.plan().spell_instance(item)
    complete([wire])
    return wire
