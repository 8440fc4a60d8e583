"""A customer of the site who is signed in."""

import pytest

from portal.views import doors
from tests.factories.customers import CustomerFactory
from tests.factories.portal import PortalSessionFactory


@pytest.fixture
def customer(scope):
    return CustomerFactory(name="Jenny Rosen", email="jenny@example.com")


@pytest.fixture
def sign_in(client):
    """A function that signs a customer in by a row and a cookie, and returns the session."""

    def sign_in(customer, **columns):
        token = f"token of {customer.pk}"
        session = PortalSessionFactory(customer=customer, token=token, **columns)
        client.cookies[doors.cookie_name(customer.site.slug)] = token
        return session

    return sign_in


@pytest.fixture
def session(sign_in, customer):
    return sign_in(customer)
