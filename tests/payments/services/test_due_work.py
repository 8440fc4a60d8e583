"""The engine of due work, with a kind made up here over the rows of subscriptions."""

import os
import secrets
import signal
import time
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import Q

from customers.kit.errors import InvalidState
from customers.services import test_clocks
from payments.billing.models import Subscription
from payments.models import DueClaim
from payments.services import clock_advances, due_work
from payments.services.due_work import Kind
from tests.payments.services.due_rows import (
    DAY,
    HOUR,
    MONDAY,
    clock,
    deferred,
    done,
    kinds,
    make,
    tried_out,
)
from tests.payments.services.test_money_in_the_sandbox import leave_after

__all__ = ["clock", "deferred", "done", "kinds", "make", "tried_out"]

ROWS, KILLS = 200, 15


def test_what_is_due_is_carried_out_in_time_order(make, done):
    make("second", MONDAY - HOUR)
    make("first", MONDAY - DAY)
    make("later", MONDAY + HOUR)
    make("never", None)

    count = due_work.run(at=MONDAY)

    assert (count, done) == (2, [("first", MONDAY), ("second", MONDAY)])
    assert DueClaim.objects.count() == 0


def test_what_the_condition_leaves_out_is_not_carried_out(make, kinds):
    seen = []
    kind = Kind(
        "fake.step",
        Subscription,
        "next_step_at",
        lambda row, at: seen.append(row.pk),
        condition=Q(status="paused"),
    )
    due_work.register(kind)
    make("active", MONDAY)

    assert (due_work.run(at=MONDAY), seen) == (0, [])


def test_a_full_batch_calls_the_next_job_first(make, done, deferred):
    for hours in range(3):
        make(str(hours), MONDAY - hours * HOUR)

    count = due_work.run(at=MONDAY, limit=2)

    waiting = deferred("payments.carry_out_due_work")
    assert (count, waiting, [name for name, _ in done]) == (2, 1, ["2", "1"])


def test_a_row_that_somebody_has_is_left_alone_until_the_lease_ends(make, done):
    make("first", MONDAY - DAY)
    due_work._claimed(at=MONDAY, limit=1)
    make("second", MONDAY - HOUR)

    during = due_work.run(at=MONDAY + timedelta(seconds=due_work.LEASE - 1))
    after = due_work.run(at=MONDAY + timedelta(seconds=due_work.LEASE))

    assert (during, after, [name for name, _ in done]) == (1, 1, ["second", "first"])


def test_a_row_that_was_begun_before_comes_last(make, done):
    make("killer", MONDAY - DAY)
    due_work._claimed(at=MONDAY - HOUR, limit=1)
    make("other", MONDAY)

    due_work.run(at=MONDAY)

    assert [name for name, _ in done] == ["other", "killer"]


def test_one_that_fails_does_not_stop_the_others(make, kinds, caplog):
    seen = []

    def carry_out(row, at):
        seen.append(row.description)
        if row.description == "broken":
            raise InvalidState("It is broken.")
        Subscription.objects.filter(pk=row.pk).update(next_step_at=None)

    due_work.register(Kind("fake.step", Subscription, "next_step_at", carry_out))
    broken = make("broken", MONDAY - DAY)
    make("sound", MONDAY - HOUR)

    due_work.run(at=MONDAY)
    too_early = due_work.run(at=MONDAY + timedelta(seconds=59))
    due_work.run(at=MONDAY + timedelta(seconds=60))

    assert (seen, too_early) == (["broken", "sound", "broken"], 0)
    assert list(due_work.in_vain().values_list("kind", "object_id", "tries", "said")) == [
        ("fake.step", broken.pk, 2, "It is broken.")
    ]
    assert due_work.in_vain().get().claimed_until == MONDAY + timedelta(seconds=60 + 240)
    assert f"fake.step of {broken.pk}" in caplog.text


def test_one_that_stays_due_counts_as_failed(make, kinds):
    due_work.register(Kind("fake.step", Subscription, "next_step_at", lambda row, at: None))
    row = make("stuck", MONDAY)

    due_work.run(at=MONDAY)

    assert due_work.in_vain().get().said == f"fake.step of {row.pk} stayed due."


def test_what_is_not_due_any_more_when_its_turn_comes_is_let_be(make, done, monkeypatch):
    row = make("first", MONDAY)
    claims = due_work._claimed(at=MONDAY, limit=5)
    Subscription.objects.filter(pk=row.pk).update(next_step_at=MONDAY + DAY)

    due_work._work_off(claims[0], at=MONDAY)

    assert (done, DueClaim.objects.count()) == ([], 0)


def test_a_slow_job_gives_back_what_it_has_not_begun(make, kinds, monkeypatch):
    seen = []
    hands = iter([0, 1, due_work.WORKING + 2])
    monkeypatch.setattr(due_work, "monotonic", lambda: next(hands))

    def carry_out(row, at):
        seen.append(row.description)
        Subscription.objects.filter(pk=row.pk).update(next_step_at=None)

    due_work.register(Kind("fake.step", Subscription, "next_step_at", carry_out))
    make("first", MONDAY - DAY)
    make("second", MONDAY)

    count = due_work.run(at=MONDAY)

    assert (count, seen) == (1, ["first"])
    assert list(DueClaim.objects.values_list("claimed_until", "tries")) == [(MONDAY, 0)]


def test_old_claims_are_forgotten(make, done):
    make("first", MONDAY)
    due_work._claimed(at=MONDAY, limit=1)

    counts = [due_work.forget_done(at=MONDAY + DAY), due_work.forget_done(at=MONDAY + 2 * DAY)]

    assert counts == [0, 1]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_or_doubled_when_workers_are_killed(
    make, kinds, clock, tried_out, customer
):
    def carry_out(row, at):
        with transaction.atomic():
            rows = Subscription.objects.select_for_update(no_key=True)
            row = rows.get(pk=row.pk)
            if row.next_step_at is None or row.next_step_at > at:
                return
            row.next_step_at = None
            row.metadata = {"times": row.metadata.get("times", 0) + 1}
            row.save(update_fields=["next_step_at", "metadata"])

    due_work.register(Kind("fake.step", Subscription, "next_step_at", carry_out))
    for number in range(ROWS):
        make(str(number), MONDAY + number * HOUR, owner=customer if number % 2 else tried_out)
    end = MONDAY + ROWS * HOUR
    test_clocks.advance(clock, to=end, at=MONDAY)

    def work(at):
        while due_work.run(at=at, limit=7) or clock_advances.carry_on(clock.pk, at=at, limit=7):
            pass

    for kill in range(1, KILLS + 1):
        _kill_some(partial(work, end + kill * HOUR))
    work(end + (KILLS + 1) * HOUR)

    times = Subscription.objects.values_list("metadata__times", flat=True)
    assert sorted(times) == [1] * ROWS
    assert test_clocks.get(clock.pk).status == "ready"


def _kill_some(work):
    """Let two processes work, and kill them in the middle of it."""
    connection.close()  # a connection is one process's
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            leave_after(work)
        children.append(child)
    time.sleep((10 + secrets.randbelow(60)) / 1000)
    for child in children:
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] in {0, signal.SIGKILL}
