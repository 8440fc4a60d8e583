"""Schedules and links as events tell of them: what `/v1/`'s pictures show, in Omise's shape.

What came of them until then (occurrences, charges) is no part of a picture, and is null.

Source: https://docs.omise.co/schedules-api, https://docs.omise.co/links-api
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from customers.api.omise.events import Columns, instant, shown_as
from customers.restkit.views import Wire
from payments.api.omise.links import LinkObject
from payments.api.omise.schedules import ScheduleObject

Snapshot = Mapping[str, Any]


def link(snapshot: Snapshot, known: Columns) -> Wire:
    """Return a link as it was."""
    columns = {
        **known,
        **{name: snapshot[name] for name in ("id", "amount", "currency", "description", "title")},
        "created_at": instant(snapshot["created"]),
        "deleted_at": instant(snapshot["deleted_at"]),
        "is_multiple": snapshot["multiple"],
    }
    return shown_as(LinkObject, columns)


def schedule(snapshot: Snapshot, known: Columns) -> Wire:
    """Return a schedule as it was; which card was the customer's default then is not known."""
    rhythm, ahead = snapshot["recurring"], snapshot["next_date"]
    columns = {
        **known,
        **{name: snapshot[name] for name in _SAME},
        "created_at": instant(snapshot["created"]),
        "customer_id": snapshot["customer"],
        "days_of_month": rhythm["days_of_month"],
        "description": snapshot["description"] or "",
        "end_on": date.fromisoformat(snapshot["end_date"]),
        "ended_at": instant(snapshot["ended_at"]),
        "every": rhythm["interval_count"],
        "last_on": date.fromisoformat(ahead) - timedelta(days=1) if ahead else None,
        "payment_method_id": snapshot["payment_method"],
        "period": rhythm["interval"],
        "start_on": date.fromisoformat(snapshot["start_date"]),
        "weekday_of_month": rhythm["weekday_of_month"] or "",
        "weekdays": rhythm["weekdays"],
    }
    wire = shown_as(ScheduleObject, columns)
    wire["charge"]["default_card"] = True if snapshot["payment_method"] is None else None
    return wire


_SAME = ("id", "amount", "currency", "metadata", "status")
