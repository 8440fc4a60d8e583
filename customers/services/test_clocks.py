"""Test clocks: customers who are only tried out, and whose time stands still until their clock is advanced.

What a customer on a clock has, gets and pays is dated by the clock. What only our own machinery looks at keeps real
time: idempotency keys, leases, API keys, tokens, and what a gateway was asked and when it is asked again (`real`).

Advancing is work of the worker: `advance` only says where to, and `payments.services.due_work` moves the clock from one
due instant to the next. While it does, requests must leave the clock's customers alone (`check_steady`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from django.db import connection, transaction

from customers.events.services import events
from customers.kit import bulk, jobs, provenance, tenancy
from customers.kit.errors import Conflict, InvalidRequest, InvalidState, NotFound
from customers.kit.registry import Hook
from customers.models import Customer, TestClock

Status = TestClock.Status
LIVES = timedelta(days=30)
MOST_CUSTOMERS = 3
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Where clocks end, so that what is planned ahead of them still has a date."""

FARTHEST_DAYS = 2 * 366
"""How far a clock without a subscription goes at once: two years."""

limits: Hook[Callable[[TestClock], datetime | None]] = Hook("test_clocks.limits")
"""Called with a clock; each returns the latest instant to which it may be advanced at once, or None. Billing joins in
here with two intervals of the shortest subscription."""


class OnClock(Protocol):
    """What may live by a clock: a customer, or a row that repeats its customer's clock."""

    @property
    def test_clock_id(self) -> str | None:
        """The clock's id; none, or an empty text, where real time counts."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """That a clock showed one instant at another one.

    Args:
        shown: by the clock.
        real: when it was read.
    """

    shown: datetime
    real: datetime


_MOVED = ("status", "frozen_at", "target_at", "claimed_until")
_reading: ContextVar[_Reading | None] = ContextVar("test_clock_reading", default=None)
_moving: ContextVar[str] = ContextVar("test_clock_moving", default="")


def get(pk: str, *, param: str = "id") -> TestClock:
    """Return a clock that was not deleted.

    Raises:
        NotFound: the site has none with this id.
    """
    found = TestClock.objects.filter(pk=pk, deleted_at__isnull=True).first()
    if found is None:
        raise NotFound(f"No such test clock: '{pk}'", param=param)
    return found


def for_new_customer(pk: str) -> TestClock:
    """Return the clock by which a customer that is about to be made will live.

    Raises:
        InvalidRequest: this is live mode, which has none.
        NotFound: the site has none with this id.
    """
    if tenancy.current().livemode:
        raise _only_in_test_mode("test_clock")
    return get(pk, param="test_clock")


def create(*, frozen_at: datetime, name: str = "", at: datetime) -> TestClock:
    """Make a clock that stands still.

    Raises:
        InvalidRequest: this is live mode, or the time is too far ahead.
    """
    scope = tenancy.current()
    if scope.livemode:
        raise _only_in_test_mode()
    if frozen_at > LATEST:
        raise _too_late()
    clock = TestClock(
        id=TestClock.new_id(), site=scope.site, livemode=False, name=name, frozen_at=frozen_at,
        deletes_at=at + LIVES, created_at=at,
    )  # fmt: skip
    with transaction.atomic(savepoint=False):
        clock.save(force_insert=True)
        events.publish("test_helpers.test_clock.created", clock, at=at)
    return clock


def now_for(thing: OnClock | None, at: datetime) -> datetime:
    """Return what time it is for a customer, or for what belongs to one: its clock's time, else `at`.

    Args:
        thing: has `test_clock_id`; None is nobody.
        at: the real time.
    """
    pk = thing.test_clock_id if thing is not None else None
    return at if not pk else _shown(pk, at)


def now_for_id(customer_id: str | None, at: datetime) -> datetime:
    """Return what time it is for the customer with an id; `at` where there is none, or it is on no clock."""
    if not customer_id or tenancy.current().livemode:
        return at
    rows = Customer.objects.filter(pk=customer_id, test_clock__isnull=False)
    pk = rows.values_list("test_clock_id", flat=True).first()
    return at if pk is None else _shown(pk, at)


def real(at: datetime) -> datetime:
    """Return the real time at which a clock showed `at`; `at` itself where it was read off no clock.

    For leases and for what a gateway is asked: it lives in real time, whatever the customer's clock says.
    """
    reading = _reading.get()
    return reading.real if reading is not None and reading.shown == at else at


def check_steady(thing: OnClock | None) -> None:
    """Refuse requests that change what lives by a clock that is being advanced.

    The advance itself goes on, and so does the worker, which follows what gateways say. In a transaction this also
    holds off an advance until the transaction ends.

    Raises:
        Conflict: the clock is being advanced.
        InvalidState: its advance has failed.
    """
    pk = thing.test_clock_id if thing is not None else None
    if not pk or _moving.get() == pk or provenance.current().door == "worker":
        return
    rows = TestClock.objects.filter(pk=pk)
    if connection.in_atomic_block:
        rows = rows.select_for_update(no_key=True)
    status = rows.values_list("status", flat=True).first()
    if status is not None:
        _check_still(pk, status)


def admit(clock: TestClock) -> TestClock:
    """Lock a clock for a new customer in the open transaction, and return it as it is now.

    Raises:
        NotFound: it was deleted.
        InvalidRequest: it has all the customers that it can have.
        Conflict: it is being advanced.
        InvalidState: its advance has failed.
    """
    row = locked(clock.pk, param="test_clock")
    check_steady(Customer(test_clock_id=row.pk))
    if Customer.objects.living().filter(test_clock=row).count() >= MOST_CUSTOMERS:
        raise InvalidRequest(
            f"A test clock can have up to {MOST_CUSTOMERS} customers, and {row.pk} has them.",
            param="test_clock",
        )
    return row


def locked(pk: str, *, param: str = "id") -> TestClock:
    """Lock a clock for the open transaction and return it.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    rows = TestClock.objects.select_for_update(no_key=True).filter(deleted_at__isnull=True)
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound(f"No such test clock: '{pk}'", param=param)
    return row


