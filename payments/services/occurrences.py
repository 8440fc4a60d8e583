"""Occurrences: a schedule's date has come, its customer is charged, and what became of it is written down.

A schedule is claimed for a while and asks for one charge at a time, under a request key that its occurrence and the
number of the try give: whoever comes after a crash, or beside another worker, finds the same charge. A try that failed
is made again on the following day, twice at most; the third failure in a row stops the schedule. A date that the next
one has overtaken is skipped, so that nobody is charged twice at once.

Source: https://docs.omise.co/how-retries-work-for-scheduled-transactions
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from customers.events.services import events
from customers.kit import sealing
from customers.kit.errors import (
    CardDeclined,
    DomainError,
    InvalidRequest,
    InvalidState,
    NotFound,
)
from customers.kit.tenancy import every_site, scoped_to
from payments.models import Charge, Occurrence, PaymentMethod, Schedule
from payments.money import Money
from payments.services import charges, drills, schedules

Status = Occurrence.Status
MOST_FAILURES = 3
"""How many tries may fail in a row."""

_LEASE = 600  # seconds for which a claimed schedule is its claimer's; asking a gateway takes less
_UNCLEAR = 300  # seconds until a charge that is on its way is looked at again
_DAY = timedelta(days=1)  # on a test clock, whose minutes are over at once
_REFUSALS = (InvalidRequest, InvalidState, NotFound, CardDeclined)
_OVERTAKEN = "A later date of the schedule came before this one was carried out."
_CANCELED = "The schedule was canceled before its customer was charged."


@dataclass(frozen=True, slots=True)
class _Ended:
    """What became of a try.

    Args:
        status: the occurrence's.
        charge: the one that was made, if any.
        message: why there was none, or why it failed.
    """

    status: Status
    charge: Charge | None
    message: str = ""


def get(pk: str) -> Occurrence:
    """Return an occurrence.

    Raises:
        NotFound: the site has none with this id.
    """
    found = Occurrence.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such occurrence: '{pk}'", param="id")
    return found


def latest(schedule: Schedule, *, limit: int) -> list[Occurrence]:
    """Return a schedule's latest occurrences with their charges, the latest first."""
    rows = Occurrence.objects.filter(schedule=schedule).select_related("charge")
    return list(rows.order_by("-scheduled_on")[:limit])


def run_due(*, at: datetime, limit: int = 1000) -> int:
    """Carry out what is due at any site, and return how many schedules were taken up."""
    for count in range(limit):
        schedule = _claimed(at=at)
        if schedule is None:
            return count
        with scoped_to(schedule.site, livemode=schedule.livemode):
            occurrence = begin(schedule, at=at)
            if occurrence is not None:
                carry_out(occurrence, at=at)
    return limit


def begin(schedule: Schedule, *, at: datetime) -> Occurrence | None:
    """Open the occurrence that is to be carried out now, or find the one under way; None where nothing is to be done.

    Dates that were overtaken are skipped on the way.
    """
    with transaction.atomic(durable=True):
        row = schedules.locked(schedule.pk)
        running = Occurrence.objects.filter(schedule=row, status=Status.PENDING).first()
        if running is not None:
            running.schedule = row
            return running
        if not row.is_running or row.next_on is None:
            row.due_at = None
            row.save(update_fields=["due_at"])
            return None
        today = schedules.today(at=at)
        if row.next_on > today:  # the site's time zone has changed since
            row.due_at = schedules.due_at(row.next_on)
            row.save(update_fields=["due_at"])
            return None
        return _opened(row, today, at=at)


def carry_out(occurrence: Occurrence, *, at: datetime) -> Occurrence:
    """Charge the customer of an open occurrence, or find the charge of its try, and write down what became of it."""
    ended = _tried(occurrence, at=at)
    return occurrence if ended is None else settle(occurrence, ended, at=at)


