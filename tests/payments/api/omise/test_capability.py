"""`/omise/capability` and `/omise/forex`: what can be paid with, and what it is worth."""

import pytest

from tests.omise_client import OmiseClient


@pytest.mark.parametrize("name", ["pkey_test", "skey_test", "pkey_live"])
@pytest.mark.parametrize("mount", ["/omise", ""])
def test_the_capability(keys, name, mount):
    found = OmiseClient(keys[name], mount=mount).get("capability").body

    (card,) = found.pop("payment_methods")
    currencies = card.pop("currencies")
    assert found == {
        "object": "capability", "location": f"{mount}/capability", "banks": [], "country": "US",
        "limits": {"charge_amount": {"max": 99_999_999, "min": 1}}, "tokenization_methods": [],
        "zero_interest_installments": False,
    }  # fmt: skip
    assert card == {
        "object": "payment_method", "name": "card", "installment_terms": None, "banks": [], "provider": None,
        "card_brands": [
            "American Express", "Diners Club", "Discover", "Eftpos", "JCB", "MasterCard", "UnionPay", "Visa",
        ],
    }  # fmt: skip
    assert {"THB", "USD", "JPY"} <= set(currencies)
    assert currencies == sorted(currencies)


def test_the_capability_takes_no_parameters(omise):
    answer = omise.get("capability", country="TH")

    assert (answer.status, answer.body["code"]) == (400, "bad_request")


def test_a_currency_is_worth_itself(omise):
    found = [omise.get(f"forex/{currency}").body for currency in ("usd", "USD")]

    assert found == [
        {"object": "forex", "location": "/omise/forex/usd", "base": "USD", "quote": "USD", "rate": 1.0}
    ] * 2  # fmt: skip


def test_other_rates_are_not_known(omise):
    answer = omise.get("forex/thb")

    assert (answer.status, answer.body["code"], answer.body["message"]) == (
        404, "not_found", "There is no rate from THB to USD: charges are paid out in their own currency.",
    )  # fmt: skip


@pytest.mark.parametrize("currency", ["aaa", "us", "x" * 100])
def test_what_is_no_currency(omise, currency):
    answer = omise.get(f"forex/{currency}")

    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert "currency" in answer.body["message"].lower()
