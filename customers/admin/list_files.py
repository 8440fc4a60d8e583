"""Lists as files, streamed: CSV, or NDJSON with one JSON object a line.

Where the database knows each column of a file, PostgreSQL writes the lines (COPY), and Python passes them on in pieces;
on the way it looks at the beginning of each text of CSV, and puts names before the values of JSON. Other lists are read
and written a thousand rows at a time. Either way a file of any length takes the memory of a piece.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    BooleanField,
    DateTimeField,
    DecimalField,
    Field,
    Func,
    IntegerField,
    JSONField,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy

from customers.admin import exports
from customers.admin.base import TenantAdmin
from customers.admin.exports import Cell
from customers.admin.lists import cursor_at, newer, older
from customers.kit import copy_out, replicas

_AT_ONCE = 1000
_UNQUOTED = (BooleanField, DecimalField, IntegerField, JSONField)
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}".encode()  # by which Excel knows UTF-8
_INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS"Z"'  # UTC: Django sets the time zone of every connection


@dataclass(frozen=True, slots=True)
class Rows:
    """What is written to a file.

    Args:
        is_oldest_first: how `found` is sorted.
    """

    table: TenantAdmin[Any]
    found: QuerySet[Any]
    cells: Sequence[Cell]
    is_oldest_first: bool = False


def csv(rows: Rows) -> Iterator[bytes]:
    """Yield rows as CSV, with a head, as spreadsheets read it."""
    head = exports.line(cell.header for cell in rows.cells)
    yield _BYTE_ORDER_MARK + head.encode()
    if all(cell.column is not None for cell in rows.cells):
        yield from _csv_of_database(rows)
        return
    for page in _pages(rows):
        lines = (exports.line(cell.value(row) for cell in rows.cells) for row in page)
        yield "".join(lines).encode()


def ndjson(rows: Rows) -> Iterator[bytes]:
    """Yield rows as NDJSON: one JSON object a line, with the members that CSV has as columns."""
    names = _names(rows.cells)
    if all(cell.column is not None for cell in rows.cells):
        yield from _ndjson_of_database(rows, names)
        return
    for page in _pages(rows):
        yield b"".join(_object(names, rows.cells, row) for row in page)


def _csv_of_database(rows: Rows) -> Iterator[bytes]:
    columns, kinds = _columns(rows, [cell.text or cell.column for cell in rows.cells])
    for lines, _count in _copied(rows, columns, kinds, "FORMAT csv"):
        yield exports.disarmed(lines)


def _ndjson_of_database(rows: Rows, names: Sequence[str]) -> Iterator[bytes]:
    columns, kinds = _columns(rows, [cell.column for cell in rows.cells])
    json = [place for place, kind in enumerate(kinds.values()) if isinstance(kind, JSONField)]
    objects = exports.Objects(names, json)
    for lines, count in _copied(rows, columns, kinds, exports.VALUES):
        yield objects.of(lines, count)


def _copied(
    rows: Rows, columns: dict[str, Any], kinds: Mapping[str, "Field[Any, Any]"], options: str
) -> Iterator[tuple[bytes, int]]:
    """Yield the rows as PostgreSQL writes them, with all their texts in quotes, some at a time, and how many."""
    for name, kind in kinds.items():
        if isinstance(kind, BooleanField):
            columns[name] = Cast(columns[name], TextField())
    texts = [name for name, kind in kinds.items() if not isinstance(kind, _UNQUOTED)]
    found = _selected(rows, columns)
    if found is not None:
        yield from copy_out.copied(*found, f"{options}, FORCE_QUOTE ({', '.join(texts)})")


def _columns(
    rows: Rows, expressions: Sequence[Any]
) -> tuple[dict[str, Any], dict[str, "Field[Any, Any]"]]:
    """Return the expressions of the file's columns by plain names, and the type of each."""
    columns, kinds = {}, {}
    for place, expression in enumerate(expressions):
        name = f"column_{place}"
        resolved = expression.resolve_expression(rows.found.query.clone())
        columns[name], kinds[name] = expression, resolved.output_field
        if isinstance(kinds[name], DateTimeField):
            columns[name] = Func(
                expression, Value(_INSTANT), function="to_char", output_field=TextField()
            )
    return columns, kinds


def _selected(rows: Rows, columns: Mapping[str, Any]) -> tuple[str, Sequence[Any]] | None:
    """Return the SQL that reads columns of the rows, with its values; None where there cannot be a row."""
    found = rows.found.annotate(**columns).values_list(*columns)
    try:
        text, params = found.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    return text, params


def _pages(rows: Rows) -> Iterator[list[Any]]:
    """Yield the rows a thousand at a time, ready to be written."""
    behind = newer if rows.is_oldest_first else older
    page = replicas.read(lambda: list(rows.found[:_AT_ONCE]))
    while page:
        rows.table.prepare_rows(page)
        yield page
        further = behind(rows.found, cursor_at(page[-1]))
        page = replicas.read(lambda: list(further[:_AT_ONCE]))  # noqa: B023 -- called at once


def _names(cells: Sequence[Cell]) -> list[str]:
    """Return the cells' headers, each once: what another has already gets a number."""
    names: list[str] = []
    for cell in cells:
        same = names.count(cell.header)
        names.append(f"{cell.header} ({same + 1})" if same else cell.header)
    return names


def _object(names: Sequence[str], cells: Sequence[Cell], row: Any) -> bytes:
    members = {name: _said(cell.value(row)) for name, cell in zip(names, cells, strict=True)}
    return orjson.dumps(members, default=str) + b"\n"


def _said(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))  # all its digits
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime(exports.INSTANT)
    return value


@dataclass(frozen=True, slots=True)
class Format:
    """How a list is written.

    Args:
        name: in forms, and the ending of the file's.
    """

    name: str
    title: str
    about: Any
    content_type: str
    write: Callable[[Rows], Iterator[bytes]]


FORMATS: Mapping[str, Format] = {
    form.name: form
    for form in (
        Format(
            "csv",
            "CSV",
            gettext_lazy(
                "For spreadsheets. A text that a spreadsheet would run as a formula begins with an apostrophe."
            ),
            "text/csv; charset=utf-8",
            csv,
        ),
        Format(
            "ndjson",
            "NDJSON",
            gettext_lazy("For programs: one JSON object a line, with the same columns."),
            "application/x-ndjson",
            ndjson,
        ),
    )
}
