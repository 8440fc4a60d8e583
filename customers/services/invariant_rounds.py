"""Rounds: every night each invariant's table is walked once, in slices, by whichever worker is free.

Rounds are of the whole installation. A mark in the database says how far each has come; a worker takes one for a while,
goes on from the mark, and puts it down at every slice, so that one that dies is gone on for. No transaction is longer
than a slice, and none that looks writes.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, Min, Q, QuerySet

from customers.kit import invariants, jobs
from customers.kit.invariants import Invariant
from customers.models import InvariantCheck
from customers.services import findings, invariant_walks
from customers.services.invariant_walks import Slice

HOUR = 2  # of the day in UTC, from which on a night's rounds begin
CLAIM = timedelta(minutes=2)
"""For how long a worker has a round for itself; every slice renews it, and takes much less."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with all rounds.

    Args:
        oldest: when the invariant that waits the longest was last through; None where one never was.
        is_under_way: whether a round is going on, or was asked for.
    """

    oldest: datetime | None
    is_under_way: bool


def checks() -> dict[str, InvariantCheck]:
    """Return, by invariant, how far its rounds have come; nothing of those that never began."""
    return {check.name: check for check in InvariantCheck.objects.all()}


def standing() -> Standing:
    """Return how it stands with the rounds of all invariants."""
    names = [invariant.name for invariant in invariants.every()]
    rows = InvariantCheck.objects.filter(name__in=names)
    is_waiting = Q(requested_at__gt=F("started_at")) | _UNDER_WAY
    found = rows.aggregate(oldest=Min("finished_at"), begun=Max("started_at"))
    is_whole = rows.filter(finished_at__isnull=False).count() == len(names)
    return Standing(
        found["oldest"] if is_whole else None,
        not is_whole or rows.filter(is_waiting).exists(),
    )


def request(*, at: datetime) -> None:
    """Have every invariant looked at again by the worker, as soon as the rounds that are under way are through."""
    with transaction.atomic(savepoint=False):
        _enter_all()
        InvariantCheck.objects.update(requested_at=at)
        jobs.defer("customers.look_for_breaches_now")


def work(*, until: datetime, now: Callable[[], datetime]) -> bool:
    """Go on with what is due, one invariant after the other, for a while; tell whether there is more."""
    _enter_all()
    while now() < until:
        check = _claimed(at=now())
        if check is None:
            findings.close_forgotten(at=now())
            return False
        _go_on(check, until=until, now=now)
    return True


def _enter_all() -> None:
    known = set(InvariantCheck.objects.values_list("name", flat=True))
    names = [one.name for one in invariants.every() if one.name not in known]
    if names:
        fresh = [InvariantCheck(name=name) for name in names]
        InvariantCheck.objects.bulk_create(fresh, ignore_conflicts=True)


def _due(*, at: datetime) -> QuerySet[InvariantCheck]:
    """Return the rounds that are under way and nobody's, and those that are to begin."""
    night = at.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    night = night if night <= at else night - timedelta(days=1)
    begins = Q(started_at=None) | Q(started_at__lt=night) | Q(requested_at__gt=F("started_at"))
    names = [invariant.name for invariant in invariants.every()]
    rows = InvariantCheck.objects.filter(Q(claimed_until=None) | Q(claimed_until__lte=at))
    return rows.filter(_UNDER_WAY | begins, name__in=names)


_OURS = (
    "page", "pages_at_once", "rows", "counts", "finished_at", "last_rows", "last_counts", "claimed_until",
)  # fmt: skip
"""What whoever walks writes; when somebody asked for another round is written beside it."""
_UNDER_WAY = Q(started_at__isnull=False) & (
    Q(finished_at=None) | Q(finished_at__lt=F("started_at"))
)


def _claimed(*, at: datetime) -> InvariantCheck | None:
    """Take a round that is due, one that was begun before others, and begin it where it was not."""
    with transaction.atomic():
        rows = _due(at=at).select_for_update(skip_locked=True, no_key=True)
        check = rows.order_by(F("started_at").desc(nulls_last=True), "name").first()
        if check is None:
            return None
        if not check.is_under_way:
            check.started_at, check.page, check.rows, check.counts = at, 0, 0, {}
        check.claimed_until = at + CLAIM
        check.save()
    return check


def _go_on(check: InvariantCheck, *, until: datetime, now: Callable[[], datetime]) -> None:
    """Look at slices of a claimed round until its end, or for a while."""
    invariant = next(one for one in invariants.every() if one.name == check.name)
    page: int | None = check.page
    while page is not None and now() < until:
        at = now()
        seen = invariant_walks.look_at(invariant, page, check.pages_at_once, at=at)
        if seen.was_skipped:
            _log.error("%s: page %s of %s takes too long", check.name, page, invariant.table)
        page = seen.next_page
        with transaction.atomic():
            findings.note(invariant, seen.broken, at=at)
            _mark(check, seen, at=at)
    if page is None:
        _end(check, invariant, at=now())
    check.claimed_until = None
    check.save(update_fields=_OURS)


def _mark(check: InvariantCheck, seen: Slice, *, at: datetime) -> None:
    counts = Counter(check.counts) + Counter(
        InvariantCheck.key_of(row.site_id, livemode=row.livemode) for row in seen.broken
    )
    check.page, check.pages_at_once = seen.end, seen.pages_at_once
    check.rows, check.counts = check.rows + seen.rows, dict(counts)
    check.claimed_until = at + CLAIM
    check.save(update_fields=_OURS)


def _end(check: InvariantCheck, invariant: Invariant, *, at: datetime) -> None:
    """Close what is gone, and write down that a round is through."""

    def still(ids: Sequence[str]) -> Collection[str]:
        return invariant_walks.still_broken(invariant, ids, at=at)

    if check.started_at is not None:
        findings.close_gone(invariant, since=check.started_at, still=still, at=at)
    check.finished_at, check.page = at, 0
    check.last_rows, check.last_counts = check.rows, check.counts
