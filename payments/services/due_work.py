"""Due work: what rows ask for at an instant, carried out once by any number of workers, and along test clocks.

A kind names a model, the column of the instant, and the function that carries a row out; the function moves the
instant on, or empties it, in its own transaction, and is safe to be called twice. Nothing is written on the row to
claim it: a claim is a row of its own that runs out (`DueClaim`), so that what a killed worker had taken up is taken up
again, and what fails is tried again later and later while everything else goes on.

Rows of customers on a test clock are left out of that: their clock's advance carries them out, one after the other
through all kinds, each at its own due instant.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable

from customers.kit import jobs
from customers.kit.statements import Statement
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Site, TenantModel, TestClock
from customers.services import test_clocks
from payments.models import DueClaim
from payments.services import drills, due_claims

BATCH = 250
"""How many rows a job takes up at once."""

STEPS = 50
"""How many clocks a job carries on with, and how many steps of one it takes."""

LEASE = 600
"""Seconds for which a claimed row is its claimer's; in a drill as long, since machines do not get faster."""

WORKING = LEASE / 2
"""Seconds after which a job gives back what it has not begun; one row takes less than the rest of the lease."""

CLOCK_LEASE = 120
"""Seconds for which an advancing clock is its mover's."""

CLOCK_BACK_OFF = (5, 30)
"""Seconds until a step of a clock that failed is tried again; when the last try has failed, so has the advance."""

_LOCK = 1_147_496_790  # names our advisory lock: claims are made one after the other
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kind:
    """A kind of due work.

    Args:
        name: such as `invoice.finalize`; it names claims and stands in the log.
        model: of the rows, which are loaded with their site.
        due_at: the column of the instant, or an expression that gives it; null is never.
        carry_out: gets the row and the time, in the row's scope and outside of every transaction; the row is as it
            was read, so it locks it and looks again.
        condition: what else must hold of a row that is due.
        carry_out_many: gets rows of one site and mode and the time, each customer's in the order in which they are due:
            their keys, their customers' and `columns`, since it locks and reads them. Returns those that it has not
            carried out, which are left to `carry_out`.
        columns: what else `carry_out_many` is given of a row: names of fields.
        clock: the path of the id of the customer's clock: a column of texts where empty is none, or through a
            reference, where null is none.
        is_only_on_clocks: whether others carry out the rows that are on no clock.
    """

    name: str
    model: type[TenantModel]
    due_at: str | Combinable
    carry_out: Callable[[Any, datetime], object]
    condition: Q = field(default_factory=Q)
    clock: str = "test_clock_id"
    is_only_on_clocks: bool = False
    carry_out_many: Callable[[Sequence[Any], datetime], Iterable[Any]] | None = None
    columns: tuple[str, ...] = ()

    def waiting(self) -> QuerySet[Any]:
        """Return the rows for which something will be due, each with its instant as `due_instant`."""
        column = F(self.due_at) if isinstance(self.due_at, str) else self.due_at
        rows = self.model._default_manager.annotate(due_instant=column)
        return rows.filter(self.condition, due_instant__isnull=False)

    def on_no_clock(self) -> Q:
        """Return the condition for rows in real time."""
        return Q(**{self.clock: ""}) if self._is_text() else Q(**{f"{self.clock}__isnull": True})

    def owner(self) -> Combinable:
        """Return where a row names its customer: nowhere, as an empty text, where it may be anybody's."""
        return F("customer_id") if "customer" in self.shared_columns() else Value("")

    def shared_columns(self) -> set[str]:
        """Return the fields that every row of this and other kinds has, with its customer where it has one."""
        names = {field.name for field in self.model._meta.concrete_fields}
        return names & {"id", "site", "livemode", "customer"}

    def _is_text(self) -> bool:
        return "__" not in self.clock


kinds: dict[str, Kind] = {}
"""By name, in the order of registration, which is the order of what is due at the same instant."""


def register(kind: Kind) -> None:
    """Add a kind of due work; adding the same one again changes nothing."""
    kinds.setdefault(kind.name, kind)


