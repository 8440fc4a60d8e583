"""`/omise/charges/{charge}/refunds` and `/omise/refunds` as they are spoken, against the sandbox."""

import pytest

from customers.models import IdempotencyRecord
from payments.api.omise import refunds
from payments.models import Refund
from tests.payments.api.omise.conftest import NEVER

ONCE = {"Idempotency-Key": "refund-1"}


def test_a_refund(omise, paid):
    answer = omise.post(
        f"charges/{paid['id']}/refunds", amount=40_000, metadata={"case": 7, "why": ["late"]}
    )

    body = answer.body
    assert answer.status == 200
    assert body == {
        "object": "refund",
        "id": body["id"],
        "livemode": False,
        "location": f"/omise/charges/{paid['id']}/refunds/{body['id']}",
        "acquirer_reference_number": None,
        "amount": 40_000,
        "approval_code": None,
        "charge": paid["id"],
        "created_at": body["created_at"],
        "currency": "THB",
        "funding_amount": 40_000,
        "funding_currency": "THB",
        "metadata": {"case": 7, "why": ["late"]},
        "status": "closed",
        "terminal": None,
        "transaction": body["transaction"],
        "voided": False,
    }
    assert (body["id"][:10], body["transaction"][:10]) == ("rfnd_test_", "trxn_test_")
    assert omise.get(f"charges/{paid['id']}/refunds/{body['id']}").body == body


def test_refunds_are_shown_with_their_charge(omise, paid):
    first = omise.post(f"charges/{paid['id']}/refunds", amount=40_000).body
    second = omise.post(f"charges/{paid['id']}/refunds", amount=10_000).body

    charge = omise.get(f"charges/{paid['id']}").body
    (listed,) = omise.get("charges").body["data"]
    below = omise.get(f"charges/{paid['id']}/refunds").body

    assert (charge["refunded_amount"], charge["refundable"], charge["partially_refundable"]) == (
        50_000, True, True,
    )  # fmt: skip
    assert charge["refunds"] == {
        "object": "list", "data": [first, second], "limit": 20, "offset": 0, "total": 2,
        "location": f"/omise/charges/{paid['id']}/refunds", "order": None, "from": NEVER,
        "to": charge["refunds"]["to"],
    }  # fmt: skip
    assert listed["refunds"]["data"] == below["data"] == [first, second]
    assert (below["total"], below["location"]) == (2, charge["refunds"]["location"])


def test_a_charge_shows_its_first_twenty_refunds(omise, paid):
    made = [omise.post(f"charges/{paid['id']}/refunds", amount=1).body["id"] for _ in range(21)]

    shown = omise.get(f"charges/{paid['id']}").body["refunds"]

    assert ([refund["id"] for refund in shown["data"]], shown["total"]) == (made[:20], 21)


def test_all_refunds_are_listed(omise, paid, token):
    other = omise.post("charges", amount=2000, currency="usd", card=token()).body
    made = [
        omise.post(f"charges/{charge['id']}/refunds", amount=500).body["id"] for charge in (paid, other)
    ]  # fmt: skip

    answer = omise.query("refunds", order="reverse_chronological")

    assert (answer.status, answer.ids, answer.body["location"]) == (
        200,
        made[::-1],
        "/omise/refunds",
    )


def test_all_that_is_left_is_refunded(omise, paid, nothing_written):
    omise.post(f"charges/{paid['id']}/refunds", amount=100_000)
    charge = omise.get(f"charges/{paid['id']}").body

    with nothing_written():
        more = omise.post(f"charges/{paid['id']}/refunds", amount=1)

    assert (charge["status"], charge["refundable"], charge["refunded_amount"]) == (
        "successful", False, 100_000,
    )  # fmt: skip
    assert (more.status, more.body["code"]) == (400, "failed_refund")


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": 100_001}, "amount"),
        ({"amount": "all"}, "amount"),
        ({"amount": 1, "metadata": []}, "metadata"),
        ({"amount": 1, "void": "perhaps"}, "void"),
        ({"amount": 1, "reason": "late"}, "reason"),
    ],
)
def test_what_is_refused_is_named(omise, paid, nothing_written, params, named):
    with nothing_written():
        answer = omise.post(f"charges/{paid['id']}/refunds", params)

    assert (answer.status, answer.body["code"]) == (400, "failed_refund")
    assert named in answer.body["message"]


