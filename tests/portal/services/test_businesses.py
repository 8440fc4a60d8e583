"""Businesses for which customers buy: their own, and never somebody else's."""

import pytest

from customers.kit.errors import InvalidRequest, InvalidState
from customers.models import Customer, Organization
from portal.services import businesses
from tests.factories.customers import CustomerFactory, OrganizationFactory

PLACE = {"line1": "1 Quay Road", "city": "Bristol", "postal_code": "BS1 4QA", "country": "GB"}


def test_a_business_is_made_and_the_customer_belongs_to_it(customer, at):
    made = businesses.put(
        customer, name="Rosen Ltd", details={"legal_name": "Rosen Limited", **PLACE}, at=at
    )

    customer.refresh_from_db()
    assert (customer.organization, customer.organization_name) == (made, "Rosen Ltd")
    assert (made.legal_name, made.line1, made.country) == ("Rosen Limited", "1 Quay Road", "GB")


def test_a_business_of_ones_own_is_changed(customer, at):
    made = businesses.put(customer, name="Rosen Ltd", details=PLACE, at=at)
    customer.refresh_from_db()

    businesses.put(customer, name="Rosen & Co", details={"city": "Bath"}, at=at)

    made.refresh_from_db()
    assert (made.name, made.city, made.line1) == ("Rosen & Co", "Bath", "1 Quay Road")
    assert Customer.objects.get(pk=customer.pk).organization_name == "Rosen & Co"


def test_an_empty_name_is_no_business(customer, at):
    businesses.put(customer, name="Rosen Ltd", details=PLACE, at=at)
    customer.refresh_from_db()

    assert businesses.put(customer, name="", details={}, at=at) is None

    assert Customer.objects.get(pk=customer.pk).organization is None


def test_nobody_joins_a_business_by_its_name(customer, at):
    OrganizationFactory(name="Known Ltd")

    with pytest.raises(InvalidRequest, match="Another organization has this name"):
        businesses.put(customer, name="Known Ltd", details={}, at=at)

    assert Customer.objects.get(pk=customer.pk).organization is None


def test_a_business_that_others_belong_to_is_not_changed_here(customer, at):
    businesses.put(customer, name="Rosen Ltd", details=PLACE, at=at)
    customer.refresh_from_db()
    CustomerFactory(organization=customer.organization)

    with pytest.raises(InvalidState):
        businesses.put(customer, name="Mine Ltd", details={}, at=at)

    assert list(Organization.objects.values_list("name", flat=True)) == ["Rosen Ltd"]
