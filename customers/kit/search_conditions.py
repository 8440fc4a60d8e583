"""What rows must fulfil to match a query: its clauses become one `Q`, by a table of fields.

    FIELDS = {
        "created": TimeField("created_at"),
        "email": TextField("email", substring=True),
        "metadata": MetadataField("metadata"),
    }
    Customer.objects.filter(condition(search_language.parse(query), FIELDS))

A kind of field says which operators it takes and how its values are written. The kinds cover
Stripe's (token and string: TextField, numeric: IntegerField and TimeField) and what keys of a JSON
column hold; whatever else a field needs is a subclass of `Field`.

Source: https://docs.stripe.com/search
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any, ClassVar, TypeAlias, TypeVar

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import IContains

from customers.kit.errors import InvalidRequest
from customers.kit.search_language import (
    MIN_SUBSTRING,
    Clause,
    Connective,
    Operator,
    Query,
    refusal,
)

STANDS_FOR_TWO = "\ue001"
"""What stand-ins begin with whose texts may be numbers and truths of JSON too; see `kit.statements`."""

JSONScalar: TypeAlias = str | int | float | bool | None
N = TypeVar("N", int, float)

_EXACT = (Operator.EXACT,)
_SUBSTRING = (Operator.EXACT, Operator.SUBSTRING)
_SUFFIXES = {
    Operator.EXACT: "",
    Operator.GREATER: "__gt",
    Operator.LESS: "__lt",
    Operator.AT_LEAST: "__gte",
    Operator.AT_MOST: "__lte",
}
_ORDERED = tuple(_SUFFIXES)
_BOOLEANS = {"true": True, "false": False}
_INTEGER = re.compile("-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?", re.ASCII)
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LARGEST = 2**63 - 1  # of PostgreSQL's bigint
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_SECOND = -62_135_596_800  # of year 1, the first that datetime knows
_LAST_SECOND = 253_402_300_798  # of year 9999, less one: the second after it is needed too
# Words end at anything in ASCII that is no letter and no digit. Spelled out, because PostgreSQL's
# [:alnum:] follows the database's locale, and both sides must agree. No character left in a word
# means anything in a regular expression.
_SEPARATOR = r"[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]"


def condition(query: Query, fields: Mapping[str, "Field"]) -> Q:
    """Return what rows must fulfil to match the query.

    Args:
        fields: what may be searched, by the name that a query gives it.

    Raises:
        InvalidRequest: the query names an unknown field, or asks of one what it cannot answer.
    """
    conditions = [_of_clause(clause, fields) for clause in query.clauses]
    return reduce(or_ if query.connective is Connective.OR else and_, conditions)


class Field(ABC):
    """What a query may name."""

    is_keyed: ClassVar[bool] = False  # written with a key in brackets: metadata["key"]

    @abstractmethod
    def condition(self, clause: Clause) -> Q:
        """Return what rows must fulfil for the clause, its negation aside.

        Raises:
            InvalidRequest: the field does not take such an operator or value.
        """


@dataclass(frozen=True)
class _Column(Field):
    """A field that is one column; the kinds below fill in the rest."""

    column: str

    @property
    def operators(self) -> tuple[Operator, ...]:
        return _EXACT

    def condition(self, clause: Clause) -> Q:
        if clause.operator not in self.operators:
            allowed = " ".join(self.operators)
            message = f"{_place(clause)} takes {allowed} but not {clause.operator}."
            raise refusal(message)
        return (
            self._is_null(clause) if clause.value is None else self._matches(clause, clause.value)
        )

    def _is_null(self, clause: Clause) -> Q:
        return Q((f"{self.column}__isnull", True))

    @abstractmethod
    def _matches(self, clause: Clause, value: str) -> Q: ...


@dataclass(frozen=True)
class TextField(_Column):
    """Text in either case; an empty one is null.

    Args:
        substring: whether `~` may be asked, which wants a trigram index on `Upper(column)`.
        words: whether `:` is satisfied when the text has these words in this order, with others
            around them, as Stripe defines it for its type "string"; otherwise it must be the whole
            text, as Stripe defines it for "token", which an index on `Upper(column)` answers.
    """

    substring: bool = False
    words: bool = False

    @property
    def operators(self) -> tuple[Operator, ...]:
        return _SUBSTRING if self.substring else _EXACT

    def _is_null(self, clause: Clause) -> Q:
        # Null as well: behind a relation that is absent every column is.
        return Q((self.column, "")) | Q((f"{self.column}__isnull", True))

    def _matches(self, clause: Clause, value: str) -> Q:
        if clause.operator is Operator.SUBSTRING:
            return Q((f"{self.column}__icontains", value))
        words = [word for word in re.split(_SEPARATOR, value) if word] if self.words else []
        return self._has_words(words) if words else Q((f"{self.column}__iexact", value))

    def _has_words(self, words: list[str]) -> Q:
        pattern = f"(^|{_SEPARATOR}){f'{_SEPARATOR}+'.join(words)}({_SEPARATOR}|$)"
        found = Q((f"{self.column}__iregex", pattern))
        longest = max(words, key=len)
        if len(longest) < MIN_SUBSTRING:
            return found
        # No index on Upper(column) serves the regular expression; this finds its few candidates.
        return Q((f"{self.column}__icontains", longest)) & found


@dataclass(frozen=True)
class IdField(_Column):
    """An id, compared as it stands, so that the column's plain index answers."""

    def _matches(self, clause: Clause, value: str) -> Q:
        return Q((self.column, value))


