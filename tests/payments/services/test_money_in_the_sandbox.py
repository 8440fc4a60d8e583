"""The services against the sandbox acquirer, which keeps its own book: with faults, crashes and crowds."""

import os
import secrets
import signal
import time
import traceback
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.kit import clock
from customers.kit.errors import InvalidState
from payments.models import BalanceTransaction, Charge, Operation, PaymentIntent, Refund
from payments.money import Money
from payments.services import (
    charge_settling,
    charges,
    gateway_accounts,
    intent_progress,
    ledger,
    operations,
    payment_intents,
    payment_methods,
    reconciling,
    refund_settling,
    refunds,
    sandbox,
)
from payments.services import credits as crediting
from tests.payments.services.books import acquirers_sums, crowd, give_back, our_sums

pytestmark = pytest.mark.django_db(transaction=True)
USD = Money(2000, "usd")
ACTS, KILLS = 40, 25
RACES = 12


def reconcile():
    """Let the reconciler work until nothing is open any more, however long that takes."""
    moment = clock.now()
    while Operation.objects.filter(state="open").exists():
        moment += timedelta(hours=1)
        reconciling.run(at=moment)


def leave_after(work):
    """Work, and end this process whatever happens: a child that went on would empty its parent's tables."""
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(status)


def crash(monkeypatch, where, act):
    """Let an act die where it calls that function."""

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(*where, die)
        with pytest.raises(KeyboardInterrupt):
            act()


FAULTS = ["not_sent", "timeout_before", "timeout_after", "error_before", "error_after"]


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_line_does_the_books_agree(pay, fault):
    with sandbox.faults(fault, act="authorize"):
        made = [pay(request_key=str(number)) for number in range(4)]
    with sandbox.faults(fault, act="refund"):
        for charge in made[:2]:
            try:
                refunds.create(charges.get(charge.pk), amount=700, at=clock.now())
            except InvalidState:  # it is not known to be paid yet
                continue

    reconcile()

    assert our_sums() == acquirers_sums()
    assert set(Charge.objects.values_list("status", flat=True)) <= {"succeeded", "failed"}
    assert all(charge.amount_refunding == 0 for charge in Charge.objects.all())


@pytest.mark.parametrize("fault", ["timeout_after", "error_after", "timeout_before"])
def test_the_same_request_charges_once_through_any_fault(pay, fault):
    with sandbox.faults(fault, act="authorize", times=1):
        first = pay(request_key="one")

    again = pay(request_key="one")

    assert (first.status, again.status, again.pk) == ("pending", "succeeded", first.pk)
    assert our_sums() == acquirers_sums() == [(first.pk, 2000)]


@pytest.mark.parametrize(
    "where",
    [
        pytest.param((operations, "ask"), id="before asking"),
        pytest.param((charge_settling, "settle"), id="before settling"),
        pytest.param((ledger, "prepare"), id="while settling"),
    ],
)
def test_a_charge_survives_a_crash(pay, monkeypatch, where):
    crash(monkeypatch, where, lambda: pay(request_key="one"))
    pending = Charge.objects.get().status

    reconcile()

    assert pending == "pending"
    assert Charge.objects.get().status == ("failed" if where[1] == "ask" else "succeeded")
    assert our_sums() == acquirers_sums()


@pytest.mark.parametrize(
    "where",
    [
        pytest.param((operations, "ask"), id="before asking"),
        pytest.param((refund_settling, "settle"), id="before settling"),
        pytest.param((ledger, "prepare"), id="while settling"),
    ],
)
@pytest.mark.parametrize("comes_back", [True, False])
def test_a_refund_survives_a_crash(pay, monkeypatch, where, comes_back):
    charge = pay()
    crash(monkeypatch, where, lambda: give_back(charge))
    pending = Refund.objects.get().status

    if comes_back:
        give_back(charge)
    reconcile()

    is_lost = where[1] == "ask" and not comes_back
    assert pending == "pending"
    assert charges.get(charge.pk).amount_refunded == (0 if is_lost else 700)
    assert Refund.objects.get().status == ("failed" if is_lost else "succeeded")
    assert our_sums() == acquirers_sums()


