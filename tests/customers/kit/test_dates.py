"""Dates are written by their locale; Thai years are the Buddhist era's."""

from datetime import UTC, date, datetime

import pytest
from babel import Locale

from customers.kit import dates

ON, LATER = date(2026, 11, 24), date(2027, 1, 3)


@pytest.mark.parametrize(
    ("locale", "long", "medium"),
    [
        ("en", "November 24, 2026", "Nov 24, 2026"),
        ("en_GB", "24 November 2026", "24 Nov 2026"),
        ("ja", "2026年11月24日", "2026/11/24"),
        ("ko", "2026년 11월 24일", "2026. 11. 24."),
        ("th", "24 พฤศจิกายน 2569", "24 พ.ย. 2569"),
    ],
)
def test_day_is_written_by_its_locale(locale, long, medium):
    of = Locale.parse(locale)

    assert (dates.day(ON, of), dates.day(ON, of, width="medium")) == (long, medium)


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en", "Nov 24, 2026, 3:05\N{NARROW NO-BREAK SPACE}PM"),
        ("en_GB", "24 Nov 2026, 15:05"),
        ("ko", "2026. 11. 24. 오후 3:05"),
        ("th", "24 พ.ย. 2569 15:05"),
    ],
)
def test_moment_has_the_day_and_the_time(locale, written):
    assert dates.moment(datetime(2026, 11, 24, 15, 5, tzinfo=UTC), Locale.parse(locale)) == written


@pytest.mark.parametrize(
    ("locale", "month", "span"),
    [
        ("en", "November 2026", "Nov 24, 2026\N{THIN SPACE}\N{EN DASH}\N{THIN SPACE}Jan 3, 2027"),
        ("th", "พฤศจิกายน 2569", "24 พ.ย. 2569 \N{EN DASH} 3 ม.ค. 2570"),
    ],
)
def test_months_and_spans_are_too(locale, month, span):
    of = Locale.parse(locale)

    assert (dates.month(ON, of), dates.span(ON, LATER, of)) == (month, span)


def test_leap_day_has_a_thai_year():
    assert dates.day(date(2028, 2, 29), Locale.parse("th")) == "29 กุมภาพันธ์ 2571"
