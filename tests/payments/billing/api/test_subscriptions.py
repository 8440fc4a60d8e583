"""`/v1/subscriptions` as it is spoken, against the sandbox."""

from tests.payments.billing.subscribing import shop, unix

__all__ = ["shop"]


def test_a_new_subscription_is_paid_and_active(shop):
    subscription = shop.subscribe(shop.customer(), shop.price())

    assert subscription == {}
