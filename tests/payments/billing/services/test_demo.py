"""The demonstration's year of billing: made on a test clock, and going on in real time."""

from collections import Counter
from datetime import timedelta

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer, Message
from customers.models import TestClock as Clock
from customers.services import demo as demonstration
from customers.services import messages
from payments.billing.models import (
    DailyFigure,
    Invoice,
    InvoiceLine,
    Subscription,
)
from payments.services import demo
from tests import breaches


@pytest.fixture
def filled(db, settings):
    settings.SANDBOX_DEBIT_SECONDS = 0
    at = clock.now()
    demonstration.fill(at=at)
    demo.fill(at=at)
    with scoped_to(demonstration.site(), livemode=False):
        yield at


def test_a_year_of_believable_billing(filled):
    statuses = Counter(Subscription.objects.values_list("status", flat=True))
    invoices = Counter(Invoice.objects.values_list("status", flat=True))

    assert sum(statuses.values()) == 27
    assert statuses["active"] >= 15
    assert set(statuses) == {"active", "canceled", "incomplete_expired", "past_due", "trialing"}
    assert invoices["paid"] >= 120
    assert set(invoices) >= {"paid", "open", "uncollectible"}
    oldest = Invoice.objects.order_by("created_at").first()
    assert timedelta(days=350) < filled - oldest.created_at < timedelta(days=370)
    assert InvoiceLine.objects.filter(is_proration=True).exists()
    assert Invoice.objects.exclude(discounts_shown=[]).exists()
    assert Invoice.objects.exclude(taxes_shown=[]).exists()
    assert_real_time(filled)
    assert_home_has_something_to_show()
    assert_nothing_contradicts_itself(filled)

    demo.fill(at=filled)  # a second time changes nothing

    assert Counter(Invoice.objects.values_list("status", flat=True)) == invoices
    assert Counter(Subscription.objects.values_list("status", flat=True)) == statuses


def assert_home_has_something_to_show():
    """That the year is in the figures, with nearly all that can move recurring revenue."""
    measures = set(DailyFigure.objects.values_list("measure", flat=True))
    later = {"disputes"}  # the acquirer tells of them when it does
    assert measures | later == set(DailyFigure.Measure.values) - {"mrr_contraction"}


def assert_nothing_contradicts_itself(at):
    """That no invariant is broken, once the letters of the year are sent."""
    for message in Message.objects.filter(status="queued"):
        messages.send(message, at=at)
    assert breaches.found() == []


def assert_real_time(at):
    """That nobody lives by a clock any more, and that what is due next is found in real time."""
    running = Subscription.objects.exclude(status__in=Subscription.ENDED)
    assert Customer.objects.filter(test_clock__isnull=False).count() == 0
    assert Clock.objects.filter(deleted_at=None).count() == 0
    assert set(running.values_list("test_clock_id", flat=True)) == {""}
    assert running.filter(next_step_at__lte=at).count() == 0
    assert running.filter(next_step_at__lte=at + timedelta(days=31)).count() >= 15
