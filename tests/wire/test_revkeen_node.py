"""The official RevKeen library for Node, unmodified: customers, payment methods, portal, events and webhooks."""

import pytest

from customers.kit import clock
from customers.models import ApiKey
from customers.services import api_keys

pytestmark = pytest.mark.node


@pytest.fixture
def revkeen_flow(flow, site):
    """Runs a flow of the library, with a key in RevKeen's spelling, and returns what it reports."""
    kind, spelling = ApiKey.Kind.SECRET, ApiKey.Spelling.REVKEEN
    key = api_keys.issue(site, livemode=False, kind=kind, spelling=spelling, at=clock.now())[1]
    return lambda name, **variables: flow(f"revkeen/{name}", KEEPTAB_KEY=key, **variables)


def test_customers(revkeen_flow, site):
    said = revkeen_flow("customers")

    flat, documented, updated = (said[name]["data"] for name in ("flat", "documented", "updated"))
    assert flat == {
        "id": flat["id"], "merchant_id": site.pk, "email": "john@example.com", "name": "John Smith",
        "company_name": "Smith Paper", "address_line1": "123 Main St", "city": "San Francisco",
        "postal_code": "94102", "country": "US",
        "address": {
            "line1": "123 Main St", "line2": None, "city": "San Francisco", "state": None, "postal_code": "94102",
            "country": "US",
        },
        "metadata": {"tier": "enterprise", "seats": 12}, "custom_fields": {}, "created_at": flat["created_at"],
        "updated_at": flat["created_at"],
    }  # fmt: skip
    assert (documented["currency"], documented["tax_id"], documented["city"]) == (
        "USD", "US123456789", "Oakland",
    )  # fmt: skip
    assert (updated["name"], updated["city"], updated["address_line1"], updated["metadata"]) == (
        "John Lee", "Oakland", "123 Main St", {"seats": 12, "plan": "pro"},
    )  # fmt: skip
    assert said["again"]["data"] == updated
    assert said["listed"] == {
        "data": [updated], "pagination": {"limit": 10, "offset": 0, "total": 1},
    }  # fmt: skip
    assert said["byEmail"]["data"] == [updated]
    assert said["pages"] == [["jane@example.com"], ["john@example.com"], []]
    assert said["twice"] == {
        "class": "RevKeenAPIError", "status": 409,
        "message": "Another customer has the email 'John@example.com'.",
    }  # fmt: skip
    assert (said["nameless"]["status"], said["nameless"]["message"]) == (
        400, "Missing required param: email.",
    )  # fmt: skip
    assert said["deleted"] == {
        "status": 200, "body": {"data": {"id": documented["id"], "deleted": True}},
    }  # fmt: skip
    assert (said["gone"]["status"], said["gone"]["message"]) == (
        404, f"No such customer: '{documented['id']}'",
    )  # fmt: skip
    assert (said["stranger"]["class"], said["stranger"]["status"]) == ("RevKeenAPIError", 401)


def test_payment_methods_of_stripes(revkeen_flow, stripe_v1):
    made = stripe_v1.customers.create(
        {"email": "jenny@example.com", "payment_method": "pm_card_visa"}
    )
    method = made.invoice_settings.default_payment_method
    stripe_v1.payment_methods.attach("pm_card_mastercard", {"customer": made.id})

    said = revkeen_flow("methods", CUSTOMER=made.id)

    methods = said["methods"]["data"]
    assert said["customer"]["data"]["email"] == "jenny@example.com"
    assert [(one["card"]["brand"], one["is_default"], one["status"]) for one in methods] == [
        ("mastercard", False, "active"), ("visa", True, "active"),
    ]  # fmt: skip
    assert (methods[1]["id"], methods[1]["customer_id"]) == (method, made.id)
    assert [event["type"] for event in said["events"]["data"]] == [
        "customer.payment_method.attached", "customer.payment_method.attached", "customer.created",
    ]  # fmt: skip


@pytest.fixture
def subscribed(stripe_v1):
    """A customer, a subscription and its first invoice."""
    customer = stripe_v1.customers.create(
        {"email": "jenny@example.com", "payment_method": "pm_card_visa"}
    )
    price = stripe_v1.prices.create(
        {
            "unit_amount": 1000, "currency": "usd", "recurring": {"interval": "month"},
            "product_data": {"name": "Gold"},
        }
    )  # fmt: skip
    return stripe_v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id, "quantity": 3}]}
    )


def test_the_portal(revkeen_flow, subscribed, site):
    said = revkeen_flow(
        "portal", CUSTOMER=subscribed.customer, SUBSCRIPTION=subscribed.id, INVOICE=subscribed.latest_invoice
    )  # fmt: skip

    session, shown = said["session"]["data"], said["subscription"]["data"]
    assert session.keys() == {
        "id", "customer_id", "merchant_id", "url", "token", "expires_at", "created_at",
    }  # fmt: skip
    assert (session["customer_id"], session["merchant_id"]) == (subscribed.customer, site.pk)
    assert (said["documented"]["status"], "/enter/" in said["documented"]["body"]["data"]["url"]) == (
        201, True,
    )  # fmt: skip
    assert said["customer"]["data"]["email"] == "jenny@example.com"
    assert said["besideTheKey"] == said["customer"]
    assert (shown["status"], shown["amount_minor"], shown["interval"]) == ("active", 3000, "month")
    assert said["subscriptions"]["data"] == [shown]
    assert (said["invoice"]["data"]["status"], said["invoice"]["data"]["total"]) == ("paid", 3000)
    assert said["invoices"]["data"] == [said["invoice"]["data"]]
    assert said["canceled"]["data"] == {
        **shown, "cancel_at": shown["current_period_end"], "canceled_at": said["canceled"]["data"]["canceled_at"],
    }  # fmt: skip
    assert (said["withTheKey"]["status"], said["withTheToken"]["status"]) == (401, 401)


def test_webhooks_and_events(revkeen_flow):
    said = revkeen_flow("webhooks")

    made, secret = said["made"]["data"], said["made"]["data"].pop("secret")
    assert (secret[:6], made["status"], made["circuit_breaker_state"]) == (
        "rk_wh_", "enabled", "closed",
    )  # fmt: skip
    assert [one["status"] for one in said["deliveries"]["data"]] == ["pending"]
    assert said["delivery"]["data"] == said["deliveries"]["data"][0]
    assert said["retried"]["data"]["status"] == "pending"
    assert said["event"]["type"] == "customer.created"
    assert said["event"]["data"]["object"]["email"] == "john@example.com"
    assert [event["id"] for event in said["events"]["data"]] == [said["event"]["id"]]
    assert (said["resent"]["success"], said["resent"]["webhook_endpoint_id"]) == (True, made["id"])
    assert (said["twice"]["status"], said["gone"]["status"]) == (409, 404)
    updated, rotated = said["updated"]["data"], said["rotated"]["data"]
    assert (updated["status"], updated["description"]) == ("disabled", None)
    assert rotated.pop("secret") != secret
    assert said["shown"]["data"] == rotated
    assert said["listed"]["data"] == [rotated]
    assert said["listed"]["meta"] == {"total": 1, "limit": 5, "offset": 0, "has_more": False}
    assert said["deleted"] == {"data": {"id": made["id"], "deleted": True}}
