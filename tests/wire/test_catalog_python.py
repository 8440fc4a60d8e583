"""Products, prices, plans and tax rates through the official `stripe` package, unmodified, in both of its styles."""

from decimal import Decimal

import pytest
import stripe

from tests.wire import catalog_sdk  # noqa: F401 -- it adds its operations to the SDK's
from tests.wire.sdk import ClientStyle, ModuleStyle

STYLES = {"client": ClientStyle, "module": ModuleStyle}
TIERS = [
    {"up_to": 10, "unit_amount_decimal": Decimal("12.5")},
    {"up_to": "inf", "unit_amount": 10, "flat_amount": 100},
]


@pytest.fixture(params=STYLES)
def sdk(request, live, keys):
    before = stripe.api_base, stripe.api_key
    yield STYLES[request.param](live, keys["sk_test"])
    stripe.api_base, stripe.api_key = before


def test_a_product_from_its_making_to_its_end(sdk):
    made = sdk(
        "products.create", id="gold", name="Gold", marketing_features=[{"name": "Brings a guest"}],
        metadata={"tier": "gold"}, shippable=False,
    )  # fmt: skip
    changed = sdk(
        "products.update",
        "gold",
        description="Every exhibition",
        url="https://shop.example.com/gold",
    )
    found = sdk("products.retrieve", "gold")

    assert isinstance(made, stripe.Product)
    assert (made.id, made.marketing_features[0].name, made.default_price) == (
        "gold",
        "Brings a guest",
        None,
    )
    assert (changed.description, found.url, found.metadata["tier"]) == (
        "Every exhibition", "https://shop.example.com/gold", "gold",
    )  # fmt: skip
    assert [each.id for each in sdk("products.list", ids=["gold", "silver"], active=True)] == [
        "gold"
    ]
    assert [
        each.id for each in sdk("products.search", query="name:'gold' AND shippable:'false'")
    ] == ["gold"]
    assert sdk("products.delete", "gold").deleted is True
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk("products.retrieve", "gold")
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_a_product_with_its_default_price(sdk):
    product = sdk(
        "products.create", name="Gold", expand=["default_price.currency_options"],
        default_price_data={
            "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
            "currency_options": {"eur": {"unit_amount": 1400}},
        },
    )  # fmt: skip

    price = product.default_price
    assert isinstance(price, stripe.Price)
    assert (price.product, price.type, price.recurring.interval, price.recurring.usage_type) == (
        product.id, "recurring", "month", "licensed",
    )  # fmt: skip
    assert {name: option["unit_amount"] for name, option in price.currency_options.to_dict().items()} == {
        "eur": 1400, "usd": 1500,
    }  # fmt: skip


def test_prices_by_lookup_key(sdk):
    product = sdk("products.create", name="Gold").id
    old = sdk("prices.create", product=product, currency="usd", unit_amount=1500, lookup_key="gold")
    new = sdk(
        "prices.create", product=product, currency="usd", unit_amount_decimal=Decimal("1550.5"), lookup_key="gold",
        transfer_lookup_key=True,
    )  # fmt: skip
    archived = sdk("prices.update", old.id, active=False, metadata={"why": "dearer"})

    found = sdk("prices.list", lookup_keys=["gold"], expand=["data.product"]).data
    assert [(price.id, price.product.id) for price in found] == [(new.id, product)]
    assert (new.unit_amount, new.unit_amount_decimal) == (None, Decimal("1550.5"))
    assert (archived.active, archived.lookup_key, archived.metadata["why"]) == (
        False,
        None,
        "dearer",
    )
    assert [
        each.id for each in sdk("prices.search", query=f"product:'{product}' AND active:'true'")
    ] == [new.id]


def test_a_price_in_tiers(sdk):
    price = sdk(
        "prices.create", currency="usd", billing_scheme="tiered", tiers_mode="graduated", tiers=TIERS,
        recurring={"interval": "year"}, product_data={"name": "Gold"},
    )  # fmt: skip
    found = sdk("prices.retrieve", price.id, expand=["tiers"])

    assert (price.billing_scheme, price.tiers_mode, price.unit_amount) == (
        "tiered",
        "graduated",
        None,
    )
    assert [
        (tier.up_to, tier.unit_amount, tier.unit_amount_decimal, tier.flat_amount)
        for tier in found.tiers
    ] == [(10, None, Decimal("12.5"), None), (None, 10, Decimal(10), 100)]


def test_prices_of_many_pages(sdk):
    product = sdk("products.create", name="Gold").id
    made = [
        sdk("prices.create", product=product, currency="usd", unit_amount=amount).id for amount in range(5)
    ]  # fmt: skip

    pages = sdk("prices.list", product=product, limit=2).auto_paging_iter()

    assert [price.id for price in pages] == made[::-1]


def test_a_plan_from_its_making_to_its_end(sdk):
    made = sdk(
        "plans.create", id="weekly", currency="usd", amount=500, interval="week", product={"name": "Gold"}
    )  # fmt: skip
    changed = sdk("plans.update", "weekly", nickname="Weekly")
    found = sdk("plans.retrieve", "weekly", expand=["product"])

    assert isinstance(made, stripe.Plan)
    assert (made.amount, made.amount_decimal, changed.nickname, found.product.name) == (
        500, Decimal(500), "Weekly", "Gold",
    )  # fmt: skip
    assert sdk("prices.retrieve", "weekly").unit_amount == 500
    assert [each.id for each in sdk("plans.list", product=made.product)] == ["weekly"]
    assert sdk("plans.delete", "weekly").deleted is True
    assert sdk("products.delete", made.product).deleted is True


def test_tax_rates(sdk):
    rate = sdk(
        "tax_rates.create", display_name="VAT", percentage=7.25, inclusive=True, country="TH", tax_type="vat"
    )  # fmt: skip
    changed = sdk("tax_rates.update", rate.id, active=False)

    assert isinstance(rate, stripe.TaxRate)
    assert (rate.percentage, rate.inclusive, changed.active) == (7.25, True, False)
    assert sdk("tax_rates.retrieve", rate.id) == changed
    assert [each.id for each in sdk("tax_rates.list", active=False)] == [rate.id]


def test_what_is_not_offered_is_refused_by_name(sdk):
    with pytest.raises(stripe.InvalidRequestError, match="no meters") as refusal:
        sdk(
            "prices.create", currency="usd", unit_amount=1, product_data={"name": "Gold"},
            recurring={"interval": "month", "usage_type": "metered"},
        )  # fmt: skip

    assert refusal.value.param == "recurring[usage_type]"
