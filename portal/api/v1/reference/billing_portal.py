"""What the API reference says of the customer portal."""

import copy
from typing import Any

from customers.api.v1.reference.examples import CUSTOMER, MADE
from portal.services.configurations import FEATURES

__all__ = [
    "BODIES",
    "MEMBERS",
    "MEMBERS_OF",
    "METHODS",
    "OBJECTS",
    "OPERATIONS",
    "PARAMETERS",
    "PATHS",
    "QUERIES",
    "TAGS",
]
Wire = dict[str, Any]
_CONFIGURATION = "bpc_4n2qk8z0xw6v1mt3hr95cyb7"
_SESSION = "bps_7h3wd9x2kq6m0zv4tn81cyb5"

TAGS: dict[str, str] = {
    "Portal sessions": "Links to the pages where customers look after themselves. Each is for one customer, good once "
    "and for five minutes.",
    "Portal configurations": "What the portal offers: to all customers, or to those whose session names it.",
}
MEMBERS: dict[str, str] = {
    "adjustable_quantity": "Whether customers can change how many they have, and within which bounds.",
    "after_completion": "What comes when the flow is done.",
    "after_expiration": "What happens once the link is too old: customers show by a code who they are.",
    "allowed_updates": "What customers can change of themselves.",
    "business_profile": "What customers read of the business.",
    "cancellation_reason": "Whether customers are asked why they cancel, and what they can choose from.",
    "conditions": "When any of them holds, the change waits for the end of the period.",
    "configuration": "What the portal offers in this session; the default configuration where none is named.",
    "coupon_offer": "A coupon that is offered instead of canceling.",
    "custom_message": "What customers read when the flow is done.",
    "customer_login": "How customers go on after the link is too old.",
    "customer_update": "Whether customers can change what is kept about them.",
    "default_allowed_updates": "What customers can change of a subscription.",
    "default_return_url": "Where customers come back to, unless the session says otherwise.",
    "duration": "For how long customers can pause.",
    "enabled": "Whether it is offered.",
    "flow": "What the link is for; null where it is for the portal as a whole.",
    "flow_data": "What the link is for: one thing, after which the customer is led on.",
    "headline": "What customers read above the portal's pages.",
    "hosted_confirmation": "A page that says that it is done.",
    "interval_options": "The pauses to choose from.",
    "invoice_history": "Whether customers see their invoices.",
    "login_page": "The page on which customers sign in by a code that is sent to their address.",
    "pay_invoice": "The invoice that is to be paid, for the flow `pay_invoice`.",
    "payment_method_update": "Whether customers can change how they pay.",
    "privacy_policy_url": "Where the privacy policy is.",
    "redirect": "Where the customer is led.",
    "retention": "What is offered instead of canceling.",
    "return_url": "Where customers come back to: an address at one of the site's origins.",
    "schedule_at_period_end": "Which changes wait for the end of the period.",
    "subscription_cancel": "Whether and how customers can cancel.",
    "subscription_pause": "Whether and for how long customers can pause.",
    "subscription_update": "Whether customers can change their subscription, and to what.",
    "subscription_update_confirm": "A change that the customer only confirms.",
    "terms_of_service_url": "Where the terms of service are.",
    "trial_update_behavior": "What becomes of a trial when the subscription is changed.",
}
_OBJECT, _SHOWN = "billing_portal.configuration", "billing_portal.session"
_FORMS = ("portal_configuration_create_params", "portal_configuration_update_params")
MEMBERS_OF: dict[tuple[str, str], str] = {
    **{
        (component, "active"): "Whether sessions can be made with it."
        for component in (_OBJECT, _FORMS[1])
    },
    **{(component, "features"): "What customers can do." for component in (_OBJECT, *_FORMS)},
    **{
        (
            component,
            "locale",
        ): "The language of the pages; the customer's where it is null or `auto`."
        for component in (_SHOWN, "portal_session_create_params")
    },
    **{
        (component, "mode"): "Whether a canceled subscription ends with its period or at once."
        for component in ("subscription_cancel_hash", "subscription_cancel_update")
    },
    ("portal_product_hash", "prices"): "The prices of the product to which customers can change.",
}
PARAMETERS: dict[tuple[str, str], str] = {
    ("GetBillingPortalConfigurations", "active"): "Only configurations that are active, or only the others.",
    ("GetBillingPortalConfigurations", "is_default"): "Only the default configuration, or only the others.",
}  # fmt: skip
OPERATIONS: dict[str, tuple[str, str]] = {
    "GetBillingPortalConfigurations": (
        "List all portal configurations",
        "The newest first; the default one is there once somebody needed it.",
    ),
    "PostBillingPortalConfigurations": (
        "Create a portal configuration",
        "What is not said to be offered is not.",
    ),
    "GetBillingPortalConfigurationsId": ("Retrieve a portal configuration", ""),
    "PostBillingPortalConfigurationsId": (
        "Update a portal configuration",
        "What is left out stays as it is, within a feature too.",
    ),
    "PostBillingPortalSessions": (
        "Create a portal session",
        "Lead the customer to its `url` at once: it works once, within five minutes.",
    ),
}
_FEATURES: Wire = copy.deepcopy(dict(FEATURES))
OBJECTS: dict[str, Wire] = {
    "billing_portal.configuration": {
        "id": _CONFIGURATION,
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": {
            "headline": "Your account with us",
            "privacy_policy_url": None,
            "terms_of_service_url": None,
        },
        "created": MADE,
        "default_return_url": "https://example.com/account",
        "features": _FEATURES,
        "is_default": True,
        "livemode": False,
        "login_page": {"enabled": True, "url": "https://billing.example.com/portal/acme"},
        "metadata": {},
        "name": None,
        "updated": MADE,
    },
    "billing_portal.session": {
        "id": _SESSION,
        "object": "billing_portal.session",
        "after_expiration": None,
        "configuration": _CONFIGURATION,
        "created": MADE,
        "customer": CUSTOMER,
        "customer_account": None,
        "flow": None,
        "livemode": False,
        "locale": None,
        "on_behalf_of": None,
        "return_url": "https://example.com/account",
        "url": "https://billing.example.com/portal/acme/enter/Zk3v0wq8",
    },
}
BODIES: dict[str, Wire] = {
    "PostBillingPortalConfigurations": {
        "features": {
            "invoice_history": {"enabled": True},
            "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
        }
    },
    "PostBillingPortalConfigurationsId": {"business_profile": {"headline": "Your account with us"}},
    "PostBillingPortalSessions": {
        "customer": CUSTOMER,
        "return_url": "https://example.com/account",
    },
}
QUERIES: dict[str, Wire] = {}
PATHS: dict[str, str] = {"billing_portal/configurations": _CONFIGURATION}
METHODS: dict[str, tuple[str, str]] = {
    "GetBillingPortalConfigurations": (
        "billing_portal.configurations.list",
        "billingPortal.configurations.list",
    ),
    "PostBillingPortalConfigurations": (
        "billing_portal.configurations.create",
        "billingPortal.configurations.create",
    ),
    "GetBillingPortalConfigurationsId": (
        "billing_portal.configurations.retrieve",
        "billingPortal.configurations.retrieve",
    ),
    "PostBillingPortalConfigurationsId": (
        "billing_portal.configurations.update",
        "billingPortal.configurations.update",
    ),
    "PostBillingPortalSessions": (
        "billing_portal.sessions.create",
        "billingPortal.sessions.create",
    ),
}