def settle(occurrence: Occurrence, ended: _Ended, *, at: datetime) -> Occurrence:
    """Write down what became of a try; the second one to tell changes nothing."""
    with transaction.atomic(durable=True):
        schedule = schedules.locked(occurrence.schedule_id)
        row = Occurrence.objects.get(
            pk=occurrence.pk
        )  # behind the schedule's lock nobody changes it
        row.schedule = schedule
        if row.status != Status.PENDING or row.tries != occurrence.tries:
            return row
        row.charge = ended.charge
        if ended.status == Status.PENDING:
            on_clock = schedule.customer.test_clock_id is not None
            wait = _DAY if on_clock else drills.scaled(_UNCLEAR, livemode=schedule.livemode)
            schedule.due_at = at + wait
            schedule.save(update_fields=["due_at"])
            row.save(update_fields=["charge"])
            return row
        _end(row, ended, at=at)
    return row


def _claimed(*, at: datetime) -> Schedule | None:
    """Take the schedule that has been due the longest; its next check is the lease, so that a crash only delays it.

    Those of customers on test clocks are left to their clocks.
    """
    with every_site(), transaction.atomic():
        rows = Schedule.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        due = rows.select_related("site").filter(due_at__lte=at, customer__test_clock__isnull=True)
        schedule = due.order_by("due_at", "id").first()
        if schedule is not None:
            schedule.due_at = at + drills.scaled(_LEASE, livemode=schedule.livemode)
            schedule.save(update_fields=["due_at"])
    return schedule


def _opened(schedule: Schedule, today: date, *, at: datetime) -> Occurrence:
    """Open the latest date that came; where none has come since, the one that is to be tried again."""
    came = _came(schedule, today)
    failed = Occurrence.objects.filter(schedule=schedule, retry_on__isnull=False).first()
    if came:
        if failed is not None:
            failed.retry_on = None
            failed.save(update_fields=["retry_on"])
        _skip(schedule, came[:-1], at=at)
        occurrence = _row(schedule, came[-1], Status.PENDING, at=at)
        occurrence.tries = 1
        occurrence.save(force_insert=True)
        schedule.last_on = came[-1]
        schedule.save(update_fields=["last_on"])
        return occurrence
    assert failed is not None  # noqa: S101 -- a running schedule is due for a date or for another try
    Occurrence.TRANSITIONS.event(failed.status, Status.PENDING, noun="occurrence")
    failed.schedule, failed.status, failed.retry_on = schedule, Status.PENDING, None
    failed.tries += 1
    failed.save(update_fields=["status", "retry_on", "tries"])
    return failed


def _came(schedule: Schedule, today: date) -> list[date]:
    found = []
    for on in schedule.recurrence.dates(after=schedule.last_on):
        if on > today:
            break
        found.append(on)
    return found


def _skip(schedule: Schedule, dates: Sequence[date], *, at: datetime) -> None:
    rows = [_row(schedule, on, Status.SKIPPED, at=at) for on in dates]
    for place, row in enumerate(reversed(rows), start=1):  # lists are in the order of creation
        row.created_at = at - timedelta(microseconds=place)
        row.message, row.processed_at = _OVERTAKEN, at
    Occurrence.objects.bulk_create(rows)


def _row(schedule: Schedule, on: date, status: Status, *, at: datetime) -> Occurrence:
    return Occurrence.belonging_to(
        schedule, schedule=schedule, scheduled_on=on, status=status, created_at=at
    )


def _tried(occurrence: Occurrence, *, at: datetime) -> _Ended | None:
    """Return what became of a try; None where nobody can say, and the lease's end brings another look."""
    key = _request_key(occurrence)
    charge = charges.of_request(key)
    schedule = occurrence.schedule
    if charge is None and not schedule.is_running:
        return _Ended(Status.SKIPPED, None, _CANCELED)
    try:
        if charge is not None:
            charge = charges.carry_on(charge, at=at)
        else:
            charge = charges.create(
                money=Money(schedule.amount, schedule.currency),
                method=_card(schedule),
                customer=schedule.customer,
                off_session=True,
                request_key=key,
                schedule=schedule,
                description=schedule.description,
                metadata=schedule.metadata,
                at=at,
            )
    except _REFUSALS as refusal:
        return _Ended(Status.FAILED, charge, refusal.message)
    except DomainError:
        return None
    return _ended(charge)


