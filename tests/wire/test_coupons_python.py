"""Coupons, promotion codes and customers' discounts through the official `stripe` package, unmodified."""

import pytest
import stripe

from tests.wire import coupons_sdk  # noqa: F401 -- it adds its operations to the SDK's
from tests.wire.sdk import ClientStyle, ModuleStyle

STYLES = {"client": ClientStyle, "module": ModuleStyle}


@pytest.fixture(params=STYLES)
def sdk(request, live, keys):
    before = stripe.api_base, stripe.api_key
    yield STYLES[request.param](live, keys["sk_test"])
    stripe.api_base, stripe.api_key = before


def test_a_coupon_from_its_making_to_its_end(sdk):
    made = sdk(
        "coupons.create", id="FIVE-OFF", amount_off=500, currency="usd", duration="repeating",
        duration_in_months=3, currency_options={"eur": {"amount_off": 450}}, max_redemptions=10,
    )  # fmt: skip
    changed = sdk("coupons.update", "FIVE-OFF", name="Five off", metadata={"tier": "gold"})
    whole = sdk("coupons.retrieve", "FIVE-OFF", expand=["applies_to", "currency_options"])
    bare = sdk("coupons.create", percent_off=12.5)
    listed = [each.id for each in sdk("coupons.list")]
    gone = sdk("coupons.delete", "FIVE-OFF")

    assert isinstance(made, stripe.Coupon)
    assert (made.id, made.valid, made.times_redeemed, made.duration_in_months) == (
        "FIVE-OFF", True, 0, 3,
    )  # fmt: skip
    assert (changed.name, changed.metadata["tier"]) == ("Five off", "gold")
    assert (whole.applies_to, whole.currency_options["eur"].amount_off) == (None, 450)
    assert (len(bare.id), bare.percent_off, bare.duration) == (8, 12.5, "once")
    assert listed == [bare.id, "FIVE-OFF"]
    assert (gone.id, gone.deleted) == ("FIVE-OFF", True)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk("coupons.retrieve", "FIVE-OFF")
    assert (refusal.value.code, refusal.value.http_status) == ("resource_missing", 404)


def test_a_promotion_code_from_its_making_to_its_end(sdk):
    coupon = sdk("coupons.create", percent_off=25, id="SPRING-25")
    made = sdk(
        "promotion_codes.create", promotion={"type": "coupon", "coupon": coupon.id}, code="Spring",
        restrictions={"first_time_transaction": True, "minimum_amount": 1000, "minimum_amount_currency": "usd"},
    )  # fmt: skip
    changed = sdk(
        "promotion_codes.update", made.id, active=False,
        restrictions={"currency_options": {"eur": {"minimum_amount": 900}}},
    )  # fmt: skip
    drawn = sdk("promotion_codes.create", promotion={"type": "coupon", "coupon": coupon.id})
    whole = sdk("promotion_codes.retrieve", made.id, expand=["promotion.coupon"])

    assert isinstance(made, stripe.PromotionCode)
    assert (made.active, made.code, made.promotion.coupon) == (True, "Spring", "SPRING-25")
    assert (made.restrictions.first_time_transaction, made.restrictions.minimum_amount) == (
        True, 1000,
    )  # fmt: skip
    assert (changed.active, changed.restrictions.currency_options["eur"].minimum_amount) == (
        False, 900,
    )  # fmt: skip
    assert isinstance(whole.promotion.coupon, stripe.Coupon)
    assert [each.id for each in sdk("promotion_codes.list", code="SPRING")] == [made.id]
    assert [each.id for each in sdk("promotion_codes.list", active=True)] == [drawn.id]
    assert [each.id for each in sdk("promotion_codes.list", coupon=coupon.id)] == [
        drawn.id, made.id,
    ]  # fmt: skip


def test_a_customers_discount(sdk):
    coupon = sdk("coupons.create", percent_off=25, duration="repeating", duration_in_months=3)
    code = sdk("promotion_codes.create", promotion={"type": "coupon", "coupon": coupon.id})

    made = sdk("customers.create", coupon=coupon.id, expand=["discount.source.coupon"])
    first = made.discount
    changed = sdk("customers.update", made.id, promotion_code=code.id)
    gone = sdk("customers.delete_discount", made.id)
    bare = sdk("customers.retrieve", made.id)

    assert isinstance(first, stripe.Discount)
    assert (first.customer, first.source.type, first.promotion_code) == (made.id, "coupon", None)
    assert (first.source.coupon.id, first.source.coupon.times_redeemed) == (coupon.id, 1)
    assert first.end > first.start
    assert (changed.discount.promotion_code, changed.discount.source.coupon) == (
        code.id, coupon.id,
    )  # fmt: skip
    assert (gone.id, gone.deleted, gone.customer) == (changed.discount.id, True, made.id)
    assert bare.discount is None


def test_a_coupon_that_is_none_or_over(sdk):
    over = sdk("coupons.create", percent_off=25, max_redemptions=1)
    sdk("customers.create", coupon=over.id)

    def refused(**params):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            sdk("customers.create", **params)
        return refusal.value.param, refusal.value.code

    assert refused(coupon="MISSING") == ("coupon", "resource_missing")
    assert refused(coupon=over.id) == ("coupon", "coupon_expired")
    assert refused(promotion_code="promo_1") == ("promotion_code", "resource_missing")
