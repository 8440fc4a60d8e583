"""Checkout sessions and payment links through the official Node SDK, unmodified."""

import pytest

pytestmark = pytest.mark.node


def test_a_checkout_session(flow):
    said = flow("checkout")

    session, whole = said["session"], said["whole"]
    assert (session["object"], session["amount_total"], session["status"]) == (
        "checkout.session", 3000, "open",
    )  # fmt: skip
    assert session["shipping_address_collection"] == {"allowed_countries": ["US", "TH"]}
    assert (session["custom_fields"][0]["key"], session["custom_fields"][0]["optional"]) == (
        "size", False,
    )  # fmt: skip
    assert said["changed"]["metadata"] == {"tier": "gold"}
    assert [item["id"] for item in whole["line_items"]["data"]] == [
        item["id"] for item in said["items"]
    ]
    assert said["listed"] == [session["id"]]
    assert (said["expired"]["status"], said["expired"]["url"]) == ("expired", None)
    assert (said["again"]["status"], said["again"]["param"]) == (400, "session")


def test_a_payment_link(flow):
    said = flow("checkout")

    link = said["link"]
    assert (link["object"], link["active"], link["currency"]) == ("payment_link", True, "usd")
    assert (said["off"]["active"], said["links"]) == (False, [link["id"]])
    assert said["found"]["line_items"]["data"] == said["offered"]
    assert [item["quantity"] for item in said["offered"]] == [2]
