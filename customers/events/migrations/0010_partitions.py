from datetime import date
from typing import Any

from django.apps.registry import Apps
from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from customers.events.models.partitions import EVENTS
from customers.kit import clock, partitions
from customers.kit.partitions import Table, following, month_of

# Each of these steps is a transaction of its own, so that no lock is held while rows are read, and each may be done
# again: whoever is stopped on the way, or had to wait too long for a lock, migrates again.

_PATIENCE = "5s"
_BOUND = "events_fit_first_part"
_ID = "delivery_id_of_its_event"
_TO_EVENT = "events_delivery_event_id_same_tenant"
EVENT, DELIVERY = EVENTS.tables


def part(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make each table the first part of one with the same name."""
    with editor.connection.cursor() as cursor:
        if _kind(cursor) == "r":
            month = month_of(clock.now())
            with transaction.atomic():
                _begin(cursor)
                _make_rest(cursor)
                _put_aside(cursor, EVENTS.bound(following(month)))
            for table in EVENTS.tables:  # which reads all rows, and lets everybody go on
                cursor.execute(f'ALTER TABLE "{table.name}" VALIDATE CONSTRAINT {_BOUND}')
            cursor.execute(f'ALTER TABLE "{DELIVERY.name}" VALIDATE CONSTRAINT {_ID}')
            with transaction.atomic():
                _begin(cursor)
                for table in EVENTS.tables:
                    _put_whole_in_place(cursor, table, month)
                cursor.execute("ALTER SEQUENCE events_event_sequence OWNED BY events_event.sequence")
    partitions.make(EVENTS, at=clock.now())


def join(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make the first parts the tables again, with all that is in the others."""
    with transaction.atomic(), editor.connection.cursor() as cursor:
        _begin(cursor)
        month = partitions.months(EVENTS)[0]
        wholes = {
            table: (_indexes_of_part(cursor, table, month), _triggers(cursor, table.name)) for table in EVENTS.tables
        }
        for table in EVENTS.tables:
            cursor.execute(f'ALTER TABLE "{table.name}" DETACH PARTITION "{table.part(month)}"')
        for table in EVENTS.tables:
            first = table.part(month)
            cursor.execute(f'ALTER TABLE "{first}" DISABLE TRIGGER USER')  # what happened is not told again
            cursor.execute(f'INSERT INTO "{first}" SELECT * FROM "{table.name}"')
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in EVENTS.tables:
            cursor.execute(f'ALTER TABLE "{table.part(month)}" ENABLE TRIGGER USER')
        cursor.execute(f'ALTER SEQUENCE events_event_sequence OWNED BY "{EVENT.part(month)}".sequence')
        cursor.execute(f"DROP TABLE {DELIVERY.name}, {EVENT.name}")
        for table, (indexes, triggers) in wholes.items():
            cursor.execute(f'ALTER TABLE "{table.part(month)}" RENAME TO "{table.name}"')
            for name, of_part in indexes:
                cursor.execute(f'ALTER INDEX "{of_part}" RENAME TO "{name}"')
            for _name, is_of_rows, text in triggers:
                if is_of_rows:
                    cursor.execute(text)
        cursor.execute(f'ALTER TABLE "{DELIVERY.name}" DROP CONSTRAINT {_ID}')


def _kind(cursor: Any) -> str:
    cursor.execute("SELECT relkind FROM pg_class WHERE oid = %s::regclass", [EVENT.name])
    return str(cursor.fetchone()[0])


def _begin(cursor: Any) -> None:
    """Lock the tables, or give up soon: whoever writes waits behind us."""
    cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
    cursor.execute(f'LOCK TABLE "{EVENT.name}", "{DELIVERY.name}" IN ACCESS EXCLUSIVE MODE')


def _make_rest(cursor: Any) -> None:
    cursor.execute("SELECT to_regclass(%s) IS NULL", [EVENT.rest])
    if not cursor.fetchone()[0]:
        return
    for table in EVENTS.tables:
        cursor.execute(f'CREATE TABLE "{table.rest}" (LIKE "{table.name}" INCLUDING ALL)')
    key, room = DELIVERY.more
    key = key.replace("ADD PRIMARY KEY (id), ", "")  # it has that already
    for text in (key, room):
        cursor.execute(text.format(part=DELIVERY.rest, twin=EVENT.rest))
    cursor.execute(f'ALTER TABLE "{DELIVERY.rest}" ADD CONSTRAINT {_ID} {_ID_CHECK}')


def _put_aside(cursor: Any, bound: str) -> None:
    """Promise that nothing of later months is in the tables: what is, of test clocks that are ahead, is put aside."""
    for table in EVENTS.tables:
        cursor.execute(f'INSERT INTO "{table.rest}" SELECT * FROM "{table.name}" WHERE {table.key} >= %s', [bound])
    for table in reversed(EVENTS.tables):
        cursor.execute(f'DELETE FROM "{table.name}" WHERE {table.key} >= %s', [bound])
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in EVENTS.tables:
        cursor.execute(
            f'ALTER TABLE "{table.name}" DROP CONSTRAINT IF EXISTS {_BOUND}, '
            f"ADD CONSTRAINT {_BOUND} CHECK ({table.key} < '{bound}') NOT VALID"
        )
    cursor.execute(
        f'ALTER TABLE "{DELIVERY.name}" DROP CONSTRAINT IF EXISTS {_ID}, ADD CONSTRAINT {_ID} {_ID_CHECK} NOT VALID'
    )


_ID_CHECK = "CHECK (starts_with(id, 'dlv_' || substr(event_id, 5, 11)))"


def _put_whole_in_place(cursor: Any, table: Table, month: date) -> None:
    name, old = table.name, table.part(month)
    indexes, constraints, triggers = _indexes(cursor, name), _constraints(cursor, name), _triggers(cursor, name)
    cursor.execute(f'ALTER TABLE "{name}" RENAME TO "{old}"')
    for index in [*indexes, *(each for each, kind, _ in constraints if kind in "pu")]:
        cursor.execute(f'ALTER INDEX "{index}" RENAME TO "{index}_{month:%Y_%m}"')
    cursor.execute(
        f'CREATE TABLE "{name}" (LIKE "{old}" INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE '
        f"INCLUDING CONSTRAINTS) PARTITION BY RANGE ({table.key})"  # whose texts would not come back the same
    )
    cursor.execute(f'ALTER TABLE "{name}" DROP CONSTRAINT {_BOUND}')
    for each, kind, text in constraints:
        if each != _TO_EVENT and not (kind == "p" and table is DELIVERY):
            cursor.execute(f'ALTER TABLE "{name}" ADD CONSTRAINT "{each}" {text}')
    for text in indexes.values():
        cursor.execute(text)
    for each, is_of_rows, text in triggers:
        if is_of_rows:  # parts have these from the whole
            cursor.execute(f'DROP TRIGGER "{each}" ON "{old}"')
        cursor.execute(text)
    bound = EVENTS.bound(following(month))
    cursor.execute(f"ALTER TABLE \"{name}\" ATTACH PARTITION \"{old}\" FOR VALUES FROM (MINVALUE) TO ('{bound}')")
    cursor.execute(f'ALTER TABLE "{name}" ATTACH PARTITION "{table.rest}" DEFAULT')
    cursor.execute(f'ALTER TABLE "{old}" DROP CONSTRAINT {_BOUND}')


def _indexes(cursor: Any, table: str) -> dict[str, str]:
    return dict(_read(cursor, table, """
        SELECT relname, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE indrelid = %s::regclass AND NOT EXISTS (
            SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u')
        )
    """))


def _constraints(cursor: Any, table: str) -> list[tuple[str, str, str]]:
    return _read(cursor, table, """
        SELECT conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = %s::regclass AND contype IN ('p', 'u', 'f')
    """)


def _triggers(cursor: Any, table: str) -> list[tuple[str, bool, str]]:
    return _read(cursor, table, """
        SELECT tgname, tgtype & 1 = 1, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE tgrelid = %s::regclass AND NOT tgisinternal
    """)


def _indexes_of_part(cursor: Any, table: Table, month: date) -> list[tuple[str, str]]:
    """Return pairs: what an index is called, and what it is called at a part."""
    found = _read(cursor, table.part(month), """
        SELECT whole.relname, part.relname FROM pg_index JOIN pg_class AS part ON part.oid = indexrelid
        JOIN pg_inherits ON inhrelid = indexrelid JOIN pg_class AS whole ON whole.oid = inhparent
        WHERE indrelid = %s::regclass
    """)
    if table is DELIVERY:
        found += _read(cursor, table.part(month), """
            SELECT 'events_delivery_pkey', relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
            WHERE indrelid = %s::regclass AND indisprimary
        """)
    return found


def _read(cursor: Any, table: str, text: str) -> list[Any]:
    cursor.execute(f"{text} ORDER BY 1", [table])
    return list(cursor.fetchall())


# Of all that happened in live mode since an instant, ids are this or greater: they begin with the instant at which they
# were written, which comes after that of their event, but for clocks that are set back; hence the hour.
LEAST_ID = """
CREATE OR REPLACE FUNCTION events_least_id(since timestamptz) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    rest bigint := least(greatest(extract(epoch FROM since) - 3600, 0) * 1000000, 131621703842267135)::bigint;
    letters text := '';
BEGIN
    FOR place IN 1..11 LOOP
        letters := substr('0123456789abcdefghijklmnopqrstuvwxyz', (rest % 36)::int + 1, 1) || letters;
        rest := rest / 36;
    END LOOP;
    RETURN 'evt_' || letters;
END $$
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("events", "0009_changed_endpoints")]

    operations = [
        migrations.RunPython(part, join, atomic=False),
        migrations.RunSQL(LEAST_ID, "DROP FUNCTION IF EXISTS events_least_id(timestamptz)"),
    ]
