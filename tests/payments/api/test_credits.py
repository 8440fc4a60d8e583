"""`/v1/customers/credit_from_payment_method` as it is spoken (rules P4, P11)."""

import pytest

from customers.models import IdempotencyRecord

PATH = "customers/credit_from_payment_method"
MONEY = {"amount": 700, "currency": "usd"}


def test_a_credit(api, jenny, card):
    body = api.post(PATH, MONEY, customer_id=jenny, source_id=card).body

    entry = body["balance_transaction"]
    charge = api.get(f"charges/{body['charge']}").body
    assert body == {
        "id": body["charge"], "object": "customer_credit", "amount": 700, "balance_transaction": entry,
        "charge": charge["id"], "created": charge["created"], "currency": "usd", "customer": jenny, "livemode": False,
        "payment_method": card, "status": "succeeded",
    }  # fmt: skip
    assert (entry["amount"], entry["ending_balance"], entry["metadata"]) == (
        -700,
        -700,
        {"charge": charge["id"]},
    )
    assert api.get(f"customers/{jenny}/balance_transactions").body["data"] == [entry]
    assert api.get(f"customers/{jenny}").body["balance"] == -700
    assert (charge["customer"], charge["amount_captured"]) == (jenny, 700)


def test_the_default_method_is_charged_where_none_is_named(api, jenny, card):
    assert api.post(PATH, MONEY, customer_id=jenny).body["payment_method"] == card


def test_a_declined_credit_gives_nothing(api, jenny):
    api.post("payment_methods/pm_card_chargeCustomerFail/attach", customer=jenny)

    answer = api.post(PATH, MONEY, customer_id=jenny)

    assert (answer.status, answer.error["type"]) == (402, "card_error")
    assert api.get(f"customers/{jenny}").body["balance"] == 0
    assert api.get(f"customers/{jenny}/balance_transactions").body["data"] == []


@pytest.mark.parametrize(
    ("params", "status", "param"),
    [
        ({"customer_id": ""}, 400, "customer_id"),
        ({"customer_id": "cus_nobody", **MONEY}, 404, "customer_id"),
        ({"amount": 0}, 400, "amount"),
        ({**MONEY, "source_id": "pm_nothing"}, 404, "source_id"),
        ({**MONEY, "colour": "red"}, 400, "colour"),
    ],
)
def test_what_is_refused(api, jenny, card, counted, params, status, param):
    answer = api.post(PATH, {"customer_id": jenny, **params})

    assert (answer.status, answer.error["param"]) == (status, param)
    assert counted() == (0, 0, 0, 0)


def test_another_customer_s_card(api, card, counted):
    other = api.post("customers").body["id"]

    answer = api.post(PATH, MONEY, customer_id=other, source_id=card)

    assert (answer.status, answer.error["param"]) == (400, "source_id")
    assert counted() == (0, 0, 0, 0)


def test_a_request_whose_answer_was_lost_credits_once(api, jenny, card, counted):
    headers = {"Idempotency-Key": "credit-1"}
    first = api.post(PATH, MONEY, customer_id=jenny, headers=headers)
    IdempotencyRecord.objects.filter(key="credit-1").update(status=IdempotencyRecord.UNANSWERED)

    second = api.post(PATH, MONEY, customer_id=jenny, headers=headers)

    assert second.body == first.body
    assert api.get(f"customers/{jenny}").body["balance"] == -700
    assert counted() == (1, 0, 0, 1)
