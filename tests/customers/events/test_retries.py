"""When a delivery that failed is tried again."""

from datetime import UTC, datetime

import pytest

from customers.events.services import retries

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def wait(tries, *, livemode=True, retry_after=""):
    return retries.wait(tries, livemode=livemode, retry_after=retry_after, at=AT)


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 10), (2, 60), (3, 300), (4, 1800), (5, 7200), (6, 18_000), (7, 36_000), (8, 43_200), (12, 43_200)],
)  # fmt: skip
def test_waits_in_live_mode_grow_and_are_spread(tries, seconds):
    waits = {wait(tries) for _ in range(300)}

    assert min(waits) >= seconds * 0.8
    assert max(waits) <= seconds * 1.2
    assert len(waits) > 1


def test_live_mode_gives_up_after_three_days():
    assert sum(retries.LIVE_WAITS) > 3 * 86_400
    assert wait(len(retries.LIVE_WAITS) + 1) is None


def test_test_mode_tries_three_times():
    assert [wait(tries, livemode=False) is None for tries in (1, 2, 3)] == [False, False, True]


def test_a_drill_shortens_test_mode_alone(settings):
    settings.DRILL_TIME_FACTOR = 0.01

    assert wait(2, livemode=False) <= 0.72
    assert wait(2) >= 48


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120), (" 120 ", 120), ("7200", 3600), ("9" * 400, 3600), ("Mon, 02 Mar 2026 12:05:00 GMT", 300),
        ("Monday, 02-Mar-26 12:05:00 GMT", 300), ("Mon, 09 Mar 2026 12:05:00 GMT", 3600),
    ],
)  # fmt: skip
def test_who_asks_for_time_gets_up_to_an_hour(said, seconds):
    assert wait(1, retry_after=said) == seconds


@pytest.mark.parametrize(
    "said", ["1", "-5", "soon", "1.5", "٣٠٠", "Mon, 02 Mar 2026 11:00:00 GMT", "\0", "Mon, 99 Mar"]
)
def test_what_is_shorter_or_no_time_at_all_changes_nothing(said):
    assert 8 <= wait(1, retry_after=said) <= 12
