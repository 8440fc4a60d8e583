"""Which days the home page looks at, and in which currency: said by the page's address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from payments.billing.services import figure_ranges, figures
from payments.billing.services.figure_ranges import ALL, CUSTOM, DEFAULT, Range, Span, Unit
from payments.billing.services.figures import Figures

NAMES = {
    "today": gettext_lazy("Today"),
    "7d": gettext_lazy("Last 7 days"),
    "4w": gettext_lazy("Last 4 weeks"),
    "3m": gettext_lazy("Last 3 months"),
    "12m": gettext_lazy("Last 12 months"),
    "mtd": gettext_lazy("Month to date"),
    "qtd": gettext_lazy("Quarter to date"),
    "ytd": gettext_lazy("Year to date"),
    "all": gettext_lazy("All time"),
}
_SINCE = {"today": "day", "7d": "week", "4w": "month", "12m": "year"}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for; what cannot be read is as if it had not been asked for.

    Args:
        currencies: those that there are, the site's own first.
    """

    range: Range
    currency: str
    currencies: tuple[str, ...]

    @property
    def kept(self) -> dict[str, str]:
        """The parameters that lead to the same days and currency."""
        last = self.range.now.end - _DAY
        days = (
            {"range": CUSTOM, "from": self.range.now.start.isoformat(), "until": last.isoformat()}
            if self.range.key == CUSTOM
            else {"range": self.range.key}
        )
        return {**days, "currency": self.currency}

    def url(self, **changed: str) -> str:
        """Return the address with other parameters."""
        return f"?{urlencode({**self.kept, **changed})}"


def read(params: Mapping[str, Any], *, own: str, today: date) -> Wanted:
    """Return what an address asks for.

    Args:
        own: the site's currency.
    """
    known = figures.currencies(own)
    asked = str(params.get("currency", ""))
    currency = asked if asked in known else own
    return Wanted(_range(params, currency, today=today), currency, tuple(known))


def context(wanted: Wanted, found: Figures) -> dict[str, Any]:
    """Return what the template says about the days and the currency, and where others are."""
    now, before, key = wanted.range.now, wanted.range.before, wanted.range.key
    return {
        "name": NAMES.get(key, days_in_words(now)),
        "days": days_in_words(now),
        "before": days_in_words(before) if before and found.before else "",
        "choices": [
            (name, f"?{urlencode({'range': each, 'currency': wanted.currency})}", each == key)
            for each, name in NAMES.items()
        ],
        "currency": wanted.currency,
        "currencies": [
            (each.upper(), wanted.url(currency=each), each == wanted.currency)
            for each in wanted.currencies
        ],
        "first": now.start,
        "last": now.end - _DAY,
    }


def list_params(found: Figures) -> dict[str, str]:
    """Return the parameters with which lists show what was made in a range, where they have one that is about it."""
    since = _SINCE.get(found.range.key)
    return {"currency": found.currency, **({"created": since} if since else {})}


def days_in_words(span: Span) -> str:
    """Return a span's days as people write them."""
    last = span.end - _DAY
    if span.start == last:
        return date_format(last, "DATE_FORMAT")
    year = "" if span.start.year == last.year else " Y"
    return f"{date_format(span.start, 'j M' + year)} \N{EN DASH} {date_format(last, 'j M Y')}"


def part_in_words(span: Span, unit: Unit) -> str:
    """Return what a part of a range is called in full."""
    formats: dict[Unit, str] = {"month": "F Y", "year": "Y"}
    if span.days == 1:
        return date_format(span.start, "D, j M Y")
    whole = next(figure_ranges.parts(Span(span.start, span.end + _DAY), unit)) == span
    if unit in formats and whole and span.start.day == 1:
        return date_format(span.start, formats[unit])
    return days_in_words(span)


def end_in_words(span: Span, unit: Unit) -> str:
    """Return what stands below the first and the last part."""
    if unit in {"day", "week"}:
        return date_format(span.start if unit == "week" else span.end - _DAY, "j M")
    return date_format(span.start, "Y" if unit == "year" else "M Y")


def _range(params: Mapping[str, Any], currency: str, *, today: date) -> Range:
    key = str(params.get("range", ""))
    start, last = (_day(params.get(name)) for name in ("from", "until"))
    if key in {"", CUSTOM} and (start or last):
        return figure_ranges.custom(start or figure_ranges.EARLIEST, last or today)
    first = figures.first_day(currency) if key == ALL else None
    found = figure_ranges.named(key, today=today, first=first)
    default = figure_ranges.named(DEFAULT, today=today)
    assert default is not None  # noqa: S101 -- it is among them
    return found or default


def _day(text: Any) -> date | None:
    try:
        return parse_date(str(text or ""))
    except ValueError:
        return None
