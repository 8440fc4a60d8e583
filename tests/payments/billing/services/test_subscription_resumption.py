"""Going on with paused subscriptions, whose invoice may stay unpaid."""

import pytest

from payments.billing.models import Invoice
from payments.models import PaymentIntent
from tests.payments.billing.subscribing import shop, unix

__all__ = ["shop"]

PAUSE = {"end_behavior": {"missing_payment_method": "pause"}}
RESUMED = (2030, 3, 1, 12)
EXPIRES = (2030, 3, 2, 11)


@pytest.fixture
def paused(shop):
    """A subscription that is paused since its trial, of a customer who has got a card that is declined."""
    customer = shop.customer(card=None)
    subscription = shop.subscribe(
        customer, shop.price(), trial_period_days=14, trial_settings=PAUSE
    )
    shop.advance(*RESUMED)
    shop.give_card(customer, "pm_card_chargeCustomerFail")
    return shop.again(subscription)


def resume(shop, subscription):
    return shop.post(f"subscriptions/{subscription['id']}/resume")


def state_of(shop, subscription):
    bills = [(invoice["status"], invoice["total"]) for invoice in shop.invoices(subscription)]
    return shop.again(subscription)["status"], bills[1:]


def test_what_is_not_paid_within_23_hours_is_void_and_stays_paused(shop, paused):
    resume(shop, paused)

    shop.advance(*EXPIRES[:3], 10, 59, 59)
    before = state_of(shop, paused)
    shop.advance(*EXPIRES)

    assert before == ("paused", [("open", 1000)])
    assert state_of(shop, paused) == ("paused", [("void", 1000)])
    shop.advance(2030, 4, 20)
    assert state_of(shop, paused) == ("paused", [("void", 1000)])


def test_what_is_void_can_be_resumed_again(shop, paused):
    resume(shop, paused)
    shop.advance(*EXPIRES)
    shop.give_card(paused["customer"], "pm_card_visa")

    resumed = resume(shop, paused)

    assert (resumed["status"], resumed["billing_cycle_anchor"]) == ("active", unix(*EXPIRES))
    assert state_of(shop, paused) == ("active", [("void", 1000), ("paid", 1000)])


def test_what_is_paid_in_time_goes_on(shop, paused):
    resume(shop, paused)
    card = shop.give_card(paused["customer"], "pm_card_visa")
    shop.advance(2030, 3, 2)
    latest = shop.again(paused)["latest_invoice"]

    shop.post(f"invoices/{latest}/pay", payment_method=card)

    shop.advance(2030, 3, 3)
    assert state_of(shop, paused) == ("active", [("paid", 1000)])


def test_another_resumption_takes_the_place_of_an_unpaid_one(shop, paused):
    resume(shop, paused)
    shop.advance(*EXPIRES[:3], 10)
    shop.give_card(paused["customer"], "pm_card_visa")

    resumed = resume(shop, paused)

    shop.advance(2030, 3, 3)
    assert resumed["status"] == "active"
    assert state_of(shop, paused) == ("active", [("void", 1000), ("paid", 1000)])


def test_what_is_being_paid_at_that_time_is_looked_at_again(shop, paused):
    resume(shop, paused)
    latest = shop.again(paused)["latest_invoice"]
    rows = PaymentIntent.objects.filter(pk=Invoice.objects.get(pk=latest).payment_intent_id)
    rows.update(status="processing")
    shop.advance(*EXPIRES)
    before = state_of(shop, paused)
    rows.update(status="requires_payment_method")

    shop.advance(*EXPIRES[:3], 12)

    assert before == ("paused", [("open", 1000)])
    assert state_of(shop, paused) == ("paused", [("void", 1000)])
