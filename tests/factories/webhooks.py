"""Webhook endpoints as they lie in the database; deliveries are made by publishing events."""

import factory
from django.conf import settings
from factory.django import DjangoModelFactory

from customers.events.models import WebhookEndpoint
from customers.kit import clock, sealing, tenancy

SECRET = "whsec_" + "0123456789abcdefghij" * 2 + "wxyz"


class WebhookEndpointFactory(DjangoModelFactory):
    class Meta:
        model = WebhookEndpoint

    id = factory.LazyFunction(WebhookEndpoint.new_id)
    site = factory.LazyFunction(lambda: tenancy.current().site)
    livemode = factory.LazyFunction(lambda: tenancy.current().livemode)
    created_at = factory.LazyFunction(clock.now)
    updated_at = factory.SelfAttribute("created_at")
    url = "https://shop.example.com/hook"
    enabled_events = factory.LazyFunction(lambda: ["*"])
    matches = factory.SelfAttribute("enabled_events")
    api_version = settings.API_VERSION
    sealed_secret = factory.LazyFunction(lambda: sealing.seal(SECRET.encode()))
