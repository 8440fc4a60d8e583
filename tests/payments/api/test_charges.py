"""`/v1/charges` as it is spoken, against the sandbox."""

import pytest

from customers.models import IdempotencyRecord
from payments.models import Charge
from payments.services import sandbox
from tests.payments.api.conftest import NOBODY

ONCE = {"Idempotency-Key": "order-1"}
MONEY = {"amount": 2000, "currency": "usd"}
ADDRESS = {
    "city": "Springfield",
    "country": "US",
    "line1": "1 Harbour Street",
    "postal_code": "62701",
}


NOTHING = dict.fromkeys(
    (
        "application", "application_fee", "application_fee_amount", "failure_balance_transaction", "failure_code",
        "failure_message", "on_behalf_of", "payment_intent", "receipt_number", "receipt_url", "review", "source",
        "source_transfer", "transfer_data", "transfer_group",
    )
)  # fmt: skip
"""Members that a plain charge has not."""
CARD_DETAILS = {
    "amount_authorized": 2000, "brand": "visa",
    "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
    "country": "US", "extended_authorization": {"status": "disabled"}, "funding": "credit",
    "incremental_authorization": {"status": "unavailable"}, "installments": None, "last4": "4242", "mandate": None,
    "multicapture": {"status": "unavailable"}, "network": "visa", "network_token": {"used": False},
    "overcapture": {"maximum_amount_capturable": 2000, "status": "unavailable"}, "regulated_status": "unregulated",
    "three_d_secure": None, "transaction_link_id": None, "wallet": None,
}  # fmt: skip
ISSUERS_OWN = (
    "authorization_code",
    "exp_month",
    "exp_year",
    "fingerprint",
    "network_transaction_id",
)
"""What the issuer makes up."""


def test_a_charge(api, jenny, card):
    answer = api.post(
        "charges", MONEY, customer=jenny, description="Two tickets", metadata={"order": "6735"},
        receipt_email="jenny@example.com", statement_descriptor="ACME", statement_descriptor_suffix="TICKETS",
        shipping={"name": "Jenny Rosen", "address": ADDRESS, "tracking_number": "1Z"},
    )  # fmt: skip

    body = answer.body
    shown = body["payment_method_details"]["card"]
    assert answer.status == 200
    assert body == {
        **NOTHING,
        "id": body["id"],
        "object": "charge",
        "amount": 2000,
        "amount_captured": 2000,
        "amount_refunded": 0,
        "balance_transaction": body["balance_transaction"],
        "billing_details": NOBODY,
        "calculated_statement_descriptor": "ACME* TICKETS",
        "captured": True,
        "created": body["created"],
        "currency": "usd",
        "customer": jenny,
        "description": "Two tickets",
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": {"order": "6735"},
        "outcome": {
            "advice_code": None, "network_advice_code": None, "network_decline_code": None,
            "network_status": "approved_by_network", "reason": None, "risk_level": "normal",
            "risk_score": body["outcome"]["risk_score"], "seller_message": "Payment complete.", "type": "authorized",
        },
        "paid": True,
        "payment_method": card,
        "payment_method_details": {
            "card": {**CARD_DETAILS, **{name: shown[name] for name in ISSUERS_OWN}},
            "type": "card",
        },
        "receipt_email": "jenny@example.com",
        "refunded": False,
        "shipping": {
            "address": {**NOBODY["address"], **ADDRESS}, "carrier": None, "name": "Jenny Rosen", "phone": None,
            "tracking_number": "1Z",
        },
        "statement_descriptor": "ACME",
        "statement_descriptor_suffix": "TICKETS",
        "status": "succeeded",
    }  # fmt: skip
    assert (body["balance_transaction"][:4], body["source_transfer"]) == ("txn_", None)
    assert api.get(f"charges/{body['id']}").body == body


def test_a_charge_of_a_token_shows_its_card(api):
    body = api.post("charges", MONEY, source="tok_mastercard").body

    source = body["source"]
    assert source == {
        "id": body["payment_method"], "object": "card",
        **dict.fromkeys(
            ("address_city", "address_country", "address_line1", "address_line1_check", "address_line2",
             "address_state", "address_zip", "address_zip_check", "customer", "dynamic_last4", "name",
             "tokenization_method", "wallet")
        ),
        "brand": "MasterCard", "country": "US", "cvc_check": "pass", "exp_month": source["exp_month"],
        "exp_year": source["exp_year"], "fingerprint": source["fingerprint"], "funding": "credit", "last4": "4444",
        "metadata": {}, "regulated_status": "unregulated",
    }  # fmt: skip
    assert body["payment_method"].startswith("card_")


