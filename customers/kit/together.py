"""One transaction's rows: each locked and read once, and what tells of their changes inserted in one statement.

Inside `opened()` whoever locks a row that was locked before gets the same instance, instead of waiting for a statement
that can only say the same again; whoever changes it changes that instance and saves it. Outside nothing is remembered.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection

from customers.kit import statements
from customers.kit.statements import NewRow

_AT_ONCE = 16


class _Open:
    def __init__(self) -> None:
        self.depth = _depth()
        self.kept: dict[Hashable, Any] = {}
        self.rows: list[NewRow] = []


_open: ContextVar[_Open | None] = ContextVar("together", default=None)


@contextmanager
def opened() -> Iterator[None]:
    """Remember what is locked inside, and insert what was put aside when the block ends; in an open transaction.

    A block inside another one is a part of it, all or nothing: what fails in it has no effect, also where the caller
    goes on.
    """
    outer = _open.get()
    if outer is None:
        now = _Open()
        token = _open.set(now)
        try:
            yield
            if not connection.needs_rollback:
                _insert(now.rows)
        finally:
            _open.reset(token)
        return
    depth, count = outer.depth, len(outer.rows)
    outer.depth = _depth()
    has_failed = True
    try:
        yield
        has_failed = connection.needs_rollback
    finally:
        outer.depth = depth
        if has_failed:
            del outer.rows[count:]
            outer.kept.clear()


def is_open() -> bool:
    """Tell whether something is remembered here."""
    return _here() is not None


def recalled(key: Hashable) -> Any | None:
    """Return what is remembered under a key; None where nothing is."""
    here = _here()
    return None if here is None else here.kept.get(key)


def remember(key: Hashable, value: Any) -> None:
    """Remember something to the end of the block."""
    here = _here()
    if here is not None:
        here.kept[key] = value


def forget(key: Hashable) -> None:
    """Forget what is remembered under a key, since it has changed."""
    now = _open.get()
    if now is not None:
        now.kept.pop(key, None)


def insert_later(row: NewRow) -> None:
    """Insert a row that nobody reads before the transaction ends: with others where a block is open, else at once."""
    here = _here()
    if here is None:
        statements.insert(row)
    else:
        here.rows.append(row)


def _insert(rows: list[NewRow]) -> None:
    for first in range(0, len(rows), _AT_ONCE):
        statements.insert(*rows[first : first + _AT_ONCE])


def _here() -> _Open | None:
    """Return the open block, unless a savepoint that it does not know could be rolled back without it."""
    now = _open.get()
    return now if now is not None and now.depth == _depth() else None


def _depth() -> int:
    return sum(savepoint is not None for savepoint in connection.savepoint_ids)
