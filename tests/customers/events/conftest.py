"""Endpoints that lead to receivers on this machine, and a sender at work."""

from threading import Thread

import pytest
from django.db import connection, transaction

from customers.events.models import Delivery, Event
from customers.events.sender import Sender
from customers.events.services import bodies, events
from customers.kit import clock
from customers.kit.registry import Lookup
from tests.factories.customers import CustomerFactory
from tests.factories.webhooks import WebhookEndpointFactory


@pytest.fixture
def bare_bodies(monkeypatch):
    """Bodies that say no more than these tests look at."""
    bare = Lookup("bare bodies")
    for spelling in ("stripe", "omise", "revkeen"):
        bare.register(spelling, lambda event, pending: f"{event.pk} {pending}".encode())
    monkeypatch.setattr(bodies, "spellings", bare)


@pytest.fixture
def point(scope, bare_bodies):
    """Makes an endpoint that leads to a receiver."""

    def make(receiver, **columns):
        return WebhookEndpointFactory(url=f"{receiver.url}/hook", **columns)

    return make


@pytest.fixture
def publish(scope):
    """Makes so many events in one transaction each, and returns their ids in order."""
    customer = []

    def make(count=1, type_="customer.updated"):
        customer[:] = customer or [CustomerFactory()]
        before = set(Event.objects.values_list("pk", flat=True))
        for _ in range(count):
            with transaction.atomic():
                events.publish(type_, customer[0], at=clock.now())
        return list(
            Event.objects.exclude(pk__in=before).order_by("sequence").values_list("pk", flat=True)
        )

    return make


@pytest.fixture
def sender_thread():
    """A sender that works until the test is over, and its thread."""
    made = Sender()

    def work():
        try:
            made.run()
        finally:
            connection.close()

    thread = Thread(target=work)
    thread.start()
    yield made, thread
    made.stop()
    thread.join()


@pytest.fixture
def sender(sender_thread):
    """A sender that works until the test is over."""
    return sender_thread[0]


@pytest.fixture
def rows(scope):
    """Returns columns of all deliveries, in the order of their events."""

    def read(*columns):
        found = Delivery.objects.order_by("event__sequence", "endpoint__created_at")
        return list(found.values_list(*columns, flat=len(columns) == 1))

    return read
