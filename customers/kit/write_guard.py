"""A look at every statement that writes, before it runs: the last door, for what every other one forgot to close."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from django.db import connection

Check = Callable[[str], None]

_WRITES = re.compile(
    r"""\b(?:INSERT\s+INTO | MERGE\s+INTO | DELETE\s+FROM | TRUNCATE(?:\s+TABLE)? | COPY
    | (?<!FOR\ )(?<!KEY\ )UPDATE)\s+(?:ONLY\s+)?"?(\w+)"?""",
    re.IGNORECASE | re.VERBOSE,
)
_NO_TABLE = frozenset({"set", "of"})  # ON CONFLICT DO UPDATE SET, FOR UPDATE OF
_check: ContextVar[Check | None] = ContextVar("write_guard", default=None)


@contextmanager
def guarding(check: Check) -> Iterator[None]:
    """Let a function look at the table of everything that is written inside; what it raises stops the statement."""

    def look(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 -- Django's signature
        for table in tables_of(sql if isinstance(sql, str) else sql.as_string(None)):
            check(table)
        return execute(sql, params, many, context)

    token = _check.set(check)
    try:
        with connection.execute_wrapper(look):
            yield
    finally:
        _check.reset(token)


def look_at(table: str) -> None:
    """Ask about a table that is written past Django's cursors."""
    check = _check.get()
    if check is not None:
        check(table)


@lru_cache(maxsize=1000)
def tables_of(sql: str) -> frozenset[str]:
    """Return the tables that a statement writes."""
    return frozenset(name for name in _WRITES.findall(sql) if name.lower() not in _NO_TABLE)
