"""A subscription's life of two years on a test clock, through the official `stripe` package, unmodified."""

from datetime import UTC, datetime

import pytest
import stripe

from customers.kit import clock as system_clock
from payments.services import clock_advances

START = datetime(2030, 1, 31, 12, tzinfo=UTC)


def seconds(year, month, day, hour=0):
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp())


@pytest.fixture
def client(live, keys):
    return stripe.StripeClient(keys["sk_test"], base_addresses={"api": live}).v1


@pytest.fixture
def clock(client):
    """A test clock, and what advances it as the worker does."""
    made = client.test_helpers.test_clocks.create({"frozen_time": int(START.timestamp())})

    def advance(*when):
        client.test_helpers.test_clocks.advance(made.id, {"frozen_time": seconds(*when)})
        while client.test_helpers.test_clocks.retrieve(made.id).status == "advancing":
            clock_advances.carry_on_all(at=system_clock.now())

    return made.id, advance


@pytest.fixture
def customer(client, clock):
    made = client.customers.create({"email": "jenny@example.com", "test_clock": clock[0]})
    method = client.payment_methods.attach("pm_card_visa", {"customer": made.id})
    client.customers.update(made.id, {"invoice_settings": {"default_payment_method": method.id}})
    return made.id


def price(client, amount, **recurring):
    return client.prices.create(
        {
            "currency": "usd", "unit_amount": amount, "product_data": {"name": "Museum pass"},
            "recurring": {"interval": "month", **recurring},
        }
    ).id  # fmt: skip


def test_two_years(client, clock, customer):
    _pk, advance = clock
    subscription = client.subscriptions.create(
        {
            "customer": customer, "items": [{"price": price(client, 1000)}], "trial_period_days": 14,
            "expand": ["latest_invoice"],
        }
    )  # fmt: skip

    advance(2030, 2, 14, 14)
    item = client.subscription_items.list({"subscription": subscription.id}).data[0]
    advance(2030, 3, 1)
    client.subscriptions.update(
        subscription.id,
        {"items": [{"id": item.id, "quantity": 2}], "proration_behavior": "always_invoice"},
    )
    month = 3
    for _ in range(11):
        month += 2
        advance(2030 + (month - 1) // 12, (month - 1) % 12 + 1, 1)
    upcoming = client.invoices.create_preview({"subscription": subscription.id})
    client.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    advance(2032, 2, 1)

    ended = client.subscriptions.retrieve(subscription.id)
    bills = list(client.invoices.list({"subscription": subscription.id, "limit": 100}).data)
    assert isinstance(subscription, stripe.Subscription)
    assert (subscription.status, subscription.latest_invoice.total) == ("trialing", 0)
    assert (ended.status, ended.ended_at) == ("canceled", seconds(2032, 1, 14, 12))
    assert upcoming.total == 2000
    assert {bill.status for bill in bills} == {"paid"}
    # A trial, a month for one, its last 13.5 of 28 days for the second pass, and 22 months for two.
    assert sorted(bill.total for bill in bills) == [0, 482, 1000, *[2000] * 22]
    starts = {bill.lines.data[0].period.start for bill in bills if bill.total == 2000}
    assert len(starts) == 22


def test_a_subscription_that_waits_for_its_payment(client, customer):
    made = client.subscriptions.create(
        {
            "customer": customer, "items": [{"price": price(client, 1500)}],
            "payment_behavior": "default_incomplete",
            "expand": ["latest_invoice.confirmation_secret", "items.data.price.product"],
        }
    )  # fmt: skip

    secret = made.latest_invoice.confirmation_secret.client_secret
    client.payment_intents.confirm(
        secret.partition("_secret_")[0], {"payment_method": "pm_card_visa"}
    )

    assert made.status == "incomplete"
    assert made["items"].data[0].price.product.name == "Museum pass"
    assert client.subscriptions.retrieve(made.id).status == "active"
    assert (
        client.subscriptions.cancel(made.id, {"invoice_now": True, "prorate": True}).status
        == "canceled"
    )


def test_a_schedule(client, clock, customer):
    _pk, advance = clock
    made = client.subscription_schedules.create(
        {
            "customer": customer, "start_date": "now", "end_behavior": "cancel",
            "default_settings": {"invoice_settings": {"footer": "Thanks", "issuer": {"type": "self"}}},
            "phases": [
                {"items": [{"price": price(client, 500)}], "duration": {"interval": "month"}},
                {"items": [{"price": price(client, 900)}], "duration": {"interval": "month"}},
            ],
        }
    )  # fmt: skip

    upcoming = client.invoices.create_preview({"schedule": made.id})
    dearer = client.invoices.create_preview(
        {
            "customer": customer,
            "schedule_details": {
                "phases": [
                    {
                        "start_date": "now", "items": [{"price": price(client, 700)}],
                        "duration": {"interval": "month"},
                    }
                ]
            },
        }
    )  # fmt: skip
    advance(2030, 3, 1)
    advance(2030, 4, 1)

    assert isinstance(made, stripe.SubscriptionSchedule)
    assert client.subscription_schedules.retrieve(made.id).status == "completed"
    bills = client.invoices.list({"subscription": made.subscription}).data
    assert [bill.total for bill in bills] == [900, 500]
    assert [bill.footer for bill in bills] == ["Thanks", "Thanks"]
    assert (upcoming.total, upcoming.footer, dearer.total) == (900, "Thanks", 700)


def test_a_trial_that_saves_what_it_will_be_charged_to(client, clock):
    customer = client.customers.create({"test_clock": clock[0]}).id
    made = client.subscriptions.create(
        {
            "customer": customer, "items": [{"price": price(client, 1500)}], "trial_period_days": 7,
            "payment_behavior": "default_incomplete", "expand": ["pending_setup_intent"],
        }
    )  # fmt: skip

    intent = client.setup_intents.confirm(
        made.pending_setup_intent.id, {"payment_method": "pm_card_visa"}
    )

    after = client.subscriptions.retrieve(made.id)
    assert isinstance(made.pending_setup_intent, stripe.SetupIntent)
    assert (made.status, after.pending_setup_intent) == ("trialing", None)
    assert after.default_payment_method == intent.payment_method
