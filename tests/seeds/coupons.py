"""One of each of coupons and promotion codes, and what has discounts."""

from django.db import transaction

from customers.kit import clock
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Customer
from payments.billing.services import discounts
from tests.factories.coupons import DiscountedSubscriptionFactory

NAMES = frozenset({"coupon", "promotion_code", "discount", "discounted_subscription"})
NEEDS = {
    "customers/<id:pk>/discount": "customer",
    "subscriptions/<id:pk>/discount": "discounted_subscription",
}
BODIES = {
    "coupons/<id:pk>": {"name": "Theirs"},
    "promotion_codes/<id:pk>": {"active": True},
}
NEEDED = {
    "POST coupons": {"percent_off": 25},
    "POST promotion_codes": {"coupon": "SPRING"},
}

METADATA = {"tier": "gold"}
COUPON = {
    "id": "FIVE-OFF",
    "name": "Five off",
    "amount_off": 500,
    "currency": "usd",
    "currency_options": {"eur": {"amount_off": 450}},
    "duration": "repeating",
    "duration_in_months": 3,
    "max_redemptions": 100,
    "redeem_by": 1_900_000_000,
    "metadata": METADATA,
}
"""A coupon that uses every parameter that leaves something to be seen, but for the other kind of discount."""


def seed(api, customer):
    """Make them, and return their ids by the names of their schemas."""

    def make(path, **params):
        answer = api.post(path, params)
        assert answer.status == 200, answer.body
        return answer.body["id"]

    product = make("products", name="Gold")
    coupon = make("coupons", **COUPON, applies_to={"products": [product]})
    code = make(
        "promotion_codes",
        promotion={"type": "coupon", "coupon": coupon},
        code="WELCOME-BACK",
        customer=customer,
        expires_at=1_890_000_000,
        max_redemptions=50,
        metadata=METADATA,
        restrictions={
            "minimum_amount": 1000,
            "minimum_amount_currency": "usd",
            "currency_options": {"eur": {"minimum_amount": 900}},
        },
    )
    make("coupons", percent_off=25.5, duration="forever")
    return {
        "coupon": coupon,
        "promotion_code": code,
        "discount": api.get(f"customers/{customer}/discount").body["id"],
        "discounted_subscription": _subscription(customer, coupon),
    }


def _subscription(customer, coupon):
    """Return the id of a subscription with a discount; what subscriptions are does not matter to it."""
    now = clock.now()
    with every_site():
        owner = Customer.objects.select_related("site").get(pk=customer)
    with scoped_to(owner.site, livemode=owner.livemode), transaction.atomic():
        subscription = DiscountedSubscriptionFactory(customer=owner)
        wanted = discounts.read([{"coupon": coupon}], param="discounts", customer=owner, at=now)
        discounts.give(wanted, customer=owner, subscription=subscription, at=now)
    return subscription.pk
