"""Which migrations would stop a server that is at work: what django-migration-linter knows, and what it does not.

It finds what the version before could not live with (dropped, renamed and required columns) and indexes that lock
writers out. Beside that: constraints that read a whole table, rewritten tables, rows changed all at once, waiting for
locks without an end, and Python, which no linter sees through. Tables that are as new as the migration hold nothing, so
whatever is done to them is safe.

Source: https://github.com/3YOURMIND/django-migration-linter/blob/main/docs/incompatibilities.md
Source: https://www.postgresql.org/docs/current/sql-altertable.html
"""

import re
import tomllib
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

from django.db import connection
from django.db.migrations import CreateModel
from django.db.migrations.loader import MigrationLoader
from django_migration_linter.migration_linter import MigrationLinter
from django_migration_linter.sql_analyser.base import Check, CheckMode, CheckType
from django_migration_linter.sql_analyser.postgresql import PostgresqlAnalyser

from customers.kit.integrity import RunStatements

_HERE = Path(__file__).parent
KNOWN = tomllib.loads((_HERE / "architecture" / "migrations.toml").read_text(encoding="utf-8"))
_ONLY_OF_NEW = "without_pattern_indexes"  # of kit.integrity: of tables that were just made
# How names are chosen locks nothing.
_NO_MATTER = ["RUNPYTHON_ARGS_NAMING_CONVENTION", "RUNPYTHON_MODEL_VARIABLE_NAME"]
_CHECKED = re.compile(r"^ALTER TABLE .*\b(CHECK \(|FOREIGN KEY|EXCLUDE )(?!.*NOT VALID)")
_REWRITTEN = re.compile(r"^(ALTER TABLE .* (STORED|SET LOGGED|SET UNLOGGED)\b|VACUUM FULL|CLUSTER)")
_CHANGED = re.compile(r"^(UPDATE|DELETE FROM|INSERT INTO .* SELECT) ")
_LOCKING = re.compile(r"^(ALTER TABLE|DROP TABLE|DROP TRIGGER|CREATE TRIGGER|LOCK TABLE|TRUNCATE)")
# Comments; and functions, since what these say is not done yet.
_NO_ACT = ("--", "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
_TABLE = re.compile(
    r'^(?:ALTER TABLE|CREATE (?:UNIQUE )?INDEX .*? ON|CREATE TRIGGER .*? ON) (?:ONLY )?"?(\w+)"?'
)


def _waits_without_end(statements, **_known):
    is_short = any(text.startswith("SET LOCAL lock_timeout") for text in statements[:2])
    is_whole = statements[:1] == ["BEGIN;"]
    return not (is_whole and is_short) and any(map(_LOCKING.match, statements))


def _line(code, pattern, message):
    def found(sql, **_known):
        return pattern.match(sql)

    return Check(code, found, message, CheckMode.ONE_LINER, CheckType.ERROR)


class _Analyser(PostgresqlAnalyser):
    migration_checks = [
        *PostgresqlAnalyser.migration_checks,
        _line("CHECKED", _CHECKED, "reads all rows under a lock: add it NOT VALID, then validate"),
        _line("REWRITTEN", _REWRITTEN, "writes the whole table anew under a lock"),
        _line("CHANGED", _CHANGED, "changes rows all at once: have a job do it in batches"),
        Check(
            "WAITING", _waits_without_end, "waits for a lock without an end: integrity.wait_briefly()",
            CheckMode.TRANSACTION, CheckType.ERROR,
        ),
    ]  # fmt: skip


def loader():
    return MigrationLoader(connection)


def new_of(loaded):
    """Return the migrations behind the released ones, by (app, name)."""
    released = {
        node for target in KNOWN["released"].items() for node in loaded.graph.forwards_plan(target)
    }
    ours = {node for node in loaded.disk_migrations if node[0] in KNOWN["released"]}
    return sorted(ours - released)


def tables_of(migrations):
    """Return the tables that migrations make."""
    made = [(node.app_label, act) for node in migrations for act in node.operations]
    return {
        act.options.get("db_table") or f"{app}_{act.name.lower()}"
        for app, act in made
        if isinstance(act, CreateModel)
    }


def found_in(migration, state, new_tables=frozenset()):
    """Return the codes of what is unsafe about a migration, each with what is said of it.

    Args:
        state: of the project before it.
        new_tables: tables that no installation has yet.
    """
    new = new_tables | tables_of([migration])
    statements = [sql for sql in _sql(migration, state) if not _concerns(sql, new)]
    analyser = _Analyser(_NO_MATTER)
    analyser.analyse(statements)
    linter = MigrationLinter(
        no_output=True, no_cache=True, analyser_string="postgresql", exclude_migration_tests=_NO_MATTER
    )  # fmt: skip
    errors, _ignored, warnings = linter.analyse_data_migration(migration)
    issues = [*analyser.errors, *analyser.warnings, *errors, *warnings]
    found = {issue.code: issue.message for issue in issues}
    if any(map(_is_python, migration.operations)):
        found["PYTHON"] = "does what no linter sees"
    return found


def _is_python(act):
    code = act.forwards if isinstance(act, RunStatements) else getattr(act, "code", None)
    return code is not None and _ONLY_OF_NEW not in code.__qualname__


def _sql(migration, state):
    """Return a migration's statements, each in one line."""
    with _outside(migration), _collecting(migration) as editor:
        migration.apply(state.clone(), editor, collect_sql=True)
    texts = ["BEGIN;" if migration.atomic else "", *editor.collected_sql]
    found = [" ".join(text.split()) for text in texts]
    return [text for text in found if not text.startswith(_NO_ACT)]


def _outside(migration):
    """Let a test's transaction be none of the migration's, where this wants none."""
    return nullcontext() if migration.atomic else patch.multiple(connection, in_atomic_block=False)


def _collecting(migration):
    return connection.schema_editor(collect_sql=True, atomic=migration.atomic)


def _concerns(sql, tables):
    table = _TABLE.match(sql)
    return table is not None and table[1] in tables
