"""What tests of payments in the Omise dialect can ask for."""

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from payments.services import notifications
from tests.factories.customers import CustomerFactory
from tests.factories.payments import PaymentMethodFactory
from tests.omise_client import OmiseClient


@pytest.fixture
def omise(keys):
    """A client with the site's secret test key in Omise's spelling."""
    return OmiseClient(keys["skey_test"])


@pytest.fixture
def strangers(keys, other):
    """Clients that must not see what is the test mode's: another site's, and the live mode's."""
    return [OmiseClient(other[1]["skey_test"]), OmiseClient(keys["skey_live"])]


@pytest.fixture
def hear(site):
    """Lets what the sandbox has to tell arrive, and be worked off."""

    def heard():
        notifications.deliver_from_sandbox(at=clock.now())
        with scoped_to(site, livemode=False):
            notifications.work_off_due(at=clock.now())

    return heard


@pytest.fixture
def disputed(api):
    """A charge that its customer disputes at once, as fraudulent, in `/v1/`'s shape."""
    return api.post("charges", amount=2000, currency="usd", source="tok_createDispute").body


@pytest.fixture
def dispute(omise, hear, disputed):
    hear()
    (found,) = omise.get("disputes").body["data"]
    return found


@pytest.fixture
def payer(scope):
    """A customer whose default is a card, loaded."""
    customer = CustomerFactory(name="Somchai Prasert", email="somchai@example.com")
    card = PaymentMethodFactory(customer=customer, attached_at=clock.now())
    customer.default_payment_method_id = card.pk
    customer.save()
    return customer
