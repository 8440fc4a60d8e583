"""What becomes of subscriptions, their items and schedules through the official `stripe` package, in both styles."""

import pytest
import stripe

from customers.kit import clock
from tests.wire import subscriptions_sdk
from tests.wire.lifecycles import DAY, START, Life

assert subscriptions_sdk  # it enters the operations


@pytest.fixture
def life(stripe_v1):
    return Life(stripe_v1)


@pytest.fixture
def price(life):
    return life.price(1000)


@pytest.fixture
def jenny(sdk):
    """A customer in the present, who pays by card."""
    return sdk("customers.create", email="jenny@example.com", source="tok_visa").id


@pytest.fixture
def monthly(sdk, jenny, price):
    return sdk("subscriptions.create", customer=jenny, items=[{"price": price}])


def test_items_come_change_and_go(sdk, life, monthly):
    (first,) = monthly["items"].data
    unbilled = {"proration_behavior": "none"}

    added = sdk(
        "subscription_items.create",
        subscription=monthly.id,
        price=life.price(300),
        quantity=2,
        **unbilled,
    )
    changed = sdk(
        "subscription_items.update", added.id, quantity=5, metadata={"seat": "guest"}, **unbilled
    )
    found = sdk("subscription_items.retrieve", added.id)
    both = sdk("subscription_items.list", subscription=monthly.id)
    gone = sdk("subscription_items.delete", added.id, **unbilled)
    with pytest.raises(stripe.InvalidRequestError) as missing:
        sdk("subscription_items.retrieve", added.id)

    assert (added.subscription, added.quantity, added.price.unit_amount) == (monthly.id, 2, 300)
    assert (changed.quantity, changed.metadata.seat, found) == (5, "guest", changed)
    assert {each.id for each in both.data} == {first.id, added.id}
    assert (gone.id, gone.deleted, missing.value.http_status) == (added.id, True, 404)
    left = sdk("subscriptions.retrieve", monthly.id)["items"].data
    assert [each.id for each in left] == [first.id]


def test_a_changed_item_is_billed_at_once_where_that_is_asked_for(sdk, life, monthly):
    (item,) = monthly["items"].data

    sdk(
        "subscription_items.update", item.id, quantity=3, proration_behavior="always_invoice",
        proration_date=item.current_period_start,
    )  # fmt: skip

    assert life.totals(monthly) == [1000, 2000]
    assert [each.status for each in life.invoices(monthly)] == ["paid", "paid"]


def test_subscriptions_are_listed_and_searched(sdk, jenny, price, monthly):
    gold = sdk(
        "subscriptions.create", customer=jenny, items=[{"price": price}], metadata={"tier": "gold"}
    )
    sdk("subscriptions.cancel", monthly.id)

    living = sdk("subscriptions.list", customer=jenny)
    canceled = sdk("subscriptions.list", customer=jenny, status="canceled")
    at_price = sdk("subscriptions.list", price=price, status="all")
    found = sdk("subscriptions.search", query="metadata['tier']:'gold' AND status:'active'")

    assert [each.id for each in living.data] == [gold.id]
    assert [each.id for each in canceled.data] == [monthly.id]
    assert {each.id for each in at_price.data} == {gold.id, monthly.id}
    assert found.data == living.data


def test_a_subscriptions_discount_is_taken_away(sdk, jenny, price):
    sdk("coupons.create", id="half", percent_off=50, duration="forever")
    made = sdk(
        "subscriptions.create", customer=jenny, items=[{"price": price}], discounts=[{"coupon": "half"}],
        expand=["discounts", "latest_invoice"],
    )  # fmt: skip
    (discount,) = made.discounts

    gone = sdk("subscriptions.delete_discount", made.id)

    assert (made.latest_invoice.total, discount.source.coupon) == (500, "half")
    assert (gone.id, gone.deleted, gone.subscription) == (discount.id, True, made.id)
    assert sdk("subscriptions.retrieve", made.id).discounts == []
    shown = sdk("subscriptions.list", customer=jenny).data
    assert [each.discounts for each in shown] == [[]]


def test_a_paused_trial_is_resumed_when_there_is_a_card(sdk, life, price):
    customer = life.customer(source="")
    ending = {"end_behavior": {"missing_payment_method": "pause"}}
    trial = life.subscribe(customer, price, trial_period_days=7, trial_settings=ending)
    life.advance(START + 8 * DAY)
    paused = sdk("subscriptions.retrieve", trial.id)
    with pytest.raises(stripe.InvalidRequestError) as without_card:
        sdk("subscriptions.resume", trial.id)
    sdk("customers.update", customer, source="tok_visa")

    resumed = sdk("subscriptions.resume", trial.id)

    assert (paused.status, without_card.value.http_status) == ("paused", 400)
    assert resumed.billing_cycle_anchor == START + 8 * DAY
    assert sdk("subscriptions.retrieve", trial.id).status == "active"
    assert life.totals(trial) == [0, 1000]


def test_a_schedule_is_changed_and_let_go_before_it_begins(sdk, jenny, price):
    begins = int(clock.now().timestamp()) + 30 * DAY
    phase = {"items": [{"price": price}], "iterations": 2}
    made = sdk("subscription_schedules.create", customer=jenny, start_date=begins, phases=[phase])

    changed = sdk(
        "subscription_schedules.update", made.id, end_behavior="cancel", metadata={"order": "6735"}
    )
    listed = sdk("subscription_schedules.list", customer=jenny, scheduled=True)
    canceled = sdk("subscription_schedules.cancel", made.id)
    with pytest.raises(stripe.InvalidRequestError):
        sdk("subscription_schedules.release", made.id)

    assert (made.status, made.subscription, made.phases[0].start_date) == (
        "not_started", None, begins,
    )  # fmt: skip
    assert (changed.end_behavior, changed.metadata.order) == ("cancel", "6735")
    assert listed.data == [changed]
    assert canceled.status == "canceled"
    assert canceled == sdk("subscription_schedules.retrieve", made.id)


def test_a_subscription_outlives_the_schedule_that_took_it_over(sdk, monthly):
    made = sdk("subscription_schedules.create", from_subscription=monthly.id)
    held = sdk("subscriptions.retrieve", monthly.id)

    released = sdk("subscription_schedules.release", made.id)

    assert (made.status, made.subscription, held.schedule) == ("active", monthly.id, made.id)
    assert (released.status, released.released_subscription) == ("released", monthly.id)
    after = sdk("subscriptions.retrieve", monthly.id)
    assert (after.status, after.schedule) == ("active", None)
