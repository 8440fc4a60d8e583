"""`/revkeen/v2/webhook-endpoints`: the endpoints that are told of events in RevKeen's spelling.

Source: https://docs.revkeen.com/api-reference/openapi
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.events.models import WebhookEndpoint
from customers.events.services import deliveries, webhook_endpoints
from customers.restkit import inputs
from customers.restkit.objects import Computed, Plain, Text, WireObject
from customers.restkit.omise_objects import IsoTime, iso
from customers.restkit.revkeen import RevkeenViewSet, json_response
from customers.restkit.revkeen_inputs import CasedInput
from customers.restkit.revkeen_lists import Offset, OffsetParams
from customers.restkit.views import Wire

REVKEEN = WebhookEndpoint.Spelling.REVKEEN
_STATES = {"failing": "open", "gone": "open", "merchant": "closed", "": "closed"}
_STATE = {"type": "string", "enum": ["closed", "open", "half_open"]}


class EndpointUpdate(CasedInput):
    description = inputs.TextField(max_length=500)
    enabled = inputs.BooleanField(source="is_enabled")
    enabled_events = inputs.ListField(inputs.TextField(max_length=80, emptied=...))
    url = inputs.TextField(max_length=2048, emptied=...)


class EndpointCreate(CasedInput):
    description = inputs.TextField(max_length=500)
    enabled_events = inputs.ListField(inputs.TextField(max_length=80, emptied=...), required=True)
    url = inputs.TextField(max_length=2048, emptied=..., required=True)


class EndpointListParams(OffsetParams):
    status = inputs.ChoiceField(WebhookEndpoint.Status.values)


def _circuit(reason: str, failing_since: Any) -> str:
    """Return how an endpoint is doing: it is told of nothing, is tried though it fails, or works."""
    return "half_open" if failing_since is not None and not reason else _STATES[reason]


class EndpointObject(WireObject):
    """Where a merchant's systems are told of events."""

    id = Plain()
    url = Plain()
    description = Text()
    enabled_events = Plain()
    status = Plain()
    circuit_breaker_state = Computed(_circuit, "disabled_reason", "failing_since", schema=_STATE)
    created_at = IsoTime()
    updated_at = IsoTime()


class EndpointViewSet(RevkeenViewSet):
    resource = "webhook_endpoints"
    model = WebhookEndpoint
    output = EndpointObject

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return webhook_endpoints.rows().filter(spelling=REVKEEN)

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        """Put on the endpoints how their last deliveries went."""
        found = deliveries.tallies([wire["id"] for wire in wires])
        for wire in wires:
            tally = found[wire["id"]]
            wire["total_deliveries"] = tally.total
            wire["successful_deliveries"] = tally.succeeded
            wire["failed_deliveries"] = tally.failed
            wire["last_delivery_at"] = None if tally.last_at is None else iso(tally.last_at)

    def list(self, request: HttpRequest) -> HttpResponse:
        """List endpoints, the newest first."""
        asked = self.read(EndpointListParams)
        offset = Offset.from_params(asked)
        rows = self.rows().filter(**{name: asked[name] for name in asked.keys() & {"status"}})
        pks, total = offset.of(rows)
        data = self.shown(self.rows().filter(pk__in=pks).order_by("-created_at", "-id"))
        meta = {
            "total": total,
            "limit": offset.limit,
            "offset": offset.offset,
            "has_more": total is None or offset.offset + len(data) < total,
        }
        return json_response({"data": data, "meta": meta})

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(EndpointCreate)
        endpoint, secret = webhook_endpoints.create_once(**body, spelling=REVKEEN, at=self.at)
        return self._with_secret(endpoint, secret, status=201)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        details = self.read(EndpointUpdate)
        return self.write(webhook_endpoints.update(self._own(pk), details=details, at=self.at))

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        endpoint = webhook_endpoints.delete(self._own(pk), at=self.at)
        return self.answer({"id": endpoint.pk, "deleted": True})

    def rotate_secret(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Rotate an endpoint's secret; the old one signs beside it for a day."""
        self.refuse_params()
        return self._with_secret(*webhook_endpoints.rotate_secret(self._own(pk), at=self.at))

    def _own(self, pk: str) -> WebhookEndpoint:
        found = self.rows().filter(pk=pk).first()
        if found is None:
            raise self.missing(pk)
        return found  # type: ignore[no-any-return]  # of this view's own rows

    def _with_secret(
        self, endpoint: WebhookEndpoint, secret: str, *, status: int = 200
    ) -> HttpResponse:
        wire = self.output.plan().spell_instance(endpoint)
        self.complete([wire])
        return self.answer({**wire, "secret": secret}, status=status)
