"""When something recurs: every so many days, weeks or months, from one date to another; calendar dates only.

Weeks and months are counted from the one in which the start lies, so that a later date never shifts the rhythm. In a
month that lacks a day, the last day of the month stands for it.

Source: https://docs.omise.co/charge-schedules-api
"""

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAY, WEEK, MONTH = "day", "week", "month"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PLACES = ("first", "second", "third", "fourth", "last")
LAST_DAY = 31
_SHORT = {"1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth"}
_OF_MONTH = re.compile(rf"({'|'.join((*PLACES, *_SHORT))})_({'|'.join(WEEKDAYS)})")


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rhythm.

    Args:
        every: how many periods lie between, from 1.
        period: `day`, `week` or `month`.
        end_on: the last date that it may have.
        weekdays: of a rhythm in weeks: their English names; the weekday of the start where there are none.
        days_of_month: of a rhythm in months: from 1 to 31; the day of the start where there is nothing else.
        weekday_of_month: of a rhythm in months, instead: such as `second_monday` or `last_thursday`.
    """

    every: int
    period: str
    start_on: date
    end_on: date
    weekdays: Sequence[str] = ()
    days_of_month: Sequence[int] = ()
    weekday_of_month: str = ""

    def dates(self, *, after: date | None = None) -> Iterator[date]:
        """Yield its dates in order.

        Args:
            after: only what comes behind this date; everything where absent.
        """
        begun = self.start_on if after is None else max(self.start_on, after + timedelta(days=1))
        if begun <= self.end_on:
            candidates = {DAY: self._days, WEEK: self._weeks, MONTH: self._months}[self.period]
            yield from (on for on in candidates(begun) if begun <= on <= self.end_on)

    def in_words(self) -> str:
        """Return it as an English phrase, such as `Every 2 months on the 1st and 15th`."""
        often = f"Every {self.period}" if self.every == 1 else f"Every {self.every} {self.period}s"
        if self.period == WEEK:
            return f"{often} on {_listed([name.capitalize() for name in self._weekdays()])}"
        if self.period == DAY:
            return often
        if self.weekday_of_month:
            place, weekday = self.weekday_of_month.split("_")
            return f"{often} on the {place} {weekday.capitalize()}"
        return f"{often} on the {_listed([_ordinal(day) for day in self._days_of_month()])}"

    def _days(self, begun: date) -> Iterator[date]:
        first = _skipped(self.start_on.toordinal(), begun.toordinal(), self.every)
        for ordinal in range(first, self.end_on.toordinal() + 1, self.every):
            yield date.fromordinal(ordinal)

    def _weeks(self, begun: date) -> Iterator[date]:
        places = sorted(WEEKDAYS.index(name) for name in self._weekdays())
        step = 7 * self.every
        monday = self.start_on.toordinal() - self.start_on.weekday()
        for week in range(
            _skipped(monday, begun.toordinal() - 6, step), self.end_on.toordinal() + 1, step
        ):
            yield from (
                date.fromordinal(week + place)
                for place in places
                if 1 <= week + place <= self.end_on.toordinal()
            )

    def _months(self, begun: date) -> Iterator[date]:
        first = _skipped(_month_number(self.start_on), _month_number(begun), self.every)
        for number in range(first, _month_number(self.end_on) + 1, self.every):
            year, month = number // 12, number % 12 + 1
            yield from self._in_month(year, month)

    def _in_month(self, year: int, month: int) -> list[date]:
        days = calendar.monthrange(year, month)[1]
        if not self.weekday_of_month:
            wanted = {min(day, days) for day in self._days_of_month()}
            return [date(year, month, day) for day in sorted(wanted)]
        place, weekday = self.weekday_of_month.split("_")
        first = 1 + (WEEKDAYS.index(weekday) - date(year, month, 1).weekday()) % 7
        alike = range(first, days + 1, 7)
        return [date(year, month, alike[-1 if place == "last" else PLACES.index(place)])]

    def _weekdays(self) -> Sequence[str]:
        return self.weekdays or (WEEKDAYS[self.start_on.weekday()],)

    def _days_of_month(self) -> Sequence[int]:
        return self.days_of_month or (self.start_on.day,)


def weekday_of_month(text: str) -> str:
    """Return a name such as `second_monday` as it is kept, `2nd_monday` included; empty where it is none."""
    match = _OF_MONTH.fullmatch(text)
    if match is None:
        return ""
    place, weekday = match.groups()
    return f"{_SHORT.get(place, place)}_{weekday}"


def _skipped(first: int, wanted: int, step: int) -> int:
    """Return the first number, in steps from `first`, that is not below what is wanted."""
    return first + max(0, -(-(wanted - first) // step)) * step


def _month_number(on: date) -> int:
    return on.year * 12 + on.month - 1


def _ordinal(day: int) -> str:
    is_teen = 11 <= day <= 13  # noqa: PLR2004 -- eleventh, twelfth, thirteenth
    return f"{day}{'th' if is_teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
