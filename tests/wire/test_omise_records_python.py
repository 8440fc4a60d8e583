"""What there is to look up, and what is not offered, through the official Python library for Omise, unmodified."""

import omise
import pytest

from customers.kit.tenancy import scoped_to
from tests.wire.omise_cards import token
from tests.wire.payments_sdk import work

pytestmark = pytest.mark.usefixtures("omise_sdk")
MONEY = {"amount": 100_000, "currency": "THB"}
DISPUTED = "4000000000000259"


@pytest.fixture
def john(omise_sdk):
    """A customer with a card."""
    return omise.Customer.create(email="john@example.com", card=token())


@pytest.fixture
def dispute(omise_sdk):
    """What the holder of a card says about a charge at once."""
    omise.Charge.create(card=token(DISPUTED), **MONEY)
    work()
    (found,) = omise.Dispute.list()
    return found


def test_events(john):
    charge = omise.Charge.create(customer=john.id, **MONEY)
    john.destroy()

    events = list(omise.Event.list())

    keys = [event.key for event in events]
    assert keys == [
        "customer.create", "customer.update.card", "charge.complete", "customer.destroy", "card.destroy",
    ]  # fmt: skip
    found = omise.Event.retrieve(events[2].id)
    found.reload()
    assert isinstance(found, omise.Event)
    assert (found.data.id, found.data.amount) == (charge.id, 100_000)
    assert omise.Event.retrieve().total == len(keys)


def test_the_balance_and_its_transactions(john, site):
    money = {"amount": 100_000, "currency": site.default_currency}
    charge = omise.Charge.create(customer=john.id, **money)
    refund = charge.refund(amount=40_000)

    balance = omise.Balance.retrieve()
    balance.reload()
    transactions = list(omise.Transaction.list())
    (first, second) = transactions
    again = omise.Transaction.retrieve(first.id)
    again.reload()

    assert (balance.object, balance.total) == ("balance", 60_000 - charge.fee)
    assert [(each.origin, each.direction) for each in transactions] == [
        (charge.id, "credit"), (refund.id, "debit"),
    ]  # fmt: skip
    assert (again.amount, second.amount) == (100_000 - charge.fee, 40_000)
    assert omise.Transaction.retrieve().total == 2


def test_a_dispute_is_answered(dispute):
    listed = {
        "open": [each.id for each in omise.Dispute.list_open_disputes()],
        "pending": [each.id for each in omise.Dispute.list_pending_disputes()],
        "closed": [each.id for each in omise.Dispute.list_closed_disputes()],
    }
    by_status = omise.Dispute.retrieve(status="open")

    dispute.update(message="The parcel was handed over.", metadata={"case": 7})

    again = omise.Dispute.retrieve(dispute.id)
    again.reload()
    assert listed == {"open": [dispute.id], "pending": [], "closed": []}
    assert [each.id for each in by_status] == [dispute.id]
    assert [each.id for each in omise.Dispute.retrieve()] == [dispute.id]
    assert (again.status, again.message, again._attributes["metadata"]) == (
        "pending", "The parcel was handed over.", {"case": 7},
    )  # fmt: skip
    assert list(again.list_documents()) == []
    path = f"disputes/{dispute.id}/documents/docu_test_1"
    document = omise.Document.from_data({"id": "docu_test_1", "location": path})
    for attempt in (
        lambda: again.upload_document({"file": ("evidence.png", b"\x89PNG")}),
        lambda: omise.Document.retrieve(dispute.id, "docu_test_1"),
        document.reload,
        document.destroy,
    ):
        with pytest.raises(omise.errors.BaseError, match="document"):
            attempt()


def test_a_dispute_is_accepted(dispute):
    dispute.accept()

    assert dispute.status == "lost"


def test_the_capability_is_told_to_the_publishable_key(omise_sdk):
    capability = omise.Capability.retrieve()
    capability.reload()

    (method,) = capability._attributes["payment_methods"]
    assert (capability.object, method["name"]) == ("capability", "card")
    assert "Visa" in method["card_brands"]


def test_forex_knows_a_currency_alone(omise_sdk, site):
    own = omise.Forex.retrieve(site.default_currency)

    assert (own.base, own.quote, own.rate) == (site.default_currency.upper(),) * 2 + (1.0,)
    with pytest.raises(omise.errors.NotFoundError, match="no rate"):
        omise.Forex.retrieve("jpy")


def test_search(john):
    jane = omise.Customer.create(email="jane@example.com", metadata={"user_id": "17"})

    by_email = omise.Search.execute("customer", query="jane@example.com")
    newest = omise.Search.execute("customer", order="reverse_chronological")

    assert isinstance(by_email, omise.Search)
    assert ([found.id for found in by_email], len(by_email), by_email[0].email) == (
        [jane.id], 1, "jane@example.com",
    )  # fmt: skip
    assert [found.id for found in newest] == [jane.id, john.id]


def test_links(omise_sdk):
    link = omise.Link.create(
        amount=25_000, currency="THB", title="A parcel", description="Two books"
    )

    again = omise.Link.retrieve(link.id)
    again.reload()
    listed = [each.id for each in omise.Link.list()]
    of_all = omise.Link.retrieve().total
    link.destroy()

    assert isinstance(again, omise.Link)
    assert (again.amount, again.used, again.payment_uri) == (25_000, False, link.payment_uri)
    assert (listed, of_all, link.destroyed) == ([link.id], 1, True)
    assert len(omise.Link.list()) == 0


NOT_OFFERED = {
    "recipients": lambda: omise.Recipient.create(name="Jane", type="individual"),
    "receipts": lambda: omise.Receipt.retrieve("rcpt_test_1"),
    "transfers": lambda: omise.Transfer.create(amount=100_000),
    "chains": lambda: omise.Chain.retrieve("acch_test_1"),
}


@pytest.mark.parametrize("noun", NOT_OFFERED)
def test_what_is_not_offered_says_so(omise_sdk, noun):
    with pytest.raises(omise.errors.BaseError, match=f"Keeptab does not offer {noun}: "):
        NOT_OFFERED[noun]()


def test_test_and_live_customers_are_apart(john, keys, site):
    """FAQ: test customers are not live ones, and are made in each mode (rule O44)."""
    omise.api_secret = keys["skey_live"]

    with pytest.raises(omise.errors.NotFoundError):
        omise.Customer.retrieve(john.id)
    live = omise.Customer.create(email="john@example.com")

    assert (live.livemode, live.id.startswith("cust_test_")) == (True, False)
    assert [customer.id for customer in omise.Customer.list()] == [live.id]
    with scoped_to(site, livemode=True):
        assert live.id.startswith("cust_")
