"""The advance of a test clock, with kinds made up over the rows of subscriptions."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from customers.events.models import Event
from customers.kit import together
from customers.kit.errors import Conflict, InvalidState
from customers.models import TestClock as Clock
from customers.services import customers, test_clocks
from payments.billing.models import Subscription
from payments.models import DueClaim
from payments.services import clock_advances, due_work
from payments.services.due_work import Kind
from tests.factories.customers import CustomerFactory
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

__all__ = ["clock", "deferred", "done", "kinds", "make", "tried_out"]


def _advanced(clock, by):
    return clock_advances.advance(clock, to=clock.frozen_at + by, at=clock.created_at + HOUR)


def test_rows_on_a_clock_wait_for_it(make, done, clock, tried_out):
    make("tried out", MONDAY + HOUR, owner=tried_out)

    real = due_work.run(at=MONDAY + DAY)
    moved = _advanced(clock, DAY)

    assert (real, done) == (0, [("tried out", MONDAY + HOUR)])
    assert (moved.status, moved.frozen_at, moved.target_at) == ("ready", MONDAY + DAY, None)


def test_an_advance_goes_through_all_kinds_in_time_order(make, kinds, clock, tried_out):
    """Each at its own instant, with the clock's time moved along, and what becomes due on the way as well."""
    seen = []

    def renew(row, at):
        frozen = Clock.objects.values_list("frozen_at", flat=True).get()
        seen.append((row.description, at, frozen, test_clocks.real(at)))
        Subscription.objects.filter(pk=row.pk).update(
            next_step_at=at + 2 * DAY, trial_end_at=at + DAY
        )

    def tell(row, at):
        seen.append(
            (f"told of {row.description}", at, test_clocks.now_for(row, at), test_clocks.real(at))
        )
        Subscription.objects.filter(pk=row.pk).update(trial_end_at=None)

    due_work.register(Kind("fake.renew", Subscription, "next_step_at", renew))
    due_work.register(Kind("fake.tell", Subscription, "trial_end_at", tell))
    make("monthly", MONDAY + DAY, owner=tried_out)

    _advanced(clock, 4 * DAY)

    now = MONDAY + HOUR
    assert seen == [
        ("monthly", MONDAY + DAY, MONDAY + DAY, now),
        ("told of monthly", MONDAY + 2 * DAY, MONDAY + 2 * DAY, now),
        ("monthly", MONDAY + 3 * DAY, MONDAY + 3 * DAY, now),
        ("told of monthly", MONDAY + 4 * DAY, MONDAY + 4 * DAY, now),
    ]


def test_what_was_due_before_the_clock_s_time_is_carried_out_at_that(make, done, clock, tried_out):
    make("overdue", MONDAY - DAY, owner=tried_out)

    _advanced(clock, HOUR)

    assert done == [("overdue", MONDAY)]


def test_an_advance_leaves_other_clocks_alone(make, done, clock, tried_out):
    other = CustomerFactory(test_clock=test_clocks.create(frozen_at=MONDAY, at=MONDAY))
    make("other", MONDAY, owner=other)

    _advanced(clock, DAY)

    assert done == []


def test_an_advance_tells_of_itself(clock, told):
    told()

    _advanced(clock, DAY)

    assert told() == ["test_helpers.test_clock.advancing", "test_helpers.test_clock.ready"]


def test_a_long_advance_is_carried_on_by_further_jobs(make, done, deferred, clock, tried_out):
    for hours in range(1, 4):
        make(str(hours), MONDAY + hours * HOUR, owner=tried_out)
    test_clocks.advance(clock, to=MONDAY + DAY, at=MONDAY)

    steps = [clock_advances.carry_on(clock.pk, at=MONDAY, limit=2) for _ in range(3)]

    waiting = deferred("payments.advance_test_clock")
    assert (steps, waiting, len(done)) == ([2, 1, 0], 2, 3)
    assert test_clocks.get(clock.pk).status == "ready"


def test_a_clock_whose_worker_died_is_taken_over(make, done, clock, tried_out):
    make("first", MONDAY + HOUR, owner=tried_out)
    test_clocks.advance(clock, to=MONDAY + DAY, at=MONDAY)
    clock_advances._taken(clock.pk, at=MONDAY)

    early = clock_advances.carry_on_all(at=MONDAY + timedelta(seconds=clock_advances.LEASE - 1))
    late = clock_advances.carry_on_all(at=MONDAY + timedelta(seconds=clock_advances.LEASE))

    assert (early, late, done) == (0, 1, [("first", MONDAY + HOUR)])
    assert test_clocks.get(clock.pk).status == "ready"


def test_who_has_lost_the_clock_stops(make, done, clock, tried_out):
    make("first", MONDAY + HOUR, owner=tried_out)
    test_clocks.advance(clock, to=MONDAY + DAY, at=MONDAY)
    lost = clock_advances._taken(clock.pk, at=MONDAY)
    clock_advances._taken(clock.pk, at=MONDAY + HOUR)

    following = clock_advances._step(lost, clock_advances._next_on(lost), at=MONDAY)
    clock_advances._arrive(lost, at=MONDAY)
    clock_advances._let_go(lost)

    assert (following, done) == (clock_advances._STOPPED, [])
    assert test_clocks.get(clock.pk).claimed_until == MONDAY + HOUR + timedelta(seconds=120)


