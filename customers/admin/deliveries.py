"""How deliveries are put for people to read: each try with what came back, and how an endpoint is doing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.admin import shown
from customers.events.models import Delivery, Event, WebhookEndpoint

DAY = timedelta(days=1)
MOST_COUNTED = 1000
"""Events of the last day whose deliveries are counted, so that a busy site's list costs no more than a quiet one's."""

_STYLES = {
    Delivery.Status.PENDING: "warn",
    Delivery.Status.SUCCEEDED: "ok",
    Delivery.Status.FAILED: "bad",
    Delivery.Status.CANCELED: "",
}


@dataclass(frozen=True, slots=True)
class Share:
    """How many deliveries of a day arrived, of those that are over with."""

    arrived: int = 0
    over: int = 0

    def __str__(self) -> str:
        if not self.over:
            return "\N{EN DASH}"
        words = ngettext("%(percent)s % of %(count)s", "%(percent)s % of %(count)s", self.over)
        # Rounded down, so that 100 says that none is missing.
        return words.replace("%(percent)s", str(100 * self.arrived // self.over)).replace(
            "%(count)s", f"{self.over:,}"
        )


def shares(endpoints: Iterable[WebhookEndpoint], *, at: datetime) -> dict[str, Share]:
    """Return by endpoint's id how the deliveries of the last day's newest events went, in one bounded query."""
    counted = (
        Delivery.objects.filter(
            endpoint__in=[endpoint.pk for endpoint in endpoints], event__in=recent(at=at)
        )
        .order_by()
        .values_list("endpoint_id")
        .annotate(
            arrived=Count("pk", filter=Q(status=Delivery.Status.SUCCEEDED)),
            over=Count("pk", filter=~Q(status=Delivery.Status.PENDING)),
        )
    )
    return {pk: Share(arrived, over) for pk, arrived, over in counted}


def recent(*, at: datetime) -> Any:
    """Return the ids of the last day's newest events."""
    rows = Event.objects.filter(created_at__gte=at - DAY).order_by("-created_at", "-id")
    return rows.values("pk")[:MOST_COUNTED]


def health(endpoint: WebhookEndpoint) -> tuple[str, str]:
    """Return how an endpoint is doing, in words and as a style."""
    if endpoint.status == WebhookEndpoint.Status.DISABLED:
        reason = endpoint.get_disabled_reason_display()
        style = "" if endpoint.disabled_reason == WebhookEndpoint.Reason.MERCHANT else "bad"
        return _("Disabled: %(reason)s") % {"reason": reason}, style
    if endpoint.failing_since is not None:
        return _("Failing since %(when)s") % {"when": moment(endpoint.failing_since)}, "bad"
    if endpoint.last_success_at is not None:
        return _("Working"), "ok"
    return _("Nothing delivered yet"), ""


def asks(endpoint: WebhookEndpoint) -> str:
    """Return what an endpoint is told of, in a few words."""
    names: Sequence[str] = endpoint.enabled_events
    if "*" in names:
        return _("All events")
    if len(names) == 1:
        return names[0]
    others = len(names) - 1
    words = ngettext("%(name)s and one other", "%(name)s and %(count)d others", others)
    return words % {"name": names[0], "count": others}


def badge(delivery: Delivery) -> tuple[str, str]:
    """Return a delivery's state."""
    status = Delivery.Status(delivery.status)
    if status == Delivery.Status.PENDING and delivery.tries:
        return _("Trying again"), "warn"
    return str(status.label), _STYLES[status]


def line(delivery: Delivery) -> dict[str, Any]:
    """Return what pages say of a delivery, with all of its tries, the newest first."""
    words, style = badge(delivery)
    return {
        "pk": delivery.pk,
        "endpoint": delivery.endpoint,
        "endpoint_url": _page_of(delivery.endpoint),
        "event_id": delivery.event_id,
        "event_url": reverse("admin:events_event_page", args=[delivery.event_id]),
        "words": words,
        "style": style,
        "code": delivery.last_status_code,
        "replays": delivery.replays,
        "next_try_at": delivery.next_try_at if delivery.tries else None,
        "delivered_at": delivery.delivered_at,
        "tries": list(_tries(delivery)),
    }


def event_line(delivery: Delivery) -> dict[str, Any]:
    """Return what an endpoint's page says of a delivery."""
    return {
        **line(delivery),
        "title": shown.event_title(delivery.event.type),
        "event": delivery.event,
    }


def moment(instant: datetime | None) -> str:
    """Return an instant as people write it, in the site's time zone; empty where there is none."""
    return date_format(localtime(instant), "DATETIME_FORMAT") if instant else ""


def _tries(delivery: Delivery) -> Iterable[dict[str, Any]]:
    if delivery.last_try_at is not None:
        yield _try(
            delivery.last_try_at, delivery.last_status_code, delivery.last_response, delivery.last_error,
            delivery.last_duration_ms,
        )  # fmt: skip
    for earlier in reversed(delivery.earlier_tries):
        yield _try(
            datetime.fromisoformat(earlier["at"]), earlier["status_code"], earlier["response"], earlier["error"],
            earlier["duration_ms"],
        )  # fmt: skip


def _try(
    at: datetime, code: int | None, response: str, error: str, duration_ms: int | None
) -> dict[str, Any]:
    is_fine = code is not None and 200 <= code < 300  # noqa: PLR2004 -- HTTP's own words
    return {
        "at": at,
        "code": code,
        "words": str(code) if code is not None else _("No answer"),
        "style": "ok" if is_fine else "bad",
        "response": response,
        "error": error,
        "duration_ms": duration_ms,
    }


def _page_of(endpoint: WebhookEndpoint) -> str:
    if endpoint.deleted_at is not None:
        return ""
    return reverse("admin:events_webhookendpoint_page", args=[endpoint.pk])
