"""`/v1/promotion_codes`.

Source: https://docs.stripe.com/api/promotion_codes; `coupon` is the older spelling of `promotion[coupon]` (fact F10).
"""

from collections.abc import Mapping
from typing import Any

import orjson
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse

from customers.kit import clock
from customers.kit.errors import InvalidRequest
from customers.restkit import inputs
from customers.restkit.expansion import ShownAnyway, Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.keyed_inputs import HashesField
from customers.restkit.lists import OwnerFilter, ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Embedded,
    Expandable,
    Metadata,
    Plain,
    ShownReference,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from customers.services import customers
from payments.billing.api.v1.coupons import MOST, CouponField
from payments.billing.models import PromotionCode
from payments.billing.services import coupons, promotion_codes


class MinimumHash(Input):
    minimum_amount = inputs.IntegerField(required=True, min_value=1, max_value=99_999_999)


class RestrictionsUpdateHash(Input):
    currency_options = HashesField(MinimumHash, names=inputs.CurrencyField())


class RestrictionsHash(RestrictionsUpdateHash):
    first_time_transaction = inputs.BooleanField(source="is_first_time_only")
    minimum_amount = inputs.IntegerField(min_value=1, max_value=99_999_999)
    minimum_amount_currency = inputs.CurrencyField()


class PromotionHash(Input):
    coupon = IdField()
    type = inputs.ChoiceField(["coupon"], required=True)


class PromotionCodeUpdate(Input):
    active = inputs.BooleanField(source="is_active")
    metadata = inputs.MetadataField()
    restrictions = inputs.HashField(RestrictionsUpdateHash)


class PromotionCodeCreate(Input):
    active = inputs.BooleanField(source="is_active")
    code = inputs.TextField(
        max_length=500, pattern=r"[A-Za-z0-9\-]+", wording="use letters, digits and dashes"
    )
    coupon = IdField()
    customer = IdField()
    expires_at = inputs.TimestampField()
    max_redemptions = inputs.IntegerField(min_value=1, max_value=MOST)
    metadata = inputs.MetadataField()
    promotion = inputs.HashField(PromotionHash)
    restrictions = inputs.HashField(RestrictionsHash)


class ActiveFilter(ParamFilter):
    """The codes that can be used now, or those that cannot."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        condition = promotion_codes.active(Now())
        return qs.filter(condition if value else ~condition)


class CouponFilter(OwnerFilter):
    """The codes of one coupon."""

    def __init__(self) -> None:
        super().__init__(CouponField(), "coupon_id")

    def stand_in(self, name: str, position: int) -> Any:
        """Return a text that stands for any other."""
        return f"\ue000{name}"


class PromotionCodeFilter(V1FilterSet):
    active = ActiveFilter(inputs.BooleanField(), "is_active")
    code = ParamFilter(inputs.TextField(max_length=500), "code", "iexact")
    coupon = CouponFilter()
    customer = OwnerFilter(IdField(), "customer_id")


def _is_active(is_on: bool, *columns: Any) -> bool:  # noqa: FBT001 -- a column's value
    """Tell whether a code can be used: when it ends, how often it can be and was used, and its coupon's columns."""
    at = clock.now()
    return is_on and coupons.holds(None, *columns[:3], at=at) and coupons.holds(*columns[3:], at=at)


def _options(stored: Any) -> Wire | None:
    return (orjson.loads(stored) if isinstance(stored, str) else stored) or None


class Promotion(WireObject):
    """What a code is for."""

    coupon = ShownReference("coupon_id", resource="coupon")
    type = Constant("coupon")


class Restrictions(WireObject):
    """When alone a code can be used."""

    currency_options = (
        ShownAnyway(  # left out where it would be null, of which the SDKs make no object
            _options,
            "currency_options",
            optional=True,
            schema={"type": "object", "additionalProperties": True},
        )
    )
    first_time_transaction = Plain("is_first_time_only")
    minimum_amount = Plain()
    minimum_amount_currency = Text()


class PromotionCodeObject(WireObject):
    """A promotion code."""

    id = Plain()
    object = Constant("promotion_code")
    active = Computed(
        _is_active, "is_active", "expires_at", "max_redemptions", "times_redeemed", "coupon__deleted_at",
        "coupon__redeem_by", "coupon__max_redemptions", "coupon__times_redeemed", schema={"type": "boolean"},
    )  # fmt: skip
    code = Plain()
    created = UnixTime("created_at")
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    expires_at = UnixTime()
    livemode = Plain()
    max_redemptions = Plain()
    metadata = Metadata()
    promotion = Embedded(Promotion)
    restrictions = Embedded(Restrictions)
    times_redeemed = Plain()


class PromotionCodeViewSet(V1ViewSet):
    resource = "promotion_codes"
    model = PromotionCode
    output = PromotionCodeObject
    filterset_class = PromotionCodeFilter
    inputs = {"create": PromotionCodeCreate, "update": PromotionCodeUpdate}

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(PromotionCodeCreate)
        param, pk = _coupon(body)
        coupon = coupons.get(pk, param=param)
        if "customer" in body:
            body["customer"] = customers.get_living(body["customer"])
        terms = {**_terms(body), **body.get("restrictions", {})}
        return self.write(
            promotion_codes.create(coupon=coupon, terms=terms, param=param, at=self.at)
        )

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(PromotionCodeUpdate)
        details = {**_terms(body), **body.get("restrictions", {})}
        return self.write(
            promotion_codes.update(promotion_codes.get(pk), details=details, at=self.at)
        )


def _terms(body: Mapping[str, Any]) -> dict[str, Any]:
    reshaped = {"coupon", "promotion", "restrictions"}
    return {name: value for name, value in body.items() if name not in reshaped}


def _coupon(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return the parameter that names the coupon, and its id."""
    if "coupon" in body and "promotion" in body:
        raise InvalidRequest(
            "You may only specify one of these parameters: promotion, coupon.", param="coupon"
        )
    if "coupon" in body:
        return "coupon", body["coupon"]
    if "promotion" not in body:
        raise InvalidRequest(
            "Missing required param: promotion.", param="promotion", code="parameter_missing"
        )
    if "coupon" not in body["promotion"]:
        raise InvalidRequest(
            "Missing required param: promotion[coupon].", param="promotion[coupon]",
            code="parameter_missing",
        )  # fmt: skip
    return "promotion[coupon]", body["promotion"]["coupon"]
