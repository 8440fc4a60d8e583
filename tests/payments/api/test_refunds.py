"""`/v1/refunds` and a charge's, as they are spoken, against the sandbox."""

import pytest

from customers.models import IdempotencyRecord

ONCE = {"Idempotency-Key": "refund-1"}


@pytest.fixture
def charge(api, jenny, card):
    """A paid charge of 2,000."""
    return api.post("charges", amount=2000, currency="usd", customer=jenny).body["id"]


def test_a_refund(api, jenny, card, charge):
    answer = api.post(
        "refunds", charge=charge, amount=500, reason="requested_by_customer", metadata={"case": "7"}
    )

    body = answer.body
    assert answer.status == 200
    assert body == {
        "id": body["id"],
        "object": "refund",
        "amount": 500,
        "balance_transaction": body["balance_transaction"],
        "charge": charge,
        "created": body["created"],
        "currency": "usd",
        "customer": jenny,
        "customer_account": None,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": {"case": "7"},
        "payment_intent": None,
        "payment_method": card,
        "reason": "requested_by_customer",
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    assert (
        api.get(f"refunds/{body['id']}").body
        == api.get(f"charges/{charge}/refunds/{body['id']}").body
        == body
    )


def test_many_refunds_are_shown_with_their_charge(api, charge):
    first = api.post("refunds", charge=charge, amount=500).body["id"]
    second = api.post(f"charges/{charge}/refunds", amount=300).body["id"]
    other = api.post("charges", amount=100, currency="usd", source="tok_visa").body["id"]

    shown = api.get(
        f"charges/{charge}", expand=["refunds", "refunds.data.balance_transaction"]
    ).body
    listed = api.get("charges", expand=["data.refunds"]).body["data"]

    assert (shown["amount_refunded"], shown["refunded"]) == (800, False)
    assert (shown["refunds"]["url"], shown["refunds"]["has_more"]) == (
        f"/v1/charges/{charge}/refunds",
        False,
    )
    assert [(each["id"], each["balance_transaction"]["amount"]) for each in shown["refunds"]["data"]] == [
        (second, -300), (first, -500),
    ]  # fmt: skip
    assert {each["id"]: [refund["id"] for refund in each["refunds"]["data"]] for each in listed} == {
        charge: [second, first], other: [],
    }  # fmt: skip
    assert (
        api.get(f"charges/{charge}/refunds").ids
        == api.get("refunds", charge=charge).ids
        == [second, first]
    )


def test_all_that_is_left_is_refunded(api, charge):
    api.post("refunds", charge=charge, amount=500)

    rest = api.post("refunds", charge=charge).body

    after = api.get(f"charges/{charge}").body
    assert (rest["amount"], after["amount_refunded"], after["refunded"]) == (1500, 2000, True)


def test_a_payment_is_refunded(api, counted):
    intent = api.post(
        "payment_intents", amount=900, currency="usd", payment_method="pm_card_visa", confirm=True
    ).body

    refund = api.post("refunds", payment_intent=intent["id"]).body

    assert (refund["amount"], refund["charge"], refund["payment_intent"]) == (
        900, intent["latest_charge"], intent["id"],
    )  # fmt: skip
    assert api.get("refunds", payment_intent=intent["id"]).ids == [refund["id"]]


def test_what_is_held_is_released(api):
    held = api.post("charges", amount=800, currency="usd", source="tok_visa", capture=False).body[
        "id"
    ]

    refund = api.post("refunds", charge=held).body

    after = api.get(f"charges/{held}").body
    assert (refund["status"], refund["amount"], refund["balance_transaction"]) == (
        "succeeded",
        800,
        None,
    )
    assert refund["destination_details"] == {"card": {"type": "reversal"}, "type": "card"}
    assert (after["status"], after["captured"], after["refunded"], after["amount_refunded"]) == (
        "succeeded", False, True, 800,
    )  # fmt: skip


def test_metadata_is_merged(api, charge):
    refund = api.post("refunds", charge=charge, metadata={"a": "1", "b": "2"}).body

    changed = api.post(f"refunds/{refund['id']}", metadata={"a": "", "c": "3"}).body

    assert changed == {**refund, "metadata": {"b": "2", "c": "3"}}


@pytest.mark.parametrize(
    ("params", "status", "param", "code"),
    [
        ({}, 400, "charge", "parameter_missing"),
        ({"charge": "ch_nothing"}, 404, "charge", "resource_missing"),
        ({"payment_intent": "pi_nothing"}, 404, "payment_intent", "resource_missing"),
        ({"charge": "", "amount": 1}, 400, "charge", "parameter_invalid_empty"),
    ],
)
def test_what_is_refused(api, counted, params, status, param, code):
    answer = api.post("refunds", params)

    assert (answer.status, answer.error["param"], answer.error["code"]) == (status, param, code)
    assert counted() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("params", "param"),
    [({"amount": 2001}, "amount"), ({"reason": "angry"}, "reason"), ({"amount": -1}, "amount")],
)
def test_more_than_was_taken_is_refused(api, charge, counted, params, param):
    before = counted()

    answer = api.post("refunds", params, charge=charge)

    assert (answer.status, answer.error["param"]) == (400, param)
    assert counted() == before


def test_what_was_given_back_is_not_given_back_again(api, charge, counted):
    api.post("refunds", charge=charge)
    before = counted()

    answer = api.post("refunds", charge=charge)

    assert (answer.status, answer.error["code"]) == (400, "charge_already_refunded")
    assert counted() == before


def test_a_request_whose_answer_was_lost_finds_its_refund(api, charge, counted):
    first = api.post("refunds", charge=charge, amount=500, headers=ONCE)
    IdempotencyRecord.objects.filter(key="refund-1").update(status=IdempotencyRecord.UNANSWERED)

    second = api.post("refunds", charge=charge, amount=500, headers=ONCE)

    assert second.body == first.body
    assert counted() == (1, 1, 0, 2)


def test_a_refund_belongs_to_its_charge(api, charge):
    refund = api.post("refunds", charge=charge).body["id"]
    other = api.post("charges", amount=100, currency="usd", source="tok_visa").body["id"]

    shown = api.get(f"charges/{other}/refunds/{refund}")
    changed = api.post(f"charges/{other}/refunds/{refund}", metadata={"a": "1"})

    assert (shown.status, changed.status) == (404, 404)
    assert api.get(f"refunds/{refund}").body["metadata"] == {}


def test_a_charge_and_another_payment_s_charge(api, charge, counted):
    intent = api.post(
        "payment_intents", amount=900, currency="usd", payment_method="pm_card_visa", confirm=True
    ).body["id"]
    before = counted()

    answer = api.post("refunds", charge=charge, payment_intent=intent)

    assert (answer.status, answer.error["param"]) == (400, "charge")
    assert counted() == before


def test_no_refund_can_be_canceled(api, jenny, card, nothing_written):
    charge = api.post("charges", amount=2000, currency="usd", customer=jenny).body["id"]
    refund = api.post("refunds", charge=charge, amount=500).body["id"]

    with nothing_written():
        answer = api.post(f"refunds/{refund}/cancel")

    assert (answer.status, answer.error["code"]) == (400, "refund_unexpected_state")
