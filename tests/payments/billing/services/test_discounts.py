"""Discounts: who can have one, what it takes off, and when it ends."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import transaction

from customers.kit import ids
from customers.kit.errors import InvalidRequest, NotFound
from customers.models import Customer
from customers.services import customers, test_clocks
from payments.billing.models import Coupon, Discount, PromotionCode
from payments.billing.services import discounts
from payments.billing.totals import Cut
from payments.services import clock_advances, due_work
from tests.factories.coupons import (
    CouponFactory,
    DiscountedInvoiceFactory,
    DiscountedItemFactory,
    DiscountedSubscriptionFactory,
    PromotionCodeFactory,
)
from tests.factories.customers import CustomerFactory

DAY = timedelta(days=1)
ON_THE_LAST = datetime(2027, 1, 31, 12, tzinfo=UTC)


def of(coupon):
    return {"coupon": ids.shown(coupon.pk)}


@pytest.fixture
def subscription(customer):
    return DiscountedSubscriptionFactory(customer=customer)


@pytest.fixture
def give(customer, at):
    """Gives what is asked for in a transaction of its own."""

    def act(*wanted, **owner):
        read = discounts.read(list(wanted), param="discounts", customer=customer, at=at)
        with transaction.atomic():
            return discounts.give(read, customer=customer, **owner, at=at)

    return act


def given_to(customer, coupon, at):
    changed = customers.update(customer, details={"coupon": ids.shown(coupon.pk)}, at=at)
    return discounts.of_customer(changed)


# -- what is asked for -------------------------------------------------------------------------------------------------


def test_nothing_is_asked_for(scope, customer, at):
    for wanted in (None, []):
        assert discounts.read(wanted, param="discounts", customer=customer, at=at) == []


def test_what_is_asked_for(scope, customer, subscription, give, at):
    coupon, code = CouponFactory(), PromotionCodeFactory()
    (kept,) = give(of(CouponFactory()), subscription=subscription)

    found = discounts.read(
        [of(coupon), {"promotion_code": code.pk}, {"discount": kept.pk}],
        param="discounts", customer=customer, at=at,
    )  # fmt: skip

    assert found == [
        discounts.Wanted(coupon, "discounts[0][coupon]"),
        discounts.Wanted(code.coupon, "discounts[1][promotion_code]", promotion_code=code),
        discounts.Wanted(kept.coupon, "discounts[2][discount]", None, kept),
    ]


def test_what_cannot_be_had(scope, customer, at, refused):
    expired, coupon = CouponFactory(redeem_by=at), CouponFactory()
    code = PromotionCodeFactory(customer=CustomerFactory())
    for wanted, kind, param in (
        ([{}], InvalidRequest, "discounts[0]"),
        ([{**of(coupon), "promotion_code": code.pk}], InvalidRequest, "discounts[0]"),
        ([{"coupon": "MISSING"}], NotFound, "discounts[0][coupon]"),
        ([of(coupon), of(expired)], InvalidRequest, "discounts[1][coupon]"),
        ([of(coupon), of(coupon)], InvalidRequest, "discounts[1][coupon]"),
        ([{"promotion_code": "promo_1"}], NotFound, "discounts[0][promotion_code]"),
        ([{"promotion_code": code.pk}], InvalidRequest, "discounts[0][promotion_code]"),
        ([{"discount": "di_1"}], NotFound, "discounts[0][discount]"),
    ):
        with refused(kind, param=param):
            discounts.read(wanted, param="discounts", customer=customer, at=at)


def test_a_discount_of_somebody_else_cannot_be_kept(scope, customer, at, refused):
    theirs = given_to(CustomerFactory(), CouponFactory(), at)

    for whom in (customer, None):
        with refused(NotFound, param="discounts[0][discount]"):
            discounts.read(
                [{"discount": theirs.pk}], param="discounts", customer=whom, at=at
            )  # fmt: skip


def test_least_amounts_of_what_is_asked_for(scope, customer, at, refused):
    code = PromotionCodeFactory(minimum_amount=1000, minimum_amount_currency="usd")
    wanted = discounts.read(
        [of(CouponFactory()), {"promotion_code": code.pk}],
        param="discounts", customer=customer, at=at,
    )  # fmt: skip

    discounts.check_minimum(wanted, amount=1000, currency="usd")
    with refused(param="discounts[1][promotion_code]"):
        discounts.check_minimum(wanted, amount=999, currency="usd")


# -- giving and taking away --------------------------------------------------------------------------------------------


def test_a_subscription_gets_discounts_in_order(scope, customer, subscription, give, at, told):
    code = PromotionCodeFactory(coupon=CouponFactory(forever=True))
    coupon = CouponFactory(of_amount=True, forever=True)

    given = give({"promotion_code": code.pk}, of(coupon), subscription=subscription)

    assert discounts.of_owner(subscription=subscription) == given
    assert [(each.coupon, each.promotion_code, each.start_at, each.end_at) for each in given] == [
        (code.coupon, code, at, None),
        (coupon, None, at, None),
    ]
    assert discounts.ids_of("subscription", [subscription.pk]) == {
        subscription.pk: [each.pk for each in given]
    }
    assert Coupon.objects.get(pk=coupon.pk).times_redeemed == 1
    assert Coupon.objects.get(pk=code.coupon_id).times_redeemed == 1
    assert PromotionCode.objects.get().times_redeemed == 1
    assert told() == ["customer.discount.created"] * 2


def test_an_invoices_discounts_are_told_with_the_invoice(scope, customer, give, told):
    invoice = DiscountedInvoiceFactory(customer=customer)

    given = give(of(CouponFactory()), invoice=invoice)

    assert discounts.of_owner(invoice=invoice) == given
    assert told() == []


def test_the_last_redemption_uses_a_code_up(scope, customer, give, subscription):
    code = PromotionCodeFactory(max_redemptions=2, times_redeemed=1)

    give({"promotion_code": code.pk}, subscription=subscription)

    code.refresh_from_db()
    assert (code.times_redeemed, code.is_active) == (2, False)


def test_what_was_used_up_since_it_was_read(scope, customer, subscription, at, refused):
    coupon, code = CouponFactory(max_redemptions=1), PromotionCodeFactory()
    wanted = discounts.read(
        [of(coupon), {"promotion_code": code.pk}], param="discounts", customer=customer, at=at
    )  # fmt: skip
    Coupon.objects.filter(pk=coupon.pk).update(times_redeemed=1)

    with refused(code="coupon_expired", param="discounts[0][coupon]"), transaction.atomic():
        discounts.give(wanted, customer=customer, subscription=subscription, at=at)

    PromotionCode.objects.update(is_active=False)
    lost = {"code": "promotion_code_expired", "param": "discounts[1][promotion_code]"}
    with refused(**lost), transaction.atomic():
        discounts.give(wanted[1:], customer=customer, subscription=subscription, at=at)


@pytest.mark.parametrize(
    ("terms", "end"),
    [
        pytest.param({"forever": True}, None, id="forever"),
        pytest.param({}, None, id="once"),
        pytest.param(
            {"duration": "repeating", "duration_months": 1},
            datetime(2027, 2, 28, 12, tzinfo=UTC),
            id="repeating",
        ),
    ],
)  # fmt: skip
def test_until_when_a_discount_holds(scope, customer, terms, end):
    discount = given_to(customer, CouponFactory(**terms), ON_THE_LAST)

    assert (discount.start_at, discount.end_at) == (ON_THE_LAST, end)


def test_discounts_are_replaced(scope, customer, subscription, give, at, told):
    old, kept = give(of(CouponFactory()), of(CouponFactory()), subscription=subscription)
    told()
    wanted = discounts.read(
        [{"discount": kept.pk}, of(CouponFactory())], param="discounts", customer=customer, at=at
    )  # fmt: skip

    with transaction.atomic():
        given = discounts.replace(wanted, customer=customer, subscription=subscription, at=at)

    assert discounts.of_owner(subscription=subscription) == given
    assert ([each.position for each in given], given[0]) == ([0, 1], kept)
    old.refresh_from_db()
    assert old.removed_at == at
    assert told() == ["customer.discount.deleted", "customer.discount.created"]


def test_a_discount_is_taken_away_once(scope, subscription, give, at, told, refused):
    (discount,) = give(of(CouponFactory()), subscription=subscription)
    told()

    discounts.remove(discount, at=at)

    assert discounts.of_owner(subscription=subscription) == []
    assert told() == ["customer.discount.deleted"]
    with refused(NotFound, message=f"No such discount: '{discount.pk}'"):
        discounts.remove(discount, at=at)


def test_all_of_a_subscriptions_are_taken_away(scope, subscription, give, at, refused):
    first, _second = give(of(CouponFactory()), of(CouponFactory()), subscription=subscription)

    assert discounts.remove_all(subscription, at=at) == first
    assert discounts.of_owner(subscription=subscription) == []
    with refused(NotFound, param="subscription"):
        discounts.remove_all(subscription, at=at)


# -- customers ---------------------------------------------------------------------------------------------------------


def test_a_customer_is_made_with_a_discount(scope, at, told):
    coupon = CouponFactory(forever=True)

    made = customers.create(details={"coupon": ids.shown(coupon.pk)}, at=at)

    discount = Discount.objects.get()
    assert discounts.of_customer(made) == discount
    assert Customer.objects.get().discount_shown == {
        "id": discount.pk,
        "object": "discount",
        "checkout_session": None,
        "customer": made.pk,
        "customer_account": None,
        "end": None,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": None,
        "source": {"coupon": ids.shown(coupon.pk), "type": "coupon"},
        "start": int(at.timestamp()),
        "subscription": None,
        "subscription_item": None,
    }
    assert told() == ["customer.created", "customer.discount.created"]


def test_a_customers_discount_is_replaced_and_taken_away(scope, customer, at, told, last_event):
    first = given_to(customer, CouponFactory(), at)
    assert told() == ["customer.discount.created", "customer.updated"]
    code = PromotionCodeFactory()

    changed = customers.update(customer, details={"promotion_code": code.pk}, at=at)

    second = discounts.of_customer(changed)
    assert (second.promotion_code, second.pk == first.pk) == (code, False)
    assert changed.discount_shown["id"] == second.pk
    assert told() == ["customer.discount.updated", "customer.updated"]

    changed = customers.update(customer, details={"coupon": ""}, at=at)

    assert (changed.discount_shown, discounts.of_customer(changed)) == (None, None)
    assert told() == ["customer.discount.deleted", "customer.updated"]
    assert last_event().previous_attributes["discount"]["id"] == second.pk


def test_taking_away_what_is_not_there(scope, customer, at, told):
    customers.update(customer, details={"promotion_code": ""}, at=at)

    assert told() == []


def test_what_a_customer_cannot_have(scope, customer, at, refused):
    both = {"coupon": "A", "promotion_code": "B"}
    for details, kind, param in (
        (both, InvalidRequest, "coupon"),
        ({"coupon": "MISSING"}, NotFound, "coupon"),
        ({"promotion_code": "promo_1"}, NotFound, "promotion_code"),
    ):
        with refused(kind, param=param):
            customers.update(customer, details=details, at=at)
        with refused(kind, param=param):
            customers.create(details=details, at=at)


def test_a_customers_discount_is_taken_away(scope, customer, at, told):
    discount = given_to(customer, CouponFactory(), at)
    told()

    discounts.remove(discount, at=at)

    customer.refresh_from_db()
    assert (customer.discount_shown, discounts.of_customer(customer)) == (None, None)
    assert told() == ["customer.updated", "customer.discount.deleted"]


def test_the_discounts_of_a_deleted_customer_end(scope, customer, subscription, give, at, told):
    given_to(customer, CouponFactory(), at)
    give(of(CouponFactory()), subscription=subscription)
    told()

    customers.delete(customer, at=at)

    assert set(Discount.objects.values_list("removed_at", flat=True)) == {at}
    customer.refresh_from_db()
    assert customer.discount_shown is None
    assert told() == [
        "customer.deleted",
        "customer.subscription.deleted",
        "customer.discount.deleted",
        "customer.discount.deleted",
    ]


def test_a_discount_whose_time_is_over_ends_once(scope, customer, at, told):
    discount = given_to(customer, CouponFactory(repeating=True), at)
    told()

    for _time in range(2):
        discounts.finish(discount, at=discount.end_at)

    customer.refresh_from_db()
    assert customer.discount_shown is None
    assert told() == ["customer.updated", "customer.discount.deleted"]


def test_a_discount_ends_by_its_customers_clock(scope, at):
    clock = test_clocks.create(frozen_at=ON_THE_LAST, at=at)
    coupon = CouponFactory(duration="repeating", duration_months=1)
    details = {"test_clock": clock, "coupon": ids.shown(coupon.pk)}
    customer = customers.create(details=details, at=ON_THE_LAST)
    end = datetime(2027, 2, 28, 12, tzinfo=UTC)

    due_work.run(at=end)
    assert discounts.of_customer(customer).end_at == end

    clock_advances.advance(clock, to=end + DAY, at=at)
    customer.refresh_from_db()
    assert (customer.discount_shown, Discount.objects.get().removed_at) == (None, end)


# -- which hold --------------------------------------------------------------------------------------------------------


def test_a_subscriptions_own_discounts_come_before_the_customers(
    scope, customer, subscription, give, at
):
    assert discounts.holding(customer=customer, subscription=None, at=at) == []
    of_customer = given_to(customer, CouponFactory(forever=True), at)

    assert discounts.holding(customer=customer, subscription=None, at=at) == [of_customer]
    assert discounts.holding(customer=customer, subscription=subscription, at=at) == [of_customer]

    given = give(of(CouponFactory()), subscription=subscription)

    assert discounts.holding(customer=customer, subscription=subscription, at=at) == given
    assert discounts.holding(customer=customer, subscription=None, at=at) == [of_customer]


def test_a_discount_holds_before_its_end(scope, customer, at):
    discount = given_to(customer, CouponFactory(repeating=True), at)

    def holding(instant):
        return discounts.holding(customer=customer, subscription=None, at=instant)

    assert holding(discount.end_at - timedelta(seconds=1)) == [discount]
    assert holding(discount.end_at) == []


def test_discounts_of_items(scope, customer, subscription, give, at):
    item, other = DiscountedItemFactory.create_batch(2, subscription=subscription)
    given = give(of(CouponFactory(repeating=True)), subscription_item=item)

    assert discounts.of_items([item, other], at=at) == {item.pk: given}
    assert discounts.of_items([item], at=given[0].end_at) == {}


def test_what_holds_once_is_used_up_by_the_first_invoice(
    scope, customer, subscription, give, at, told
):
    once = given_to(customer, CouponFactory(), at)
    forever, too = give(
        of(CouponFactory(forever=True)), of(CouponFactory()), subscription=subscription
    )
    told()

    with transaction.atomic():
        held = discounts.use([once, forever, too], at=at)

    assert sorted(each.pk for each in held) == sorted(each.pk for each in (once, forever, too))
    assert discounts.of_owner(subscription=subscription) == [forever]
    assert discounts.of_customer(customer) is None
    assert sorted(told()) == [*["customer.discount.deleted"] * 2, "customer.updated"]


def test_what_was_used_up_does_not_hold_for_another_invoice(scope, customer, at):
    once = given_to(customer, CouponFactory(), at)
    stale = Discount.objects.select_related("coupon").get(pk=once.pk)
    with transaction.atomic():
        discounts.use([once], at=at)

    with transaction.atomic():
        held = discounts.use([stale], at=at)

    assert held == []


def test_an_invoices_own_discount_stays_with_it(scope, customer, give, at):
    invoice = DiscountedInvoiceFactory(customer=customer)
    given = give(of(CouponFactory()), invoice=invoice)

    with transaction.atomic():
        discounts.use(given, at=at)

    assert discounts.of_owner(invoice=invoice) == given
    assert Discount.objects.get().used_at == at


# -- what is taken off -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "currency", "cut"),
    [
        ({"percent_off": Decimal("33.33")}, "usd", {"percent": Fraction(3333, 100)}),
        ({"of_amount": True}, "usd", {"amount_off": 500}),
        ({"of_amount": True}, "eur", None),
        (
            {"of_amount": True, "currency_options": {"eur": {"amount_off": 450}}},
            "eur",
            {"amount_off": 450},
        ),
        ({"product_ids": ["prod_1"]}, "usd", {"percent": Fraction(25), "products": {"prod_1"}}),
    ],
)
def test_what_a_discount_takes_off(scope, terms, currency, cut):
    discount = Discount(id="di_1", coupon=CouponFactory(**terms))

    found = discounts.cut(discount, currency)

    assert found == (None if cut is None else Cut("di_1", **cut))


def test_what_a_discount_is_for(scope):
    all_of_it = Discount(coupon=CouponFactory())
    some_of_it = Discount(coupon=CouponFactory(product_ids=["prod_1"]))

    assert [discounts.applies_to(all_of_it, pk) for pk in ("prod_1", "prod_2")] == [True, True]
    assert [discounts.applies_to(some_of_it, pk) for pk in ("prod_1", "prod_2")] == [True, False]
