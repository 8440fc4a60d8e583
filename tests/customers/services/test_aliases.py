import pytest

from customers.kit.errors import InvalidState
from customers.kit.tenancy import scoped_to
from customers.models import Alias
from customers.services import aliases
from tests.factories.customers import AddressFactory, CustomerFactory

IMPORTED = Alias.Reason.IMPORTED


@pytest.fixture
def customer(scope):
    return CustomerFactory()


def rows():
    return list(Alias.objects.values_list("name", "kind", "target_id", "reason"))


def test_an_object_answers_to_another_name(customer, at):
    alias = aliases.create(customer, "cus_Old1", reason=IMPORTED, at=at)

    assert alias.created_at == at
    assert rows() == [("cus_Old1", "customer", customer.pk, "imported")]
    assert aliases.targets(["cus_Old1", "cus_Other"]) == {"cus_Old1": customer.pk}


def test_the_same_name_is_given_once(customer, at):
    first = aliases.create(customer, "cus_Old1", reason=IMPORTED, at=at)

    again = aliases.create(customer, "cus_Old1", reason=Alias.Reason.EXTERNAL_ID, at=at)

    assert again.pk == first.pk
    assert rows() == [("cus_Old1", "customer", customer.pk, "imported")]


def test_a_name_of_another_object_is_refused(customer, at, refused):
    aliases.create(customer, "cus_Old1", reason=IMPORTED, at=at)
    other = CustomerFactory()

    with refused(InvalidState, code="name_taken"):
        aliases.create(other, "cus_Old1", reason=IMPORTED, at=at)


def test_names_are_listed_and_taken_away(customer, at):
    address = AddressFactory(customer=customer)
    aliases.create(customer, "cus_Old1", reason=IMPORTED, at=at)
    aliases.create(customer, "cus_Old2", reason=IMPORTED, at=at)
    aliases.create(address, "old_address", reason=IMPORTED, at=at)

    aliases.delete(customer, "cus_Old1")
    aliases.delete(customer, "old_address")

    assert aliases.names_of(customer) == ["cus_Old2"]
    assert aliases.names_of(address) == ["old_address"]


def test_a_name_is_one_site_s_in_one_mode(customer, site, other, at):
    aliases.create(customer, "cus_Old1", reason=IMPORTED, at=at)

    with scoped_to(other[0], livemode=False):
        elsewhere = aliases.targets(["cus_Old1"])
    with scoped_to(site, livemode=True):
        live = aliases.targets(["cus_Old1"])
        namesake = aliases.create(CustomerFactory(), "cus_Old1", reason=IMPORTED, at=at)

    assert (elsewhere, live) == ({}, {})
    assert aliases.targets(["cus_Old1"]) == {"cus_Old1": customer.pk}
    assert namesake.livemode is True


@pytest.mark.parametrize("text", ["", "a\0b", "x" * 256])
def test_what_can_be_no_name_names_nothing(scope, text):
    assert aliases.targets([text]) == {}
