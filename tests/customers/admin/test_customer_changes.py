"""Customers in the dashboard: made, changed, deleted."""

from unittest.mock import patch

import dns.resolver
import pytest

from customers.events.models import Event
from customers.kit import clock
from customers.models import Address, Consent, Customer, CustomField, EmailUniqueness, Organization
from customers.services import customers
from tests.customers.admin import page
from tests.factories.customers import (
    AddressFactory,
    CustomerFactory,
    CustomFieldFactory,
    OrganizationFactory,
)

LIST = "/admin/customers/customer/"
ADD = f"{LIST}add/"


def told():
    return [(event.type, event.door, event.actor) for event in Event.objects.order_by("id")]


# -- Making one -------------------------------------------------------------------------------------------------------


def test_a_customer_is_made_with_all_that_belongs_to_it(owner, scope):
    CustomFieldFactory(key="seats", label="Seats", kind=CustomField.Kind.NUMBER)
    sent = page.fields(
        owner.get(ADD), name="Ada Whitfield", email="ada@example.com", phone="+1 415 555 0132",
        organization="Northwind",
        preferred_locales="fr\nen\n", preferred_currency="eur", timezone="Europe/Paris",
        external_id="user_7",
        mail_marketing="yes", tele_marketing="no", tax_exempt="exempt", footer="Thank you",
        **{
            "custom_fields[seats]": "7", "address[line1]": "1 Harbour Street", "address[city]": "Lyon",
            "address[country]": "FR", "metadata-name": ["plan", "", ""], "metadata-value": ["gold", "", ""],
            "invoice_fields-name": ["PO"], "invoice_fields-value": ["4711"],
        },
    )  # fmt: skip

    answer = owner.post(ADD, sent)

    customer = Customer.objects.with_defaults().get()
    assert answer.url == f"{LIST}{customer.pk}/"
    wanted = {
        "name": "Ada Whitfield", "email": "ada@example.com", "phone": "+1 415 555 0132", "phone_e164": "+14155550132",
        "preferred_locales": ["fr", "en"], "preferred_currency": "eur", "timezone": "Europe/Paris",
        "external_id": "user_7", "mail_marketing": True, "tele_marketing": False, "tax_exempt": "exempt",
        "custom_fields": {"seats": 7}, "metadata": {"plan": "gold"}, "livemode": False, "site": scope.site,
        "invoice_settings": {"footer": "Thank you", "custom_fields": [{"name": "PO", "value": "4711"}]},
    }  # fmt: skip
    assert {name: getattr(customer, name) for name in wanted} == wanted
    assert customer.organization.name == "Northwind"
    assert (customer.billing.line1, customer.billing.city, customer.billing.country) == (
        "1 Harbour Street",
        "Lyon",
        "FR",
    )
    assert sorted(told()) == [
        (type_, "dashboard", "owner@example.com")
        for type_ in (
            "customer.address.created", "customer.consent.created", "customer.consent.created", "customer.created",
            "organization.created",
        )
    ]  # fmt: skip
    assert {
        (row.channel, row.granted, row.door, row.actor, row.ip_address)
        for row in Consent.objects.all()
    } == {
        ("mail_marketing", True, "dashboard", "owner@example.com", "127.0.0.1"),
        ("tele_marketing", False, "dashboard", "owner@example.com", "127.0.0.1"),
    }


