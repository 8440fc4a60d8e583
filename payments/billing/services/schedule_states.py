"""A subscription schedule under its lock: found, moved on, told of."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from customers.events.services import events
from customers.kit.errors import NotFound
from payments.billing.models import Subscription, SubscriptionSchedule
from payments.billing.services import schedule_phases as phases_of

Status = SubscriptionSchedule.Status
UPDATED = "subscription_schedule.updated"


def no_such_schedule(pk: str, *, param: str = "id") -> NotFound:
    """Return the error for a schedule that is not there."""
    return NotFound(f"No such subscription schedule: '{pk}'", param=param)


def get(pk: str, *, param: str = "id") -> SubscriptionSchedule:
    """Return a schedule of the chosen site, with its customer and subscription.

    Raises:
        NotFound: there is none.
    """
    rows = SubscriptionSchedule.objects.select_related("customer", "subscription")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise no_such_schedule(pk, param=param)
    return found


@contextmanager
def tracked(schedule: SubscriptionSchedule, *, at: datetime) -> Iterator[SubscriptionSchedule]:
    """Lock a schedule, let the caller change it, save it, and publish what is told of the change.

    Raises:
        NotFound: there is none.
    """
    with transaction.atomic(savepoint=False):
        rows = SubscriptionSchedule.objects.select_for_update(no_key=True).filter(pk=schedule.pk)
        if not rows.values("pk").first():
            raise no_such_schedule(schedule.pk)
        row = get(schedule.pk)
        before, status = events.spell(row), row.status
        yield row
        row.next_step_at = next_step(row)
        row.save()
        previous = events.difference(before, events.spell(row))
        if previous:
            event = UPDATED
            if row.status != status:
                event = SubscriptionSchedule.TRANSITIONS.event(status, row.status, noun="schedule")
            events.publish(event, row, previous=previous, at=at)


def move(schedule: SubscriptionSchedule, target: str) -> None:
    """Give a locked schedule its next status.

    Raises:
        InvalidState: the table does not have the move.
    """
    SubscriptionSchedule.TRANSITIONS.event(schedule.status, target, noun="subscription schedule")
    schedule.status = target


def next_step(schedule: SubscriptionSchedule) -> datetime | None:
    """Return when a schedule's next phase begins, or its last one ends; None where it is over."""
    if schedule.status == Status.NOT_STARTED:
        return phases_of.instant(schedule.phases[0]["start_at"])
    if schedule.status != Status.ACTIVE or schedule.current_phase is None:
        return None
    return phases_of.instant(schedule.phases[schedule.current_phase]["end_at"])


def drop(subscription: Subscription, *, at: datetime) -> None:
    """Let the schedule of a subscription that has ended be canceled."""
    running = SubscriptionSchedule.objects.filter(
        subscription=subscription, status__in=SubscriptionSchedule.RUNNING
    )
    for schedule in running:
        with tracked(schedule, at=at) as row:
            move(row, Status.CANCELED)
            row.canceled_at = at
            row.current_phase = None
