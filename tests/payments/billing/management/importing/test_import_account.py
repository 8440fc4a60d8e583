"""`manage.py import_account` against localstripe, over real HTTP."""

import pytest
import stripe
from django.core.management import CommandError

from customers.events.models import Event
from customers.kit.tenancy import scoped_to
from customers.models import Customer, TaxId
from customers.services import customers
from payments.billing.models import Invoice, InvoiceLine, Product, Subscription
from payments.models import AccountImport, Charge, ImportedRecord, PaymentMethod
from tests.payments.gateways.stripe.conftest import card

REHEARSED = "This was a rehearsal: nothing was written.\n"


def ada(away, **more):
    return away.customers.create(
        {
            "email": "ada@example.com",
            "name": "Ada Whitfield",
            "phone": "+15551234567",
            "description": "Reads on Sundays",
            "metadata": {"crm": "42"},
            "preferred_locales": ["fr"],
            "address": {"line1": "1 High Street", "city": "Leeds", "country": "GB"},
            "tax_id_data": [{"type": "eu_vat", "value": "DE136695976"}],
            **more,
        }
    )


@pytest.fixture
def reader(away, localstripe):
    """A customer there with a card, who pays every month: the ids of customer, card and subscription."""
    customer = ada(away)
    method = card(localstripe, "4242424242424242")
    away.payment_methods.attach(method, {"customer": customer.id})
    chosen = {"invoice_settings": {"default_payment_method": method}}
    away.customers.update(customer.id, chosen)
    product = away.products.create({"name": "Paper", "type": "service"})
    terms = {"amount": 900, "currency": "eur", "interval": "month", "product": product.id}
    items = [{"plan": away.plans.create(terms).id}]
    subscription = away.subscriptions.create({"customer": customer.id, "items": items})
    return customer.id, method, subscription.id


def rows_of(said):
    """Return the numbers of a report: created, updated, unchanged and refused, by kind of object."""
    rows = {}
    for line in said.splitlines():
        words = line.split()
        if len(words) > 4 and all(word.isdigit() for word in words[-4:]):
            rows[" ".join(words[:-4])] = [int(word) for word in words[-4:]]
    return rows


ALL_NEW = {
    "customers": [1, 0, 0, 0], "payment methods": [1, 0, 0, 0], "products": [1, 0, 0, 0],
    "subscriptions": [1, 0, 0, 0], "invoices": [1, 0, 0, 0], "charges": [1, 0, 0, 0],
}  # fmt: skip


def test_rehearsal_tells_what_would_come_and_writes_nothing(run, reader, gateway):
    said = run("--precheck", "--import-payment-methods")

    assert rows_of(said) == ALL_NEW
    assert said.endswith(REHEARSED)
    assert not Customer.objects.exists()
    assert not Product.objects.exists()
    assert not ImportedRecord.objects.exists()
    assert not AccountImport.objects.exists()
    assert not Event.objects.filter(type__startswith="customer").exists()


def test_customer_comes_with_all_that_is_known_of_it(run, away, here):
    there = ada(away)

    run()

    customer = customers.get(there.id)
    assert (customer.name, customer.email, customer.phone) == (
        "Ada Whitfield", "ada@example.com", "+15551234567",
    )  # fmt: skip
    assert (customer.description, customer.metadata) == ("Reads on Sundays", {"crm": "42"})
    assert customer.preferred_locales == ["fr"]
    assert int(customer.created_at.timestamp()) == there.created
    assert (customer.billing.line1, customer.billing.city, customer.billing.country) == (
        "1 High Street", "Leeds", "GB",
    )  # fmt: skip
    assert list(TaxId.objects.values_list("customer_id", "kind", "value")) == [
        (there.id, "eu_vat", "DE136695976")
    ]


