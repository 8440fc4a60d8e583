"""Operations on the billing portal in both styles of the official Python SDK; see `sdk`."""

import stripe

from tests.wire import sdk

CLIENT = {
    "billing_portal.configurations.create": lambda v1: v1.billing_portal.configurations.create,
    "billing_portal.configurations.list": lambda v1: v1.billing_portal.configurations.list,
    "billing_portal.configurations.retrieve": lambda v1: v1.billing_portal.configurations.retrieve,
    "billing_portal.configurations.update": lambda v1: v1.billing_portal.configurations.update,
    "billing_portal.sessions.create": lambda v1: v1.billing_portal.sessions.create,
}
MODULE = {
    "billing_portal.configurations.create": stripe.billing_portal.Configuration.create,
    "billing_portal.configurations.list": stripe.billing_portal.Configuration.list,
    "billing_portal.configurations.retrieve": stripe.billing_portal.Configuration.retrieve,
    "billing_portal.configurations.update": stripe.billing_portal.Configuration.modify,
    "billing_portal.sessions.create": stripe.billing_portal.Session.create,
}
sdk.CLIENT |= CLIENT
sdk.MODULE |= MODULE
