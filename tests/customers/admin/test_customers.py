"""Customers in the dashboard: found, read, made, changed, deleted."""

from datetime import timedelta
from unittest.mock import patch

import dns.resolver
import pytest

from customers.events.models import Event
from customers.kit import clock
from customers.models import (
    Address,
    Consent,
    Customer,
    CustomField,
    EmailUniqueness,
    Organization,
)
from customers.services import customers
from tests.customers.admin import page
from tests.factories.customers import (
    AddressFactory,
    ConsentFactory,
    CustomerBalanceTransactionFactory,
    CustomerFactory,
    CustomFieldFactory,
    EventFactory,
    OrganizationFactory,
    TaxIdFactory,
)

LIST = "/admin/customers/customer/"
ADD = f"{LIST}add/"


def told():
    return [(event.type, event.door, event.actor) for event in Event.objects.order_by("id")]


def names(answer):
    return [str(row) for row in answer.context["cl"].result_list]


# -- The list ---------------------------------------------------------------------------------------------------------


def test_the_list_says_who_where_and_since_when(owner, scope):
    at = clock.now().replace(year=2026, month=3, day=1, hour=9, minute=5)
    customer = CustomerFactory(
        name="Ada Whitfield", email="ada@example.com", organization=OrganizationFactory(name="Northwind"),
        balance=-1500, currency="usd", created_at=at,
    )  # fmt: skip
    AddressFactory(customer=customer, country="TH", is_default=True)
    AddressFactory(customer=customer, country="FR", kind=Address.Kind.SHIPPING, is_default=True)

    rows = page.rows(owner.get(LIST))

    assert rows == [
        [
            "Ada Whitfield ada@example.com".replace(" ada@", "ada@"),
            "Northwind",
            "Thailand",
            "$15.00 credit",
            "1 Mar 2026, 09:05",
        ]
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    for customer in CustomerFactory.create_batch(count, organization=OrganizationFactory()):
        AddressFactory(customer=customer, is_default=True)
    owner.get(LIST)

    with django_assert_num_queries(5):  # session, operator, sites, customers, addresses
        owner.get(LIST)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("whitf", ["Ada Whitfield"], id="a part of the name"),
        pytest.param("FIELD ada", ["Ada Whitfield"], id="words in any order"),
        pytest.param("ADA@example.com", ["Ada Whitfield"], id="the email address"),
        pytest.param("bo@exa", ["Bo Ekström"], id="a part of the email address"),
        pytest.param("user_7", ["Bo Ekström"], id="the external id"),
        pytest.param("bo-ek", ["Bo Ekström"], id="the username"),
        pytest.param("(415) 555-0132", ["Ada Whitfield"], id="the phone number, written otherwise"),
        pytest.param("김예", ["김예은"], id="two letters of another script"),
        pytest.param("100%_", [], id="what LIKE would take for a pattern"),
        pytest.param("   ", ["김예은", "Bo Ekström", "Ada Whitfield"], id="spaces"),
        pytest.param('metadata["plan"]:"gold"', ["Ada Whitfield"], id="a query"),
        pytest.param(
            'email~"example.com" -external_id:"user_7"',
            ["Ada Whitfield"],
            id="a query with two clauses",
        ),
    ],
)
def test_a_customer_is_found(owner, scope, text, found):
    at = clock.now()
    customers.create(
        details={
            "name": "Ada Whitfield", "email": "ada@example.com", "phone": "+1 415 555 0132", "metadata": {"plan": "gold"},
        },
        at=at,
    )  # fmt: skip
    customers.create(
        details={
            "name": "Bo Ekström",
            "email": "bo@example.com",
            "external_id": "user_7",
            "username": "bo-ek",
        },
        at=at + timedelta(seconds=1),
    )
    customers.create(details={"name": "김예은"}, at=at + timedelta(seconds=2))

    assert names(owner.get(LIST, {"q": text})) == found


def test_an_exact_match_stands_alone(owner, scope):
    CustomerFactory(name="user_7", email="a@example.com")
    CustomerFactory(name="Bo", email="b@example.com", external_id="user_7")

    assert names(owner.get(LIST, {"q": "user_7"})) == ["Bo"]


