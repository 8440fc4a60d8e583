"""`/v1/checkout/sessions`: what is refused, what is shown, and what goes together."""

import pytest

from customers.kit.errors import InvalidRequest
from customers.kit.tenancy import scoped_to
from portal.services import checkout_terms
from tests.portal.checking_out import CLUB, LAMP, SUCCESS, till

__all__ = ["till"]
FIELD = {"key": "size", "label": {"type": "custom", "custom": "Size"}, "type": "text"}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        pytest.param({"success_url": None}, "success_url", id="no success_url"),
        pytest.param({"success_url": "ftp://shop.example.com"}, "success_url", id="scheme"),
        pytest.param({"success_url": "https://a@b.example.com"}, "success_url", id="user"),
        pytest.param({"cancel_url": "//evil.example.com"}, "cancel_url", id="no scheme"),
        pytest.param({"line_items": None}, "line_items", id="no items"),
        pytest.param({"line_items": [{"quantity": 1}]}, "line_items[0][price]", id="no price"),
        pytest.param({"line_items": [CLUB]}, "line_items[0][price]", id="recurring payment"),
        pytest.param({"mode": "subscription"}, "line_items", id="nothing recurs"),
        pytest.param({"mode": "setup"}, "line_items", id="items to save a card"),
        pytest.param({"subscription_data": {"description": "x"}}, "subscription_data", id="mode"),
        pytest.param({"customer": "cus_none"}, "customer", id="no such customer"),
        pytest.param({"customer_update": {"name": "auto"}}, "customer_update", id="no customer"),
        pytest.param({"discounts": [{"coupon": "x", "promotion_code": "y"}]}, "discounts[0]", id="a discount twice"),
        pytest.param(
            {"discounts": [{"coupon": "none"}]}, "discounts[0][coupon]", id="no such coupon"
        ),
        pytest.param(
            {"discounts": [{"coupon": "x"}], "allow_promotion_codes": True},
            "allow_promotion_codes",
            id="two kinds of discounts",
        ),
        pytest.param({"custom_fields": [FIELD, FIELD]}, "custom_fields", id="key twice"),
        pytest.param(
            {"custom_fields": [{**FIELD, "type": "dropdown"}]},
            "custom_fields[0][dropdown]",
            id="nothing to choose",
        ),
        pytest.param({"shipping_options": [{"shipping_rate": "shr_none"}]},
                     "shipping_options[0][shipping_rate]", id="no such rate"),
        pytest.param({"payment_method_types": ["klarna"]}, "payment_method_types[0]", id="type"),
        pytest.param({"ui_mode": "embedded_page"}, "ui_mode", id="embedded"),
    ],
)  # fmt: skip
def test_a_session_that_cannot_be_is_refused(till, nothing_written, body, param):
    whole = {"success_url": SUCCESS, "line_items": [LAMP], "mode": "payment", **body}
    asked = {name: value for name, value in whole.items() if value is not None}

    with nothing_written():
        answer = till.api.post("checkout/sessions", asked)

    is_missing = answer.error.get("code") == "resource_missing"
    assert (answer.status, answer.error["param"]) == (404 if is_missing else 400, param)


def test_a_session_says_who_has_paid_and_what(till):
    session = till.named(
        till.session(custom_fields=[FIELD], phone_number_collection={"enabled": True}),
        name="Jenny Rosen", phone="+1 555 0100", custom_fields={"size": "M"},
        address={"line1": "510 Townsend St", "country": "US"},
    )  # fmt: skip

    till.pay(session)

    wire = till.wire(session)
    assert (wire["status"], wire["payment_status"], wire["url"]) == ("complete", "paid", None)
    assert wire["customer_details"] == {
        "address": {"city": None, "country": "US", "line1": "510 Townsend St", "line2": None,
                    "postal_code": None, "state": None},
        "business_name": None, "email": "jenny@example.com", "individual_name": None,
        "name": "Jenny Rosen", "phone": "+1 555 0100", "tax_exempt": "none", "tax_ids": [],
    }  # fmt: skip
    assert wire["custom_fields"][0]["text"]["value"] == "M"
    assert wire["payment_intent"].startswith("pi_")


def test_sessions_are_found_by_what_they_brought_about(till):
    done = till.pay(till.named(till.subscription()))
    till.session()
    asked = [
        {"customer": done.customer_id},
        {"customer_details": {"email": "jenny@example.com"}},
        {"payment_intent": done.payment_intent_id},
        {"subscription": done.subscription_id},
        {"status": "complete"},
    ]

    found = [till.api.get("checkout/sessions", each).ids for each in asked]

    assert found == [[done.pk]] * len(asked)


def test_what_a_session_brought_about_is_expanded(till):
    done = till.pay(till.named(till.subscription()))

    wire = till.get(
        f"checkout/sessions/{done.pk}",
        expand=[
            "subscription",
            "invoice",
            "payment_intent",
            "customer",
            "line_items.data.price.product",
        ],
    )

    assert [wire[name]["object"] for name in ("subscription", "invoice", "payment_intent", "customer")] == [
        "subscription", "invoice", "payment_intent", "customer",
    ]  # fmt: skip
    assert wire["line_items"]["data"][0]["price"]["product"]["name"] == "Club"


def test_live_customers_are_sent_to_addresses_with_tls_only(site):
    with scoped_to(site, livemode=True), pytest.raises(InvalidRequest):
        checkout_terms.check_url("http://shop.example.com", param="success_url")
