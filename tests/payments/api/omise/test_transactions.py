"""`/omise/transactions` as they are spoken."""

from datetime import timedelta

import pytest

from customers.kit import clock
from payments.api.omise.transactions import KEYS
from payments.models import BalanceTransaction
from tests.factories.payments import BalanceTransactionFactory

MONEY = {"amount": 2000, "currency": "usd", "source": "tok_visa"}
NET = 2000 - 88  # the sandbox keeps 2.9 % and 30
Kind = BalanceTransaction.Kind


def theirs(pk):
    """Spell an id of ours as Omise does."""
    prefix, _, key = pk.partition("_")
    return f"{ {'ch': 'chrg', 're': 'rfnd', 'txn': 'trxn'}[prefix] }_test_{key}"


def test_what_a_charge_and_its_refund_moved(omise, api):
    charge = api.post("charges", MONEY).body
    refund = api.post("refunds", charge=charge["id"], amount=500).body

    taken, back = omise.get("transactions").body["data"]
    assert taken == {
        "object": "transaction",
        "id": theirs(charge["balance_transaction"]),
        "livemode": False,
        "location": f"/omise/transactions/{taken['id']}",
        "currency": "USD",
        "amount": NET,
        "direction": "credit",
        "type": "credit",
        "key": "charge.captured.net",
        "origin": theirs(charge["id"]),
        "transferable_at": taken["transferable_at"],
        "created_at": taken["created_at"],
    }
    assert taken["transferable_at"][:10] > taken["created_at"][:10]
    assert back == {
        **taken, "id": back["id"], "location": f"/omise/transactions/{back['id']}", "amount": 500, "direction": "debit",
        "type": "debit", "key": "refund.created.debit", "origin": theirs(refund["id"]),
        "transferable_at": back["created_at"], "created_at": back["created_at"],
    }  # fmt: skip
    assert omise.get(f"transactions/{taken['id']}").body == taken
    assert omise.get("transactions/" + charge["balance_transaction"]).body == taken


@pytest.mark.parametrize(
    ("kind", "amount", "key", "direction"),
    [
        (Kind.CHARGE, 2000, "charge.captured.net", "credit"),
        (Kind.PAYMENT, 2000, "charge.captured.net", "credit"),
        (Kind.REFUND, -2000, "refund.created.debit", "debit"),
        (Kind.PAYMENT_REFUND, -2000, "refund.created.debit", "debit"),
        (Kind.REFUND_FAILURE, 2000, "refund.failed.credit", "credit"),
        (Kind.PAYMENT_FAILURE, -2000, "charge.failed.debit", "debit"),
        (Kind.ADJUSTMENT, -2000, "dispute.started.debit", "debit"),
        (Kind.ADJUSTMENT, 2000, "dispute.won.credit", "credit"),
    ],
)
def test_every_kind(omise, scope, kind, amount, key, direction):
    BalanceTransactionFactory(kind=kind, amount=amount, fee=100)

    (found,) = omise.get("transactions").body["data"]
    assert (found["key"], found["direction"], found["amount"]) == (
        key,
        direction,
        abs(amount - 100),
    )
    assert {*KEYS, Kind.ADJUSTMENT} == set(Kind)


def test_credits_less_debits_are_the_balance(omise, api, dispute):
    api.post("charges", MONEY)
    sign = {"credit": 1, "debit": -1}

    found = omise.get("transactions").body["data"]
    total = sum(sign[each["direction"]] * each["amount"] for each in found)
    assert total == omise.get("balance").body["total"]
    assert len(found) == 3


def test_a_list_is_walked(omise, scope):
    start = clock.now() - timedelta(hours=1)
    pks = [
        theirs(BalanceTransactionFactory(created_at=start + timedelta(minutes=number)).pk)
        for number in range(5)
    ]
    found, offset = [], 0
    while page := omise.get("transactions", limit=2, offset=offset, order=None).body["data"]:
        found += [each["id"] for each in page]
        offset += 2

    assert found == pks
    assert omise.get("transactions", limit=2).body["total"] == 5


@pytest.mark.parametrize("many", [1, 3])
def test_a_list_of_any_length_costs_the_same(omise, scope, many, django_assert_num_queries):
    BalanceTransactionFactory.create_batch(many)
    omise.get("transactions")

    with django_assert_num_queries(2):  # the key, the rows
        answer = omise.get("transactions")
    assert len(answer.body["data"]) == many


@pytest.mark.parametrize(
    ("params", "said"),
    [({"limit": 0}, "limit"), ({"offset": "x"}, "offset"), ({"to": "soon"}, "to"), ({"type": "credit"}, "type")],
)  # fmt: skip
def test_a_list_takes_pages_alone(omise, params, said):
    answer = omise.get("transactions", params)

    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert said in answer.body["message"]


def test_nobody_else_sees_a_transaction(omise, strangers, scope):
    pk = theirs(BalanceTransactionFactory().pk)

    for stranger in strangers:
        answer = stranger.get(f"transactions/{pk}")
        assert (answer.status, answer.body["code"]) == (404, "not_found")
        assert stranger.get("transactions").body["data"] == []


def test_a_transaction_takes_no_parameters(omise, scope):
    pk = theirs(BalanceTransactionFactory().pk)

    assert omise.get(f"transactions/{pk}", expand=True).status == 400
