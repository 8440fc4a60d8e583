from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.billing.periods import (
    AnchorConfig,
    Interval,
    anchored,
    months_later,
    next_after,
    nth,
    period_at,
)

ANY_PACE = settings(deadline=None)  # machines can be busy
INSTANTS = st.timedeltas(timedelta(0), timedelta(days=36_525)).map(
    lambda passed: datetime(1990, 1, 1, tzinfo=UTC) + passed
)
# Stripe's limit is three years: https://docs.stripe.com/api/prices/create
INTERVALS = st.one_of(
    st.builds(Interval, st.just("day"), st.integers(1, 1095)),
    st.builds(Interval, st.just("week"), st.integers(1, 156)),
    st.builds(Interval, st.just("month"), st.integers(1, 36)),
    st.builds(Interval, st.just("year"), st.integers(1, 3)),
)
OF_MONTHS = INTERVALS.filter(lambda interval: interval.unit in {"month", "year"})
CONFIGS = st.builds(
    AnchorConfig,
    st.integers(1, 31),
    month=st.none() | st.integers(1, 12),
    hour=st.none() | st.integers(0, 23),
    minute=st.none() | st.integers(0, 59),
    second=st.none() | st.integers(0, 59),
)
MONTHLY = Interval("month", 1)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def boundaries(anchor, interval, count):
    return [nth(anchor, interval, n).isoformat(" ", "minutes")[:-6] for n in range(count)]


@pytest.mark.parametrize(
    ("anchor", "interval", "expected"),
    [
        pytest.param(
            "2027-01-31 09:30", MONTHLY,
            ["2027-01-31 09:30", "2027-02-28 09:30", "2027-03-31 09:30", "2027-04-30 09:30"],
            id="the 31st comes back",
        ),
        pytest.param(
            "2027-12-30 00:00", Interval("month", 2),
            ["2027-12-30 00:00", "2028-02-29 00:00", "2028-04-30 00:00", "2028-06-30 00:00"],
            id="February of a leap year",
        ),
        pytest.param(
            "2024-02-29 23:59", Interval("year", 1),
            ["2024-02-29 23:59", "2025-02-28 23:59", "2026-02-28 23:59", "2027-02-28 23:59",
             "2028-02-29 23:59"],
            id="a leap day",
        ),
        pytest.param(
            "2027-12-20 12:00", Interval("week", 2),
            ["2027-12-20 12:00", "2028-01-03 12:00", "2028-01-17 12:00"],
            id="weeks across a new year",
        ),
        pytest.param(
            "2028-02-28 12:00", Interval("day", 1),
            ["2028-02-28 12:00", "2028-02-29 12:00", "2028-03-01 12:00"],
            id="days",
        ),
    ],
)  # fmt: skip
def test_nth_counts_from_the_anchor(anchor, interval, expected):
    assert boundaries(at(anchor), interval, len(expected)) == expected


def test_nth_goes_back():
    assert nth(at("2027-03-31 10:00"), MONTHLY, -1) == at("2027-02-28 10:00")
    assert nth(at("2027-03-31 10:00"), Interval("week", 1), -2) == at("2027-03-17 10:00")


def test_nth_keeps_the_time_of_day_in_utc_whatever_zone_the_anchor_is_written_in():
    berlin = datetime(2027, 3, 1, 0, 30, tzinfo=ZoneInfo("Europe/Berlin"))

    assert nth(berlin, MONTHLY, 0).isoformat() == "2027-02-28T23:30:00+00:00"
    assert nth(berlin, MONTHLY, 1).isoformat() == "2027-03-28T23:30:00+00:00"
    assert nth(berlin, Interval("day", 60), 1).isoformat() == "2027-04-29T23:30:00+00:00"


@pytest.mark.parametrize("unit", ["day", "week", "month", "year"])
@pytest.mark.parametrize("n", [-10_000_000, 10_000_000])
def test_nth_refuses_what_no_calendar_has(unit, n):
    with pytest.raises(ValueError, match=r"out of range|must be in"):
        nth(at("2027-01-31"), Interval(unit, 1), n)


@pytest.mark.parametrize("interval", [Interval("day", 1), MONTHLY, Interval("year", 3)])
def test_the_last_period_of_the_calendar_is_refused(interval):
    with pytest.raises(ValueError, match=r"out of range|must be in"):
        next_after(at("2027-12-31"), interval, at("9999-12-31 12:00"))


@ANY_PACE
@given(INSTANTS, INTERVALS, st.integers(-20, 20))
def test_boundaries_rise_and_a_month_gives_the_day_or_its_last(anchor, interval, n):
    boundary = nth(anchor, interval, n)

    assert boundary < nth(anchor, interval, n + 1)
    assert boundary.timetz() == anchor.timetz()
    if interval.unit in {"month", "year"}:
        is_last = (boundary + timedelta(days=1)).day == 1
        assert boundary.day == anchor.day or (boundary.day < anchor.day and is_last)


@ANY_PACE
@given(INSTANTS, INTERVALS, INSTANTS)
def test_a_period_holds_its_instant_and_is_one_of_the_anchors(anchor, interval, instant):
    start, end = period_at(anchor, interval, instant)

    assert start <= instant < end
    assert next_after(anchor, interval, instant) == end
    days = {"day": 1, "week": 7, "month": 30.436875, "year": 365.2425}[interval.unit]
    near = round((start - anchor) / timedelta(days=days * interval.count))
    around = [nth(anchor, interval, n) for n in range(near - 1, near + 3)]
    assert (start, end) in pairwise(around)


