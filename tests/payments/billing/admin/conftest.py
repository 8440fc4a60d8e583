"""What tests of billing's pages can ask for: signed-in operators, prices, and what customers have agreed to."""

import pytest

from payments.billing.services import invoice_items, invoices, subscriptions
from payments.billing.services.subscription_wishes import ItemWish
from tests.customers.admin.conftest import operator_with, owner, reader, signed_in
from tests.factories.billing import PriceFactory, ProductFactory
from tests.payments.billing.services.conftest import method
from tests.payments.services.conftest import gateway

__all__ = ["gateway", "method", "operator_with", "owner", "reader", "signed_in"]


@pytest.fixture
def gold(scope):
    """The gold plan: $10.00 a month."""
    return PriceFactory(product=ProductFactory(name="Gold"))


@pytest.fixture
def silver(scope):
    """The silver plan: $4.00 a month."""
    return PriceFactory(product=ProductFactory(name="Silver"), unit_amount=400)


@pytest.fixture
def subscribe(customer, method, gold, at):
    """Lets the customer subscribe to gold, by the services."""

    def make(quantity=1, **details):
        wishes = [ItemWish(param="items[0]", price=gold.pk, quantity=quantity)]
        return subscriptions.create(customer, wishes=wishes, details=details, at=at)

    return make


@pytest.fixture
def drafted(customer, at):
    """Makes a draft with one line over $20.00."""

    def make(**details):
        made = invoices.draft(
            customer=customer, currency="usd", period_start=at, period_end=at, at=at, **details
        )
        line = {"currency": "usd", "amount": 2000, "description": "Two lamps"}
        invoice_items.create(customer, invoice=made, details=line, at=at)
        return invoices.get(made.pk)

    return make


@pytest.fixture
def opened(drafted, at):
    """Makes an open invoice over $20.00."""
    return lambda **details: invoices.finalize(drafted(**details), at=at)
