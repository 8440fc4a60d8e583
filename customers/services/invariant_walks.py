"""Looking for rows that break an invariant: slice by slice, reading only, each slice in a short transaction."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from customers.events.services import partitions
from customers.kit.invariants import Invariant

LONGEST = 10_000
"""Milliseconds that a slice may take; one that takes longer is cut in two."""
MOST_PAGES = 8192
_SHORT = 0.3  # seconds; a slice that takes less is followed by a larger one
_AT_ONCE = 500  # rows that are looked at again by their ids


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that breaks an invariant."""

    object_id: str
    site_id: str
    livemode: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Slice:
    """What was seen of some pages of a table.

    Args:
        next_page: the first page that was not looked at; None at the end of the table.
        end: the first page behind it.
        pages_at_once: how many the next slice should look at.
        rows: how many there were.
        was_skipped: whether nothing was seen of it, since even one page took too long.
    """

    next_page: int | None
    end: int
    pages_at_once: int
    rows: int
    broken: Sequence[Broken]
    was_skipped: bool = False


def look_at(
    invariant: Invariant, page: int, pages_at_once: int, *, site_id: str | None = None, at: datetime
) -> Slice:
    """Look at a slice of an invariant's table.

    Args:
        page: where it begins.
        site_id: whose rows count; everybody's where absent.
    """
    end = _pages_of(invariant.table)
    while True:
        until, started = page + pages_at_once, monotonic()
        try:
            rows, broken = _of_pages(invariant, page, until, site_id=site_id, at=at)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            if pages_at_once == 1:
                following = until if until < end else None
                return Slice(following, until, 1, 0, [], was_skipped=True)
            pages_at_once = max(1, pages_at_once // 4)
            continue
        if monotonic() - started < _SHORT:
            pages_at_once = min(MOST_PAGES, pages_at_once * 2)
        return Slice(until if until < end else None, until, pages_at_once, rows, broken)


def whole(
    invariant: Invariant, *, site_id: str | None = None, now: Callable[[], datetime]
) -> Iterator[Slice]:
    """Yield what is seen of a table from its beginning to its end, with no mark: for who waits for the answer."""
    page: int | None = 0
    pages_at_once = MOST_PAGES // 16
    while page is not None:
        seen = look_at(invariant, page, pages_at_once, site_id=site_id, at=now())
        yield seen
        page, pages_at_once = seen.next_page, seen.pages_at_once


def still_broken(invariant: Invariant, ids: Sequence[str], *, at: datetime) -> set[str]:
    """Return the ids of those of some rows that break an invariant now, or that take too long to look at."""
    kind = invariant.model._meta.pk.db_type(connection) or ""
    cast = "bigint" if kind.startswith(("bigint", "integer", "serial", "bigserial")) else "text"
    text = invariant.statement(f"it.id = ANY(%(ids)s::{cast}[])")
    found: set[str] = set()
    waiting = [list(ids[first : first + _AT_ONCE]) for first in range(0, len(ids), _AT_ONCE)]
    while waiting:
        some = waiting.pop()
        try:
            found.update(row.object_id for row in _run(text, {"ids": some, "at": at})[1])
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            half = len(some) // 2
            if half:
                waiting += [some[:half], some[half:]]
            else:
                found.update(some)
    return found


def _of_pages(
    invariant: Invariant, page: int, until: int, *, site_id: str | None, at: datetime
) -> tuple[int, list[Broken]]:
    where = "it.ctid >= %(from)s::tid AND it.ctid < %(until)s::tid"
    params: dict[str, Any] = {"from": f"({page},0)", "until": f"({until},0)", "at": at}
    if site_id is not None:
        where, params["site"] = f"{where} AND it.site_id = %(site)s", site_id
    return _run(invariant.statement(where), params)


def _run(text: str, params: dict[str, Any]) -> tuple[int, list[Broken]]:
    """Run a statement that can change nothing, and that the server breaks off where it takes too long."""
    params = {**params, "events_since": partitions.kept_since()}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute(f"SET LOCAL statement_timeout = {LONGEST}")
        cursor.execute(text, params)
        rows, broken = cursor.fetchone()
        transaction.set_rollback(
            True
        )  # nothing was written; so the settings end with it, in a savepoint, too
    return int(rows), [Broken(*each) for each in json.loads(broken)]


def _pages_of(table: str) -> int:
    """Return how many pages a table has on the disk; of one with partitions, how many the largest of them has."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT ceil(greatest(
                pg_relation_size(%(table)s::regclass),
                (SELECT max(pg_relation_size(relid)) FROM pg_partition_tree(%(table)s::regclass) WHERE isleaf)
            ) / current_setting('block_size')::numeric)::bigint
            """,
            {"table": table},
        )
        (pages,) = cursor.fetchone()
    return int(pages)
