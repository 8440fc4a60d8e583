"""The Stripe gateway against a second Keeptab, over real HTTP: one installation charges through another."""

import secrets
from datetime import timedelta

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from payments.gateways.base import Authorization, Declined, MethodReference, Refused, Result
from payments.money import Money
from payments.services import sandbox

ADA = {"id": "cus_ada", "email": "ada@example.com", "name": "Ada Whitfield"}


@pytest.fixture
def gateway(live, other, reaching):
    return reaching(live, other[1]["sk_test"])


@pytest.fixture
def book(other):
    """The book of the acquirer behind the other Keeptab."""

    def read():
        with scoped_to(other[0], livemode=False):
            return [(line["kind"], line["status"], line["amount"]) for line in sandbox.ledger()]

    return read


def _new(prefix):
    return f"{prefix}_{secrets.token_hex(6)}"


def saved(gateway, name="pm_card_visa"):
    method = gateway.save(name, reference=_new("pm"), customer=ADA)
    return MethodReference(method.reference, method.customer_reference)


def asking(method, **more):
    return Authorization(_new("ch"), Money(2000, "eur"), method, **more)


def found(gateway, reference, kind):
    return gateway.look_up(reference, kind=kind, since=clock.now())


def test_key_gives_the_accounts_name(gateway, other):
    assert gateway.check() == f"{other[0].name} ({other[0].pk})"


def test_revoked_key_is_refused(live, reaching):
    with pytest.raises(Refused):
        reaching(live, "sk_test_nobody").check()


def test_token_becomes_a_customers_card(gateway):
    method = gateway.save("tok_mastercard", reference=_new("pm"), customer=ADA)

    shown = {name: method.details[name] for name in ("brand", "last4", "funding", "country")}
    assert shown == {"brand": "mastercard", "last4": "4444", "funding": "credit", "country": "US"}


def test_declined_card_is_not_saved(gateway):
    with pytest.raises(Declined) as caught:
        saved(gateway, "pm_card_visa_chargeDeclinedInsufficientFunds")

    assert (caught.value.code, caught.value.decline_code) == ("card_declined", "insufficient_funds")


def test_same_reference_charges_once(gateway, book):
    request = asking(saved(gateway))

    first, second = gateway.authorize(request), gateway.authorize(request)

    assert first.result == Result.DONE
    assert second == first
    assert (first.fee, first.details["network_status"]) == (88, "approved_by_network")
    assert found(gateway, request.reference, "authorize") == first
    assert book() == [("charge", "succeeded", 2000)]


def test_decline_is_told_with_its_reason(gateway, book):
    request = asking(saved(gateway, "pm_card_chargeCustomerFail"))

    outcome = gateway.authorize(request)

    again = found(gateway, request.reference, "authorize")
    assert (outcome.result, outcome.code, outcome.decline_code) == (
        Result.DECLINED, "card_declined", "generic_decline",
    )  # fmt: skip
    assert (again.result, again.code, again.decline_code) == (
        Result.DECLINED, "card_declined", "generic_decline",
    )  # fmt: skip
    assert book() == [("charge", "failed", 2000)]


def test_customer_is_sent_away_and_comes_back(gateway, book):
    request = asking(
        saved(gateway, "pm_card_authenticationRequired"), return_url="https://shop.example.com/back"
    )

    outcome = gateway.authorize(request)
    sandbox.complete(outcome.action_url.rsplit("/", 1)[1])

    assert outcome.result == Result.ACTION_REQUIRED
    assert book() == [("charge", "succeeded", 2000)]


def test_hold_is_captured_in_part_and_refunded(gateway, book):
    request = asking(saved(gateway), takes_now=False)
    hold = gateway.authorize(request)
    capture, refund = f"{request.reference}/capture", _new("re")

    captured = gateway.capture(hold.reference, Money(1500, "eur"), reference=capture)
    refunded = gateway.refund(hold.reference, Money(500, "eur"), reference=refund)

    assert (captured.result, refunded.result) == (Result.DONE, Result.DONE)
    assert found(gateway, capture, "capture").result == Result.DONE
    assert found(gateway, refund, "refund") == refunded
    assert book() == [
        ("charge", "captured", 2000), ("capture", "succeeded", 1500), ("refund", "succeeded", 500),
    ]  # fmt: skip


def test_hold_is_released(gateway, book):
    request = asking(saved(gateway), takes_now=False)
    hold = gateway.authorize(request)

    outcome = gateway.void(hold.reference, reference=f"{request.reference}/void")

    assert outcome.result == Result.DONE
    assert found(gateway, f"{request.reference}/void", "void").result == Result.DONE
    assert book() == [("charge", "voided", 2000), ("void", "succeeded", 2000)]


def test_method_is_checked_for_later(gateway):
    reference = _new("seti")

    outcome = gateway.authenticate(
        saved(gateway), reference=reference, return_url="", off_session=False
    )

    assert outcome.result == Result.DONE
    assert found(gateway, reference, "authenticate").result == Result.DONE


def test_forgetting_twice_is_no_error(gateway):
    method = saved(gateway)
    gateway.forget(method)

    gateway.forget(method)

    with pytest.raises(Refused):
        gateway.authorize(asking(method))


def test_books_tell_of_charges_and_refunds(gateway):
    request, reference = asking(saved(gateway)), _new("re")
    charge = gateway.authorize(request)
    gateway.refund(charge.reference, Money(500, "eur"), reference=reference)

    lines = list(gateway.entries(clock.now() - timedelta(minutes=1)))

    assert [(line.kind, line.reference, line.money, line.status) for line in lines] == [
        ("charge", request.reference, Money(2000, "eur"), "succeeded"),
        ("refund", reference, Money(500, "eur"), "succeeded"),
    ]
