"""The Stripe gateway against localstripe, over real HTTP."""

import secrets
from datetime import timedelta

import pytest

from customers.kit import clock
from payments.gateways.base import (
    Authorization,
    Declined,
    MethodReference,
    NotSent,
    Refused,
    Result,
)
from payments.money import Money
from tests.payments.gateways.stripe.conftest import card

ADA = {"id": "cus_ada", "email": "ada@example.com", "name": "Ada Whitfield"}


@pytest.fixture
def gateway(localstripe, reaching):
    return reaching(localstripe)


@pytest.fixture
def saved(localstripe, gateway):
    def save(number="4242424242424242"):
        method = gateway.save(card(localstripe, number), reference=_new("pm"), customer=ADA)
        return MethodReference(method.reference, method.customer_reference)

    return save


def _new(prefix):
    return f"{prefix}_{secrets.token_hex(6)}"


def asking(method, **more):
    return Authorization(_new("ch"), Money(2000, "eur"), method, **more)


def found(gateway, reference, kind):
    return gateway.look_up(reference, kind=kind, since=clock.now())


def test_working_key_is_accepted(gateway):
    assert gateway.check() == "Stripe, key …ripe"


def test_key_of_the_other_mode_is_refused(localstripe, reaching):
    with pytest.raises(Refused, match="test mode"):
        reaching(localstripe, "sk_live_localstripe").check()


def test_wrong_key_is_refused(localstripe, reaching):
    with pytest.raises(Refused):
        reaching(localstripe, "wrong").check()


def test_address_that_is_not_allowed_is_not_reached(localstripe, reaching, settings):
    gateway = reaching(localstripe)
    settings.OUTBOUND_ALLOW = []

    with pytest.raises(Refused, match="OUTBOUND_ALLOW") as caught:
        gateway.check()

    assert caught.value.code == "outbound_refused"


def test_closed_port_means_that_nothing_was_sent(reaching):
    with pytest.raises(NotSent):
        reaching("http://127.0.0.1:9").authorize(asking(MethodReference("pm_1")))


def test_card_is_saved_for_a_customer(localstripe, gateway):
    method = gateway.save(card(localstripe, "4242424242424242"), reference=_new("pm"), customer=ADA)

    assert method.customer_reference.startswith("cus_")
    shown = {
        name: method.details[name]
        for name in ("brand", "last4", "exp_month", "exp_year", "funding")
    }
    assert shown == {
        "brand": "visa",
        "last4": "4242",
        "exp_month": 12,
        "exp_year": 2034,
        "funding": "credit",
    }


def test_declined_card_is_not_saved_for_a_customer(localstripe, gateway):
    method = card(localstripe, "4000000000000002")

    with pytest.raises(Declined) as caught:
        gateway.save(method, reference=_new("pm"), customer=ADA)

    assert caught.value.code == "card_declined"


def test_forgetting_twice_is_no_error(gateway, saved):
    method = saved()
    gateway.forget(method)

    gateway.forget(method)

    assert (
        gateway.save(method.reference, reference=_new("pm"), customer={}).details["last4"] == "4242"
    )


def test_charge_is_taken_and_found_by_our_reference(gateway, saved):
    request = asking(saved())

    outcome = gateway.authorize(request)

    again = found(gateway, request.reference, "authorize")
    assert outcome.result == Result.DONE
    assert outcome.reference.startswith("pi_")
    assert (again.result, again.reference) == (Result.DONE, outcome.reference)


def test_charge_is_declined(gateway, saved):
    request = asking(saved("4000000000000341"))

    outcome = gateway.authorize(request)

    again = found(gateway, request.reference, "authorize")
    assert (outcome.result, outcome.code) == (Result.DECLINED, "card_declined")
    assert (again.result, again.code) == (Result.DECLINED, "card_declined")


def test_customer_has_to_authenticate(gateway, saved):
    outcome = gateway.authorize(asking(saved("4000002760003184")))

    assert outcome.result == Result.ACTION_REQUIRED


def test_hold_is_captured_and_found(gateway, saved):
    request = asking(saved(), takes_now=False)
    hold = gateway.authorize(request)
    capture = f"{request.reference}/capture"
    before = found(gateway, capture, "capture")

    outcome = gateway.capture(hold.reference, Money(2000, "eur"), reference=capture)

    assert (before, outcome.result) == (None, Result.DONE)
    assert found(gateway, capture, "capture").result == Result.DONE
    assert found(gateway, f"{request.reference}/void", "void").result == Result.DECLINED


def test_hold_is_released_and_found(gateway, saved):
    request = asking(saved(), takes_now=False)
    hold = gateway.authorize(request)
    void = f"{request.reference}/void"

    outcome = gateway.void(hold.reference, reference=void)

    assert outcome.result == Result.DONE
    assert found(gateway, void, "void").result == Result.DONE
    assert found(gateway, f"{request.reference}/capture", "capture").result == Result.DECLINED


def test_money_is_given_back_and_found(gateway, saved):
    charge = gateway.authorize(asking(saved()))
    reference = _new("re")

    outcome = gateway.refund(charge.reference, Money(500, "eur"), reference=reference)

    assert outcome.result == Result.DONE
    assert found(gateway, reference, "refund") == outcome


def test_nothing_is_known_of_what_was_never_asked(gateway):
    assert found(gateway, "ch_never", "authorize") is None
    assert found(gateway, "re_never", "refund") is None


def test_books_tell_of_charges_and_refunds(gateway, saved):
    request, reference = asking(saved()), _new("re")
    charge = gateway.authorize(request)
    gateway.refund(charge.reference, Money(500, "eur"), reference=reference)

    lines = list(gateway.entries(clock.now() - timedelta(minutes=1)))

    mine = [
        (line.kind, line.money, line.status)
        for line in lines
        if line.reference in {request.reference, reference}
    ]
    assert sorted(mine, key=lambda line: line[0]) == [
        ("charge", Money(2000, "eur"), "succeeded"),
        ("refund", Money(500, "eur"), "succeeded"),
    ]


def test_method_that_is_not_there_is_refused(gateway):
    with pytest.raises(Refused):
        gateway.authorize(asking(MethodReference("pm_nowhere")))
