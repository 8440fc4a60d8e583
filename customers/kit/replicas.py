"""Reads from replicas: lists, searches, exports and the dashboard's lists, as if they had been asked of the primary.

Whoever asks sees everything that was committed before the question, whoever committed it: before a read, the primary
says how far its log has come (one function call, which touches no table), and a replica answers only once it has
replayed that much. So a caller reads their own writes, a receiver of a webhook finds what it was told of, and the pages
of a walk have no gap, without a cookie, a table or a word of the client's. Writers, idempotency, sessions and whatever
runs in a transaction never come here: they use the primary.

A replica that has not caught up within `DATABASE_REPLICA_WAIT_MS` is passed over, and for a second only glanced at. One
that is down, is no standby of this database, or cancels a statement is left alone for five seconds. Either way the
primary answers at once, the log says so once, and the figures at `/metrics` count it.

Source: https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-CONTROL
"""

import itertools
import logging
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.db import (
    DEFAULT_DB_ALIAS,
    Error,
    InterfaceError,
    InternalError,
    OperationalError,
    connections,
)
from prometheus_client import Counter

PREFIX = "replica"
"""What the names of replicas in DATABASES begin with; a number follows."""

_DOWN_SECONDS = 5
_BEHIND_SECONDS = 1  # in which nobody waits for it
_FIRST_PAUSE = 0.001  # seconds; each further one is twice as long
# What is committed without waiting for the disk is in the log, but not in its flushed part.
_POSITION = """
SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn()
ELSE pg_current_wal_flush_lsn() END::text
"""
_HAS_REPLAYED = "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn"
_IDENTITY = """
SELECT system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database())::bigint
FROM pg_control_system()
"""
_STATE = """
SELECT pg_is_in_recovery(), pg_wal_lsn_diff(%s::pg_lsn, pg_last_wal_replay_lsn())::bigint,
coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0)::float,
current_setting('hot_standby_feedback') = 'on'
"""
# What signs somebody in is the primary's alone, like whatever keeps somebody out.
_OF_PRIMARY = frozenset({"sessions", "axes", "otp_static", "otp_totp", "procrastinate"})
# Of a server; what is wrong with a statement, is so everywhere. Among them are conflicts with what is replayed.
_FAILURES = (OperationalError, InterfaceError, InternalError)
_TIMED_OUT = "57014"  # by statement_timeout; a conflict has other codes
_T = TypeVar("_T")
_log = logging.getLogger(__name__)

reads = Counter(
    "keeptab_reads", "Lists, searches and exports, by the server that answered.", ["server"]
)
refusals = Counter(
    "keeptab_replica_refusals", "Reads that a replica could not answer, by reason.", ["replica", "reason"]
)  # fmt: skip
_chosen: ContextVar[str] = ContextVar("chosen_replica", default="")
_turns = itertools.count()


class NoReplica(RuntimeError):
    """A server is no standby of our primary's; the message says what it is."""


@dataclass(slots=True)
class _Health:
    """What this process knows of a replica: until when it is left alone, or not waited for, and what was said last."""

    down_until: float = 0.0
    behind_until: float = 0.0
    said: str = ""
    known: "weakref.WeakSet[Any]" = field(default_factory=weakref.WeakSet)
    """The connections, one of each thread, over which the server proved to be ours."""


@dataclass(frozen=True, slots=True)
class State:
    """How a replica does.

    Args:
        behind_bytes: of the primary's log, which it has not replayed.
        behind_seconds: since the last commit that it has replayed; 0 where it has replayed all.
        keeps_rows: whether it asks the primary to keep what its statements still read (`hot_standby_feedback`).
    """

    behind_bytes: int
    behind_seconds: float
    keeps_rows: bool


_health: dict[str, _Health] = {}


class Router:
    """Sends queries of the ORM to where `alias` says; whatever writes, to the primary."""

    def db_for_read(self, model: type[Any], **hints: Any) -> str:
        """Return the server to read a model's rows from."""
        meta = model._meta
        if meta.app_label in _OF_PRIMARY or meta.label == settings.AUTH_USER_MODEL:
            return DEFAULT_DB_ALIAS
        return alias()

    def db_for_write(self, model: type[Any], **hints: Any) -> str:
        """Return the primary."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """Let rows refer to each other wherever they were read: it is one database."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Let only the primary be migrated; the others follow."""
        return db == DEFAULT_DB_ALIAS


def names() -> list[str]:
    """Return the names of all replicas in DATABASES."""
    return [name for name in connections.settings if name.startswith(PREFIX)]


def alias() -> str:
    """Return the name of the server that reads go to here: in an open transaction always the primary."""
    chosen = _chosen.get()
    if not chosen or connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return DEFAULT_DB_ALIAS
    return chosen


@contextmanager
def reading() -> Iterator[str]:
    """Let reads inside go to a replica that has caught up, where there is one; yield the name of the server."""
    if _chosen.get():
        yield alias()
        return
    name = caught_up()
    token = _chosen.set("" if name == DEFAULT_DB_ALIAS else name)
    try:
        yield name
    finally:
        _chosen.reset(token)


