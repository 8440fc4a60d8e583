"""Every route of the RevKeen dialect, and one object for each to find."""

import re
from dataclasses import dataclass

from django.urls import URLPattern

from customers.api.revkeen import urls
from customers.restkit.revkeen import RevkeenViewSet
from payments.api.revkeen import urls as payments_urls
from portal.api.revkeen import urls as portal_urls
from portal.api.revkeen.doors import OwnViewSet
from tests.factories.billing import InvoiceFactory, SubscriptionFactory

_GAP = re.compile(r"([\w-]+)/<\w+:\w+>")


@dataclass(frozen=True)
class Route:
    """One method of one path.

    Args:
        template: the path below the mount, with gaps as Django names them.
    """

    method: str
    template: str
    action: str
    view: type[RevkeenViewSet]

    @property
    def name(self):
        return f"{self.method} {self.template}"

    @property
    def is_own(self):
        """Whether it wants a customer's token instead of a key."""
        return issubclass(self.view, OwnViewSet)

    def path(self, ids):
        """Return the path to the objects whose ids are given, by the names of their kinds."""
        return _GAP.sub(lambda match: f"{match[1]}/{ids[match[1]]}", self.template)


def _routes():
    for pattern in (*urls.urlpatterns, *payments_urls.urlpatterns, *portal_urls.urlpatterns):
        assert isinstance(pattern, URLPattern)
        for method, action in pattern.callback.actions.items():
            if method != "head":
                yield Route(method.upper(), str(pattern.pattern), action, pattern.callback.cls)


ROUTES = sorted(_routes(), key=lambda route: (route.template, route.method))


def seed(revkeen):
    """Make one object of each kind in the chosen scope and return their ids by the segments of their paths."""
    url = "https://shop.example.com/hook"
    endpoint = revkeen.post("webhook-endpoints", url=url, enabled_events=["*"]).body["data"]["id"]
    customer = revkeen.post("customers", email="john@example.com").body["data"]["id"]
    delivery = revkeen.get("webhook-deliveries").body["data"][0]
    subscription = SubscriptionFactory(customer_id=customer)
    return {
        "customers": customer,
        "events": delivery["event_id"],
        "invoices": InvoiceFactory(customer_id=customer, customer=subscription.customer).pk,
        "subscriptions": subscription.pk,
        "webhook-deliveries": delivery["id"],
        "webhook-endpoints": endpoint,
    }
