"""Many rows written at once: one COPY for each table that gets new ones, and one statement for all that has changed.

Few rows take one statement for everything.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, connections, models
from psycopg import sql

from customers.kit import statements, write_guard
from customers.kit.statements import NewRow, SpelledJson

FEW = 32
"""So many rows are inserted by one statement for all tables; of more, those of each table are copied."""

_AT_ONCE = 16
_NULL = "\\N"


def write(rows: Sequence[models.Model | NewRow], changes: "Sequence[Change]") -> None:
    """Insert rows that may refer to each other, those of a model in their order, and write what has changed of others.

    Of few rows all is done by one statement.

    Raises:
        django.db.IntegrityError: a constraint forbids it.
    """
    if not changes or not 0 < len(rows) <= _AT_ONCE:
        _insert(rows)
        _update(changes)
        return
    texts, params, _raw = statements.insertion(rows)
    texts = [*texts, *(_update_text(change.model, change.names) for change in changes)]
    statements.execute(statements.joined(*texts), [*params, *(each.values() for each in changes)])


class Change:
    """Columns of locked rows that have changed.

    Args:
        names: the columns' attributes.
    """

    def __init__(
        self, model: type[models.Model], names: Iterable[str], rows: Sequence[models.Model]
    ) -> None:
        self.model, self.names, self.rows = model, tuple(sorted(names)), rows

    def values(self) -> str:
        """Return what the rows' columns are now, as JSON."""
        values = [
            {"pk": row.pk, **{name: getattr(row, name) for name in self.names}} for row in self.rows
        ]
        return orjson.dumps(values, default=_plain).decode()


def column_names(model: type[models.Model], names: Iterable[str]) -> list[str]:
    """Return the attributes of a model's fields, such as `customer_id` for `customer`."""
    fields = _fields(model)
    return [str(fields[name].attname) for name in names]


def written(row: models.Model, before: Mapping[str, Any] | None) -> list[str]:
    """Return the attributes to write of a row that is saved whole: what differs, and what may differ inside.

    Args:
        before: the row's attributes as they were read; all are written where nobody knows.
    """
    plain, inside = _columns(type(row))
    if before is None:
        return [*plain, *inside]
    now = row.__dict__
    return [*(name for name in plain if now.get(name) != before.get(name)), *inside]


def _insert(rows: Sequence[models.Model | NewRow]) -> None:
    if len(rows) <= FEW:
        for first in range(0, len(rows), _AT_ONCE):
            statements.insert(*rows[first : first + _AT_ONCE])
        return
    tables: dict[type[models.Model], list[models.Model | NewRow]] = {}
    for row in rows:
        model = row.model if isinstance(row, NewRow) else type(row)
        tables.setdefault(model, []).append(row)
    for model, theirs in tables.items():
        _copy(model, theirs)


def _update(changes: Sequence[Change]) -> None:
    if changes:
        texts = [_update_text(change.model, change.names) for change in changes]
        statements.execute(statements.joined(*texts), [change.values() for change in changes])


@cache
def _fields(model: type[models.Model]) -> "dict[str, models.Field[Any, Any]]":
    """Return a model's columns by the names of their fields, and by their attributes."""
    fields = model._meta.concrete_fields
    return {field.name: field for field in fields} | {str(field.attname): field for field in fields}


@cache
def _columns(model: type[models.Model]) -> tuple[list[str], list[str]]:
    fields = [
        field for field in model._meta.concrete_fields if not (field.generated or field.primary_key)
    ]
    whole = (models.JSONField, ArrayField)
    plain = [str(field.attname) for field in fields if not isinstance(field, whole)]
    return plain, [str(field.attname) for field in fields if isinstance(field, whole)]


