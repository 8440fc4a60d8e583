"""Payments through the official Node SDK, unmodified."""

import pytest

from tests.wire.payments_sdk import work
from tests.wire.test_declines_python import DECLINES

pytestmark = pytest.mark.node


def test_payments(flow):
    said = flow("payments")

    charge, refund, paid = said["charge"], said["refund"], said["paid"]
    assert (charge["status"], charge["payment_method"], said["again"]) == (
        "succeeded",
        said["method"],
        charge["id"],
    )
    assert (refund["amount"], refund["status"], refund["charge"]) == (
        500,
        "succeeded",
        charge["id"],
    )
    assert (said["captured"]["amount_captured"], said["captured"]["amount_refunded"]) == (1500, 500)
    assert (said["confirmed"]["status"], paid["status"], paid["amount_received"]) == (
        "requires_capture", "succeeded", 2000,
    )  # fmt: skip
    assert said["confirmed"]["latest_charge"]["id"] == paid["latest_charge"]
    assert (said["waiting"]["status"], said["waiting"]["next_action"]["type"]) == (
        "requires_action",
        "redirect_to_url",
    )
    assert said["canceled"]["status"] == "canceled"
    assert said["declined"] == {
        "class": "StripeCardError",
        "type": "StripeCardError",
        "rawType": "card_error",
        "status": 402,
        "code": "card_declined",
        "message": said["declined"]["message"],
        "hasRequestId": True,
    }
    assert said["charges"] == said["found"] == [paid["latest_charge"], charge["id"]]
    assert said["payments"] == [paid["id"]]
    assert said["ledger"] == [
        ["charge", 2000, "charge"], ["charge", 1500, "charge"], ["refund", -500, "refund"], ["charge", 2000, "charge"],
    ]  # fmt: skip
    assert said["balance"]["available"][0]["amount"] == -500
    assert said["disputes"] == []
    assert (said["tooMuch"]["status"], said["tooMuch"]["param"]) == (400, "amount")


def test_methods(flow, keys):
    said = flow("methods", PUBLISHABLE_KEY=keys["pk_test"])

    source, method, verified = said["source"], said["method"], said["verified"]
    assert (source["id"], source["last4"]) == (said["tokenCard"], "4242")
    assert method["metadata"] == {"order": "1"}
    assert (said["setup"]["status"], said["setup"]["next_action"]["type"]) == (
        "requires_action", "verify_with_microdeposits",
    )  # fmt: skip
    assert (verified["status"], said["mandate"]["status"]) == ("succeeded", "active")
    assert said["sources"] == [source["id"]]
    assert said["methods"] == [verified["payment_method"], method["id"], source["id"]]
    assert (said["chosen"], said["detached"], said["removed"]) == (method["id"], None, True)
    assert said["after"] == verified["payment_method"]
    assert (said["paid"]["status"], "customer" in said["paid"]) == ("succeeded", False)
    assert said["debits"] == ["verify_with_microdeposits", "processing"]
    assert (said["hidden"]["status"], said["hidden"]["code"]) == (403, "secret_key_required")


def test_declines(flow):
    said = flow("declines", DECLINES=" ".join(DECLINES))

    assert said == {
        name: ["StripeCardError", 402, code, decline_code]
        for name, (_number, code, decline_code) in DECLINES.items()
    }


def test_what_the_other_flows_have_no_use_for(flow, stripe_v1):
    for _charge in range(2):
        stripe_v1.charges.create({"amount": 100, "currency": "usd", "source": "tok_createDispute"})
    work()
    opened = [dispute.id for dispute in stripe_v1.disputes.list()]

    said = flow("others", DISPUTES=" ".join(opened))

    payments, methods, order = said["payments"], said["methods"], {"order": "1"}
    assert said["account"] is True
    assert payments["chargeAgain"] == payments["transaction"] == payments["charge"]
    assert payments["refundAgain"] == payments["refund"]
    assert (payments["refunds"], payments["notCanceled"]) == ([payments["refund"]], 400)
    assert payments["charged"] == payments["refunded"] == order
    assert (payments["intentAgain"], payments["intents"], payments["changed"]) == (
        payments["intent"], [payments["intent"]], 2500,
    )  # fmt: skip
    assert methods["methodAgain"] == methods["ofCustomer"] == methods["method"]
    assert (methods["used"], methods["verified"], methods["renamed"]) == (
        True, "verified", "J. Rosen",
    )  # fmt: skip
    assert methods["accountAgain"] == methods["account"]
    assert said["setups"] == {
        "changed": order, "confirmed": "succeeded", "canceled": "canceled", "again": "canceled", "listed": 2,
    }  # fmt: skip
    assert said["disputes"] == {
        "open": "needs_response", "answered": "under_review", "closed": "lost",
    }  # fmt: skip
