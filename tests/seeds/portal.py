"""One configuration of the portal, and one session."""

NAMES = frozenset({"billing_portal.configuration", "billing_portal.session"})
NEEDS = {}
BODIES = {"billing_portal/configurations/<id:pk>": {"name": "Theirs"}}
NEEDED = {
    "POST billing_portal/configurations": {"features": {"invoice_history": {"enabled": True}}},
    "POST billing_portal/sessions": {
        "customer": "cus_0",
        "return_url": "https://example.com/account",
    },
}

CONFIGURATION = {
    "business_profile": {
        "headline": "Your account",
        "privacy_policy_url": "https://example.com/privacy",
        "terms_of_service_url": "https://example.com/terms",
    },
    "default_return_url": "https://example.com/account",
    "features": {
        "customer_update": {"enabled": True, "allowed_updates": ["email", "tax_id"]},
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True},
        "subscription_cancel": {
            "enabled": True,
            "mode": "immediately",
            "proration_behavior": "create_prorations",
            "cancellation_reason": {"enabled": True, "options": ["unused", "other"]},
        },
        "subscription_pause": {
            "enabled": True,
            "duration": {
                "type": "interval_options",
                "interval_options": [{"interval": "month", "interval_count": 2}],
            },
        },
    },
    "login_page": {"enabled": True},
    "metadata": {"tier": "gold"},
    "name": "For members",
}
"""A configuration with most of what there is."""


def seed(api, customer):
    """Make them, and return their ids by the names of their schemas."""

    def make(path, **params):
        answer = api.post(path, params)
        assert answer.status == 200, answer.body
        return answer.body["id"]

    configuration = make("billing_portal/configurations", **CONFIGURATION)
    session = make(
        "billing_portal/sessions", customer=customer, configuration=configuration, locale="fr"
    )
    return {
        "billing_portal.configuration": configuration,
        "billing_portal.session": session,
    }
