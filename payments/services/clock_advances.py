"""The advance of a test clock: what is due of its customers is carried out one after the other, at its own instant.

Nothing is claimed for that but the clock, for a while. What one customer's rows ask for in a row is done in one
transaction as far as that goes from memory; whatever else is a step by itself.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Value

from customers.kit import jobs, statements, together
from customers.kit.statements import Statement
from customers.kit.tenancy import every_site, scoped_to
from customers.models import TestClock
from customers.services import test_clocks
from payments.models import DueClaim
from payments.services import drills, due_claims, due_work
from payments.services.due_work import Kind, StayedDue

STEPS = 50
"""How many clocks a job carries on with, and how many steps of one it takes."""

LEASE = 120
"""Seconds for which an advancing clock is its mover's."""

BACK_OFF = (5, 30)
"""Seconds until a step of a clock that failed is tried again; when the last try has failed, so has the advance."""

_MOVE = (
    "WITH found AS MATERIALIZED ({found}), moved AS ("  # noqa: S608 -- the names are our models'
    f'UPDATE "{TestClock._meta.db_table}" AS clock SET frozen_at = found.due_instant FROM found '
    "WHERE clock.id = %s AND clock.claimed_until = %s AND clock.status = %s AND clock.frozen_at < found.due_instant "
    "RETURNING 1) SELECT found.*, EXISTS (SELECT FROM moved) FROM found"
)
_log = logging.getLogger(__name__)


def advance(clock: TestClock, *, to: datetime, at: datetime) -> TestClock:
    """Move a clock forward and carry out all that is due on the way, in this process and without waiting.

    Raises:
        Conflict: it is being advanced already.
        InvalidState: its last advance has failed.
        InvalidRequest: it would go back, or too far at once.
    """
    moved = test_clocks.advance(clock, to=to, at=at)
    while moved.status == TestClock.Status.ADVANCING:
        carry_on(moved.pk, at=at)
        moved = test_clocks.get(moved.pk)
        at = max(at, moved.claimed_until or at)
    return moved


def carry_on_all(*, at: datetime) -> int:
    """Carry on with the clocks that are advancing and nobody is at, and return how many they were."""
    with every_site():
        advancing = TestClock.objects.filter(_is_free(at), status=TestClock.Status.ADVANCING)
        found = list(advancing.order_by("target_at").values_list("pk", flat=True)[:STEPS])
    for pk in found:
        carry_on(pk, at=at)
    return len(found)


def carry_on(pk: str, *, at: datetime, limit: int = STEPS) -> int:
    """Take some steps of a clock's advance, to its end if they suffice, and return how many they were.

    A clock that somebody else is at, or that stands still, stays as it is.

    Args:
        pk: of the clock, of any site.
        at: the real time.
    """
    clock = _taken(pk, at=at)
    if clock is None:
        return 0
    started, count = monotonic(), 0
    with scoped_to(clock.site, livemode=clock.livemode), test_clocks.moving(clock):
        found = _next_on(clock)
        while found is not None:
            if count == limit or monotonic() - started > LEASE / 2:
                _let_go(clock)
                return count
            steps, found = _stride(clock, found, most=limit - count, at=at)
            if found is _STOPPED:
                return count
            count += steps
        _arrive(clock, at=at)
    return count


def _is_free(at: datetime) -> Q:
    return Q(claimed_until__isnull=True) | Q(claimed_until__lte=at)


def _taken(pk: str, *, at: datetime) -> TestClock | None:
    """Take an advancing clock for a while; None where somebody else is at it."""
    with every_site(), transaction.atomic():
        rows = TestClock.objects.select_for_update(no_key=True, of=("self",)).select_related("site")
        advancing = rows.filter(_is_free(at), status=TestClock.Status.ADVANCING)
        clock = advancing.filter(pk=pk).first()
        if clock is not None:
            clock.claimed_until = at + timedelta(seconds=LEASE)
            clock.save(update_fields=["claimed_until"])
    return clock


