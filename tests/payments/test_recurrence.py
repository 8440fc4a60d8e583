import calendar
from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.recurrence import PLACES, WEEKDAYS, Recurrence, weekday_of_month

ANY_PACE = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # machines can be busy
DATES = st.dates(min_value=date(1990, 1, 1), max_value=date(2080, 12, 31))
SPANS = st.integers(min_value=0, max_value=1500)
EVERY = st.integers(min_value=1, max_value=30)


@st.composite
def rhythms(draw):
    start = draw(DATES)
    period = draw(st.sampled_from(["day", "week", "month"]))
    on = {}
    if period == "week":
        on = {"weekdays": draw(st.lists(st.sampled_from(WEEKDAYS), max_size=7, unique=True))}
    elif period == "month" and draw(st.booleans()):
        on = {"days_of_month": draw(st.lists(st.integers(1, 31), max_size=5, unique=True))}
    elif period == "month":
        on = {
            "weekday_of_month": f"{draw(st.sampled_from(PLACES))}_{draw(st.sampled_from(WEEKDAYS))}"
        }
    return Recurrence(draw(EVERY), period, start, start + timedelta(days=draw(SPANS)), **on)


def expected(rhythm):
    """Its dates, found by looking at every day between its start and its end."""
    days = (rhythm.end_on - rhythm.start_on).days + 1
    return [
        on
        for on in (rhythm.start_on + timedelta(days=number) for number in range(days))
        if _IS_ONE[rhythm.period](rhythm, on)
    ]


def _is_day(rhythm, on):
    return (on - rhythm.start_on).days % rhythm.every == 0


def _is_week(rhythm, on):
    monday = rhythm.start_on - timedelta(days=rhythm.start_on.weekday())
    names = rhythm.weekdays or [WEEKDAYS[rhythm.start_on.weekday()]]
    return (on - monday).days // 7 % rhythm.every == 0 and WEEKDAYS[on.weekday()] in names


def _is_month(rhythm, on):
    start, last = rhythm.start_on, calendar.monthrange(on.year, on.month)[1]
    months = (on.year - start.year) * 12 + on.month - start.month
    if months % rhythm.every:
        return False
    if not rhythm.weekday_of_month:
        wanted = rhythm.days_of_month or [start.day]
        return on.day in wanted or (on.day == last and max(wanted) > last)
    place, weekday = rhythm.weekday_of_month.split("_")
    if WEEKDAYS[on.weekday()] != weekday:
        return False
    return on.day + 7 > last if place == "last" else (on.day - 1) // 7 == PLACES.index(place)


_IS_ONE = {"day": _is_day, "week": _is_week, "month": _is_month}


@ANY_PACE
@given(rhythms())
def test_dates_are_those_that_the_calendar_says(rhythm):
    assert list(rhythm.dates()) == expected(rhythm)


@ANY_PACE
@given(rhythms(), st.integers(min_value=-10, max_value=1600))
def test_what_comes_after_a_date_is_the_rest(rhythm, days):
    after = rhythm.start_on + timedelta(days=days)

    assert list(rhythm.dates(after=after)) == [on for on in rhythm.dates() if on > after]


@pytest.mark.parametrize(
    ("rhythm", "first"),
    [
        pytest.param(
            Recurrence(1, "month", date(2027, 1, 31), date(2029, 12, 31)),
            ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"],
            id="a month that lacks the day",
        ),
        pytest.param(
            Recurrence(12, "month", date(2024, 2, 29), date(2040, 1, 1)),
            ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28"],
            id="a leap day",
        ),
        pytest.param(
            Recurrence(1, "month", date(2027, 2, 1), date(2040, 1, 1), days_of_month=[29, 31]),
            ["2027-02-28", "2027-03-29", "2027-03-31", "2027-04-29"],
            id="two days that are one in February",
        ),
        pytest.param(
            Recurrence(2, "month", date(2027, 1, 20), date(2040, 1, 1), days_of_month=[15]),
            ["2027-03-15", "2027-05-15", "2027-07-15", "2027-09-15"],
            id="months are counted from the start's",
        ),
        pytest.param(
            Recurrence(1, "month", date(2027, 1, 1), date(2040, 1, 1), weekday_of_month="last_thursday"),
            ["2027-01-28", "2027-02-25", "2027-03-25", "2027-04-29"],
            id="the last Thursday",
        ),
        pytest.param(
            Recurrence(1, "month", date(2027, 1, 12), date(2040, 1, 1), weekday_of_month="second_monday"),
            ["2027-02-08", "2027-03-08", "2027-04-12", "2027-05-10"],
            id="the second Monday, which has passed in the first month",
        ),
        pytest.param(
            Recurrence(2, "week", date(2027, 1, 6), date(2040, 1, 1), weekdays=["monday", "friday"]),
            ["2027-01-08", "2027-01-18", "2027-01-22", "2027-02-01"],
            id="weeks are counted from the start's",
        ),
        pytest.param(
            Recurrence(3, "day", date(2027, 12, 30), date(2028, 1, 3)),
            ["2027-12-30", "2028-01-02"],
            id="days across a new year",
        ),
        pytest.param(
            Recurrence(1000, "month", date(9998, 12, 31), date(9999, 12, 31)),
            ["9998-12-31"],
            id="the end of all calendars",
        ),
    ],
)  # fmt: skip
def test_dates(rhythm, first):
    assert [on.isoformat() for on in islice(rhythm.dates(), 4)] == first


@pytest.mark.parametrize(
    ("every", "period", "on", "words"),
    [
        (1, "day", {}, "Every day"),
        (3, "day", {}, "Every 3 days"),
        (1, "week", {"weekdays": ["monday", "friday"]}, "Every week on Monday and Friday"),
        (2, "week", {}, "Every 2 weeks on Thursday"),
        (1, "month", {"days_of_month": [1, 2, 3, 11, 12, 13, 21, 31]},
         "Every month on the 1st, 2nd, 3rd, 11th, 12th, 13th, 21st and 31st"),
        (2, "month", {}, "Every 2 months on the 14th"),
        (1, "month", {"weekday_of_month": "last_thursday"}, "Every month on the last Thursday"),
    ],
)  # fmt: skip
def test_in_words(every, period, on, words):
    rhythm = Recurrence(every, period, date(2027, 1, 14), date(2028, 1, 1), **on)

    assert rhythm.in_words() == words


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("second_monday", "second_monday"),
        ("2nd_monday", "second_monday"),
        ("last_sunday", "last_sunday"),
        ("fifth_monday", ""),
        ("second_moonday", ""),
        ("second_monday ", ""),
        ("", ""),
    ],
)
def test_a_weekday_of_a_month(text, kept):
    assert weekday_of_month(text) == kept
