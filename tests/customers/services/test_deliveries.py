"""Deliveries are written with the events they tell of, by the database."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F

from customers.events.models import Delivery, Event
from customers.events.services import events
from customers.kit import together
from customers.kit.tenancy import scoped_to
from tests.factories.customers import CustomerFactory, OrganizationFactory, SiteFactory
from tests.factories.webhooks import WebhookEndpointFactory


def told(endpoint):
    """Return the types of the events that an endpoint is to be told of, in their order."""
    rows = Delivery.objects.filter(endpoint=endpoint).order_by("event__sequence")
    return list(rows.values_list("event__type", flat=True))


def test_an_event_is_delivered_once_to_each_endpoint_that_asks(scope, at):
    asks = [
        WebhookEndpointFactory(),
        WebhookEndpointFactory(enabled_events=["customer.created", "customer.updated"]),
    ]
    WebhookEndpointFactory(enabled_events=["customer.deleted"])
    WebhookEndpointFactory(status="disabled", disabled_reason="merchant")

    events.publish("customer.updated", CustomerFactory(), at=at)

    event = Event.objects.get()
    rows = list(Delivery.objects.order_by("next_try_at").values())
    due = [row.pop("next_try_at") for row in rows]
    assert [row.pop("id")[:15] for row in rows] == ["dlv_" + event.pk[4:15]] * 2
    assert due == sorted(due)
    assert sorted(row.pop("endpoint_id") for row in rows) == sorted(end.pk for end in asks)
    assert rows == [
        {
            "site_id": scope.site_id, "livemode": False, "created_at": at, "event_id": event.pk,
            "status": "pending", "tries": 0, "replays": 0, "claimed_until": None,
            "last_try_at": None, "last_status_code": None, "last_response": "", "last_error": "",
            "last_duration_ms": None, "delivered_at": None, "earlier_tries": [],
        }
    ] * 2  # fmt: skip


def test_endpoints_of_other_sites_and_modes_are_told_nothing(scope, at):
    other_site = SiteFactory()
    with scoped_to(other_site, livemode=False):
        WebhookEndpointFactory()
    with scoped_to(scope.site, livemode=True):
        WebhookEndpointFactory()

    events.publish("customer.updated", CustomerFactory(), at=at)

    with scoped_to(other_site, livemode=False):
        assert not Delivery.objects.exists()
    with scoped_to(scope.site, livemode=True):
        assert not Delivery.objects.exists()
    assert not Delivery.objects.exists()


def test_an_endpoint_of_omises_is_told_what_omise_has_a_word_for(scope, at):
    all_ = WebhookEndpointFactory(spelling="omise")
    one = WebhookEndpointFactory(spelling="omise", enabled_events=["customer.update"])

    events.publish("customer.created", CustomerFactory(), at=at)
    events.publish("customer.updated", CustomerFactory(), at=at)
    events.publish("organization.created", OrganizationFactory(), at=at)

    assert told(all_) == ["customer.created", "customer.updated"]
    assert told(one) == ["customer.updated"]


def test_many_events_of_one_statement_are_due_in_their_order(scope, at):
    WebhookEndpointFactory()
    customer = CustomerFactory()

    with transaction.atomic(), together.opened():
        for number in range(40):
            events.publish("customer.updated", customer, previous={"balance": number}, at=at)

    due = Delivery.objects.order_by("next_try_at").values_list(
        "event__previous_attributes", flat=True
    )
    assert list(due) == [{"balance": number} for number in range(40)]


@pytest.mark.parametrize("count", [1, 3, 60])
def test_a_further_try_puts_the_last_one_aside(scope, at, count):
    WebhookEndpointFactory()
    events.publish("customer.updated", CustomerFactory(), at=at)

    for number in range(count + 1):
        Delivery.objects.update(
            last_try_at=at + timedelta(seconds=number), last_status_code=500, last_response="no",
            last_error="", last_duration_ms=number, tries=F("tries") + 1,
        )  # fmt: skip

    kept = Delivery.objects.get().earlier_tries
    assert [one["duration_ms"] for one in kept] == list(range(max(0, count - 50), count))
    assert set(kept[0]) == {"at", "status_code", "response", "error", "duration_ms"}


@pytest.mark.django_db(transaction=True)
def test_whoever_listens_is_notified_of_what_is_due(at, made):
    with scoped_to(made[0], livemode=False), connection.cursor() as cursor:
        cursor.execute(f"LISTEN {Delivery.CHANNEL}")
        publish_one(at)
        unasked = list(connection.connection.notifies(timeout=0))
        WebhookEndpointFactory()
        publish_one(at)
        heard = list(connection.connection.notifies(timeout=5, stop_after=1))
        cursor.execute(f"UNLISTEN {Delivery.CHANNEL}")

    assert (unasked, [notice.channel for notice in heard]) == ([], [Delivery.CHANNEL])


def publish_one(at):
    with transaction.atomic():
        events.publish("customer.updated", CustomerFactory(), at=at)
