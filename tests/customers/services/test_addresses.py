import pytest

from customers.kit.errors import NotFound
from customers.models import Address, Customer
from customers.models.addresses import POSTAL_FIELDS
from customers.services import addresses, customers
from tests.factories.customers import AddressFactory, CustomerFactory

NOWHERE = dict.fromkeys(POSTAL_FIELDS, "")
HOME = {"line1": "1 Harbour Street", "city": "Springfield", "country": "US"}


@pytest.fixture
def customer(scope):
    return CustomerFactory()


def defaults(customer):
    found = customers.get(customer.pk)
    return found.billing, found.shipping


def test_the_first_address_of_a_type_is_the_default(customer, at, told, last_event):
    billing = addresses.create(customer, details={"kind": "billing", **HOME}, at=at)

    shipping = addresses.create(customer, details={"kind": "shipping", **HOME}, at=at)

    assert defaults(customer) == (billing, shipping)
    assert told() == [
        "customer.address.created", "customer.updated", "customer.address.created", "customer.updated",
    ]  # fmt: skip
    assert last_event().previous_attributes == {"shipping": None}


def test_a_second_address_leaves_the_default_and_the_customer_alone(customer, at, told):
    first = AddressFactory(customer=customer, is_default=True)

    second = addresses.create(customer, details={"kind": "billing", **HOME}, at=at)

    assert (second.is_default, defaults(customer)) == (False, (first, None))
    assert told() == ["customer.address.created"]


def test_an_address_can_take_the_defaults_place(customer, at, told):
    first = AddressFactory(customer=customer, is_default=True, city="Oldtown")

    second = addresses.create(
        customer, details={"kind": "billing", "is_default": True, **HOME}, at=at
    )

    assert defaults(customer) == (second, None)
    first.refresh_from_db()
    assert first.is_default is False
    assert told() == ["customer.address.created", "customer.updated"]


def test_a_change_of_the_default_is_a_change_of_the_customer(customer, at, told, last_event):
    address = AddressFactory(customer=customer, is_default=True, city="Oldtown")

    addresses.update(address, details={"city": "Newtown"}, at=at)

    assert told() == ["customer.address.updated", "customer.updated"]
    assert last_event().previous_attributes == {"address": {"city": "Oldtown"}}
    assert addresses.get(customer, address.pk).city == "Newtown"


def test_a_change_of_another_address_is_its_own(customer, at, told, last_event):
    AddressFactory(customer=customer, is_default=True)
    address = AddressFactory(customer=customer, city="Oldtown")

    addresses.update(address, details={"city": "Newtown"}, at=at)

    assert told() == ["customer.address.updated"]
    assert last_event().object_id == address.pk


def test_an_address_becomes_the_default_by_a_change(customer, at, told):
    first = AddressFactory(customer=customer, is_default=True, city="Oldtown")
    second = AddressFactory(customer=customer)

    addresses.update(second, details={"is_default": True}, at=at)

    assert defaults(customer) == (second, None)
    assert told() == ["customer.address.updated", "customer.updated"]
    assert addresses.get(customer, first.pk).is_default is False


def test_the_default_stays_one(customer, at, refused):
    address = AddressFactory(customer=customer, is_default=True)

    with refused(param="is_default"):
        addresses.update(address, details={"is_default": False}, at=at)


def test_the_newest_other_address_follows_a_deleted_default(customer, at, told):
    default = AddressFactory(customer=customer, is_default=True, city="Oldtown")
    AddressFactory(customer=customer)
    newest = AddressFactory(customer=customer)

    addresses.delete(default, at=at)

    assert defaults(customer) == (newest, None)
    assert told() == ["customer.address.deleted", "customer.updated"]


def test_the_last_address_leaves_none_behind(customer, at, last_event):
    address = AddressFactory(customer=customer, is_default=True)

    addresses.delete(address, at=at)

    assert list(Address.objects.all()) == []
    assert defaults(customer) == (None, None)
    assert last_event().previous_attributes["address"]["city"] == "Springfield"


def test_an_address_is_its_customers(customer, at):
    stranger = AddressFactory()

    with pytest.raises(NotFound) as refusal:
        addresses.get(customer, stranger.pk)

    assert refusal.value.message == f"No such address: '{stranger.pk}'"


@pytest.mark.parametrize(
    "change",
    [
        lambda address, at: addresses.update(address, details={"city": "Newtown"}, at=at),
        lambda address, at: addresses.delete(address, at=at),
    ],
)
def test_an_address_deleted_meanwhile_is_gone(customer, at, refused, change):
    address = AddressFactory(customer=customer)
    addresses.delete(address, at=at)

    with refused(NotFound, param="id"):
        change(address, at)


def test_a_deleted_customer_gets_no_address(customer, at, refused):
    customers.delete(customer, at=at)

    with refused(NotFound):
        addresses.create(customer, details={"kind": "billing", **HOME}, at=at)


def test_stripes_address_is_the_default_one(customer, at):
    customers.update(customer, details={"address": HOME}, at=at)
    made = defaults(customer)[0]

    customers.update(customer, details={"address": {**HOME, "city": "Newtown"}}, at=at)
    changed = defaults(customer)[0]
    customers.update(customer, details={"address": None}, at=at)

    assert (made.kind, made.is_default, made.city) == ("billing", True, "Springfield")
    assert (changed.pk, changed.city) == (made.pk, "Newtown")
    assert defaults(customer) == (None, None)
    assert list(Address.objects.all()) == []


def test_the_database_shows_the_defaults_beside_their_customer(customer, at):
    def shown():
        cities = Customer.objects.values_list("default_addresses", flat=True).get(pk=customer.pk)
        return {kind: address["city"] for kind, address in cities.items()}

    first = addresses.create(customer, details={"kind": "billing", "city": "Lyon"}, at=at)
    assert shown() == {"billing": "Lyon"}

    addresses.create(customer, details={"kind": "shipping", "city": "Busan"}, at=at)
    second = addresses.create(customer, details={"kind": "billing", "city": "Nice"}, at=at)
    assert shown() == {"billing": "Lyon", "shipping": "Busan"}

    addresses.update(second, details={"is_default": True}, at=at)
    assert shown() == {"billing": "Nice", "shipping": "Busan"}

    customers.update(
        customer, details={"address": {**NOWHERE, "city": "Oslo"}, "shipping": None}, at=at
    )
    assert shown() == {"billing": "Oslo"}

    addresses.delete(second, at=at)
    assert shown() == {"billing": "Lyon"}

    addresses.delete(first, at=at)
    assert shown() == {}


def test_what_a_customer_s_row_shows_of_addresses_is_the_database_s_alone(customer, at):
    addresses.create(customer, details={"kind": "billing", "city": "Lyon"}, at=at)
    row = Customer.objects.get(pk=customer.pk)
    kept = row.default_addresses

    row.default_addresses = {}
    row.save()
    Customer.objects.filter(pk=customer.pk).update(default_addresses={"billing": {"city": "Rome"}})

    row.refresh_from_db()
    assert row.default_addresses == kept
    assert kept["billing"]["city"] == "Lyon"
