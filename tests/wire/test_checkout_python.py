"""Checkout sessions and payment links through the official `stripe` package, unmodified."""

import pytest
import stripe

from tests.wire import checkout_sdk  # noqa: F401 -- it adds its operations to the SDK's
from tests.wire.sdk import ClientStyle, ModuleStyle

STYLES = {"client": ClientStyle, "module": ModuleStyle}
LAMP = {
    "price_data": {"currency": "usd", "unit_amount": 1500, "product_data": {"name": "Lamp"}},
    "quantity": 2,
}
CLUB = {
    "price_data": {
        "currency": "usd", "unit_amount": 900, "product_data": {"name": "Club"},
        "recurring": {"interval": "month"},
    },
    "quantity": 1,
}  # fmt: skip
SUCCESS = "https://shop.example.com/thanks?session={CHECKOUT_SESSION_ID}"


@pytest.fixture(params=STYLES)
def sdk(request, live, keys):
    before = stripe.api_base, stripe.api_key
    yield STYLES[request.param](live, keys["sk_test"])
    stripe.api_base, stripe.api_key = before


def test_a_session_from_its_making_to_its_end(sdk):
    customer = sdk("customers.create", email="jenny@example.com")
    made = sdk(
        "checkout.sessions.create", mode="payment", line_items=[LAMP], success_url=SUCCESS,
        customer=customer.id, client_reference_id="cart 7", metadata={"tier": "gold"},
    )  # fmt: skip
    changed = sdk("checkout.sessions.update", made.id, metadata={"tier": "silver"})
    whole = sdk("checkout.sessions.retrieve", made.id, expand=["customer", "line_items"])
    items = sdk("checkout.sessions.list_line_items", made.id)
    of_customer = sdk("checkout.sessions.list", customer=customer.id, status="open")
    of_email = sdk("checkout.sessions.list", customer_details={"email": "jenny@example.com"})
    over = sdk("checkout.sessions.expire", made.id)

    assert isinstance(made, stripe.checkout.Session)
    assert (made.amount_total, made.status, made.payment_status, made.ui_mode) == (
        3000, "open", "unpaid", "hosted_page",
    )  # fmt: skip
    assert made.url.startswith("http")
    assert (changed.metadata["tier"], whole.customer.email) == ("silver", "jenny@example.com")
    assert [item.description for item in whole.line_items] == ["Lamp"]
    assert [(item.amount_total, item.price.unit_amount) for item in items] == [(3000, 1500)]
    assert [each.id for each in of_customer] == [each.id for each in of_email] == [made.id]
    assert (over.status, over.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk("checkout.sessions.expire", made.id)
    assert (refusal.value.param, refusal.value.http_status) == ("session", 400)


def test_a_subscription_and_a_card_to_save(sdk):
    subscription = sdk(
        "checkout.sessions.create", mode="subscription", line_items=[CLUB], success_url=SUCCESS,
        subscription_data={"trial_period_days": 14, "metadata": {"tier": "gold"}},
        payment_method_collection="if_required", allow_promotion_codes=True,
    )  # fmt: skip
    saving = sdk("checkout.sessions.create", mode="setup", currency="usd", success_url=SUCCESS)

    assert (subscription.mode, subscription.amount_total, subscription.currency) == (
        "subscription", 0, "usd",
    )  # fmt: skip
    assert subscription.payment_method_collection == "if_required"
    assert (saving.mode, saving.amount_total, saving.total_details) == ("setup", None, None)


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        pytest.param({"line_items": []}, "line_items", id="nothing"),
        pytest.param({"line_items": [CLUB]}, "line_items[0][price]", id="recurring"),
        pytest.param({"success_url": "javascript:alert(1)"}, "success_url", id="address"),
        pytest.param({"automatic_tax": {"enabled": True}}, "automatic_tax", id="not offered"),
        pytest.param({"expires_at": 1}, "expires_at", id="expiry"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(sdk, wrong, param):
    asked = {"mode": "payment", "line_items": [LAMP], "success_url": SUCCESS, **wrong}

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk("checkout.sessions.create", **asked)

    assert (refusal.value.param, refusal.value.http_status) == (param, 400)


def test_a_payment_link_from_its_making_to_its_end(sdk):
    made = sdk(
        "payment_links.create", line_items=[LAMP], restrictions={"completed_sessions": {"limit": 3}},
        after_completion={"type": "redirect", "redirect": {"url": "https://shop.example.com/thanks"}},
    )  # fmt: skip
    changed = sdk("payment_links.update", made.id, active=False, metadata={"tier": "gold"})
    whole = sdk("payment_links.retrieve", made.id, expand=["line_items"])
    items = sdk("payment_links.list_line_items", made.id)
    listed = sdk("payment_links.list", active=False)

    assert isinstance(made, stripe.PaymentLink)
    assert (made.active, made.currency, made.restrictions.completed_sessions.limit) == (
        True, "usd", 3,
    )  # fmt: skip
    assert made.after_completion.redirect.url == "https://shop.example.com/thanks"
    assert (changed.active, changed.metadata["tier"]) == (False, "gold")
    assert [item.quantity for item in whole.line_items] == [item.quantity for item in items] == [2]
    assert [each.id for each in listed] == [made.id]
