"""What must hold of stored rows: said in a sentence for people, and as a condition for the database.

An invariant is about the rows of one table. It is looked for slice by slice, in the order in which the rows lie on the
disk: a slice is one statement that reads some pages once, counts the rows and returns those that break it. So a table
of any size is walked in the memory of one slice, no snapshot is held for long, and a walk goes on where it was.

Each package registers its own. What the database enforces by itself needs none; each module says what that is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any

from django.db import models

from customers.kit.registry import Hook


class Severity(StrEnum):
    """How bad it is that an invariant does not hold."""

    ERROR = "error"
    """What is written down contradicts itself."""
    WARNING = "warning"
    """Something does not go on by itself."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that holds of every row of a table.

    Texts of SQL call the row `it`, and may use the parameters `%(at)s`, the present, and `%(events_since)s`, the
    instant from which on the installation has events, or null where it has all of them.

    Args:
        name: the package's name, a dot, and its own; it stays, since findings and marks bear it.
        says: what holds, in a sentence.
        remedy: how to mend it where it does not.
        broken: the condition of a row that breaks it; null is no breach.
        detail: a text that says how, without personal data: ids, amounts, statuses.
        joins: what stands behind the table.
        about: the condition of the rows that it is about.
    """

    name: str
    says: Any
    remedy: Any
    model: type[models.Model]
    broken: str
    detail: str
    joins: str = ""
    about: str = "true"
    severity: Severity = Severity.ERROR

    @property
    def table(self) -> str:
        """Where the rows are."""
        return self.model._meta.db_table

    def statement(self, where: str) -> str:
        """Return the statement that counts rows, and lists those that break it by id, site, mode and detail.

        Args:
            where: which rows are looked at.
        """
        return f"""
            SELECT count(*), coalesce(
                jsonb_agg(jsonb_build_array(it.id::text, it.site_id, it.livemode, {self.detail}))
                    FILTER (WHERE {self.broken}), '[]')
            FROM {self.table} AS it {self.joins} WHERE {where} AND ({self.about})
        """  # noqa: S608 -- texts of our own code; values are parameters


joined: Hook[Callable[[], Iterable[Invariant]]] = Hook("invariants")
"""The packages' own, in the order of the packages."""


def every() -> list[Invariant]:
    """Return all invariants."""
    return list(chain.from_iterable(function() for function in joined))


SITE = """JOIN customers_site AS site ON site.id = it.site_id
    LEFT JOIN customers_retentionrun AS let_go ON let_go.site_id = it.site_id AND let_go.kind = 'events'"""
"""The site of a row, for what it has set, and up to when it has let go of events."""
TOLD_SINCE = """it.created_at > coalesce(greatest(
    let_go.gone_before, %(events_since)s::timestamptz,
    %(at)s - make_interval(days => (site.retention ->> 'events')::int)
), '-infinity')"""
"""The condition of rows whose events are all there still; it needs `SITE` among the joins."""


def exists_in(table: str, column: str) -> str:
    """Return the condition that a column names a row of a table in its own row's site and mode."""
    return (
        f"EXISTS (SELECT FROM {table} AS other WHERE other.id = it.{column} "
        "AND other.site_id = it.site_id AND other.livemode = it.livemode)"
    )
