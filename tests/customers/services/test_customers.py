import pytest
from django.db import transaction

from customers.kit.errors import InvalidRequest, NotFound, TryAgain
from customers.kit.tenancy import scoped_to
from customers.kit.whole import Merged
from customers.models import Address, Consent, Customer, Organization
from customers.services import customers
from tests.factories.customers import AddressFactory, CustomerFactory, OrganizationFactory

HOME = {"line1": "1 Harbour Street", "city": "Springfield", "country": "US"}


def test_a_customer_is_made_with_all_that_belongs_to_it(scope, at, told):
    details = {
        "email": "ada@example.com", "first_name": "Ada", "last_name": "Whitfield", "phone": "(555) 123-4567",
        "address": HOME, "shipping": {**HOME, "name": "Ada"}, "organization": "Northwind", "language": "fr",
        "preferred_locales": ["en", "fr"], "metadata": {"plan": "basic", "empty": ""}, "mail_marketing": True,
    }  # fmt: skip

    made = customers.create(details=details, at=at)

    customer = customers.get(made.pk)
    assert (customer.email, customer.full_name, customer.created_at) == (
        "ada@example.com", "Ada Whitfield", at,
    )  # fmt: skip
    assert (customer.phone, customer.phone_e164) == ("(555) 123-4567", "+15551234567")
    assert (customer.billing.city, customer.shipping.name) == ("Springfield", "Ada")
    assert (customer.organization.name, customer.preferred_locales) == ("Northwind", ["fr", "en"])
    assert (customer.metadata, customer.mail_marketing) == ({"plan": "basic"}, True)
    assert told()[:2] == ["organization.created", "customer.created"]
    assert list(Consent.objects.values_list("granted", flat=True)) == [True]


def test_a_customer_needs_nothing(scope, at, told):
    made = customers.create(details={}, at=at)

    customer = customers.get(made.pk)
    assert (customer.email, customer.name, customer.metadata, customer.billing) == (
        "",
        "",
        {},
        None,
    )
    assert customer.invoice_prefix.isalnum()
    assert len(customer.invoice_prefix) == 8
    assert told() == ["customer.created"]


UNIQUE = {"username": "ada", "external_id": "user_1", "invoice_prefix": "ADA1"}


@pytest.mark.parametrize("name", UNIQUE)
def test_what_is_unique_is_given_once(scope, at, refused, name):
    taken = {name: UNIQUE[name]}
    customers.create(details=taken, at=at)
    second = customers.create(details={}, at=at)

    with refused(param=name, code="resource_already_exists"):
        customers.create(details={"email": "ada@example.com", **taken}, at=at)
    with refused(param=name, code="resource_already_exists"):
        customers.update(second, details={"email": "ada@example.com", **taken}, at=at)


@pytest.mark.parametrize("name", UNIQUE)
def test_what_is_unique_is_so_in_a_site_and_mode(scope, other, at, name):
    scopes = [(scope.site, False), (scope.site, True), (other[0], False)]

    for site, livemode in scopes:
        with scoped_to(site, livemode=livemode):
            customers.create(details={name: UNIQUE[name]}, at=at)

    for site, livemode in scopes:
        with scoped_to(site, livemode=livemode):
            assert Customer.objects.count() == 1


def test_a_prefix_that_was_drawn_twice_is_drawn_again(scope, at, monkeypatch, refused):
    customers.create(details={"invoice_prefix": "00000000"}, at=at)
    monkeypatch.setattr(customers, "random_prefix", lambda: "00000000")

    with refused(TryAgain):
        customers.create(details={}, at=at)


def test_a_customer_is_changed_where_the_details_say_so(scope, at, told, last_event):
    customer = CustomerFactory(
        name="Ada", description="Kept", metadata={"plan": "basic", "old": "1"}
    )

    customers.update(
        customer, details={"name": "Grace", "metadata": {"old": "", "new": "2"}}, at=at
    )

    stored = customers.get(customer.pk)
    assert (stored.name, stored.description) == ("Grace", "Kept")
    assert stored.metadata == {"plan": "basic", "new": "2"}
    assert told() == ["customer.updated"]
    assert last_event().previous_attributes == {
        "name": "Ada", "metadata": {"old": "1", "new": None},
    }  # fmt: skip


def test_a_change_that_changes_nothing_tells_nothing(scope, at, nothing_written):
    customer = CustomerFactory(name="Ada")

    with nothing_written():
        customers.update(customer, details={"name": "Ada"}, at=at)


def test_an_organization_is_given_by_name_or_object_and_taken_away(scope, at):
    organization = OrganizationFactory(name="Northwind")
    customer = CustomerFactory()

    seen = [
        customers.update(customer, details=details, at=at).organization
        for details in (
            {"organization": organization}, {"business_name": "Contoso"}, {"organization": "Northwind"},
            {"organization": ""},
        )
    ]  # fmt: skip

    assert seen == [organization, Organization.objects.get(name="Contoso"), organization, None]
    assert Organization.objects.count() == 2


def test_a_language_is_the_first_of_the_locales(scope, at):
    customer = CustomerFactory(preferred_locales=["en", "th"])

    seen = [
        customers.update(customer, details={"language": language}, at=at).preferred_locales
        for language in ("th", "fr", "")
    ]

    assert seen == [["th", "en"], ["fr", "th", "en"], ["th", "en"]]


