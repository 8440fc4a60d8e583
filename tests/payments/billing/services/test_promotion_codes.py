"""Promotion codes: what they may promise, whom they are for, and when another may have the same word."""

from datetime import timedelta

import pytest
from django.db.models import Value

from customers.kit.errors import NotFound
from payments.billing.models import Invoice, PromotionCode
from payments.billing.services import promotion_codes
from payments.models import Charge
from tests.factories.coupons import CouponFactory, DiscountedInvoiceFactory, PromotionCodeFactory
from tests.factories.customers import CustomerFactory
from tests.factories.payments import ChargeFactory

DAY = timedelta(days=1)
LEAST = {"minimum_amount": 1000, "minimum_amount_currency": "usd"}


def test_a_code_that_was_chosen(scope, at, told):
    coupon = CouponFactory()

    made = promotion_codes.create(coupon=coupon, terms={"code": "Spring-25"}, at=at)

    found = promotion_codes.get(made.pk)
    assert (found.code, found.coupon, found.is_active) == ("Spring-25", coupon, True)
    assert told() == ["promotion_code.created"]


def test_a_code_that_was_drawn(scope, at):
    coupon = CouponFactory()

    codes = [promotion_codes.create(coupon=coupon, terms={}, at=at).code for _ in range(2)]

    assert [len(code) for code in codes] == [8, 8]
    assert codes[0] != codes[1]


def test_a_word_belongs_to_one_active_code_in_any_letter_case(scope, at, refused):
    coupon = CouponFactory()
    PromotionCodeFactory(code="SPRING", is_active=False)
    promotion_codes.create(coupon=coupon, terms={"code": "spring"}, at=at)

    with refused(code="resource_already_exists", param="code"):
        promotion_codes.create(coupon=coupon, terms={"code": "Spring"}, at=at)


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"expires_at": True}, id="expired"),
        pytest.param({"max_redemptions": 1, "times_redeemed": 1}, id="used-up"),
        pytest.param({"coupon": True}, id="coupon-expired"),
    ],
)
def test_a_word_is_free_again_once_its_code_cannot_be_used(scope, at, columns):
    values = {"expires_at": at} if "expires_at" in columns else {**columns}
    if "coupon" in values:
        values["coupon"] = CouponFactory(redeem_by=at)
    dead = PromotionCodeFactory(code="SPRING", **values)

    made = promotion_codes.create(coupon=CouponFactory(), terms={"code": "spring"}, at=at)

    dead.refresh_from_db()
    assert (dead.is_active, made.is_active) == (False, True)


def test_terms_stay_within_the_coupons(scope, at, refused):
    coupon = CouponFactory(redeem_by=at + DAY, max_redemptions=5)

    for terms, param in (
        ({"expires_at": at}, "expires_at"),
        ({"expires_at": at + 2 * DAY}, "expires_at"),
        ({"max_redemptions": 6}, "max_redemptions"),
        ({"minimum_amount": 100}, "restrictions[minimum_amount_currency]"),
        ({"minimum_amount_currency": "usd"}, "restrictions[minimum_amount]"),
        (
            {"currency_options": {"eur": {"minimum_amount": 1}}},
            "restrictions[currency_options]",
        ),
        (
            {**LEAST, "currency_options": {"usd": {"minimum_amount": 1}}},
            "restrictions[currency_options][usd]",
        ),
    ):
        with refused(param=param):
            promotion_codes.create(coupon=coupon, terms=terms, at=at)


def test_a_code_for_a_coupon_that_is_over(scope, at, refused):
    coupon = CouponFactory(redeem_by=at)

    with refused(code="coupon_expired", param="coupon"):
        promotion_codes.create(coupon=coupon, terms={}, param="coupon", at=at)


def test_what_of_a_code_changes(scope, at, told, last_event):
    code = PromotionCodeFactory(**LEAST, metadata={"a": "1"})

    changed = promotion_codes.update(
        code,
        details={
            "is_active": False,
            "metadata": {"b": "2"},
            "currency_options": {"eur": {"minimum_amount": 900}},
        },
        at=at,
    )

    assert (changed.is_active, changed.metadata) == (False, {"a": "1", "b": "2"})
    assert changed.currency_options == {"eur": {"minimum_amount": 900}}
    assert told() == ["promotion_code.updated"]
    assert last_event().previous_attributes == {
        "active": True,
        "metadata": {"b": None},
        "restrictions": {"currency_options": None},
    }


