"""`/v1/invoices`.

Source: https://docs.stripe.com/api/invoices
"""

from collections.abc import Iterable, Sequence

from customers.kit import together
from customers.restkit.expansion import Included, Wire
from customers.restkit.objects import (
    Computed,
    Constant,
    EmbeddedIfAny,
    Expandable,
    FilledList,
    Metadata,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from payments.billing.api.v1 import invoice_lines, invoice_members, line_members, tax_members
from payments.billing.api.v1.invoice_lines import LineItemObject
from payments.billing.api.v1.invoice_members import FREE_HASH_OR_NULL, HASHES_OR_NULL
from payments.billing.api.v1.invoice_payments import InvoicePaymentObject
from payments.billing.models import Invoice, InvoiceLine
from payments.billing.services import invoice_links

_TEXT_OR_NULL = {"type": ["string", "null"]}
_SHOWN = "customer_shown"


class FromInvoiceObject(WireObject):
    """The invoice that one was made of."""

    action = Constant("revision")
    invoice = Expandable("revises_id", resource="invoice")


class ShippingCostObject(WireObject):
    """What sending the goods costs; the rate stands first, since there is none without it."""

    shipping_rate = Expandable("shipping_rate_id", resource="shipping_rate")
    amount_subtotal = Computed(
        invoice_members.shipping_amount("amount_subtotal"),
        "shipping_shown",
        schema={"type": "integer"},
    )
    amount_tax = Computed(
        invoice_members.shipping_amount("amount_tax"), "shipping_shown", schema={"type": "integer"}
    )
    amount_total = Computed(
        invoice_members.shipping_amount("amount_total"),
        "shipping_shown",
        schema={"type": "integer"},
    )
    taxes = Computed(
        tax_members.shipping_taxes, "shipping_shown", schema=tax_members.SHIPPING_TAXES_SCHEMA
    )


class InvoiceObject(WireObject):
    """A bill."""

    id = Plain()
    object = Constant("invoice")
    account_country = Text("site__country")
    account_name = Text("site__name")
    account_tax_ids = Constant(None)
    amount_due = Computed(
        invoice_members.due, "amount_due", "pre_payment_credit", schema={"type": "integer"}
    )
    amount_overpaid = Plain()
    amount_paid = Plain()
    amount_paid_off_stripe = Computed(
        lambda is_elsewhere, paid: paid if is_elsewhere else 0, "is_paid_out_of_band", "amount_paid",
        schema={"type": "integer"},
    )  # fmt: skip
    amount_remaining = Computed(
        invoice_members.remaining, "amount_due", "amount_paid", "pre_payment_credit",
        schema={"type": "integer"},
    )  # fmt: skip
    amount_shipping = Computed(
        invoice_members.shipping_amount("amount_total"),
        "shipping_shown",
        schema={"type": "integer"},
    )
    application = Constant(None)
    attempt_count = Plain()
    attempted = Plain("was_attempted")
    auto_advance = Plain()
    automatic_tax = Constant(invoice_members.AUTOMATIC_TAX)
    automatically_finalizes_at = UnixTime("finalizes_at")
    billing_reason = Spelled(invoice_members.REASON, "reason")
    collection_method = Plain()
    created = UnixTime("created_at")
    currency = Plain()
    custom_fields = Computed(invoice_members.custom_fields, "custom_fields", schema=HASHES_OR_NULL)
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    customer_address = Computed(
        invoice_members.customers("address"), _SHOWN, schema=FREE_HASH_OR_NULL
    )
    customer_email = Computed(invoice_members.customers("email"), _SHOWN, schema=_TEXT_OR_NULL)
    customer_name = Computed(invoice_members.customers("name"), _SHOWN, schema=_TEXT_OR_NULL)
    customer_phone = Computed(invoice_members.customers("phone"), _SHOWN, schema=_TEXT_OR_NULL)
    customer_shipping = Computed(invoice_members.shipping, _SHOWN, schema=FREE_HASH_OR_NULL)
    customer_tax_exempt = Computed(
        invoice_members.customers("tax_exempt"), _SHOWN, schema=_TEXT_OR_NULL
    )
    customer_tax_ids = Computed(invoice_members.customers("tax_ids"), _SHOWN, schema=HASHES_OR_NULL)
    default_payment_method = Expandable("default_payment_method_id", resource="payment_method")
    default_source = Constant(None)
    default_tax_rates = tax_members.TaxRates("tax_rate_ids")
    description = Text()
    discounts = line_members.DiscountIds("discounts_shown")
    due_date = UnixTime("due_at")
    effective_at = UnixTime()
    ending_balance = Plain()
    footer = Text()
    from_invoice = EmbeddedIfAny(FromInvoiceObject)
    hosted_invoice_url = Computed(invoice_links.hosted, "id", "finalized_at", schema=_TEXT_OR_NULL)
    invoice_pdf = Computed(invoice_links.pdf, "id", "finalized_at", schema=_TEXT_OR_NULL)
    issuer = Constant({"account": None, "type": "self"})
    last_finalization_error = Computed(
        invoice_members.last_error, "last_finalization_error", schema=FREE_HASH_OR_NULL
    )
    latest_revision = Expandable("latest_revision_id", resource="invoice")
    lines = FilledList(LineItemObject)
    livemode = Plain()
    metadata = Metadata()
    next_payment_attempt = UnixTime("next_attempt_at")
    number = Text()
    on_behalf_of = Constant(None)
    parent = Computed(  # type: ignore[assignment]  # a member, not DRF's attribute
        invoice_members.parent, "subscription_id", "subscription_metadata", schema=FREE_HASH_OR_NULL
    )
    payment_settings = Computed(
        invoice_members.payment_settings, "payment_settings", schema=invoice_members.SETTINGS_SCHEMA
    )
    period_end = UnixTime()
    period_start = UnixTime()
    post_payment_credit_notes_amount = Plain("post_payment_credit")
    pre_payment_credit_notes_amount = Plain("pre_payment_credit")
    receipt_number = Text()
    rendering = Computed(
        invoice_members.rendering, "rendering", schema=invoice_members.RENDERING_SCHEMA
    )
    shipping_cost = EmbeddedIfAny(ShippingCostObject)
    shipping_details = Computed(
        invoice_members.shipping_details, "shipping_details", schema=FREE_HASH_OR_NULL
    )
    starting_balance = Plain()
    statement_descriptor = Text()
    status = Spelled(invoice_members.STATUS)
    status_details = Constant(None)
    status_transitions = Computed(
        invoice_members.transitions, "finalized_at", "marked_uncollectible_at", "paid_at", "voided_at",
        schema=invoice_members.TRANSITIONS_SCHEMA,
    )  # fmt: skip
    subtotal = Plain()
    subtotal_excluding_tax = Plain()
    test_clock = Expandable("test_clock_id", resource="test_helpers.test_clock")
    threshold_reason = Constant(None)
    total = Plain()
    total_discount_amounts = Computed(
        line_members.discount_amounts,
        "discounts_shown",
        schema=line_members.DISCOUNT_AMOUNTS_SCHEMA,
    )
    total_excluding_tax = Plain()
    total_pretax_credit_amounts = Computed(
        invoice_lines.pretax, "discounts_shown", schema=invoice_lines.PRETAX_SCHEMA
    )
    total_taxes = Computed(tax_members.taxes, "taxes_shown", schema=tax_members.TAXES_SCHEMA)
    webhooks_delivered_at = Constant(None)

    confirmation_secret = Included(invoice_members.confirmation_secrets, of=None)
    payments = Included(invoice_members.payments, of=InvoicePaymentObject, is_list=True)


def complete(wires: Sequence[Wire]) -> None:
    """Fill in what invoices show of other tables, for all of them together."""
    lists = invoice_lines.shown_of([wire["id"] for wire in wires])
    for wire in wires:
        wire["lines"] = lists[wire["id"]]
    _fill(wires)


def _fill(wires: Sequence[Wire]) -> None:
    """Put the tax rates of invoices into the place of their ids."""
    tax_members.fill(wires, "default_tax_rates")
    tax_members.fill_shipping(wires)


def spelled(invoice: Invoice) -> Wire:
    """Return an invoice's wire form."""
    key = (InvoiceLine, invoice.pk)
    lines = together.recalled(key)
    if isinstance(lines, dict):
        wire = InvoiceObject.plan().spell_instance(invoice)
        _fill([wire])
        wire["lines"] = lines
        return wire
    if lines:
        wire = spelled_unsaved(invoice, lines)
    else:
        wire = InvoiceObject.plan().spell_instance(invoice)
        complete([wire])
    if lines is not None:
        together.remember(key, wire["lines"])
    return wire


def spelled_unsaved(invoice: Invoice, lines: Iterable[InvoiceLine]) -> Wire:
    """Return the wire form of an invoice that is only looked at, with its lines."""
    wire = InvoiceObject.plan().spell_instance(invoice)
    wire["lines"] = invoice_lines.of_unsaved(wire["id"], lines)
    _fill([wire])
    return wire
