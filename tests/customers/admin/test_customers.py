"""Customers in the dashboard: found and read."""

from datetime import timedelta

import pytest

from customers.kit import clock
from customers.models import (
    Address,
    Customer,
    CustomField,
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
    MessageFactory,
    NoteFactory,
    OrganizationFactory,
    TaxIdFactory,
)

LIST = "/admin/customers/customer/"


def names(answer):
    return [str(row) for row in answer.context["cl"].result_list]


# -- The list ---------------------------------------------------------------------------------------------------------


def test_the_list_says_who_where_and_since_when(owner, scope):
    at = clock.now().replace(year=2026, month=3, day=1, hour=9, minute=5)
    customer = CustomerFactory(
        name="Ada Whitfield", email="ada@example.com", organization=OrganizationFactory(name="Northwind"),
        organization_name="Northwind", balance=-1500, currency="usd", created_at=at,
    )  # fmt: skip
    AddressFactory(customer=customer, country="TH", is_default=True)
    AddressFactory(customer=customer, country="FR", kind=Address.Kind.SHIPPING, is_default=True)

    rows = page.rows(owner.get(LIST))

    assert rows == [
        [
            "",
            "Ada Whitfieldada@example.com",
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

    with django_assert_num_queries(5):  # session, operator, sites, custom fields, customers
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
            "name": "Ada Whitfield", "email": "ada@example.com", "phone": "+1 415 555 0132",
            "metadata": {"plan": "gold"},
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
        organization=OrganizationFactory(name="Northwind"), organization_name="Northwind",
        tax_exempt=Customer.TaxExempt.REVERSE,
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
        MessageFactory(customer=customer)
        CustomerBalanceTransactionFactory(customer=customer, sequence=number + 1)
        EventFactory(customer_id=customer.pk)
        NoteFactory(customer=customer, is_pinned=number == 0)
    owner.get(f"{LIST}{customer.pk}/")

    # session, operator, sites, customer; what payments has, gateway, spending; what billing has, unpaid; what is here,
    # cash balance, deliveries
    with django_assert_num_queries(12):
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

    labels = [link.label for link in shown.context["links"] + shown.context["more_links"]]
    assert (shown.status_code, labels, shown.context["parts"]) == (
        200, ["Export data", "Erase personal data"], {},
    )  # fmt: skip
    assert answers == [403, 403, 404, 404, 404, 404]