@dataclass(frozen=True)
class IntegerField(_Column):
    """A whole number."""

    @property
    def operators(self) -> tuple[Operator, ...]:
        return _ORDERED

    def _matches(self, clause: Clause, value: str) -> Q:
        return Q((self.column + _SUFFIXES[clause.operator], _integer(clause, value)))


@dataclass(frozen=True)
class TimeField(_Column):
    """An instant, written in Unix seconds; its column may be more precise.

    What the wire shows is the whole second, so that is what is compared: `created:100` finds an
    instant at 100.7, and `created>100` does not.
    """

    @property
    def operators(self) -> tuple[Operator, ...]:
        return _ORDERED

    def _matches(self, clause: Clause, value: str) -> Q:
        second = _instant(clause, value)
        next_second = second + timedelta(seconds=1)
        from_it, before_it = Q((f"{self.column}__gte", second)), Q((f"{self.column}__lt", second))
        after_it = Q((f"{self.column}__gte", next_second))
        until_it = Q((f"{self.column}__lt", next_second))
        return {
            Operator.EXACT: from_it & until_it,
            Operator.GREATER: after_it,
            Operator.LESS: before_it,
            Operator.AT_LEAST: from_it,
            Operator.AT_MOST: until_it,
        }[clause.operator]


@dataclass(frozen=True)
class BooleanField(_Column):
    """`"true"` or `"false"`."""

    def _matches(self, clause: Clause, value: str) -> Q:
        return Q((self.column, _boolean(clause, value)))


@dataclass(frozen=True)
class _JSONKey(_Column):
    """A key of a JSON column whose top is an object."""

    is_keyed: ClassVar[bool] = True

    def _is_null(self, clause: Clause) -> Q:
        return ~self._has_key(clause) | self._holds(clause, None)

    def _has_key(self, clause: Clause) -> Q:
        return Q((f"{self.column}__has_key", clause.key))

    def _holds(self, clause: Clause, value: JSONScalar) -> Q:
        """Ask by containment, the one question that a jsonb_path_ops index answers."""
        return Q((f"{self.column}__contains", {clause.key: value}))

    def _compares(self, clause: Clause, value: JSONScalar) -> Q:
        """Ask by a path, which is false where the key holds another type; a cast would fail."""
        held = self._held(clause, "jsonb_extract_path", models.JSONField())
        compares = Func(
            held,
            Value(f"$ ? (@ {clause.operator} $value)"),
            Value(json.dumps({"value": value})),
            function="jsonb_path_exists",
            output_field=models.BooleanField(),
        )
        # Without the key both this and its negation are null, and the negation has to be true.
        return self._has_key(clause) & Q(compares)

    def _held(self, clause: Clause, function: str, output: "models.Field[Any, Any]") -> Func:
        # Not a KeyTransform: it takes a key of digits for a place in a list.
        return Func(F(self.column), Value(clause.key), function=function, output_field=output)


@dataclass(frozen=True)
class JSONTextField(_JSONKey):
    """Text under a key. `:` is exact to the letter, for the index knows no cases; `~` is not.

    Stripe ignores case in `metadata["key"]:"value"` too, and knows no `~` there.
    """

    @property
    def operators(self) -> tuple[Operator, ...]:
        return _SUBSTRING

    def _matches(self, clause: Clause, value: str) -> Q:
        if clause.operator is Operator.EXACT:
            return self._holds(clause, value)
        text = models.TextField()
        held = self._held(clause, "jsonb_extract_path_text", text)
        # Without the key, and with a JSON null, `held` is null, and so would be its negation.
        return Q(IContains(Coalesce(held, Value(""), output_field=text), value))


@dataclass(frozen=True)
class MetadataField(JSONTextField):
    """Metadata, whose values are texts on the wire and may be kept as numbers and truths (rule C6)."""

    def _matches(self, clause: Clause, value: str) -> Q:
        if clause.operator is Operator.EXACT:
            return reduce(or_, [self._holds(clause, form) for form in json_forms(value)])
        return super()._matches(clause, value)


