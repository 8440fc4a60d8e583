"""What comes in for invoices, their items and lines.

Source: https://docs.stripe.com/api/invoices/create; https://docs.stripe.com/api/invoiceitems/create
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from customers.api.v1.addresses import ShippingHash
from customers.kit.errors import InvalidRequest
from customers.models import Customer
from customers.restkit import inputs
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import EMPTIED, Input
from payments.api.v1.method_inputs import TYPES
from payments.api.v1.payment_inputs import StatementDescriptorField
from payments.billing.api.v1 import shipping_rates as shipping_wire
from payments.billing.api.v1.discount_inputs import DiscountsField
from payments.billing.api.v1.price_inputs import LinePriceDataHash, OneTimePriceDataHash
from payments.billing.api.v1.shipping_rates import ShippingRateCreate
from payments.billing.models import Price, ShippingRate, Subscription
from payments.billing.services import prices, shipping_rates, tax_rates
from payments.money import MOST

_MOST_QUANTITY = 10**9
_MOST_DAYS = 3650
_MOST_LINES = 100


class SignedAmountField(inputs.IntegerField):
    """Minor units of a currency with up to eight digits; negative for a credit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=-MOST, max_value=MOST, **options)


class SignedDecimalField(inputs.TextField):
    """Minor units of a currency with up to twelve decimals, negative for a credit; yields a Decimal."""

    def __init__(self) -> None:
        super().__init__(
            max_length=22,
            pattern=r"-?[0-9]{1,8}(\.[0-9]{1,12})?",
            wording="it has up to eight digits, and up to twelve decimals.",
            emptied=...,
        )

    def read(self, value: Any, path: str) -> Any:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return Decimal(super().read(str(value) if is_number else value, path))


class PeriodHash(Input):
    end = inputs.TimestampField(required=True)
    start = inputs.TimestampField(required=True)


class PricingHash(Input):
    price = IdField()


def rates_field(**options: Any) -> inputs.ListField:
    """Return the parameter of tax rates."""
    return inputs.ListField(IdField(), max_items=10, **options)


class LineDetails(Input):
    """What items and lines can be said to be."""

    amount = SignedAmountField()
    description = inputs.TextField()
    discountable = inputs.BooleanField(source="is_discountable")
    discounts = DiscountsField()
    metadata = inputs.MetadataField()
    period = inputs.HashField(PeriodHash)
    pricing = inputs.HashField(PricingHash)
    quantity = inputs.IntegerField(min_value=0, max_value=_MOST_QUANTITY)
    tax_rates = rates_field(emptied=EMPTIED)


class InvoiceitemUpdate(LineDetails):
    price_data = inputs.HashField(OneTimePriceDataHash)
    unit_amount_decimal = SignedDecimalField()


class InvoiceitemCreate(InvoiceitemUpdate):
    currency = inputs.CurrencyField()
    customer = IdField()
    invoice = IdField()
    subscription = IdField()


class NewLineHash(LineDetails):
    invoice_item = IdField()
    price_data = inputs.HashField(LinePriceDataHash)


class LineItemUpdate(LineDetails):
    price_data = inputs.HashField(LinePriceDataHash)


class ChangedLineHash(LineItemUpdate):
    id = IdField(required=True)


class RemovedLineHash(Input):
    behavior = inputs.ChoiceField(["delete", "unassign"], required=True)
    id = IdField(required=True)


class InvoiceAddLines(Input):
    invoice_metadata = inputs.MetadataField()
    lines = inputs.ListField(inputs.HashField(NewLineHash), max_items=_MOST_LINES, required=True)


class InvoiceUpdateLines(Input):
    invoice_metadata = inputs.MetadataField()
    lines = inputs.ListField(
        inputs.HashField(ChangedLineHash), max_items=_MOST_LINES, required=True
    )


class InvoiceRemoveLines(Input):
    invoice_metadata = inputs.MetadataField()
    lines = inputs.ListField(
        inputs.HashField(RemovedLineHash), max_items=_MOST_LINES, required=True
    )


class CustomFieldHash(Input):
    name = inputs.TextField(max_length=40, required=True, emptied=...)
    value = inputs.TextField(max_length=140, required=True, emptied=...)


class PaymentSettingsHash(Input):
    payment_method_types = inputs.ListField(
        inputs.ChoiceField(TYPES), max_items=len(TYPES), emptied=EMPTIED
    )


class PdfHash(Input):
    page_size = inputs.ChoiceField(["a4", "auto", "letter"])


class RenderingHash(Input):
    amount_tax_display = inputs.ChoiceField(["exclude_tax", "include_inclusive_tax"], emptied=None)
    pdf = inputs.HashField(PdfHash)


class IssuerHash(Input):
    type = inputs.ChoiceField(["self"], required=True)


class ShippingCostHash(Input):
    shipping_rate = IdField()
    shipping_rate_data = inputs.HashField(ShippingRateCreate)


class InvoiceUpdate(Input):
    auto_advance = inputs.BooleanField()
    automatically_finalizes_at = inputs.TimestampField(source="finalizes_at")
    collection_method = inputs.ChoiceField(Subscription.Collection.values)
    custom_fields = inputs.ListField(inputs.HashField(CustomFieldHash), max_items=4, emptied=[])
    days_until_due = inputs.IntegerField(min_value=0, max_value=_MOST_DAYS)
    default_payment_method = IdField(emptied=EMPTIED)
    default_tax_rates = rates_field(emptied=[])
    description = inputs.TextField()
    discounts = DiscountsField()
    due_date = inputs.TimestampField(source="due_at")
    effective_at = inputs.TimestampField(emptied=EMPTIED)
    footer = inputs.TextField()
    issuer = inputs.HashField(IssuerHash)
    metadata = inputs.MetadataField()
    number = inputs.TextField(
        max_length=26,
        pattern=r"\w([\w ./#-]*\w)?",
        wording="it has letters and digits, with spaces and . / # - _ in between.",
    )
    payment_settings = inputs.HashField(PaymentSettingsHash)
    rendering = inputs.HashField(RenderingHash)
    shipping_cost = inputs.HashField(ShippingCostHash, emptied=None)
    shipping_details = inputs.HashField(ShippingHash, emptied=None)
    statement_descriptor = StatementDescriptorField()


