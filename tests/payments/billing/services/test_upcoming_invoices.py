"""`invoice.upcoming`: told some days before a renewal, once, with what it will bill."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.events.models import Event
from payments.billing.models import Invoice, Subscription
from payments.billing.services import upcoming_invoices
from payments.services import due_work
from tests.payments.billing.subscribing import lines_of, shop, unix

__all__ = ["shop"]


def told():
    return list(Event.objects.filter(type="invoice.upcoming").order_by("created_at", "id"))


def instants():
    return [f"{event.created_at:%Y-%m-%d %H}" for event in told()]


def test_it_is_told_of_a_week_before(shop):
    subscription = shop.subscribe(shop.customer(), shop.price(), metadata={"tier": "gold"})

    shop.advance(2030, 2, 21, 13)
    shop.advance(2030, 2, 27)

    (event,) = told()
    shown = event.snapshot
    assert instants() == ["2030-02-21 12"]
    assert "id" not in shown
    assert (event.customer_id, shown["total"], shown["billing_reason"], shown["status"]) == (
        subscription["customer"], 1000, "subscription_cycle", "draft",
    )  # fmt: skip
    assert lines_of(shown) == [
        (1000, "1 × Gold (at $10.00 / month)", unix(2030, 2, 28, 12), unix(2030, 3, 31, 12))
    ]
    assert len(shop.invoices(subscription)) == 1
    assert shop.again(subscription) == subscription


def test_each_period_is_told_of_once(shop):
    subscription = shop.subscribe(shop.customer(), shop.price())

    for month in (3, 4, 5):
        shop.advance(2030, month, 25)
        shop.change(subscription, metadata={"seen": str(month)})
    shop.advance(2030, 5, 30)

    assert instants() == ["2030-02-21 12", "2030-03-24 12", "2030-04-23 12", "2030-05-24 12"]


def test_what_a_schedule_has_planned_is_told_of(shop):
    phases = [
        {"items": [{"price": shop.price()}], "iterations": 1},
        {"items": [{"price": shop.price(2500)}], "iterations": 1},
    ]
    shop.post(
        "subscription_schedules", customer=shop.customer(), start_date="now", phases=phases,
        end_behavior="cancel",
    )  # fmt: skip

    shop.advance(2030, 2, 25)
    shop.advance(2030, 3, 31, 13)

    assert [event.snapshot["total"] for event in told()] == [2500]


@pytest.mark.parametrize(
    "change",
    [
        {"cancel_at_period_end": True},
        {"pause_collection": {"behavior": "void"}},
        {"collection_method": "send_invoice", "days_until_due": 9},
    ],
)
def test_what_will_not_be_charged_is_not_told_of(shop, change):
    subscription = shop.subscribe(shop.customer(), shop.price())
    shop.change(subscription, **change)

    shop.advance(2030, 2, 25)

    assert told() == []


def test_what_has_ended_is_not_told_of(shop):
    subscription = shop.subscribe(shop.customer(), shop.price())

    shop.ok(shop.api.delete(f"subscriptions/{subscription['id']}"))

    assert Subscription.objects.get(pk=subscription["id"]).upcoming_at is None


@pytest.mark.parametrize(
    ("days", "interval", "expected"),
    [
        (0, "month", None),
        (3, "month", datetime(2030, 2, 25, 12, tzinfo=UTC)),
        (7, "week", None),
        (6, "week", datetime(2030, 2, 1, 12, tzinfo=UTC)),
    ],
)
def test_the_site_says_how_early(shop, site, days, interval, expected):
    site.upcoming_days = days
    site.save()

    made = shop.subscribe(shop.customer(), shop.price(interval=interval))

    assert Subscription.objects.get(pk=made["id"]).upcoming_at == expected


def test_another_period_is_told_of_at_its_own_time(shop):
    made = shop.subscribe(shop.customer(), shop.price())
    shop.advance(2030, 2, 10, 12)

    shop.change(made, billing_cycle_anchor="now", proration_behavior="none")

    row = Subscription.objects.get(pk=made["id"])
    assert row.upcoming_at == datetime(2030, 3, 3, 12, tzinfo=UTC)


def test_a_worker_that_is_late_tells_nothing(shop):
    made = shop.subscribe(shop.customer(), shop.price())
    row = Subscription.objects.get(pk=made["id"])

    upcoming_invoices.carry_out(row, row.period_end)
    upcoming_invoices.carry_out(row, row.period_end)

    row.refresh_from_db()
    assert (row.upcoming_at, told()) == (None, [])


def test_twice_asked_it_is_told_of_once(shop):
    made = shop.subscribe(shop.customer(), shop.price())
    row = Subscription.objects.get(pk=made["id"])

    upcoming_invoices.carry_out(row, row.upcoming_at - timedelta(seconds=1))
    assert told() == []
    upcoming_invoices.carry_out(row, row.upcoming_at)
    upcoming_invoices.carry_out(row, row.upcoming_at)

    assert len(told()) == 1
    assert Invoice.objects.filter(subscription=row).count() == 1


def test_it_is_a_kind_of_due_work():
    assert due_work.kinds["invoice.upcoming"].due_at == "upcoming_at"
