"""Members of events, as Stripe and RevKeen show them alike.

Source: https://docs.stripe.com/api/events/object
"""

from customers.restkit.objects import Constant, Embedded, Json, Plain, Text, UnixTime, WireObject


class EventData(WireObject):
    """The object as it was, and what it had been."""

    object = Json("snapshot")
    previous_attributes = Json(optional=True)


class EventRequest(WireObject):
    """The API request that caused it."""

    id = Text("request_id")
    idempotency_key = Text()


class EventObject(WireObject):
    """One change of an object."""

    id = Plain()
    object = Constant("event")
    api_version = Plain()
    created = UnixTime("created_at")
    data = Embedded(EventData)  # type: ignore[assignment]  # a member, not DRF's property
    livemode = Plain()
    pending_webhooks = Plain()
    request = Embedded(EventRequest)
    sequence = Plain()
    type = Plain()
