"""What tests of payments can ask for: the fixtures of the services, and a customer."""

from contextlib import contextmanager

import pytest
from django.db import transaction

from customers.kit.errors import InvalidRequest
from tests.customers.services.conftest import at, last_event, told
from tests.factories.customers import CustomerFactory

__all__ = ["at", "last_event", "told"]


@pytest.fixture
def customer(scope):
    return CustomerFactory(name="Jenny Rosen", email="jenny@example.com")


@pytest.fixture
def refused(nothing_written):
    """A context in which a service refuses with this error, and nothing stays written.

    The block stands for the test's own transaction: what has to be outermost may begin inside, and is looked at.
    """

    @contextmanager
    def check(kind=InvalidRequest, **said):
        block = transaction.atomic()
        block._from_testcase = True
        with nothing_written(), block, pytest.raises(kind) as refusal:
            yield refusal
        assert {name: getattr(refusal.value, name) for name in said} == said

    return check
