"""`/revkeen/v2/events`: what happened, in RevKeen's names where it has some, with objects as `/v1/` spells them.

Endpoints of webhooks in RevKeen's spelling are told the same (rule C21).

Source: https://docs.revkeen.com/api-reference/openapi
"""

from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.events.models import Delivery, Event, WebhookEndpoint
from customers.events.services import bodies, event_names, events, replays
from customers.restkit import event_members, inputs, revkeen_errors
from customers.restkit.id_inputs import IdField
from customers.restkit.lists import OwnerFilter, ParamFilter
from customers.restkit.objects import Computed
from customers.restkit.revkeen import RevkeenViewSet, json_response
from customers.restkit.revkeen_lists import NoFilters
from customers.restkit.views import Wire


def register() -> None:
    """Enter how endpoints are told of events."""
    bodies.spellings.register(WebhookEndpoint.Spelling.REVKEEN, as_revkeen_sends)


class TypeField(inputs.TextField):
    """An event's name, in RevKeen's words or in ours; yields ours."""

    def __init__(self) -> None:
        super().__init__(max_length=80)

    def read(self, value: Any, path: str) -> str:
        text = super().read(value, path)
        return event_names.REVKEEN.get(text, text)


class EventFilter(NoFilters):
    created_gte = ParamFilter(inputs.TimestampField(), "created_at", "gte")
    created_lte = ParamFilter(inputs.TimestampField(), "created_at", "lte")
    customer_id = OwnerFilter(IdField(), "customer_id")
    invoice_id = ParamFilter(IdField(), "object_id")
    subscription_id = ParamFilter(IdField(), "object_id")
    type = ParamFilter(TypeField(), "type")
    types = ParamFilter(inputs.ListField(TypeField(), max_items=50, splits=True), "type", "in")


def named(type_: str) -> str:
    """Return what RevKeen calls a type of events."""
    return event_names.IN_REVKEEN.get(type_, type_)


class EventObject(event_members.EventObject):
    type = Computed(named, "type", schema={"type": "string"})  # type: ignore[assignment]  # said in RevKeen's words


class EventViewSet(RevkeenViewSet):
    resource = "events"
    model = Event
    output = EventObject
    filterset_class = EventFilter
    error_members = revkeen_errors.NAMING

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return events.with_pending()

    def list(self, request: HttpRequest) -> HttpResponse:
        """List events, the newest first."""
        return self.walked()

    def answer(self, wire: Wire, *, status: int = 200) -> HttpResponse:
        """Answer with an event, which stands in no envelope."""
        return json_response(wire, status=status)

    def resend(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Tell the endpoints that ask for such events once more, also those that took it."""
        self.refuse_params()
        event = events.get(pk)
        replays.retry(event, at=self.at)
        told = Delivery.objects.filter(event=event, status=Delivery.Status.PENDING)
        endpoints = list(told.order_by("endpoint").values_list("endpoint_id", flat=True)[:2])
        only = {"webhook_endpoint_id": endpoints[0]} if len(endpoints) == 1 else {}
        return json_response({"success": True, **only, "message": "The event is on its way."})


def as_revkeen_sends(event: Event, pending: int) -> bytes:
    """Return an event's JSON for an endpoint that knows RevKeen's names."""
    known, plan = bodies.columns_of(event, pending=pending), EventObject.plan()
    return orjson.dumps(plan.spell([known[column] for column in plan.columns]))
