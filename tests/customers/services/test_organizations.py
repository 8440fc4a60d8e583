import pytest

from customers.kit.errors import Conflict, NotFound
from customers.kit.tenancy import scoped_to
from customers.models import Customer, Organization
from customers.services import customers, organizations
from tests.factories.customers import CustomerFactory, OrganizationFactory

DETAILS = {
    "name": "Northwind", "legal_name": "Northwind Traders LLC", "tax_id_type": "us_ein",
    "tax_id_value": "91-1144442", "line1": "1 Harbour Street", "city": "Springfield",
    "country": "US", "metadata": {"tier": "gold"},
}  # fmt: skip


def test_an_organization_is_made(scope, at, told):
    organization = organizations.create(details=DETAILS, at=at)

    assert Organization.objects.filter(pk=organization.pk).values(*DETAILS).get() == DETAILS
    assert told() == ["organization.created"]


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        pytest.param({"name": "Taken"}, "name", id="taken name"),
        pytest.param({"tax_id_type": "us_moon"}, "tax_id[type]", id="type of tax id"),
        pytest.param({"tax_id_value": "!"}, "tax_id[value]", id="tax id"),
        pytest.param({"tax_id_value": ""}, "tax_id[value]", id="type without a tax id"),
        pytest.param({"tax_id_type": ""}, "tax_id[type]", id="tax id without a type"),
    ],
)
def test_an_organization_that_cannot_be_is_neither_made_nor_changed_into(
    scope, at, refused, wrong, param
):
    OrganizationFactory(name="Taken")
    organization = OrganizationFactory(name="Contoso")

    with refused(param=param):
        organizations.create(details={**DETAILS, **wrong}, at=at)
    with refused(param=param):
        organizations.update(organization, details={**DETAILS, **wrong}, at=at)


def test_a_change_tells_what_was_before(scope, at, told, last_event):
    organization = OrganizationFactory(name="Northwind", metadata={"tier": "gold"})

    organizations.update(organization, details={"name": "Southwind", "metadata": {}}, at=at)

    assert told() == ["organization.updated"]
    assert last_event().previous_attributes == {"name": "Northwind", "metadata": {"tier": "gold"}}
    stored = organizations.get(organization.pk)
    assert (stored.name, stored.metadata) == ("Southwind", {})


def test_a_change_that_changes_nothing_tells_nothing(scope, at, nothing_written):
    organization = OrganizationFactory(name="Northwind")

    with nothing_written():
        organizations.update(organization, details={"name": "Northwind"}, at=at)


def test_an_organization_without_customers_is_deleted(scope, at, told):
    organization = OrganizationFactory()

    organizations.delete(organization, at=at)

    assert list(Organization.objects.all()) == []
    assert told() == ["organization.deleted"]


def test_an_organization_with_customers_stays(scope, at, refused):
    organization = OrganizationFactory()
    CustomerFactory(organization=organization)

    with refused(Conflict, param="id"):
        organizations.delete(organization, at=at)


@pytest.mark.parametrize(
    "change",
    [
        lambda gone, at: organizations.update(gone, details={"name": "New"}, at=at),
        lambda gone, at: organizations.delete(gone, at=at),
    ],
)
def test_an_organization_deleted_meanwhile_is_gone(scope, at, refused, change):
    organization = OrganizationFactory()
    organizations.delete(organization, at=at)

    with refused(NotFound, param="id"):
        change(organization, at)


def test_another_sites_organization_is_not_there(scope, other):
    with scoped_to(other[0], livemode=False):
        foreign = OrganizationFactory()

    with pytest.raises(NotFound) as refusal:
        organizations.get(foreign.pk)

    assert refusal.value.message == f"No such organization: '{foreign.pk}'"


def test_a_name_stands_for_one_organization(scope, at, told):
    first = organizations.named("Northwind", at=at)

    second = organizations.named("Northwind", at=at)

    assert first == second
    assert told() == ["organization.created"]


def test_a_name_is_a_sites_own(scope, other, at):
    with scoped_to(other[0], livemode=False):
        foreign = organizations.named("Northwind", at=at)

    assert organizations.named("Northwind", at=at) != foreign


def test_a_name_that_is_too_long_makes_no_organization(scope, at, refused):
    with refused(param="organization"):
        organizations.named("n" * 151, at=at)


def test_a_new_name_is_the_business_name_of_its_customers(scope, at):
    organization = organizations.named("Castellan SA", at=at)
    member = customers.create(details={"organization": organization}, at=at)
    stranger = customers.create(details={"business_name": "Other Ltd"}, at=at)

    organizations.update(organization, details={"name": "Castellan Horlogerie SA"}, at=at)

    names = dict(Customer.objects.values_list("pk", "organization_name"))
    assert names == {member.pk: "Castellan Horlogerie SA", stranger.pk: "Other Ltd"}
