"""Customers of the demonstration merchant with a subscription of their own, and a portal that lets them change it."""

import copy
import os
from dataclasses import dataclass
from datetime import timedelta

import pytest

from customers.kit import clock, ids
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from customers.services import customers, demo
from payments.billing.models import Price, Subscription
from payments.billing.services import prices, products, subscriptions
from payments.billing.services.subscription_wishes import ItemWish
from payments.services import payment_methods
from portal.services import configurations
from tests.factories.portal import PortalConfigurationFactory

AGO = timedelta(days=11)
NAMES = {"en": "Plants by post", "th": "ต้นไม้ทางไปรษณีย์", "ko": "우편 화분"}
SIZES = {"en": ("Small", "Large"), "th": ("เล็ก", "ใหญ่"), "ko": ("소형", "대형")}


@dataclass
class Subscriber:
    """A customer, the subscription, and the portal's configuration.

    Args:
        small: the price that they have.
        large: one that they can have.
    """

    customer: Customer
    subscription: Subscription
    small: Price
    large: Price
    configuration: object

    @property
    def path(self):
        return f"/portal/{demo.site().slug}/subscriptions/{self.subscription.pk}"

    @property
    def now(self):
        return Subscription.objects.get(pk=self.subscription.pk)

    def flow(self, kind, after, **more):
        """Return columns of a session that is for one thing."""
        said = {"subscription": self.subscription.pk, **more}
        return {
            "configuration": self.configuration,
            "flow": {"type": kind, kind: said, "after_completion": after},
        }


@pytest.fixture
def subscriber(transactional_db):
    """A function that makes a customer who began to subscribe eleven days ago, in a language."""
    with scoped_to(demo.site(), livemode=False):
        yield make


def make(language="en", **details):
    """Make a subscriber; the details are those of the subscription."""
    began = clock.now() - AGO
    said = {
        "name": "Jenny Rosen",
        "email": f"jenny-{ids.random_key()}@example.com",
        "preferred_locales": [language],
    }
    customer = customers.create(details=said, at=began)
    card = payment_methods.resolve("pm_card_visa", request_key=customer.pk, at=began)
    card = payment_methods.attach(card, customer, at=began)
    customer = customers.update(customer, details={"default_payment_method": card.pk}, at=began)
    product = products.create(details={"name": NAMES[language]}, at=began)
    small, large = (
        _price(product, amount, name, began)
        for amount, name in zip((1200, 2900), SIZES[language], strict=True)
    )
    row = subscriptions.create(
        customer,
        wishes=[ItemWish(price=small.pk)],
        details={"payment_behavior": "allow_incomplete", **details},
        at=began,
    )
    return Subscriber(customer, row, small, large, _offering(product, small, large))


def shoot(page, name):
    """Keep a picture of a page, where somebody wants to look at them."""
    folder = os.environ.get("SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def _price(product, amount, name, at):
    terms = {
        "currency": "usd",
        "unit_amount": amount,
        "recurring": {"interval": "month"},
    }
    return prices.create(product=product, terms=terms, details={"nickname": name}, at=at)


def _offering(product, *offered):
    features = copy.deepcopy(dict(configurations.FEATURES))
    features["subscription_pause"]["enabled"] = True
    features["subscription_update"].update(
        enabled=True,
        default_allowed_updates=["price", "quantity", "promotion_code"],
        proration_behavior="always_invoice",
        products=[
            {
                "product": ids.shown(product.pk),
                "prices": [ids.shown(price.pk) for price in offered],
                "adjustable_quantity": {"enabled": True, "minimum": 1, "maximum": 10},
            }
        ],
    )
    return PortalConfigurationFactory(features=features, site=demo.site(), livemode=False)
