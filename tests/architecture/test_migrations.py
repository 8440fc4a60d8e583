"""No migration stops a server at work: each that is not released yet is linted, with what is refused and why."""

import pytest
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models
from django.db.migrations import Migration, RunPython, RunSQL

from customers.kit import integrity
from tests import unsafe_migrations
from tests.unsafe_migrations import KNOWN, found_in, new_of, tables_of

_CHECK = models.CheckConstraint(condition=models.Q(balance__gte=-1), name="customer_owes_little")
_INDEX = models.Index(fields=["balance"], name="customer_by_balance")
_UNIQUE = models.UniqueConstraint(fields=["site", "description"], name="described_once")
_AT = ("at", models.TextField())
_CUSTOMER = 'ALTER TABLE "customers_customer"'


def _rename_all(apps, schema_editor):
    apps.get_model("customers", "Customer").objects.update(full_name="")


@pytest.fixture
def loaded(db):
    return unsafe_migrations.loader()


def made(*operations, atomic=True):
    migration = Migration("made_up", "customers")
    migration.operations, migration.atomic = list(operations), atomic
    return migration


def briefly(*operations):
    return made(integrity.wait_briefly(), *operations)


def test_no_new_migration_stops_a_server(loaded):
    new = new_of(loaded)
    tables = tables_of(loaded.disk_migrations[node] for node in new)

    found = {}
    for node in new:
        state = loaded.project_state(node, at_end=False)
        issues = found_in(loaded.disk_migrations[node], state, tables)
        accepted = KNOWN["accepted"].get(".".join(node), {})
        found[".".join(node)] = {code: issues[code] for code in issues.keys() - accepted.keys()}

    assert {name: issues for name, issues in found.items() if issues} == {}


def test_what_is_accepted_is_there_and_has_a_reason(loaded):
    new = {".".join(node) for node in new_of(loaded)}

    assert KNOWN["accepted"].keys() - new == set()
    assert [name for name, why in KNOWN["accepted"].items() if not all(why.values())] == []


@pytest.mark.parametrize(
    ("migration", "codes"),
    [
        pytest.param(briefly(migrations.RemoveField("customer", "phone")), {"DROP_COLUMN"}, id="column-dropped"),
        pytest.param(
            briefly(migrations.RenameField("customer", "phone", "number")), {"RENAME_COLUMN"}, id="column-renamed"
        ),
        pytest.param(briefly(migrations.DeleteModel("note")), {"DROP_TABLE"}, id="table-dropped"),
        pytest.param(
            briefly(migrations.AlterField("customer", "phone", models.BigIntegerField())),
            {"ALTER_COLUMN"},
            id="type-changed",
        ),
        pytest.param(
            briefly(migrations.AddField("customer", "rank", models.BigIntegerField(default=1))),
            {"NOT_NULL"},
            id="column-that-the-version-before-leaves-out",
        ),
        pytest.param(
            briefly(migrations.AddIndex("customer", _INDEX)), {"CREATE_INDEX"}, id="index"
        ),
        pytest.param(
            briefly(RunSQL("CREATE INDEX late\n ON customers_customer (balance)", RunSQL.noop)),
            {"CREATE_INDEX"},
            id="index-in-sql",
        ),
        pytest.param(
            briefly(migrations.AddConstraint("customer", _UNIQUE)), {"ADD_UNIQUE"}, id="unique"
        ),
        pytest.param(
            briefly(migrations.AddConstraint("customer", _CHECK)), {"CHECKED"}, id="check"
        ),
        pytest.param(
            briefly(integrity.same_tenant("customers_note", "author_id", "customers_customer")),
            {"CHECKED"},
            id="foreign-key",
        ),
        pytest.param(
            briefly(RunSQL(f"{_CUSTOMER} ADD twice bigint GENERATED ALWAYS AS (balance * 2) STORED", RunSQL.noop)),
            {"REWRITTEN"},
            id="table-rewritten",
        ),
        pytest.param(
            briefly(RunSQL("UPDATE customers_customer SET phone = ''", RunSQL.noop)), {"CHANGED"}, id="all-rows-changed"
        ),
        pytest.param(made(RunSQL(f"{_CUSTOMER} ADD late text", RunSQL.noop)), {"WAITING"}, id="waits-for-its-lock"),
        pytest.param(made(RunPython(_rename_all, RunPython.noop)), {"PYTHON"}, id="python"),
        pytest.param(made(RunSQL("ANALYZE")), {"RUNSQL_REVERSIBLE"}, id="no-way-back"),
    ],
)  # fmt: skip
def test_an_unsafe_migration_is_refused(loaded, migration, codes):
    found = found_in(migration, loaded.project_state())

    assert found.keys() == codes


@pytest.mark.parametrize(
    "migration",
    [
        pytest.param(
            briefly(migrations.AddField("customer", "rank", models.BigIntegerField(null=True))), id="column"
        ),
        pytest.param(
            briefly(migrations.AddField("customer", "rank", models.BigIntegerField(db_default=1))),
            id="column-with-a-default-of-the-database",
        ),
        pytest.param(made(AddIndexConcurrently("customer", _INDEX), atomic=False), id="index"),
        pytest.param(
            briefly(AddConstraintNotValid("customer", _CHECK)), id="check-of-new-rows"
        ),
        pytest.param(
            made(
                migrations.CreateModel("Shelf", [("id", models.TextField(primary_key=True)), _AT]),
                migrations.AddIndex("shelf", models.Index(fields=["at"], name="shelf_at")),
                integrity.same_tenant("customers_shelf", "at", "customers_customer"),
                integrity.append_only("customers_shelf"),
                integrity.without_pattern_indexes("customers_shelf"),
            ),
            id="table-of-its-own",
        ),
    ],
)  # fmt: skip
def test_a_safe_migration_is_let_through(loaded, migration):
    assert found_in(migration, loaded.project_state()) == {}


def test_a_check_of_old_rows_is_let_through_behind_the_one_of_new_rows(loaded):
    added, state = made(AddConstraintNotValid("customer", _CHECK)), loaded.project_state()
    state = added.mutate_state(state)

    assert found_in(briefly(ValidateConstraint("customer", _CHECK.name)), state) == {}


def test_a_table_of_a_migration_just_before_is_as_new(loaded):
    keyed = made(integrity.same_tenant("customers_shelf", "at", "customers_customer"))

    assert found_in(keyed, loaded.project_state(), {"customers_shelf"}) == {}
