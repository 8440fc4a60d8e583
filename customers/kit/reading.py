"""Many small lists read in one statement, for pages that show a little of everything."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, models

from customers.kit import statements

_M = TypeVar("_M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class _Part:
    """A queryset as SQL, with the fields that it reads."""

    model: type[models.Model]
    text: str
    params: Sequence[Any]
    fields: Sequence[Any]

    def rows(self, said: str | None) -> list[Any]:
        """Return instances of what PostgreSQL wrote as JSON; no rows are null."""
        is_exact = any(isinstance(field, models.DecimalField) for field in self.fields)
        found = json.loads(said or "[]", parse_float=Decimal if is_exact else float)
        names = [field.attname for field in self.fields]
        return [self.model.from_db(DEFAULT_DB_ALIAS, names, self._values(row)) for row in found]

    def _values(self, row: dict[str, Any]) -> list[Any]:
        return [_value(field, row[field.column]) for field in self.fields]


def at_once(*querysets: models.QuerySet[Any]) -> list[list[Any]]:
    """Return the rows of querysets of models, in their orders, by one statement and one round trip.

    Related objects and binary columns cannot be read so; columns may be deferred.
    """
    parts = [_part(rows) for rows in querysets]
    known = [part for part in parts if part is not None]
    if not known:
        return [[] for _part in parts]
    texts = [f"(SELECT json_agg(found)::text FROM ({part.text}) AS found)" for part in known]  # noqa: S608 -- of the ORM
    params = [param for part in known for param in part.params]
    (said,) = statements.fetch(f"SELECT {', '.join(texts)}", params)
    left = iter(said)
    return [[] if part is None else part.rows(next(left)) for part in parts]


def _part(rows: models.QuerySet[_M]) -> _Part | None:
    """Return what a queryset asks for; None where it can find nothing."""
    compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
    try:
        text, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    shape = compiler.klass_info
    assert shape is not None and not shape.get("related_klass_infos")  # noqa: S101, PT018 -- see `at_once`
    fields = [compiler.select[place][0].target for place in shape["select_fields"]]
    return _Part(rows.model, text, params, fields)


def _value(field: Any, said: Any) -> Any:
    """Return a column's value as the ORM has it."""
    target = field.target_field if field.remote_field else field
    return said if isinstance(target, models.JSONField) else target.to_python(said)
