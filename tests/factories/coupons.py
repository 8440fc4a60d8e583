"""Coupons, promotion codes and what they are given to, as they lie in the database."""

from datetime import timedelta
from decimal import Decimal

import factory

from customers.kit import clock, ids, tenancy
from payments.billing.models import (
    Coupon,
    Discount,
    Invoice,
    Price,
    Product,
    PromotionCode,
    Subscription,
    SubscriptionItem,
)
from tests.factories.customers import CustomerFactory, TenantFactory


def chosen(text):
    scope = tenancy.current()
    return ids.chosen(text, site_id=scope.site_id, livemode=scope.livemode)


class CouponFactory(TenantFactory):
    """A quarter off, once."""

    class Meta:
        model = Coupon

    id = factory.Sequence(lambda n: chosen(f"COUPON{n}"))
    percent_off = Decimal(25)

    class Params:
        of_amount = factory.Trait(percent_off=None, amount_off=500, currency="usd")
        forever = factory.Trait(duration=Coupon.Duration.FOREVER)
        repeating = factory.Trait(duration=Coupon.Duration.REPEATING, duration_months=3)


class PromotionCodeFactory(TenantFactory):
    class Meta:
        model = PromotionCode

    coupon = factory.SubFactory(CouponFactory)
    code = factory.Sequence("WELCOME{}".format)


class DiscountFactory(TenantFactory):
    """A customer's, that the customer does not show."""

    class Meta:
        model = Discount

    coupon = factory.SubFactory(CouponFactory)
    customer = factory.SubFactory(CustomerFactory)
    start_at = factory.SelfAttribute("created_at")


class SubscribedProductFactory(TenantFactory):
    class Meta:
        model = Product

    name = factory.Sequence("Plan {}".format)
    updated_at = factory.SelfAttribute("created_at")


class SubscribedPriceFactory(TenantFactory):
    class Meta:
        model = Price

    product = factory.SubFactory(SubscribedProductFactory)
    currency = "usd"
    kind = "recurring"
    unit_amount = 2000
    unit_amount_decimal = Decimal(2000)
    interval = Price.Unit.MONTH
    interval_count = 1


class DiscountedSubscriptionFactory(TenantFactory):
    """An active subscription, a month long, without items."""

    class Meta:
        model = Subscription

    customer = factory.SubFactory(CustomerFactory)
    status = Subscription.Status.ACTIVE
    currency = "usd"
    interval = Price.Unit.MONTH
    start_at = anchor_at = period_start = factory.LazyFunction(clock.now)
    period_end = factory.LazyAttribute(lambda made: made.period_start + timedelta(days=30))


class DiscountedItemFactory(TenantFactory):
    class Meta:
        model = SubscriptionItem

    subscription = factory.SubFactory(DiscountedSubscriptionFactory)
    price = factory.SubFactory(SubscribedPriceFactory)
    subscribed_at = factory.SelfAttribute("subscription.created_at")


class DiscountedInvoiceFactory(TenantFactory):
    """A draft without lines."""

    class Meta:
        model = Invoice

    customer = factory.SubFactory(CustomerFactory)
    currency = "usd"
    period_start = period_end = factory.LazyFunction(clock.now)
