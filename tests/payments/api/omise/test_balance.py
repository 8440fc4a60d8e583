"""`/omise/balance` as it is spoken."""

import pytest

from tests.factories.payments import BalanceTransactionFactory
from tests.omise_client import OmiseClient

MONEY = {"amount": 2000, "currency": "usd", "source": "tok_visa"}
NET = 2000 - 88  # the sandbox keeps 2.9 % and 30


def test_an_empty_balance(omise):
    found = omise.get("balance").body

    assert found == {
        "object": "balance", "livemode": False, "location": "/omise/balance", "currency": "USD", "total": 0,
        "transferable": 0, "reserve": 0, "created_at": found["created_at"],
    }  # fmt: skip


def test_a_balance_is_of_the_sites_own_currency(omise, api):
    charge = api.post("charges", MONEY).body["id"]
    api.post("charges", {**MONEY, "currency": "jpy"})
    api.post("refunds", charge=charge, amount=500)

    found = omise.get("balance").body
    assert (found["total"], found["transferable"], found["currency"]) == (NET - 500, -500, "USD")


@pytest.mark.parametrize("many", [1, 3])
def test_a_balance_costs_the_same(omise, scope, many, django_assert_num_queries):
    BalanceTransactionFactory.create_batch(many)
    omise.get("balance")

    with django_assert_num_queries(2):  # the key, the balance
        assert omise.get("balance").body["total"] == many * NET


def test_a_balance_is_the_keys_own(strangers, api):
    api.post("charges", MONEY)

    assert [stranger.get("balance").body["total"] for stranger in strangers] == [0, 0]


def test_the_balance_takes_no_parameters(omise):
    answer = omise.get("balance", currency="usd")

    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert "currency" in answer.body["message"]


def test_a_public_key_may_not_see_it(keys):
    answer = OmiseClient(keys["pkey_test"]).get("balance")

    assert (answer.status, answer.body["code"]) == (403, "authorization_failure")