def test_everything_comes_under_its_own_id(run, reader, gateway):
    customer, method, subscription = reader

    said = run("--import-payment-methods")

    assert rows_of(said) == ALL_NEW
    row = Customer.objects.get()
    assert (row.pk, row.default_payment_method_id) == (customer, method)
    kept = PaymentMethod.objects.get()
    assert (kept.pk, kept.gateway_reference, kept.gateway_customer_reference, kept.last4) == (
        method, method, customer, "4242",
    )  # fmt: skip
    charge = Charge.objects.get()
    assert (charge.customer_id, charge.payment_method_id, charge.amount, charge.currency) == (
        customer, method, 900, "eur",
    )  # fmt: skip
    assert (charge.status, charge.imported_from) == ("succeeded", "stripe")
    invoice = Invoice.objects.get()
    assert (invoice.customer_id, invoice.subscription_id, invoice.status, invoice.total) == (
        customer, subscription, "paid", 900,
    )  # fmt: skip
    assert list(InvoiceLine.objects.values_list("invoice_id", "amount", "description")) == [
        (invoice.pk, 900, "Paper")
    ]


def test_subscription_is_a_record_that_nothing_here_bills(run, reader, here):
    _customer, _method, subscription = reader

    run()

    row = Subscription.objects.get()
    assert (row.pk, row.status, row.imported_from) == (subscription, "active", "stripe")
    assert (row.next_step_at, row.upcoming_at) == (None, None)
    assert row.latest_invoice_id == Invoice.objects.get().pk
    types = set(Event.objects.values_list("type", flat=True))
    assert {type_.split(".")[0] for type_ in types} == {"customer", "price", "product"}
    assert not any(type_.startswith("customer.subscription") for type_ in types)


def test_second_run_leaves_what_is_the_same(run, reader, gateway):
    run("--import-payment-methods")
    before = Event.objects.count()

    said = run("--import-payment-methods")

    assert rows_of(said) == {kind: [0, 0, 1, 0] for kind in ALL_NEW}
    assert Event.objects.count() == before
    assert Customer.objects.count() == 1


def test_second_run_follows_what_has_changed(run, away, reader, here):
    customer, _method, subscription = reader
    run()
    away.customers.update(customer, {"name": "Ada Byron", "metadata": {"vip": "1"}})
    away.subscriptions.cancel(subscription)

    said = run()

    row = Customer.objects.get()
    assert rows_of(said)["customers"] == [0, 1, 0, 0]
    assert rows_of(said)["subscriptions"] == [0, 1, 0, 0]
    assert (row.name, row.metadata) == ("Ada Byron", {"crm": "42", "vip": "1"})
    assert Subscription.objects.get().status == "canceled"


def test_methods_need_the_account_as_the_sites_gateway(run, reader, here):
    with pytest.raises(CommandError, match="first choose Stripe as the payment gateway"):
        run("--import-payment-methods")

    assert not Customer.objects.exists()


def test_wrong_key_is_told(run, here, monkeypatch):
    monkeypatch.setenv("IMPORT_KEY", "nobody")

    with pytest.raises(CommandError, match="does not accept these credentials"):
        run()


def test_key_of_the_other_mode_is_refused(bring, away, localstripe, here, monkeypatch):
    monkeypatch.setenv("IMPORT_KEY", "sk_live_localstripe")

    with pytest.raises(CommandError, match="This is no key of test mode"):
        bring(localstripe)


def test_missing_key_is_asked_for(run, here, monkeypatch):
    monkeypatch.delenv("IMPORT_KEY")

    with pytest.raises(CommandError, match="IMPORT_KEY"):
        run()


def test_what_does_not_fit_is_told_and_left_out(run, away, here):
    here.email_uniqueness = "enforce"
    here.save(update_fields=["email_uniqueness"])
    first = ada(away)
    second = ada(away)

    said = run()

    assert rows_of(said)["customers"] == [1, 0, 0, 1]
    assert f"customer {second.id}: Another customer has the email 'ada@example.com'." in said
    entry = ImportedRecord.objects.get(source_id=second.id)
    assert (entry.state, entry.object_id) == ("refused", "")
    assert entry.reason == "Another customer has the email '…'."
    assert list(Customer.objects.values_list("pk", flat=True)) == [first.id]


