"""SQL that the ORM writes once and requests fill in.

Building a query costs the ORM more than PostgreSQL needs to answer it, so hot reads build each shape once: with
stand-ins where values will come, which the finished SQL is searched for. Statements are prepared on the server, since
the same text comes again and again.

Source: the measurements are in `tests/benchmarks/`.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection, models
from psycopg import sql

Row = tuple[Any, ...]


class Statement:
    """A query with named gaps.

    Args:
        build: returns the queryset (with `values_list`) for the values that stand in for the real ones.
        stand_ins: by name, a value of the right type that occurs nowhere else in the query.
    """

    def __init__(
        self, build: Callable[[Mapping[str, Any]], models.QuerySet[Any, Any]], **stand_ins: Any
    ) -> None:
        self._build = build
        self._stand_ins = stand_ins
        self._compiled: tuple[str, list[Callable[[Mapping[str, Any]], Any]]] | None = None

    def rows(self, **values: Any) -> list[Row]:
        """Run the statement and return its rows.

        Args:
            values: one for each stand-in.
        """
        text, takers = self._compiled or self._compile()
        return fetch(text, [take(values) for take in takers])

    def _compile(self) -> tuple[str, list[Callable[[Mapping[str, Any]], Any]]]:
        text, params = self._build(self._stand_ins).query.sql_with_params()
        self._compiled = text, [self._taker(param) for param in params]
        return self._compiled

    def _taker(self, param: Any) -> Callable[[Mapping[str, Any]], Any]:
        for name, stand_in in self._stand_ins.items():
            if type(param) is type(stand_in) and param == stand_in:
                return lambda values, name=name: values[name]  # type: ignore[misc]  # a default binds the name early
        return lambda values: param


def fetch(text: str, params: Sequence[Any]) -> list[Row]:
    """Run SQL with values and return its rows, prepared on the server."""
    with _cursor(text, params) as cursor:
        return list(cursor.fetchall())


def execute(text: str, params: Sequence[Any]) -> int:
    """Run SQL with values, prepared on the server, and return how many rows it touched."""
    with _cursor(text, params) as cursor:
        return int(cursor.rowcount)


class Insertion:
    """The INSERT of a model's rows, written once; columns that the database computes are left out."""

    def __init__(self, model: type[models.Model]) -> None:
        self._fields = [
            field
            for field in model._meta.concrete_fields
            if not field.generated and not isinstance(field, models.AutoField)
        ]
        columns = sql.SQL(", ").join(sql.Identifier(field.column) for field in self._fields)
        gaps = sql.SQL(", ").join([sql.Placeholder()] * len(self._fields))
        table = sql.Identifier(model._meta.db_table)
        self.text = (
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(table, columns, gaps).as_string(None)
        )

    def params(self, row: models.Model) -> list[Any]:
        """Return a row's values in the order of the statement's gaps."""
        return [
            field.get_db_prep_save(getattr(row, str(field.attname)), connection)
            for field in self._fields
        ]


_insertions: dict[type[models.Model], Insertion] = {}


def insert(*rows: models.Model) -> None:
    """Insert rows, of one model or several, in one statement and one round trip; they refer to each other freely.

    Raises:
        django.db.IntegrityError: a constraint forbids one of them; then none was inserted.
    """
    texts: list[str] = []
    params: list[Any] = []
    for row in rows:
        insertion = _insertions.get(type(row)) or _insertions.setdefault(
            type(row), Insertion(type(row))
        )
        texts.append(insertion.text)
        params += insertion.params(row)
        row._state.adding = False
        row._state.db = connection.alias
    *first, last = texts
    named = ", ".join(f"row{number} AS ({text})" for number, text in enumerate(first))
    execute(f"WITH {named} {last}" if named else last, params)


@contextlib.contextmanager
def _cursor(text: str, params: Sequence[Any]) -> Iterator[Any]:
    """Open a cursor that has run the SQL: Django's own where somebody watches the queries, else psycopg's."""
    connection.ensure_connection()
    if connection.queries_logged or connection.execute_wrappers:
        with connection.cursor() as watched:
            watched.execute(text, params)
            yield watched
        return
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(text, params, prepare=True)  # type: ignore[arg-type]  # our own text, not a user's
        yield cursor
