"""`/revkeen/v2/webhook-deliveries`: what became of telling endpoints in RevKeen's spelling of events.

Source: https://docs.revkeen.com/api-reference/openapi
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.api.revkeen.events import named
from customers.events.models import Delivery, WebhookEndpoint
from customers.events.services import deliveries, retries
from customers.kit.errors import NotFound
from customers.restkit import inputs, revkeen_errors
from customers.restkit.id_inputs import IdField
from customers.restkit.objects import Computed, Constant, Plain, Spelled, Text, WireObject
from customers.restkit.omise_objects import IsoTime, iso
from customers.restkit.revkeen import RevkeenViewSet, envelope
from customers.restkit.revkeen_inputs import CasedInput
from customers.restkit.revkeen_lists import DEFAULT_LIMIT, LIMIT, beyond

Status = Delivery.Status
STATUS = {
    Status.PENDING: "pending",
    Status.SUCCEEDED: "succeeded",
    Status.FAILED: "dead_lettered",
    Status.CANCELED: "failed",
}
"""What was given up will not be tried again by itself; what was canceled, since its endpoint was disabled, failed."""
_ORDER = ("event__created_at", "event_id", "endpoint_id")
_NULLABLE = {"type": ["string", "null"]}


class DeliveryListParams(CasedInput):
    ending_before = IdField()
    endpoint_id = IdField()
    event_id = IdField()
    limit = LIMIT
    starting_after = IdField()
    status = inputs.ChoiceField(STATUS.values())


def _given_up(status: str, last_try_at: datetime | None) -> str | None:
    return iso(last_try_at) if status == Status.FAILED and last_try_at else None


def _reason(status: str, last_error: str, last_status_code: int | None) -> str | None:
    if status != Status.FAILED:
        return None
    return last_error or f"The endpoint answered with status {last_status_code}."


def _last_change(last_try_at: datetime | None, created_at: datetime) -> str:
    return iso(last_try_at or created_at)


class DeliveryObject(WireObject):
    """One event at one endpoint, however often it was tried."""

    id = Plain()
    object = Constant("webhook_delivery")
    endpoint_id = Plain()
    event_id = Plain()
    event_type = Computed(named, "event__type", schema=_NULLABLE)
    status = Spelled(STATUS)
    attempts = Plain("tries")
    max_attempts = Computed(
        lambda livemode: retries.most_tries(livemode=livemode), "livemode", schema={"type": "integer"}
    )  # fmt: skip
    last_status_code = Plain()
    last_error = Text()
    last_error_code = Constant(None)
    last_duration_ms = Plain()
    last_attempt_at = IsoTime("last_try_at")
    next_retry_at = IsoTime("next_try_at")
    delivered_at = IsoTime()
    dead_lettered_at = Computed(_given_up, "status", "last_try_at", schema=_NULLABLE)
    dead_letter_reason = Computed(
        _reason, "status", "last_error", "last_status_code", schema=_NULLABLE
    )
    created_at = IsoTime()
    updated_at = Computed(_last_change, "last_try_at", "created_at", schema={"type": "string"})


class DeliveryViewSet(RevkeenViewSet):
    resource = "webhook_endpoints"
    model = Delivery
    output = DeliveryObject
    error_members = revkeen_errors.TYPED

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return Delivery.objects.filter(endpoint__spelling=WebhookEndpoint.Spelling.REVKEEN)

    def list(self, request: HttpRequest) -> HttpResponse:
        """List deliveries, those of the newest events first."""
        asked = self.read(DeliveryListParams)
        rows = self.rows()
        for name in asked.keys() & {"endpoint_id", "event_id"}:
            rows = rows.filter(**{name: asked[name]})
        if "status" in asked:
            rows = rows.filter(status=_OURS[asked["status"]])
        found, has_more = self._walked(rows, asked)
        data = self.shown(self.rows().filter(pk__in=found))
        data.sort(key=lambda wire: found.index(wire["id"]))
        return envelope(data, has_more=has_more, url=request.path)

    def retry(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Try a delivery again, now."""
        self.refuse_params()
        row = self.rows().select_related("event", "endpoint").filter(pk=pk).first()
        if row is None:
            raise self.missing(pk)
        deliveries.retry(row, at=self.at)
        return self.answer(self.fetch(pk))

    def _walked(self, rows: QuerySet[Any], asked: dict[str, Any]) -> tuple[Sequence[str], bool]:
        """Return the keys of a page in their order, and whether there are more behind it.

        Raises:
            NotFound: the cursor names no delivery.
        """
        limit, is_before = asked.get("limit", DEFAULT_LIMIT), "ending_before" in asked
        cursor = asked.get("starting_after") or asked.get("ending_before")
        if cursor:
            place = self.rows().filter(pk=cursor).values_list(*_ORDER).first()
            if place is None:
                raise NotFound(f"No such delivery: '{cursor}'", param="starting_after")
            rows = rows.filter(beyond(_ORDER, place, is_after=not is_before))
        order = _ORDER if is_before else [f"-{column}" for column in _ORDER]
        found = list(rows.order_by(*order).values_list("pk", flat=True)[: limit + 1])
        shown = found[:limit]
        return (shown[::-1] if is_before else shown), len(found) > limit


_OURS = {theirs: ours for ours, theirs in STATUS.items()}
