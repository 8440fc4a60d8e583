"""What is due of subscriptions, along a test clock and in real time."""

from datetime import UTC, datetime

import pytest

from customers.events.models import Event
from payments.billing.models import Invoice, Subscription
from payments.billing.services import subscription_steps
from payments.services import due_work
from tests.payments.billing.subscribing import shop, unix

__all__ = ["shop"]


def told(subscription):
    rows = Event.objects.filter(object_id=subscription["id"]).order_by("created_at", "id")
    return [
        event.removeprefix("customer.subscription.")
        for event in rows.values_list("type", flat=True)
    ]


def test_each_period_is_billed_once_and_counted_from_the_anchor(shop):
    subscription = shop.subscribe(shop.customer(), shop.price())

    shop.advance(2030, 3, 31)
    shop.advance(2030, 5, 1)

    bills = [
        (invoice["lines"]["data"][0]["period"]["start"], invoice["status"], invoice["total"])
        for invoice in shop.invoices(subscription)
    ]
    assert bills == [
        (unix(2030, 1, 31, 12), "paid", 1000),
        (unix(2030, 2, 28, 12), "paid", 1000),
        (unix(2030, 3, 31, 12), "paid", 1000),
        (unix(2030, 4, 30, 12), "paid", 1000),
    ]
    (item,) = shop.again(subscription)["items"]["data"]
    assert item["current_period_end"] == unix(2030, 5, 31, 12)


def test_a_clock_goes_two_intervals_at_once(shop):
    shop.subscribe(shop.customer(), shop.price())

    answer = shop.api.post(
        f"test_helpers/test_clocks/{shop.clock}/advance", frozen_time=unix(2030, 4, 1)
    )

    assert (answer.status, answer.error["param"]) == (400, "frozen_time")


def test_a_renewal_is_a_draft_for_an_hour(shop):
    subscription = shop.subscribe(shop.customer(), shop.price())

    shop.advance(2030, 2, 28, 12, 59)
    before = shop.invoices(subscription)[-1]["status"]
    shop.advance(2030, 2, 28, 13)

    assert (before, shop.invoices(subscription)[-1]["status"]) == ("draft", "paid")


def test_the_end_of_a_trial_is_told_three_days_before(shop):
    subscription = shop.subscribe(shop.customer(), shop.price(), trial_period_days=14)

    shop.advance(2030, 2, 11, 11)
    before = told(subscription)
    shop.advance(2030, 2, 14, 14)

    assert before == ["created"]
    assert told(subscription) == ["created", "trial_will_end", "updated"]
    assert shop.again(subscription)["status"] == "active"
    assert shop.invoices(subscription)[-1]["total"] == 1000


@pytest.mark.parametrize(
    ("behavior", "status", "invoices", "last"),
    [
        ("cancel", "canceled", 1, "deleted"),
        ("pause", "paused", 1, "paused"),
        ("create_invoice", "past_due", 2, "updated"),
    ],
)
def test_a_trial_without_a_payment_method_ends(shop, behavior, status, invoices, last):
    subscription = shop.subscribe(
        shop.customer(card=None), shop.price(), trial_period_days=14,
        trial_settings={"end_behavior": {"missing_payment_method": behavior}},
    )  # fmt: skip

    shop.advance(2030, 2, 14, 14)

    assert shop.again(subscription)["status"] == status
    assert len(shop.invoices(subscription)) == invoices
    assert told(subscription)[-1] == last


def test_what_was_paused_goes_on_when_it_is_paid(shop):
    customer = shop.customer(card=None)
    subscription = shop.subscribe(
        customer, shop.price(), trial_period_days=14,
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
    )  # fmt: skip
    shop.advance(2030, 3, 1)
    refused = shop.api.post(f"subscriptions/{subscription['id']}/resume")
    shop.give_card(customer, "pm_card_visa")

    resumed = shop.post(f"subscriptions/{subscription['id']}/resume")

    assert refused.status == 400
    assert (resumed["status"], resumed["billing_cycle_anchor"]) == ("active", unix(2030, 3, 1))
    assert shop.invoices(subscription)[-1]["total"] == 1000
    assert told(subscription)[-1] == "resumed"