def test_a_step_that_fails_is_tried_three_times(make, kinds, clock, tried_out, told):
    tries = []

    def carry_out(row, at):
        tries.append(at)
        if len(tries) < 3:
            raise InvalidState("Not yet.")
        Subscription.objects.filter(pk=row.pk).update(next_step_at=None)

    due_work.register(Kind("fake.step", Subscription, "next_step_at", carry_out))
    make("late", MONDAY + HOUR, owner=tried_out)

    moved = _advanced(clock, DAY)

    assert (tries, moved.status) == ([MONDAY + HOUR] * 3, "ready")
    assert DueClaim.objects.count() == 0


def test_an_advance_that_cannot_go_on_has_failed(make, kinds, clock, tried_out, told):
    def carry_out(row, at):
        raise InvalidState("It is broken.")

    due_work.register(Kind("fake.step", Subscription, "next_step_at", carry_out))
    make("broken", MONDAY + HOUR, owner=tried_out)
    told()

    moved = _advanced(clock, DAY)

    assert (moved.status, moved.frozen_at) == ("internal_failure", MONDAY + HOUR)
    assert told() == [
        "test_helpers.test_clock.advancing",
        "test_helpers.test_clock.internal_failure",
    ]
    assert due_work.in_vain().get().said == "It is broken."
    with pytest.raises(InvalidState):
        customers.update(tried_out, details={"name": "Jenny"}, at=MONDAY)


def test_customers_are_left_alone_while_their_clock_advances(kinds, make, clock, tried_out):
    def carry_out(row, at):
        customers.update(row.customer, details={"name": "From the advance"}, at=at)
        Subscription.objects.filter(pk=row.pk).update(next_step_at=None)

    due_work.register(Kind("fake.step", Subscription, "next_step_at", carry_out))
    make("step", MONDAY + HOUR, owner=tried_out)
    test_clocks.advance(clock, to=MONDAY + DAY, at=MONDAY)

    with pytest.raises(Conflict, match="advancement underway"), transaction.atomic():
        customers.update(tried_out, details={"name": "From a request"}, at=MONDAY)
    clock_advances.carry_on(clock.pk, at=MONDAY)

    assert customers.get(tried_out.pk).name == "From the advance"
    assert Event.objects.filter(type="customer.updated").get().created_at == MONDAY + HOUR


# -- steps that are taken together -------------------------------------------------------------------------------------


@pytest.fixture
def batches(kinds):
    """What was carried out, in order: names of rows, and as which step of its transaction, or that it was alone.

    What is put into the second list cannot be carried out from memory.
    """
    seen, alone = [], []

    def act(row, at):
        known = together.recalled((Subscription, row.pk))
        if known.description in alone:
            raise together.Alone(row.pk)
        known.next_step_at = None
        known.cancellation_comment = "x" * 6000 if known.description == "too long" else ""
        together.save(known, "next_step_at", "cancellation_comment")
        steps = (together.recalled("steps") or 0) + 1
        together.remember("steps", steps)
        seen.append((known.description, steps))

    def read(rows):
        pks = [row.pk for row in rows if together.recalled((Subscription, row.pk)) is None]
        together.locked_rows(Subscription.objects.filter(pk__in=pks))

    def carry_out(row, at):
        seen.append((row.description, "alone"))
        with transaction.atomic(durable=True):
            Subscription.objects.filter(pk=row.pk).update(next_step_at=None)

    def carry_out_many(rows, at):
        groups = [[row] for row in rows]
        return together.attempt_all(groups, lambda row: act(row, at), prepare=lambda: read(rows))

    kind = Kind("fake.step", Subscription, "next_step_at", carry_out)
    due_work.register(replace(kind, carry_out_many=carry_out_many, is_one_batch=True))
    return seen, alone


def test_steps_of_one_customer_are_one_transaction(make, batches, clock, tried_out):
    seen, _ = batches
    other = CustomerFactory(test_clock=clock)
    for hours, owner in enumerate([tried_out, tried_out, other, tried_out], 1):
        make(str(hours), MONDAY + hours * HOUR, owner=owner)

    moved = _advanced(clock, DAY)

    assert seen == [("1", 1), ("2", 2), ("3", 1), ("4", 1)]
    assert (moved.status, moved.frozen_at) == ("ready", MONDAY + DAY)
    assert not Subscription.objects.exclude(next_step_at=None).exists()


def test_a_step_that_needs_more_than_is_remembered_is_taken_alone(make, batches, clock, tried_out):
    seen, alone = batches
    alone.append("2")
    for hours in range(1, 4):
        make(str(hours), MONDAY + hours * HOUR, owner=tried_out)

    _advanced(clock, DAY)

    assert seen == [("1", 1), ("2", "alone"), ("3", 1)]
    assert not Subscription.objects.exclude(next_step_at=None).exists()


def test_of_steps_that_cannot_be_written_each_is_taken_alone(make, batches, clock, tried_out):
    seen, _ = batches
    make("first", MONDAY + HOUR, owner=tried_out)
    make("too long", MONDAY + 2 * HOUR, owner=tried_out)

    moved = _advanced(clock, DAY)

    assert seen == [
        ("first", 1), ("too long", 2), ("first", "alone"), ("too long", 1), ("too long", "alone"),
    ]  # fmt: skip
    assert (moved.status, moved.frozen_at) == ("ready", MONDAY + DAY)
    assert not Subscription.objects.exclude(next_step_at=None).exists()
