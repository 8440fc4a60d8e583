"""`/v1/tax_rates`.

Source: https://docs.stripe.com/api/tax_rates
"""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.kit.errors import InvalidRequest, NotFound
from customers.restkit import inputs
from customers.restkit.inputs import Input
from customers.restkit.lists import ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Metadata,
    Plain,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from payments.api.v1 import payment_inputs
from payments.billing.models import TaxRate
from payments.billing.services import tax_rates

TAX_TYPES = (
    "admissions_tax", "amusement_tax", "attendance_tax", "communications_tax", "digital_excise_tax",
    "entertainment_tax", "get_fund", "gross_receipts_tax", "gst", "hospitality_tax", "hst", "igst", "jct",
    "lease_tax", "luxury_tax", "mass_transit_parking_tax", "nhil", "parking_tax", "pst", "qst", "resort_tax",
    "retail_delivery_fee", "rst", "sales_tax", "service_tax", "tourism_tax", "utility_users_tax", "vat",
)  # fmt: skip
_MOST = 100
_DECIMALS = 4


class PercentField(inputs.NumberField):
    """Per cent, with up to four decimals; yields a Decimal."""

    def read(self, value: Any, path: str) -> Any:
        super().read(value, path)
        percent = Decimal(str(value).strip())
        if not 0 <= percent <= _MOST:
            raise InvalidRequest("A percentage is a number from 0 to 100.", param=path)
        if percent != round(percent, _DECIMALS):
            raise InvalidRequest("A percentage has up to four decimals.", param=path)
        return percent


class TaxRateUpdate(Input):
    active = inputs.BooleanField(source="is_active")
    country = inputs.TextField(
        max_length=2, pattern="[A-Za-z]{2}", wording="give a code of ISO 3166-1."
    )
    description = inputs.TextField()
    display_name = inputs.TextField(max_length=50, emptied=...)
    jurisdiction = inputs.TextField(max_length=200)
    metadata = inputs.MetadataField()
    state = inputs.TextField(max_length=64)
    tax_type = inputs.ChoiceField(TAX_TYPES, emptied="")


class TaxRateCreate(TaxRateUpdate):
    display_name = inputs.TextField(max_length=50, emptied=..., required=True)
    inclusive = inputs.BooleanField(source="is_inclusive", required=True)
    percentage = PercentField(required=True)


class TaxRateFilters(V1FilterSet):
    active = ParamFilter(inputs.BooleanField(), "is_active")
    inclusive = ParamFilter(inputs.BooleanField(), "is_inclusive")


def _number(percentage: Decimal) -> float | int:
    return int(percentage) if percentage == int(percentage) else float(percentage)


class TaxRateObject(WireObject):
    """A share of prices that is tax."""

    id = Plain()
    object = Constant("tax_rate")
    active = Plain("is_active")
    country = Text()
    created = UnixTime("created_at")
    description = Text()
    display_name = Plain()
    effective_percentage = Constant(None)
    flat_amount = Constant(None)
    inclusive = Plain("is_inclusive")
    jurisdiction = Text()
    jurisdiction_level = Constant(None)
    livemode = Plain()
    metadata = Metadata()
    percentage = Computed(_number, "percentage", schema={"type": "number"})
    rate_type = Constant(None)
    state = Text()
    tax_type = Text()


class TaxRateViewSet(V1ViewSet):
    resource = "tax_rates"
    model = TaxRate
    output = TaxRateObject
    filterset_class = TaxRateFilters
    inputs = {"create": TaxRateCreate, "update": TaxRateUpdate}

    def create(self, request: HttpRequest) -> HttpResponse:
        return self.write(tax_rates.create(details=_columns(self.read(TaxRateCreate)), at=self.at))

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(TaxRateUpdate)
        rate = tax_rates.update(tax_rates.get(pk), details=_columns(body), at=self.at)
        return self.write(rate)

    def missing(self, pk: str) -> NotFound:
        return payment_inputs.missing("tax rate", pk)


def _columns(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body by columns."""
    return {**body, "country": body["country"].upper()} if "country" in body else body
