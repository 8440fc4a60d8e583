"""What an endpoint is sent of an event, in its spelling."""

from collections.abc import Callable
from typing import Any

import orjson

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


def columns_of(event: Event, *, pending: int) -> dict[str, Any]:
    """Return an event's values by column, and `pending_webhooks`; JSON that was loaded as a text stays unread."""
    known = {**vars(event), "pending_webhooks": pending}
    for column in ("snapshot", "previous_attributes"):
        value = known[column]
        is_text = isinstance(value, str) and value != "{}"
        known[column] = orjson.Fragment(value) if is_text else value
    return known
