from contextlib import contextmanager

import pytest
from django.db import transaction

from customers.events.models import Event
from customers.kit import clock
from customers.kit.errors import InvalidRequest


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def told(scope):
    """Returns the types of the events so far, in the order in which they happened, and forgets them."""
    seen = set()

    def types():
        fresh = [event for event in Event.objects.order_by("id") if event.pk not in seen]
        seen.update(event.pk for event in fresh)
        return [event.type for event in fresh]

    return types


@pytest.fixture
def last_event(scope):
    return lambda: Event.objects.order_by("id").last()


@pytest.fixture
def refused(nothing_written):
    """A context in which a service refuses with this error, and nothing is written."""

    @contextmanager
    def check(kind=InvalidRequest, **said):
        with nothing_written(), pytest.raises(kind) as refusal, transaction.atomic():
            yield refusal
        assert {name: getattr(refusal.value, name) for name in said} == said

    return check
