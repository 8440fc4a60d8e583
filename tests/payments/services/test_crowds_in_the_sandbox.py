"""Many who act at once, by threads of their own, against the sandbox acquirer's own book."""

import pytest

from customers.kit import clock
from payments.models import BalanceTransaction, Operation, Refund
from payments.services import charges, payment_intents, reconciling, refunds, sandbox
from tests.payments.services.books import acquirers_sums, crowd, give_back, our_sums

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_refunds_at_once_stay_within_the_charge(scope, pay):
    charge = pay()

    results = crowd(scope, 20, lambda _: refunds.create(charge, amount=300, at=clock.now()).status)

    stored = charges.get(charge.pk)
    assert results.count("succeeded") == 6
    assert (stored.amount_refunded, stored.amount_refunding) == (1800, 0)
    assert Refund.objects.count() == 6
    assert our_sums() == acquirers_sums()


def test_the_same_request_many_times_at_once_charges_once(scope, pay):
    results = crowd(scope, 8, lambda _: pay(request_key="one").pk)

    assert len(set(results)) == 1
    assert our_sums() == acquirers_sums() == [(results[0], 2000)]


def test_the_same_refund_many_times_at_once_gives_back_once(scope, pay):
    charge, held = pay(), pay(takes_now=False)

    def refund(_):
        released = refunds.create(held, request_key="two", at=clock.now())
        return give_back(charge).pk, released.pk

    results = crowd(scope, 8, refund)

    assert len(set(results)) == 1
    assert Refund.objects.count() == 2
    assert our_sums() == acquirers_sums()


def test_the_same_intent_many_times_at_once_is_paid_once(scope, customer, card):
    wanted = {"amount": 2000, "currency": "usd", "customer": customer, "payment_method": card}

    def pay(_):
        made = payment_intents.create_and_confirm(wanted, {}, request_key="one", at=clock.now())
        return made.pk

    def confirm(intent):
        return payment_intents.confirm(intent, {}, request_key="two", at=clock.now()).pk

    paid = crowd(scope, 8, pay)
    intent = payment_intents.create(wanted, at=clock.now())
    confirmed = crowd(scope, 8, lambda _: confirm(intent))

    assert (len(set(paid)), set(confirmed)) == (1, {intent.pk})
    assert len(acquirers_sums()) == 2
    assert our_sums() == acquirers_sums()


def test_many_tell_of_one_outcome_and_one_counts(scope, pay):
    with sandbox.faults("timeout_after", act="authorize"):
        pay()
    (asked,) = Operation.objects.select_related("gateway_account", "charge")

    crowd(scope, 8, lambda _: reconciling.check(asked, at=clock.now()).state)

    assert our_sums() == acquirers_sums()
    assert BalanceTransaction.objects.count() == 1


def test_capturing_and_releasing_at_once_does_one_of_them(scope, pay):
    held = pay(takes_now=False)

    def act(number):
        do = charges.capture if number % 2 else charges.void
        return do(held, at=clock.now()).status

    crowd(scope, 6, act)

    assert charges.get(held.pk).status in {"succeeded", "voided"}
    assert (
        sum(BalanceTransaction.objects.values_list("amount", flat=True))
        == charges.get(held.pk).amount_captured
    )
