from datetime import timedelta

import pytest

from payments.models import Operation
from payments.services import operations
from tests.factories.payments import ChargeFactory


@pytest.fixture
def operation(scope, at):
    charge = ChargeFactory(created_at=at)
    return operations.prepare(
        charge, operations.Kind.AUTHORIZE, reference=charge.pk, amount=charge.amount, at=at
    )


def test_an_act_is_written_down_before_it_is_asked_for(operation, at):
    operation.save(force_insert=True)

    stored = Operation.objects.get()
    assert (stored.kind, stored.state, stored.amount, stored.currency) == (
        "authorize",
        "open",
        2000,
        "usd",
    )
    assert (stored.reference, stored.checks) == (stored.charge_id, 0)
    assert stored.next_check_at == at + timedelta(seconds=10)


@pytest.mark.parametrize(
    ("checks", "asked", "expected"),
    [
        pytest.param(0, 0, 10, id="at once"),
        pytest.param(1, 10, 60, id="by the schedule"),
        pytest.param(1, 300, 310, id="late: not at once again"),
        pytest.param(13, 7 * 86_400, 8 * 86_400, id="daily after the end"),
    ],
)
def test_the_next_look_follows_the_schedule(operation, checks, asked, expected, at):
    operation.checks = checks

    due = operations.next_check(operation, at=at + timedelta(seconds=asked))

    assert (due - at).total_seconds() == expected


def test_a_drill_runs_the_schedule_faster_in_test_mode_only(operation, settings, at):
    settings.DRILL_TIME_FACTOR = 0.1
    fast = operations.next_check(operation, at=at)
    operation.livemode = True

    assert (fast, operations.next_check(operation, at=at)) == (
        at + timedelta(seconds=1), at + timedelta(seconds=10),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("window", "age", "forgotten"),
    [(300, 300, False), (300, 301, True), (0, 90, False), (0, 91, True)],
)
def test_an_act_is_forgotten_after_the_gateways_window_and_the_longest_call(
    operation, gateway, window, age, forgotten, at
):
    gateway.idempotency_window = timedelta(seconds=window)

    assert operations.is_forgotten(operation, at=at + timedelta(seconds=age)) is forgotten


@pytest.mark.parametrize(("age", "forgotten"), [(10, False), (11, True)])
def test_no_drill_is_so_fast_that_an_asker_is_overtaken(
    operation, gateway, settings, age, forgotten, at
):
    gateway.idempotency_window = timedelta(0)
    settings.DRILL_TIME_FACTOR = 0.001

    assert operations.is_forgotten(operation, at=at + timedelta(seconds=age)) is forgotten
