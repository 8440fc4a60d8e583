"""Rows of the portal as they lie in the database; those of tenants are the chosen site's."""

import copy
from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from customers.kit import clock, ids, tenancy
from portal.models import (
    CheckoutItem,
    CheckoutSession,
    PaymentLink,
    PortalConfiguration,
    PortalSession,
)
from portal.services import configurations, sessions
from tests.factories.catalog import PriceFactory
from tests.factories.customers import CustomerFactory, TenantFactory


class PortalConfigurationFactory(DjangoModelFactory):
    class Meta:
        model = PortalConfiguration

    id = factory.LazyFunction(PortalConfiguration.new_id)
    site = factory.LazyFunction(lambda: tenancy.current().site)
    livemode = factory.LazyFunction(lambda: tenancy.current().livemode)
    created_at = factory.LazyFunction(clock.now)
    updated_at = factory.SelfAttribute("created_at")
    features = factory.LazyFunction(lambda: copy.deepcopy(dict(configurations.FEATURES)))


class PortalSessionFactory(DjangoModelFactory):
    """A session of a customer who typed a code a while ago.

    Args:
        token: what the browser's cookie holds.
    """

    class Meta:
        model = PortalSession

    class Params:
        token = factory.LazyFunction(sessions.new_secret)

    id = factory.LazyFunction(PortalSession.new_id)
    site = factory.LazyFunction(lambda: tenancy.current().site)
    livemode = factory.LazyFunction(lambda: tenancy.current().livemode)
    customer = factory.SubFactory(CustomerFactory)
    configuration = factory.LazyAttribute(lambda row: configurations.default(at=row.created_at))
    origin = PortalSession.Origin.CODE
    token_hash = factory.LazyAttribute(lambda row: sessions.hash_of(row.token))
    created_at = factory.LazyFunction(lambda: clock.now() - timedelta(minutes=30))
    used_at = factory.SelfAttribute("created_at")
    seen_at = factory.SelfAttribute("created_at")
    verified_at = factory.SelfAttribute("created_at")
    expires_at = factory.LazyAttribute(lambda row: row.created_at + sessions.LONGEST)


class PaymentLinkFactory(TenantFactory):
    class Meta:
        model = PaymentLink

    mode, currency, payment_method_types = "payment", "usd", ["card"]
    after_completion = factory.LazyFunction(lambda: {"type": "hosted_confirmation"})


class CheckoutSessionFactory(TenantFactory):
    """A session that is open for a day."""

    class Meta:
        model = CheckoutSession

    secret = factory.LazyFunction(ids.random_key)
    mode, currency, payment_method_types = "payment", "usd", ["card"]
    status = "open"
    amount_subtotal = amount_total = amount_due = 3000
    expires_at = factory.LazyAttribute(lambda row: row.created_at + timedelta(days=1))
    due_at = factory.LazyAttribute(lambda row: row.expires_at if row.status == "open" else None)


class CheckoutItemFactory(TenantFactory):
    """Two lamps of a session; of a payment link with `linked`."""

    class Meta:
        model = CheckoutItem

    class Params:
        linked = factory.Trait(session=None, payment_link=factory.SubFactory(PaymentLinkFactory))

    session = factory.SubFactory(CheckoutSessionFactory)
    position = 0
    price = factory.SubFactory(PriceFactory)
    description, currency, quantity = "Lamp", "usd", 2
    amount_subtotal = amount_total = 3000
