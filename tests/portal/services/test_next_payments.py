"""The next payment is the first renewal ahead: how much, when, with what."""

from datetime import timedelta

import pytest

from customers.kit import clock
from payments.billing.models import Subscription
from portal.services import overviews
from tests.factories.billing import DiscountFactory
from tests.factories.coupons import CouponFactory
from tests.factories.payments import ScheduleFactory
from tests.seeds import statements as seeds


@pytest.fixture
def upcoming(customer):
    def upcoming():
        customer.refresh_from_db()
        return overviews.of(customer, at=clock.now()).upcoming

    return upcoming


def test_first_renewal_is_charged_to_the_default(customer, upcoming):
    card = seeds.card(customer)
    row = seeds.subscription(customer, "Gold")
    seeds.subscription(customer, "Later", amount=700, period_end=clock.now() + timedelta(days=25))

    found = upcoming()

    assert (found.amount, found.currency, found.method_id) == (2900, "usd", card.pk)
    assert (found.on, found.is_charged) == (row.period_end.date(), True)
    assert [part.pk for part in found.parts] == [row.pk]


def test_renewals_of_one_day_are_added_up_where_they_are_paid_alike(customer, upcoming):
    seeds.card(customer)
    other = seeds.card(customer, last4="4444")
    end = clock.now() + timedelta(days=18)
    for name in ("Gold", "Silver"):
        seeds.subscription(customer, name, period_end=end, anchor_at=end)
    seeds.subscription(
        customer, "Bronze", period_end=end, anchor_at=end, default_payment_method=other,
        created_at=clock.now() - timedelta(days=300),
    )  # fmt: skip

    found = upcoming()

    assert (found.amount, len(found.parts)) == (5800, 2)


def test_coupons_and_credit_are_taken_off(customer, upcoming):
    seeds.card(customer)
    row = seeds.subscription(customer, "Gold")
    coupon = CouponFactory(forever=True, percent_off=50)
    DiscountFactory(coupon=coupon, customer=customer, subscription=row)
    customer.balance, customer.currency = -450, "usd"
    customer.save()

    found = upcoming()

    assert found.amount == 1000


def test_credit_of_another_currency_is_not(customer, upcoming):
    seeds.subscription(customer, "Gold", currency="thb", amount=100_000)
    customer.balance, customer.currency = -450, "usd"
    customer.save()

    found = upcoming()

    assert (found.amount, found.currency, found.method_id) == (100_000, "thb", "")


def test_invoice_that_is_sent_is_not_charged(customer, upcoming):
    seeds.card(customer)
    seeds.subscription(customer, "Gold", collection_method="send_invoice", days_until_due=30)

    found = upcoming()

    assert (found.is_charged, found.method_id) == (False, "")


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"cancels_at_period_end": True}, id="ends-with-its-period"),
        pytest.param({"status": Subscription.Status.PAUSED}, id="paused"),
        pytest.param({"status": Subscription.Status.UNPAID}, id="unpaid"),
        pytest.param({"pause_behavior": "void"}, id="not-collected"),
        pytest.param(
            {"pause_behavior": "void", "pause_resumes_at": clock.now() + timedelta(days=60)},
            id="not-collected-for-long",
        ),
    ],
)
def test_what_will_not_be_paid_is_left_out(customer, upcoming, columns):
    seeds.subscription(customer, "Gold", **columns)

    found = upcoming()

    assert found is None


def test_schedules_are_payments_too(customer, upcoming):
    seeds.card(customer)
    soon = (clock.now() + timedelta(days=2)).date()
    schedule = ScheduleFactory(customer=customer, next_on=soon)
    seeds.subscription(customer, "Gold")

    found = upcoming()

    assert (found.on, found.amount, found.currency) == (soon, 29_900, "thb")
    assert [part.pk for part in found.parts] == [schedule.pk]