def read(run: Callable[[], _T]) -> _T:
    """Return what something that only reads returns: read from a replica, or from the primary should that one fail.

    Args:
        run: may be called twice.
    """
    name = DEFAULT_DB_ALIAS
    try:
        with reading() as name:
            return run()
    except _FAILURES as error:
        if name == DEFAULT_DB_ALIAS or _chosen.get() or _is_too_slow(error):
            raise
        leave_alone(name, error)
    return run()


def caught_up() -> str:
    """Return the name of a replica that has replayed all that was committed before this call, or else the primary's.

    It costs a round trip to the primary and one to the replica, and at most the setting's milliseconds of waiting.
    """
    known = names()
    if not known or connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return DEFAULT_DB_ALIAS
    now, turn = time.monotonic(), next(_turns) % len(known)
    able = [name for name in known[turn:] + known[:turn] if _of(name).down_until <= now]
    if able:
        position = _value(DEFAULT_DB_ALIAS, _POSITION)
        for name in able:
            if _is_there(name, position):
                reads.labels("replica").inc()
                return name
    reads.labels("primary").inc()
    return DEFAULT_DB_ALIAS


def leave_alone(name: str, error: Exception) -> None:
    """Leave a replica alone for a while, since it could not answer."""
    _of(name).down_until = time.monotonic() + _DOWN_SECONDS
    reason = "foreign" if isinstance(error, NoReplica) else "failed"
    _refuse(name, reason, str(error).strip().partition("\n")[0])
    with suppress(Error):
        connections[name].close()


def streamed(begin: Callable[[str], Iterator[_T]]) -> Iterator[_T]:
    """Yield what an iterator yields that reads from a replica; the primary takes over where it cannot begin.

    What has begun stays where it is: should that replica fail, it ends with the error, as it does with the primary.

    Args:
        begin: gets the name of the server, and returns the iterator.
    """
    name = caught_up()
    pieces = begin(name)
    try:
        first = list(itertools.islice(pieces, 1))
    except (Error, psycopg.Error) as error:
        if name == DEFAULT_DB_ALIAS:
            raise
        leave_alone(name, error)
        yield from begin(DEFAULT_DB_ALIAS)
        return
    yield from first
    yield from pieces


def state(name: str) -> State:
    """Return how a replica does.

    Raises:
        django.db.Error: it does not answer.
        NoReplica: it is no standby of our primary's.
    """
    position = _value(DEFAULT_DB_ALIAS, _POSITION)
    _prove(name)
    with connections[name].cursor() as cursor:
        cursor.execute(_STATE, [position])
        is_standby, behind, seconds, keeps_rows = cursor.fetchone()
    if not is_standby:
        raise NoReplica("it is not a standby: it takes writes of its own")
    is_behind = behind > 0
    return State(max(0, behind), max(0.0, seconds) if is_behind else 0.0, keeps_rows)


def identity(name: str) -> tuple[int, int]:
    """Return what a database has in common with its copies only: the number of its cluster, and its own there.

    Raises:
        django.db.Error: the server does not answer.
    """
    cluster, database = _row(name, _IDENTITY)
    return cluster, database


def _is_too_slow(error: Exception) -> bool:
    """Tell whether a statement took longer than it may, as it would on the primary."""
    return getattr(error.__cause__, "sqlstate", None) == _TIMED_OUT


def _of(name: str) -> _Health:
    return _health.setdefault(name, _Health())


def _is_there(name: str, position: str) -> bool:
    """Tell whether a replica has replayed the log up to a position, or does so soon."""
    health = _of(name)
    try:
        _prove(name)
        is_there = _has_replayed(
            name, position, is_waited_for=health.behind_until <= time.monotonic()
        )
    except (Error, NoReplica) as error:
        leave_alone(name, error)
        return False
    if is_there:
        health.said = ""
    else:
        health.behind_until = time.monotonic() + _BEHIND_SECONDS
        _refuse(name, "behind", "it has not replayed what was committed on the primary")
    return is_there


def _has_replayed(name: str, position: str, *, is_waited_for: bool) -> bool:
    pause = _FIRST_PAUSE
    wait = settings.DATABASE_REPLICA_WAIT_MS / 1000 if is_waited_for else 0
    until = time.monotonic() + wait
    while not (is_there := bool(_value(name, _HAS_REPLAYED, position))):
        if time.monotonic() + pause > until:
            break
        time.sleep(pause)
        pause *= 2
    return is_there


def _prove(name: str) -> None:
    """Make sure, once for each connection, that a server holds a copy of our database.

    Raises:
        NoReplica: it holds another.
    """
    health, wrapper = _of(name), connections[name]
    wrapper.ensure_connection()
    if wrapper.connection in health.known:
        return
    if identity(name) != identity(DEFAULT_DB_ALIAS):
        raise NoReplica("it is another database, and no copy of the primary's")
    health.known.add(wrapper.connection)


def _value(name: str, text: str, *params: Any) -> Any:
    return _row(name, text, *params)[0]


def _row(name: str, text: str, *params: Any) -> Any:
    with connections[name].cursor() as cursor:
        cursor.execute(text, params)
        return cursor.fetchone()


def _refuse(name: str, reason: str, said: str) -> None:
    """Count a read that a replica could not answer, and say why where it is news."""
    refusals.labels(name, reason).inc()
    if _of(name).said != reason:
        _of(name).said = reason
        _log.warning("Reads go to the primary, not to %s: %s.", name, said.rstrip("."))
