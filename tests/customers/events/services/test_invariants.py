"""Which events nobody is owed, and which deliveries are late."""

from customers.events.models import Delivery
from customers.kit import clock
from customers.services import customers
from tests import breaches
from tests.breaches import DAY, HOUR, ago
from tests.factories.customers import ClockFactory, CustomerFactory, EventFactory
from tests.factories.webhooks import WebhookEndpointFactory


def test_an_endpoint_is_not_owed_what_came_before_it(scope):
    EventFactory(created_at=ago(2 * HOUR))
    WebhookEndpointFactory(created_at=ago(HOUR))

    found = breaches.of("events.deliveries")

    assert found == []


def test_customers_of_test_clocks_live_in_another_time(scope):
    clocked = CustomerFactory(test_clock=ClockFactory())
    WebhookEndpointFactory(created_at=ago(DAY))
    event = EventFactory(customer_id=clocked.pk)
    Delivery.objects.filter(event=event).delete()

    found = breaches.of("events.deliveries")

    assert found == []


def test_what_waits_for_a_disabled_endpoint_is_found(scope):
    endpoint = WebhookEndpointFactory(created_at=ago(DAY))
    customers.create(details={"name": "Ada"}, at=clock.now())
    waiting = Delivery.objects.get()
    type(endpoint).objects.update(status="disabled", disabled_reason="merchant")

    found = breaches.of("events.late_deliveries")

    assert found == [waiting.pk]


def test_deliveries_are_asked_for_only_while_they_are_kept(scope):
    WebhookEndpointFactory(created_at=ago(30 * DAY))
    old, recent = EventFactory(created_at=ago(8 * DAY)), EventFactory(created_at=ago(6 * DAY))
    Delivery.objects.all().delete()

    found = breaches.of("events.deliveries")

    assert (found, old.pk in found) == ([recent.pk], False)
