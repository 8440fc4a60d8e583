"""`/revkeen/v2/customers/{customer}/payment-methods`."""

import pytest

from customers.kit import clock
from customers.models import Customer
from tests.factories.payments import PaymentMethodFactory
from tests.revkeen_client import RevkeenClient

NOTHING = {"name": None, "email": None, "phone": None, "address": None}


@pytest.fixture
def revkeen(keys):
    return RevkeenClient(keys["sk_test"])


@pytest.fixture
def john(revkeen):
    return revkeen.post("customers", email="john@example.com").body["data"]["id"]


@pytest.fixture
def methods(revkeen, john):
    """Returns a customer's methods."""
    return lambda: revkeen.get(f"customers/{john}/payment-methods").body["data"]


def test_a_card_of_stripes_is_seen(api, john, methods):
    card = api.post("payment_methods/pm_card_visa/attach", customer=john).body

    (shown,) = methods()

    assert shown == {
        "id": card["id"],
        "object": "payment_method",
        "public_id": card["id"],
        "type": "card",
        "status": "active",
        "customer_id": john,
        "is_default": True,
        "card": {
            "brand": "visa", "last4": "4242", "exp_month": card["card"]["exp_month"],
            "exp_year": card["card"]["exp_year"], "funding": "credit",
        },
        "us_bank_account": None,
        "bacs_direct_debit": None,
        "billing_details": NOTHING,
        "metadata": {},
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }  # fmt: skip


def test_the_default_and_what_is_over_are_told(api, john, methods, scope):
    owner = Customer.objects.get(pk=john)
    attached = {"customer": owner, "attached_at": clock.now()}
    PaymentMethodFactory(**attached, exp_month=1, exp_year=2020)
    default = PaymentMethodFactory(**attached).pk
    PaymentMethodFactory(
        **attached, kind="us_bank_account", brand="", exp_month=None, exp_year=None, funding="",
        bank_name="TEST BANK", bank_code="110000000", account_type="checking", last4="6789",
    )  # fmt: skip
    PaymentMethodFactory(
        **attached, kind="sepa_debit", brand="", exp_month=None, exp_year=None, last4="3201"
    )
    Customer.objects.filter(pk=john).update(default_payment_method_id=default)

    shown = methods()

    assert {(one["type"], one["status"], one["is_default"]) for one in shown} == {
        ("card", "expired", False), ("card", "active", True), ("us_bank_account", "active", False),
        ("bank_account", "active", False),
    }  # fmt: skip
    assert [one["us_bank_account"] for one in shown if one["us_bank_account"]] == [
        {
            "bank_name": "TEST BANK", "last4": "6789", "routing_number_last4": "0000",
            "account_type": "checking",
        }
    ]  # fmt: skip


def test_who_is_not_there_has_no_methods(revkeen, john):
    revkeen.delete(f"customers/{john}")

    answer = revkeen.get(f"customers/{john}/payment-methods")

    assert (answer.status, answer.body["error"]["code"]) == (404, "not_found")