@pytest.mark.parametrize(
    ("source", "code", "decline_code", "param"),
    [
        ("tok_chargeDeclined", "card_declined", "generic_decline", None),
        ("tok_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds", None),
        ("tok_chargeDeclinedExpiredCard", "expired_card", "expired_card", "exp_month"),
        ("tok_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc", "cvc"),
        ("tok_chargeDeclinedProcessingError", "processing_error", "processing_error", None),
    ],
)
def test_a_declined_charge(api, source, code, decline_code, param):
    answer = api.post("charges", MONEY, source=source)

    (charge,) = api.get("charges").body["data"]
    assert answer.status == 402
    assert answer.error == {
        "code": code,
        "message": charge["failure_message"],
        **({"param": param} if param else {}),
        "type": "card_error",
        "charge": charge["id"],
        "decline_code": decline_code,
    }
    assert (charge["status"], charge["paid"], charge["captured"]) == ("failed", False, False)
    assert (charge["failure_code"], charge["amount_captured"], charge["balance_transaction"]) == (
        code,
        0,
        None,
    )


def test_money_is_held_and_taken_in_part(api):
    held = api.post("charges", MONEY, source="tok_visa", capture=False).body

    taken = api.post(
        f"charges/{held['id']}/capture",
        amount=1500,
        receipt_email="jenny@example.com",
        statement_descriptor="ACME",
    ).body

    assert (held["status"], held["captured"], held["paid"], held["amount_captured"]) == (
        "succeeded",
        False,
        True,
        0,
    )
    assert held["balance_transaction"] is None
    assert held["payment_method_details"]["card"]["capture_before"] == held["created"] + 7 * 86_400
    assert (taken["status"], taken["captured"], taken["amount_captured"], taken["amount_refunded"]) == (
        "succeeded", True, 1500, 500,
    )  # fmt: skip
    assert (taken["refunded"], taken["receipt_email"], taken["statement_descriptor"]) == (
        False, "jenny@example.com", "ACME",
    )  # fmt: skip
    assert "capture_before" not in taken["payment_method_details"]["card"]


def test_what_was_taken_is_not_taken_again(api, counted):
    charge = api.post("charges", MONEY, source="tok_visa").body["id"]
    before = counted()

    answer = api.post(f"charges/{charge}/capture")

    assert (answer.status, answer.error["code"]) == (400, "charge_already_captured")
    assert counted() == before


def test_a_charge_is_changed(api, jenny):
    charge = api.post("charges", MONEY, source="tok_visa", metadata={"a": "1", "b": "2"}).body

    changed = api.post(
        f"charges/{charge['id']}",
        description="Two tickets",
        metadata={"a": "", "c": "3"},
        customer=jenny,
    ).body

    assert changed == {
        **charge,
        "customer": jenny,
        "description": "Two tickets",
        "metadata": {"b": "2", "c": "3"},
        "source": {**charge["source"], "customer": jenny},
    }
    assert api.get("events", type="charge.updated").body["data"][0]["data"]["object"] == changed


def test_a_charge_keeps_its_customer(api, jenny, card):
    charge = api.post("charges", MONEY, customer=jenny).body
    other = api.post("customers").body["id"]

    answer = api.post(f"charges/{charge['id']}", customer=other)

    assert (answer.status, answer.error["param"]) == (400, "customer")
    assert api.get(f"charges/{charge['id']}").body == charge


@pytest.mark.parametrize(
    ("params", "status", "param", "code"),
    [
        ({}, 400, "amount", "parameter_missing"),
        ({"amount": 0, "currency": "usd"}, 400, "amount", "parameter_invalid_integer"),
        ({"amount": 100, "currency": "dollars"}, 400, "currency", None),
        ({"amount": 100_000_000, "currency": "usd", "source": "tok_visa"}, 400, "amount", "amount_too_large"),
        ({**MONEY}, 400, "source", "parameter_missing"),
        ({**MONEY, "source": "tok_nothing"}, 404, "source", "resource_missing"),
        ({**MONEY, "customer": "cus_nobody"}, 404, "customer", "resource_missing"),
        ({**MONEY, "transfer_group": "ORDER_10"}, 400, "transfer_group", "parameter_unknown"),
        ({**MONEY, "source": "tok_visa", "statement_descriptor": "4711"}, 400, "statement_descriptor", None),
        ({**MONEY, "metadata": {"card": "4242424242424242"}}, 400, "metadata[card]", "sensitive_data_rejected"),
    ],
)  # fmt: skip
def test_what_is_refused(api, counted, params, status, param, code):
    answer = api.post("charges", params)

    assert (answer.status, answer.error["param"], answer.error.get("code")) == (status, param, code)
    assert counted() == (0, 0, 0, 0)


def test_a_customer_without_a_method(api, jenny, counted):
    answer = api.post("charges", MONEY, customer=jenny)

    assert (answer.status, answer.error["code"], answer.error["type"]) == (
        402,
        "missing",
        "card_error",
    )
    assert counted() == (0, 0, 0, 0)


# -- the same request, the same act ------------------------------------------------------------------------------------


def test_a_request_that_comes_again_gets_the_same_answer(api, counted):
    first = api.post("charges", MONEY, source="tok_visa", headers=ONCE)
    second = api.post("charges", MONEY, source="tok_visa", headers=ONCE)

    assert second.body == first.body
    assert (first.headers.get("Idempotent-Replayed"), second.headers["Idempotent-Replayed"]) == (
        None,
        "true",
    )
    assert counted() == (1, 0, 0, 1)