def run(*, at: datetime, limit: int = BATCH) -> int:
    """Carry out a batch of what is due in real time, the longest due first, and return how many rows it was.

    Where there was more, the next job is in the queue before the batch is begun, so that idle workers help.
    """
    waiting = deque(due_claims.grouped(_claimed(at=at, limit=limit), is_many=_is_many))
    started, count = monotonic(), 0
    while waiting:
        if monotonic() - started > WORKING:
            due_claims.give_back([claim for group in waiting for claim in group], at=at)
            break
        group = waiting.popleft()
        alone: Sequence[DueClaim] = []
        if len(group) == 1:
            _work_off(group[0], at=at)
        else:
            alone = _worked_off(group, at=at)
        waiting.extendleft([claim] for claim in reversed(alone))
        count += len(group) - len(alone)
    return count


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
    started = monotonic()
    with scoped_to(clock.site, livemode=clock.livemode), test_clocks.moving(clock):
        found = _next_on(clock)
        for count in range(limit):
            if found is None:
                _arrive(clock, at=at)
                return count
            if monotonic() - started > CLOCK_LEASE / 2:
                break
            following = _step(clock, found, at=at)
            if following is _STOPPED:
                return count
            found = following
        _let_go(clock)
    return limit


def forget_done(*, at: datetime) -> int:
    """Delete the claims of rows that are not due any more, and return how many they were."""
    with every_site():
        return DueClaim.objects.filter(claimed_until__lte=at - timedelta(days=1)).delete()[0]


def in_vain() -> QuerySet[DueClaim]:
    """Return what of the chosen site failed and will be tried again, the next ones first."""
    return DueClaim.objects.exclude(said="").order_by("claimed_until", "id")


class StayedDue(RuntimeError):
    """What was carried out is due at the same instant as before: a bug of its kind."""