def _ended(charge: Charge) -> _Ended:
    if charge.status == Charge.Status.PENDING:
        return _Ended(Status.PENDING, charge)
    if charge.status == Charge.Status.SUCCEEDED:
        return _Ended(Status.SUCCEEDED, charge)
    return _Ended(Status.FAILED, charge, charge.failure_message)


def _request_key(occurrence: Occurrence) -> str:
    return sealing.digest("try of an occurrence", f"{occurrence.pk} {occurrence.tries}").hex()


def _card(schedule: Schedule) -> PaymentMethod:
    """Return the card to charge.

    Raises:
        InvalidRequest: it was removed from the customer, or the customer has no default card.
    """
    if schedule.payment_method_id is None:
        card = schedules.default_card(schedule.customer)
    else:
        cards = PaymentMethod.objects.select_related("gateway_account")
        card = cards.of_customer(schedule.customer).filter(pk=schedule.payment_method_id).first()
    if card is None:
        missing = (
            "The customer has no default card."
            if schedule.payment_method_id is None
            else "The card was removed from the customer."
        )
        raise InvalidRequest(missing, param="payment_method")
    return card


def _end(occurrence: Occurrence, ended: _Ended, *, at: datetime) -> None:
    """Close an occurrence of a locked schedule, and let the schedule go on."""
    schedule = occurrence.schedule
    before = events.spell(schedule)
    Occurrence.TRANSITIONS.event(occurrence.status, ended.status, noun="occurrence")
    occurrence.status, occurrence.message = ended.status, ended.message[:500]
    occurrence.processed_at = at
    schedule.failures = schedule.failures + 1 if ended.status == Status.FAILED else 0
    occurrence.retry_on, event = _go_on(schedule, ended.status, at=at)
    occurrence.save(update_fields=["status", "charge", "message", "processed_at", "retry_on"])
    schedule.save(update_fields=["status", "next_on", "due_at", "failures", "ended_at"])
    previous = events.difference(before, events.spell(schedule))
    if previous or event:
        events.publish(event or "schedule.updated", schedule, previous=previous, at=at)


def _go_on(schedule: Schedule, status: Status, *, at: datetime) -> tuple[date | None, str]:
    """Give a schedule its next date and status; return when the occurrence is tried again, and the event if any."""
    if not schedule.is_running:
        schedule.due_at = None
        return None, ""
    if schedule.failures >= MOST_FAILURES:
        return None, _stop(schedule, Schedule.Status.SUSPENDED, at=at)
    ahead = next(schedule.recurrence.dates(after=schedule.last_on), None)
    again = None
    if status == Status.FAILED:
        tomorrow = schedules.today(at=at) + timedelta(days=1)
        again = tomorrow if ahead is None or tomorrow < ahead else None
    next_on = again or ahead
    if next_on is None:
        return None, _stop(schedule, Schedule.Status.EXPIRED, at=at)
    schedule.next_on, schedule.due_at = next_on, schedules.due_at(next_on)
    target = schedules.status_ahead(schedule)
    if target not in {Schedule.Status.EXPIRING, Schedule.Status.ACTIVE}:
        target = Schedule.Status.EXPIRING  # its last date is tried again
    return again, "" if target == schedule.status else schedules.move(schedule, target)


def _stop(schedule: Schedule, target: Schedule.Status, *, at: datetime) -> str:
    schedule.next_on = schedule.due_at = None
    schedule.ended_at = at
    return schedules.move(schedule, target)
