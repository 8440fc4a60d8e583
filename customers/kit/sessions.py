"""Database sessions of one's own, for what outlasts a transaction: listening, locks of a session, migrations.

Where DATABASE_URL is a pooler that lends a connection for each transaction (PgBouncer's `pool_mode = transaction`), the
next statement may run in another session. What needs one session goes past the pooler then, to DATABASE_DIRECT_URL.
Without that variable the usual connection is such a session, and all of this is nothing.

Source: https://www.pgbouncer.org/features.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

DIRECT = "direct"
"""The name in DATABASES of the way past the pooler, where there is one."""


def is_pooled() -> bool:
    """Tell whether connections are lent for a transaction each, so that a session takes one of its own."""
    return DIRECT in connections.settings


@contextmanager
def own() -> Iterator[None]:
    """Have everything that this thread asks of the database inside go through one session of its own.

    It begins and ends without a connection, and outside of every transaction.
    """
    if not is_pooled():
        yield
        return
    pooled, direct = connections[DEFAULT_DB_ALIAS], connections.create_connection(DIRECT)
    direct.alias = DEFAULT_DB_ALIAS
    connections[DEFAULT_DB_ALIAS] = direct
    try:
        yield
    finally:
        direct.close()
        connections[DEFAULT_DB_ALIAS] = pooled


def holder() -> str:
    """Return the name of the connection whose session may hold something beyond a transaction."""
    return DIRECT if is_pooled() else DEFAULT_DB_ALIAS


def let_go() -> None:
    """Close a session that was only begun to hold something, which it holds no more; the usual connection stays."""
    if is_pooled():
        connections[DIRECT].close()


@contextmanager
def locked(space: int, name: int | str) -> Iterator[bool]:
    """Tell whether a lock of a session was free, and hold it inside; whoever is killed has let go of it.

    Args:
        space: the first of the two numbers that name the lock.
        name: the second, or a text from which it is made.
    """
    second = "hashtext(%s)" if isinstance(name, str) else "%s"
    wrapper = connections[holder()]
    try:
        is_ours = _asked(wrapper, f"SELECT pg_try_advisory_lock(%s, {second})", space, name)
        try:
            yield is_ours
        finally:
            if is_ours:
                _asked(wrapper, f"SELECT pg_advisory_unlock(%s, {second})", space, name)
    finally:
        let_go()


def _asked(wrapper: Any, text: str, *params: Any) -> bool:
    with wrapper.cursor() as cursor:
        cursor.execute(text, params)
        return bool(cursor.fetchone()[0])