def _claimed(*, at: datetime, limit: int) -> list[DueClaim]:
    """Take up the rows that have been due the longest; those that were begun before come last (they may kill)."""
    with every_site(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        found = _longest_due(at=at, limit=limit)
        owners = Site.objects.in_bulk({row[3] for row in found})
        until = at + timedelta(seconds=LEASE)
        claims = [
            DueClaim(
                id=DueClaim.new_id(), site=owners[site_id], livemode=livemode, kind=kind, object_id=pk,
                claimed_until=until, created_at=at,
            )
            for _due, kind, pk, site_id, livemode, _owner in found
        ]  # fmt: skip
        for claim, row in zip(claims, found, strict=True):
            claim.owner_id = row[5]
        due_claims.write(claims)
        if len(claims) == limit:
            jobs.defer("payments.carry_out_due_work")
    return sorted(claims, key=lambda claim: claim.tries > 1)  # stable: in time order otherwise


def _longest_due(*, at: datetime, limit: int) -> list[tuple[Any, ...]]:
    """Return due instant, kind, key, site, mode and customer of rows that nobody has claimed."""
    found: list[tuple[Any, ...]] = []
    for kind in kinds.values():
        if kind.is_only_on_clocks:
            continue
        claimed = DueClaim.objects.filter(
            kind=kind.name, object_id=OuterRef("pk"), claimed_until__gt=at
        )
        rows = kind.waiting().filter(~Exists(claimed), kind.on_no_clock(), due_instant__lte=at)
        columns = ("due_instant", "kind_name", "pk", "site_id", "livemode", "owner")
        named = rows.annotate(kind_name=Value(kind.name), owner=kind.owner())
        named = named.order_by("due_instant", "pk")
        found += named.values_list(*columns)[:limit]
    return sorted(found, key=lambda row: row[0])[:limit]


def _is_many(claim: DueClaim) -> bool:
    """Tell whether a claimed row can be carried out with others: not one that was tried before, and may kill."""
    return claim.tries == 1 and kinds[claim.kind].carry_out_many is not None


def _worked_off(claims: Sequence[DueClaim], *, at: datetime) -> Sequence[DueClaim]:
    """Carry out those claimed rows that are still due together, let go of them, and return those to be done alone."""
    kind, first = kinds[claims[0].kind], claims[0]
    assert kind.carry_out_many is not None  # noqa: S101 -- others are not grouped
    try:
        with scoped_to(first.site, livemode=first.livemode):
            rows = _still_due(kind, claims, at=at)
            left = {row.pk for row in kind.carry_out_many(rows, at)}
            stayed = _stayed(kind, [row for row in rows if row.pk not in left])
    except Exception:  # noqa: BLE001 -- whatever it is, it comes again where it is done alone
        _log.exception("Due work failed: %s of %s rows", kind.name, len(claims))
        return claims
    for claim in claims:
        if claim.object_id in stayed:
            due_claims.fail(claim, _stayed_due(kind, claim.object_id), at=at)
    due_claims.let_go([claim for claim in claims if claim.object_id not in left | stayed])
    return [claim for claim in claims if claim.object_id in left]


def _still_due(kind: Kind, claims: Sequence[DueClaim], *, at: datetime) -> list[Any]:
    """Return those claimed rows that are due, in the order of their claims."""
    pks = [claim.object_id for claim in claims]
    rows = kind.waiting().filter(kind.on_no_clock(), pk__in=pks, due_instant__lte=at)
    found = {row.pk: row for row in rows.only(*kind.shared_columns(), *kind.columns)}
    for row in found.values():
        row.site = claims[0].site
    return [found[pk] for pk in pks if pk in found]


def _stayed(kind: Kind, rows: Sequence[Any]) -> set[str]:
    """Return the keys of those rows that are due at the same instant as before they were carried out."""
    before = {row.pk: row.due_instant for row in rows}
    now = kind.waiting().filter(pk__in=list(before)).values_list("pk", "due_instant")
    return {pk for pk, instant in now if instant == before[pk]}


def _work_off(claim: DueClaim, *, at: datetime) -> None:
    """Carry out a claimed row if it is still due, and let go of it."""
    kind = kinds[claim.kind]
    try:
        with scoped_to(claim.site, livemode=claim.livemode):
            is_let_go = _carried_out(kind, claim, at=at)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the others go on
        _log.exception("Due work failed: %s of %s", claim.kind, claim.object_id)
        due_claims.fail(claim, error, at=at)
    else:
        if not is_let_go:
            due_claims.mine(claim).delete()


def _carried_out(kind: Kind, claim: DueClaim, *, at: datetime) -> bool:
    """Carry out a claimed row, and let go of it where something has come of it; tell whether that was so."""
    row = kind.waiting().filter(kind.on_no_clock(), pk=claim.object_id, due_instant__lte=at).first()
    if row is None:
        return False
    row.site = claim.site
    kind.carry_out(row, at)
    stayed = kind.waiting().filter(pk=row.pk, due_instant=row.due_instant)
    if due_claims.mine(claim).exclude(Exists(stayed)).delete()[0]:
        return True
    if stayed.exists():
        raise _stayed_due(kind, row.pk)
    return False


def _stayed_due(kind: Kind, pk: str) -> StayedDue:
    return StayedDue(f"{kind.name} of {pk} stayed due.")


def _is_free(at: datetime) -> Q:
    return Q(claimed_until__isnull=True) | Q(claimed_until__lte=at)


def _taken(pk: str, *, at: datetime) -> TestClock | None:
    """Take an advancing clock for a while; None where somebody else is at it."""
    with every_site(), transaction.atomic():
        rows = TestClock.objects.select_for_update(no_key=True, of=("self",)).select_related("site")
        advancing = rows.filter(_is_free(at), status=TestClock.Status.ADVANCING)
        clock = advancing.filter(pk=pk).first()
        if clock is not None:
            clock.claimed_until = at + timedelta(seconds=CLOCK_LEASE)
            clock.save(update_fields=["claimed_until"])
    return clock


@dataclass(frozen=True, slots=True)
class _Next:
    """What is due next on a clock.

    Args:
        has_failed: whether it was tried before.
    """

    due: datetime
    kind: str
    pk: str
    has_failed: bool

    def stayed(self, following: "_Next | None") -> bool:
        """Tell whether what is due afterwards is the very same."""
        return following is not None and replace(following, has_failed=self.has_failed) == self


_STOPPED = _Next(datetime.max.replace(tzinfo=UTC), "", "", has_failed=True)
"""Stands for what would be next, where an advance does not go on."""


def _next_on(clock: TestClock) -> _Next | None:
    """Return what is due first until the clock's target; of the same instant, what was registered first."""
    if not kinds:
        return None
    rows = _of_clock().rows(clock=clock.pk, site=clock.site_id, until=clock.target_at)
    return next((_Next(due, kind, pk, has_failed) for due, _, kind, pk, has_failed in rows), None)


def _of_clock() -> Statement:
    """Return the statement that finds what is due next, over all kinds; built once."""
    known = tuple(kinds.values())
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
    first, *others = [_first_of(kind, place, values) for place, kind in enumerate(kinds.values())]
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
        place=Value(place), kind_name=Value(kind.name), has_failed=Exists(claims)
    ).order_by("due_instant", "pk")
    columns = ("due_instant", "place", "kind_name", "pk", "has_failed")
    first: QuerySet[Any, Any] = named.values_list(*columns)[:1]
    return first


