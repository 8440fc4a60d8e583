"""`/v1/balance` and `/v1/balance_transactions` as they are spoken."""

import pytest

MONEY = {"amount": 2000, "currency": "usd", "source": "tok_visa"}
FEE = 88  # 2.9 % and 30, as the sandbox keeps


@pytest.fixture
def refunded(api):
    """A charge of which 500 was given back."""
    charge = api.post("charges", MONEY, description="Two tickets").body["id"]
    api.post("refunds", charge=charge, amount=500)
    return charge


def test_an_empty_balance(api):
    nothing = [{"amount": 0, "currency": "usd", "source_types": {"card": 0}}]

    assert api.get("balance").body == {
        "object": "balance", "available": nothing, "livemode": False, "pending": nothing,
    }  # fmt: skip


def test_a_balance_in_several_currencies(api, refunded):
    api.post("charges", {**MONEY, "currency": "jpy"})

    assert api.get("balance").body == {
        "object": "balance",
        "available": [
            {"amount": 0, "currency": "jpy", "source_types": {"card": 0}},
            {"amount": -500, "currency": "usd", "source_types": {"card": -500}},
        ],
        "livemode": False,
        "pending": [
            {"amount": 2000 - FEE, "currency": "jpy", "source_types": {"card": 2000 - FEE}},
            {"amount": 2000 - FEE, "currency": "usd", "source_types": {"card": 2000 - FEE}},
        ],
    }


def test_movements(api, refunded):
    back, taken = api.get("balance_transactions").body["data"]

    assert taken == {
        "id": taken["id"],
        "object": "balance_transaction",
        "amount": 2000,
        "available_on": taken["created"] + 2 * 86_400,
        "balance_type": "payments",
        "created": taken["created"],
        "currency": "usd",
        "description": "Two tickets",
        "exchange_rate": None,
        "fee": FEE,
        "fee_details": [
            {
                "amount": FEE, "application": None, "currency": "usd",
                "description": "Processing fees of the payment gateway", "type": "stripe_fee",
            },
        ],
        "net": 2000 - FEE,
        "reporting_category": "charge",
        "source": refunded,
        "status": "pending",
        "type": "charge",
    }  # fmt: skip
    assert back == {
        **taken, "id": back["id"], "amount": -500, "available_on": back["created"], "created": back["created"],
        "description": "REFUND FOR CHARGE (Two tickets)", "fee": 0, "fee_details": [], "net": -500,
        "reporting_category": "refund", "source": back["source"], "status": "available", "type": "refund",
    }  # fmt: skip
    assert back["source"].startswith("re_")
    assert api.get(f"balance_transactions/{taken['id']}").body == taken


def test_movements_are_narrowed_and_expanded(api, refunded):
    by_source = api.get("balance_transactions", source=refunded)
    by_kind = api.get(
        "balance_transactions", type="refund", expand=["data.source", "data.source.charge"]
    )

    (back,) = by_kind.body["data"]
    assert [each["type"] for each in by_source.body["data"]] == ["charge"]
    assert (back["source"]["object"], back["source"]["charge"]["id"]) == ("refund", refunded)
    assert api.get("balance_transactions", currency="eur").body["data"] == []
    assert api.get("balance_transactions", type="gift").error["param"] == "type"


def test_a_movement_that_is_not_there(api):
    answer = api.get("balance_transactions/txn_nothing")

    assert (answer.status, answer.error["message"]) == (
        404,
        "No such balance transaction: 'txn_nothing'",
    )


def test_the_balance_takes_no_parameters(api):
    assert api.get("balance", currency="usd").error["param"] == "currency"
