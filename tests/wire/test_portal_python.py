"""The billing portal through the official `stripe` package, unmodified."""

import pytest
import stripe

from tests.wire import portal_sdk  # noqa: F401 -- it adds its operations to the SDK's
from tests.wire.sdk import ClientStyle, ModuleStyle

STYLES = {"client": ClientStyle, "module": ModuleStyle}
FEATURES = {
    "invoice_history": {"enabled": True},
    "customer_update": {"enabled": True, "allowed_updates": ["email", "tax_id"]},
    "subscription_cancel": {"enabled": True, "mode": "immediately"},
}


@pytest.fixture(params=STYLES)
def sdk(request, live, keys):
    before = stripe.api_base, stripe.api_key
    yield STYLES[request.param](live, keys["sk_test"])
    stripe.api_base, stripe.api_key = before


def test_a_configuration_from_its_making_to_its_end(sdk):
    made = sdk(
        "billing_portal.configurations.create",
        features=FEATURES,
        business_profile={"headline": "Your account"},
        default_return_url="https://example.com/account",
    )
    changed = sdk(
        "billing_portal.configurations.update", made.id, active=False, metadata={"tier": "gold"}
    )
    found = sdk("billing_portal.configurations.retrieve", made.id)
    listed = [each.id for each in sdk("billing_portal.configurations.list", active=False)]

    assert isinstance(made, stripe.billing_portal.Configuration)
    assert made.features.customer_update.allowed_updates == ["email", "tax_id"]
    assert made.features.subscription_cancel.mode == "immediately"
    assert (made.business_profile.headline, made.active) == ("Your account", True)
    assert (changed.active, changed.metadata["tier"]) == (False, "gold")
    assert (found.id, listed) == (made.id, [made.id])


def test_a_session_leads_a_customer_into_the_portal(sdk):
    customer = sdk("customers.create", email="jenny@example.com")
    session = sdk(
        "billing_portal.sessions.create",
        customer=customer.id,
        return_url="https://example.com/account",
        locale="ja",
        flow_data={
            "type": "payment_method_update",
            "after_completion": {
                "type": "redirect",
                "redirect": {"return_url": "https://example.com/thanks"},
            },
        },
        expand=["configuration"],
    )

    assert isinstance(session, stripe.billing_portal.Session)
    assert session.configuration.is_default
    assert "/enter/" in session.url
    assert session.flow.after_completion.redirect.return_url == "https://example.com/thanks"
    assert (session.customer, session.locale) == (customer.id, "ja")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk("billing_portal.sessions.create", customer=customer.id, return_url="javascript:1")
    assert (refusal.value.code, refusal.value.param) == ("url_invalid", "return_url")
