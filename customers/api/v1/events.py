"""`/v1/events`.

Source: https://docs.stripe.com/api/events
"""

from typing import Any

from django.db.models import QuerySet

from customers.events.models import Event
from customers.restkit import inputs
from customers.restkit.id_inputs import IdField
from customers.restkit.lists import OwnerFilter, ParamFilter, V1FilterSet
from customers.restkit.objects import Constant, Embedded, Json, Plain, Text, UnixTime, WireObject
from customers.restkit.v1 import V1ViewSet


class TypeFilter(ParamFilter):
    """One type, or a whole family written like `customer.*`."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Narrow the rows to those of the type."""
        if value.endswith("*"):
            return qs.filter(type__startswith=value[:-1])
        return super().filter(qs, value)

    def stand_in(self, name: str, position: int) -> None:
        return None


class EventFilter(V1FilterSet):
    type = TypeFilter(inputs.TextField(max_length=80), "type")
    types = ParamFilter(
        inputs.ListField(inputs.TextField(max_length=80), max_items=20), "type", "in"
    )
    customer = OwnerFilter(IdField(), "customer_id")


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
    pending_webhooks = Constant(0)
    request = Embedded(EventRequest)
    type = Plain()


class EventViewSet(V1ViewSet):
    resource = "events"
    model = Event
    output = EventObject
    filterset_class = EventFilter
