"""`/v1/shipping_rates`.

Source: https://docs.stripe.com/api/shipping_rates
"""

from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.kit.errors import NotFound
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.inputs import Input
from customers.restkit.keyed_inputs import HashesField
from customers.restkit.lists import ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Metadata,
    Plain,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from payments.api.v1 import payment_inputs
from payments.api.v1.charge_members import parsed
from payments.billing.api.v1.price_inputs import UnitAmountField
from payments.billing.models import ShippingRate
from payments.billing.services import shipping_rates

UNITS = ("business_day", "day", "hour", "month", "week")
_MOST_UNITS = 1000


class DeliveryBoundHash(Input):
    unit = inputs.ChoiceField(UNITS, required=True)
    value = inputs.IntegerField(min_value=1, max_value=_MOST_UNITS, required=True)


class DeliveryEstimateHash(Input):
    maximum = inputs.HashField(DeliveryBoundHash)
    minimum = inputs.HashField(DeliveryBoundHash)


def _behavior() -> inputs.ChoiceField:
    return inputs.ChoiceField(ShippingRate.TaxBehavior.values)


class ShippingOptionUpdate(Input):
    amount = UnitAmountField()
    tax_behavior = _behavior()


class ShippingOptionHash(ShippingOptionUpdate):
    amount = UnitAmountField(required=True)


class FixedAmountUpdate(Input):
    currency_options = HashesField(ShippingOptionUpdate, names=inputs.CurrencyField())


class FixedAmountHash(Input):
    amount = UnitAmountField(required=True)
    currency = inputs.CurrencyField(required=True)
    currency_options = HashesField(ShippingOptionHash, names=inputs.CurrencyField())


class ShippingRateUpdate(Input):
    active = inputs.BooleanField(source="is_active")
    fixed_amount = inputs.HashField(FixedAmountUpdate)
    metadata = inputs.MetadataField()
    tax_behavior = _behavior()


class ShippingRateCreate(Input):
    delivery_estimate = inputs.HashField(DeliveryEstimateHash)
    display_name = inputs.TextField(max_length=100, emptied=..., required=True)
    fixed_amount = inputs.HashField(FixedAmountHash, required=True)
    metadata = inputs.MetadataField()
    tax_behavior = _behavior()
    type = inputs.ChoiceField(["fixed_amount"])


class ShippingRateFilter(V1FilterSet):
    active = ParamFilter(inputs.BooleanField(), "is_active")
    currency = ParamFilter(inputs.CurrencyField(), "currency")


_BOUND = {
    "type": ["object", "null"],
    "properties": {
        "unit": {"type": "string", "enum": list(UNITS)}, "value": {"type": "integer"},
    },
    "required": ["unit", "value"],
    "additionalProperties": False,
}  # fmt: skip
_ESTIMATE = {
    "type": ["object", "null"],
    "properties": {"maximum": _BOUND, "minimum": _BOUND},
    "required": ["maximum", "minimum"],
    "additionalProperties": False,
}
_OPTION = {
    "type": "object",
    "properties": {"amount": {"type": "integer"}, "tax_behavior": {"type": "string"}},
    "required": ["amount", "tax_behavior"],
    "additionalProperties": False,
}
_AMOUNT = {
    "type": "object",
    "properties": {
        "amount": {"type": "integer"},
        "currency": {"type": "string"},
        "currency_options": {"type": "object", "additionalProperties": _OPTION},
    },
    "required": ["amount", "currency"],
    "additionalProperties": False,
}


def _estimate(stored: Any) -> Wire | None:
    kept = parsed(stored)
    return kept and {name: kept.get(name) for name in ("maximum", "minimum")}


def _amount(amount: int, currency: str, behavior: str, options: Any) -> Wire:
    own = {"amount": amount, "tax_behavior": behavior}
    return {
        "amount": amount,
        "currency": currency,
        "currency_options": {currency: own, **parsed(options)},
    }


class ShippingRateObject(WireObject):
    """What sending costs."""

    id = Plain()
    object = Constant("shipping_rate")
    active = Plain("is_active")
    created = UnixTime("created_at")
    delivery_estimate = Computed(_estimate, "delivery_estimate", schema=_ESTIMATE)
    display_name = Plain()
    fixed_amount = Computed(
        _amount, "amount", "currency", "tax_behavior", "currency_options", schema=_AMOUNT
    )
    livemode = Plain()
    metadata = Metadata()
    tax_behavior = Plain()
    tax_code = Constant(None)
    type = Constant("fixed_amount")


class ShippingRateViewSet(V1ViewSet):
    resource = "shipping_rates"
    model = ShippingRate
    output = ShippingRateObject
    filterset_class = ShippingRateFilter
    inputs = {"create": ShippingRateCreate, "update": ShippingRateUpdate}

    def create(self, request: HttpRequest) -> HttpResponse:
        details = columns(self.read(ShippingRateCreate))
        return self.write(shipping_rates.create(details=details, at=self.at))

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        details = columns(self.read(ShippingRateUpdate))
        return self.write(shipping_rates.update(shipping_rates.get(pk), details=details))

    def missing(self, pk: str) -> NotFound:
        return payment_inputs.missing("shipping rate", pk)


def columns(body: dict[str, Any]) -> dict[str, Any]:
    """Return what was said of a rate by columns."""
    said = {name: value for name, value in body.items() if name not in {"fixed_amount", "type"}}
    return {**said, **body.get("fixed_amount", {})}
