"""The calendar of billing: the anchor plus n intervals.

Every boundary is counted from the anchor, never from the boundary before it, so a month that lacks the anchor's day
gives its last day and the next one that has it gives the day itself: 31 January, 28 February, 31 March. Everything is
in UTC: the time of day is the anchor's in UTC, and no daylight saving moves it. Periods are half-open.

An instant beyond the years 1 to 9999 is a ValueError.

Source: https://docs.stripe.com/billing/subscriptions/billing-cycle
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

Unit = Literal["day", "week", "month", "year"]
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True, slots=True)
class Interval:
    """How long a period is.

    Args:
        count: how many units, from 1.
    """

    unit: Unit
    count: int


@dataclass(frozen=True, slots=True)
class AnchorConfig:
    """Which instants may be an anchor: Stripe's `billing_cycle_anchor_config`, in UTC.

    Args:
        day_of_month: from 1 to 31; the last day in a month that lacks it.
        month: from 1 to 12, of intervals of several months; any where absent.
        hour: this and the next two are those of the instant asked about where absent.
    """

    day_of_month: int
    month: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None


def nth(anchor: datetime, interval: Interval, n: int) -> datetime:
    """Return the boundary that lies n intervals after the anchor, or before it where n is negative.

    Raises:
        ValueError: no calendar goes there.
    """
    anchor = anchor.astimezone(UTC)
    if interval.unit in _MONTHS:
        return _in_month(_number(anchor) + n * _months(interval), anchor.day, anchor)
    try:
        return anchor + n * _length(interval)
    except OverflowError as error:
        message = "The date is out of range."
        raise ValueError(message) from error


def period_at(anchor: datetime, interval: Interval, at: datetime) -> tuple[datetime, datetime]:
    """Return the start and the end of the period that an instant lies in; it may lie before the anchor.

    Raises:
        ValueError: no calendar goes there.
    """
    at = at.astimezone(UTC)
    if interval.unit in _MONTHS:
        n = (_number(at) - _number(anchor.astimezone(UTC))) // _months(interval)
        if nth(anchor, interval, n) > at:  # in the same month, but later in it
            n -= 1
    else:
        n = (at - anchor) // _length(interval)
    return nth(anchor, interval, n), nth(anchor, interval, n + 1)


def next_after(anchor: datetime, interval: Interval, at: datetime) -> datetime:
    """Return the first boundary after an instant.

    Raises:
        ValueError: no calendar goes there.
    """
    return period_at(anchor, interval, at)[1]


def months_later(at: datetime, months: int) -> datetime:
    """Return the same day and time that many months later, such as the end of a repeating coupon.

    Raises:
        ValueError: no calendar goes there.
    """
    return nth(at, Interval("month", 1), months)


def anchored(at: datetime, config: AnchorConfig, interval: Interval) -> datetime:
    """Return the anchor that a configuration gives to what begins at an instant.

    It may lie several intervals ahead, in the first month of the rhythm that has the day, or else the 31st would be
    forgotten. `period_at` tells the period in which things begin: a whole one where it starts at `at`, or the rest of
    one until the first full period, which is never more than an interval away. So what begins in February, for every
    second month on the 31st, is anchored on 31 August, and its first full period starts on 28 February.

    Args:
        interval: of months or years.

    Raises:
        ValueError: the interval is of days or weeks, or no calendar goes there.
    """
    if interval.unit not in _MONTHS:
        message = "Only intervals of months and years can be anchored by the day of the month."
        raise ValueError(message)
    at = at.astimezone(UTC).replace(microsecond=0)
    time = at.replace(
        hour=at.hour if config.hour is None else config.hour,
        minute=at.minute if config.minute is None else config.minute,
        second=at.second if config.second is None else config.second,
    )
    step = _months(interval)
    first = _first_month(at, config, time, step)
    # A dozen steps meet every month that the rhythm knows, and a leap year where it knows only February.
    rhythm = range(first, first + 12 * step, step)
    longest = max(rhythm, key=lambda month: min(config.day_of_month, _days_in(month)))
    return _in_month(longest, config.day_of_month, time)


def _first_month(at: datetime, config: AnchorConfig, time: datetime, step: int) -> int:
    """Return the month of the first boundary: from `at` on, and in step with the month asked for."""
    here = _number(at)

    def not_before(month: int, every: int) -> int:
        return month + every if _in_month(month, config.day_of_month, time) < at else month

    every, wanted = 1, here
    if config.month is not None:
        every, wanted = 12, here + (config.month - 1 - here) % 12
    wanted = not_before(wanted, every)
    return not_before(here + (wanted - here) % step, step)


def _in_month(number: int, day: int, time: datetime) -> datetime:
    year, month = divmod(number, 12)
    return time.replace(year=year, month=month + 1, day=min(day, _days_in(number)))


def _days_in(number: int) -> int:
    year, month = divmod(number, 12)
    return calendar.monthrange(year, month + 1)[1]


def _number(at: datetime) -> int:
    """Return its month, counted from the year 0."""
    return at.year * 12 + at.month - 1


def _months(interval: Interval) -> int:
    return _MONTHS[interval.unit] * interval.count


def _length(interval: Interval) -> timedelta:
    return timedelta(days=_DAYS[interval.unit] * interval.count)
