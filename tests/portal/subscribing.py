"""A customer on a test clock who is signed in to the portal and has a subscription; what the portal offers them."""

import copy

import pytest
from django.core import mail

from customers.kit import clock
from customers.models import Customer, Message
from customers.services import messages
from payments.billing.models import Price, Subscription
from portal.services import configurations
from tests.factories.portal import PortalConfigurationFactory
from tests.payments.billing.subscribing import shop

__all__ = ["account", "shop"]


def product_of(price):
    return Price.objects.get(pk=price).product_id


def offering(**changed):
    """Make a configuration whose features differ from the default as told."""
    features = copy.deepcopy(dict(configurations.FEATURES))
    for name, values in changed.items():
        features[name] = {**features[name], **values}
    return PortalConfigurationFactory(features=features)


def plans(*prices, **more):
    """Return what `subscription_update` says where these prices can be chosen."""
    return {
        "enabled": True,
        "default_allowed_updates": ["price", "promotion_code", "quantity"],
        "products": [
            {
                "product": product_of(price),
                "prices": [price],
                "adjustable_quantity": {"enabled": False, "minimum": None, "maximum": None},
            }
            for price in prices
        ],
        "proration_behavior": "always_invoice",
        **more,
    }


def letters():
    """Send what waits, and return the subjects of what customers were told of their subscriptions."""
    kinds = ["plan_changed", "paused", "resumed", "cancel_planned", "canceled", "cancel_undone"]
    rows = Message.objects.filter(kind__in=kinds).order_by("created_at", "id")
    sent = [messages.send(row, at=max(clock.now(), row.next_attempt_at)).pk for row in rows]
    by_id = {letter.extra_headers["Message-ID"]: letter.subject for letter in mail.outbox}
    return [by_id[f"<{pk}@example.com>"] for pk in sent]


class Account:
    """A customer with a subscription to Gold at ten dollars a month, from 31 January 2030 on."""

    def __init__(self, shop, client, sign_in, **more):
        self.shop, self.client = shop, client
        self.price = shop.price(1000)
        self.customer = Customer.objects.get(pk=shop.customer())
        self.sign_in = lambda **columns: sign_in(self.customer, **columns)
        self.made = shop.subscribe(self.customer.pk, self.price, **more)
        self.path = f"/portal/acme/subscriptions/{self.made['id']}"

    @property
    def subscription(self):
        return Subscription.objects.get(pk=self.made["id"])

    def page(self, tail="", **query):
        return self.client.get(f"{self.path}{tail}", query)

    def text(self, tail="", **query):
        return self.page(tail, **query).content.decode()

    def post(self, tail, data=None, **options):
        return self.client.post(f"{self.path}{tail}", data or {}, **options)

    def said(self, tail, data=None):
        """Post, and return where that leads and what is said there."""
        self.client.cookies.pop("said", None)  # what was not read yet
        answer = self.post(tail, data, follow=True)
        return answer.redirect_chain[-1][0], [str(each) for each in answer.context["messages"]]


@pytest.fixture
def account(shop, client, sign_in):
    """A function that makes the customer and signs them in, with the features that are told."""

    def account(*, features=None, columns=None, **more):
        made = Account(shop, client, sign_in, **more)
        wanted = features(made) if callable(features) else features
        given = {"configuration": offering(**wanted)} if wanted else {}
        made.session = made.sign_in(**given, **(columns or {}))
        return made

    return account
