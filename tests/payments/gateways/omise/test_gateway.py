import base64
import hashlib
import hmac
import logging
from datetime import timedelta
from threading import Thread

import orjson
import pytest

from customers.kit import clock
from payments.gateways.base import (
    Access,
    Authorization,
    MethodReference,
    NotSent,
    Refused,
    Result,
    Unknown,
)
from payments.gateways.omise import OmiseGateway
from payments.money import Money
from tests.payments.gateways.omise.double import KEY, Omise

ADA = {"id": "cus_ada", "email": "ada@example.com", "name": "Ada Whitfield"}


@pytest.fixture
def omise():
    server = Omise()
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def reaching(settings):
    def reach(url, key=KEY, **credentials):
        settings.OUTBOUND_ALLOW = [url.removeprefix("http://")]
        given = {"secret_key": key, "api_base": url, **credentials}
        return OmiseGateway(Access("gwa_1", "acct_1", livemode=False, credentials=given))

    return reach


@pytest.fixture
def gateway(omise, reaching):
    return reaching(omise.url)


def saved(gateway, token="tokn_test_1"):
    method = gateway.save(token, reference="pm_1/attach", customer=ADA)
    return MethodReference(method.reference, method.customer_reference)


def asking(method, reference="ch_1", amount=2000, **more):
    return Authorization(reference, Money(amount, "thb"), method, **more)


def found(gateway, reference, kind):
    return gateway.look_up(reference, kind=kind, since=clock.now())


def test_working_key_gives_the_accounts_name(gateway):
    assert gateway.check() == "shop@example.com (account_test_1)"


def test_key_of_the_other_mode_is_refused(omise, reaching):
    with pytest.raises(Refused, match="test mode"):
        reaching(omise.url, "skey_double").check()

    assert omise.asked == []


def test_address_that_is_not_allowed_is_not_reached(omise, gateway, settings):
    settings.OUTBOUND_ALLOW = []

    with pytest.raises(Refused, match="OUTBOUND_ALLOW"):
        gateway.check()

    assert omise.asked == []


def test_closed_port_means_that_nothing_was_sent(reaching):
    with pytest.raises(NotSent):
        reaching("http://127.0.0.1:9").authorize(asking(MethodReference("card_1", "cust_1")))


@pytest.mark.parametrize(
    "answer",
    [
        (500, b'{"object":"error","code":"internal"}'), (502, b"<html>Bad gateway</html>"), (200, b"[]"),
        (409, b'{"object":"error","code":"conflict"}'),
    ],
)  # fmt: skip
def test_broken_answer_leaves_it_unknown_what_happened(omise, gateway, answer):
    method = saved(gateway)
    omise.breaks = answer

    with pytest.raises(Unknown):
        gateway.authorize(asking(method))

    omise.breaks = None
    assert found(gateway, "ch_1", "authorize").result == Result.DONE


def test_card_is_saved_for_a_customer(gateway):
    method = gateway.save("tokn_test_1", reference="pm_1/attach", customer=ADA)

    assert method.reference.startswith("card_test_")
    assert method.customer_reference.startswith("cust_test_")
    assert dict(method.details) == {
        "brand": "visa", "last4": "4242", "first6": "", "exp_month": 12, "exp_year": 2034,
        "funding": "credit", "country": "TH", "fingerprint": "abc=", "cvc_check": "pass",
    }  # fmt: skip


def test_forgetting_twice_is_no_error(omise, gateway):
    method = saved(gateway)
    gateway.forget(method)

    gateway.forget(method)

    assert method.reference not in omise.things


def test_charge_is_taken_under_our_reference_and_found_by_it(omise, gateway):
    outcome = gateway.authorize(asking(saved(gateway)))

    again = found(gateway, "ch_1", "authorize")
    assert (outcome.result, outcome.fee) == (Result.DONE, 78)
    assert again == outcome
    assert omise.asked[2] == ("POST", "/charges", {}, "ch_1")


@pytest.mark.parametrize(
    ("token", "decline_code"),
    [("tokn_test_broke", "insufficient_funds"), ("tokn_test_stolen", "stolen_card")],
)
def test_decline_is_told_in_stripes_words(gateway, token, decline_code):
    outcome = gateway.authorize(asking(saved(gateway, token)))

    assert (outcome.result, outcome.code, outcome.decline_code) == (
        Result.DECLINED, "card_declined", decline_code,
    )  # fmt: skip


def test_customer_is_sent_to_their_bank(gateway):
    outcome = gateway.authorize(asking(saved(gateway), amount=777))

    assert (outcome.result, outcome.action_url) == (
        Result.ACTION_REQUIRED, "https://bank.example.com/1",
    )  # fmt: skip


