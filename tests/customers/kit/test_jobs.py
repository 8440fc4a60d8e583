from types import SimpleNamespace

import pytest

from customers.kit.jobs import Retries


def waits(attempts):
    decision = Retries().get_retry_decision(
        exception=OSError(), job=SimpleNamespace(attempts=attempts)
    )
    return decision and decision.retry_at


@pytest.mark.parametrize(
    ("factor", "attempts", "seconds"),
    [(1, 0, 4), (1, 1, 16), (1, 7, 65_536), (0.01, 0, 1), (0.01, 7, 655)],
)
def test_a_failed_job_waits_longer_each_time_and_shorter_in_a_drill(
    settings, monkeypatch, factor, attempts, seconds
):
    settings.DRILL_TIME_FACTOR = factor
    monkeypatch.setattr(
        "procrastinate.utils.datetime_from_timedelta_params", lambda params: params["seconds"]
    )

    assert waits(attempts) == seconds


def test_a_job_that_failed_often_enough_is_given_up():
    assert waits(8) is None