@ANY_PACE
@given(INSTANTS, INTERVALS, st.integers(-20, 20))
def test_a_boundary_begins_its_period(anchor, interval, n):
    assert period_at(anchor, interval, nth(anchor, interval, n)) == (
        nth(anchor, interval, n),
        nth(anchor, interval, n + 1),
    )


def test_a_period_ends_just_before_its_end():
    anchor = at("2027-01-31 10:00")

    assert period_at(anchor, MONTHLY, at("2027-02-28 09:59:59.999999")) == (
        at("2027-01-31 10:00"), at("2027-02-28 10:00"),
    )  # fmt: skip
    assert period_at(anchor, MONTHLY, at("2026-12-31 09:00")) == (
        at("2026-11-30 10:00"), at("2026-12-31 10:00"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2027-11-30 08:00", 3, "2028-02-29 08:00"),
        ("2027-03-31", 6, "2027-09-30"),
        ("2027-03-15", 12, "2028-03-15"),
    ],
)
def test_months_later(start, months, end):
    assert months_later(at(start), months) == at(end)


@pytest.mark.parametrize(
    ("instant", "config", "interval", "anchor", "first"),
    [
        pytest.param(
            "2027-02-10 17:20:30", AnchorConfig(15, hour=12, minute=30, second=0), MONTHLY,
            "2027-02-15 12:30", "2027-02-15 12:30", id="later in the month",
        ),
        pytest.param(
            "2027-02-15 12:30:01", AnchorConfig(15, hour=12, minute=30, second=0), MONTHLY,
            "2027-03-15 12:30", "2027-03-15 12:30", id="a second too late",
        ),
        pytest.param(
            "2027-02-15 12:30:00.7", AnchorConfig(15), MONTHLY,
            "2027-02-15 12:30", "2027-02-15 12:30", id="now; whole seconds only",
        ),
        pytest.param(
            "2027-02-10 17:20:30", AnchorConfig(15, hour=9), MONTHLY,
            "2027-02-15 09:20:30", "2027-02-15 09:20:30", id="the rest of the time is the instant's",
        ),
        pytest.param(
            "2027-02-10", AnchorConfig(31), MONTHLY,
            "2027-03-31", "2027-02-28", id="the end of each month",
        ),
        pytest.param(
            "2027-02-10", AnchorConfig(31), Interval("month", 2),
            "2027-08-31", "2027-02-28", id="the end of every second month, Stripe's example",
        ),
        pytest.param(
            "2027-02-10", AnchorConfig(1, month=7), Interval("year", 1),
            "2027-07-01", "2027-07-01", id="a year from July",
        ),
        pytest.param(
            "2027-07-02", AnchorConfig(1, month=7), Interval("year", 2),
            "2028-07-01", "2028-07-01", id="two years from next July",
        ),
        pytest.param(
            "2027-02-15", AnchorConfig(1, month=1), Interval("month", 3),
            "2027-04-01", "2027-04-01", id="calendar quarters",
        ),
        pytest.param(
            "2026-08-01", AnchorConfig(29, month=2), Interval("year", 1),
            "2028-02-29", "2027-02-28", id="leap days",
        ),
        pytest.param(
            "2027-05-01", AnchorConfig(31, month=4), Interval("year", 1),
            "2028-04-30", "2028-04-30", id="a month that never has the day",
        ),
    ],
)  # fmt: skip
def test_anchored(instant, config, interval, anchor, first):
    found = anchored(at(instant), config, interval)

    assert found == at(anchor)
    # What begins on a boundary begins with a full period.
    whole = at(instant).replace(microsecond=0)
    assert next_after(found, interval, whole - timedelta(seconds=1)) == at(first)


@ANY_PACE
@given(INSTANTS, CONFIGS, OF_MONTHS)
def test_an_anchor_fits_and_its_first_boundary_is_within_one_interval(instant, config, interval):
    instant = instant.replace(microsecond=0)

    anchor = anchored(instant, config, interval)

    first = next_after(anchor, interval, instant - timedelta(seconds=1))
    assert instant <= first <= anchor
    assert first <= nth(instant, interval, 1) + timedelta(days=3)
    time = (anchor.hour, anchor.minute, anchor.second)
    wanted = (config.hour, config.minute, config.second)
    now = (instant.hour, instant.minute, instant.second)
    assert time == tuple(
        here if value is None else value for value, here in zip(wanted, now, strict=True)
    )
    for n in range(12):  # no later boundary comes nearer to the day asked for
        assert nth(anchor, interval, n).day <= anchor.day <= config.day_of_month


@ANY_PACE
@given(INSTANTS, CONFIGS.filter(lambda config: config.month), st.sampled_from([1, 2, 3, 4, 6, 12]))
def test_an_anchors_rhythm_meets_the_month_asked_for(instant, config, months):
    anchor = anchored(instant, config, Interval("month", months))

    rhythm = (nth(anchor, Interval("month", months), n).month for n in range(12))
    assert config.month in islice(rhythm, 12 // months)


@pytest.mark.parametrize("unit", ["day", "week"])
def test_days_and_weeks_cannot_be_anchored_by_the_day_of_the_month(unit):
    with pytest.raises(ValueError, match="months and years"):
        anchored(at("2027-01-01"), AnchorConfig(1), Interval(unit, 1))
