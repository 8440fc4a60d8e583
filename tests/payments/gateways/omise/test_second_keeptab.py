"""The Omise gateway against a second Keeptab, over real HTTP: one installation charges through another."""

import secrets
from datetime import timedelta
from itertools import pairwise

import pytest
import requests

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from payments.gateways.base import (
    Access,
    Authorization,
    Declined,
    MethodReference,
    Refused,
    Result,
    Unknown,
)
from payments.gateways.omise import OmiseGateway, client
from payments.money import Money
from payments.services import notifications, sandbox

ADA = {"id": "cus_ada", "email": "ada@example.com", "name": "Ada Whitfield"}
VISA, BROKE, CHALLENGED = "4242424242424242", "4111111111140011", "4000000000003220"


@pytest.fixture
def book(other):
    """The book of the acquirer behind the other Keeptab."""

    def read():
        with scoped_to(other[0], livemode=False):
            return [(line["kind"], line["status"], line["amount"]) for line in sandbox.ledger()]

    return read


@pytest.fixture
def token(live, other):
    """Make a token there, as the customer's browser does."""

    def make(number=VISA):
        card = {
            "name": "Ada Whitfield", "number": number, "expiration_month": 12, "expiration_year": 2034,
            "security_code": "123",
        }  # fmt: skip
        answer = requests.post(
            f"{live}/omise/tokens",
            auth=(other[1]["pkey_test"], ""),
            json={"card": card},
            timeout=10,
        )
        return answer.json()["id"]

    return make


@pytest.fixture
def saved(remote, token):
    def save(number=VISA, **customer):
        method = remote.save(token(number), reference=_new("pm"), customer={**ADA, **customer})
        return MethodReference(method.reference, method.customer_reference)

    return save


@pytest.fixture
def answer_is_lost(monkeypatch):
    """Let what is sent arrive, and the answer to it get lost."""

    def lose(*args, **options):
        with requests.Session() as session:
            session.request(*args, **options)
        raise requests.ReadTimeout

    def start():
        monkeypatch.setattr(client.requests, "request", lose)

    def stop():
        monkeypatch.undo()

    return start, stop


def _new(prefix):
    return f"{prefix}_{secrets.token_hex(6)}"


def asking(method, **more):
    return Authorization(_new("ch"), Money(2000, "thb"), method, **more)


def found(gateway, reference, kind):
    return gateway.look_up(reference, kind=kind, since=clock.now())


def test_key_gives_the_accounts_name(remote, other):
    assert remote.check().endswith(f"(account_test_{other[0].pk.removeprefix('acct_')})")


def test_revoked_key_is_refused(credentials):
    credentials["secret_key"] = "skey_test_nobody"
    gateway = OmiseGateway(Access("gwa_1", "acct_1", livemode=False, credentials=credentials))

    with pytest.raises(Refused) as refusal:
        gateway.check()

    assert refusal.value.code == "api_key_invalid"


# -- methods -----------------------------------------------------------------------------------------------------------


def test_token_becomes_a_customers_card(remote, token):
    method = remote.save(token("5555555555554444"), reference=_new("pm"), customer=ADA)

    shown = {name: value for name, value in method.details.items() if name != "fingerprint"}
    assert (method.reference[:10], method.customer_reference[:10]) == ("card_test_", "cust_test_")
    assert shown == {
        "brand": "mastercard", "last4": "4444", "first6": "", "exp_month": 12, "exp_year": 2034,
        "funding": "credit", "country": "US", "cvc_check": "pass",
    }  # fmt: skip


def test_token_can_be_looked_at_before_it_is_used(remote, token):
    pk = token()

    method = remote.save(pk, reference=_new("pm"), customer={})

    assert (method.reference, method.customer_reference) == (pk, "")
    assert (method.details["brand"], method.details["last4"]) == ("visa", "4242")


def test_later_cards_join_the_same_customer(remote, token):
    owner = remote.save(token(), reference=_new("pm"), customer=ADA).customer_reference
    numbers = ["5555555555554444", "4111111111111111", "5454545454545454"]

    later = [
        remote.save(token(number), reference=_new("pm"), customer={**ADA, "reference": owner})
        for number in numbers
    ]

    assert {method.customer_reference for method in later} == {owner}
    assert [method.details["last4"] for method in later] == [number[-4:] for number in numbers]


def test_saved_card_is_read_again(remote, saved):
    method = saved()

    again = remote.save(
        method.reference, reference=_new("pm"), customer={**ADA, "reference": method.customer_reference}
    )  # fmt: skip

    assert (again.reference, again.details["last4"]) == (method.reference, "4242")


