"""Dates as people write them: by their locale, and where Thai is read by the Buddhist era, which Babel leaves out."""

import re
from datetime import date, datetime
from typing import Literal

from babel import Locale, dates

_ERA_BEGINS = 543  # years before the common era
_YEAR = re.compile(r"(?:ค\.ศ\. )?(\d{4})")  # with the sign of the common era, where Babel writes it


def day(on: date, locale: Locale, *, width: Literal["long", "medium"] = "long") -> str:
    """Return a day, such as `24 November 2026`.

    Args:
        width: `long` or `medium`, as Unicode's rules call them.
    """
    return _counted(dates.format_date(on, width, locale=locale), locale)


def moment(at: datetime, locale: Locale) -> str:
    """Return a day and a time of it, such as `24 Nov 2026, 15:05`, in the zone of the instant that is given."""
    clock = locale.time_formats["short"].pattern.replace("a", "aaaa")  # Koreans write 오후, not PM
    order = str(dates.get_datetime_format("medium", locale=locale))
    time = dates.format_time(at, clock, locale=locale)
    return order.format(time, day(at, locale, width="medium"))


def month(first: date, locale: Locale) -> str:
    """Return the month of a day and its year."""
    return _counted(dates.format_skeleton("yMMMM", first, locale=locale), locale)


def span(first: date, last: date, locale: Locale) -> str:
    """Return the days from one to another."""
    return _counted(dates.format_interval(first, last, "yMMMd", locale=locale), locale)


def _counted(text: str, locale: Locale) -> str:
    """Return a written date with its years as the locale's people count them."""
    if locale.language != "th":
        return text
    return _YEAR.sub(lambda found: str(int(found[1]) + _ERA_BEGINS), text)