def test_hold_is_captured_and_found(gateway):
    hold = gateway.authorize(asking(saved(gateway), takes_now=False))
    before = found(gateway, "ch_1/capture", "capture")

    outcome = gateway.capture(hold.reference, Money(2000, "thb"), reference="ch_1/capture")

    assert (hold.result, before, outcome.result) == (Result.DONE, None, Result.DONE)
    assert found(gateway, "ch_1/capture", "capture").result == Result.DONE
    assert found(gateway, "ch_1/void", "void").result == Result.DECLINED


@pytest.mark.parametrize(("amount", "verb"), [(2000, "reverse"), (777, "expire")])
def test_hold_is_released_and_found(omise, gateway, amount, verb):
    hold = gateway.authorize(asking(saved(gateway), amount=amount, takes_now=False))

    outcome = gateway.void(hold.reference, reference="ch_1/void")

    assert outcome.result == Result.DONE
    assert omise.asked[-1][1].endswith(f"/{verb}")
    assert found(gateway, "ch_1/void", "void").result == Result.DONE


def test_money_is_given_back_and_found(gateway):
    charge = gateway.authorize(asking(saved(gateway)))

    outcome = gateway.refund(charge.reference, Money(500, "thb"), reference="re_1")

    assert outcome.result == Result.DONE
    assert found(gateway, "re_1", "refund") == outcome


def test_books_tell_of_charges_and_refunds(gateway):
    charge = gateway.authorize(asking(saved(gateway)))
    gateway.refund(charge.reference, Money(500, "thb"), reference="re_1")

    lines = list(gateway.entries(clock.now() - timedelta(hours=1)))

    assert [(line.kind, line.reference, line.money, line.status) for line in lines] == [
        ("charge", "ch_1", Money(2000, "thb"), "succeeded"),
        ("refund", "re_1", Money(500, "thb"), "succeeded"),
    ]


def test_nothing_is_known_of_what_was_never_asked(gateway):
    assert found(gateway, "ch_never", "authorize") is None


def test_unsigned_webhook_is_believed_when_omise_knows_the_event(omise, gateway):
    event = omise.add("evnt", object="event")
    body = orjson.dumps({"id": event["id"]})

    assert gateway.parse_notification(body, {}, at=clock.now()).event_id == event["id"]
    with pytest.raises(Refused):
        gateway.parse_notification(b'{"id": "evnt_forged"}', {}, at=clock.now())


@pytest.mark.parametrize(
    ("age", "key", "is_ours"), [(0, b"secret", True), (400, b"secret", False), (0, b"other", False)]
)
def test_signed_webhook_is_verified(omise, reaching, age, key, is_ours):
    gateway = reaching(omise.url, webhook_secret=base64.b64encode(b"secret").decode())
    body, at = b'{"id": "evnt_1"}', clock.now()
    stamp = str(int(at.timestamp()) - age)
    signature = hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"Omise-Signature": signature, "Omise-Signature-Timestamp": stamp}

    try:
        believed = gateway.parse_notification(body, headers, at=at).event_id == "evnt_1"
    except Refused:
        believed = False

    assert believed == is_ours
    assert omise.asked == []


def test_dispute_is_read_from_omise_itself(omise, gateway):
    charge = gateway.authorize(asking(saved(gateway)))
    dispute = omise.add(
        "dspt", object="dispute", amount=2000, currency="THB", status="open",
        reason_code="goods_or_services_not_provided", charge=charge.reference,
    )  # fmt: skip
    body = orjson.dumps(
        {"id": "evnt_1", "data": {"object": "dispute", "id": dispute["id"], "status": "lost"}}
    )

    notice = gateway.read_notification(body)

    assert (notice.about, notice.reference, notice.gateway_reference) == (
        "dispute",
        "ch_1",
        dispute["id"],
    )
    assert (notice.details["status"], notice.details["currency"]) == ("needs_response", "thb")


@pytest.mark.parametrize(
    ("reason_code", "reason"),
    [
        ("goods_or_services_not_provided", "product_not_received"),
        ("not_as_described_or_defective_merchandise", "product_unacceptable"),
        ("late_presentment", "general"),
        (None, "general"),
    ],
)
def test_the_reason_of_a_dispute_is_told_in_our_words(omise, gateway, reason_code, reason):
    charge = gateway.authorize(asking(saved(gateway)))
    dispute = omise.add(
        "dspt", object="dispute", amount=2000, currency="THB", status="open", reason_code=reason_code,
        charge=charge.reference,
    )  # fmt: skip
    body = orjson.dumps({"id": "evnt_1", "data": {"object": "dispute", "id": dispute["id"]}})

    assert gateway.read_notification(body).details["reason"] == reason


def test_no_answer_is_logged(gateway, caplog):
    with caplog.at_level(logging.DEBUG, logger="omise"):
        gateway.authorize(asking(saved(gateway)))

    assert [record for record in caplog.records if record.name.startswith("omise")] == []
