"""What tests of payments in the Omise dialect can ask for."""

import pytest

from customers.kit import clock
from tests.factories.customers import CustomerFactory
from tests.factories.payments import PaymentMethodFactory
from tests.omise_client import OmiseClient


@pytest.fixture
def omise(keys):
    """A client with the site's secret test key."""
    return OmiseClient(keys["skey_test"])


@pytest.fixture
def payer(scope):
    """A customer whose default is a card, loaded."""
    customer = CustomerFactory(name="Somchai Prasert", email="somchai@example.com")
    card = PaymentMethodFactory(customer=customer, attached_at=clock.now())
    customer.default_payment_method_id = card.pk
    customer.save()
    return customer
