"""An empty database gets the same tables, to the letter, in the quick way and in Django's own."""

import os
import subprocess
import sys

import pytest
from django.db import connection
from django.db.migrations.state import ProjectState

from config.migrating import GrowingState, QuickExecutor
from tests import servers
from tests.start import ROOT

_AS_DJANGO_DOES = """
import django; django.setup()
from django.core.management.commands import migrate
from django.db.migrations.executor import MigrationExecutor
assert migrate.MigrationExecutor is MigrationExecutor
migrate.Command().run_from_argv(["manage.py", "migrate", "--verbosity", "0"])
"""
_ROWS = (
    "SELECT app, name FROM django_migrations ORDER BY id",
    "SELECT app_label, model FROM django_content_type ORDER BY 1, 2",
    "SELECT codename, content_type_id > 0, name FROM auth_permission ORDER BY codename, name",
)


@pytest.fixture(scope="module")
def server():
    with servers.folder() as path:
        running = servers.Postgres.primary(path)
        yield running
        running.stop()


def _migrate(url, folder, *arguments):
    environment = servers.environment(folder, DATABASE_URL=url)
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True)


def _tables(server, name):
    """Return all statements that make a database's tables, and what rows the migrations left."""
    there = ["-h", server.path, "-p", str(server.port), "-U", servers.ROLE]
    dump = subprocess.run(
        [servers.programs() / "pg_dump", *there, "--schema-only", name],
        env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    # Newer versions fence a dump with a key made at random.
    statements = [line for line in dump.splitlines() if not line.startswith("\\")]
    with server.link(name) as link:
        return statements, [link.execute(text).fetchall() for text in _ROWS]


def test_the_tables_are_those_that_django_makes(server, tmp_path):
    with server.database("quick") as quick, server.database("django") as plain:
        _migrate(quick, tmp_path, "manage.py", "migrate", "--verbosity", "0")
        _migrate(plain, tmp_path, "-c", _AS_DJANGO_DOES)

        found, expected = _tables(server, "quick"), _tables(server, "django")

    assert found[1] == expected[1]
    assert found[0] == expected[0]
    assert len(expected[0]) > 1000


@pytest.fixture
def executor(db):
    return QuickExecutor(connection)


def test_a_database_with_tables_is_migrated_as_django_does(executor):
    assert type(executor._create_project_state()) is ProjectState


def test_an_empty_one_is_not(executor):
    executor.loader.applied_migrations = {}

    assert type(executor._create_project_state().clone()) is GrowingState


def test_code_of_a_migration_is_given_all_models_as_they_are_then(executor):
    executor.loader.applied_migrations = {}
    state = executor.loader.project_state()
    growing = GrowingState.of(state)
    assert growing.apps.get_model("customers", "Customer")

    growing.remove_field("customers", "customer", "balance")
    growing.alter_model_options("customers", "site", {"verbose_name": "shop"})

    growing.clear_delayed_apps_cache()
    customer, site = (growing.apps.get_model("customers", name) for name in ("Customer", "Site"))
    assert customer._meta.get_field("site").related_model is site
    assert site._meta.verbose_name == "shop"
    assert "balance" not in {field.name for field in customer._meta.get_fields()}