def test_nothing_is_lost_or_doubled_when_processes_are_killed(customer, card, pay):
    def work():
        for number in range(ACTS):
            charge = pay(request_key=f"charge {number}")
            if charge.status == "succeeded":
                refunds.create(charge, amount=700, request_key=f"refund {number}", at=clock.now())

    for _ in range(KILLS):
        connection.close()  # a connection is one process's
        child = os.fork()
        if child == 0:
            leave_after(work)
        time.sleep((20 + secrets.randbelow(300)) / 1000)
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] in {0, signal.SIGKILL}
    work()
    reconcile()

    assert set(Charge.objects.values_list("status", "amount_refunded")) == {("succeeded", 700)}
    assert (Charge.objects.count(), Refund.objects.count()) == (ACTS, ACTS)
    odd = {reference for reference, _ in set(our_sums()) ^ set(acquirers_sums())}
    lines = [line for line in sandbox.ledger() if line["reference"] in odd]
    acts = list(Operation.objects.filter(reference__in=odd).values())
    assert (odd, lines, acts) == (set(), [], [])
    assert our_sums() == acquirers_sums()


def test_captures_and_releases_agree_with_the_book(pay):
    with sandbox.faults("timeout_after", act="capture"):
        taken = charges.capture(pay(takes_now=False), amount=500, at=clock.now())
    with sandbox.faults("timeout_after", act="void"):
        released = charges.void(pay(takes_now=False), at=clock.now())

    reconcile()

    assert (charges.get(taken.pk).amount_captured, charges.get(released.pk).status) == (
        500,
        "voided",
    )
    assert our_sums() == [(taken.pk, 500)]


def test_a_challenge_that_is_completed_pays_the_intent(customer, at):
    method = payment_methods.resolve("pm_card_threeDSecure2Required", at=at)
    wanted = {
        "amount": 2000, "currency": "usd", "customer": customer, "payment_method": method,
        "return_url": "https://shop.example.com/back",
    }  # fmt: skip
    intent = payment_intents.create_and_confirm(wanted, {}, at=at)
    before = intent.status
    sandbox.complete(intent.next_action["redirect_to_url"]["url"].rsplit("/", 1)[1])

    paid = payment_intents.resume(intent, at=clock.now())

    assert (before, paid.status) == ("requires_action", "succeeded")
    assert our_sums() == acquirers_sums()


def test_a_challenge_can_be_called_off(customer, at):
    method = payment_methods.resolve("pm_card_threeDSecure2Required", at=at)
    wanted = {"amount": 2000, "currency": "usd", "customer": customer, "payment_method": method}
    intent = payment_intents.create_and_confirm(wanted, {}, at=at)

    canceled = payment_intents.cancel(intent, at=clock.now())

    assert (canceled.status, acquirers_sums()) == ("canceled", [])


@pytest.fixture
def challenged(customer, at):
    """Makes an intent whose customer was sent to authenticate, and returns it with their visit."""

    def make(**wanted):
        method = payment_methods.resolve("pm_card_threeDSecure2Required", at=at)
        intent = payment_intents.create_and_confirm(
            {
                "amount": 2000, "currency": "usd", "customer": customer, "payment_method": method,
                "return_url": "https://shop.example.com/back", **wanted,
            },
            {}, at=clock.now(),
        )  # fmt: skip
        return intent, intent.next_action["redirect_to_url"]["url"].rsplit("/", 1)[1]

    return make


@pytest.mark.parametrize(
    "where",
    [
        pytest.param((operations, "ask"), id="before asking"),
        pytest.param((charge_settling, "settle"), id="before settling"),
        pytest.param((charges, "prepare"), id="between the two"),
    ],
)
@pytest.mark.parametrize("comes_back", [True, False])
def test_another_try_survives_a_crash(challenged, card, monkeypatch, where, comes_back):
    intent, visit = challenged()
    monkeypatch.setattr(payment_intents, "_rehearse", lambda *_, **__: None)

    def confirm():
        payment_intents.confirm(
            payment_intents.get(intent.pk),
            {"payment_method": card},
            request_key="two",
            at=clock.now(),
        )

    crash(monkeypatch, where, confirm)
    if comes_back:
        confirm()
    reconcile()
    sandbox.complete(visit)
    reconciling.check(
        operations.of_charge(Charge.objects.earliest("created_at"), operations.Kind.AUTHORIZE)[0],
        at=clock.now(),
    )

    is_called_off = comes_back or where[1] != "ask"
    expected = "requires_confirmation" if is_called_off else "succeeded"
    assert payment_intents.get(intent.pk).status == ("succeeded" if comes_back else expected)
    assert our_sums() == acquirers_sums()
    assert len(our_sums()) == (1 if comes_back or not is_called_off else 0)


