"""Many at the same moment, each with a connection of its own: nothing is redeemed more often than it can be."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.db import connection, transaction

from customers.kit import clock, ids
from customers.kit.errors import DomainError, TryAgain
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from customers.services import customers
from payments.billing.models import Coupon, Discount, PromotionCode
from payments.billing.services import coupons, discounts
from tests.factories.coupons import (
    CouponFactory,
    DiscountedSubscriptionFactory,
    PromotionCodeFactory,
)
from tests.factories.customers import CustomerFactory
from tests.v1_client import V1Client

AT_ONCE, LEFT = 8, 3


@pytest.fixture
def site(transactional_db, made):
    return made[0]


@pytest.fixture
def scope(transactional_db, site):
    with scoped_to(site, livemode=False) as chosen:
        yield chosen


def at_once(site, act):
    """Return what became of each: `done`, or the code of the refusal."""

    def run(number):
        with closing(connection), scoped_to(site, livemode=False):
            try:
                act(number)
            except DomainError as error:
                return error.code
            return "done"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(run, range(AT_ONCE)))


@pytest.mark.django_db(transaction=True)
def test_a_coupon_is_redeemed_as_often_as_it_can_be(scope, site):
    now = clock.now()
    coupon = CouponFactory(max_redemptions=LEFT)
    details = {"coupon": ids.shown(coupon.pk)}

    found = at_once(site, lambda _number: customers.create(details=details, at=now))

    coupon.refresh_from_db()
    assert found == ["coupon_expired"] * (AT_ONCE - LEFT) + ["done"] * LEFT
    assert (coupon.times_redeemed, Discount.objects.count()) == (LEFT, LEFT)
    assert Customer.objects.exclude(discount_shown=None).count() == LEFT


@pytest.mark.django_db(transaction=True)
def test_a_promotion_code_is_redeemed_as_often_as_it_can_be(scope, site):
    now = clock.now()
    code = PromotionCodeFactory(max_redemptions=LEFT)
    buyers = CustomerFactory.create_batch(AT_ONCE)

    found = at_once(
        site,
        lambda number: customers.update(
            buyers[number], details={"promotion_code": code.pk}, at=now
        ),
    )

    code.refresh_from_db()
    assert found == ["done"] * LEFT + ["promotion_code_expired"] * (AT_ONCE - LEFT)
    assert (code.times_redeemed, code.is_active) == (LEFT, False)
    assert (Coupon.objects.get().times_redeemed, Discount.objects.count()) == (LEFT, LEFT)


@pytest.mark.django_db(transaction=True)
def test_a_customer_who_is_given_many_has_one(scope, site):
    now = clock.now()
    customer = CustomerFactory()
    given = [ids.shown(coupon.pk) for coupon in CouponFactory.create_batch(AT_ONCE)]

    found = at_once(
        site,
        lambda number: customers.update(customer, details={"coupon": given[number]}, at=now),
    )

    customer.refresh_from_db()
    assert found == ["done"] * AT_ONCE
    assert discounts.of_customer(customer).pk == customer.discount_shown["id"]
    assert Discount.objects.filter(removed_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_take_the_same_coupons_in_other_orders_do_not_wait_for_each_other(scope, site):
    now = clock.now()
    codes = PromotionCodeFactory.create_batch(4)
    subscriptions = DiscountedSubscriptionFactory.create_batch(AT_ONCE)

    def act(number):
        subscription = subscriptions[number]
        order = codes if number % 2 else codes[::-1]
        wanted = discounts.read(
            [{"promotion_code": code.pk} for code in order],
            param="discounts", customer=subscription.customer, at=now,
        )  # fmt: skip
        with transaction.atomic():
            discounts.give(
                wanted, customer=subscription.customer, subscription=subscription, at=now
            )

    found = at_once(site, act)

    assert found == ["done"] * AT_ONCE
    assert set(Coupon.objects.values_list("times_redeemed", flat=True)) == {AT_ONCE}
    assert set(PromotionCode.objects.values_list("times_redeemed", flat=True)) == {AT_ONCE}


@pytest.mark.django_db(transaction=True)
def test_what_holds_once_holds_for_one_of_many_invoices(scope, site):
    now = clock.now()
    customer = CustomerFactory()
    customers.update(customer, details={"coupon": ids.shown(CouponFactory().pk)}, at=now)
    discount = discounts.of_customer(customer)
    held = []

    def act(_number):
        mine = Discount.objects.select_related("coupon", "customer").get(pk=discount.pk)
        with transaction.atomic():
            held.extend(discounts.use([mine], at=now))

    at_once(site, act)

    assert held == [discount]


@pytest.mark.django_db(transaction=True)
def test_one_of_many_gets_an_id(scope, site):
    now = clock.now()

    def act(_number):
        try:
            coupons.create(terms={"percent_off": 25}, pk="SPRING", at=now)
        except TryAgain as error:
            raise AssertionError from error

    found = at_once(site, act)

    assert found == ["done"] + ["resource_already_exists"] * (AT_ONCE - 1)
    assert Coupon.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_request_many_times_is_one_redemption(scope, site, keys):
    """Who comes second is told that the first is under way, or what it was told; never that nothing is left."""
    coupon = CouponFactory(max_redemptions=1)
    client, answers = V1Client(keys["sk_test"]), []
    headers = {"Idempotency-Key": "order-1"}

    def act(_number):
        answers.append(client.post("customers", coupon=ids.shown(coupon.pk), headers=headers))

    at_once(site, act)

    coupon.refresh_from_db()
    assert {answer.status for answer in answers} <= {200, 409}
    assert len({answer.body["id"] for answer in answers if answer.status == 200}) == 1
    assert (coupon.times_redeemed, Customer.objects.count()) == (1, 1)
