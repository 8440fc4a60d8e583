"""`manage.py import_account` against a second Keeptab, in both dialects, over real HTTP."""

import pytest
import stripe

from customers.kit import clock
from customers.models import Address, Alias, ApiKey, Customer, CustomerBalanceTransaction
from customers.services import api_keys
from payments.billing.models import Invoice, InvoiceLine, Price, Product, Subscription
from payments.models import Charge, ImportedRecord, PaymentMethod, Refund
from payments.services import gateway_accounts
from tests.payments.billing.management.importing.test_import_account import rows_of


@pytest.fixture
def away(live, other, settings, monkeypatch):
    """A client of the account elsewhere: another merchant's, at another Keeptab."""
    settings.OUTBOUND_ALLOW = [live.removeprefix("http://")]
    monkeypatch.setenv("IMPORT_KEY", other[1]["sk_test"])
    return stripe.StripeClient(other[1]["sk_test"], base_addresses={"api": live}).v1


@pytest.fixture
def run(bring, live):
    def call(*options):
        return bring(live, *options)

    return call


@pytest.fixture
def gateway(here, live, other, away):
    """The account elsewhere as the site's own gateway."""
    credentials = {"secret_key": other[1]["sk_test"], "api_base": live}
    return gateway_accounts.choose("stripe", credentials, at=clock.now())


@pytest.fixture
def here_as_omise(here, live, other, settings, monkeypatch):
    """The account elsewhere as the site's own gateway, in Omise's dialect."""
    settings.OUTBOUND_ALLOW = [live.removeprefix("http://")]
    monkeypatch.setenv("IMPORT_KEY", other[1]["skey_test"])
    credentials = {"secret_key": other[1]["skey_test"], "api_base": f"{live}/omise"}
    return gateway_accounts.choose("omise", credentials, at=clock.now())


def subscribed(away):
    """Make a customer there who pays every year by tiers, and one invoice with two lines."""
    customer = away.customers.create(
        {"email": "ada@example.com", "payment_method": "pm_card_visa", "balance": -250}
    )
    product = away.products.create({"name": "Paper", "metadata": {"sku": "P1"}})
    tiers = [{"up_to": 10, "unit_amount": 100}, {"up_to": "inf", "unit_amount_decimal": "89.5"}]
    price = away.prices.create(
        {
            "product": product.id, "currency": "eur", "recurring": {"interval": "year"}, "lookup_key": "paper",
            "billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": tiers,
        }
    )  # fmt: skip
    items = [{"price": price.id, "quantity": 12}]
    subscription = away.subscriptions.create({"customer": customer.id, "items": items})
    return customer, product, price, subscription


def test_everything_of_a_subscription_comes_along(run, away, gateway, other):
    subscribed(away)

    said = run("--import-payment-methods")

    assert rows_of(said) == {
        "customers": [1, 0, 0, 0], "payment methods": [1, 0, 0, 0], "products": [1, 0, 0, 0], "prices": [1, 0, 0, 0],
        "subscriptions": [1, 0, 0, 0], "invoices": [1, 0, 0, 0], "charges": [1, 0, 0, 0],
    }  # fmt: skip
    (row,) = Subscription.objects.all()
    (kept,) = Price.objects.all()
    assert (row.imported_from, row.status, row.interval) == ("stripe", "active", "year")
    assert [(item.price_id, item.quantity) for item in row.items.all()] == [(kept.pk, 12)]
    assert (kept.lookup_key, kept.tiers_mode, kept.tiers[1]["unit_amount_decimal"]) == (
        "paper", "graduated", "89.5",
    )  # fmt: skip
    assert Product.objects.get().metadata == {"sku": "P1"}
    assert Invoice.objects.get().subscription_id == row.pk


def test_ids_that_the_other_site_has_resolve_as_other_names(run, away, here, made, live):
    customer, product, price, subscription = subscribed(away)

    run()

    mine = stripe.StripeClient(made[1]["sk_test"], base_addresses={"api": live}).v1
    assert mine.customers.retrieve(customer.id).id == Customer.objects.get().pk
    assert mine.prices.retrieve(price.id).id == price.id
    assert mine.products.retrieve(product.id).name == "Paper"
    assert mine.subscriptions.retrieve(subscription.id).id == Subscription.objects.get().pk
    assert not Alias.objects.exclude(reason="imported").exists()


def test_balance_is_taken_over_once(run, away, here, settings):
    customer = away.customers.create({"balance": -250})
    run()
    away.customers.update(customer.id, {"balance": -900, "name": "Ada"})

    run()

    row = Customer.objects.get()
    assert (row.name, row.balance, row.currency) == ("Ada", -250, "usd")
    assert list(CustomerBalanceTransaction.objects.values_list("kind", "amount")) == [
        ("initial", -250)
    ]