def test_token_is_used_once(remote, token):
    pk = token()
    remote.save(pk, reference=_new("pm"), customer=ADA)

    with pytest.raises(Refused) as refusal:
        remote.save(pk, reference=_new("pm"), customer=ADA)

    assert refusal.value.code == "token_already_used"


def test_declined_card_is_not_saved(remote, token):
    with pytest.raises(Declined) as refusal:
        remote.save(token("4000000000009995"), reference=_new("pm"), customer=ADA)

    assert refusal.value.message == "Your card has insufficient funds."


def test_forgetting_twice_is_no_error(remote, saved):
    method = saved()
    remote.forget(method)

    remote.forget(method)

    with pytest.raises(Refused) as refusal:
        remote.authorize(asking(method))
    assert refusal.value.code == "resource_missing"


# -- money -------------------------------------------------------------------------------------------------------------


def test_same_reference_charges_once(remote, saved, book):
    request = asking(saved(), description="Two tickets")

    first, second = remote.authorize(request), remote.authorize(request)

    assert (first.result, first.fee) == (Result.DONE, 88)
    assert (first.details["network_status"], first.details["cvc_check"]) == (
        "approved_by_network", "pass",
    )  # fmt: skip
    assert second == first == found(remote, request.reference, "authorize")
    assert book() == [("charge", "succeeded", 2000)]


def test_token_is_charged_without_a_customer(remote, token, book):
    outcome = remote.authorize(asking(MethodReference(token())))

    assert outcome.result == Result.DONE
    assert book() == [("charge", "succeeded", 2000)]


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4111111111140011", "card_declined", "insufficient_funds"),
        ("4111111111130012", "card_declined", "stolen_card"),
        ("4111111111120013", "processing_error", "processing_error"),
        ("4111111111110014", "card_declined", "do_not_honor"),
        ("4111111111190016", "card_declined", "fraudulent"),
        ("4111111111180017", "card_declined", "invalid_account"),
        ("4111111111160001", "incorrect_cvc", "incorrect_cvc"),
    ],
)
def test_decline_is_told_with_its_reason(remote, saved, number, code, decline_code):
    request = asking(saved(number))

    outcome = remote.authorize(request)

    assert (outcome.result, outcome.code, outcome.decline_code) == (
        Result.DECLINED, code, decline_code,
    )  # fmt: skip
    assert found(remote, request.reference, "authorize") == outcome
    assert outcome.message != ""


def test_customer_is_sent_away_and_comes_back(remote, saved, book):
    request = asking(saved(CHALLENGED), return_url="https://shop.example.com/back")

    outcome = remote.authorize(request)
    waits = found(remote, request.reference, "authorize")
    sandbox.complete(outcome.action_url.rsplit("/", 1)[1])
    notifications.deliver_from_sandbox(at=clock.now())
    notifications.work_off_due(at=clock.now())

    assert outcome.result == Result.ACTION_REQUIRED
    assert waits == outcome
    assert found(remote, request.reference, "authorize").result == Result.DONE
    assert book() == [("charge", "succeeded", 2000)]


def test_absent_customer_cannot_authenticate(remote, saved):
    outcome = remote.authorize(
        asking(saved(CHALLENGED), off_session=True, return_url="https://shop.example.com")
    )

    assert (outcome.result, outcome.code) == (Result.DECLINED, "card_declined")


def test_hold_is_captured_in_part_and_refunded(remote, saved, book):
    request = asking(saved(), takes_now=False)
    hold = remote.authorize(request)
    capture, refund = f"{request.reference}/capture", _new("re")
    before = found(remote, capture, "capture")

    captured = remote.capture(hold.reference, Money(1500, "thb"), reference=capture)
    refunded = remote.refund(
        hold.reference, Money(500, "thb"), reference=refund, reason="duplicate"
    )

    assert (hold.result, hold.fee, before) == (Result.DONE, 0, None)
    assert (captured.result, captured.fee, refunded.result) == (Result.DONE, 74, Result.DONE)
    assert found(remote, capture, "capture").result == Result.DONE
    assert found(remote, refund, "refund") == refunded
    assert book() == [
        ("charge", "captured", 2000), ("capture", "succeeded", 1500), ("refund", "succeeded", 500),
    ]  # fmt: skip


