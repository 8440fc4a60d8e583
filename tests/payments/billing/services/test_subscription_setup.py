"""Setup intents of subscriptions that begin with nothing to pay."""

import pytest

from customers.events.models import Event
from tests.payments.billing.subscribing import shop

__all__ = ["shop"]


def begin(shop, customer, **more):
    return shop.subscribe(
        customer, shop.price(), payment_behavior="default_incomplete",
        expand=["pending_setup_intent"], **more,
    )  # fmt: skip


@pytest.fixture
def trial(shop):
    return begin(shop, shop.customer(card=None), trial_period_days=7)


def test_a_trial_asks_for_a_method_to_save(shop, trial):
    intent = trial["pending_setup_intent"]

    assert (trial["status"], intent["status"], intent["usage"], intent["customer"]) == (
        "trialing", "requires_payment_method", "off_session", trial["customer"],
    )  # fmt: skip
    assert shop.again(trial)["pending_setup_intent"] == intent["id"]


def test_what_it_saves_is_charged_when_the_trial_ends(shop, trial):
    intent = trial["pending_setup_intent"]["id"]

    saved = shop.post(f"setup_intents/{intent}/confirm", payment_method="pm_card_visa")

    after = shop.again(trial)
    assert (after["default_payment_method"], after["pending_setup_intent"]) == (
        saved["payment_method"], None,
    )  # fmt: skip
    told = Event.objects.filter(type="customer.subscription.updated").latest("created_at")
    assert told.previous_attributes == {
        "default_payment_method": None, "pending_setup_intent": intent
    }  # fmt: skip
    shop.advance(2030, 2, 7, 14)
    assert (shop.again(trial)["status"], shop.invoices(trial)[-1]["status"]) == ("active", "paid")


def test_a_refused_card_leaves_it_waiting(shop, trial):
    intent = trial["pending_setup_intent"]["id"]

    answer = shop.api.post(
        f"setup_intents/{intent}/confirm", payment_method="pm_card_chargeDeclined"
    )

    after = shop.again(trial)
    assert answer.status == 402
    assert (after["default_payment_method"], after["pending_setup_intent"]) == (None, intent)


def test_an_amount_that_credit_covers_asks_for_a_method(shop):
    customer = shop.customer(card=None)
    shop.post(f"customers/{customer}/balance_transactions", amount=-5000, currency="usd")

    made = begin(shop, customer, payment_settings={"payment_method_types": ["card"]})

    intent = made["pending_setup_intent"]
    assert (made["status"], intent["payment_method_types"]) == ("active", ["card"])


def test_none_is_made_where_there_is_something_to_charge_or_to_pay(shop):
    free = {"trial_period_days": 7}
    owner, other = shop.customer(), shop.customer(card=None)

    made = [
        begin(shop, owner, **free),
        begin(shop, other),
        begin(shop, other, collection_method="send_invoice", days_until_due=7, **free),
        shop.subscribe(other, shop.price(), **free),
    ]

    assert [each["pending_setup_intent"] for each in made] == [None] * 4


def test_it_is_canceled_with_the_subscription(shop, trial):
    intent = trial["pending_setup_intent"]["id"]

    ended = shop.ok(shop.api.delete(f"subscriptions/{trial['id']}"))

    assert ended["pending_setup_intent"] is None
    after = shop.get(f"setup_intents/{intent}")
    assert (after["status"], after["cancellation_reason"]) == ("canceled", "abandoned")


def test_one_that_somebody_canceled_does_not_keep_it_from_ending(shop, trial):
    intent = trial["pending_setup_intent"]["id"]
    shop.post(f"setup_intents/{intent}/cancel")

    ended = shop.ok(shop.api.delete(f"subscriptions/{trial['id']}"))

    assert ended["status"] == "canceled"


def test_other_setup_intents_change_no_subscription(shop, trial):
    intent = shop.post("setup_intents", customer=trial["customer"])["id"]

    shop.post(f"setup_intents/{intent}/confirm", payment_method="pm_card_visa")

    after = shop.again(trial)
    assert after["default_payment_method"] is None
    assert after["pending_setup_intent"] == trial["pending_setup_intent"]["id"]
