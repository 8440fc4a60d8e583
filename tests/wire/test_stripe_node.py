"""Every operation on customers through the official Node SDK, unmodified."""

from datetime import timedelta

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.services import customers
from tests.wire.sdk import ADDRESS

pytestmark = pytest.mark.node


def test_customers(flow):
    said = flow("customers")

    created = said["created"]
    tax_ids = created.pop("tax_ids")["data"]
    assert [(tax_id["type"], tax_id["value"]) for tax_id in tax_ids] == [("eu_vat", "DE136695976")]
    assert created.pop("cash_balance")["settings"]["reconciliation_mode"] == "manual"
    assert created.pop("tax")["location"]["country"] == "TH"
    assert said["retrieved"] == created
    assert created == {
        "id": created["id"],
        "object": "customer",
        "address": ADDRESS,
        "balance": -250,
        "business_name": "Rosen Trading",
        "created": created["created"],
        "currency": "usd",
        "default_source": None,
        "delinquent": False,
        "description": "A customer with everything",
        "discount": None,
        "email": "jenny.rosen@example.com",
        "individual_name": "Jenny Rosen",
        "invoice_prefix": "ROSEN1",
        "invoice_settings": {
            "custom_fields": [{"name": "PO", "value": "4711"}],
            "default_payment_method": None,
            "footer": "Thank you",
            "rendering_options": {"amount_tax_display": "exclude_tax", "template": None},
        },
        "language": "th",
        "livemode": False,
        "metadata": {"order_id": "6735", "tier": "gold"},
        "name": "Jenny Rosen",
        "next_invoice_sequence": 7,
        "organization": created["organization"],
        "phone": "+1-555-123-4567",
        "preferred_locales": ["th", "en-GB"],
        "shipping": {"address": ADDRESS, "name": "Jenny R.", "phone": "+66 2 000 0000"},
        "tax_exempt": "reverse",
        "test_clock": None,
    }
    assert said["updated"] == created | {
        "name": "Jenny Lee",
        "metadata": {"order_id": "6735", "since": "2026"},
        "shipping": None,
    }
    assert said["listed"] == said["inRange"] == said["found"] == [created["id"]]
    assert said["deleted"] == said["stub"]
    assert said["stub"] == {"id": created["id"], "object": "customer", "deleted": True}
    assert said["after"] == []
    assert said["lastResponse"] == {
        "hasRequestId": True,
        "apiVersion": "2026-10-28.endive",
        "statusCode": 200,
    }


def test_auto_pagination_over_250_customers(flow, site):
    start = clock.now() - timedelta(hours=1)
    with scoped_to(site, livemode=False):
        made = [
            customers.create(details={}, at=start + timedelta(seconds=n)).pk for n in range(250)
        ]

    said = flow("pagination", OLDEST=made[0])

    assert said["forwards"] == made[::-1]
    assert said["backwards"] == made[1:]
    assert said["searched"] == made[::-1]
    assert said["first"] == 120


def test_idempotency(flow):
    said = flow("idempotency")

    assert said["second"] == said["first"]
    assert said["replayed"] == "true"
    assert (said["twins"], said["listed"]) == (1, 2)
    assert said["other"]["class"] == "StripeIdempotencyError"
    assert (said["other"]["status"], said["other"]["rawType"]) == (400, "idempotency_error")


def test_what_belongs_to_a_customer(flow, site):
    said = flow("belongings")

    assert said["taxIdAgain"] == said["taxId"]
    assert said["taxIds"] == [said["taxId"]["id"]]
    assert said["entry"]["ending_balance"] == -500
    assert said["changed"] == said["entry"] | {"description": "Goodwill"}
    assert said["entryAgain"] == said["changed"]
    assert said["entries"] == [said["entry"]["id"]]
    assert said["cashAgain"] == said["cash"]
    (expanded,) = said["expanded"]
    assert expanded["tax_ids"]["data"] == [said["taxId"]]
    assert expanded["cash_balance"] == said["cash"]
    assert expanded["tax"]["automatic_tax"] == "unrecognized_location"
    assert said["events"] == [
        "customer.balance_transaction.updated",
        "customer.updated",
        "customer.balance_transaction.created",
        "customer.tax_id.created",
        "customer.created",
    ]
    assert said["event"] is True
    assert said["account"] == site.pk
    assert said["deleted"] == {"id": said["taxId"]["id"], "object": "tax_id", "deleted": True}


def test_errors_become_the_right_classes(flow):
    said = flow("errors")

    def seen(name):
        error = said[name]
        assert error["hasRequestId"] is True
        return error["class"], error["status"], error.get("code"), error.get("param")

    invalid = "StripeInvalidRequestError"
    assert seen("unknown") == (invalid, 400, "parameter_unknown", "colour")
    assert seen("missing") == (invalid, 404, "resource_missing", "id")
    assert seen("email") == (invalid, 400, "email_invalid", "email")
    assert seen("expand") == (invalid, 400, None, "expand")
    assert seen("key") == ("StripeAuthenticationError", 401, None, None)
    assert said["missing"]["message"] == "No such customer: 'cus_missing'"
    assert said["listed"] == []


def test_routes_beyond_stripes(flow):
    said = flow("raw")

    assert said["matched"] == said["id"]
    assert (said["put"]["language"], said["put"]["preferred_locales"]) == ("fr", ["fr"])
    assert said["patched"] == said["put"] | {"timezone": "Asia/Bangkok"}
    assert said["without"] == said["patched"] | {"metadata": {"kept": "1"}}
    empty = {"object": "list", "data": [], "has_more": False}
    assert said["expanded"] == said["without"] | {
        "addresses": {**empty, "url": f"/v1/customers/{said['id']}/addresses"},
        "subscriptions": {**empty, "url": f"/v1/customers/{said['id']}/subscriptions"},
    }
    assert said["absent"]["status"] == 404
    assert (said["put"]["name"], said["put"]["mail_marketing"]) == ("Jenny Rosen", True)
