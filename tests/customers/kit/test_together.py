"""What one transaction remembers and inserts at its end."""

import pytest
from django.db import transaction

from customers.events.models import Event
from customers.events.services import events
from customers.kit import clock, together
from tests.factories.customers import CustomerFactory


@pytest.fixture
def publish(scope):
    customer, at = CustomerFactory(), clock.now()
    Event.objects.all().delete()
    return lambda type_: events.publish(type_, customer, at=at)


def _fail(publish):
    with transaction.atomic(), together.opened():
        publish("customer.updated")
        _ = 1 / 0


def types():
    return list(Event.objects.order_by("id").values_list("type", flat=True))


def test_events_are_inserted_in_their_order_when_the_block_ends(publish):
    with transaction.atomic(), together.opened():
        publish("customer.created")
        publish("customer.updated")
        during = types()

    assert (during, types()) == ([], ["customer.created", "customer.updated"])


def test_many_events_are_all_inserted(publish):
    with transaction.atomic(), together.opened():
        for _ in range(20):
            publish("customer.updated")

    assert types() == ["customer.updated"] * 20


def test_what_fails_inside_is_not_told_although_the_caller_goes_on(publish):
    with transaction.atomic(), together.opened():
        publish("customer.created")
        together.remember("row", 1)
        with pytest.raises(ZeroDivisionError):
            _fail(publish)
        known = together.recalled("row")

    assert (known, types()) == (None, ["customer.created"])


def test_what_is_rolled_back_on_purpose_is_not_told(publish):
    with transaction.atomic(), together.opened():
        with transaction.atomic(), together.opened():
            publish("customer.updated")
            transaction.set_rollback(True)
        publish("customer.created")

    assert types() == ["customer.created"]


def test_behind_a_savepoint_that_the_block_does_not_know_nothing_is_put_aside(publish):
    with transaction.atomic(), together.opened():
        together.remember("row", 1)
        with transaction.atomic():
            publish("customer.updated")
            known, during = together.recalled("row"), types()

    assert (known, during) == (None, ["customer.updated"])


def test_nothing_is_remembered_outside(db):
    together.remember("row", 1)

    assert (together.is_open(), together.recalled("row")) == (False, None)


def test_what_changed_is_forgotten(db):
    with transaction.atomic(), together.opened():
        together.remember("row", 1)
        together.forget("row")

        assert together.recalled("row") is None
