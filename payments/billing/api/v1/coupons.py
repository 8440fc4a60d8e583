"""`/v1/coupons`.

Source: https://docs.stripe.com/api/coupons
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.api.v1.addresses import deleted
from customers.kit import clock, ids
from customers.restkit import inputs
from customers.restkit.expansion import Included, Wire
from customers.restkit.id_inputs import ChosenIdField, IdField
from customers.restkit.inputs import Input
from customers.restkit.keyed_inputs import HashesField
from customers.restkit.objects import (
    Computed,
    Constant,
    Metadata,
    Plain,
    ShownId,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from payments.billing.models import Coupon
from payments.billing.services import chosen_ids, coupons

DURATION = {
    Coupon.Duration.FOREVER: "forever",
    Coupon.Duration.ONCE: "once",
    Coupon.Duration.REPEATING: "repeating",
}
MOST = 10**12  # redemptions
MOST_MONTHS = 1200
MOST_PRODUCTS = 100
_AMOUNT = {"min_value": 1, "max_value": 99_999_999}


class PercentField(inputs.NumberField):
    """A number; yields the decimal fraction that was written."""

    def read(self, value: Any, path: str) -> Any:
        return Decimal(str(super().read(value, path)))


class CouponField(IdField):
    """A coupon's id; yields its row's key."""

    def read(self, value: Any, path: str) -> str:
        pk = super().read(value, path)
        keys = Coupon.objects.filter(pk__in=chosen_ids.keys(pk)).values_list("pk", flat=True)
        return next(iter(keys), pk)


class AmountOffHash(Input):
    amount_off = inputs.IntegerField(required=True, **_AMOUNT)


class AppliesToHash(Input):
    products = inputs.ListField(IdField(), max_items=MOST_PRODUCTS, emptied=[])


class CouponUpdate(Input):
    currency_options = HashesField(AmountOffHash, names=inputs.CurrencyField())
    metadata = inputs.MetadataField()
    name = inputs.TextField(max_length=40)


class CouponCreate(CouponUpdate):
    amount_off = inputs.IntegerField(**_AMOUNT)
    applies_to = inputs.HashField(AppliesToHash)
    currency = inputs.CurrencyField()
    duration = inputs.ChoiceField(DURATION.values())
    duration_in_months = inputs.IntegerField(
        min_value=1, max_value=MOST_MONTHS, source="duration_months"
    )
    id = ChosenIdField(emptied="")
    max_redemptions = inputs.IntegerField(min_value=1, max_value=MOST)
    percent_off = PercentField()
    redeem_by = inputs.TimestampField()


def _is_valid(*columns: Any) -> bool:
    return coupons.holds(*columns, at=clock.now())


def _percent(percent: Decimal | None) -> float | None:
    if percent is None:
        return None
    return int(percent) if percent == int(percent) else float(percent)


class AppliesTo(WireObject):
    """What alone a coupon is for."""

    products = Computed(
        lambda keys: [ids.shown(key) for key in keys], "product_ids",
        schema={"type": "array", "items": {"type": "string"}},
    )  # fmt: skip


def _found(wires: Sequence[Wire]) -> dict[str, Coupon]:
    keys = [key for wire in wires for key in chosen_ids.keys(wire["id"])]
    return {ids.shown(coupon.pk): coupon for coupon in Coupon.objects.filter(pk__in=keys)}


def _applies_to(wires: Sequence[Wire]) -> list[Wire | None]:
    """Return what each coupon is for; null where it is for everything."""
    found, plan = _found(wires), AppliesTo.plan()
    return [
        plan.spell_instance(coupon) if coupon.product_ids else None
        for coupon in (found[wire["id"]] for wire in wires)
    ]


def _currency_options(wires: Sequence[Wire]) -> list[Wire]:
    """Return the amounts that each coupon takes off, its own currency's among them; none of a percentage."""
    found = _found(wires)
    return [_options(found[wire["id"]]) for wire in wires]


def _options(coupon: Coupon) -> Wire:
    if coupon.amount_off is None:
        return {}
    return {coupon.currency: {"amount_off": coupon.amount_off}, **coupon.currency_options}


class CouponObject(WireObject):
    """A coupon."""

    id = ShownId()
    object = Constant("coupon")
    amount_off = Plain()
    created = UnixTime("created_at")
    currency = Text()
    duration = Spelled(DURATION)
    duration_in_months = Plain("duration_months")
    livemode = Plain()
    max_redemptions = Plain()
    metadata = Metadata()
    name = Text()
    percent_off = Computed(_percent, "percent_off", schema={"type": ["number", "null"]})
    redeem_by = UnixTime()
    times_redeemed = Plain()
    valid = Computed(
        _is_valid, "deleted_at", "redeem_by", "max_redemptions", "times_redeemed",
        schema={"type": "boolean"},
    )  # fmt: skip

    applies_to = Included(_applies_to, of=AppliesTo)
    currency_options = Included(_currency_options, of=None)


class CouponViewSet(V1ViewSet):
    resource = "coupons"
    model = Coupon
    output = CouponObject
    has_chosen_ids = True
    inputs = {"create": CouponCreate, "update": CouponUpdate}

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return Coupon.objects.filter(deleted_at=None)

    @classmethod
    def load(cls, ids: Iterable[str]) -> dict[str, Wire]:
        """Return wire forms by id, for `expand`: of deleted ones too, whose discounts stay."""
        keys = [key for pk in ids for key in chosen_ids.keys(pk)]
        rows = Coupon.objects.filter(pk__in=keys).values_list(*cls.columns()) if keys else []
        return {wire["id"]: wire for wire in map(cls.spell, rows)}

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(CouponCreate)
        pk = body.pop("id", "")
        products = body.pop("applies_to", {}).get("products", [])
        terms = {**body, "products": products}
        return self.write(coupons.create(terms=terms, pk=pk, at=self.at))

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(CouponUpdate)
        return self.write(coupons.update(coupons.get(pk), details=body, at=self.at))

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        coupon = coupons.delete(coupons.get(pk), at=self.at)
        return self.answer(deleted(chosen_ids.shown(coupon), "coupon"))