def test_what_was_captured_is_not_captured_again(remote, saved, book):
    request = asking(saved(), takes_now=False)
    hold = remote.authorize(request)
    remote.capture(hold.reference, Money(2000, "thb"), reference=f"{request.reference}/capture")

    with pytest.raises(Refused) as refusal:
        remote.capture(
            hold.reference, Money(2000, "thb"), reference=f"{request.reference}/capture/2"
        )

    assert refusal.value.code == "failed_capture"
    assert book() == [("charge", "captured", 2000), ("capture", "succeeded", 2000)]


def test_hold_is_released(remote, saved, book):
    request = asking(saved(), takes_now=False)
    hold = remote.authorize(request)

    outcome = remote.void(hold.reference, reference=f"{request.reference}/void")

    assert outcome.result == Result.DONE
    assert found(remote, f"{request.reference}/void", "void").result == Result.DONE
    assert found(remote, f"{request.reference}/capture", "capture").result == Result.DECLINED
    assert book() == [("charge", "voided", 2000), ("void", "succeeded", 2000)]


def test_what_waits_for_its_customer_is_called_off(remote, saved):
    request = asking(saved(CHALLENGED), return_url="https://shop.example.com/back")
    waiting = remote.authorize(request)

    outcome = remote.void(waiting.reference, reference=f"{request.reference}/void")

    assert outcome.result == Result.DONE
    assert found(remote, f"{request.reference}/void", "void").result == Result.DONE
    assert found(remote, request.reference, "authorize").result == Result.DECLINED


def test_more_than_there_is_is_not_refunded(remote, saved, book):
    charge = remote.authorize(asking(saved()))

    with pytest.raises(Refused) as refusal:
        remote.refund(charge.reference, Money(2001, "thb"), reference=_new("re"))

    assert refusal.value.code == "failed_refund"
    assert book() == [("charge", "succeeded", 2000)]


# -- what became of it -------------------------------------------------------------------------------------------------


def test_lost_answer_is_found_by_our_reference(remote, saved, book, answer_is_lost):
    request = asking(saved())
    start, stop = answer_is_lost
    start()

    with pytest.raises(Unknown):
        remote.authorize(request)

    stop()
    outcome = found(remote, request.reference, "authorize")
    assert (outcome.result, outcome.reference[:10]) == (Result.DONE, "chrg_test_")
    assert remote.authorize(request) == outcome
    assert book() == [("charge", "succeeded", 2000)]


def test_other_keeptab_that_does_not_know_itself_leaves_it_open(remote, saved, other):
    request = asking(saved())
    with (
        scoped_to(other[0], livemode=False),
        sandbox.faults("timeout_after", act="authorize", times=1),
    ):
        outcome = remote.authorize(request)

    assert (outcome.result, outcome.action_url) == (Result.WAITING, "")
    assert found(remote, request.reference, "authorize").result == Result.WAITING


def test_nothing_is_known_of_what_was_never_asked(remote):
    kinds = ["authorize", "capture", "void", "refund", "authenticate"]

    assert [found(remote, _new("ch"), kind) for kind in kinds] == [None] * 5


def test_books_tell_of_charges_and_refunds(remote, saved, token):
    paid, reference, held = asking(saved()), _new("re"), asking(saved(), takes_now=False)
    charge = remote.authorize(paid)
    remote.refund(charge.reference, Money(500, "thb"), reference=reference)
    remote.authorize(held)
    broke = asking(saved(BROKE))
    remote.authorize(broke)

    lines = list(remote.entries(clock.now() - timedelta(minutes=1)))

    assert [(line.kind, line.reference, line.money, line.status) for line in lines] == [
        ("charge", broke.reference, Money(2000, "thb"), "failed"),
        ("charge", held.reference, Money(2000, "thb"), "authorized"),
        ("charge", paid.reference, Money(2000, "thb"), "succeeded"),
        ("refund", reference, Money(500, "thb"), "succeeded"),
    ]
    assert all(one.at >= two.at for one, two in pairwise(lines[:3]))


def test_long_books_are_read_to_their_end(remote, saved, monkeypatch):
    method = saved()
    references = [asking(method).reference for _ in range(5)]
    for reference in references:
        remote.authorize(Authorization(reference, Money(2000, "thb"), method))
    monkeypatch.setattr("payments.gateways.omise.gateway._PAGE", 2)

    lines = list(remote.entries(clock.now() - timedelta(minutes=1)))

    assert [line.reference for line in lines] == references[::-1]
    assert found(remote, references[0], "authorize").result == Result.DONE