def test_rehearsal_tells_of_shared_emails(run, away, here, made):
    customers.create(details={"email": "ADA@example.com"}, at=here.created_at)
    there = ada(away)

    said = run("--precheck")

    assert f"customer {there.id}: Another customer here has the email ada@example.com." in said
    assert rows_of(said)["customers"] == [1, 0, 0, 0]


def test_wrong_tax_id_is_left_out_alone(run, away, here):
    there = ada(away, tax_id_data=[{"type": "eu_vat", "value": "FR?!unknown"}])

    said = run()

    assert rows_of(said)["customers"] == [1, 0, 0, 0]
    assert f"customer {there.id}: Its tax ID FR?!unknown was left out" in said
    assert not TaxId.objects.exists()


def test_id_that_another_site_has_becomes_another_name(run, away, here, live, made, other):
    there = ada(away)
    with_other = stripe.StripeClient(other[1]["sk_test"], base_addresses={"api": live}).v1
    _taken(other[0], there.id)

    run()

    (row,) = Customer.objects.all()
    mine = stripe.StripeClient(made[1]["sk_test"], base_addresses={"api": live}).v1
    assert row.pk != there.id
    assert mine.customers.retrieve(there.id).id == row.pk
    assert with_other.customers.retrieve(there.id).email is None


def _taken(site, pk):
    with scoped_to(site, livemode=False):
        customers.create(details={}, pk=pk, at=site.created_at)


def test_migrated_customer_is_found_and_charged_through_the_sdk(run, reader, gateway, live, made):
    customer, method, _subscription = reader
    run("--import-payment-methods")
    sdk = stripe.StripeClient(made[1]["sk_test"], base_addresses={"api": live}).v1

    found = sdk.customers.retrieve(customer)
    wanted = {"amount": 1200, "currency": "eur", "customer": customer, "payment_method": method}
    paid = sdk.payment_intents.create({**wanted, "confirm": True, "off_session": True})

    assert (found.id, found.name) == (customer, "Ada Whitfield")
    assert found.invoice_settings.default_payment_method == method
    assert (paid.status, paid.payment_method) == ("succeeded", method)


def test_history_is_read_through_the_sdk_and_cannot_be_acted_on(run, reader, here, live, made):
    customer, _method, subscription = reader
    run()
    sdk = stripe.StripeClient(made[1]["sk_test"], base_addresses={"api": live}).v1
    charge = sdk.charges.list({"customer": customer}).data[0]
    invoice = sdk.invoices.list({"customer": customer}).data[0]

    for act in (
        lambda: sdk.subscriptions.cancel(subscription),
        lambda: sdk.subscriptions.update(subscription, {"metadata": {"a": "b"}}),
        lambda: sdk.invoices.create({"customer": customer, "subscription": subscription}),
        lambda: sdk.refunds.create({"charge": charge.id}),
        lambda: sdk.invoices.void_invoice(invoice.id),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="imported from Stripe"):
            act()

    assert sdk.subscriptions.retrieve(subscription).status == "active"
    assert (charge.amount, charge.status, charge.paid) == (900, "succeeded", True)
    assert (invoice.status, invoice.total) == ("paid", 900)


def test_customer_that_was_deleted_here_stays_deleted(run, away, here):
    there = ada(away)
    run()
    customers.delete(Customer.objects.get(), at=here.created_at)
    away.customers.update(there.id, {"name": "Ada Byron"})

    said = run()

    assert rows_of(said)["customers"] == [0, 0, 0, 1]
    assert not Customer.objects.living().exists()


def test_deleting_the_customer_leaves_the_record_of_what_is_billed_elsewhere(run, reader, here):
    run()

    customers.delete(Customer.objects.get(), at=here.created_at)

    assert Subscription.objects.get().status == "active"
