"""Schedules: customers who are charged the same amount by the calendar, until a date (rules O3 and O52)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from customers.events.services import events
from customers.kit import statements, tenancy
from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from customers.models import Customer
from customers.services import changes, customers
from payments.models import Charge, Occurrence, PaymentMethod, Schedule
from payments.money import Money
from payments.recurrence import LAST_DAY, WEEKDAYS, Recurrence
from payments.services import charges

Status = Schedule.Status
UPCOMING = 30
"""How many of the dates ahead are shown."""

_HOUR = 8  # of the site's day: when people are awake who get a message from their bank
_MOST_PERIODS = 1000


def get(pk: str, *, param: str = "id") -> Schedule:
    """Return a schedule, whatever became of it, with its customer.

    Raises:
        NotFound: the site has none with this id.
    """
    found = Schedule.objects.select_related("customer").filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such schedule: '{pk}'", param=param)
    return found


def create(
    customer: Customer,
    *,
    money: Money,
    rhythm: Recurrence,
    method: PaymentMethod | None = None,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    at: datetime,
) -> Schedule:
    """Let a customer be charged by the calendar.

    Args:
        method: the card to charge; whichever is the customer's default on the day, where absent.

    Raises:
        InvalidRequest: the amount or the card cannot be charged, or the rhythm has no date.
        NotFound: the customer was deleted.
    """
    charges.check_money(money)
    rhythm = checked(rhythm, at=at)
    with transaction.atomic(savepoint=False):
        row = changes.locked(customer.pk)
        _check_card(row, method)
        first = next(rhythm.dates())
        schedule = Schedule.belonging_to(
            row, customer=row, payment_method=method, status=_status(rhythm, after=None),
            amount=money.amount, currency=money.currency, description=description,
            metadata=customers.merged_metadata({}, metadata or {}),
            every=rhythm.every, period=rhythm.period, weekdays=list(rhythm.weekdays),
            days_of_month=list(rhythm.days_of_month), weekday_of_month=rhythm.weekday_of_month,
            start_on=rhythm.start_on, end_on=rhythm.end_on,
            next_on=first, due_at=due_at(first), created_at=at,
        )  # fmt: skip
        statements.insert(schedule)
        events.publish("schedule.created", schedule, at=at)
        if schedule.status == Status.EXPIRING:
            events.publish("schedule.expiring", schedule, at=at)
    return schedule


def checked(rhythm: Recurrence, *, at: datetime) -> Recurrence:
    """Return a rhythm as it is kept: its days in order, each once.

    Raises:
        InvalidRequest: it makes no sense, begins in the past, or has no date.
    """
    if not 1 <= rhythm.every <= _MOST_PERIODS:
        raise InvalidRequest(f"`every` must be 1 to {_MOST_PERIODS}.", param="every")
    _check_days(rhythm)
    if rhythm.start_on < today(at=at):
        raise InvalidRequest(
            f"The start date must not lie in the past; today is {today(at=at)} in the account's time zone.",
            param="start_date",
        )
    if rhythm.end_on < rhythm.start_on:
        raise InvalidRequest("The end date must not lie before the start date.", param="end_date")
    kept = Recurrence(
        rhythm.every, rhythm.period, rhythm.start_on, rhythm.end_on,
        sorted(set(rhythm.weekdays), key=WEEKDAYS.index), sorted(set(rhythm.days_of_month)),
        rhythm.weekday_of_month,
    )  # fmt: skip
    if next(kept.dates(), None) is None:
        raise InvalidRequest(
            "The schedule has no date between its start and its end.", param="end_date"
        )
    return kept


def cancel(schedule: Schedule, *, at: datetime) -> Schedule:
    """End a schedule for good; what was charged stays.

    Raises:
        InvalidState: it has ended by itself, or was canceled before.
    """
    with transaction.atomic(savepoint=False):
        row = locked(schedule.pk)
        if not Schedule.TRANSITIONS.allows(row.status, Status.CANCELED):
            raise InvalidState(f"This schedule is {row.status}, so it cannot be canceled.")
        _cancel(row, at=at)
    return row


def cancel_all(customer: Customer, *, at: datetime) -> None:
    """End the schedules of a locked customer who is being deleted."""
    rows = Schedule.objects.filter(
        customer=customer, status__in=[*Schedule.RUNNING, Status.SUSPENDED]
    )
    for row in rows.select_for_update(no_key=True).order_by("id"):
        _cancel(row, at=at)


def upcoming(schedule: Schedule) -> list[date]:
    """Return the next dates of a schedule; none where it does not run any more."""
    if not schedule.is_running:
        return []
    return list(islice(schedule.recurrence.dates(after=schedule.last_on), UPCOMING))


def of_charges(charge_ids: Iterable[str]) -> dict[str, str]:
    """Return by charge the schedule that made it; charges that were made otherwise are left out."""
    made = Charge.objects.filter(pk__in=list(charge_ids), schedule__isnull=False)
    return dict(made.values_list("pk", "schedule_id"))


def pay_by_default(customer: Customer, method: PaymentMethod) -> None:
    """Let a customer's schedules that charge a method charge the default from now on, in the caller's transaction."""
    rows = running_of(customer).filter(payment_method=method)
    for row in rows.select_for_update(no_key=True):
        row.payment_method = None
        row.save(update_fields=["payment_method"])


def running_of(customer: Customer) -> QuerySet[Schedule]:
    """Return a customer's schedules that have payments ahead, the newest first."""
    rows = Schedule.objects.filter(customer=customer, status__in=Schedule.RUNNING)
    return rows.order_by("-created_at", "-id")


