"""Members of events, as Stripe and RevKeen show them alike.

Source: https://docs.stripe.com/api/events/object
"""

from customers.restkit.objects import Json, Text, WireObject


class EventData(WireObject):
    """The object as it was, and what it had been."""

    object = Json("snapshot")
    previous_attributes = Json(optional=True)


class EventRequest(WireObject):
    """The API request that caused it."""

    id = Text("request_id")
    idempotency_key = Text()
