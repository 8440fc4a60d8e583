"""What a coupon can be, what of it may change, and until when it can be had."""

from datetime import timedelta
from decimal import Decimal

import pytest

from customers.kit import ids
from customers.kit.errors import InvalidRequest, NotFound
from customers.kit.tenancy import scoped_to
from payments.billing.models import Coupon
from payments.billing.services import coupons
from tests.factories.coupons import CouponFactory, SubscribedProductFactory

QUARTER = {"percent_off": Decimal(25)}
FIVE = {"amount_off": 500, "currency": "usd"}


def test_a_coupon_with_a_chosen_id(scope, at, told):
    made = coupons.create(terms=QUARTER, pk="SPRING-25", at=at)

    assert (ids.shown(made.pk), made.duration, made.times_redeemed) == ("SPRING-25", "once", 0)
    assert coupons.get("SPRING-25") == made
    assert coupons.get(made.pk) == made
    assert told() == ["coupon.created"]


def test_a_coupon_whose_id_is_drawn(scope, at):
    drawn = [ids.shown(coupons.create(terms=QUARTER, at=at).pk) for _ in range(2)]

    assert [len(pk) for pk in drawn] == [8, 8]
    assert drawn[0] != drawn[1]


def test_an_id_is_taken_once_in_a_site_and_mode(scope, site, other, at, refused):
    coupons.delete(coupons.create(terms=QUARTER, pk="SPRING", at=at), at=at)

    with refused(code="resource_already_exists", param="id"):
        coupons.create(terms=QUARTER, pk="SPRING", at=at)

    with scoped_to(other[0], livemode=False):
        theirs = coupons.create(terms=QUARTER, pk="SPRING", at=at)
    with scoped_to(site, livemode=True):
        live = coupons.create(terms=QUARTER, pk="SPRING", at=at)
    assert [ids.shown(coupon.pk) for coupon in (theirs, live)] == ["SPRING", "SPRING"]


@pytest.mark.parametrize(
    ("terms", "param"),
    [
        pytest.param({}, "percent_off", id="nothing-off"),
        pytest.param({**QUARTER, **FIVE}, "amount_off", id="both"),
        pytest.param({"percent_off": Decimal(0)}, "percent_off", id="nought"),
        pytest.param({"percent_off": Decimal("100.01")}, "percent_off", id="more-than-all"),
        pytest.param({"percent_off": Decimal("33.333")}, "percent_off", id="three-digits"),
        pytest.param({"amount_off": 500}, "currency", id="no-currency"),
        pytest.param({**QUARTER, "currency": "usd"}, "currency", id="percent-of-a-currency"),
        pytest.param(
            {**QUARTER, "currency_options": {"eur": {"amount_off": 1}}},
            "currency_options",
            id="percent-with-options",
        ),
        pytest.param(
            {**FIVE, "currency_options": {"usd": {"amount_off": 1}}},
            "currency_options[usd]",
            id="own-currency-again",
        ),
        pytest.param(
            {**QUARTER, "duration": "repeating"}, "duration_in_months", id="repeating-without-months"
        ),
        pytest.param(
            {**QUARTER, "duration_months": 3}, "duration_in_months", id="months-without-repeating"
        ),
    ],
)  # fmt: skip
def test_terms_that_do_not_fit(scope, at, refused, terms, param):
    with refused(param=param):
        coupons.create(terms=terms, at=at)


@pytest.mark.parametrize("days", [0, -1, 5 * 366 + 1])
def test_a_last_day_that_is_none(scope, at, refused, days):
    with refused(param="redeem_by"):
        coupons.create(terms={**QUARTER, "redeem_by": at + timedelta(days=days)}, at=at)


def test_a_coupon_for_some_products(scope, at, refused):
    product = SubscribedProductFactory()

    made = coupons.create(terms={**QUARTER, "products": [product.pk, product.pk]}, at=at)

    assert made.product_ids == [product.pk]
    with refused(NotFound, param="applies_to[products][1]", code="resource_missing"):
        coupons.create(terms={**QUARTER, "products": [product.pk, "prod_missing"]}, at=at)


def test_what_of_a_coupon_changes(scope, at, told, last_event):
    coupon = CouponFactory(
        of_amount=True, metadata={"a": "1", "b": "2"}, currency_options={"eur": {"amount_off": 450}}
    )

    changed = coupons.update(
        coupon,
        details={
            "name": "Spring",
            "metadata": {"a": "", "c": "3"},
            "currency_options": {"thb": {"amount_off": 15_000}},
        },
        at=at,
    )

    assert (changed.name, changed.metadata) == ("Spring", {"b": "2", "c": "3"})
    assert changed.currency_options == {"eur": {"amount_off": 450}, "thb": {"amount_off": 15_000}}
    assert told() == ["coupon.updated"]
    assert last_event().previous_attributes == {"metadata": {"a": "1", "c": None}, "name": None}


def test_a_change_of_nothing_tells_nothing(scope, at, told):
    coupons.update(CouponFactory(name="Spring"), details={"name": "Spring"}, at=at)

    assert told() == []


def test_a_percentage_has_no_amounts_in_other_currencies(scope, at, refused):
    coupon = CouponFactory()

    with refused(param="currency_options"):
        coupons.update(coupon, details={"currency_options": {"eur": {"amount_off": 1}}}, at=at)


def test_a_deleted_coupon_is_there_no_more(scope, at, told, refused):
    coupon = CouponFactory()

    coupons.delete(coupon, at=at)

    assert told() == ["coupon.deleted"]
    assert Coupon.objects.get().deleted_at == at
    shown = ids.shown(coupon.pk)
    for act in (
        lambda: coupons.get(shown),
        lambda: coupons.delete(coupon, at=at),
        lambda: coupons.update(coupon, details={"name": "Late"}, at=at),
    ):
        with refused(NotFound, message=f"No such coupon: '{shown}'", param="id"):
            act()


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        pytest.param({}, None, id="open"),
        pytest.param({"redeem_by": 1}, None, id="in-time"),
        pytest.param({"redeem_by": 0}, "coupon_expired", id="expired"),
        pytest.param({"max_redemptions": 2, "times_redeemed": 1}, None, id="one-left"),
        pytest.param({"max_redemptions": 2, "times_redeemed": 2}, "coupon_expired", id="used-up"),
        pytest.param({"deleted_at": 0}, "resource_missing", id="deleted"),
    ],
)  # fmt: skip
def test_until_when_a_coupon_can_be_had(scope, at, columns, code):
    instants = {
        name: at + timedelta(seconds=value)
        for name, value in columns.items()
        if name in {"redeem_by", "deleted_at"}
    }
    coupon = CouponFactory(**{**columns, **instants})

    refusal = coupons.refusal(coupon, param="coupon", at=at)

    assert (refusal and refusal.code) == code
    assert Coupon.objects.filter(coupons.redeemable(at)).exists() is (code is None)


def test_the_words_for_a_coupon_that_is_over(scope, at):
    expired = CouponFactory(redeem_by=at)
    used_up = CouponFactory(max_redemptions=1, times_redeemed=1)

    refusals = [coupons.refusal(each, param="coupon", at=at) for each in (expired, used_up)]

    assert [(type(each), each.message, each.param) for each in refusals] == [
        (InvalidRequest, f"Coupon expired: {ids.shown(expired.pk)}", "coupon"),
        (
            InvalidRequest,
            f"Coupon {ids.shown(used_up.pk)} is used up and cannot be applied.",
            "coupon",
        ),
    ]