# -- what is next ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Next:
    """What is due next on a clock, which has come to that instant.

    Args:
        owner: the id of its customer, if it has one.
        has_failed: whether it was tried before.
        is_held: whether the clock is still ours.
    """

    due: datetime
    kind: str
    pk: str
    owner: str
    has_failed: bool
    is_held: bool = True

    def stayed(self, following: "_Next | None") -> bool:
        """Tell whether what is due afterwards is the very same."""
        if following is None:
            return False
        return (following.due, following.kind, following.pk) == (self.due, self.kind, self.pk)


_STOPPED = _Next(datetime.max.replace(tzinfo=UTC), "", "", "", has_failed=True)
"""Stands for what would be next, where an advance does not go on."""


def _next_on(clock: TestClock) -> _Next | None:
    """Let a clock come to what is due first until its target, and return that; of the same instant, by kind."""
    if not due_work.kinds:
        return None
    text, params = _of_clock().bound(clock=clock.pk, site=clock.site_id, until=clock.target_at)
    held = [clock.pk, clock.claimed_until, TestClock.Status.ADVANCING]
    for due, _, kind, pk, owner, has_failed, has_moved in statements.fetch(
        _MOVE.format(found=text), [*params, *held]
    ):
        is_held = has_moved or due <= clock.frozen_at
        clock.frozen_at = max(clock.frozen_at, due)
        return _Next(due, kind, pk, owner, has_failed, is_held)
    return None


def _of_clock() -> Statement:
    """Return the statement that finds what is due next, over all kinds; built once."""
    known = tuple(due_work.kinds.values())
    if _built and _built[0][0] == known:
        return _built[0][1]
    statement = Statement(
        _first_of_all,
        clock="clock_stand_in",
        site="site_stand_in",
        until=datetime(1, 2, 3, tzinfo=UTC),
    )
    _built[:] = [(known, statement)]
    return statement


_built: list[tuple[tuple[Kind, ...], Statement]] = []


def _first_of_all(values: Mapping[str, Any]) -> QuerySet[Any, Any]:
    kinds = due_work.kinds.values()
    first, *others = [_first_of(kind, place, values) for place, kind in enumerate(kinds)]
    if not others:
        return first
    return first.union(*others, all=True).order_by("due_instant", "place")[:1]


def _first_of(kind: Kind, place: int, values: Mapping[str, Any]) -> QuerySet[Any, Any]:
    with every_site():
        claims = DueClaim.objects.filter(kind=kind.name, object_id=OuterRef("pk"))
        rows = kind.waiting().filter(
            **{kind.clock: values["clock"]},
            site_id=values["site"],
            due_instant__lte=values["until"],
        )
    named = rows.annotate(
        place=Value(place),
        kind_name=Value(kind.name),
        owner=kind.owner(),
        has_failed=Exists(claims),
    ).order_by("due_instant", "pk")
    columns = ("due_instant", "place", "kind_name", "pk", "owner", "has_failed")
    first: QuerySet[Any, Any] = named.values_list(*columns)[:1]
    return first


# -- steps -------------------------------------------------------------------------------------------------------------


def _stride(clock: TestClock, found: _Next, *, most: int, at: datetime) -> tuple[int, _Next | None]:
    """Carry out what is due, with what follows of the same customer if it can be; return how much, and what is next."""
    steps, following = _taken_together(clock, found, most=most, at=at)
    return (steps, following) if steps else (1, _step(clock, found, at=at))


def _taken_together(
    clock: TestClock, first: _Next, *, most: int, at: datetime
) -> tuple[int, _Next | None]:
    """Take steps of a customer from memory, in one transaction, as far as that goes; if need be, none at all.

    The customer is locked before the clock comes to the second one, as everywhere.
    """
    steps, shown = 0, clock.frozen_at
    found: _Next | None = first
    if not _goes_with(first, first):
        return 0, first
    try:
        with together.joined():
            while found is not None and steps < most and _goes_with(found, first):
                if _left(clock, found, at=at):
                    break
                found = _moved_on(clock, found)
                steps += 1
    except Exception as error:  # noqa: BLE001 -- whatever it is, it comes again where they are taken alone
        _log.warning("Steps of %s could not be taken together: %s", clock.pk, error)
        clock.frozen_at = shown
        return 0, first
    return steps, found