def other_form(stand_in: str) -> str:
    """Return the stand-in for a text's other value of JSON."""
    return f"{stand_in}#"


def json_forms(text: str) -> list[JSONScalar]:
    """Return the values of JSON that a text may stand for, the text itself first.

    A text that begins with `STANDS_FOR_TWO` is the stand-in for one that may be something else as well.
    """
    if text.startswith(STANDS_FOR_TWO):
        return [text, other_form(text)]
    if text in _BOOLEANS:
        return [text, _BOOLEANS[text]]
    number = _JSON_NUMBER.fullmatch(text)
    if number is None:
        return [text]
    return [text, float(text) if number[1] else int(text)]


@dataclass(frozen=True)
class _JSONOrdered(_JSONKey):
    @property
    def operators(self) -> tuple[Operator, ...]:
        return _ORDERED

    def _matches(self, clause: Clause, value: str) -> Q:
        read = self._read(clause, value)
        exact = clause.operator is Operator.EXACT
        return self._holds(clause, read) if exact else self._compares(clause, read)

    @abstractmethod
    def _read(self, clause: Clause, value: str) -> JSONScalar: ...


@dataclass(frozen=True)
class JSONNumberField(_JSONOrdered):
    """A JSON number under a key."""

    def _read(self, clause: Clause, value: str) -> int | float:
        return _number(clause, value)


@dataclass(frozen=True)
class JSONDateField(_JSONOrdered):
    """A calendar date under a key, kept and written as `"2026-01-31"`."""

    def _read(self, clause: Clause, value: str) -> str:
        return _date(clause, value)


@dataclass(frozen=True)
class JSONBooleanField(_JSONKey):
    """A JSON boolean under a key, written `"true"` or `"false"`."""

    def _matches(self, clause: Clause, value: str) -> Q:
        return self._holds(clause, _boolean(clause, value))


@dataclass(frozen=True)
class CustomField(Field):
    """Keys that differ in kind.

    Args:
        field_of: the kind of a key, say `JSONNumberField("custom_fields")`; None if there is none.
    """

    is_keyed: ClassVar[bool] = True

    field_of: Callable[[str], Field | None]

    def condition(self, clause: Clause) -> Q:
        field = self.field_of(clause.key or "")
        if field is None:
            message = f"{_place(clause)} is not known."
            raise refusal(message)
        return field.condition(clause)


def _of_clause(clause: Clause, fields: Mapping[str, Field]) -> Q:
    found = _field_of(clause, fields).condition(clause)
    return ~found if clause.is_negated else found


def _field_of(clause: Clause, fields: Mapping[str, Field]) -> Field:
    field = fields.get(clause.field)
    if field is None:
        message = f"{_place(clause)} is not known; what can be searched: {_names(fields)}."
        raise refusal(message)
    if field.is_keyed and clause.key is None:
        message = f'{_place(clause)} wants a key, as in {clause.field}["key"]:"value".'
        raise refusal(message)
    if not field.is_keyed and clause.key is not None:
        message = f"{_place(clause)} has a key, but {clause.field} takes none."
        raise refusal(message)
    return field


def _names(fields: Mapping[str, Field]) -> str:
    return ", ".join(f'{name}["key"]' if fields[name].is_keyed else name for name in sorted(fields))


def _place(clause: Clause) -> str:
    return f"{clause.label} at character {clause.position}"


def _integer(clause: Clause, value: str) -> int:
    if not _INTEGER.fullmatch(value):
        raise _wrong_value(clause, "a whole number", value)
    return _in_range(clause, int(value))


def _number(clause: Clause, value: str) -> int | float:
    if not _NUMBER.fullmatch(value):
        raise _wrong_value(clause, "a number", value)
    return _in_range(clause, float(value) if "." in value else int(value))


def _in_range(clause: Clause, number: N) -> N:
    if abs(number) > _LARGEST:
        raise _wrong_value(clause, f"a number up to {_LARGEST}", str(number))
    return number


def _instant(clause: Clause, value: str) -> datetime:
    seconds = _integer(clause, value)
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        raise _wrong_value(clause, "Unix seconds before the year 10000", value)
    return _EPOCH + timedelta(seconds=seconds)


def _date(clause: Clause, value: str) -> str:
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise _wrong_value(clause, 'a date as in "2026-01-31"', value)


def _boolean(clause: Clause, value: str) -> bool:
    if (truth := _BOOLEANS.get(value.lower())) is None:
        raise _wrong_value(clause, '"true" or "false"', value)
    return truth


def _wrong_value(clause: Clause, wanted: str, value: str) -> InvalidRequest:
    return refusal(f"{_place(clause)} wants {wanted}, not {value!r}.")
