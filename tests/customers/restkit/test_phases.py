"""Requests that are several transactions: taken once, answered once, taken over when they were broken off."""

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.http import HttpResponse

from customers.kit import clock
from customers.kit.errors import (
    CardDeclined,
    Conflict,
    GatewayUnavailable,
    IdempotencyMismatch,
    InvalidRequest,
    TryAgain,
)
from customers.kit.tenancy import scoped_to
from customers.models import IdempotencyRecord
from customers.restkit import idempotency, v1_errors
from customers.services import idempotency as records
from customers.services.idempotency import Claim


@pytest.fixture
def claim(scope):
    return Claim(scope, "order-1", b"digest", "req_1", clock.now())


class Phases:
    """An action that notes the keys it was run with, and ends as it is told."""

    def __init__(self, *ends):
        self.ends = list(ends)
        self.keys = []

    def __call__(self, request_key):
        self.keys.append(request_key)
        end = self.ends.pop(0) if self.ends else b"done"
        if isinstance(end, Exception):
            raise end
        return HttpResponse(end, content_type="application/json")


def run(phases, claim, *, is_saved=True):
    return idempotency.answered_in_phases(
        phases, claim, is_saved=lambda: is_saved, refuse=v1_errors.response
    )


def kept():
    return list(IdempotencyRecord.objects.order_by("key").values_list("key", "status"))


def held():
    """Count the locks that this test's session holds on keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def test_the_answer_is_kept_and_given_again(claim):
    phases = Phases(b"first", b"second")

    first, second = run(phases, claim), run(phases, replace(claim, request_id="req_2"))

    assert (first.content, second.content) == (b"first", b"first")
    assert (first.get("Idempotent-Replayed"), second["Idempotent-Replayed"]) == (None, "true")
    assert (second["Original-Request"], second["Idempotency-Key"]) == ("req_1", "order-1")
    assert (len(phases.keys), kept(), held()) == (1, [("order-1", 200)], 0)


def test_no_transaction_is_open_while_it_runs(transactional_db, claim):
    seen = []

    def phases(request_key):
        seen.append((connection.in_atomic_block, kept()))
        return HttpResponse(b"done")

    run(phases, claim)

    assert seen == [(False, [("order-1", IdempotencyRecord.UNANSWERED)])]


def test_without_a_key_nothing_is_kept_and_each_run_has_a_name_of_its_own(scope):
    phases = Phases()

    for _ in range(2):
        run(phases, None)

    first, second = phases.keys
    assert (len(first), len(second), first == second) == (64, 64, False)
    assert kept() == []


@pytest.mark.parametrize(
    ("ends", "runs"),
    [([TryAgain()], 2), ([TryAgain(), TryAgain()], 3)],
    ids=["once", "twice"],
)
@pytest.mark.parametrize("has_key", [True, False])
def test_a_lost_race_is_run_again_under_the_same_name(claim, ends, runs, has_key):
    phases = Phases(*ends)

    response = run(phases, claim if has_key else None)

    assert response.content == b"done"
    assert (len(phases.keys), len(set(phases.keys))) == (runs, 1)


def test_a_race_that_is_lost_each_time_is_given_up(claim):
    phases = Phases(TryAgain(), TryAgain(), TryAgain())

    with pytest.raises(Conflict) as refusal:
        run(phases, claim)

    assert refusal.value.code == "lock_timeout"
    assert (kept(), held()) == ([("order-1", IdempotencyRecord.UNANSWERED)], 0)


def test_a_deadlock_is_run_again(claim):
    deadlock = OperationalError("deadlock detected")
    deadlock.__cause__ = DatabaseError()
    deadlock.__cause__.sqlstate = "40P01"
    phases = Phases(deadlock)

    response = run(phases, claim)

    assert (response.content, len(phases.keys)) == (b"done", 2)


def test_a_refusal_from_executing_is_kept(claim):
    phases = Phases(CardDeclined("Your card was declined."))

    first, second = run(phases, claim), run(phases, claim)

    assert (first.status_code, second.status_code) == (402, 402)
    assert second.content == first.content
    assert (len(phases.keys), kept()) == (1, [("order-1", 402)])


def test_a_refusal_of_what_was_asked_frees_the_key(claim):
    phases = Phases(InvalidRequest("Received unknown parameter: colour"))

    with pytest.raises(InvalidRequest):
        run(phases, claim, is_saved=False)
    response = run(phases, replace(claim, digest=b"corrected"))

    assert response.content == b"done"
    assert (kept(), held()) == ([("order-1", 200)], 0)


@pytest.mark.parametrize(
    "error",
    [GatewayUnavailable("No answer."), Conflict("Busy."), RuntimeError("a bug")],
    ids=lambda error: type(error).__name__,
)
def test_what_is_broken_off_can_be_taken_up_under_the_same_name(claim, error):
    phases = Phases(error)

    with pytest.raises(type(error)):
        run(phases, claim)
    assert (kept(), held()) == ([("order-1", IdempotencyRecord.UNANSWERED)], 0)
    response = run(phases, replace(claim, request_id="req_2"))

    assert response.content == b"done"
    assert (len(phases.keys), len(set(phases.keys))) == (2, 1)
    assert (kept(), held()) == ([("order-1", 200)], 0)


@pytest.mark.parametrize("is_finished", [True, False])
def test_other_parameters_are_refused(claim, is_finished):
    phases = Phases(b"done" if is_finished else RuntimeError())
    with contextlib.suppress(RuntimeError):
        run(phases, claim)

    with pytest.raises(IdempotencyMismatch):
        run(phases, replace(claim, digest=b"other"))

    assert (len(phases.keys), held()) == (1, 0)


def test_a_key_that_has_expired_names_another_request(claim):
    phases = Phases()
    run(phases, claim)
    later = claim.at + timedelta(days=3)

    records.expire(at=later)
    run(phases, replace(claim, at=later))

    assert len(set(phases.keys)) == 2


def test_keys_are_a_sites_own(claim, site):
    phases = Phases()
    run(phases, claim)

    with scoped_to(site, livemode=True) as live:
        response = run(phases, replace(claim, scope=live))

    assert response.content == b"done"
    assert (len(set(phases.keys)), len(kept())) == (2, 2)


@pytest.fixture
def elsewhere(transactional_db):
    """A database session of another process."""
    other = connection.copy()
    yield other
    other.close()


def test_a_twin_is_told_while_the_first_is_at_work(claim, elsewhere):
    taken = in_session(elsewhere, lambda: records.take(claim))
    phases = Phases()

    with pytest.raises(Conflict) as refusal:
        run(phases, claim)
    assert (refusal.value.code, phases.keys) == ("idempotency_key_in_use", [])
    with pytest.raises(IdempotencyMismatch):
        run(phases, replace(claim, digest=b"other"))

    with connection.cursor() as cursor:  # as when its process is killed
        pid = elsewhere.connection.info.backend_pid
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
    response = run(phases, claim)
    assert (response.content, phases.keys) == (b"done", [taken.request_key])


def test_a_request_of_one_transaction_sees_one_that_is_at_work(claim, elsewhere):
    in_session(elsewhere, lambda: records.take(claim))

    with transaction.atomic(), pytest.raises(Conflict):
        records.claim(claim)


def in_session(other, act):
    """Act in another database session."""
    from django.db import connections  # noqa: PLC0415 -- exchanged here alone

    mine = connections["default"]
    connections["default"] = other
    try:
        return act()
    finally:
        connections["default"] = mine
