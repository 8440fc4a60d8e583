"""One of each of subscriptions, their items and schedules."""

from customers.kit.tenancy import every_site
from payments.billing.models import Subscription

NAMES = frozenset(
    {
        "subscription", "subscription_item", "subscription_schedule", "paused_subscription",
        "other_subscription", "other_schedule", "further_item",
    }
)  # fmt: skip
NEEDS = {
    "subscriptions/<id:pk>/resume": "paused_subscription",
    "subscription_items/<id:pk>": "further_item",
    "subscription_schedules/<id:pk>/cancel": "other_schedule",
}
BODIES = {
    "subscriptions/<id:pk>": {"description": "Theirs"},
    "subscription_items/<id:pk>": {"metadata": {"tier": "theirs"}},
    "subscription_schedules/<id:pk>": {"metadata": {"tier": "theirs"}},
}
NEEDED = {
    "GET subscriptions/search": {"query": "status:'active'"},
    "GET subscription_items": {"subscription": "sub_0"},
    "POST subscriptions": {"customer": "cus_0", "items": [{"price": "price_0"}]},
    "POST subscription_items": {"subscription": "sub_0", "price": "price_0"},
    "POST subscription_schedules": {"from_subscription": "sub_0"},
}
SEARCHES = {"subscriptions/search": "-status:null"}

SUBSCRIPTION = {
    "description": "Gold for Jenny",
    "metadata": {"tier": "gold"},
    "collection_method": "send_invoice",
    "days_until_due": 14,
    "billing_cycle_anchor_config": {"day_of_month": 15, "hour": 8},
    "cancel_at_period_end": True,
    "payment_settings": {
        "payment_method_types": ["card"],
        "save_default_payment_method": "on_subscription",
    },
    "trial_period_days": 14,
    "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}},
}
"""A subscription that uses every parameter that leaves something to be seen."""


def seed(api, customer):
    """Make them, and return their ids by the names of their schemas."""

    def make(path, **params):
        answer = api.post(path, params)
        assert answer.status == 200, answer.body
        return answer.body

    product = make("products", name="Membership")["id"]
    month = {"currency": "usd", "product": product, "recurring": {"interval": "month"}}
    prices = [make("prices", **month, unit_amount=amount)["id"] for amount in (1000, 200)]
    rate = make("tax_rates", display_name="VAT", percentage=7, inclusive=False)["id"]
    coupon = make("coupons", percent_off=10, duration="forever")["id"]
    items = [{"price": prices[0], "tax_rates": [rate], "discounts": [{"coupon": coupon}]}]
    by_invoice = {"collection_method": "send_invoice", "days_until_due": 7}

    def subscribed(*prices_of, **params):
        wanted = [{"price": price} for price in prices_of]
        return make("subscriptions", customer=customer, items=wanted, **by_invoice, **params)

    subscription = make(
        "subscriptions", customer=customer, items=items, **SUBSCRIPTION,
        discounts=[{"coupon": coupon}], default_tax_rates=[rate],
    )  # fmt: skip
    make(
        f"subscriptions/{subscription['id']}",
        cancellation_details={"comment": "Moving", "feedback": "other"},
        pause_collection={"behavior": "void", "resumes_at": 4_000_000_000},
    )
    paused = subscribed(prices[0])["id"]
    with every_site():
        Subscription.objects.filter(pk=paused).update(status="paused", next_step_at=None)
    phase = {
        "items": items,
        "iterations": 12,
        "description": "First year",
        "trial_end": 4_001_000_000,
    }
    later = {"customer": customer, "start_date": 4_000_000_000, "metadata": {"tier": "gold"}}
    return {
        "subscription": subscription["id"],
        "subscription_item": subscription["items"]["data"][0]["id"],
        "further_item": subscribed(*prices)["items"]["data"][1]["id"],
        "other_subscription": subscribed(prices[1])["id"],
        "paused_subscription": paused,
        "subscription_schedule": make("subscription_schedules", **later, phases=[phase])["id"],
        "other_schedule": make("subscription_schedules", **later, phases=[phase])["id"],
    }