class FromInvoiceHash(Input):
    action = inputs.ChoiceField(["revision"], required=True)
    invoice = IdField(required=True)


class InvoiceCreate(InvoiceUpdate):
    currency = inputs.CurrencyField()
    customer = IdField()
    email = inputs.EmailField(max_length=512, emptied=...)
    from_invoice = inputs.HashField(FromInvoiceHash)
    name = inputs.TextField()
    pending_invoice_items_behavior = inputs.ChoiceField(["exclude", "include"])
    subscription = IdField()


class InvoiceAttachPayment(Input):
    payment_intent = IdField(required=True)


class InvoiceFinalize(Input):
    auto_advance = inputs.BooleanField()


class InvoicePay(Input):
    mandate = IdField()
    off_session = inputs.BooleanField()
    paid_out_of_band = inputs.BooleanField()
    payment_method = IdField()
    source = IdField()  # type: ignore[assignment]  # a parameter, not DRF's attribute


class PreviewItemHash(Input):
    amount = SignedAmountField()
    currency = inputs.CurrencyField()
    description = inputs.TextField()
    discountable = inputs.BooleanField(source="is_discountable")
    metadata = inputs.MetadataField()
    period = inputs.HashField(PeriodHash)
    price = IdField()
    price_data = inputs.HashField(OneTimePriceDataHash)
    quantity = inputs.IntegerField(min_value=0, max_value=_MOST_QUANTITY)
    tax_rates = rates_field(emptied=EMPTIED)
    unit_amount = SignedAmountField()
    unit_amount_decimal = SignedDecimalField()


def line_details(
    body: Mapping[str, Any], *, currency: str = "", param: str = "", at: datetime
) -> dict[str, Any]:
    """Return what was said of an item or a line, in the terms of the services; its discounts are read elsewhere.

    Args:
        currency: the invoice's, where it has one.
        param: where it stands, such as `lines[0]`.

    Raises:
        NotFound: there is no such price or tax rate.
        InvalidRequest: it contradicts itself.
    """

    def at_param(name: str) -> str:
        head, bracket, rest = name.partition("[")
        return f"{param}[{head}]{bracket}{rest}" if param else name

    details = {name: value for name, value in body.items() if name not in _RESHAPED}
    named = [name for name in _COSTS if name in body]
    if len(named) > 1:
        raise InvalidRequest(
            f"You may only specify one of these parameters: {', '.join(named)}.",
            param=at_param(named[0]),
        )
    price = _price(body, at_param, at=at)
    if price is not None:
        details = {"currency": currency or price.currency, **details, "price": price}
    if "unit_amount" in body:
        details["unit_amount_decimal"] = Decimal(body["unit_amount"])
    if "period" in body:
        details |= _period(body["period"], at_param("period"))
    if "tax_rates" in body:
        chosen = body["tax_rates"]
        resolved = chosen and tax_rates.resolve(chosen, param=at_param("tax_rates"))
        details["tax_rate_ids"] = resolved
    return details


def _price(
    body: Mapping[str, Any], at_param: Callable[[str], str], *, at: datetime
) -> Price | None:
    """Return the price that is named, or made for this one use."""
    if "price_data" in body:
        return prices.inline(body["price_data"], param=at_param("price_data"), at=at)
    named, name = body.get("price"), "price"
    if "pricing" in body:
        named, name = body["pricing"].get("price"), "pricing[price]"
    return None if named is None else prices.usable(named, param=at_param(name))


def _period(said: Mapping[str, datetime], param: str) -> dict[str, datetime]:
    if said["end"] < said["start"]:
        raise InvalidRequest("A period cannot end before it begins.", param=f"{param}[end]")
    return {"period_start": said["start"], "period_end": said["end"]}


def shipping_rate_of(
    said: Mapping[str, Any] | None, currency: str, *, at: datetime
) -> ShippingRate | None:
    """Return the shipping rate that is named, or made for this one use; None where nothing is sent.

    Raises:
        NotFound: there is none.
        InvalidRequest: both or neither is said, or it cannot be used in the currency.
    """
    if said is None:
        return None
    if len(said) != 1:
        raise InvalidRequest(
            "You must specify one of these parameters: shipping_rate, shipping_rate_data.",
            param="shipping_cost",
        )
    if "shipping_rate" in said:
        param = "shipping_cost[shipping_rate]"
        return shipping_rates.usable(said["shipping_rate"], currency=currency, param=param)
    details = {**shipping_wire.columns(said["shipping_rate_data"]), "is_active": False}
    rate = shipping_rates.create(details=details, at=at)
    shipping_rates.check_currency(
        rate, currency, param="shipping_cost[shipping_rate_data][fixed_amount][currency]"
    )
    return rate


def currency_of(said: str | None, customer: Customer) -> str:
    """Return the currency that something is in: the customer's, or the site's, where nothing was said."""
    return said or customer.currency or customer.site.default_currency


_COSTS = ("amount", "price", "price_data", "pricing", "unit_amount", "unit_amount_decimal")
_RESHAPED = frozenset(
    {
        "customer", "discounts", "id", "invoice", "invoice_item", "period", "price", "price_data", "pricing",
        "subscription", "tax_rates", "unit_amount",
    }
)  # fmt: skip
