"""Nothing of an erased customer is found in any column of any table, but what the law wants kept on documents."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from customers.events.models import Delivery, Event
from customers.events.services import bodies
from customers.kit import clock
from customers.kit.provenance import Provenance, acting
from customers.kit.tenancy import scoped_to
from customers.models import BulkJobPart, Erasure
from customers.services import (
    consents,
    customers,
    erasures,
    notes,
    organizations,
    saved_views,
    tombstones,
)
from payments.billing.models import Invoice
from payments.models import Charge
from payments.services import forgetting, notifications
from portal.services import devices, email_changes, sign_ins
from tests.factories.customers import BulkJobFactory, OperatorFactory
from tests.factories.portal import PortalSessionFactory
from tests.factories.webhooks import WebhookEndpointFactory

MARK = "zqxjkv"
"""In every text that is personal."""
PHONE, IP, NETWORK_ADDRESS = "+66 81 777 4821", "203.0.113.177", "198.51.100.213"
DIGITS = "817774821"
TAX_ID = "DE136695976"
EMAIL, OLD_EMAIL = f"{MARK}.rosen@example.com", f"{MARK}.old@example.com"
PERSON = {
    "name": f"Jenny {MARK}-Rosen",
    "email": OLD_EMAIL,
    "phone": PHONE,
    "description": f"Reads {MARK} books",
    "external_id": f"user_{MARK}",
    "username": f"u_{MARK}",
    "first_name": f"Jenny{MARK}",
    "last_name": f"Rosen{MARK}",
    "individual_name": f"Jenny {MARK}",
    "display_name": f"Jen {MARK}",
    "address": {
        "line1": f"12 {MARK} Road",
        "city": "Berlin",
        "postal_code": "10115",
        "country": "DE",
    },
    "shipping": {"name": f"Jenny {MARK}", "address": {"line1": f"9 {MARK} Street"}, "phone": PHONE},
    "tax": {"ip_address": IP},
    "tax_id_data": [{"type": "eu_vat", "value": TAX_ID}],
    "metadata": {"nickname": f"The {MARK}"},
    "mail_marketing": True,
    "invoice_settings": {"footer": f"For {MARK}"},
}
BILLING = {
    "name": f"Jenny {MARK}-Rosen",
    "email": EMAIL,
    "phone": PHONE,
    "address": {"line1": f"12 {MARK} Road"},
}
ONLINE = {"type": "online", "online": {"ip_address": IP, "user_agent": f"Mozilla {MARK}"}}
PEN = {
    "price_data": {"currency": "usd", "unit_amount": 100, "product_data": {"name": "Pen"}},
    "quantity": 1,
}
NOTED = {"note": f"of {MARK}"}


def _made(api, path, **params):
    answer = api.post(path, params)
    assert answer.status == 200, (path, answer.body)
    return answer.body


def _lived(api, site, at):
    """Return a customer who has left something everywhere."""
    jenny = _made(api, "customers", **PERSON)["id"]
    _pays(api, jenny)
    _is_billed(api, jenny)
    with scoped_to(site, livemode=False):
        notifications.deliver_from_sandbox(at=clock.now())
        notifications.work_off_due(at=clock.now())
        customer = customers.get(jenny)
        _visits_the_portal(customer, at)
        _is_spoken_of(customer, at)
    return customers_get(site, jenny)


def customers_get(site, pk):
    with scoped_to(site, livemode=False):
        return customers.get(pk)


def _pays(api, jenny):
    money = {"amount": 2000, "currency": "usd"}
    card = _made(
        api, "payment_methods", type="card", card={"token": "tok_visa"},
        billing_details=BILLING, metadata=NOTED,
    )["id"]  # fmt: skip
    _made(api, f"payment_methods/{card}/attach", customer=jenny)
    charge = _made(
        api, "charges", **money, customer=jenny, receipt_email=EMAIL, description=f"A {MARK} lamp",
        metadata=NOTED, shipping=PERSON["shipping"],
    )["id"]  # fmt: skip
    _made(api, "refunds", charge=charge, amount=100, metadata=NOTED)
    _made(
        api, "payment_intents", **money, customer=jenny, payment_method=card, confirm=True,
        receipt_email=EMAIL, description=f"For {MARK}", metadata=NOTED, shipping=PERSON["shipping"],
        return_url=f"https://shop.example.com/?who={MARK}",
    )  # fmt: skip
    _made(
        api, "setup_intents", customer=jenny, payment_method=card, confirm=True,
        description=f"For {MARK}", metadata=NOTED,
        mandate_data={"customer_acceptance": ONLINE},
        return_url=f"https://shop.example.com/?who={MARK}",
    )  # fmt: skip
    token = _made(
        api, "tokens",
        card={
            "number": "4242424242424242", "exp_month": 8, "exp_year": 2030, "name": f"Jenny {MARK}-Rosen",
            "address_line1": f"12 {MARK} Road",
        },
    )["id"]  # fmt: skip
    _made(api, f"customers/{jenny}/sources", source=token)
    _made(api, f"customers/{jenny}/sources", source="tok_mastercard")


def _is_billed(api, jenny):
    product = _made(api, "products", name="Membership")["id"]
    price = _made(
        api, "prices", currency="usd", product=product, recurring={"interval": "month"},
        unit_amount=1000,
    )["id"]  # fmt: skip
    _made(
        api, "subscriptions", customer=jenny, items=[{"price": price, "metadata": NOTED}],
        description=f"Gold for {MARK}", metadata=NOTED,
    )  # fmt: skip
    draft = _made(api, "invoices", customer=jenny, currency="usd", metadata=NOTED)["id"]
    _made(
        api, "invoiceitems", customer=jenny, invoice=draft, amount=500, currency="usd",
        metadata=NOTED, description="A lamp",
    )  # fmt: skip
    _made(api, f"invoices/{draft}/finalize")
    _made(api, f"invoices/{draft}/pay")
    _made(api, "credit_notes", invoice=draft, amount=100, credit_amount=100, metadata=NOTED)
    _made(
        api, "checkout/sessions", customer=jenny, mode="payment", success_url=f"https://example.com/?{MARK}",
        client_reference_id=MARK, metadata=NOTED,
        line_items=[PEN],
    )  # fmt: skip
    _made(
        api, "checkout/sessions", mode="payment", success_url="https://example.com/", customer_email=OLD_EMAIL,
        line_items=[PEN],
    )  # fmt: skip
    _made(
        api, f"customers/{jenny}/balance_transactions", amount=-100, currency="usd",
        description=f"For {MARK}", metadata=NOTED,
    )  # fmt: skip
    sent = _made(
        api, "invoices", customer=jenny, currency="usd", collection_method="send_invoice",
        days_until_due=7,
    )["id"]  # fmt: skip
    _made(api, "invoiceitems", customer=jenny, invoice=sent, amount=1000, currency="usd")
    _made(api, f"invoices/{sent}/finalize")
    _made(
        api, f"test_helpers/customers/{jenny}/fund_cash_balance", amount=100, currency="usd",
        reference=f"From {MARK}",
    )  # fmt: skip


def _visits_the_portal(customer, at):
    origin = Provenance("portal", customer.email, "req_1", ip_address=NETWORK_ADDRESS)
    session = PortalSessionFactory(customer=customer, agent=f"Firefox {MARK}")
    with acting(origin):
        sign_ins.ask(customer.email, language="en", ip=NETWORK_ADDRESS, at=at)
        devices.trust(customer, agent=f"Firefox {MARK}", at=at)
        consents.record(customer, "tele_marketing", granted=True, wording="You may call me.", at=at)
        email_changes.EmailChange.belonging_to(
            customer, customer=customer, session=session, old_email=OLD_EMAIL, new_email=EMAIL,
            created_at=at, expires_at=at + timedelta(hours=1), code_hash="",
        ).save(force_insert=True)  # fmt: skip
        customers.update(customer, details={"email": EMAIL}, at=at)


def _is_spoken_of(customer, at):
    """Let staff do what leaves the customer's name in the audit log, in lists and in files."""
    operator = OperatorFactory(email="robin@example.com")
    staff = Provenance(
        "dashboard", operator.email, ip_address="192.0.2.1", operator_id=operator.pk,
        reason=f"{MARK} has asked",
    )  # fmt: skip
    with acting(staff):
        notes.create(customer, author=operator, text=f"{MARK} pays late", is_pinned=False, at=at)
        customers.update(customer, details={"name": f"Jane {MARK}-Rosen"}, at=at)
        organization = organizations.create(details={"name": f"{MARK} Ltd"}, at=at)
        customers.update(customer, details={"organization": organization}, at=at)
    customers.update(customer, details={"name": PERSON["name"]}, at=at)
    job = BulkJobFactory(params={"q": EMAIL}, actor=operator.email)
    BulkJobPart.belonging_to(
        job, job=job, position=0, created_at=at,
        text=f"id,name,email\n{customer.pk},{PERSON['name']},{EMAIL}\ncus_2,Lee,lee@example.com\n",
    ).save(force_insert=True)  # fmt: skip
    saved_views.SavedView.belonging_to(
        job, owner=operator, table="customers.customer", name="Hers", params={"q": EMAIL}, created_at=at,
    ).save(force_insert=True)  # fmt: skip
    delivery = Delivery.objects.first()
    Delivery.objects.filter(pk=delivery.pk).update(last_response=f"Unknown: {EMAIL}")