def _step(clock: TestClock, found: _Next, *, at: datetime) -> _Next | None:
    """Let the clock come to an instant and carry out what is due then; return what is next, or that it stops."""
    if found.due > clock.frozen_at:
        clock.frozen_at = found.due
        if not _held(clock).update(frozen_at=clock.frozen_at):
            return _STOPPED
    kind = kinds[found.kind]
    row = kind.model._default_manager.get(pk=found.pk)
    row.site = clock.site
    try:
        _carry_out(kind, row, test_clocks.read(clock, at))
        following = _moved_on(clock, found)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the clock tells of it
        _log.exception("Due work failed on %s: %s of %s", clock.pk, kind.name, row.pk)
        _stumble(clock, kind, row, error, at=at)
        return _STOPPED
    if found.has_failed:
        DueClaim.objects.filter(kind=kind.name, object_id=row.pk).delete()
    return following


def _carry_out(kind: Kind, row: Any, at: datetime) -> None:
    """Carry out a row in the way that takes fewer statements, if that is possible."""
    if kind.carry_out_many is None or kind.carry_out_many([row], at):
        kind.carry_out(row, at)


def _moved_on(clock: TestClock, found: _Next) -> _Next | None:
    """Return what is due next.

    Raises:
        StayedDue: it is what was just carried out.
    """
    following = _next_on(clock)
    if found.stayed(following):
        raise _stayed_due(kinds[found.kind], found.pk)
    return following


def _stumble(clock: TestClock, kind: Kind, row: Any, error: Exception, *, at: datetime) -> None:
    """Have a failed step tried again in a while; the last time, the advance has failed."""
    claim = DueClaim.belonging_to(
        row, site=row.site, kind=kind.name, object_id=row.pk, claimed_until=at, created_at=at
    )
    due_claims.write([claim])
    if claim.tries <= len(CLOCK_BACK_OFF):
        wait = drills.scaled(CLOCK_BACK_OFF[claim.tries - 1], livemode=False)
        due_claims.mine(claim).update(claimed_until=at + wait, said=due_claims.said(error))
        _held(clock).update(claimed_until=at + wait)
        return
    due_claims.mine(claim).update(said=due_claims.said(error))
    with transaction.atomic():
        locked = _held(clock).select_for_update(no_key=True).first()
        if locked is not None:
            test_clocks.move(locked, TestClock.Status.INTERNAL_FAILURE, at=at)
            locked.claimed_until = None
            locked.save(update_fields=["status", "claimed_until"])


def _arrive(clock: TestClock, *, at: datetime) -> None:
    with transaction.atomic():
        locked = _held(clock).select_for_update(no_key=True).first()
        if locked is None or locked.target_at is None:
            return
        locked.frozen_at, locked.target_at, locked.claimed_until = locked.target_at, None, None
        test_clocks.move(locked, TestClock.Status.READY, at=at)
        locked.save(update_fields=["frozen_at", "target_at", "claimed_until", "status"])


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