def test_a_decline_that_comes_again_is_the_same_decline(api, counted):
    first = api.post("charges", MONEY, source="tok_chargeDeclined", headers=ONCE)
    second = api.post("charges", MONEY, source="tok_chargeDeclined", headers=ONCE)

    assert (second.status, second.body) == (402, first.body)
    assert counted() == (1, 0, 0, 1)


def test_a_request_whose_answer_was_lost_finds_its_charge(api, counted):
    first = api.post("charges", MONEY, source="tok_visa", headers=ONCE)
    IdempotencyRecord.objects.update(status=IdempotencyRecord.UNANSWERED)

    second = api.post("charges", MONEY, source="tok_visa", headers=ONCE)

    assert (second.status, second.body) == (200, first.body)
    assert second.headers.get("Idempotent-Replayed") is None
    assert counted() == (1, 0, 0, 1)


def test_a_gateway_that_answers_too_late_leaves_the_charge_pending(api, scope, counted):
    with sandbox.faults("timeout_after", act="authorize", times=1):
        answer = api.post("charges", MONEY, source="tok_visa", headers=ONCE)

    assert (answer.status, answer.body["status"], answer.body["paid"]) == (200, "pending", False)
    assert (answer.body["captured"], answer.body["amount_captured"]) == (False, 0)
    assert counted() == (1, 0, 0, 1)


# -- lists and search --------------------------------------------------------------------------------------------------


@pytest.fixture
def three(api, jenny, card):
    """A charge of Jenny's, one of nobody's in another currency, and one that failed; the newest first."""
    mine = api.post("charges", MONEY, customer=jenny, metadata={"order": "6735"}).body["id"]
    held = api.post("charges", amount=500, currency="eur", source="tok_visa", capture=False).body[
        "id"
    ]
    api.post("charges", amount=700, currency="usd", source="tok_chargeDeclined")
    failed = Charge.objects.get(status=Charge.Status.FAILED).pk
    return {"failed": failed, "held": held, "mine": mine}


def test_charges_are_listed_newest_first(api, scope, three, jenny):
    everything = api.get("charges")
    hers = api.get("charges", customer=jenny)
    first = api.get("charges", limit=1)
    rest = api.get("charges", starting_after=first.ids[0])

    assert everything.ids == list(three.values())
    assert hers.ids == [three["mine"]]
    assert (first.ids, first.body["has_more"], rest.ids) == (
        [three["failed"]],
        True,
        [three["held"], three["mine"]],
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status:'succeeded'", ["held", "mine"]),
        ("status:'failed'", ["failed"]),
        ("-status:'failed' AND currency:'eur'", ["held"]),
        ("amount>600", ["failed", "mine"]),
        ("metadata['order']:'6735'", ["mine"]),
        ("customer:null", ["failed", "held"]),
        ("payment_method_details.card.last4:'4242'", ["held", "mine"]),
        ("payment_method_details.card.brand:'visa' amount<600", ["held"]),
        ("payment_method_details.card.exp_year>2000 OR amount:1", ["failed", "held", "mine"]),
        ("refunded:'false'", ["failed", "held", "mine"]),
        ("refunded:'true' OR disputed:'true'", []),
        ("created>0", ["failed", "held", "mine"]),
    ],
)
def test_charges_are_searched(api, scope, three, query, found):
    answer = api.get("charges/search", query=query)

    assert answer.status == 200
    assert answer.ids == [three[name] for name in found]


def test_a_search_of_a_customer_is_walked_in_pages(api, scope, three, jenny):
    api.post(f"charges/{three['held']}", customer=jenny)

    first = api.get("charges/search", query=f"customer:'{jenny}'", limit=1, expand=["total_count"])
    second = api.get(
        "charges/search", query=f"customer:'{jenny}'", limit=1, page=first.body["next_page"]
    )

    assert (first.ids, first.body["has_more"], first.body["total_count"]) == (
        [three["held"]],
        True,
        2,
    )
    assert (second.ids, second.body["has_more"], second.body["next_page"]) == (
        [three["mine"]],
        False,
        None,
    )


@pytest.mark.parametrize(
    "query", ["status:'paid'", "status>'failed'", "refunded:null", "colour:'red'", "customer~'cus'"]
)
def test_searches_that_make_no_sense(api, query):
    answer = api.get("charges/search", query=query)

    assert (answer.status, answer.error["param"]) == (400, "query")


def test_a_refunded_charge_is_found_as_one(api):
    charge = api.post("charges", MONEY, source="tok_visa").body["id"]
    api.post("refunds", charge=charge)

    found = api.get("charges/search", query="refunded:'true'")

    assert (found.ids, found.body["data"][0]["refunded"]) == ([charge], True)


@pytest.mark.parametrize("path", ["charges/ch_nothing", "charges/ch_nothing/refunds"])
def test_a_charge_that_is_not_there(api, path):
    answer = api.get(path)

    assert (answer.status, answer.error["message"]) == (404, "No such charge: 'ch_nothing'")