def occurrences(*texts):
    """Return in which tables and columns, of whichever schema, one of these texts stands, and how often."""
    hexes = [text.encode().hex() for text in texts]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema, table_name, column_name "
            "FROM information_schema.columns JOIN information_schema.tables "
            "USING (table_schema, table_name) WHERE table_type = 'BASE TABLE' "
            "AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        columns = cursor.fetchall()
        found = {}
        for schema, table, column in columns:
            cursor.execute(
                f'SELECT count(*) FROM "{schema}"."{table}" WHERE "{column}"::text ILIKE ANY(%s)',
                [[f"%{text}%" for text in (*texts, *hexes)]],
            )
            (count,) = cursor.fetchone()
            if count:
                found[f"{table}.{column}"] = count
    return found


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def endpoint(site):
    with scoped_to(site, livemode=False):
        return WebhookEndpointFactory()


@pytest.fixture
def jenny(api, site, endpoint, at):
    return _lived(api, site, at)


def settled(customer):
    """Bring to an end what an erasure would wait for."""
    Invoice.objects.filter(customer=customer, status="open").update(status="void")
    Charge.objects.filter(customer=customer, status="pending").update(status="failed")


def erased(customer, site):
    with scoped_to(site, livemode=False):
        settled(customer)
        assert erasures.plan(customer).waits_for == ()
        erasure = erasures.create(customer, at=clock.now())
    done = erasures.run(erasure.pk, until=clock.now() + timedelta(minutes=9), now=clock.now)
    forgetting.run(at=clock.now() + timedelta(days=1))  # gateways forget a little later
    return done


