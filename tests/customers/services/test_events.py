import pytest
from django.db import transaction

from customers.events.models import Event
from customers.events.services import events
from customers.kit import together
from customers.kit.provenance import Provenance, acting
from customers.kit.tenancy import every_site, scoped_to
from customers.services import addresses
from tests.factories.customers import CustomerFactory, OrganizationFactory


def test_an_event_keeps_the_object_and_its_origin(scope, at, settings):
    customer = CustomerFactory(name="Ada")
    origin = Provenance("api", "sk_test_abcd", "req_1", "key-1", "192.0.2.7")

    with acting(origin):
        events.publish("customer.updated", customer, previous={"name": "Bob"}, at=at)

    stored = Event.objects.values().get()
    assert stored.pop("id").startswith("evt_")
    assert stored.pop("snapshot")["name"] == "Ada"
    assert stored.pop("sequence") > 0
    assert stored == {
        "site_id": scope.site_id, "livemode": False, "created_at": at,
        "type": "customer.updated", "object_id": customer.pk, "customer_id": customer.pk,
        "previous_attributes": {"name": "Bob"}, "api_version": settings.API_VERSION,
        "door": "api", "actor": "sk_test_abcd", "request_id": "req_1", "idempotency_key": "key-1",
        "omise_key": "customer.update",
    }  # fmt: skip


def test_an_event_of_a_part_names_the_customer(scope, at):
    customer = CustomerFactory()

    address = addresses.create(customer, details={"kind": "shipping"}, at=at)

    told = Event.objects.get(type="customer.address.created")
    assert (told.object_id, told.customer_id) == (address.pk, customer.pk)


def test_an_event_of_what_is_no_customers_names_none(scope, at):
    events.publish("organization.created", OrganizationFactory(), at=at)

    event = Event.objects.get()
    assert (event.customer_id, event.previous_attributes) == ("", None)


def test_events_stand_in_the_order_in_which_they_happened(scope, at):
    customer = CustomerFactory()

    for number in range(20):
        events.publish("customer.updated", customer, previous={"balance": number}, at=at)

    for order in (("created_at", "id"), ("sequence",)):
        told = Event.objects.order_by(*order).values_list("previous_attributes", flat=True)
        assert list(told) == [{"balance": number} for number in range(20)]


def test_events_of_one_statement_stand_in_their_order(scope, at):
    customer = CustomerFactory()

    with transaction.atomic(), together.opened():
        for number in range(40):
            events.publish("customer.updated", customer, previous={"balance": number}, at=at)

    told = Event.objects.order_by("sequence").values_list("previous_attributes", flat=True)
    assert list(told) == [{"balance": number} for number in range(40)]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_told_without_the_transaction_of_its_change(at, made):
    with scoped_to(made[0], livemode=False):
        customer = CustomerFactory()

    with pytest.raises(events.PublishedOutsideTransaction):
        events.publish("customer.updated", customer, at=at)

    with every_site():
        assert list(Event.objects.all()) == []


@pytest.mark.parametrize(
    ("before", "after", "previous"),
    [
        pytest.param({"a": 1}, {"a": 1}, {}, id="nothing"),
        pytest.param({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"b": 2}, id="a value"),
        pytest.param({"a": None}, {"a": 1}, {"a": None}, id="what was null"),
        pytest.param({}, {"a": 1}, {"a": None}, id="what was not there"),
        pytest.param({"a": 1}, {}, {"a": 1}, id="what is gone"),
        pytest.param(
            {"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, {"a": {"c": 2}}, id="inside a hash"
        ),
        pytest.param({"a": {"b": 1}}, {"a": None}, {"a": {"b": 1}}, id="a whole hash"),
        pytest.param({"a": [1, 2]}, {"a": [2]}, {"a": [1, 2]}, id="a whole list"),
    ],
)
def test_previous_attributes_are_what_changed_and_no_more(before, after, previous):
    assert events.difference(before, after) == previous
