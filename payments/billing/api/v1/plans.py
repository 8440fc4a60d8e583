"""`/v1/plans`: recurring prices as older integrations know them.

Source: https://docs.stripe.com/api/plans
"""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.api.v1.addresses import deleted
from customers.kit.errors import InvalidRequest, NotFound
from customers.restkit import inputs
from customers.restkit.expansion import Included
from customers.restkit.id_inputs import ChosenIdField, IdField, IdOrHashField
from customers.restkit.inputs import Input
from customers.restkit.lists import ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Metadata,
    Plain,
    ShownId,
    ShownReference,
    Text,
    UnixTime,
    WireObject,
)
from payments.api.v1 import payment_inputs
from payments.billing.api.v1 import price_inputs, price_members
from payments.billing.api.v1.catalog_filters import ProductFilter
from payments.billing.api.v1.price_inputs import (
    DecimalAmountField,
    ProductDataHash,
    TransformQuantityHash,
    UnitAmountField,
    UsageTypeField,
)
from payments.billing.api.v1.prices import OfPrices
from payments.billing.models import Price
from payments.billing.services import chosen_ids, plans, prices, products

_KEPT = frozenset({"is_active", "metadata", "nickname"})
_RHYTHM = ("interval", "interval_count", "trial_period_days", "usage_type")


class PlanUpdate(Input):
    active = inputs.BooleanField(source="is_active")
    metadata = inputs.MetadataField()
    nickname = inputs.TextField()
    product = IdField()
    trial_period_days = inputs.IntegerField(min_value=1, max_value=730, source="trial_days")


class PlanCreate(Input):
    active = inputs.BooleanField(source="is_active")
    amount = UnitAmountField(source="unit_amount")
    amount_decimal = DecimalAmountField(source="unit_amount_decimal")
    billing_scheme = inputs.ChoiceField(Price.Scheme.values)
    currency = inputs.CurrencyField(required=True)
    id = ChosenIdField()
    interval = inputs.ChoiceField(Price.Unit.values, required=True)
    interval_count = inputs.IntegerField(min_value=1, max_value=1095)
    metadata = inputs.MetadataField()
    nickname = inputs.TextField()
    product = IdOrHashField(ProductDataHash)
    tiers = price_inputs.tiers_field()
    tiers_mode = inputs.ChoiceField(["graduated", "volume"])
    transform_usage = inputs.HashField(TransformQuantityHash, source="transform_quantity")
    trial_period_days = inputs.IntegerField(min_value=1, max_value=730)
    usage_type = UsageTypeField()


class PlanFilters(V1FilterSet):
    active = ParamFilter(inputs.BooleanField(), "is_active")
    product = ProductFilter()


class PlanObject(WireObject):
    """A recurring price."""

    id = ShownId()
    object = Constant("plan")
    active = Plain("is_active")
    amount = Plain("unit_amount")
    amount_decimal = Computed(
        price_members.decimal, "unit_amount_decimal", schema=price_members.DECIMAL_SCHEMA
    )
    billing_scheme = Plain("scheme")
    created = UnixTime("created_at")
    currency = Plain()
    interval = Plain()
    interval_count = Plain()
    livemode = Plain()
    metadata = Metadata()
    meter = Constant(None)
    nickname = Text()
    product = ShownReference("product_id", resource="product")
    tiers_mode = Text()
    transform_usage = Computed(
        price_members.transform, "divide_by", "rounds_up", schema=price_members.TRANSFORM_SCHEMA
    )
    trial_period_days = Plain("trial_days")
    usage_type = Constant("licensed")

    tiers = Included(price_members.tiers, of=None, schema=price_members.TIERS_SCHEMA)


class PlanViewSet(OfPrices):
    resource = "prices"
    model = Price
    output = PlanObject
    filterset_class = PlanFilters
    has_chosen_ids = True
    inputs = {"create": PlanCreate, "update": PlanUpdate}

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return super().rows().filter(kind=Price.Kind.RECURRING)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(PlanCreate)
        pk, product = body.pop("id", ""), _product(body)
        details = {name: body.pop(name) for name in _KEPT & body.keys()}
        rhythm = {name: body.pop(name) for name in _RHYTHM if name in body}
        plan = plans.create(
            product, terms={**body, "recurring": rhythm}, details=details, pk=pk, at=self.at
        )
        return self.write(plan)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(PlanUpdate)
        plan = plans.get(pk)
        if "product" in body:
            body["product"] = products.get(body["product"], param="product")
        return self.write(prices.update(plan, details=body, at=self.at))

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        plan = prices.delete(plans.get(pk), at=self.at)
        return self.answer(deleted(chosen_ids.shown(plan), "plan"))

    def missing(self, pk: str) -> NotFound:
        return payment_inputs.missing("plan", pk)


def _product(body: dict[str, Any]) -> Any:
    """Take out of a body what its plan is for: a product, or what makes one."""
    said = body.pop("product", None)
    if said is None:
        raise InvalidRequest(
            "Missing required param: product.", param="product", code="parameter_missing"
        )
    return products.get(said, param="product") if isinstance(said, str) else said
