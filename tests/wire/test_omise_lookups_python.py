"""What Omise's official Python SDK, unmodified, finds out: events, disputes, movements, and what it searches for."""

import omise
import pytest
from omise import errors

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from payments.services import notifications
from tests.v1_client import V1Client


@pytest.fixture(params=["/omise/", "/"])
def sdk(request, live, made, monkeypatch):
    """The SDK with the keys of a site of this test's, below the prefix and at the root."""
    _, keys = made
    monkeypatch.setattr(omise, "api_secret", keys["skey_test"])
    monkeypatch.setattr(omise, "api_public", keys["pkey_test"])
    monkeypatch.setattr(omise, "api_main", live + request.param)
    return omise


@pytest.fixture
def dispute(sdk, made):
    """A dispute of a charge, as the SDK has it."""
    site, keys = made
    V1Client(keys["sk_test"]).post(
        "charges", amount=2000, currency="usd", source="tok_createDispute"
    )
    notifications.deliver_from_sandbox(at=clock.now())
    with scoped_to(site, livemode=False):
        notifications.work_off_due(at=clock.now())
    (found,) = list(sdk.Dispute.list_open_disputes())
    return found


def test_searching(sdk):
    jenny = sdk.Customer.create(email="jenny@example.com", metadata={"user_id": "42"})
    sdk.Customer.create(email="lee@example.com")

    by_text = sdk.Search.execute("customer", query="jenny", filters={"created": "today"})
    by_key = sdk.Search.execute("customer", **{"filters[metadata]": {"user_id": "42"}})
    everybody = sdk.Search.execute("customer", order="chronological", page=1)
    assert [[each.id for each in found] for found in (by_text, by_key)] == [[jenny.id], [jenny.id]]
    assert (everybody.total, everybody[0].id, len(everybody)) == (2, jenny.id, 2)
    with pytest.raises(errors.BaseError, match="nothing"):
        sdk.Search.execute("nothing")


def test_events(sdk):
    customer = sdk.Customer.create(email="jenny@example.com")
    customer.update(email="lee@example.com")

    created, updated = list(sdk.Event.list())
    assert (created.key, created.data.email) == ("customer.create", "jenny@example.com")
    assert (updated.key, updated.data.email) == ("customer.update", "lee@example.com")
    assert sdk.Event.retrieve(created.id).data.id == customer.id
    assert len(sdk.Event.list()) == 2


def test_disputes(sdk, dispute):
    dispute.update(metadata={"case": 7})
    assert (dispute.status, dispute.metadata.case, len(dispute.documents)) == ("open", 7, 0)
    with pytest.raises(errors.BaseError, match="message"):
        dispute.upload_document({"file": b"\x89PNG"})

    dispute.message = "It was delivered."
    dispute.update()
    assert (dispute.status, dispute.message) == ("pending", "It was delivered.")
    assert [each.id for each in sdk.Dispute.list_pending_disputes()] == [dispute.id]
    assert list(dispute.list_documents()) == []

    dispute.accept()
    assert [each.id for each in sdk.Dispute.list_closed_disputes()] == [dispute.id]
    assert sdk.Dispute.retrieve(dispute.id).status == "lost"
    assert [each.id for each in sdk.Search.execute("dispute", filters={"status": "lost"})] == [
        dispute.id
    ]


def test_movements(sdk, dispute):
    taken, withdrawn = list(sdk.Transaction.list())

    assert sdk.Transaction.retrieve(taken.id).direction == "credit"
    assert (withdrawn.key, withdrawn.origin) == ("dispute.started.debit", dispute.id)
    assert sdk.Balance.retrieve().total == taken.amount - withdrawn.amount
    assert [event.key for event in sdk.Charge.from_data({"id": taken.origin}).list_events()] == [
        "charge.complete"
    ]


def test_what_can_be_paid_with(sdk):
    assert sdk.Capability.retrieve().payment_methods[0]["name"] == "card"
    assert sdk.Forex.retrieve("usd").rate == 1.0
    with pytest.raises(errors.NotFoundError, match="THB"):
        sdk.Forex.retrieve("thb")
    with pytest.raises(errors.BaseError, match="receipts"):
        sdk.Receipt.retrieve()
