from customers.events.models.deliveries import Delivery
from customers.events.models.events import Event
from customers.events.models.webhook_endpoints import WebhookEndpoint

__all__ = ["Delivery", "Event", "WebhookEndpoint"]