def test_a_customer_needs_nothing(owner, scope):
    owner.post(ADD, page.fields(owner.get(ADD)))

    customer = Customer.objects.with_defaults().get()
    assert (customer.name, customer.billing, customer.invoice_settings, customer.metadata) == (
        "",
        None,
        {},
        {},
    )
    assert told() == [("customer.created", "dashboard", "owner@example.com")]


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        pytest.param({"email": "nonsense"}, "email", "Invalid email address: nonsense", id="email"),
        pytest.param(
            {"external_id": "user_7"},
            "external_id",
            "Another customer has the external id 'user_7'.",
            id="taken",
        ),
        pytest.param(
            {"username": "a b"}, "username", "Invalid Username: use letters", id="username"
        ),
        pytest.param(
            {"invoice_prefix": "a-b"}, "invoice_prefix", "must be 1-12 uppercase", id="prefix"
        ),
        pytest.param(
            {"preferred_locales": "xx-nonsense"},
            "preferred_locales",
            "Invalid locale",
            id="language",
        ),
        pytest.param(
            {"timezone": "Mars/Olympus"}, "timezone", "Select a valid choice", id="time zone"
        ),
        pytest.param(
            {"tax_ip_address": "1.2.3"}, "tax_ip_address", "Invalid IP address", id="IP address"
        ),
        pytest.param(
            {"custom_fields[seats]": "many"},
            "custom_fields[seats]",
            "it must be a number",
            id="custom field",
        ),
        pytest.param(
            {"name": "x" * 5001}, "name", "must be at most 5000 characters", id="too long"
        ),
        pytest.param(
            {"description": "4242 4242 4242 4242"},
            "description",
            "looks like a card number",
            id="card number",
        ),
        pytest.param(
            {"metadata-name": ["a[b]"], "metadata-value": ["1"]},
            "metadata",
            "no square brackets",
            id="metadata key",
        ),
        pytest.param(
            {"invoice_fields-name": list("abcde"), "invoice_fields-value": list("12345")},
            "invoice_fields",
            "Give 4 at most.",
            id="lines on invoices",
        ),
    ],
)
def test_what_is_refused_is_said_at_its_field(owner, scope, nothing_written, sent, field, said):
    CustomFieldFactory(key="seats", kind=CustomField.Kind.NUMBER)
    CustomerFactory(external_id="user_7")
    sent = page.fields(owner.get(ADD), name="Ada Whitfield", organization="New one") | sent

    with nothing_written():
        answer = owner.post(ADD, sent)

    errors = page.errors(answer)
    assert list(errors) == [field]
    assert said in errors[field][0]
    assert 'value="New one"' in answer.content.decode()


def test_a_required_custom_field_is_asked_for(owner, scope, nothing_written):
    CustomFieldFactory(key="seats", is_required=True)

    with nothing_written():
        answer = owner.post(ADD, page.fields(owner.get(ADD), name="Ada"))

    assert page.errors(answer) == {"custom_fields[seats]": ["This field is required."]}


def test_an_address_that_takes_no_mail_is_refused_where_the_site_asks(
    owner, scope, nothing_written
):
    scope.site.checks_email_dns = True
    scope.site.save()
    with patch("customers.services.email_addresses._resolver") as resolver:
        resolver.return_value.resolve.side_effect = dns.resolver.NXDOMAIN
        with nothing_written():
            answer = owner.post(ADD, page.fields(owner.get(ADD), email="ada@nowhere.example.com"))

    assert "does not exist" in page.errors(answer)["email"][0]


def test_a_shared_email_address_is_warned_of_where_the_site_asks(owner, scope):
    scope.site.email_uniqueness = EmailUniqueness.WARN
    scope.site.save()
    CustomerFactory(email="ADA@example.com")

    answer = owner.post(ADD, page.fields(owner.get(ADD), email="ada@example.com"), follow=True)

    said = [str(message) for message in answer.context["messages"]]
    assert said == ["Another customer has the same email address.", "The customer was made."]


# -- Changing one -----------------------------------------------------------------------------------------------------


@pytest.fixture
def ada(scope):
    CustomFieldFactory(key="seats", label="Seats", kind=CustomField.Kind.NUMBER)
    CustomFieldFactory(key="partner", label="Partner", kind=CustomField.Kind.CHECKBOX)
    return CustomerFactory(
        name="Ada Whitfield", email="ada@example.com", phone="0415", external_id="user_7", preferred_locales=["fr"],
        metadata={"plan": "gold", "source": "web"}, custom_fields={"seats": 7, "partner": False},
        preferred_currency="xxx", organization=OrganizationFactory(name="Northwind"),
        organization_name="Northwind",
        invoice_settings={"footer": "Thank you", "rendering_options": {"amount_tax_display": "exclude_tax"}},
    )  # fmt: skip


