"""`/omise/disputes` as they are spoken, opened and judged by the sandbox."""

from datetime import timedelta

import pytest

from customers.kit import clock
from payments.api.omise.disputes import MESSAGES, STATUS
from payments.models import Dispute
from payments.services import reasons
from tests.factories.payments import ChargeFactory, DisputeFactory
from tests.omise_client import OmiseClient


def omise_id(pk):
    return pk.replace("ch_", "chrg_test_").replace("dp_", "dspt_test_")


@pytest.fixture
def told(api):
    """Returns the types of the events so far, oldest first, without those of before."""
    seen = []

    def events():
        found = [event["type"] for event in api.get("events", limit=100).body["data"]][::-1]
        news, seen[:] = found[len(seen) :], found
        return news

    return events


def test_a_dispute(omise, disputed, dispute):
    (movement,) = dispute["transactions"]
    location = f"/omise/disputes/{dispute['id']}"
    assert dispute == {
        "object": "dispute",
        "id": dispute["id"],
        "livemode": False,
        "location": location,
        "currency": "USD",
        "amount": 2000,
        "funding_amount": 2000,
        "funding_currency": "USD",
        "metadata": {},
        "charge": omise_id(disputed["id"]),
        "documents": {
            "object": "list", "data": [], "limit": 20, "offset": 0, "total": 0, "location": f"{location}/documents",
            "order": None, "from": "1970-01-01T00:00:00Z", "to": dispute["documents"]["to"],
        },
        "transaction": movement["id"],
        "transactions": [movement],
        "admin_message": None,
        "message": None,
        "reason_code": "unauthorized_charge_aka_fraud",
        "reason_message": "Cardholder did not authorise the charge",
        "status": "open",
        "closed_at": None,
        "created_at": dispute["created_at"],
    }  # fmt: skip
    assert dispute["id"].startswith("dspt_test_")
    assert (movement["amount"], movement["direction"], movement["key"], movement["origin"]) == (
        3500, "debit", "dispute.started.debit", dispute["id"],
    )  # fmt: skip


def test_a_dispute_is_found_by_its_id_in_any_spelling(omise, dispute):
    key = dispute["id"].removeprefix("dspt_test_")
    found = [omise.get(f"disputes/{pk}").body for pk in (dispute["id"], f"dspt_{key}", f"dp_{key}")]
    for each in found:
        each["documents"]["to"] = dispute["documents"]["to"]

    assert found == [dispute] * 3


def test_a_dispute_at_the_root(keys, dispute):
    found = OmiseClient(keys["skey_test"], mount="").get(f"disputes/{dispute['id']}").body

    location = f"/disputes/{dispute['id']}"
    assert (found["location"], found["documents"]["location"]) == (
        location,
        f"{location}/documents",
    )
    assert found["transactions"][0]["location"] == f"/transactions/{dispute['transaction']}"


def test_a_message_goes_to_the_bank(omise, api, hear, dispute, told):
    told()
    answered = omise.patch(f"disputes/{dispute['id']}", message="It was delivered.").body
    seen = told()

    assert answered == {
        **dispute, "message": "It was delivered.", "status": "pending", "documents": answered["documents"],
    }  # fmt: skip
    assert seen == ["charge.dispute.updated", "charge.dispute.updated"]
    (v1,) = api.get("disputes").body["data"]
    assert v1["evidence"]["uncategorized_text"] == "It was delivered."


def test_a_message_that_wins(omise, hear, dispute):
    omise.patch(f"disputes/{dispute['id']}", message="winning_evidence")
    hear()

    won = omise.get(f"disputes/{dispute['id']}").body
    assert won["status"] == "won"
    assert won["closed_at"] >= won["created_at"]
    assert [(each["amount"], each["key"]) for each in won["transactions"]] == [
        (3500, "dispute.started.debit"), (2000, "dispute.won.credit"),
    ]  # fmt: skip
    assert won["transaction"] == won["transactions"][0]["id"]


def test_metadata_is_replaced_and_hands_nothing_in(omise, dispute):
    path = f"disputes/{dispute['id']}"
    first = omise.patch(path, metadata={"case": 7, "by": "Jenny"}).body
    second = omise.patch(path, metadata={"open": None}).body

    assert (first["metadata"], first["status"]) == ({"case": 7, "by": "Jenny"}, "open")
    assert (second["metadata"], second["status"]) == ({"open": None}, "open")


def test_a_dispute_is_accepted(omise, dispute, told):
    told()
    lost = omise.patch(f"disputes/{dispute['id']}/accept").body

    assert lost == {
        **dispute, "status": "lost", "closed_at": lost["closed_at"], "documents": lost["documents"],
    }  # fmt: skip
    assert lost["closed_at"] >= dispute["created_at"]
    assert told() == ["charge.dispute.closed"]


def test_what_is_over_is_not_answered(omise, dispute):
    path = f"disputes/{dispute['id']}"
    lost = omise.patch(f"{path}/accept").body

    again = omise.patch(f"{path}/accept")
    answered = omise.patch(path, message="It was delivered.")
    assert [(each.status, each.body["code"]) for each in (again, answered)] == [
        (400, "bad_request"), (400, "bad_request"),
    ]  # fmt: skip
    assert omise.get(path).body["status"] == lost["status"]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"message": ""}, "message"),
        ({"message": "x" * 20_001}, "message"),
        ({"message": ["x"]}, "message"),
        ({"metadata": "x"}, "metadata"),
        ({"metadata": {"a": "x" * 15_001}}, "metadata"),
        ({"status": "won"}, "status"),
    ],
)
def test_what_is_refused(omise, dispute, params, said, nothing_written):
    with nothing_written():
        answer = omise.patch(f"disputes/{dispute['id']}", params)

    assert (answer.status, answer.body["object"], answer.body["code"]) == (
        400,
        "error",
        "bad_request",
    )
    assert said in answer.body["message"]


