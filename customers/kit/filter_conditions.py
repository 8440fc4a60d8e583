"""What rows must fulfil to match a table of filters, each a name and a value: every filter must hold.

    CUSTOMERS = Criteria(
        ids=("id",),
        texts=("email", "full_name"),
        filters={"created": TimeFilter("created_at"), "email": TextFilter("email")},
    )
    Customer.objects.filter(CUSTOMERS.of_filters({"created": "2026-01..2026-03"}, now))

A range is two values with two dots between them, each of which may be missing. Days are those of the asker's time zone.
Amounts are written as people write them, in whole units of their currency (`10.50`), whatever its smallest unit.

Source: https://docs.omise.co/search-query-and-filters
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Q

from customers.kit.currencies import WITH_THREE_DIGITS, WITHOUT_DIGITS
from customers.kit.errors import InvalidRequest
from customers.kit.search_conditions import json_forms
from customers.kit.search_language import MIN_SUBSTRING

MAX_LENGTH = 500  # characters of a value
MAX_KEYS = 10  # of metadata
_TRUTHS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,3})?", re.ASCII)
_DATE = re.compile(r"([1-9][0-9]{3})(?:[-/]([0-9]{1,2})(?:[-/]([0-9]{1,2}))?)?", re.ASCII)
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where something is asked, for values such as `today`."""

    at: datetime
    zone: tzinfo


class Filter(ABC):
    """What a filter may name."""

    def condition(self, value: Any, path: str, moment: Moment) -> Q:
        """Return what rows must fulfil.

        Raises:
            InvalidRequest: it is no value of this filter's.
        """
        text = "true" if value is True else "false" if value is False else str(value)
        if isinstance(value, Mapping | list) or not text or len(text) > MAX_LENGTH:
            raise invalid(path, "a text or a number")
        return self.of_text(text, path, moment)

    @abstractmethod
    def of_text(self, text: str, path: str, moment: Moment) -> Q:
        """Return the condition for a value that is a text."""


@dataclass(frozen=True)
class IdFilter(Filter):
    """An object's id; whoever asks in another spelling gives all ids that it may stand for."""

    column: str

    def condition(self, value: Any, path: str, moment: Moment) -> Q:
        return self.of_ids([value] if isinstance(value, str) else value, path)

    def of_ids(self, ids: Any, path: str) -> Q:
        """Return the condition that one of these is the id."""
        if (
            not isinstance(ids, list)
            or not ids
            or not all(isinstance(pk, str) and pk for pk in ids)
        ):
            raise invalid(path, "an id")
        return Q((f"{self.column}__in", ids))

    def of_text(self, text: str, path: str, moment: Moment) -> Q:
        return self.of_ids([text], path)


@dataclass(frozen=True)
class TextFilter(Filter):
    """A whole text, in either case."""

    column: str

    def of_text(self, text: str, path: str, moment: Moment) -> Q:
        return Q((f"{self.column}__iexact", text))


@dataclass(frozen=True)
class FlagFilter(Filter):
    """Yes or no.

    Args:
        holds: what is true of rows for which the answer is yes.
    """

    holds: Q

    def of_text(self, text: str, path: str, moment: Moment) -> Q:
        truth = _TRUTHS.get(text.lower())
        if truth is None:
            raise invalid(path, "yes or no")
        return self.holds if truth else ~self.holds


@dataclass(frozen=True)
class WordFilter(Filter):
    """One of several words, each of which stands for a condition."""

    words: Mapping[str, Q]

    def of_text(self, text: str, path: str, moment: Moment) -> Q:
        found = self.words.get(text.lower())
        if found is None:
            raise invalid(path, f"one of these: {', '.join(self.words)}")
        return found


@dataclass(frozen=True)
class AmountFilter(Filter):
    """An amount or a range of amounts, whose rows name their currency.

    Args:
        is_signed: whether rows have a sign that those who ask do not know.
    """

    column: str
    currency: str = "currency"
    is_signed: bool = False

    def of_text(self, text: str, path: str, moment: Moment) -> Q:
        low, high = _bounds(text, path, "an amount like 1000 or 1000..2000")
        for bound in (low, high):
            if bound and not _NUMBER.fullmatch(bound):
                raise invalid(path, "an amount like 1000 or 1000..2000")
        without, with_three = sorted(WITHOUT_DIGITS), sorted(WITH_THREE_DIGITS)
        others = ~Q((f"{self.currency}__in", without + with_three))
        return (
            Q((f"{self.currency}__in", without)) & self._between(low, high, 0)
            | Q((f"{self.currency}__in", with_three)) & self._between(low, high, 3)
            | others & self._between(low, high, 2)
        )

    def _between(self, low: str, high: str, digits: int) -> Q:
        minor = 10**digits
        least = int((Decimal(low) * minor).to_integral_value(ROUND_CEILING)) if low else 0
        most = int((Decimal(high) * minor).to_integral_value(ROUND_FLOOR)) if high else None
        found = Q((f"{self.column}__gte", least)) & _unless_none(f"{self.column}__lte", most)
        if not self.is_signed:
            return found
        below = Q((f"{self.column}__lte", -least))
        return found | below & _unless_none(f"{self.column}__gte", None if most is None else -most)