def test_what_failed_is_not_refunded(omise, token, nothing_written):
    failed = omise.post("charges", amount=2000, currency="thb", card=token("4111111111140011")).body

    with nothing_written():
        answer = omise.post(f"charges/{failed['id']}/refunds", amount=2000)

    assert (answer.status, answer.body["code"]) == (400, "failed_refund")


def test_what_is_held_is_voided(omise, held, told):
    told()

    answer = omise.post(f"charges/{held['id']}/refunds", amount=100_000, void=True)

    charge = omise.get(f"charges/{held['id']}").body
    assert (answer.status, answer.body["voided"], answer.body["status"]) == (200, True, "closed")
    assert (charge["status"], charge["voided"], charge["reversed"]) == ("reversed", True, True)
    assert charge["refunds"]["data"] == [answer.body]
    assert told() == ["refund.created", "refund.updated", "charge.refunded"]


@pytest.mark.parametrize("amount", [1, 100_000])
def test_what_was_taken_is_not_voided(omise, paid, nothing_written, amount):
    with nothing_written():
        answer = omise.post(f"charges/{paid['id']}/refunds", amount=amount, void=True)

    assert (answer.status, answer.body["code"]) == (400, "failed_void")


def test_a_part_of_what_is_held_is_not_voided(omise, held, nothing_written):
    with nothing_written():
        answer = omise.post(f"charges/{held['id']}/refunds", amount=1, void=True)

    assert (answer.status, answer.body["code"]) == (400, "failed_refund")


def test_a_refund_that_takes_a_while_is_pending(omise, token, api):
    charge = omise.post("charges", amount=2000, currency="usd", card="tok_pendingRefund").body

    refund = omise.post(f"charges/{charge['id']}/refunds", amount=500).body

    shown = omise.get(f"charges/{charge['id']}").body
    assert (refund["status"], refund["transaction"]) == ("pending", None)
    assert (shown["refunded_amount"], shown["refunds"]["total"]) == (500, 1)
    assert api.get(f"refunds/re_{refund['id'][10:]}").body["status"] == "pending"


def test_a_request_that_comes_again_refunds_once(omise, paid):
    path, sent = f"charges/{paid['id']}/refunds", {"amount": 500}
    first = omise.send("POST", path, sent, headers=ONCE)
    second = omise.send("POST", path, sent, headers=ONCE)
    IdempotencyRecord.objects.update(status=IdempotencyRecord.UNANSWERED)

    third = omise.send("POST", path, sent, headers=ONCE)

    assert first.body == second.body == third.body
    assert omise.get(f"charges/{paid['id']}").body["refunded_amount"] == 500


def test_a_void_that_comes_again_is_the_same(omise, held):
    path, sent = f"charges/{held['id']}/refunds", {"amount": 100_000, "void": True}
    first = omise.send("POST", path, sent, headers=ONCE)
    IdempotencyRecord.objects.update(status=IdempotencyRecord.UNANSWERED)

    second = omise.send("POST", path, sent, headers=ONCE)

    assert (second.status, second.body) == (200, first.body)


def test_a_refund_is_found_below_its_own_charge_alone(omise, paid, held):
    refund = omise.post(f"charges/{paid['id']}/refunds", amount=500).body["id"]

    answers = [
        omise.get(f"charges/{held['id']}/refunds/{refund}"),
        omise.get(f"charges/{paid['id']}/refunds/rfnd_test_nothing"),
        omise.get(f"charges/chrg_test_nothing/refunds/{refund}"),
    ]

    assert [(answer.status, answer.body["code"]) for answer in answers] == [(404, "not_found")] * 3


def test_a_refund_tells_what_v1s_refunds_tell(omise, api, paid, told):
    charge = f"ch_{paid['id'][10:]}"
    told()
    api.post("refunds", charge=charge, amount=500)
    of_v1 = told()

    omise.post(f"charges/{paid['id']}/refunds", amount=500)

    assert of_v1 == told() == ["refund.created", "charge.refunded", "refund.updated"]


def test_every_status_has_a_word():
    assert set(refunds.STATUS) == set(Refund.Status)