def test_a_query_that_breaks_the_rules_says_so(owner, scope):
    CustomerFactory()

    answer = owner.get(LIST, {"q": 'shoe_size:"43"'})

    assert names(answer) == []
    assert "shoe_size at character 1 is not known" in answer.content.decode()


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_whole_id_leads_to_the_page(owner, scope, is_deleted):
    customer = CustomerFactory(deleted_at=clock.now() if is_deleted else None)

    assert owner.get(LIST, {"q": f" {customer.pk} "}).url == f"{LIST}{customer.pk}/"


@pytest.mark.parametrize(
    ("param", "found"),
    [
        pytest.param("", ["Owing", "Ada", "Old"], id="none: all that exist"),
        pytest.param("created=week", ["Owing", "Ada"], id="created lately"),
        pytest.param("created=before", ["Old"], id="created long ago"),
        pytest.param("email=no", ["Old"], id="without email"),
        pytest.param("email=yes", ["Owing", "Ada"], id="with email"),
        pytest.param("consent=yes", ["Ada"], id="agreed"),
        pytest.param("consent=no", ["Old"], id="refused"),
        pytest.param("consent=unknown", ["Owing"], id="never asked"),
        pytest.param("balance=credit", ["Ada"], id="credit"),
        pytest.param("balance=owed", ["Owing"], id="owed"),
        pytest.param("deleted=yes", ["Gone"], id="deleted"),
        pytest.param("consent=yes&balance=owed", [], id="two at once"),
        pytest.param("consent=perhaps", ["Owing", "Ada", "Old"], id="a word that is none"),
    ],
)
def test_the_list_is_narrowed(owner, scope, param, found):
    at = clock.now()
    CustomerFactory(name="Old", email="", mail_marketing=False, created_at=at - timedelta(days=400))
    CustomerFactory(name="Gone", deleted_at=at)
    CustomerFactory(name="Ada", mail_marketing=True, balance=-1, currency="usd", created_at=at)
    CustomerFactory(name="Owing", balance=1, currency="usd", created_at=at + timedelta(seconds=1))

    assert names(owner.get(f"{LIST}?{param}")) == found


# -- The page ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_everything(owner, scope):
    CustomFieldFactory(key="seats", label="Seats", kind=CustomField.Kind.NUMBER)
    CustomFieldFactory(key="until", label="Contract until", kind=CustomField.Kind.DATE)
    customer = CustomerFactory(
        name="Ada Whitfield", email="ada@example.com", phone="+1 415 555 0132", preferred_locales=["fr", "en"],
        external_id="user_7", description="Met in Lyon", metadata={"plan": "gold"},
        custom_fields={"seats": 7, "until": "2027-01-31"}, balance=-1500, currency="usd", mail_marketing=True,
        invoice_settings={"footer": "Thank you", "custom_fields": [{"name": "PO", "value": "4711"}]},
        organization=OrganizationFactory(name="Northwind"), tax_exempt=Customer.TaxExempt.REVERSE,
    )  # fmt: skip
    AddressFactory(
        customer=customer, line1="27 Loop Street", city="Cape Town", country="ZA", is_default=True
    )
    TaxIdFactory(customer=customer, value="91-1144442")
    ConsentFactory(customer=customer, wording="May we write to you?", actor="robin@example.com")
    CustomerBalanceTransactionFactory(customer=customer, amount=-1500, description="Goodwill")
    EventFactory(
        customer_id=customer.pk, object_id=customer.pk, previous_attributes={"email": "old"}
    )

    text = " ".join(owner.get(f"{LIST}{customer.pk}/").content.decode().split())

    for said in (
        "Ada Whitfield", "ada@example.com", "+1 415 555 0132", "French, English", "user_7", "Met in Lyon", "Northwind",
        "<code>plan</code>", "gold", "Seats", "31 Jan 2027", "$15.00", "credit", "Thank you", "PO: 4711",
        "Reverse charge", "27 Loop Street", "South Africa", "91-1144442", "United States: EIN", "May we write to you?",
        "Goodwill", "Customer created", "robin@example.com", customer.pk,
    ):  # fmt: skip
        assert said in text, said


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    CustomFieldFactory(key="seats")
    customer = CustomerFactory(custom_fields={"seats": "7"}, organization=OrganizationFactory())
    for number in range(count):
        AddressFactory(customer=customer, is_default=number == 0)
        TaxIdFactory(customer=customer)
        ConsentFactory(customer=customer)
        CustomerBalanceTransactionFactory(customer=customer, sequence=number + 1)
        EventFactory(customer_id=customer.pk)
    owner.get(f"{LIST}{customer.pk}/")

    # session, operator, sites, customer; fields, addresses, tax ids, transactions, consents, events
    with django_assert_num_queries(10):
        owner.get(f"{LIST}{customer.pk}/")