def test_a_form_that_is_sent_as_it_came_changes_nothing(owner, ada, nothing_written):
    change = f"{LIST}{ada.pk}/change/"

    with nothing_written():
        answer = owner.post(change, page.fields(owner.get(change)))

    assert answer.url == f"{LIST}{ada.pk}/"


def test_a_customer_is_changed(owner, ada):
    change = f"{LIST}{ada.pk}/change/"
    sent = page.fields(
        owner.get(change), name="Ada Lovelace", email="", preferred_locales="en\nfr", organization="",
        footer="", tax_exempt="reverse",
        **{
            "custom_fields[seats]": "8", "custom_fields[partner]": "true",
            "metadata-name": ["plan", "", "since"], "metadata-value": ["silver", "", "2026"],
        },
    )  # fmt: skip

    answer = owner.post(change, sent)

    assert answer.url == f"{LIST}{ada.pk}/"
    wanted = {
        "name": "Ada Lovelace", "email": "", "preferred_locales": ["en", "fr"], "organization": None,
        "tax_exempt": "reverse", "custom_fields": {"seats": 8, "partner": True}, "phone": "0415",
        "metadata": {"plan": "silver", "since": "2026"}, "preferred_currency": "xxx",
        "invoice_settings": {"rendering_options": {"amount_tax_display": "exclude_tax"}},
    }  # fmt: skip
    ada.refresh_from_db()
    assert {name: getattr(ada, name) for name in wanted} == wanted
    assert told() == [("customer.updated", "dashboard", "owner@example.com")]


def test_what_nobody_touched_is_left_to_others(owner, ada):
    change = f"{LIST}{ada.pk}/change/"
    sent = page.fields(owner.get(change), description="Met in Lyon")
    customers.update(ada, details={"email": "new@example.com", "balance": -100}, at=clock.now())

    owner.post(change, sent)

    ada.refresh_from_db()
    assert (ada.email, ada.balance, ada.description) == ("new@example.com", -100, "Met in Lyon")


def test_a_change_that_is_refused_changes_nothing(owner, ada, nothing_written):
    CustomerFactory(external_id="user_8")
    change = f"{LIST}{ada.pk}/change/"
    sent = page.fields(
        owner.get(change), external_id="user_8", name="Ada Lovelace", organization="New one"
    )

    with nothing_written():
        answer = owner.post(change, sent)

    assert page.errors(answer) == {
        "external_id": ["Another customer has the external id 'user_8'."]
    }


def test_a_customer_moves_to_a_new_organization(owner, ada):
    change = f"{LIST}{ada.pk}/change/"

    owner.post(change, page.fields(owner.get(change), organization="Contoso"))

    ada.refresh_from_db()
    assert ada.organization.name == "Contoso"
    assert sorted(Organization.objects.values_list("name", flat=True)) == ["Contoso", "Northwind"]


# -- Deleting one -----------------------------------------------------------------------------------------------------


def test_deleting_is_asked_for_first(owner, ada, nothing_written):
    with nothing_written():
        answer = owner.get(f"{LIST}{ada.pk}/delete/")

    assert "Delete Ada Whitfield?" in answer.content.decode()


def test_a_customer_is_deleted(owner, ada):
    AddressFactory(customer=ada)

    answer = owner.post(f"{LIST}{ada.pk}/delete/")

    ada.refresh_from_db()
    assert answer.url == LIST
    assert ada.is_deleted
    assert list(Address.objects.all()) == []
    assert told() == [("customer.deleted", "dashboard", "owner@example.com")]
