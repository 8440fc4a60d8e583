import pytest
from django.db import connection, transaction

from customers.kit import write_guard
from customers.models import Site


def with_savepoint(act):
    with transaction.atomic():
        act()


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        pytest.param('INSERT INTO "a" ("id") VALUES (%s)', {"a"}, id="insert"),
        pytest.param("update a set x = 1", {"a"}, id="small letters"),
        pytest.param('DELETE FROM ONLY "a" WHERE x', {"a"}, id="delete"),
        pytest.param("TRUNCATE TABLE a", {"a"}, id="truncate"),
        pytest.param("INSERT INTO sandbox.entries VALUES (1)", {"sandbox"}, id="schema"),
        pytest.param(
            'WITH one AS (INSERT INTO "a" VALUES (1)) UPDATE "b" SET x = 1', {"a", "b"}, id="both"
        ),
        pytest.param(
            'INSERT INTO "a" VALUES (1) ON CONFLICT DO UPDATE SET x = 1', {"a"}, id="upsert"
        ),
        pytest.param('SELECT 1 FROM "a" FOR UPDATE OF "a"', set(), id="lock"),
        pytest.param('SELECT 1 FROM "a" FOR NO KEY UPDATE', set(), id="weaker lock"),
        pytest.param('SELECT "updated" FROM "a"', set(), id="read"),
    ],
)
def test_a_statement_is_known_by_what_it_writes(sql, tables):
    assert write_guard.tables_of(sql) == tables


def test_what_is_refused_is_not_written(site):
    def refuse(table):
        raise PermissionError(table)

    with write_guard.guarding(refuse), pytest.raises(PermissionError, match="customers_site"):
        with_savepoint(lambda: Site.objects.update(name="Mine"))

    assert Site.objects.get().name == site.name


def test_nobody_looks_when_it_is_over(site):
    with write_guard.guarding(lambda table: None):
        pass

    assert connection.execute_wrappers == []
    write_guard.look_at("customers_site")