@cache
def _update_text(model: type[models.Model], names: tuple[str, ...]) -> str:
    wrapper = connections[DEFAULT_DB_ALIAS]
    fields = _fields(model)
    key = model._meta.pk
    assert key is not None  # noqa: S101 -- every model has one
    typed = [("pk", key), *((name, fields[name]) for name in names)]
    declared = ", ".join(f'"{name}" {field.db_type(wrapper)}' for name, field in typed)
    setting = ", ".join(f'"{fields[name].column}" = changed."{name}"' for name in names)
    table = model._meta.db_table
    return (
        f'UPDATE "{table}" SET {setting} FROM json_to_recordset(%s::json) AS changed({declared}) '  # noqa: S608 -- the names are our models'
        f'WHERE "{table}"."{key.column}" = changed.pk'
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return f"\\x{value.hex()}"
    raise TypeError(type(value).__name__)


# -- copying -----------------------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """A row as COPY reads it: of little room, and done with whatever it was made of."""

    model: type[models.Model]
    text: str


def spelled(row: models.Model | NewRow) -> Line:
    """Return a row that is not written yet as a line."""
    model = row.model if isinstance(row, NewRow) else type(row)
    return Line(model, _copying(model)[1](_values(row)))


def copy(lines: Iterable[Line]) -> None:
    """Insert rows that may refer to each other, those of a model in their order, by one COPY for each table.

    Raises:
        django.db.IntegrityError: a constraint forbids it.
    """
    tables: dict[type[models.Model], list[str]] = {}
    for model, text in lines:
        tables.setdefault(model, []).append(text)
    for model, texts in tables.items():
        _send(model, "".join(texts))


def _copy(model: type[models.Model], rows: Iterable[models.Model | NewRow]) -> None:
    spell = _copying(model)[1]
    _send(model, "".join([spell(_values(row)) for row in rows]))


def _send(model: type[models.Model], data: str) -> None:
    write_guard.look_at(model._meta.db_table)
    text = _copying(model)[0]
    wrapper = connections[DEFAULT_DB_ALIAS]
    with (
        wrapper.wrap_database_errors,
        wrapper.connection.cursor() as cursor,
        cursor.copy(text) as copy,
    ):
        copy.write(data.encode())


def _values(row: models.Model | NewRow) -> Mapping[str, Any]:
    if isinstance(row, NewRow):
        return row.values
    row._state.adding = False
    row._state.db = DEFAULT_DB_ALIAS
    return row.__dict__


@cache
def _copying(model: type[models.Model]) -> tuple[sql.Composed, Callable[[Mapping[str, Any]], str]]:
    """Return the statement that copies a model's rows, and the function that spells one, written here and compiled."""
    insertion = statements.insertion_of(model)
    text = sql.SQL("COPY {} ({}) FROM STDIN").format(insertion.table, insertion.columns)
    names: dict[str, Any] = {"text": _text, "other": _other, "json": _json, "array": _array}
    gaps = "\\t".join(f"{{{_gap(field)}}}" for field in insertion.fields)
    exec(f'def spell(row): return f"{gaps}\\n"', names)  # noqa: S102 -- of our models, once
    return text, names["spell"]


def _gap(field: "models.Field[Any, Any]") -> str:
    """Return the expression that spells a column; most texts of most rows are empty, and need no call."""
    value, speller = f"row[{str(field.attname)!r}]", _speller(field)
    if speller == "text" and not field.null:
        return f"text({value}) if {value} else ''"
    return f"{speller}({value})"


def _speller(field: "models.Field[Any, Any]") -> str:
    """Return the name of the function that spells a column's values as COPY reads them in its format of texts."""
    if isinstance(field, models.JSONField):
        return "json"
    if isinstance(field, ArrayField):
        return "array"
    column = field.target_field if isinstance(field, models.ForeignKey) else field
    return "text" if isinstance(column, models.CharField | models.TextField) else "other"


def _text(value: str | None) -> str:
    if value is None:
        return _NULL
    return value if not _SPECIAL(value) else _escaped(value)


def _escaped(said: str) -> str:
    said = said.replace("\\", "\\\\").replace("\n", "\\n")
    return said.replace("\t", "\\t").replace("\r", "\\r")


def _json(value: Any) -> str:
    """Return JSON, of which nothing but backslashes needs escaping."""
    if value is None:
        return _NULL
    if value == {}:
        return "{}"
    return SpelledJson.of(value).text.decode().replace("\\", "\\\\")


def _array(values: Iterable[Any] | None) -> str:
    if values is None:
        return _NULL
    quoted = []
    for value in values:
        inner = str(value).replace("\\", "\\\\").replace('"', '\\"')
        quoted.append(f'"{inner}"')
    return _text(f"{{{','.join(quoted)}}}")


def _other(value: Any) -> str:
    if value is None:
        return _NULL
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return f"\\\\x{value.hex()}"
    return _text(str(value))


_SPECIAL = re.compile(r"[\\\n\t\r]").search
