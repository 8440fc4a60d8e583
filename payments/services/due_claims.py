"""Claims of due rows: taken for a while, let go, given back, kept for another try, carried out together or alone."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from customers.kit import statements
from customers.kit.tenancy import every_site
from payments.models import DueClaim
from payments.services import drills

BACK_OFF = (60, 240, 960, 3600, 14_400, 43_200)
"""Seconds after a failed try until the next one; the last one counts for all further ones."""

_CLAIMED = ("pk", "site_id", "livemode", "created_at", "kind", "object_id", "claimed_until")


def write(claims: Iterable[DueClaim]) -> None:
    """Write claims down; a row that was claimed before counts one more try."""
    table = DueClaim._meta.db_table
    text = (
        f"INSERT INTO {table} (id, site_id, livemode, created_at, kind, object_id, claimed_until, tries, said) "  # noqa: S608 -- the name is ours
        "SELECT *, 1, '' FROM unnest(%s::text[], %s::text[], %s::boolean[], %s::timestamptz[], %s::text[], %s::text[], "
        "%s::timestamptz[]) ON CONFLICT (kind, object_id) DO UPDATE "
        f"SET claimed_until = excluded.claimed_until, tries = {table}.tries + 1 RETURNING kind, object_id, id, tries"
    )
    claims = list(claims)
    columns = [[getattr(claim, name) for claim in claims] for name in _CLAIMED]
    written = {(kind, pk): rest for kind, pk, *rest in statements.fetch(text, columns)}
    for claim in claims:
        claim.pk, claim.tries = written[claim.kind, claim.object_id]


def mine(*claims: DueClaim) -> QuerySet[DueClaim]:
    """Return the claims that were made together, but for those that have run out and are another worker's by now."""
    with every_site():
        rows = DueClaim.objects.filter(claimed_until=claims[0].claimed_until)
        return rows.filter(pk__in=[claim.pk for claim in claims])


def let_go(claims: Sequence[DueClaim]) -> None:
    """Let go of claims that were made together, whose rows are carried out."""
    if claims:
        mine(*claims).delete()


def fail(claim: DueClaim, error: Exception, *, at: datetime) -> None:
    """Have a claimed row that failed tried again in a while."""
    wait = back_off(claim.tries, livemode=claim.livemode)
    mine(claim).update(claimed_until=at + wait, said=said(error))


def give_back(claims: Sequence[DueClaim], *, at: datetime) -> None:
    """Let others have rows that were not begun."""
    if claims:
        mine(*claims).update(claimed_until=at, tries=F("tries") - 1)


def back_off(tries: int, *, livemode: bool) -> timedelta:
    """Return how long a row is left alone after so many failed tries."""
    return drills.scaled(BACK_OFF[min(tries, len(BACK_OFF)) - 1], livemode=livemode)


def said(error: Exception) -> str:
    """Return what a claim keeps of an error."""
    return (str(error) or type(error).__name__)[:500]


def grouped(
    claims: Iterable[DueClaim], *, is_many: Callable[[DueClaim], bool]
) -> list[list[DueClaim]]:
    """Return claims as they are carried out, some of them together: of one kind, site and mode.

    Args:
        claims: in time order, in which those of each customer stay.
        is_many: whether a claim's row can be carried out with others.
    """
    groups: list[list[DueClaim]] = []
    latest: dict[tuple[str, str, bool], int] = {}
    last: dict[str, int] = {}
    first = 0
    for claim in claims:
        place = len(groups)
        if is_many(claim):
            key = (claim.kind, claim.site_id, claim.livemode)
            earliest = max(first, last.get(claim.owner_id or "", 0))
            place = latest[key] if latest.get(key, -1) >= earliest else place
            latest[key] = place
        if place == len(groups):
            groups.append([])
        groups[place].append(claim)
        if claim.owner_id:
            last[claim.owner_id] = place
        elif claim.owner_id is not None:
            first = place
    return groups
