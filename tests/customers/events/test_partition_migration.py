"""The migration that puts events and deliveries into monthly tables, and the way back."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection

from customers.events.models import Delivery, Event
from customers.events.models.partitions import EVENTS
from customers.events.services import events, partitions
from customers.kit import clock, ids
from customers.kit.partitions import months, start_of
from tests.factories.customers import CustomerFactory
from tests.factories.webhooks import WebhookEndpointFactory

migration = import_module("customers.events.migrations.0010_partitions")
EDITOR = SimpleNamespace(connection=connection)
_WHAT_HOLDS = """
    SELECT 'index', relname::text, regexp_replace(pg_get_indexdef(indexrelid), ' ON (ONLY )?', ' ON ')
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = ANY(%s::regclass[])
    UNION SELECT 'constraint', conname::text, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('p', 'u', 'f', 'c')
    UNION SELECT 'trigger', tgname::text, pg_get_triggerdef(oid)
    FROM pg_trigger WHERE tgrelid = ANY(%s::regclass[]) AND NOT tgisinternal
    ORDER BY 1, 2, 3
"""
_ONLY_OF_PARTS = {"events_delivery_event_id_same_tenant", "events_delivery_pkey"}


def _run(step):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    step(None, EDITOR)


def _what_holds():
    """Return the indexes, constraints and triggers of both tables."""
    names = [[table.name for table in EVENTS.tables]] * 3
    with connection.cursor() as cursor:
        cursor.execute(_WHAT_HOLDS, names)
        return cursor.fetchall()


def _rows():
    return [list(model.objects.order_by("pk").values()) for model in (Event, Delivery)]


def _kinds():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relkind::text FROM pg_class WHERE relname IN ('events_event', 'events_delivery')"
        )
        return [kind for (kind,) in cursor.fetchall()]


@pytest.fixture
def told(scope, monkeypatch):
    """Events of this month, the next one, and one beyond all tables, each with a delivery."""
    WebhookEndpointFactory()
    customer = CustomerFactory()
    now = clock.now()
    last = partitions.last_made()
    for at in (now, start_of(last), start_of(last.replace(year=last.year + 1))):
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        events.publish("customer.updated", customer, at=at)
    monkeypatch.setattr(clock, "now", lambda: now)


def test_there_and_back_everything_is_as_it_was(told):
    rows, held = _rows(), _what_holds()
    assert [len(each) for each in rows] == [3, 3]

    _run(migration.join)
    back_rows, back_held, back_kinds = _rows(), _what_holds(), _kinds()
    _run(migration.part)

    assert (back_rows, back_kinds, _rows(), _kinds()) == (rows, ["r", "r"], rows, ["p", "p"])
    assert _what_holds() == held
    assert {name for _, name, _ in back_held} ^ {name for _, name, _ in held} == {
        *_ONLY_OF_PARTS, "delivery_id_of_its_event",
    }  # fmt: skip
    assert partitions.outside() == 2  # the one that is ahead, and its delivery


def test_tables_become_first_parts_and_nothing_is_written_anew(told):
    def files(names):
        """Return the files of tables, and of their indexes."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relfilenode FROM pg_class WHERE oid = ANY(%s::regclass[]) OR oid IN "
                "(SELECT indexrelid FROM pg_index WHERE indrelid = ANY(%s::regclass[])) ORDER BY 1",
                [names, names],
            )
            return cursor.fetchall()

    _run(migration.join)
    before = files([table.name for table in EVENTS.tables])

    _run(migration.part)

    (first, *_) = months(EVENTS)
    assert files([table.part(first) for table in EVENTS.tables]) == before
    assert len(before) == 12  # two tables, with six indexes and four


def test_old_tables_go_on_telling_endpoints(told):
    _run(migration.join)

    events.publish("customer.deleted", CustomerFactory(), at=clock.now())

    event = Event.objects.get(type="customer.deleted")
    assert Delivery.objects.filter(event=event).count() == 1
    assert event.pk > ids.least("evt", at=clock.now().replace(hour=0, minute=0, second=0))