def test_shipping_and_keeptabs_own_members_come_along(run, away, here):
    place = {"line1": "2 Low Road", "city": "York", "country": "GB", "postal_code": "YO1 7HH"}
    away.customers.create(
        {
            "first_name": "Ada", "last_name": "Whitfield", "external_id": "crm-7", "mail_marketing": True,
            "shipping": {"name": "Ada", "phone": "+441132223344", "address": place},
        }
    )  # fmt: skip

    run()

    row = Customer.objects.get()
    address = Address.objects.get()
    assert (row.first_name, row.last_name, row.external_id) == ("Ada", "Whitfield", "crm-7")
    assert row.mail_marketing is True
    assert (address.kind, address.name, address.line1, address.postal_code) == (
        "shipping", "Ada", "2 Low Road", "YO1 7HH",
    )  # fmt: skip


def test_refunds_come_with_their_charges(run, away, here):
    customer = away.customers.create({"payment_method": "pm_card_visa"})
    method = customer.invoice_settings.default_payment_method
    wanted = {"amount": 2000, "currency": "usd", "customer": customer.id, "payment_method": method}
    paid = away.payment_intents.create({**wanted, "confirm": True, "off_session": True})
    run()
    away.refunds.create({"payment_intent": paid.id, "amount": 500})

    said = run()

    charge = Charge.objects.get()
    assert rows_of(said)["charges"] == [0, 1, 0, 0]
    assert (charge.amount, charge.amount_captured, charge.amount_refunded) == (2000, 2000, 500)
    assert list(Refund.objects.values_list("charge_id", "amount", "status")) == [
        (charge.pk, 500, "succeeded")
    ]


def test_what_is_not_over_yet_is_left_until_it_is(run, away, here):
    customer = away.customers.create({"payment_method": "pm_card_visa"})
    method = customer.invoice_settings.default_payment_method
    wanted = {"amount": 2000, "currency": "usd", "customer": customer.id, "payment_method": method}
    held = {"confirm": True, "off_session": True, "capture_method": "manual"}
    intent = away.payment_intents.create({**wanted, **held})
    away.invoices.create({"customer": customer.id, "currency": "usd"})
    first = run()
    away.payment_intents.capture(intent.id)

    second = run()

    assert rows_of(first)["charges"] == [0, 0, 0, 1]
    assert rows_of(first)["invoices"] == [0, 0, 0, 1]
    assert "It is not over yet" in first
    assert "It is not settled yet" in first
    assert rows_of(second)["charges"] == [1, 0, 0, 0]


def test_customer_on_a_test_clock_stays_there(run, away, here):
    frozen = away.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000})
    away.customers.create({"test_clock": frozen.id})

    said = run()

    assert not Customer.objects.exists()
    assert rows_of(said) == {}


def test_what_a_restricted_key_may_not_read_is_told(run, away, here, other, monkeypatch):
    subscribed(away)
    wanted = {
        "kind": ApiKey.Kind.RESTRICTED,
        "permissions": {"balance": "read", "customers": "read"},
    }
    _key, text = api_keys.issue(other[0], livemode=False, **wanted, at=clock.now())
    monkeypatch.setenv("IMPORT_KEY", text)

    said = run()

    assert rows_of(said)["customers"] == [1, 0, 0, 0]
    assert "invoices could not be read with this key" in said
    assert "charges could not be read with this key" in said


def test_customers_of_omise_keep_their_key_and_their_cards(bring, live, here_as_omise, other, made):
    there = stripe.StripeClient(other[1]["sk_test"], base_addresses={"api": live}).v1
    customer = there.customers.create(
        {"email": "som@example.com", "description": "Tea", "source": "tok_visa"}
    )
    key = customer.id.removeprefix("cus_")

    said = bring(f"{live}/omise", "--import-payment-methods", source="omise")

    row = Customer.objects.get()
    method = PaymentMethod.objects.get()
    entry = ImportedRecord.objects.get(kind="customer")
    assert rows_of(said)["customers"] == [1, 0, 0, 0]
    assert rows_of(said)["payment methods"] == [1, 0, 0, 0]
    assert (row.email, row.description) == ("som@example.com", "Tea")
    assert (entry.source_id, entry.object_id) == (f"cust_test_{key}", row.pk)
    assert method.gateway_customer_reference == f"cust_test_{key}"
    assert (method.customer_id, row.default_payment_method_id) == (row.pk, method.pk)
    assert list(Alias.objects.filter(target_id=row.pk).values_list("name", flat=True)) == [
        customer.id
    ]


def test_charges_of_omise_come_as_history(bring, live, here_as_omise, other):
    there = stripe.StripeClient(other[1]["sk_test"], base_addresses={"api": live}).v1
    customer = there.customers.create({"source": "tok_visa"})
    charge = there.charges.create({"amount": 5000, "currency": "thb", "customer": customer.id})
    there.refunds.create({"charge": charge.id, "amount": 1000})

    said = bring(f"{live}/omise", "--import-payment-methods", source="omise")

    row = Charge.objects.get()
    assert rows_of(said)["charges"] == [1, 0, 0, 0]
    assert (row.amount, row.currency, row.amount_refunded, row.imported_from) == (
        5000, "thb", 1000, "omise",
    )  # fmt: skip
    assert row.customer_id == Customer.objects.get().pk
    assert row.payment_method_id == PaymentMethod.objects.get().pk
    assert Refund.objects.get().amount == 1000
    assert not InvoiceLine.objects.exists()
