"""`/v1/events`.

Source: https://docs.stripe.com/api/events
"""

from typing import Any

import orjson
from django.db.models import Exists, Func, OuterRef, QuerySet, TextField, Value
from django.http import HttpRequest, HttpResponse

from customers.events.models import Delivery, Event
from customers.events.services import bodies, events, listening, replays, webhook_endpoints
from customers.kit import tenancy
from customers.restkit import inputs
from customers.restkit.event_members import EventObject
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.lists import OwnerFilter, ParamFilter, V1FilterSet
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


class DeliveryFilter(ParamFilter):
    """Events of which every endpoint has heard, or those that wait for one, were given up or canceled."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Narrow the rows to those that arrived everywhere, or did not."""
        undelivered = Delivery.objects.filter(event=OuterRef("pk")).exclude(
            status=Delivery.Status.SUCCEEDED
        )
        return qs.filter(~Exists(undelivered) if value else Exists(undelivered))


class SinceFilter(ParamFilter):
    """Events since an instant, which are in the tables of its month and later ones.

    Not so those of test mode: test clocks may show times of which nothing was written.
    """

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Narrow the rows to those since the instant."""
        qs = super().filter(qs, value)
        if not tenancy.current().livemode:
            return qs
        least = Func(Value(value), function="events_least_id", output_field=TextField())
        return qs.filter(pk__gte=least)


class EventFilter(V1FilterSet):
    delivery_success = DeliveryFilter(inputs.BooleanField(), "pk")
    type = TypeFilter(inputs.TextField(max_length=80), "type")
    types = ParamFilter(
        inputs.ListField(inputs.TextField(max_length=80), max_items=20), "type", "in"
    )
    customer = OwnerFilter(IdField(), "customer_id")

    @classmethod
    def get_filters(cls) -> dict[str, Any]:  # type: ignore[override]  # any mapping will do
        since = {
            f"created[{lookup}]": SinceFilter(inputs.TimestampField(), "created_at", lookup)
            for lookup in ("gt", "gte")
        }
        return {**super().get_filters(), **since}


class EventRetry(Input):
    """What `stripe events resend` sends, too: it names an endpoint, or means who listens at a terminal."""

    for_stripecli = inputs.BooleanField()
    webhook_endpoint = IdField()


class EventViewSet(V1ViewSet):
    resource = "events"
    model = Event
    output = EventObject
    filterset_class = EventFilter
    inputs = {"retry": EventRetry}

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return events.with_pending()

    def retry(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Retry an event."""
        body = self.read(EventRetry)
        event = events.get(pk)
        asked = body.get("webhook_endpoint")
        endpoint = webhook_endpoints.get(asked, param="webhook_endpoint") if asked else None
        if body.get("for_stripecli"):
            listening.tell_again(event)
        if endpoint is not None or not body.get("for_stripecli"):
            replays.retry(event, endpoint=endpoint, at=self.at)
        return self.answer(self.fetch(event.pk))


def as_stripe_sends(event: Event, pending: int) -> bytes:
    """Return an event's JSON for an endpoint: what `/v1/events` shows of it, of which so many are pending."""
    known, plan = bodies.columns_of(event, pending=pending), EventObject.plan()
    return orjson.dumps(plan.spell([known[column] for column in plan.columns]))
