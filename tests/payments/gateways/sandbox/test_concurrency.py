"""Many at once: what the book holds is as if they had come one after another."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.db import connection

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from payments.gateways.base import Refused, Result
from payments.money import Money
from payments.services import gateway_accounts, sandbox
from tests.payments.gateways.sandbox.conftest import asking

AT_ONCE = 8


@pytest.fixture
def scope(transactional_db, site):
    with scoped_to(site, livemode=False) as chosen:
        yield chosen


@pytest.fixture
def site(transactional_db, made):
    return made[0]


def at_once(act):
    """Let as many threads do it with their number, each with a connection of its own."""

    def run(number):
        with closing(connection):
            return act(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def told(account):
    return [(line["kind"], line["status"], line["amount"]) for line in sandbox.ledger(account)]


@pytest.mark.django_db(transaction=True)
def test_one_reference_asked_for_by_many_charges_once(account, gateway, saved):
    request = asking(saved())

    outcomes = at_once(lambda _: gateway.authorize(request))

    assert outcomes == [outcomes[0]] * AT_ONCE
    assert told(account) == [("charge", "succeeded", 1000)]


@pytest.mark.django_db(transaction=True)
def test_many_refunds_at_once_never_exceed_the_charge(account, gateway, saved):
    charge = gateway.authorize(asking(saved()))

    def refund(number):
        try:
            return gateway.refund(
                charge.reference, Money(300, "usd"), reference=f"re_{number}"
            ).result
        except Refused as error:
            return error.code

    results = at_once(refund)

    assert sorted(results) == [*["amount_too_large"] * 5, *[Result.DONE] * 3]
    assert told(account) == [("charge", "succeeded", 1000), *[("refund", "succeeded", 300)] * 3]


@pytest.mark.django_db(transaction=True)
def test_capture_and_void_at_once_do_one_of_them(account, gateway, saved):
    hold = gateway.authorize(asking(saved(), takes_now=False))

    def act(number):
        try:
            if number % 2:
                return gateway.void(hold.reference, reference="ch_1/void").result
            return gateway.capture(
                hold.reference, Money(1000, "usd"), reference="ch_1/capture"
            ).result
        except Refused as error:
            return error.code

    results = at_once(act)

    _, second = told(account)
    done = [result for result in results if result == Result.DONE]
    assert second in {("capture", "succeeded", 1000), ("void", "succeeded", 1000)}
    assert len(done) == AT_ONCE / 2


@pytest.mark.django_db(transaction=True)
def test_one_sandbox_is_made_by_many(site):
    def make(_):
        with scoped_to(site, livemode=False):
            return gateway_accounts.active().pk

    assert len(set(at_once(make))) == 1


@pytest.mark.django_db(transaction=True)
def test_fault_for_one_hits_one_of_many(account, gateway, saved):
    method = saved()
    sandbox.switch_on(account, "decline", act="authorize", times=1)

    outcomes = at_once(lambda number: gateway.authorize(asking(method, f"ch_{number}")))

    results = sorted(outcome.result for outcome in outcomes)
    assert results == [Result.DECLINED, *[Result.DONE] * (AT_ONCE - 1)]
    assert gateway.look_up("ch_none", kind="authorize", since=clock.now()) is None