def test_nothing_of_an_erased_customer_is_found_but_on_documents(jenny, site):
    before = occurrences(MARK, DIGITS, IP, NETWORK_ADDRESS, TAX_ID)

    erasure = erased(jenny, site)

    after = occurrences(MARK, DIGITS, IP, NETWORK_ADDRESS, TAX_ID)
    assert (erasure.status, erasure.findings) == (Erasure.Status.DONE, [])
    assert len(before) > 60
    assert set(after) == {
        "billing_invoice.customer_shown",
        "billing_invoice.footer",
        "instruments.shown",  # the sandbox gateway's own book of tokens, which are spent
    }
    assert after["instruments.shown"] == 1
    with scoped_to(site, livemode=False):
        assert Invoice.objects.filter(customer=jenny).count() == 3
        for invoice in Invoice.objects.filter(customer=jenny):
            assert set(invoice.customer_shown) <= {
                "name", "address", "tax_ids", "tax_exempt", "locale",
            }  # fmt: skip
            assert EMAIL not in json.dumps(invoice.customer_shown)


def test_events_of_an_erased_customer_are_told_in_every_spelling(jenny, site):
    erased(jenny, site)

    with scoped_to(site, livemode=False):
        rows = list(Event.objects.filter(customer_id=jenny.pk))
        texts = [
            spelling(event, 1)
            for event in rows
            for name, spelling in bodies.spellings._functions.items()
            if name == "stripe" or (name == "omise" and event.omise_key)
        ]

    assert len(rows) > 20
    assert [text for text in texts if MARK.encode() in text] == []


def test_another_site_s_customer_of_the_same_name_stays_as_it_was(jenny, other_api, other, site):
    theirs = _made(other_api, "customers", **PERSON)

    erased(jenny, site)

    assert other_api.get(f"customers/{theirs['id']}").body == theirs
    with scoped_to(other[0], livemode=False):
        assert not tombstones.was_erased(email=EMAIL)
    with scoped_to(site, livemode=False):
        assert tombstones.was_erased(email=EMAIL.upper())
        assert tombstones.was_erased(email=OLD_EMAIL)
        assert tombstones.was_erased(external_id=PERSON["external_id"])
        assert tombstones.was_erased(pk=jenny.pk)
        assert not tombstones.was_erased(email="lee@example.com")
