"""Deliveries: how those of an endpoint went, and one of them tried again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from customers.events.models import Delivery, Event
from customers.events.services import replays
from customers.kit.errors import Conflict

MOST_COUNTED = 1000
"""Of how many of the newest events deliveries are counted, so that a busy site costs no more than a quiet one."""
Status = Delivery.Status


@dataclass(frozen=True, slots=True)
class Tally:
    """How many deliveries of the newest events there are, and what became of them."""

    total: int = 0
    succeeded: int = 0
    failed: int = 0
    last_at: datetime | None = None


def tallies(endpoint_ids: Collection[str]) -> dict[str, Tally]:
    """Return by endpoint how its deliveries of the newest events went, in one bounded query."""
    newest = Event.objects.order_by("-created_at", "-id").values("pk")[:MOST_COUNTED]
    rows = Delivery.objects.filter(endpoint__in=endpoint_ids, event__in=newest)
    counted = rows.order_by().values_list("endpoint_id").annotate(
        total=Count("pk"),
        succeeded=Count("pk", filter=Q(status=Status.SUCCEEDED)),
        failed=Count("pk", filter=Q(status__in=[Status.FAILED, Status.CANCELED])),
        last_at=Max("last_try_at"),
    )  # fmt: skip
    found = {pk: Tally(*figures) for pk, *figures in counted}
    return {pk: found.get(pk, Tally()) for pk in endpoint_ids}


def retry(delivery: Delivery, *, at: datetime) -> None:
    """Try a delivery again that did not arrive.

    Raises:
        Conflict: it has arrived.
        InvalidState: its endpoint is disabled.
        InvalidRequest: its endpoint does not ask for such events any more.
    """
    if delivery.status == Status.SUCCEEDED:
        raise Conflict(f"The delivery {delivery.pk} has arrived; resend its event instead.")
    replays.retry(delivery.event, endpoint=delivery.endpoint, at=at)