def today(*, at: datetime) -> date:
    """Return the date in the chosen site's time zone."""
    return at.astimezone(_zone()).date()


def due_at(on: date) -> datetime:
    """Return when a date's payment is due, in the chosen site's time zone."""
    return datetime.combine(on, time(_HOUR), tzinfo=_zone()).astimezone(UTC)


def locked(pk: str) -> Schedule:
    """Lock a schedule's row for the open transaction and return it.

    Raises:
        NotFound: there is none.
    """
    row = Schedule.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if row is None:
        raise NotFound(f"No such schedule: '{pk}'", param="id")
    return row


def move(schedule: Schedule, target: str) -> str:
    """Give a locked schedule its next status, which the caller saves, and return the event that tells of it."""
    event = Schedule.TRANSITIONS.event(schedule.status, target, noun="schedule")
    schedule.status = target
    return event


def status_ahead(schedule: Schedule) -> str:
    """Return the status of a running schedule by how many dates are ahead."""
    return _status(schedule.recurrence, after=schedule.last_on)


def _status(rhythm: Recurrence, *, after: date | None) -> str:
    ahead = len(list(islice(rhythm.dates(after=after), 2)))
    return (Status.EXPIRED, Status.EXPIRING, Status.ACTIVE)[ahead]


def _check_days(rhythm: Recurrence) -> None:
    where = {"weekdays": "week", "days_of_month": "month", "weekday_of_month": "month"}
    given = [name for name in where if getattr(rhythm, name)]
    for name in given:
        if where[name] != rhythm.period:
            raise InvalidRequest(
                f"A schedule by the {rhythm.period} takes no {name}.", param=f"on[{name}]"
            )
    if len(given) > 1:
        raise InvalidRequest(
            "Give either days_of_month or weekday_of_month, not both.", param="on[weekday_of_month]"
        )
    if not all(name in WEEKDAYS for name in rhythm.weekdays):
        raise InvalidRequest("Weekdays have their English names.", param="on[weekdays]")
    if not all(1 <= day <= LAST_DAY for day in rhythm.days_of_month):
        raise InvalidRequest(f"Days of a month are 1 to {LAST_DAY}.", param="on[days_of_month]")


def _check_card(customer: Customer, method: PaymentMethod | None) -> None:
    if method is None:
        if default_card(customer) is None:
            raise InvalidRequest(
                f"The customer {customer.pk} has no default card to charge.", param="customer"
            )
    elif method.customer_id != customer.pk or method.kind != PaymentMethod.Kind.CARD:
        raise InvalidRequest(
            f"{method.pk} is not a card of the customer {customer.pk}.",
            param="payment_method",
        )


def default_card(customer: Customer) -> PaymentMethod | None:
    """Return the card that is a customer's default payment method, with its gateway account; None where none is."""
    if customer.default_payment_method_id is None:
        return None
    cards = PaymentMethod.objects.select_related("gateway_account").of_customer(customer)
    return cards.filter(pk=customer.default_payment_method_id, kind=PaymentMethod.Kind.CARD).first()


def _cancel(schedule: Schedule, *, at: datetime) -> None:
    """Cancel a locked schedule; a try that is under way is still followed to its end."""
    before = events.spell(schedule)
    event = move(schedule, Status.CANCELED)
    is_busy = Occurrence.objects.filter(
        schedule=schedule, status=Occurrence.Status.PENDING
    ).exists()
    Occurrence.objects.filter(schedule=schedule, retry_on__isnull=False).update(retry_on=None)
    schedule.ended_at, schedule.next_on = at, None
    schedule.due_at = schedule.due_at if is_busy else None
    schedule.save(update_fields=["status", "ended_at", "next_on", "due_at"])
    previous = events.difference(before, events.spell(schedule))
    events.publish(event, schedule, previous=previous, at=at)


def _zone() -> ZoneInfo:
    return ZoneInfo(tenancy.current().site.timezone)
