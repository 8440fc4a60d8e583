"""`/v1/disputes` as they are spoken, opened and judged by the sandbox."""

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from payments.services import notifications

TEXT = {"uncategorized_text": "winning_evidence"}


def hear(site):
    """Let what the sandbox has to tell arrive, and be worked off."""
    notifications.deliver_from_sandbox(at=clock.now())
    with scoped_to(site, livemode=False):
        notifications.work_off_due(at=clock.now())


@pytest.fixture
def charge(api):
    """A charge that its customer disputes at once."""
    return api.post("charges", amount=2000, currency="usd", source="tok_createDispute").body["id"]


@pytest.fixture
def dispute(api, site, charge):
    hear(site)
    (found,) = api.get("disputes", charge=charge).body["data"]
    return found


def test_a_dispute(api, charge, dispute):
    (movement,) = dispute["balance_transactions"]
    assert dispute == {
        "id": dispute["id"],
        "object": "dispute",
        "amount": 2000,
        "balance_transactions": [movement],
        "charge": charge,
        "created": dispute["created"],
        "currency": "usd",
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(dispute["evidence"]), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": dispute["evidence_details"]["due_by"], "enhanced_eligibility": {}, "has_evidence": False,
            "past_due": False, "submission_count": 0, "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": None,
        "payment_method_details": {
            "card": {"brand": "visa", "case_type": "chargeback", "network": "visa", "network_reason_code": None},
            "type": "card",
        },
        "reason": "fraudulent",
        "status": "needs_response",
    }  # fmt: skip
    assert len(dispute["evidence"]) == 28
    assert (movement["amount"], movement["type"], movement["reporting_category"], movement["source"]) == (
        -2000, "adjustment", "dispute", dispute["id"],
    )  # fmt: skip
    assert api.get(f"disputes/{dispute['id']}").body == dispute
    assert api.get(f"charges/{charge}").body["disputed"] is True


def test_the_event_shows_what_the_dispute_moved(api, dispute):
    (event,) = api.get("events", type="charge.dispute.created").body["data"]

    assert event["data"]["object"] == dispute


def test_a_movement_leads_to_its_dispute(api, dispute):
    (movement,) = api.get("balance_transactions", type="adjustment", expand=["data.source"]).body[
        "data"
    ]

    assert movement["source"] == dispute


def test_evidence_is_kept_until_it_is_handed_in(api, dispute):
    path = f"disputes/{dispute['id']}"

    kept = api.post(
        path, evidence={"customer_name": "Jenny Rosen"}, metadata={"case": "7"}, submit=False
    ).body
    changed = api.post(path, evidence={"customer_name": ""}, submit=False).body

    evidence = {**dispute["evidence"], "customer_name": "Jenny Rosen"}
    details = {**dispute["evidence_details"], "has_evidence": True}
    assert kept == {
        **dispute,
        "evidence": evidence,
        "evidence_details": details,
        "metadata": {"case": "7"},
    }
    assert changed == {**dispute, "metadata": {"case": "7"}}


def test_evidence_is_handed_in_and_wins(api, site, dispute):
    submitted = api.post(f"disputes/{dispute['id']}", evidence=TEXT).body
    hear(site)

    won = api.get(f"disputes/{dispute['id']}").body
    details = submitted["evidence_details"]
    assert submitted["evidence"]["uncategorized_text"] == "winning_evidence"
    assert (details["submission_count"], details["submission_method"]) == (1, "manual")
    assert (won["status"], won["is_charge_refundable"]) == ("won", True)
    assert [(each["amount"], each["reporting_category"]) for each in won["balance_transactions"]] == [
        (-2000, "dispute"), (2000, "dispute_reversal"),
    ]  # fmt: skip


def test_a_dispute_is_conceded(api, dispute):
    closed = api.post(f"disputes/{dispute['id']}/close").body

    again = api.post(f"disputes/{dispute['id']}/close")
    assert closed == {**dispute, "status": "lost"}
    assert (again.status, again.error["code"]) == (400, "dispute_already_closed")


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"evidence": {"receipt": "file_1"}}, "evidence[receipt]"),
        ({"evidence": {"uncategorized_text": "x" * 20_001}}, "evidence[uncategorized_text]"),
        ({"status": "won"}, "status"),
    ],
)
def test_what_is_refused(api, dispute, params, param):
    answer = api.post(f"disputes/{dispute['id']}", params)

    assert (answer.status, answer.error["param"]) == (400, param)
    assert api.get(f"disputes/{dispute['id']}").body == dispute


def test_a_dispute_that_is_not_there(api):
    assert api.get("disputes/dp_nothing").error["message"] == "No such dispute: 'dp_nothing'"
