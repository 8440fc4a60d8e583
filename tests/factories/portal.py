"""Rows of the portal as they lie in the database; those of tenants are the chosen site's."""

import copy
from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from customers.kit import clock, tenancy
from portal.models import PortalConfiguration, PortalSession
from portal.services import configurations, sessions
from tests.factories.customers import CustomerFactory


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