def test_what_a_customer_wrote_is_text(owner, scope):
    customer = CustomerFactory(name="<script>alert(1)</script>", metadata={"<b>": "<i>"})

    pages = [
        owner.get(url).content.decode()
        for url in (LIST, f"{LIST}{customer.pk}/", f"{LIST}{customer.pk}/change/")
    ]

    assert [
        text for text in pages if "<script>alert" in text or "<b>" in text or "<i>" in text
    ] == []
    assert all("&lt;script&gt;alert(1)" in text for text in pages)


def test_a_deleted_customer_can_only_be_read(owner, scope, nothing_written):
    customer = customers.delete(
        customers.create(details={"name": "Ada"}, at=clock.now()), at=clock.now()
    )
    here = f"{LIST}{customer.pk}/"

    shown = owner.get(here)
    with nothing_written():
        answers = [
            owner.post(here + part, {"name": "Bo"}).status_code
            for part in (
                "change/",
                "delete/",
                "addresses/add/",
                "tax-ids/add/",
                "consents/add/",
                "balance/",
            )
        ]

    assert (shown.status_code, shown.context["links"], shown.context["parts"]) == (200, [], {})
    assert answers == [403, 403, 404, 404, 404, 404]


# -- Making one -------------------------------------------------------------------------------------------------------


def test_a_customer_is_made_with_all_that_belongs_to_it(owner, scope):
    CustomFieldFactory(key="seats", label="Seats", kind=CustomField.Kind.NUMBER)
    sent = page.fields(
        owner.get(ADD), name="Ada Whitfield", email="ada@example.com", phone="+1 415 555 0132", organization="Northwind",
        preferred_locales="fr\nen\n", preferred_currency="eur", timezone="Europe/Paris", external_id="user_7",
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
        pytest.param({"external_id": "user_7"}, "external_id", "Another customer has the external id 'user_7'.", id="taken"),
        pytest.param({"username": "a b"}, "username", "Invalid Username: use letters", id="username"),
        pytest.param({"invoice_prefix": "a-b"}, "invoice_prefix", "must be 1-12 uppercase", id="prefix"),
        pytest.param({"preferred_locales": "xx-nonsense"}, "preferred_locales", "Invalid locale", id="language"),
        pytest.param({"timezone": "Mars/Olympus"}, "timezone", "Select a valid choice", id="time zone"),
        pytest.param({"tax_ip_address": "1.2.3"}, "tax_ip_address", "Invalid IP address", id="IP address"),
        pytest.param({"custom_fields[seats]": "many"}, "custom_fields[seats]", "it must be a number", id="custom field"),
        pytest.param({"name": "x" * 5001}, "name", "must be at most 5000 characters", id="too long"),
        pytest.param({"description": "4242 4242 4242 4242"}, "description", "looks like a card number", id="card number"),
        pytest.param(
            {"metadata-name": ["a[b]"], "metadata-value": ["1"]}, "metadata", "no square brackets", id="metadata key"
        ),
        pytest.param(
            {"invoice_fields-name": list("abcde"), "invoice_fields-value": list("12345")}, "invoice_fields",
            "Give 4 at most.", id="lines on invoices",
        ),
    ],
)  # fmt: skip
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
