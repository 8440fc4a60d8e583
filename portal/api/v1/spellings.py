"""Which function spells which model of the portal for `/v1/`."""

from customers.events.services.events import spellings
from portal.api.v1 import checkout_sessions, payment_links
from portal.api.v1.billing_portal_configurations import ConfigurationObject
from portal.api.v1.billing_portal_sessions import SessionObject


def register() -> None:
    """Enter the functions."""
    spellings.register("portal.CheckoutSession", checkout_sessions.spelled)
    spellings.register("portal.PaymentLink", payment_links.spelled)
    spellings.register("portal.PortalConfiguration", ConfigurationObject.plan().spell_instance)
    spellings.register("portal.PortalSession", SessionObject.plan().spell_instance)