def test_acceptance_takes_no_parameters(omise, dispute):
    answer = omise.patch(f"disputes/{dispute['id']}/accept", message="Sorry.")

    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert omise.get(f"disputes/{dispute['id']}").body["status"] == "open"


# -- lists -------------------------------------------------------------------------------------------------------------


def made(scope, *statuses):
    """Make disputes of these statuses, a minute apart, and return their ids as Omise spells them."""
    start = clock.now() - timedelta(hours=1)
    return [
        omise_id(DisputeFactory(status=status, created_at=start + timedelta(minutes=number)).pk)
        for number, status in enumerate(statuses)
    ]


@pytest.mark.parametrize(
    ("path", "places"),
    [("", [0, 1, 2, 3, 4]), ("/open", [0, 4]), ("/pending", [1]), ("/closed", [2, 3])],
)
def test_disputes_are_listed_by_status(omise, scope, path, places):
    pks = made(scope, "needs_response", "under_review", "won", "lost", "needs_response")

    answer = omise.get(f"disputes{path}", limit=10).body
    assert [each["id"] for each in answer["data"]] == [pks[place] for place in places]
    assert (answer["total"], answer["location"]) == (len(places), f"/omise/disputes{path}")


def test_a_list_is_walked(omise, scope):
    pks = made(scope, *["lost"] * 5)
    found, offset = [], 0
    while page := omise.query("disputes/closed", limit=2, offset=offset).body["data"]:
        found += [each["id"] for each in page]
        offset += 2

    newest = omise.get("disputes/closed", limit=1, order="reverse_chronological").body
    assert found == pks
    assert ([each["id"] for each in newest["data"]], newest["total"]) == (pks[-1:], 5)
    assert omise.get("disputes/closed", limit=2, offset=9).body["total"] == 5


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize("path", ["disputes", "disputes/open"])
def test_a_list_of_any_length_costs_the_same(omise, scope, path, many, django_assert_num_queries):
    made(scope, *["needs_response"] * many)
    omise.get(path)

    with django_assert_num_queries(3):  # the key, the disputes, what they moved
        answer = omise.get(path)
    assert len(answer.body["data"]) == many


@pytest.mark.parametrize(
    ("params", "said"),
    [({"limit": 101}, "limit"), ({"offset": -1}, "offset"), ({"order": "up"}, "order"), ({"from": "x"}, "from"),
     ({"status": "open"}, "status")],
)  # fmt: skip
def test_a_list_takes_pages_alone(omise, params, said):
    answer = omise.get("disputes/open", params)

    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert said in answer.body["message"]


def test_nobody_else_sees_a_dispute(strangers, dispute, nothing_written):
    path = f"disputes/{dispute['id']}"
    for stranger in strangers:
        with nothing_written():
            answers = [
                stranger.get(path), stranger.patch(path, message="x"), stranger.patch(f"{path}/accept"),
                stranger.get(f"{path}/documents"), stranger.post(f"{path}/documents"),
            ]  # fmt: skip
        assert [(each.status, each.body["code"]) for each in answers] == [(404, "not_found")] * 5
        lists = [
            stranger.get(f"disputes{which}").body for which in ("", "/open", "/pending", "/closed")
        ]
        assert [(each["data"], each["total"]) for each in lists] == [([], 0)] * 4


# -- documents ---------------------------------------------------------------------------------------------------------


def test_a_dispute_has_no_documents(omise, dispute):
    path = f"disputes/{dispute['id']}/documents"

    answer = omise.get(path).body
    assert (answer["data"], answer["total"], answer["location"]) == ([], 0, f"/omise/{path}")
    missing = [omise.get(f"{path}/docu_test_1"), omise.delete(f"{path}/docu_test_1")]
    assert [(each.status, each.body["code"], each.body["message"]) for each in missing] == [
        (404, "not_found", "document docu_test_1 was not found"),
    ] * 2  # fmt: skip


def test_a_file_is_refused_as_not_offered(omise, dispute, nothing_written):
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n\x89PNG\x00\r\n--b--'

    with nothing_written():
        answer = omise.send(
            "POST", f"disputes/{dispute['id']}/documents", form, "multipart/form-data; boundary=b"
        )

    assert (answer.status, answer.body["code"]) == (404, "service_not_found")
    assert "message" in answer.body["message"]


# -- words -------------------------------------------------------------------------------------------------------------


def test_every_status_has_a_word():
    assert set(STATUS) == set(Dispute.Status)


def test_every_reason_has_a_message():
    assert {*reasons.CODES, reasons.OTHER} == set(MESSAGES)


@pytest.mark.parametrize(
    ("reason", "code"),
    [("product_not_received", "goods_or_services_not_provided"), ("general", "other")],
)
def test_a_reason(omise, scope, reason, code):
    pk = omise_id(DisputeFactory(reason=reason, charge=ChargeFactory()).pk)

    found = omise.get(f"disputes/{pk}").body
    assert (found["reason_code"], found["reason_message"]) == (code, MESSAGES[code])
