"""Tables in monthly parts: which there are, making the next ones, and dropping one that was kept long enough.

Rows find their part by a text key that begins with the instant at which they were written (`ids.as_written`), so that
the key alone stays unique over all parts, and whoever knows it looks into one part only. Tables whose rows refer to
each other by that key are kept in parts of the same months; a reference is held by the parts themselves, each to its
twin, which is why a month can go without a look at the others.

A part is called after its last month. The oldest one reaches back to the beginning, since a table that is parted later
becomes its own first part. What fits into no part, such as a key of other making, goes into the default part.

Source: https://www.postgresql.org/docs/current/ddl-partitioning.html
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from customers.kit import ids

AHEAD = 2
"""Months for which there are parts beyond the present one."""

# For locks: nobody is kept waiting for longer because of us, and it is tried again within the hour. It is less than the
# second after which PostgreSQL looks for a deadlock, so that it is never somebody else who has to give up.
_PATIENCE = "900ms"
_LOCK = 1_818_850_430  # the number of our advisory lock: one process at a time changes parts


@dataclass(frozen=True, slots=True)
class Table:
    """One that is in parts.

    Args:
        name: the table's.
        key: the column that tells the month.
        more: what each part has that cannot be said of the whole, as SQL with the gaps `{part}`, `{twin}`: `twin` is
            the part of the family's first table.
    """

    name: str
    key: str
    more: tuple[str, ...] = ()

    def part(self, month: date) -> str:
        """Return the name of the part that ends with a month."""
        return f"{self.name}_{month:%Y_%m}"

    @property
    def rest(self) -> str:
        """Return the name of the default part."""
        return f"{self.name}_default"


@dataclass(frozen=True, slots=True)
class Family:
    """Tables in parts of the same months; rows of the later ones refer to rows of the first by their keys.

    Args:
        prefix: of the keys.
    """

    prefix: str
    tables: tuple[Table, ...]

    def bound(self, month: date) -> str:
        """Return the least key of a month."""
        return ids.least(self.prefix, at=start_of(month))


def month_of(at: datetime) -> date:
    """Return the first day of an instant's month, in UTC."""
    return at.astimezone(UTC).date().replace(day=1)


def following(month: date, count: int = 1) -> date:
    """Return the month that comes so many months later."""
    years, place = divmod(month.month - 1 + count, 12)
    return date(month.year + years, place + 1, 1)


def months_between(at: datetime, month: date) -> int:
    """Return how many months later than an instant's one is; less than 0 where it is earlier."""
    first = month_of(at)
    return (month.year - first.year) * 12 + month.month - first.month


def months(family: Family) -> list[date]:
    """Return the last months of the parts that there are, the oldest first."""
    with _cursor() as cursor:
        cursor.execute(_MONTHS, [family.tables[0].name])
        return [date(int(year), int(month), 1) for year, month in cursor.fetchall()]


def reaches_back_to(family: Family) -> datetime | None:
    """Return the first instant of which rows are kept; None where no part was dropped yet."""
    first = months(family)[0]
    with _cursor() as cursor:
        cursor.execute(_HAS_NO_BEGINNING, [family.tables[0].part(first)])
        (has_none,) = cursor.fetchone()
    return None if has_none else start_of(first)


def start_of(month: date) -> datetime:
    """Return a month's first instant, in UTC."""
    return datetime(month.year, month.month, 1, tzinfo=UTC)


def make(family: Family, *, at: datetime) -> list[date]:
    """Make the parts of this month and the next ones that are missing, and return their months.

    Rows of theirs that have come before them are taken out of the default part. Reading and writing go on meanwhile.

    Raises:
        django.db.OperationalError: somebody holds a lock for too long; to be tried again later.
    """
    last, missing = following(month_of(at), AHEAD), []
    month = following(months(family)[-1])
    while month <= last:
        missing.append(month)
        month = following(month)
    for month in missing:
        with _changing() as cursor:
            if month not in months(family):  # another process may have been faster
                _make(cursor, family, month)
    if missing:  # which nobody does by itself for a table in parts
        with _cursor() as cursor:
            for table in family.tables:
                cursor.execute(f'ANALYZE "{table.name}"')
    return missing


def drop(family: Family, month: date, *, unless: str) -> bool:
    """Drop a month's parts with all that is in them, and return whether that was done.

    Args:
        unless: a condition on rows of the last table, under which they stay.

    Raises:
        django.db.OperationalError: somebody holds a lock for too long; to be tried again later.
    """
    parts = [table.part(month) for table in family.tables]
    with _changing() as cursor:
        wholes = ", ".join(f'"{table.name}"' for table in family.tables)
        cursor.execute(
            f"LOCK TABLE ONLY {wholes.replace(', ', ', ONLY ')} IN ACCESS EXCLUSIVE MODE"
        )
        if _has(cursor, parts[-1], unless):
            return False
        cursor.execute(f"DROP TABLE {', '.join(reversed(parts))}")
    return True


