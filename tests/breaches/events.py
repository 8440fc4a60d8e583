"""One row for each invariant of events that breaks it, beside one that does not."""

from customers.events.models import Delivery
from tests.breaches import DAY, HOUR, ago
from tests.factories.customers import EventFactory
from tests.factories.webhooks import WebhookEndpointFactory


def deliveries():
    WebhookEndpointFactory(created_at=ago(DAY))
    WebhookEndpointFactory(created_at=ago(DAY), matches=["invoice.paid"])
    EventFactory()
    lost = EventFactory()
    Delivery.objects.filter(event=lost).delete()
    return lost


def late_deliveries():
    WebhookEndpointFactory(created_at=ago(DAY))
    EventFactory()
    late = Delivery.objects.get(event=EventFactory())
    Delivery.objects.filter(pk=late.pk).update(next_try_at=ago(2 * HOUR))
    return late


BREAKS = {"events.deliveries": deliveries, "events.late_deliveries": late_deliveries}
