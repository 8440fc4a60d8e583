"""Records that were brought over from another account: shown as such, and not acted on."""

from tests.factories.billing import InvoiceFactory, SubscriptionItemFactory
from tests.factories.payments import ChargeFactory
from tests.payments.billing.admin.acting import labels


def shown(client, name, row):
    return client.get(f"/admin/{name}/{row.pk}/")


def test_subscription_tells_who_bills_it_and_offers_nothing(owner, customer):
    row = SubscriptionItemFactory(
        subscription__customer=customer, subscription__imported_from="stripe"
    ).subscription

    page = shown(owner, "billing/subscription", row)

    assert "Stripe bills this subscription" in page.content.decode()
    assert labels(page) == []


def test_invoice_tells_where_it_is_from_and_can_only_be_looked_at(owner, customer):
    row = InvoiceFactory(customer=customer, paid=True, imported_from="stripe")

    page = shown(owner, "billing/invoice", row)

    assert "Imported from" in page.content.decode()
    assert labels(page) == ["Hosted page", "PDF"]


def test_payment_tells_where_it_is_from_and_offers_nothing(owner, customer):
    row = ChargeFactory(customer=customer, imported_from="omise")

    page = shown(owner, "payments/charge", row)

    assert "Imported from" in page.content.decode()
    assert labels(page) == []
