"""How `/v1/` tells of schedules in its log of events; Stripe has none, so there is no resource.

A recurring charge of Omise's, in the words of `/v1/`.
"""

from datetime import date
from typing import Any

from customers.restkit.objects import (
    Computed,
    Constant,
    Metadata,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from payments.models import Schedule

Status = Schedule.Status
STATUS = {
    Status.ACTIVE: "active",
    Status.EXPIRING: "expiring",
    Status.EXPIRED: "expired",
    Status.SUSPENDED: "suspended",
    Status.CANCELED: "canceled",
}


def iso_date(on: date | None) -> str | None:
    """Return a date as ISO 8601 writes it; null where there is none."""
    return None if on is None else on.isoformat()


def _date(column: str) -> Computed:
    return Computed(iso_date, column, schema={"type": ["string", "null"], "format": "date"})


def _recurring(
    every: int, period: str, weekdays: list[str], days_of_month: list[int], weekday_of_month: str
) -> dict[str, Any]:
    return {
        "days_of_month": days_of_month,
        "interval": period,
        "interval_count": every,
        "weekday_of_month": weekday_of_month or None,
        "weekdays": weekdays,
    }


class ScheduleObject(WireObject):
    """A schedule, as events show it."""

    id = Plain()
    object = Constant("schedule")
    amount = Plain()
    created = UnixTime("created_at")
    currency = Plain()
    customer = Plain("customer_id")
    description = Text()
    end_date = _date("end_on")
    ended_at = UnixTime()
    failed_tries = Plain("failures")
    livemode = Plain()
    metadata = Metadata()
    next_date = _date("next_on")
    payment_method = Plain("payment_method_id")
    recurring = Computed(
        _recurring, "every", "period", "weekdays", "days_of_month", "weekday_of_month",
        schema={"type": "object", "additionalProperties": True},
    )  # fmt: skip
    start_date = _date("start_on")
    status = Spelled(STATUS)
