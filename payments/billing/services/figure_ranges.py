"""The ranges of days that figures are shown for, each with the days that it is compared with, and how it is parted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "week", "month", "quarter", "year"]
DEFAULT, CUSTOM, ALL = "4w", "custom", "all"
_DAY = timedelta(days=1)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_LONGEST: tuple[tuple[int, Unit], ...] = (
    (45, "day"), (190, "week"), (1130, "month"), (4400, "quarter"),
)  # fmt: skip
"""Up to how many days a range is parted into which units, so that there are 50 parts at most, and years beyond."""
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `start` to before `end`."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Range:
    """What is looked at.

    Args:
        before: what it is compared with; None where there is nothing.
        unit: in which parts it is drawn.
    """

    key: str
    now: Span
    before: Span | None
    unit: Unit


def named(key: str, *, today: date, first: date | None = None) -> Range | None:
    """Return a range by its name; None where there is none.

    Args:
        first: the day on which figures begin, for all of them.
    """
    if key == ALL:
        return _range(key, Span(min(first or today, today), today + _DAY), None)
    begin = _BEGINS.get(key)
    if begin is None:
        return None
    now = Span(begin(today), today + _DAY)
    if key in _TO_DATE:
        return _range(key, now, _same_days_before(now, _TO_DATE[key]))
    return _range(key, now, _days_before(now))


def custom(start: date, last: date) -> Range:
    """Return the range of dates that somebody chose, in whichever order they gave them."""
    start, last = sorted(min(max(day, EARLIEST), LATEST) for day in (start, last))
    now = Span(start, last + _DAY)
    return _range(CUSTOM, now, _days_before(now))


def parts(span: Span, unit: Unit) -> Iterator[Span]:
    """Yield the parts of a span; the first and the last one may be shorter than others."""
    start = span.start
    while start < span.end:
        end = min(_next(start, unit), span.end)
        yield Span(start, end)
        start = end


def _range(key: str, now: Span, before: Span | None) -> Range:
    for longest, unit in _LONGEST:
        if now.days <= longest:
            return Range(key, now, before, unit)
    return Range(key, now, before, "year")


def _next(start: date, unit: Unit) -> date:
    """Return when the part ends that a day begins; months, quarters and years end as in the calendar."""
    if unit == "day":
        return start + _DAY
    if unit == "week":
        return start + 7 * _DAY
    size = _MONTHS[unit]
    place = start.year * 12 + (start.month - 1) // size * size + size
    return date(place // 12, place % 12 + 1, 1)


def _months_back(day: date, months: int) -> date:
    """Return the day some months earlier, or the last one of a month that is too short for it."""
    place = day.year * 12 + day.month - 1 - months
    first = date(place // 12, place % 12 + 1, 1)
    return min(first + (day.day - 1) * _DAY, _next(first, "month") - _DAY)


def _days_before(now: Span) -> Span:
    """Return as many days, right before."""
    return Span(now.start - (now.end - now.start), now.start)


def _same_days_before(now: Span, months: int) -> Span:
    """Return the beginning of the period before, as far as the present one has come."""
    last = _months_back(now.end - _DAY, months)
    return Span(_months_back(now.start, months), last + _DAY)


_BEGINS: dict[str, Callable[[date], date]] = {
    "today": lambda today: today,
    "7d": lambda today: today - 6 * _DAY,
    "4w": lambda today: today - 27 * _DAY,
    "3m": lambda today: _months_back(today, 3) + _DAY,
    "12m": lambda today: _months_back(today, 12) + _DAY,
    "mtd": lambda today: today.replace(day=1),
    "qtd": lambda today: today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1),
    "ytd": lambda today: today.replace(month=1, day=1),
}
_TO_DATE = {"mtd": 1, "qtd": 3, "ytd": 12}
"""In months, the length of the period that has begun."""
KEYS = (*_BEGINS, ALL, CUSTOM)