def _goes_with(found: _Next, first: _Next) -> bool:
    is_fit = found.is_held and not found.has_failed and due_work.kinds[found.kind].is_one_batch
    return is_fit and found.owner == first.owner


def _step(clock: TestClock, found: _Next, *, at: datetime) -> _Next | None:
    """Carry out alone what is due; return what is next, or that the advance stops."""
    if not found.is_held:
        return _STOPPED
    kind = due_work.kinds[found.kind]
    try:
        if kind.is_one_batch or _left(clock, found, at=at):
            row = kind.model._default_manager.get(pk=found.pk)
            row.site = clock.site
            kind.carry_out(row, test_clocks.read(clock, at))
        following = _moved_on(clock, found)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the clock tells of it
        _log.exception("Due work failed on %s: %s of %s", clock.pk, kind.name, found.pk)
        _stumble(clock, found, error, at=at)
        return _STOPPED
    if found.has_failed:
        DueClaim.objects.filter(kind=kind.name, object_id=found.pk).delete()
    return following


def _left(clock: TestClock, found: _Next, *, at: datetime) -> bool:
    """Carry out a row as many are, which takes fewer statements; tell whether it is left to be carried out alone."""
    kind = due_work.kinds[found.kind]
    if kind.carry_out_many is None:
        return True
    values = {
        "id": found.pk, "site_id": clock.site_id, "livemode": clock.livemode, "customer_id": found.owner,
    }  # fmt: skip
    row = statements.read_instance(kind.model, DEFAULT_DB_ALIAS, values, values.values())
    row.site = clock.site
    return bool(list(kind.carry_out_many([row], test_clocks.read(clock, at))))


def _moved_on(clock: TestClock, found: _Next) -> _Next | None:
    """Return what is due next.

    Raises:
        StayedDue: it is what was just carried out.
    """
    following = _next_on(clock)
    if found.stayed(following):
        raise StayedDue(due_work.kinds[found.kind], found.pk)
    return following


def _stumble(clock: TestClock, found: _Next, error: Exception, *, at: datetime) -> None:
    """Have a failed step tried again in a while; the last time, the advance has failed."""
    claim = DueClaim.belonging_to(
        clock, site=clock.site, kind=found.kind, object_id=found.pk, claimed_until=at, created_at=at
    )
    due_claims.write([claim])
    if claim.tries <= len(BACK_OFF):
        wait = drills.scaled(BACK_OFF[claim.tries - 1], livemode=False)
        due_claims.mine(claim).update(claimed_until=at + wait, said=due_claims.said(error))
        _held(clock).update(claimed_until=at + wait)
        return
    due_claims.mine(claim).update(said=due_claims.said(error))
    with transaction.atomic():
        locked = _held(clock).select_for_update(no_key=True).first()
        if locked is not None:
            locked.claimed_until = None
            test_clocks.move(locked, TestClock.Status.INTERNAL_FAILURE, at=at)


def _arrive(clock: TestClock, *, at: datetime) -> None:
    with transaction.atomic():
        locked = _held(clock).select_for_update(no_key=True).first()
        if locked is None or locked.target_at is None:
            return
        locked.frozen_at, locked.target_at, locked.claimed_until = locked.target_at, None, None
        test_clocks.move(locked, TestClock.Status.READY, at=at)


def _let_go(clock: TestClock) -> None:
    """Have another job go on with the advance."""
    with transaction.atomic():
        if _held(clock).update(claimed_until=None):
            jobs.defer("payments.advance_test_clock", clock_id=clock.pk)


def _held(clock: TestClock) -> QuerySet[TestClock]:
    """Return the clock unless the time for which it was taken has run out and another worker has it."""
    return TestClock.objects.filter(
        pk=clock.pk, claimed_until=clock.claimed_until, status=TestClock.Status.ADVANCING
    )
