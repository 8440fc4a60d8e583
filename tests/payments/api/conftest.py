"""What tests of the payments API can ask for: a customer with a card, made over the API."""

import pytest

from payments.models import Charge, Operation, PaymentIntent, Refund

NOBODY = {
    "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
    "email": None,
    "name": None,
    "phone": None,
    "tax_id": None,
}
"""Billing details that nobody gave."""


@pytest.fixture
def jenny(api):
    """A customer without a payment method."""
    return api.post("customers", name="Jenny Rosen", email="jenny@example.com").body["id"]


@pytest.fixture
def card(api, jenny):
    """Her Visa card, which is her default."""
    return api.post("payment_methods/pm_card_visa/attach", customer=jenny).body["id"]


@pytest.fixture
def counted(scope):
    """Returns how many charges, refunds, payment intents and acts at the gateway there are."""
    models = (Charge, Refund, PaymentIntent, Operation)
    return lambda: tuple(model.objects.count() for model in models)
