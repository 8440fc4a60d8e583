"""Every method of the official Omise library for Node, unmodified, that is offered."""

import pytest

from tests.wire import port_80
from tests.wire.conftest import run_omise_flow
from tests.wire.payments_sdk import work
from tests.wire.test_omise_customers_python import (
    DOCUMENTED,
    DOCUMENTED_OF_CARDS,
    MORE,
    MORE_OF_CARDS,
)

pytestmark = pytest.mark.node


@pytest.mark.usefixtures("_node_ready")
@pytest.mark.parametrize("way", port_80.ways())
def test_the_account_by_every_way_to_port_80(live, keys, site, way):
    with way(live) as found:
        said = run_omise_flow(found, keys, "account")

    account = said["account"]
    assert (account["object"], account["location"], account["livemode"]) == (
        "account", "/account", False,
    )  # fmt: skip
    assert account["id"] == f"account_test_{site.pk.removeprefix('acct_')}"
    assert said["again"] == account
    assert (said["webhook"]["object"], said["webhook"]["code"]) == ("error", "bad_request")
    assert "webhook_uri" in said["webhook"]["message"]
    assert (said["stranger"]["object"], said["stranger"]["code"]) == (
        "error", "authentication_failure",
    )  # fmt: skip


def test_customers(omise_flow):
    said = omise_flow("customers")

    created, paying, ids = said["created"], said["paying"], said["ids"]
    assert created.keys() == DOCUMENTED | MORE
    assert paying["cards"]["data"][0].keys() == DOCUMENTED_OF_CARDS | MORE_OF_CARDS
    assert (created["email"], created["metadata"], created["cards"]["total"]) == (
        "john@example.com", {"user_id": "12345", "plan": "premium"}, 0,
    )  # fmt: skip
    assert created["location"] == f"/customers/{created['id']}"
    assert (paying["default_card"], paying["cards"]["total"]) == (
        paying["cards"]["data"][0]["id"], 1,
    )  # fmt: skip
    assert (said["secondStep"]["default_card"], said["secondStep"]["cards"]["total"]) == (
        ids["first"], 1,
    )  # fmt: skip
    assert _still(said["retrieved"]) == _still(said["secondStep"])
    assert [customer["id"] for customer in said["newest"]["data"]] == [paying["id"]]
    assert (said["newest"]["total"], said["newest"]["order"]) == (2, "reverse_chronological")
    assert (said["ofThatYear"], said["sinceThen"]) == (0, [created["id"], paying["id"]])
    assert (said["found"], said["nobody"]) == (paying["id"], None)
    assert (said["updated"]["email"], said["updated"]["metadata"]) == (
        "newemail@example.com", {"user_id": "12345", "plan": "enterprise", "seats": 12},
    )  # fmt: skip
    assert (said["withTwo"], said["chosen"]) == (["4444", "4242"], ids["second"])
    assert said["cards"] == [ids["first"], ids["second"]]
    assert said["changed"] == said["card"] | {"expiration_month": 11, "name": "J. Doe"}
    assert said["removed"] == {
        "object": "card", "id": ids["second"], "livemode": False, "deleted": True,
    }  # fmt: skip
    assert said["left"] == [1, ids["first"]]
    assert (said["used"]["object"], said["used"]["code"]) == ("error", "used_token")
    assert said["destroyed"] == {
        "object": "customer", "id": created["id"], "livemode": False, "deleted": True,
    }  # fmt: skip
    assert (said["gone"]["object"], said["gone"]["code"]) == ("error", "not_found")
    assert (said["token"]["object"], said["token"]["used"]) == ("token", True)


def _still(customer):
    """Return a customer without what each answer has another time of."""
    return {**customer, "cards": {**customer["cards"], "to": None}}


def test_payments(omise_flow, stripe_v1):
    account = stripe_v1.payment_methods.create(
        {
            "type": "sepa_debit",
            "sepa_debit": {"iban": "AT611904300234573201"},
            "billing_details": {"name": "Jenny Rosen", "email": "jenny@example.com"},
        }
    )
    spelled = f"src_test_{account.id.removeprefix('pm_')}"

    said = omise_flow("payments", SOURCE=spelled)

    of_default, waiting, refund = said["ofDefault"], said["waiting"], said["refund"]
    assert (of_default["status"], of_default["paid"], of_default["amount"]) == (
        "successful", True, 100_000,
    )  # fmt: skip
    assert (of_default["customer"], of_default["currency"]) == (said["customer"], "THB")
    assert (of_default["card"]["id"], said["ofOther"]["card"]["id"]) == (
        said["cards"]["default"], said["cards"]["other"],
    )  # fmt: skip
    assert (waiting["status"], bool(waiting["authorize_uri"])) == ("pending", True)
    assert waiting["metadata"] == {"subscription_id": "sub_123", "billing_cycle": "January 2024"}
    assert (said["declined"]["status"], said["declined"]["failure_code"]) == (
        "failed", "insufficient_fund",
    )  # fmt: skip
    assert (said["expired"], said["captured"], said["reversed"]) == (
        "expired", ["successful", 60_000], "reversed",
    )  # fmt: skip
    assert (refund["object"], refund["amount"], said["refunds"]) == ("refund", 30_000, [refund["id"]])  # fmt: skip
    assert said["refundAgain"] == refund
    assert (said["updated"]["metadata"], said["retrieved"]["refunded_amount"]) == (
        {"order": 17}, 30_000,
    )  # fmt: skip
    assert said["listed"] == [of_default["id"], said["ofOther"]["id"]]
    schedule = said["schedule"]
    assert (schedule["object"], schedule["status"], schedule["charge"]["amount"]) == (
        "schedule", "active", 59_900,
    )  # fmt: skip
    assert said["scheduleAgain"]["id"] == schedule["id"]
    assert said["ofCustomer"] == said["ofCharges"] == [schedule["id"]]
    assert said["destroyed"] == "deleted"
    assert said["account"]["code"] == "authorization_failure"  # the library asks with the wrong key
    assert "promptpay" in said["source"]["message"]
    assert said["tooMuch"]["code"] == "failed_refund"


def test_records(omise_flow, stripe_v1, site):
    stripe_v1.charges.create(
        {"amount": 2000, "currency": site.default_currency, "source": "tok_createDispute"}
    )
    work()

    said = omise_flow("records")

    assert said["open"] == [said["dispute"]] == said["pending"] == [said["disputeAgain"]]
    assert (said["answered"], said["closed"]) == (["pending", "It was handed over."], [])
    assert said["keys"] == [
        "charge.complete", "dispute.create", "dispute.update", "dispute.update", "customer.create",
        "customer.update.card",
    ]  # fmt: skip
    assert (said["event"], said["transaction"]["object"]) == (True, "transaction")
    assert said["transactions"] == ["credit", "debit"]
    assert (said["balance"]["object"], said["capability"]["object"]) == ("balance", "capability")
    assert said["found"] == [said["jane"]]
    assert (said["linkAgain"], said["links"]) == (
        said["link"] | {"charges": said["linkAgain"]["charges"]}, [said["link"]["id"]],
    )  # fmt: skip
    assert [error["code"] for error in said["notOffered"]] == ["service_not_found"] * 4
    assert said["notOffered"][0]["message"].startswith("Keeptab does not offer transfers: ")
