"""What an endpoint is sent of an event, in its spelling."""

from collections.abc import Callable

from customers.events.models import Event, WebhookEndpoint
from customers.kit.registry import Lookup

Body = Callable[[Event, int], bytes]

spellings: Lookup[Body] = Lookup("webhook_bodies")
"""By spelling: the function that writes an event, of which so many deliveries are pending; registered by the API."""


def body(event: Event, endpoint: WebhookEndpoint, *, pending: int) -> bytes:
    """Return the bytes to be signed and sent.

    Args:
        pending: how many deliveries of the event are pending, this one among them.
    """
    return spellings[endpoint.spelling](event, pending)
