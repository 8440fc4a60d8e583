"""Renewals by workers that are killed in the middle of them, and by several at once.

`KILLED_RENEWALS` says how many subscriptions are renewed, for a long run by hand.
"""

import os
import secrets
import signal
import time
from collections import Counter
from datetime import timedelta
from functools import partial
from unittest import mock

import pytest
from django.db import connection

from customers.events.models import Event
from customers.kit import clock
from customers.models import Customer, Message
from payments.billing.models import Invoice, InvoicePayment, Subscription
from payments.billing.services import prices, subscriptions
from payments.billing.services.subscription_wishes import ItemWish
from payments.models import Charge, DueClaim, Operation, PaymentIntent
from payments.services import due_work, operations, payment_methods, reconciling, sandbox
from tests.factories.customers import CustomerFactory
from tests.payments.services.books import acquirers_sums, our_sums
from tests.payments.services.test_money_in_the_sandbox import leave_after

pytestmark = pytest.mark.django_db(transaction=True)
MANY = int(os.environ.get("KILLED_RENEWALS", "40"))
KILLS = max(20, MANY // 2)
EACH = 4  # subscriptions of a customer, whose numbers and balance they share
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def due(scope):
    """Makes subscriptions whose first month was paid, and returns when all of them have been due."""

    def make(count):
        began = clock.now() - 40 * DAY
        terms = {"currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"}}
        price = prices.create({"name": "Gold"}, terms=terms, at=began)
        for number in range(count // EACH):
            customer = CustomerFactory(name=f"Customer {number}", created_at=began)
            card = payment_methods.resolve("pm_card_visa", at=began)
            card = payment_methods.attach(card, customer, at=began)
            Customer.objects.filter(pk=customer.pk).update(default_payment_method_id=card.pk)
            for _ in range(EACH):
                subscriptions.create(
                    customer, wishes=[ItemWish(price=price.pk)], details={}, at=began
                )
        assert set(Subscription.objects.values_list("status", flat=True)) == {"active"}
        return began + 32 * DAY

    return make


def work_until_nothing_is_due(at):
    """Do what a worker does, over the hours that it takes."""
    while due_work.run(at=at, limit=7) or reconciling.run(at=at):
        pass


def mortal(work):
    """Let a process die now and then just before it asks the acquirer, or before it writes down what that answered."""
    ask = operations.ask

    def asked(operation):
        chance = secrets.randbelow(20)
        if chance == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        outcome = ask(operation)
        if chance == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return outcome

    with mock.patch.object(operations, "ask", asked):
        work()


def together(work, *, after=None):
    """Let two processes work at once; kill them after some milliseconds, if any are said."""
    connection.close()  # a connection is one process's
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            leave_after(work)
        children.append(child)
    if after is not None:
        time.sleep(after / 1000)
    for child in children:
        if after is not None:
            os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] in ({0} if after is None else {0, signal.SIGKILL})


def is_anything_left():
    waiting = Invoice.objects.filter(status__in=["draft", "open"]).exists()
    renewed = Invoice.objects.filter(reason="subscription_cycle").count()
    return waiting or renewed < Subscription.objects.count()


def check_books(count):
    """See that every period was billed, numbered and charged once, and that both books say so."""
    cycles = Invoice.objects.filter(reason="subscription_cycle")
    assert Counter(cycles.values_list("subscription", flat=True)) == Counter(
        Subscription.objects.values_list("pk", flat=True)
    )
    rows = Subscription.objects.values_list("period_start", "period_end", "start_at")
    assert {(end - start, start > began) for start, end, began in rows} <= {
        (days * DAY, True) for days in range(28, 32)
    }
    columns = ("status", "total", "amount_due", "amount_paid", "attempt_count", "next_attempt_at")
    assert set(Invoice.objects.values_list(*columns)) == {("paid", 1000, 1000, 1000, 1, None)}
    assert Invoice.objects.count() == 2 * count
    for customer in Customer.objects.all():
        numbers = Invoice.objects.filter(customer=customer).order_by("number")
        assert list(numbers.values_list("number", flat=True)) == [
            f"{customer.invoice_prefix}-{place:04d}" for place in range(1, 2 * EACH + 1)
        ]
        assert (customer.next_invoice_sequence, customer.balance) == (2 * EACH + 1, 0)
    charges = Charge.objects.order_by().values_list("status", "amount", "failure_code")
    charged = Counter(charges)
    charged.pop(("failed", 1000, "never_received"), None)  # its asker was killed before it asked
    assert charged == {("succeeded", 1000, ""): 2 * count}
    assert PaymentIntent.objects.filter(status="succeeded").count() == 2 * count
    paid = InvoicePayment.objects.values_list("invoice", "status", "amount_paid")
    invoices = Invoice.objects.values_list("pk", flat=True)
    assert sorted(paid) == sorted((pk, "paid", 1000) for pk in invoices)
    assert our_sums() == acquirers_sums()
    assert len(our_sums()) == 2 * count
    assert not [line for line in sandbox.ledger() if line["status"] == "authorized"]
    for kind in ("invoice.created", "invoice.finalized", "invoice.paid", "charge.succeeded"):
        told = Event.objects.filter(type=kind).values_list("object_id", flat=True)
        assert Counter(Counter(told).values()) == {1: 2 * count}, kind
    assert not Event.objects.filter(type="invoice.payment_failed").exists()
    assert not Message.objects.exclude(kind=Message.Kind.INVOICE_PAID).exists()
    assert set(Subscription.objects.values_list("status", flat=True)) == {"active"}
    assert set(Operation.objects.values_list("state", flat=True)) <= {"done", "refused"}


def test_nothing_is_lost_or_doubled_when_workers_are_killed(due):
    at = due(MANY)
    kills = 0

    while is_anything_left() and kills < KILLS:
        moment = at + kills * HOUR / 2  # the leases of the killed have run out
        work = partial(mortal, partial(work_until_nothing_is_due, moment))
        together(work, after=20 + secrets.randbelow(2000))
        kills += 1
    end = at + kills * HOUR / 2
    for hours in range(1, 6):
        work_until_nothing_is_due(end + hours * HOUR)

    assert kills > 1
    check_books(MANY)
    assert not due_work.in_vain().exists()
    assert not DueClaim.objects.filter(claimed_until__gt=end + 6 * HOUR).exists()
    due_work.forget_done(at=end + 3 * DAY)
    assert not DueClaim.objects.exists()


def test_two_workers_at_once_take_nothing_from_each_other(due):
    at = due(MANY // 2)
    left = []

    for hours in range(2):
        together(lambda: work_until_nothing_is_due(at + hours * HOUR))  # noqa: B023 -- called at once
        left += DueClaim.objects.values_list("kind", "said")

    assert left == []  # nobody failed at what the other one had, and tried again
    check_books(MANY // 2)
