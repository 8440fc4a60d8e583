"""What the database holds beyond what the ORM can declare: operations for migrations."""

from collections.abc import Callable
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython, RunSQL
from django.db.utils import DatabaseError

_Step = Callable[[BaseDatabaseSchemaEditor], Any]


def wait_briefly() -> RunSQL:
    """Have a migration give up when others keep it from a table for five seconds: the first of its operations.

    While it waits for its lock, every request for that table waits behind it. It can be run again at any time.
    """
    return RunSQL("SET LOCAL lock_timeout = '5s'", RunSQL.noop)


def same_tenant(table: str, column: str, target: str) -> RunSQL:
    """Make a reference carry its site and mode, so that one across tenants cannot be stored.

    Args:
        table: the table with the reference, whose ORM field has `db_constraint=False`.
        target: the table it refers to, which is unique by (id, site_id, livemode).
    """
    name = f"{table}_{column}_same_tenant"
    return RunSQL(
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY ("{column}", "site_id", "livemode") '
        f'REFERENCES "{target}" ("id", "site_id", "livemode") DEFERRABLE INITIALLY DEFERRED',
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
    )


def append_only(table: str, *, but: tuple[str, ...] = ()) -> RunSQL:
    """Refuse to change or delete a table's rows.

    Args:
        but: columns that may change.
    """
    function = f"{table}_is_append_only"
    kept = " - ".join(["to_jsonb({row})", *(f"'{column}'" for column in but)])
    old, new = kept.format(row="OLD"), kept.format(row="NEW")
    return RunSQL(
        f"""
        CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF {old} = {new} THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION 'rows of {table} are only ever added' USING ERRCODE = 'integrity_constraint_violation';
        END $$;
        CREATE TRIGGER {function} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}();
        """,
        f"DROP TRIGGER {function} ON {table}; DROP FUNCTION {function}();",
    )


def erasable(
    table: str, *, emptied: tuple[str, ...], are_deleted: bool = False, but: tuple[str, ...] = ()
) -> RunSQL:
    """Let rows that are only ever added be emptied where personal data is erased, and nowhere else.

    See `customers.kit.erasing`. It takes the place of what `append_only` did.

    Args:
        emptied: columns that an erasure may change.
        are_deleted: whether rows may go, too, when they were kept long enough.
        but: columns that may change at any time.
    """
    function = f"{table}_is_append_only"
    deletes = "RETURN OLD;" if are_deleted else "NULL;"
    erased = " - ".join(["to_jsonb({row})", *(f"'{column}'" for column in (*but, *emptied))])
    kept = " - ".join(["to_jsonb({row})", *(f"'{column}'" for column in but)])

    def body(erasing: str) -> str:
        return f"""
        CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {erasing}
            IF TG_OP = 'UPDATE' THEN
                IF {kept.format(row="OLD")} = {kept.format(row="NEW")} THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION 'rows of {table} are only ever added' USING ERRCODE = 'integrity_constraint_violation';
        END $$;
        """

    permitted = f"""
            IF current_setting('keeptab.erasing', true) = 'on' THEN
                IF TG_OP = 'DELETE' THEN
                    {deletes}
                ELSIF {erased.format(row="OLD")} = {erased.format(row="NEW")} THEN
                    RETURN NEW;
                END IF;
            END IF;
    """
    return RunSQL(body(permitted), body(""))


class RunStatements(RunPython):
    """Code of a migration that is given the connection alone: nobody has to make classes of the models for it.

    Args:
        forwards: called with the schema editor.
        backwards: called with it to undo that; by default there is nothing to undo.
    """

    def __init__(self, forwards: _Step, backwards: _Step | None = None) -> None:
        self.forwards, self.backwards = forwards, backwards
        super().__init__(RunPython.noop, RunPython.noop)

    def database_forwards(
        self, _app_label: str, schema_editor: BaseDatabaseSchemaEditor, *_states: Any
    ) -> None:
        self.forwards(schema_editor)

    def database_backwards(
        self, _app_label: str, schema_editor: BaseDatabaseSchemaEditor, *_states: Any
    ) -> None:
        if self.backwards:
            self.backwards(schema_editor)


def without_pattern_indexes(*tables: str) -> RunPython:
    """Drop the second index that the ORM gives every text key for LIKE, which nothing here uses on keys."""

    def drop(editor: BaseDatabaseSchemaEditor) -> None:
        with editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = ANY(%s) "
                "AND indexname LIKE '%%\\_like'",
                [list(tables)],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP INDEX {editor.quote_name(name)}")

    return RunStatements(drop)


def trigram_indexes(**indexes: tuple[str, ...]) -> RunPython:
    """Index texts by their trigrams, for substring search, where the server has pg_trgm.

    Args:
        indexes: by name, the table, the expression, spelled as the ORM spells it in `icontains`, and, where not all
            rows are to be indexed, the condition.
    """

    def create(editor: BaseDatabaseSchemaEditor) -> None:
        with editor.connection.cursor() as cursor:
            if not has_trigrams(cursor):
                return
            for name, (table, expression, *conditions) in indexes.items():
                where = f" WHERE {conditions[0]}" if conditions else ""
                cursor.execute(
                    f'CREATE INDEX IF NOT EXISTS {name} ON "{table}" USING gin (({expression}) gin_trgm_ops){where}'
                )
                cursor.execute(
                    f'ANALYZE "{table}"'
                )  # without statistics of the expression the planner ignores it

    def drop(editor: BaseDatabaseSchemaEditor) -> None:
        with editor.connection.cursor() as cursor:
            for name in indexes:
                cursor.execute(f"DROP INDEX IF EXISTS {name}")

    return RunStatements(create, drop)


def has_trigrams(cursor) -> bool:  # type: ignore[no-untyped-def]  # noqa: ANN001 -- a cursor of whichever backend
    """Tell whether the server has pg_trgm, having created the extension where it may be."""
    cursor.execute(
        "SELECT installed_version IS NOT NULL FROM pg_available_extensions WHERE name = 'pg_trgm'"
    )
    found = cursor.fetchone()
    if found is None or found[0]:
        return found is not None
    try:
        cursor.execute("SAVEPOINT trigrams")
        cursor.execute("CREATE EXTENSION pg_trgm")
        cursor.execute("RELEASE SAVEPOINT trigrams")
    except DatabaseError:
        cursor.execute("ROLLBACK TO SAVEPOINT trigrams")
        return False
    return True