def empty(table: Table, month: date, *, unless: str, params: Sequence[Any]) -> bool:
    """Empty a month's part of a table to which nothing refers, and return whether there was anything.

    Args:
        unless: a condition on its rows, under which all of them stay.
        params: what belongs into its gaps.

    Raises:
        django.db.OperationalError: as above.
    """
    part = table.part(month)
    with (
        _cursor() as cursor
    ):  # who writes is kept out only where it looks as if there is something to do
        if not _has(cursor, part, "true") or _has(cursor, part, unless, params):
            return False
    with _changing() as cursor:
        cursor.execute(f'LOCK TABLE "{part}" IN SHARE ROW EXCLUSIVE MODE')
        if _has(cursor, part, unless, params):
            return False
        cursor.execute(f'TRUNCATE "{part}"')
    return True


def left_over(table: Table) -> int:
    """Return how many rows of a table are in its default part, counted to a thousand."""
    with _cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM (SELECT FROM "{table.rest}" LIMIT 1000) AS found')  # noqa: S608 -- our own names
        return int(cursor.fetchone()[0])


def place_of(family: Family, keys: Sequence[str]) -> str:
    """Return the part of the first table into which rows with such keys go; the table itself where that is not one."""
    table, (low, high) = family.tables[0], (min(keys), max(keys))
    try:
        month = month_of(ids.written_at(low))
    except ValueError:  # a key of other making
        return table.name
    if high >= family.bound(following(month)):
        return table.name
    with _cursor() as cursor:
        cursor.execute(_IS_PART, [table.part(month)])
        (is_part,) = cursor.fetchone()
    return table.part(month) if is_part else table.name


_MONTHS = r"""
    SELECT substr(name, length(name) - 6, 4), right(name, 2)
    FROM (SELECT relname::text AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
          WHERE inhparent = %s::regclass) AS part
    WHERE name ~ '_[0-9]{4}_[0-9]{2}$' ORDER BY name
"""
_HAS_NO_BEGINNING = """
    SELECT pg_get_expr(relpartbound, oid) LIKE '%%(MINVALUE)%%' FROM pg_class WHERE oid = %s::regclass
"""
_IS_PART = "SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(%s) AND relispartition)"
_STATEMENT_TRIGGERS = """
    SELECT pg_get_triggerdef(oid) FROM pg_trigger
    WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgtype & 1 = 0 ORDER BY tgname
"""

_INDEXES = """
    SELECT part.relname, whole.relname FROM pg_index JOIN pg_class AS part ON part.oid = indexrelid
    JOIN pg_inherits ON inhrelid = indexrelid JOIN pg_class AS whole ON whole.oid = inhparent
    WHERE indrelid = %s::regclass
"""


@contextmanager
def _cursor() -> Iterator[Any]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        yield cursor


@contextmanager
def _changing() -> Iterator[Any]:
    """Open a transaction in which parts change, alone, and without patience for locks."""
    with transaction.atomic(), _cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield cursor


def _has(cursor: Any, part: str, condition: str, params: Sequence[Any] = ()) -> bool:
    text = f'SELECT EXISTS (SELECT FROM "{part}" WHERE {condition})'  # noqa: S608 -- our own names
    cursor.execute(text, params)
    return bool(cursor.fetchone()[0])


def _make(cursor: Any, family: Family, month: date) -> None:
    low, high = family.bound(month), family.bound(following(month))
    first = family.tables[0]
    rests = ", ".join(f'"{table.rest}"' for table in family.tables)
    cursor.execute(f"LOCK TABLE {rests} IN ACCESS EXCLUSIVE MODE")
    for table in family.tables:
        part = table.part(month)
        cursor.execute(f'CREATE TABLE "{part}" (LIKE "{table.name}" INCLUDING ALL)')
        for more in table.more:
            cursor.execute(more.format(part=part, twin=first.part(month)))
        between = f"WHERE {table.key} >= %s AND {table.key} < %s"
        cursor.execute(f'INSERT INTO "{part}" SELECT * FROM "{table.rest}" {between}', [low, high])  # noqa: S608 -- our own names
    for table in reversed(family.tables):
        between = f"WHERE {table.key} >= %s AND {table.key} < %s"
        cursor.execute(f'DELETE FROM "{table.rest}" {between}', [low, high])  # noqa: S608 -- as above
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what waits for the end would be in the way
    for table in family.tables:
        cursor.execute(
            f'ALTER TABLE "{table.name}" ATTACH PARTITION "{table.part(month)}" '
            f"FOR VALUES FROM ('{low}') TO ('{high}')"
        )
        _complete(cursor, table.name, table.part(month))


def _complete(cursor: Any, table: str, part: str) -> None:
    """Give a part the whole's triggers of statements, which fire at what a statement names, and indexes their names."""
    cursor.execute(_STATEMENT_TRIGGERS, [table])
    for (text,) in cursor.fetchall():
        cursor.execute(text.replace(f".{table} ", f".{part} "))
    cursor.execute(_INDEXES, [part])
    for old, new in cursor.fetchall():
        cursor.execute(f'ALTER INDEX "{old}" RENAME TO "{new}{part.removeprefix(table)}"')
