"""What tests of due work begin with: kinds made up over the rows of subscriptions, and rows that are due."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from customers.services import test_clocks
from payments.billing.models import Subscription
from payments.services import due_work
from payments.services.due_work import Kind
from tests.factories.customers import CustomerFactory

MONDAY = datetime(2027, 1, 4, 9, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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