def test_a_deleted_customer_is_a_tombstone(scope, at, told, last_event):
    customer = CustomerFactory(name="Ada", username="ada", external_id="user_1")
    AddressFactory(customer=customer, is_default=True)

    customers.delete(customer, at=at)

    stored = customers.get(customer.pk)
    assert (stored.deleted_at, stored.name, stored.billing) == (at, "Ada", None)
    assert list(Address.objects.all()) == []
    assert list(Customer.objects.living()) == []
    assert told() == ["customer.deleted"]
    assert last_event().snapshot["name"] == "Ada"


def test_a_deleted_customers_names_are_free_again(scope, at):
    taken = {"username": "ada", "external_id": "user_1"}
    customers.delete(customers.create(details=taken, at=at), at=at)

    second = customers.create(details=taken, at=at)

    assert list(Customer.objects.living()) == [second]


@pytest.mark.parametrize(
    "change",
    [
        lambda gone, at: customers.update(gone, details={"name": "Grace"}, at=at),
        lambda gone, at: customers.delete(gone, at=at),
    ],
    ids=["update", "delete"],
)
def test_a_deleted_customer_is_not_changed(scope, at, refused, change):
    customer = CustomerFactory()
    customers.delete(customer, at=at)

    with refused(NotFound, message=f"No such customer: '{customer.pk}'"):
        change(customer, at)


def test_whoever_joins_in_deletes_in_the_same_transaction(scope, at, monkeypatch, refused):
    def refuse(customer, *, at):
        raise InvalidRequest("It is still needed.")

    monkeypatch.setattr(customers, "when_deleted", [refuse])
    customer = CustomerFactory()
    AddressFactory(customer=customer)

    with refused(message="It is still needed."):
        customers.delete(customer, at=at)


def test_a_customer_is_found_living_or_not_and_in_its_site(scope, other, at):
    living, gone = CustomerFactory(), CustomerFactory()
    customers.delete(gone, at=at)
    with scoped_to(other[0], livemode=False):
        foreign = CustomerFactory()

    assert [customers.get(row.pk) for row in (living, gone)] == [living, gone]
    assert customers.get_living(living.pk) == living
    for look, pk in (
        (customers.get_living, gone.pk), (customers.get, foreign.pk), (customers.get_living, foreign.pk),
    ):  # fmt: skip
        with pytest.raises(NotFound) as refusal:
            look(pk)
        assert refusal.value.message == f"No such customer: '{pk}'"


@pytest.mark.parametrize(
    ("match_on", "value", "details"),
    [
        ("email", "ADA@example.com", {"email": "Ada@Example.com"}),
        ("external_id", "user_1", {"external_id": "user_1"}),
        ("metadata[user]", "1", {"metadata": {"user": "1"}}),
    ],
)
def test_a_match_is_found_or_made(scope, at, told, match_on, value, details):
    first, was_made = customers.match_or_create(match_on, value, details=details, at=at)

    again, was_made_again = customers.match_or_create(
        match_on, value, details={**details, "name": "Grace"}, at=at
    )

    assert (first, was_made, was_made_again) == (again, True, False)
    assert again.name == ""
    assert told() == ["customer.created"]


def test_the_oldest_of_several_matches_and_no_deleted_one(scope, at):
    gone, oldest, youngest = CustomerFactory.create_batch(3, email="ada@example.com")
    customers.delete(gone, at=at)

    found, was_made = customers.match_or_create("email", "ada@example.com", details={}, at=at)

    assert (found, was_made) == (oldest, False)
    assert youngest in Customer.objects.living()


def test_metadata_is_merged_key_by_key():
    merge = customers.merged_metadata

    assert merge({"a": "1", "b": "2"}, {"b": "", "c": "3", "d": None}) == {"a": "1", "c": "3"}
    assert merge({"a": "1"}, {}) == {"a": "1"}
    assert merge({"a": "1"}, None) == {}


def test_metadata_of_any_json_keeps_empty_texts_where_null_alone_takes_away():
    merge = customers.merged_metadata

    merged = merge({"a": "1", "b": 2}, Merged({"b": "", "c": [None], "a": None}))

    assert merged == {"b": "", "c": [None]}


def test_an_email_address_is_claimed_in_any_letter_case(scope, at, refused):
    ada = CustomerFactory(email="ada@example.com")

    with transaction.atomic():
        customers.claim_email("grace@example.com")
        customers.claim_email("ADA@example.com", but=ada)
    with refused(param="email", code="resource_already_exists"), transaction.atomic():
        customers.claim_email("ADA@example.com")
    customers.delete(ada, at=at)
    with transaction.atomic():
        customers.claim_email("ada@example.com")


def test_metadata_has_fifty_keys_at_most(scope, at, refused):
    full = {f"key{number}": "x" for number in range(50)}
    customer = CustomerFactory(metadata=full)

    with refused(param="metadata"):
        customers.update(customer, details={"metadata": {"one": "more"}}, at=at)
    swapped = customers.update(customer, details={"metadata": {"one": "more", "key0": ""}}, at=at)

    assert len(swapped.metadata) == 50


def test_invoice_settings_are_merged(scope, at):
    customer = CustomerFactory(invoice_settings={"footer": "Thanks"})

    seen = [
        customers.update(customer, details={"invoice_settings": said}, at=at).invoice_settings
        for said in ({"rendering_options": {"template": "t"}}, {"footer": ""}, {})
    ]

    assert seen == [
        {"footer": "Thanks", "rendering_options": {"template": "t"}},
        {"rendering_options": {"template": "t"}},
        {},
    ]
