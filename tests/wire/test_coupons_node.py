"""Coupons, promotion codes and customers' discounts through the official Node SDK, unmodified."""

import pytest

pytestmark = pytest.mark.node


def test_coupons_and_promotion_codes(flow):
    said = flow("coupons")

    coupon, code, whole = said["coupon"], said["code"], said["whole"]
    assert (coupon["id"], coupon["valid"], coupon["duration_in_months"]) == ("FIVE-OFF", True, 3)
    assert (said["renamed"]["name"], said["coupons"]) == ("Five off", ["FIVE-OFF"])
    assert (whole["applies_to"], whole["currency_options"]["eur"]) == (None, {"amount_off": 450})
    assert (code["code"], code["promotion"]["coupon"], said["codes"]) == (
        "Spring", "FIVE-OFF", [code["id"]],
    )  # fmt: skip
    assert (said["changed"]["metadata"], said["found"]["promotion"]["coupon"]["name"]) == (
        {"tier": "gold"}, "Five off",
    )  # fmt: skip


def test_a_customers_discount(flow):
    said = flow("coupons")

    discount, gone = said["discount"], said["gone"]
    assert (discount["source"]["coupon"]["id"], discount["promotion_code"]["code"]) == (
        "FIVE-OFF", "Spring",
    )  # fmt: skip
    assert (gone["id"], gone["deleted"], said["bare"]["discount"]) == (discount["id"], True, None)
    assert (said["deleted"]["id"], said["deleted"]["deleted"]) == ("FIVE-OFF", True)
    assert (said["late"]["status"], said["late"]["param"]) == (404, "promotion_code")
