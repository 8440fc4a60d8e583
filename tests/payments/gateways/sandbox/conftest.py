"""The site's sandbox, and its saved methods."""

import pytest

from customers.kit import clock
from payments.gateways.base import Authorization, MethodReference
from payments.money import Money
from payments.services import gateway_accounts, sandbox


@pytest.fixture
def account(scope):
    return gateway_accounts.active()


@pytest.fixture
def gateway(account):
    return gateway_accounts.gateway_of(account)


@pytest.fixture
def saved(account, gateway):
    """Save the card or bank account of a test id, unattached."""

    def save(name="pm_card_visa"):
        token = sandbox.well_known(account, name, at=clock.now())
        method = gateway.save(token.reference, reference=f"pm_{token.reference}", customer={})
        return MethodReference(method.reference, kind=token.kind)

    return save


def asking(method, reference="ch_1", amount=1000, currency="usd", **more):
    """A request for money."""
    return Authorization(reference, Money(amount, currency), method, customer_id="cus_1", **more)
