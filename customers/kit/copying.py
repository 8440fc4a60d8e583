"""Rows as COPY reads them: each a line, spelled by a function that is written here for its model and compiled once."""

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, connections, models
from psycopg import sql

from customers.kit import statements, write_guard
from customers.kit.registry import Lookup
from customers.kit.statements import NewRow, SpelledJson

places: Lookup[Callable[[Sequence[str]], str]] = Lookup("copying.places")
"""By table: the function that returns the part of it into which rows with such keys are copied.

Copied into the whole of a table in parts, rows are written one by one where a trigger wants to see all of them.
"""

_AT_ONCE = (
    100  # lines that are sent at once: the connection keeps what the server does not take yet
)
_NULL = "\\N"
_SPECIAL = re.compile(r"[\\\n\t\r]").search
_Spell = Callable[[Mapping[str, Any]], bytes]


class Line(NamedTuple):
    """A row as COPY reads it: of little room, and done with whatever it was made of."""

    model: type[models.Model]
    data: bytes


def spelled(row: models.Model | NewRow) -> Line:
    """Return a row that is not written yet as a line."""
    model = row.model if isinstance(row, NewRow) else type(row)
    return Line(model, _copying(model).spell(_values(row)))


def copy(lines: Iterable[Line]) -> None:
    """Insert rows that may refer to each other, those of a model in their order, by one COPY for each table.

    Raises:
        django.db.IntegrityError: a constraint forbids it.
    """
    tables: dict[type[models.Model], list[bytes]] = {}
    for model, data in lines:
        tables.setdefault(model, []).append(data)
    for model, theirs in tables.items():
        _send(model, theirs)


def copy_rows(model: type[models.Model], rows: Iterable[models.Model | NewRow]) -> None:
    """Insert rows of one model by a COPY.

    Raises:
        django.db.IntegrityError: a constraint forbids it.
    """
    spell = _copying(model).spell
    _send(model, (spell(_values(row)) for row in rows))


def _send(model: type[models.Model], lines: Iterable[bytes]) -> None:
    table = model._meta.db_table
    write_guard.look_at(table)
    if table in places:  # a line begins with its row's key
        lines = list(lines)
        table = places[table]([str(line.partition(b"\t")[0], "ascii") for line in lines])
    text = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), statements.insertion_of(model).columns
    )
    wrapper = connections[DEFAULT_DB_ALIAS]
    with (
        wrapper.wrap_database_errors,
        wrapper.connection.cursor() as cursor,
        cursor.copy(text) as copying,
    ):
        rest = iter(lines)
        while piece := b"".join(itertools.islice(rest, _AT_ONCE)):
            copying.write(piece)


def _values(row: models.Model | NewRow) -> Mapping[str, Any]:
    if isinstance(row, NewRow):
        return row.values
    row._state.adding = False
    row._state.db = DEFAULT_DB_ALIAS
    return row.__dict__


class _Copying:
    """How a model's rows are copied.

    Most texts of most rows hold nothing that COPY reads as anything but itself, so a row's texts are looked at all at
    once, and one by one only where there is something in them.
    """

    def __init__(self, model: type[models.Model]) -> None:
        insertion = statements.insertion_of(model)
        names: dict[str, Any] = {
            "text": _text, "plain": _plain, "other": _other, "json": _json, "array": _array, "null": _NULL,
        }  # fmt: skip
        fields = insertion.fields
        texts = "".join(f"{{row[{str(field.attname)!r}]}}" for field in fields if _is_text(field))
        for name, is_careful in (("spell_with_care", True), ("spell_at_once", False)):
            gaps = "\\t".join(f"{{{_gap(field, is_careful=is_careful)}}}" for field in fields)
            exec(f'def {name}(row): return f"{gaps}\\n".encode()', names)  # noqa: S102 -- of our models, once
        exec(  # noqa: S102 -- as above
            f'def spell(row): return (spell_at_once if plain(f"{texts}") else spell_with_care)(row)',
            names,
        )
        self.spell: _Spell = names["spell"]


@cache
def _copying(model: type[models.Model]) -> _Copying:
    return _Copying(model)


def _is_text(field: "models.Field[Any, Any]") -> bool:
    column = field.target_field if isinstance(field, models.ForeignKey) else field
    return isinstance(column, models.CharField | models.TextField)


def _gap(field: "models.Field[Any, Any]", *, is_careful: bool) -> str:
    """Return the expression that spells a column in COPY's format of texts."""
    value = f"row[{str(field.attname)!r}]"
    spelling = _spelling(field, value, is_careful=is_careful)
    if _is_text(field) and not field.null:
        return f"{spelling} if {value} else ''"
    return f"null if {value} is None else {spelling}"


def _spelling(field: "models.Field[Any, Any]", value: str, *, is_careful: bool) -> str:
    if _is_text(field):
        return f"text({value})" if is_careful else value
    if isinstance(field, models.JSONField):
        return f"'{{}}' if {value} == {{}} else json({value})"
    if isinstance(field, ArrayField):
        return f"array({value}) if {value} else '{{}}'"
    if isinstance(field, models.BooleanField):
        return f"'t' if {value} else 'f'"
    return value if isinstance(field, models.IntegerField) else f"other({value})"


def _plain(texts: str) -> bool:
    """Tell whether texts hold nothing that is escaped; false costs no more than a closer look."""
    return texts.isprintable() and "\\" not in texts


def _text(value: str) -> str:
    return value if not _SPECIAL(value) else _escaped(value)


def _escaped(said: str) -> str:
    said = said.replace("\\", "\\\\").replace("\n", "\\n")
    return said.replace("\t", "\\t").replace("\r", "\\r")


def _json(value: Any) -> str:
    """Return JSON, of which nothing but backslashes needs escaping."""
    return SpelledJson.of(value).text.decode().replace("\\", "\\\\")


def _array(values: Iterable[Any]) -> str:
    quoted = []
    for value in values:
        inner = str(value).replace("\\", "\\\\").replace('"', '\\"')
        quoted.append(f'"{inner}"')
    return _text(f"{{{','.join(quoted)}}}")


def _other(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return f"\\\\x{value.hex()}"
    return _text(str(value))
