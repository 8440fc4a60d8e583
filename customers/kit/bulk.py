"""Many rows written at once: one COPY for each table that gets new ones, and one statement for all that has changed.

Few rows take one statement for everything.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, connections, models

from customers.kit import copying, statements
from customers.kit.statements import NewRow

FEW = 32
"""So many rows are inserted by one statement for all tables; of more, those of each table are copied."""

_AT_ONCE = 16


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
        copying.copy_rows(model, theirs)


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
