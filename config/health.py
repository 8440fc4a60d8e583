"""Whether the installation can work: its database, its migrations, its worker."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

WORKER_SILENCE = 60  # seconds without a heartbeat after which the worker counts as down


def findings() -> dict[str, str]:
    """Return `ok`, or what is wrong, for each part without which nothing works."""
    found: dict[str, str] = {}
    for name, check in {"database": database, "migrations": migrations, "worker": worker}.items():
        try:
            found[name] = check()
        except DatabaseError as error:
            found[name] = f"the database does not answer ({type(error).__name__})"
    return found


def database() -> str:
    """Ask the database something.

    Raises:
        DatabaseError: it does not answer.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def migrations() -> str:
    """Return `ok`, or how many migrations are missing.

    Raises:
        DatabaseError: the database does not answer.
    """
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} migrations are missing: run manage.py migrate" if missing else "ok"


def worker() -> str:
    """Return `ok` where a worker has been heard of within the last minute, or that none has.

    Raises:
        DatabaseError: the database does not answer.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s) LIMIT 1",
            [WORKER_SILENCE],
        )
        heard = cursor.fetchone()
    return "ok" if heard else "no worker has been heard of for a minute: run manage.py worker"