def test_only_what_is_paused_is_resumed(shop):
    subscription = shop.subscribe(shop.customer(), shop.price())

    answer = shop.api.post(f"subscriptions/{subscription['id']}/resume")

    assert answer.status == 400


def test_a_subscription_ends_with_its_period(shop):
    subscription = shop.subscribe(shop.customer(), shop.price(), cancel_at_period_end=True)

    shop.advance(2030, 3, 20)

    ended = shop.again(subscription)
    assert (ended["status"], ended["ended_at"]) == ("canceled", unix(2030, 2, 28, 12))
    assert len(shop.invoices(subscription)) == 1
    assert told(subscription)[-1] == "deleted"


def test_what_is_pending_is_billed_when_a_subscription_ends_with_its_period(shop):
    subscription = shop.subscribe(shop.customer(), shop.price())
    shop.advance(2030, 2, 14, 12)
    (item,) = subscription["items"]["data"]
    shop.change(subscription, items=[{"id": item["id"], "quantity": 2}], cancel_at_period_end=True)

    shop.advance(2030, 2, 28, 14)

    invoice = shop.invoices(subscription)[-1]
    assert (invoice["total"], invoice["status"]) == (500, "paid")
    assert shop.again(subscription)["status"] == "canceled"


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")],
)
def test_collection_is_paused_until_a_date(shop, behavior, status):
    subscription = shop.subscribe(shop.customer(), shop.price())
    shop.change(
        subscription,
        pause_collection={"behavior": behavior, "resumes_at": unix(2030, 3, 15)},
    )

    shop.advance(2030, 3, 10)
    shop.advance(2030, 3, 31, 14)

    assert [invoice["status"] for invoice in shop.invoices(subscription)] == [
        "paid",
        status,
        "paid",
    ]
    assert shop.again(subscription)["pause_collection"] is None
    assert shop.again(subscription)["status"] == "active"


@pytest.fixture
def old(shop, api):
    """A subscription in real time, of which three renewals were missed."""
    customer = shop.post("customers", email="jenny@example.com")["id"]
    shop.give_card(customer, "pm_card_visa")
    subscription = shop.subscribe(customer, shop.price())
    start = datetime(2020, 2, 2, 12, tzinfo=UTC)
    Subscription.objects.update(
        anchor_at=start, start_at=start, period_start=start,
        period_end=datetime(2020, 3, 2, 12, tzinfo=UTC), next_step_at=datetime(2020, 3, 2, 12, tzinfo=UTC),
    )  # fmt: skip
    return subscription


def test_missed_periods_are_billed_in_their_order(shop, old):
    late = datetime(2020, 5, 20, tzinfo=UTC)

    while due_work.run(at=late):
        pass

    rows = Invoice.objects.filter(reason="subscription_cycle").order_by("period_start")
    starts = [line.period_start for row in rows for line in row.lines.all()]
    assert starts == [
        datetime(2020, 3, 2, 12, tzinfo=UTC), datetime(2020, 4, 2, 12, tzinfo=UTC),
        datetime(2020, 5, 2, 12, tzinfo=UTC),
    ]  # fmt: skip
    assert Subscription.objects.get().next_step_at == datetime(2020, 6, 2, 12, tzinfo=UTC)


def test_a_step_that_is_taken_twice_changes_nothing(shop, old):
    late = datetime(2020, 3, 20, tzinfo=UTC)
    row = Subscription.objects.get()
    subscription_steps.carry_out(row, late)

    subscription_steps.carry_out(row, late)

    assert Invoice.objects.filter(reason="subscription_cycle").count() == 1


def test_a_renewal_takes_a_bounded_number_of_statements(shop, old, django_assert_max_num_queries):
    row = Subscription.objects.select_related("site").get()

    with django_assert_max_num_queries(40):
        subscription_steps.carry_out(row, datetime(2020, 3, 20, tzinfo=UTC))
