"""Payments through the official Node SDK, unmodified."""

import pytest

from tests.wire.test_stripe_node import flow, installed

__all__ = ["flow", "installed"]
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
