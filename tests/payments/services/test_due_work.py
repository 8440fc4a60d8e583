"""The engine of due work, with a kind made up here over the rows of subscriptions."""

import os
import secrets
import signal
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import Q
from procrastinate.contrib.django.models import ProcrastinateJob

from customers.events.models import Event
from customers.kit.errors import Conflict, InvalidState
from customers.models import TestClock as Clock
from customers.services import customers, test_clocks
from payments.billing.models import Subscription
from payments.models import DueClaim
from payments.services import clock_advances, due_work
from payments.services.due_work import Kind
from tests.factories.customers import CustomerFactory
from tests.payments.services.test_money_in_the_sandbox import leave_after

MONDAY = datetime(2027, 1, 4, 9, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROWS, KILLS = 200, 15


@pytest.fixture
def kinds(monkeypatch):
    """The registered kinds: none at first."""
    empty = {}
    monkeypatch.setattr(due_work, "kinds", empty)
    return empty


@pytest.fixture
def done(kinds):
    """What was carried out, in order: names of rows and the time it was for the service."""
    seen = []

    def carry_out(row, at):
        seen.append((row.description, at))
        with transaction.atomic():
            Subscription.objects.filter(pk=row.pk).update(next_step_at=None)

    due_work.register(Kind("fake.step", Subscription, "next_step_at", carry_out))
    return seen


@pytest.fixture
def deferred(db):
    """Returns how many jobs of a name were put into the queue; tests that commit leave theirs there."""
    before = set(ProcrastinateJob.objects.values_list("pk", flat=True))
    return lambda name: (
        ProcrastinateJob.objects.filter(task_name=name).exclude(pk__in=before).count()
    )


@pytest.fixture
def make(customer):
    """Makes a row that is due."""

    def create(name, due, *, owner=customer):
        return Subscription.objects.create(
            id=Subscription.new_id(), site=owner.site, livemode=owner.livemode, customer=owner,
            status="active", currency="usd", interval="month", description=name, created_at=MONDAY,
            start_at=MONDAY, anchor_at=MONDAY, period_start=MONDAY, period_end=MONDAY + 31 * DAY,
            next_step_at=due, test_clock_id=owner.test_clock_id or "",
        )  # fmt: skip

    return create


@pytest.fixture
def clock(scope):
    return test_clocks.create(frozen_at=MONDAY, at=MONDAY)


@pytest.fixture
def tried_out(clock):
    """A customer on the clock."""
    return CustomerFactory(test_clock=clock)


def _advanced(clock, by):
    return clock_advances.advance(clock, to=clock.frozen_at + by, at=clock.created_at + HOUR)


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
