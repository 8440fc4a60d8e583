"""Money that is held: captured, in part too, or released."""

import pytest

from payments.services import sandbox
from tests.payments.api.omise.conftest import MONEY, plain


def test_money_is_held(omise, token):
    body = omise.post("charges", MONEY, card=token(), capture=False).body

    assert body == plain(
        body, authorization_type="pre_auth", can_perform_void=True, capturable=True, capture=False, captured_amount=0,
        disputable=False, expires_at=body["expires_at"], fee=0, net=100_000, paid=False, paid_at=None,
        partially_refundable=False, refundable=False, reversible=True, status="pending", transaction=None,
    )  # fmt: skip
    assert body["expires_at"] > body["created_at"]


def test_what_is_held_is_captured(omise, held):
    answer = omise.post(f"charges/{held['id']}/capture")

    body = answer.body
    assert (answer.status, body["id"]) == (200, held["id"])
    assert body == plain(
        body, authorization_type="pre_auth", capture=False, expires_at=held["expires_at"], paid_at=body["paid_at"]
    )  # fmt: skip
    assert omise.get(f"charges/{held['id']}").body["status"] == "successful"


def test_a_part_is_captured_and_the_rest_released(omise, held):
    body = omise.post(f"charges/{held['id']}/capture", capture_amount=40_000).body

    kept = 40_000 * 29 // 1000 + 30
    assert (body["status"], body["paid"], body["capturable"]) == ("successful", True, False)
    assert (body["amount"], body["authorized_amount"], body["captured_amount"]) == (
        100_000, 100_000, 40_000,
    )  # fmt: skip
    assert (body["fee"], body["net"]) == (kept, 40_000 - kept)


def test_a_final_amount_is_captured_in_whole(omise, token, nothing_written):
    held = omise.post(
        "charges", MONEY, card=token(), capture=False, authorization_type="final_auth"
    ).body

    with nothing_written():
        partly = omise.post(f"charges/{held['id']}/capture", capture_amount=40_000)
    whole = omise.post(f"charges/{held['id']}/capture", capture_amount=100_000)

    assert held["authorization_type"] == "final_auth"
    assert (partly.status, partly.body["code"]) == (400, "failed_capture")
    assert (whole.status, whole.body["captured_amount"]) == (200, 100_000)


def test_what_is_held_is_reversed(omise, held):
    answer = omise.post(f"charges/{held['id']}/reverse")

    body = answer.body
    assert answer.status == 200
    assert body == plain(
        body, authorization_type="pre_auth", capture=False, captured_amount=0, disputable=False,
        expires_at=held["expires_at"], fee=0, net=100_000, paid=False, paid_at=None, partially_refundable=False,
        refundable=False, reversed=True, reversed_at=body["reversed_at"], status="reversed", transaction=None,
    )  # fmt: skip
    assert body["reversed_at"] >= body["created_at"]


@pytest.mark.parametrize(
    ("before", "verb", "code"),
    [
        pytest.param(["capture"], "capture", "failed_capture", id="captured twice"),
        pytest.param(["reverse"], "capture", "failed_capture", id="captured after all"),
        pytest.param(["capture"], "reverse", "failed_reverse", id="reversed too late"),
        pytest.param(["reverse"], "reverse", "failed_reverse", id="reversed twice"),
        pytest.param([], "expire", "failed_expire", id="held money does not wait"),
        pytest.param(["capture"], "expire", "failed_expire", id="taken money does not wait"),
    ],
)
def test_what_comes_too_late_is_refused(omise, held, nothing_written, before, verb, code):
    for earlier in before:
        omise.post(f"charges/{held['id']}/{earlier}")

    with nothing_written():
        answer = omise.post(f"charges/{held['id']}/{verb}")

    assert (answer.status, answer.body["code"]) == (400, code)
    assert held["id"] in answer.body["message"]


@pytest.mark.parametrize("amount", [0, 100_001, "all"])
def test_amounts_that_cannot_be_captured(omise, held, nothing_written, amount):
    with nothing_written():
        answer = omise.post(f"charges/{held['id']}/capture", capture_amount=amount)

    assert (answer.status, answer.body["code"]) == (400, "failed_capture")
    assert "(capture_amount)" in answer.body["message"]


@pytest.mark.parametrize("verb", ["reverse", "expire"])
def test_verbs_without_parameters_take_none(omise, held, nothing_written, verb):
    with nothing_written():
        answer = omise.post(f"charges/{held['id']}/{verb}", amount=1)

    assert (answer.status, "amount" in answer.body["message"]) == (400, True)


def test_a_release_that_the_gateway_refuses_is_told(omise, held, scope):
    with sandbox.faults("decline", act="void", times=1):
        answer = omise.post(f"charges/{held['id']}/reverse")

    assert (answer.status, answer.body["code"]) == (400, "failed_reverse")
    assert omise.get(f"charges/{held['id']}").body["reversible"] is True


@pytest.mark.parametrize(
    ("verb", "status", "of_intent"),
    [("capture", "successful", "succeeded"), ("reverse", "reversed", "canceled")],
)
def test_a_payment_intents_hold_takes_its_intent_along(omise, api, verb, status, of_intent):
    intent = api.post(
        "payment_intents", amount=2000, currency="usd", payment_method="pm_card_visa", confirm=True,
        capture_method="manual",
    ).body  # fmt: skip

    answer = omise.post(f"charges/{intent['latest_charge']}/{verb}")

    assert (answer.status, answer.body["status"]) == (200, status)
    assert api.get(f"payment_intents/{intent['id']}").body["status"] == of_intent
