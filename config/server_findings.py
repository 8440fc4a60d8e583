"""What `manage.py doctor` looks at beside the primary: replicas, and a pooler in front."""

from collections.abc import Iterator

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from config.finding import Finding, Level, well
from customers.kit import replicas, sessions
from customers.kit.replicas import NoReplica

_LATE_SECONDS = 10
_GLANCES = 5
_WHO = "SELECT pg_backend_pid()"


def look_at_replicas() -> Iterator[Finding]:
    """Yield whether each replica is a standby of our database, up to date, and fit for long reads."""
    for name in replicas.names():
        try:
            yield from _replica(name)
        except (DatabaseError, NoReplica) as error:
            said = str(error).strip().partition("\n")[0].rstrip(".")
            yield Finding(
                name, Level.BAD, f"reads go to the primary instead: {said}",
                "See that the standby runs and follows the primary, and that DATABASE_REPLICA_URL names it.",
            )  # fmt: skip
        finally:
            connections[name].close()


def look_at_pooler() -> Iterator[Finding]:
    """Yield whether sessions are to be had: a pooler may lend another connection for each transaction."""
    if sessions.is_pooled():
        yield from _direct()
    elif _is_lent():
        yield Finding(
            "pooler", Level.BAD, "DATABASE_URL names a pooler that lends connections for a transaction each",
            "Set DATABASE_DIRECT_URL to the address of PostgreSQL itself: listening and locks need sessions.",
        )  # fmt: skip


def _replica(name: str) -> Iterator[Finding]:
    state = replicas.state(name)
    missing = _applied(DEFAULT_DB_ALIAS) - _applied(name)
    if missing and not state.behind_bytes:
        yield Finding(
            name, Level.BAD, f"it lacks {len(missing)} migrations of the primary's",
            "See that DATABASE_REPLICA_URL names the same database of that server as DATABASE_URL.",
        )  # fmt: skip
        return
    if state.behind_seconds > _LATE_SECONDS:
        yield Finding(
            name, Level.WARNING, f"it is {state.behind_seconds:.0f} s and {state.behind_bytes} bytes behind",
            "Meanwhile the primary answers all reads. See whether its replay is paused, or its machine too slow.",
        )  # fmt: skip
    else:
        yield well(name, f"a standby, {state.behind_bytes} bytes behind")
    if not state.keeps_rows:
        yield Finding(
            name, Level.WARNING, "vacuuming on the primary may cancel its long reads, such as exports",
            "Set hot_standby_feedback = on on the standby.",
        )  # fmt: skip


def _applied(name: str) -> set[tuple[str, str]]:
    return set(MigrationRecorder(connections[name]).applied_migrations())


def _direct() -> Iterator[Finding]:
    try:
        is_same = replicas.identity(sessions.DIRECT) == replicas.identity(DEFAULT_DB_ALIAS)
    except DatabaseError as error:
        said = str(error).strip().partition("\n")[0].rstrip(".")
        yield Finding(
            "direct", Level.BAD, f"it does not answer: {said}", "Check DATABASE_DIRECT_URL."
        )
        return
    finally:
        connections[sessions.DIRECT].close()
    if not is_same:
        yield Finding(
            "direct", Level.BAD, "DATABASE_DIRECT_URL and DATABASE_URL lead to two databases",
            "Name the same database in both.",
        )  # fmt: skip
    elif _is_lent(sessions.DIRECT):
        yield Finding(
            "direct", Level.BAD, "DATABASE_DIRECT_URL names a pooler that lends connections for a transaction each",
            "Name PostgreSQL itself, or a pool with pool_mode = session.",
        )  # fmt: skip
    else:
        yield well("direct", "sessions go past the pooler")


def _is_lent(name: str = DEFAULT_DB_ALIAS) -> bool:
    """Tell whether two connections that are both open were given the same session of the database in turn."""
    if settings.EMBEDDED:
        return False
    first, second = connections.create_connection(name), connections.create_connection(name)
    try:
        return any(_who(first) == _who(second) for _ in range(_GLANCES))
    finally:
        first.close()
        second.close()


def _who(wrapper: BaseDatabaseWrapper) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute(_WHO)
        return int(cursor.fetchone()[0])
