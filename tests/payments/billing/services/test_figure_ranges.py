"""The ranges of the home page: which days they are, what they are compared with, and how they are parted."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.billing.services import figure_ranges
from payments.billing.services.figure_ranges import KEYS, Span

TODAY = date(2026, 5, 31)
DAYS = st.integers(date(2001, 1, 1).toordinal(), date(2090, 12, 31).toordinal()).map(
    date.fromordinal
)


def of(key, today=TODAY, **more):
    found = figure_ranges.named(key, today=today, **more)
    return (
        found.now.start.isoformat(), found.now.end.isoformat(),
        *([found.before.start.isoformat(), found.before.end.isoformat()] if found.before else []),
        found.unit,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("today", ("2026-05-31", "2026-06-01", "2026-05-30", "2026-05-31", "day")),
        ("7d", ("2026-05-25", "2026-06-01", "2026-05-18", "2026-05-25", "day")),
        ("4w", ("2026-05-04", "2026-06-01", "2026-04-06", "2026-05-04", "day")),
        ("3m", ("2026-03-01", "2026-06-01", "2025-11-29", "2026-03-01", "week")),
        ("12m", ("2025-06-01", "2026-06-01", "2024-06-01", "2025-06-01", "month")),
        ("mtd", ("2026-05-01", "2026-06-01", "2026-04-01", "2026-05-01", "day")),
        ("qtd", ("2026-04-01", "2026-06-01", "2026-01-01", "2026-03-01", "week")),
        ("ytd", ("2026-01-01", "2026-06-01", "2025-01-01", "2025-06-01", "week")),
        ("all", ("2026-05-31", "2026-06-01", "day")),
    ],
)
def test_named_ranges(key, expected):
    assert of(key) == expected


def test_all_begins_with_the_first_figure():
    assert of("all", first=date(2010, 3, 5)) == ("2010-03-05", "2026-06-01", "year")


def test_month_to_date_is_compared_with_as_much_of_the_month_before():
    assert of("mtd", date(2026, 3, 10)) == (
        "2026-03-01", "2026-03-11", "2026-02-01", "2026-02-11", "day",
    )  # fmt: skip


def test_chosen_dates_are_taken_in_either_order():
    found = figure_ranges.custom(date(2026, 5, 9), date(2026, 5, 1))

    assert (found.now, found.before) == (
        Span(date(2026, 5, 1), date(2026, 5, 10)), Span(date(2026, 4, 22), date(2026, 5, 1)),
    )  # fmt: skip


def test_no_other_names_are_known():
    assert [figure_ranges.named(key, today=TODAY) for key in ("", "custom", "5y")] == [None] * 3


@given(st.sampled_from([key for key in KEYS if key != "custom"]), DAYS, DAYS)
def test_parts_are_the_whole_and_few(key, today, first):
    found = figure_ranges.named(key, today=today, first=first)

    for span in (found.now, found.before):
        parts = list(figure_ranges.parts(span, found.unit)) if span else []
        days = [part.start + timedelta(days=n) for part in parts for n in range(part.days)]
        whole = span.days if span else 0
        assert (
            days == [span.start + timedelta(days=n) for n in range(whole)] if span else days == []
        )
        assert len(parts) <= 100
    assert found.now.end == today + timedelta(days=1)
    assert found.before is None or found.before.end <= found.now.start
