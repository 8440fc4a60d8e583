"""What tests of the sandbox itself ask for, where others have a gateway of their own making."""

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
def asking(account, gateway):
    """Make a request for money from the card of a test id."""

    def ask(name, reference="ch_1", **more):
        token = sandbox.well_known(account, name, at=clock.now())
        saved = gateway.save(token.reference, reference=f"pm_{token.reference}", customer={})
        return Authorization(
            reference,
            Money(2000, "eur"),
            MethodReference(saved.reference),
            customer_id="cus_1",
            **more,
        )

    return ask