def test_a_code_can_be_active_again(scope, at, refused):
    code = PromotionCodeFactory(code="SPRING", is_active=False)

    assert promotion_codes.update(code, details={"is_active": True}, at=at).is_active

    promotion_codes.update(code, details={"is_active": False}, at=at)
    PromotionCodeFactory(code="spring")
    with refused(code="resource_already_exists", param="code"):
        promotion_codes.update(code, details={"is_active": True}, at=at)


def test_a_code_that_is_over_stays_inactive(scope, at, refused):
    for code in (
        PromotionCodeFactory(is_active=False, expires_at=at),
        PromotionCodeFactory(is_active=False, max_redemptions=1, times_redeemed=1),
        PromotionCodeFactory(is_active=False, coupon=CouponFactory(deleted_at=at)),
    ):
        with refused(param="active"):
            promotion_codes.update(code, details={"is_active": True}, at=at)


def test_which_codes_can_be_used(scope, at):
    good = [
        PromotionCodeFactory(),
        PromotionCodeFactory(expires_at=at + DAY, max_redemptions=2, times_redeemed=1),
    ]
    bad = [
        PromotionCodeFactory(is_active=False),
        PromotionCodeFactory(expires_at=at),
        PromotionCodeFactory(max_redemptions=1, times_redeemed=1),
        PromotionCodeFactory(coupon=CouponFactory(redeem_by=at)),
        PromotionCodeFactory(coupon=CouponFactory(deleted_at=at)),
        PromotionCodeFactory(coupon=CouponFactory(max_redemptions=1, times_redeemed=1)),
    ]

    found = set(PromotionCode.objects.filter(promotion_codes.active(Value(at))))

    assert found == set(good)
    assert [promotion_codes.is_active(code, at=at) for code in good + bad] == [True] * 2 + [
        False
    ] * 6


def test_a_code_of_another_customer(scope, customer, at):
    theirs = PromotionCodeFactory(customer=CustomerFactory())
    own = PromotionCodeFactory(customer=customer)

    def code_of(promotion_code, whom):
        refusal = promotion_codes.refusal(promotion_code, whom, param="promotion_code", at=at)
        return refusal and (refusal.code, refusal.param)

    assert code_of(theirs, customer) == ("promotion_code_customer_mismatch", "promotion_code")
    assert code_of(theirs, None) == ("promotion_code_customer_mismatch", "promotion_code")
    assert code_of(own, customer) is None


@pytest.mark.parametrize(
    ("status", "has_paid"), [("succeeded", True), ("failed", False), ("pending", False)]
)
def test_a_code_for_a_first_payment(scope, customer, at, status, has_paid):
    code = PromotionCodeFactory(is_first_time_only=True)
    ChargeFactory(customer=customer, status=Charge.Status(status))

    refusal = promotion_codes.refusal(code, customer, param="promotion_code", at=at)

    assert (refusal and refusal.code) == (
        "promotion_code_customer_not_first_time" if has_paid else None
    )


@pytest.mark.parametrize(("amount", "has_paid"), [(2000, True), (0, False)])
def test_an_invoice_that_was_paid_in_another_way_is_a_payment(
    scope, customer, at, amount, has_paid
):
    DiscountedInvoiceFactory(
        customer=customer, status=Invoice.Status.PAID, number="A-1", finalized_at=at,
        amount_due=amount, amount_paid=amount,
    )  # fmt: skip

    assert promotion_codes.has_paid(customer) is has_paid


@pytest.mark.parametrize(
    ("amount", "currency", "is_enough"),
    [
        (1000, "usd", True),
        (999, "usd", False),
        (900, "eur", True),
        (899, "eur", False),
        (99_999, "thb", False),
    ],
)
def test_a_least_amount(scope, at, refused, amount, currency, is_enough):
    code = PromotionCodeFactory(**LEAST, currency_options={"eur": {"minimum_amount": 900}})
    asked = {"amount": amount, "currency": currency, "param": "discounts[0][promotion_code]"}

    if is_enough:
        promotion_codes.check_minimum(code, **asked)
    else:
        with refused(code="promotion_code_minimum_amount_not_met", param=asked["param"]):
            promotion_codes.check_minimum(code, **asked)


def test_a_code_without_a_least_amount(scope):
    promotion_codes.check_minimum(PromotionCodeFactory(), amount=1, currency="thb", param="x")

    assert promotion_codes.minimum_of(PromotionCodeFactory(), "thb") is None


def test_a_code_that_is_not_there(scope, refused):
    with refused(NotFound, message="No such promotion code: 'promo_1'", param="promotion_code"):
        promotion_codes.get("promo_1", param="promotion_code")