@dataclass(frozen=True)
class TimeFilter(Filter):
    """An instant, a day, a month or a year, or a range of them, or `today`, `last_week` and the like."""

    column: str

    def of_text(self, text: str, path: str, moment: Moment) -> Q:
        low, high = _bounds(text, path, _TIMES)
        condition = Q()
        if low:
            condition &= Q((f"{self.column}__gte", _span(low, path, moment)[0]))
        if high:
            condition &= Q((f"{self.column}__lt", _span(high, path, moment)[1]))
        return condition


@dataclass(frozen=True)
class MetadataFilter(Filter):
    """Keys of metadata and what they hold, to the letter; a number or a truth is found however it was stored."""

    column: str

    def condition(self, value: Any, path: str, moment: Moment) -> Q:
        if not isinstance(value, Mapping) or not 1 <= len(value) <= MAX_KEYS:
            raise invalid(path, f"1 to {MAX_KEYS} keys, as in {path}[key]=value")
        found = [
            reduce(
                or_, (Q((f"{self.column}__contains", {key: form})) for form in _forms(inner, path))
            )
            for key, inner in value.items()
        ]
        return reduce(and_, found)

    def of_text(self, text: str, path: str, moment: Moment) -> Q:
        raise invalid(path, f"keys, as in {path}[key]=value")


@dataclass(frozen=True)
class Criteria:
    """What a kind of object can be searched by.

    Args:
        ids: columns that a query may name whole, as an id.
        texts: columns in which a query may be a part, which wants trigram indexes on `Upper(column)`.
        filters: by name.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...] = ()
    filters: Mapping[str, Filter] = field(default_factory=dict)

    def of_query(self, text: str, ids: Sequence[str]) -> Q:
        """Return what rows must fulfil for a free text.

        Args:
            ids: what the text stands for where it is an id.

        Raises:
            InvalidRequest: it is too short.
        """
        if len(text) < MIN_SUBSTRING:
            raise InvalidRequest(f"A query has {MIN_SUBSTRING} characters at least.", param="query")
        named = [Q((f"{column}__in", list(ids))) for column in self.ids]
        within = [
            Q((f"{column}__icontains", text)) & ~Q((column, "")) for column in self.texts
        ]  # what is empty is not in the indexes
        return reduce(or_, [*named, *within])

    def of_filters(self, values: Mapping[str, Any], moment: Moment) -> Q:
        """Return what rows must fulfil for all filters.

        Raises:
            InvalidRequest: one is unknown, or has a value that it cannot have.
        """
        condition = Q()
        for name, value in values.items():
            path = f"filters[{name}]"[:80]
            if name not in self.filters:
                message = f"There is no {path}; there are: {', '.join(sorted(self.filters))}."
                raise InvalidRequest(message, param=path, code="invalid_filter")
            condition &= self.filters[name].condition(value, path, moment)
        return condition


def invalid(path: str, wanted: str) -> InvalidRequest:
    """Return the refusal of a filter's value."""
    return InvalidRequest(f"{path} takes {wanted}.", param=path, code="invalid_filter")


_TIMES = "a time like 2026-01-31, 2026-01, 2026-01-01..2026-01-31, today or last_month"


def _bounds(text: str, path: str, wanted: str) -> tuple[str, str]:
    """Return both ends of a range; those of a single value are the same."""
    low, dots, high = text.partition("..")
    if not dots:
        return text, text
    if not low and not high:
        raise invalid(path, wanted)
    return low, high


def _unless_none(lookup: str, value: Any) -> Q:
    return Q() if value is None else Q((lookup, value))


def _span(text: str, path: str, moment: Moment) -> tuple[datetime, datetime]:
    """Return when what a text names begins, and when it is over."""
    try:
        return _of_word(text, moment) or _of_date(text, moment.zone) or _of_instant(text)
    except (ValueError, OverflowError) as error:
        raise invalid(path, _TIMES) from error


def _of_word(text: str, moment: Moment) -> tuple[datetime, datetime] | None:
    today = moment.at.astimezone(moment.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    monday, first = today - today.weekday() * _DAY, today.replace(day=1)
    return {
        "today": (today, today + _DAY),
        "yesterday": (today - _DAY, today),
        "this_week": (monday, monday + _WEEK),
        "last_week": (monday - _WEEK, monday),
        "this_month": (first, _next_month(first)),
        "last_month": ((first - _DAY).replace(day=1), first),
    }.get(text.lower())


def _of_date(text: str, zone: tzinfo) -> tuple[datetime, datetime] | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    start = datetime(year, month or 1, day or 1, tzinfo=zone)
    if day:
        return start, start + _DAY
    return start, _next_month(start) if month else start.replace(year=year + 1)


def _of_instant(text: str) -> tuple[datetime, datetime]:
    instant = datetime.fromisoformat(text)
    known = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    whole = known.astimezone(UTC).replace(microsecond=0)
    return whole, whole + timedelta(seconds=1)


def _next_month(first: datetime) -> datetime:
    return (first + 31 * _DAY).replace(day=1)


def _forms(value: Any, path: str) -> Sequence[Any]:
    """Return the values of JSON that a text may stand for."""
    if isinstance(value, Mapping | list) or value is None:
        raise invalid(path, f"texts, as in {path}[key]=value")
    text = "true" if value is True else "false" if value is False else str(value)
    if len(text) > MAX_LENGTH:
        raise invalid(path, f"texts of up to {MAX_LENGTH} characters")
    return json_forms(text)
