"""Due work: what rows ask for at an instant, carried out once by any number of workers, and along test clocks.

A kind names a model, the column of the instant, and the function that carries a row out; the function moves the
instant on, or empties it, in its own transaction, and is safe to be called twice. Nothing is written on the row to
claim it: a claim is a row of its own that runs out (`DueClaim`), so that what a killed worker had taken up is taken up
again, and what fails is tried again later and later while everything else goes on.

Rows of customers on a test clock are left out of that: their clock's advance carries them out (`clock_advances`).
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable

from customers.kit import jobs
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Site, TenantModel
from payments.models import DueClaim
from payments.services import due_claims

BATCH = 250
"""How many rows a job takes up at once."""

LEASE = 600
"""Seconds for which a claimed row is its claimer's; in a drill as long, since machines do not get faster."""

WORKING = LEASE / 2
"""Seconds after which a job gives back what it has not begun; one row takes less than the rest of the lease."""

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
            their keys and their customers', since it locks and reads them. Returns those that it has not carried out,
            which are left to `carry_out`.
        is_one_batch: whether `carry_out_many` does all in one batch, so that several can be one transaction.
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
    is_one_batch: bool = False

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


def forget_done(*, at: datetime) -> int:
    """Delete the claims of rows that are not due any more, and return how many they were."""
    with every_site():
        return DueClaim.objects.filter(claimed_until__lte=at - timedelta(days=1)).delete()[0]


def in_vain() -> QuerySet[DueClaim]:
    """Return what of the chosen site failed and will be tried again, the next ones first."""
    return DueClaim.objects.exclude(said="").order_by("claimed_until", "id")


def lags(*, at: datetime) -> dict[str, timedelta]:
    """Return for each kind of due work how long its oldest row in real time has been due; nothing due is no time.

    One query a kind, each of which reads one row of an index.
    """
    found: dict[str, timedelta] = {}
    with every_site():
        for kind in kinds.values():
            if not kind.is_only_on_clocks:
                rows = kind.waiting().filter(kind.on_no_clock(), due_instant__lte=at)
                oldest = rows.order_by("due_instant").values_list("due_instant", flat=True).first()
                found[kind.name] = at - oldest if oldest else timedelta()
    return found


class StayedDue(RuntimeError):
    """What was carried out is due at the same instant as before: a bug of its kind."""

    def __init__(self, kind: Kind, pk: str) -> None:
        super().__init__(f"{kind.name} of {pk} stayed due.")


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
            due_claims.fail(claim, StayedDue(kind, claim.object_id), at=at)
    due_claims.let_go([claim for claim in claims if claim.object_id not in left | stayed])
    return [claim for claim in claims if claim.object_id in left]


def _still_due(kind: Kind, claims: Sequence[DueClaim], *, at: datetime) -> list[Any]:
    """Return those claimed rows that are due, in the order of their claims."""
    pks = [claim.object_id for claim in claims]
    rows = kind.waiting().filter(kind.on_no_clock(), pk__in=pks, due_instant__lte=at)
    found = {row.pk: row for row in rows.only(*kind.shared_columns())}
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
        raise StayedDue(kind, row.pk)
    return False
