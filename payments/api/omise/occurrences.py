"""`/omise/occurrences` and `/omise/schedules/{schedule}/occurrences`.

Source: https://docs.omise.co/occurrences-api
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from customers.restkit.objects import Computed, Constant, Plain, Spelled, Text, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_objects import IsoTime, Location, OmiseId
from customers.restkit.views import Wire
from payments.models import Occurrence
from payments.services import schedules

Status = Occurrence.Status
STATUS = {
    Status.PENDING: "pending",  # Omise has no word for one whose charge is on its way; that charge's own is this
    Status.SUCCEEDED: "successful",
    Status.FAILED: "failed",
    Status.SKIPPED: "skipped",
}
_SHOWN = 20  # occurrences that a schedule's object holds
_DATE = {"type": "string", "format": "date"}
_NULLABLE_DATE = {"type": ["string", "null"], "format": "date"}


def _iso_date(on: date | None) -> str | None:
    return None if on is None else on.isoformat()


class OccurrenceObject(WireObject):
    """One date of a schedule, and what became of it."""

    object = Constant("occurrence")
    id = OmiseId()
    livemode = Plain()
    location = Location("/occurrences/{}")
    schedule = OmiseId("schedule_id")
    scheduled_on = Computed(_iso_date, "scheduled_on", schema=_DATE)
    retry_on = Computed(_iso_date, "retry_on", schema=_NULLABLE_DATE)
    status = Spelled(STATUS)
    message = Text()
    result = OmiseId("charge_id")
    processed_at = IsoTime()
    created_at = IsoTime()


class OccurrenceViewSet(OmiseViewSet):
    resource = "schedules"
    model = Occurrence
    output = OccurrenceObject


class ScheduleOccurrenceViewSet(OmiseViewSet):
    resource = "schedules"
    model = Occurrence
    output = OccurrenceObject
    path = "/schedules/{}/occurrences"
    parent = "schedule_id"
    parent_name = "schedule"

    def checked_parent(self, **parents: str) -> str:
        return str(schedules.get(parents["schedule"]).pk)


def of_schedules(schedule_ids: Sequence[str]) -> dict[str, tuple[list[Wire], int]]:
    """Return by schedule its first occurrences and how many it has."""
    order = [F("created_at").asc(), F("id").asc()]
    numbered = Occurrence.objects.filter(schedule_id__in=schedule_ids).annotate(
        position=Window(RowNumber(), partition_by=F("schedule_id"), order_by=order),
        of_all=Window(Count("id"), partition_by=F("schedule_id")),
    )
    plan = OccurrenceObject.plan()
    place = plan.columns.index("schedule_id")
    found: dict[str, tuple[list[Wire], int]] = defaultdict(lambda: ([], 0))
    rows = numbered.filter(position__lte=_SHOWN).order_by("position")
    for *row, total in rows.values_list(*plan.columns, "of_all"):
        shown, _total = found[row[place]]
        found[row[place]] = [*shown, plan.spell(row)], total
    return found
