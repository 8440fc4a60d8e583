"""What is kept of a customer, handed out whole."""

import json
from datetime import timedelta

import pytest

from customers.events.services import events
from customers.kit import tenancy
from customers.models import Customer
from customers.services import customers, notes, privacy
from payments.money import Money
from payments.services import charges, payment_methods, refunds
from tests.factories.billing import InvoiceFactory, SubscriptionFactory, SubscriptionItemFactory
from tests.factories.customers import (
    AddressFactory,
    ConsentFactory,
    CustomerFactory,
    EventFactory,
    MessageFactory,
    NoteFactory,
    OperatorFactory,
    TaxIdFactory,
)

NAMES = {
    "exported_at", "customer", "addresses", "tax_ids", "consents", "balance_transactions",
    "cash_transactions", "notes", "emails", "events", "payment_methods", "setup_intents",
    "payment_intents", "charges", "refunds", "disputes", "schedules", "subscriptions",
    "subscription_schedules", "invoices", "invoice_items", "credit_notes", "discounts", "checkout_sessions",
    "email_changes", "erasures", "mandates", "occurrences", "portal_sessions", "promotion_codes", "trusted_devices",
}  # fmt: skip


def exported(customer, at):
    return json.loads(b"".join(privacy.export(customer, at=at)))


@pytest.fixture
def ada(scope, at):
    return customers.create(details={"name": "Ada", "email": "ada@example.com"}, at=at)


def test_all_of_it_is_handed_out_as_the_api_spells_it(ada, at):
    address, tax_id = AddressFactory(customer=ada), TaxIdFactory(customer=ada)
    consent = ConsentFactory(customer=ada)
    card = payment_methods.attach(payment_methods.resolve("pm_card_visa", at=at), ada, at=at)
    charge = charges.create(money=Money(2000, "usd"), method=card, customer=ada, at=at)
    refund = refunds.create(charge, amount=500, at=at)
    item = SubscriptionItemFactory(subscription=SubscriptionFactory(customer=ada))
    invoice = InvoiceFactory(customer=ada)

    said = exported(ada, at)

    assert set(said) == NAMES
    stored = Customer.objects.with_defaults().get(pk=ada.pk)
    assert said["customer"] == json.loads(json.dumps(events.spell(stored)))
    assert {
        name: [row["id"] for row in said[name]]
        for name in ("addresses", "tax_ids", "consents", "charges", "refunds", "subscriptions", "invoices")
    } == {
        "addresses": [address.pk], "tax_ids": [tax_id.pk], "consents": [consent.pk],
        "charges": [charge.pk], "refunds": [refund.pk],
        "subscriptions": [item.subscription_id], "invoices": [invoice.pk],
    }  # fmt: skip
    assert said["charges"][0] == json.loads(json.dumps(events.spell(charges.get(charge.pk))))
    assert said["payment_methods"][0]["card"]["last4"] == "4242"


def test_notes_and_letters_are_handed_out(ada, at):
    author = OperatorFactory(name="Robin Ashdown")
    note = notes.create(ada, author=author, text="Called", is_pinned=True, at=at)
    message = MessageFactory(customer=ada, sent=True, created_at=at)

    said = exported(ada, at)

    assert said["notes"] == [
        {
            "id": note.pk, "object": "note", "author": "Robin Ashdown",
            "created": int(at.timestamp()), "edited": None, "pinned": True, "text": "Called",
        }
    ]  # fmt: skip
    assert [(row["id"], row["text"], row["to"]) for row in said["emails"]] == [
        (message.pk, "Thank you\n", "ada@example.com")
    ]
    assert [row["type"] for row in said["events"]] == ["customer.created"]


def test_nothing_of_anybody_else_is_handed_out(ada, at):
    other = CustomerFactory()
    NoteFactory(customer=other)
    MessageFactory(customer=other)
    InvoiceFactory(customer=other)

    said = exported(ada, at)

    assert [name for name in NAMES - {"exported_at", "customer", "events"} if said[name]] == []


def test_rows_come_some_at_a_time_and_each_once(ada, at, monkeypatch):
    monkeypatch.setattr(privacy, "AT_ONCE", 2)
    made = [
        NoteFactory(customer=ada, created_at=at + timedelta(minutes=number // 3)).pk
        for number in range(7)
    ]

    assert sorted(row["id"] for row in exported(ada, at)["notes"]) == sorted(made)


def test_it_is_read_after_the_request_is_over(site, scope, at):
    pieces = privacy.export(CustomerFactory(), at=at)

    with tenancy.scoped_to(site, livemode=True):
        assert json.loads(b"".join(pieces))["customer"]["livemode"] is False


def test_a_customer_of_many_years_is_large(ada, monkeypatch):
    assert not privacy.is_large(ada)

    monkeypatch.setattr(privacy, "_LARGE", 2)
    for _number in range(2):
        EventFactory(customer_id=ada.pk)

    assert privacy.is_large(ada)


def test_what_customers_take_themselves_has_nothing_of_the_staff(ada, at):
    notes.create(ada, author=OperatorFactory(), text="Pays late.", is_pinned=False, at=at)

    found = json.loads(b"".join(privacy.export_own(ada, at=at)))

    assert set(found) == NAMES - {"notes", "events"}
    assert found["customer"]["email"] == "ada@example.com"
    assert b"Pays late." not in b"".join(privacy.export_own(ada, at=at))