@pytest.mark.parametrize("manually", [False, True], ids=["taken", "held"])
def test_who_authenticates_during_another_try_pays_once(scope, challenged, card, manually):
    for number in range(RACES):
        intent, visit = challenged(captures_manually=manually)

        def act(which, *, intent=intent, visit=visit, number=number):
            time.sleep(number % (5, 6, 1, 1)[which] / 200)
            if which == 0:
                return sandbox.complete(visit).state
            if which == 1:
                return payment_intents.resume(intent, at=clock.now()).status
            said = {"payment_method": card}
            return payment_intents.confirm(intent, said, at=clock.now()).status

        crowd(scope, 4, act)
        reconciling.run(at=clock.now() + timedelta(hours=1))
        payment_intents.resume(intent, at=clock.now())

    ends = set(PaymentIntent.objects.values_list("status", flat=True))
    assert ends == {"requires_capture" if manually else "succeeded"}
    alive = Charge.objects.filter(status__in=Charge.ALIVE)
    assert alive.count() == RACES == alive.values("payment_intent").distinct().count()
    assert our_sums() == acquirers_sums()
    assert len(our_sums()) == (0 if manually else RACES)
    held = sum(line["status"] == "authorized" for line in sandbox.ledger())
    assert held == (RACES if manually else 0)
    assert not Operation.objects.filter(state="flagged").exists()


def test_a_saved_method_is_kept_after_paying(customer, at):
    method = payment_methods.resolve("pm_card_visa", at=at)
    wanted = {"amount": 2000, "currency": "usd", "customer": customer, "payment_method": method}

    payment_intents.create_and_confirm({**wanted, "setup_future_usage": "off_session"}, {}, at=at)

    assert payment_methods.get(method.pk).customer == customer


def test_a_method_is_kept_though_the_process_died_after_settling(customer, at, monkeypatch):
    method = payment_methods.resolve("pm_card_visa", at=at)
    wanted = {"amount": 2000, "currency": "usd", "customer": customer, "payment_method": method}
    wanted["setup_future_usage"] = "off_session"

    def pay():
        return payment_intents.create_and_confirm(wanted, {}, request_key="one", at=at)

    crash(monkeypatch, (intent_progress, "keep_method"), pay)

    paid = pay()

    assert (paid.status, payment_methods.get(method.pk).customer) == ("succeeded", customer)
    assert len(acquirers_sums()) == 1


@pytest.mark.parametrize("fault", ["timeout_after", "error_before"])
def test_a_method_is_kept_by_the_reconciler(customer, at, fault):
    method = payment_methods.resolve("pm_card_visa", at=at)
    wanted = {"amount": 2000, "currency": "usd", "customer": customer, "payment_method": method}
    wanted["setup_future_usage"] = "off_session"
    with sandbox.faults(fault, act="save"):
        paid = payment_intents.create_and_confirm(wanted, {}, at=at)
        looked_at = intent_progress.keep_due(at=at + timedelta(hours=1))
    before = payment_methods.get(method.pk).customer

    again = intent_progress.keep_due(at=at + timedelta(hours=2))

    assert (paid.status, before, looked_at, again) == ("succeeded", None, 1, 1)
    assert payment_methods.get(method.pk).customer == customer


def test_a_credit_is_given_once(customer, card, at):
    with sandbox.faults("timeout_after", act="authorize", times=1):
        crediting.credit_from_payment_method(customer, card, USD, request_key="one", at=at)
    reconcile()

    crediting.credit_from_payment_method(customer, card, USD, request_key="one", at=at)

    customer.refresh_from_db()
    assert customer.balance == -2000
    assert our_sums() == acquirers_sums()


# -- speed and sums ----------------------------------------------------------------------------------------------------


def test_a_charge_costs_few_statements(customer, card, monkeypatch):
    method = payment_methods.chargeable(card.pk, customer, at=clock.now())
    counted = []
    gateway = gateway_accounts.gateway_of(card.gateway_account)
    authorize = type(gateway).authorize

    def uncounted(self, request):
        with CaptureQueriesContext(connection) as theirs:
            outcome = authorize(self, request)
        counted.append(len(theirs))
        return outcome

    monkeypatch.setattr(type(gateway), "authorize", uncounted)

    with CaptureQueriesContext(connection) as all_:
        charges.create(money=USD, method=method, customer=customer, request_key="r", at=clock.now())

    said = [query["sql"] for query in all_ if query["sql"] not in {"BEGIN", "COMMIT"}]
    assert len(said) - counted[0] <= 8, said


def test_the_balance_is_what_came_in_less_what_went_out(pay):
    charge = pay()
    refunds.create(charge, amount=500, at=clock.now())

    (balance,) = ledger.balance(at=clock.now() + timedelta(days=3))

    fee = BalanceTransaction.objects.get(kind="charge").fee
    assert balance.available == {"card": 2000 - fee - 500}