def advance(clock: TestClock, *, to: datetime, at: datetime) -> TestClock:
    """Have a clock moved forward by the worker, and return it while it advances.

    Raises:
        NotFound: it was deleted.
        Conflict: it is being advanced already.
        InvalidState: its last advance has failed.
        InvalidRequest: it would go back, or too far at once.
    """
    with transaction.atomic(savepoint=False):
        row = locked(clock.pk)
        _check_still(row.pk, row.status)
        _check_target(row, to)
        row.target_at, row.claimed_until = to, None
        move(row, Status.ADVANCING, at=at)
        jobs.defer("payments.advance_test_clock", clock_id=row.pk)
    return row


def move(clock: TestClock, target: Status, *, at: datetime) -> None:
    """Give a locked clock its next status, save it with where it is and goes to, and tell of it."""
    event = TestClock.TRANSITIONS.event(clock.status, target, noun="test clock")
    clock.status = target
    bulk.write([events.prepare(event, clock, at=at)], [bulk.Change(TestClock, _MOVED, [clock])])


@contextmanager
def moving(clock: TestClock) -> Iterator[None]:
    """Let what runs inside change what lives by a clock that is being advanced; what it reads is forgotten with it."""
    token = _moving.set(clock.pk)
    try:
        with unread():
            yield
    finally:
        _moving.reset(token)


def read(clock: TestClock, at: datetime) -> datetime:
    """Return what a loaded clock shows, and remember when it was read.

    Args:
        at: the real time.
    """
    _reading.set(_Reading(clock.frozen_at, at))
    return clock.frozen_at


@contextmanager
def unread() -> Iterator[None]:
    """Let what runs inside begin without having read a clock, and forget afterwards what it has read."""
    token = _reading.set(None)
    try:
        yield
    finally:
        _reading.reset(token)


def _check_still(pk: str, status: str) -> None:
    if status == Status.ADVANCING:
        raise Conflict(
            "Test clock advancement underway - cannot perform modifications to the objects on the "
            f"test clock {pk} until it is ready.",
            code="test_clock_advancing",
        )
    if status == Status.INTERNAL_FAILURE:
        raise InvalidState(
            f"Advancing the test clock {pk} has failed, so it and its customers can only be deleted.",
            code="test_clock_failed",
        )


def _shown(pk: str, at: datetime) -> datetime:
    shown = TestClock.objects.filter(pk=pk).values_list("frozen_at", flat=True).get()
    _reading.set(_Reading(shown, real(at)))
    return shown


def _check_target(clock: TestClock, to: datetime) -> None:
    if to <= clock.frozen_at:
        raise InvalidRequest(
            "A test clock only goes forward: frozen_time must be after the clock's present one.",
            param="frozen_time",
        )
    found = [latest for limit in limits if (latest := limit(clock)) is not None]
    latest = min(found, default=clock.frozen_at + timedelta(days=FARTHEST_DAYS))
    if to > LATEST:
        raise _too_late()
    if to > latest:
        raise InvalidRequest(
            "A test clock goes no farther at once than two intervals of its shortest subscription, or two years "
            f"where it has none: until {int(latest.timestamp())}.",
            param="frozen_time",
        )


def _only_in_test_mode(param: str = "") -> InvalidRequest:
    return InvalidRequest(
        "Test clocks are only available in test mode.", param=param, code="testmode_only"
    )


def _too_late() -> InvalidRequest:
    return InvalidRequest(
        f"A test clock goes until {int(LATEST.timestamp())}, the beginning of {LATEST.year}.",
        param="frozen_time",
    )
