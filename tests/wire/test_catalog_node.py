"""Products, prices, plans and tax rates through the official Node SDK, unmodified."""

import pytest

pytestmark = pytest.mark.node


def test_the_catalog(flow):
    said = flow("catalog")

    product, price = said["product"], said["price"]
    default = product["default_price"]
    assert (product["id"], default["unit_amount"], default["recurring"]["interval"]) == (
        "gold",
        1500,
        "month",
    )
    assert said["changed"] == said["found"]
    assert (said["found"]["description"], said["found"]["default_price"]) == (
        "Every exhibition",
        default["id"],
    )
    assert said["products"] == said["searched"] == ["gold"]
    assert (said["kept"]["status"], said["kept"]["rawType"]) == (400, "invalid_request_error")
    assert (price["unit_amount"], price["unit_amount_decimal"], said["archived"]["active"]) == (
        None,
        "12.5",
        False,
    )
    assert (
        said["whole"]["product"]["name"],
        said["whole"]["currency_options"]["eur"]["unit_amount"],
    ) == ("Gold", 11)
    assert said["prices"] == [price["id"], default["id"]]
    assert said["byKey"] == [price["id"]]


def test_plans_and_tax_rates(flow):
    said = flow("catalog")

    plan, rate = said["plan"], said["rate"]
    assert [(tier["up_to"], tier["flat_amount"], tier["unit_amount"]) for tier in plan["tiers"]] == [
        (10, 100, None), (None, None, 9),
    ]  # fmt: skip
    assert said["renamed"] == said["planFound"]
    assert (said["planFound"]["nickname"], said["plans"]) == ("Volume", ["tiered"])
    assert [(gone["id"], gone["deleted"]) for gone in said["gone"]] == [
        ("tiered", True),
        ("silver", True),
    ]
    assert (rate["percentage"], rate["inclusive"], said["rates"]) == (7.25, False, [rate["id"]])
    assert said["old"] == said["rateFound"]
