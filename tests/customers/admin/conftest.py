"""What tests of the dashboard can ask for: operators of each role, and browsers that they are signed in with."""

import pytest
from django.test import Client

from customers.kit import clock
from customers.models import Membership, Operator, Role


@pytest.fixture
def operator_with(site):
    """Make an operator with a role at the site; without a role, one who is a member nowhere."""

    def make(role=None, *, email=""):
        operator = Operator.objects.create(
            email=email or f"{role or 'stranger'}@example.com",
            name="Robin Ashdown",
            created_at=clock.now(),
        )
        if role:
            Membership.objects.create(
                operator=operator, site=site, role=role, created_at=clock.now()
            )
        return operator

    return make


@pytest.fixture
def signed_in(operator_with):
    """Return a browser in which an operator with the role is signed in."""

    def sign_in(role):
        client = Client()
        client.force_login(operator_with(role))
        return client

    return sign_in


@pytest.fixture
def owner(signed_in):
    """The browser of the site's owner."""
    return signed_in(Role.OWNER)


@pytest.fixture
def reader(signed_in):
    """The browser of an operator who may only look."""
    return signed_in(Role.READ_ONLY)
