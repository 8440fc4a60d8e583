"""How prices are computed, and those that are made for one use."""

from fractions import Fraction

import pytest

from customers.kit import clock
from customers.kit.errors import InvalidRequest, NotFound
from payments.billing import pricing
from payments.billing.models import Price, Product
from payments.billing.pricing import Pricing, Tier
from payments.billing.services import prices, products
from tests.factories.catalog import PriceFactory, ProductFactory

AT = clock.now()
TIERS = [
    {"up_to": 10, "unit_amount": 500},
    {"up_to": None, "unit_amount_decimal": "399.5", "flat_amount": 100},
]

pytestmark = pytest.mark.usefixtures("scope")


def make(**terms):
    return prices.create(ProductFactory(), terms={"currency": "usd", **terms}, at=AT)


def test_a_price_per_unit_is_computed_by_the_unit():
    price = make(unit_amount=250)

    assert prices.pricing(price) == Pricing("per_unit", unit=Fraction(250))
    assert pricing.amount(prices.pricing(price), 3) == 750


def test_a_price_with_decimals_is_computed_exactly():
    price = make(unit_amount_decimal="0.25")

    assert [pricing.amount(prices.pricing(price), quantity) for quantity in (1, 2, 400)] == [
        0,
        1,
        100,
    ]


@pytest.mark.parametrize(("direction", "amount"), [("up", 300), ("down", 200)])
def test_a_price_of_packages_counts_those_that_are_begun_or_not(direction, amount):
    price = make(unit_amount=100, transform_quantity={"divide_by": 10, "round": direction})

    assert pricing.amount(prices.pricing(price), 25) == amount


@pytest.mark.parametrize(("mode", "amount"), [("graduated", 5_899), ("volume", 4_894)])
def test_a_price_in_tiers_is_computed_by_its_mode(mode, amount):
    price = make(billing_scheme="tiered", tiers_mode=mode, tiers=TIERS)

    assert prices.pricing(price) == Pricing(
        "tiered", tiers_mode=mode,
        tiers=(Tier(10, Fraction(500)), Tier(None, Fraction("399.5"), Fraction(100))),
    )  # fmt: skip
    assert pricing.amount(prices.pricing(price), 12) == amount


def test_a_price_is_computed_in_each_of_its_currencies():
    options = {"eur": {"unit_amount": 230, "tax_behavior": "inclusive"}}
    price = make(unit_amount=250, tax_behavior="exclusive", currency_options=options)

    assert prices.currencies(price) == ["usd", "eur"]
    assert [pricing.amount(prices.pricing(price, each), 2) for each in ("", "usd", "eur")] == [
        500,
        500,
        460,
    ]
    assert [prices.tax_behavior(price, each) for each in ("", "eur")] == ["exclusive", "inclusive"]
    with pytest.raises(InvalidRequest, match="only supports `usd`, `eur`"):
        prices.pricing(price, "thb")


def test_tiers_are_computed_in_each_currency():
    price = make(
        billing_scheme="tiered", tiers_mode="volume", tiers=TIERS,
        currency_options={"eur": {"tiers": [{"up_to": None, "unit_amount": 7}]}},
    )  # fmt: skip

    assert pricing.amount(prices.pricing(price, "eur"), 12) == 84


def test_a_price_for_one_use_is_found_and_not_offered():
    product = ProductFactory()
    data = {
        "currency": "usd", "product": product.pk, "unit_amount": 900,
        "recurring": {"interval": "month", "interval_count": 2},
    }  # fmt: skip

    price = prices.inline(data, at=AT)

    assert prices.get(price.pk) == price
    assert (price.product, price.is_active, price.is_inline, price.interval, price.interval_count) == (
        product, False, True, "month", 2,
    )  # fmt: skip
    assert list(products.prices_of(product)) == []
    with pytest.raises(InvalidRequest, match="only accepts active prices"):
        prices.usable(price.pk, param="price")


def test_a_price_for_one_use_may_bring_its_product_along():
    data = {"currency": "usd", "product_data": {"name": "Repair"}, "unit_amount": 900}

    price = prices.inline(data, at=AT)

    assert (price.product.name, price.product.is_active) == ("Repair", True)


@pytest.mark.parametrize(
    ("data", "error", "param"),
    [
        ({"unit_amount": 1}, InvalidRequest, "items[0][price_data][product]"),
        (
            {"unit_amount": 1, "product": "x", "product_data": {"name": "x"}},
            InvalidRequest,
            "items[0][price_data][product]",
        ),
        ({"unit_amount": 1, "product": "x"}, NotFound, "items[0][price_data][product]"),
        ({"product_data": {"name": "x"}}, InvalidRequest, "items[0][price_data][unit_amount]"),
        (
            {
                "unit_amount": 1,
                "product_data": {"name": "x"},
                "recurring": {"interval": "year", "interval_count": 4},
            },
            InvalidRequest,
            "items[0][price_data][recurring][interval_count]",
        ),
    ],
)
def test_a_price_for_one_use_is_refused_where_it_stands(data, error, param):
    with pytest.raises(error) as refusal:
        prices.inline({"currency": "usd", **data}, param="items[0][price_data]", at=AT)

    assert refusal.value.param == param
    assert (Price.objects.count(), Product.objects.count()) == (0, 0)


def test_a_plan_that_was_deleted_is_not_found():
    price = PriceFactory(deleted_at=AT)

    with pytest.raises(NotFound, match=f"No such price: '{price.pk}'"):
        prices.get(price.pk, param="price")


def test_a_price_for_a_product_that_was_deleted_meanwhile_is_refused():
    product = ProductFactory()
    products.delete(product, at=AT)

    with pytest.raises(NotFound, match="No such product"):
        prices.create(product, terms={"currency": "usd", "unit_amount": 1}, at=AT)


def test_a_price_is_kept_while_it_is_there():
    plan = make(unit_amount=100, recurring={"interval": "month"})

    assert prices.keep(plan) is None
    prices.delete(plan, at=AT)
    with pytest.raises(NotFound, match="No such price"):
        prices.keep(plan)


def test_a_price_that_is_gone_does_not_become_the_default():
    plan = make(unit_amount=100, recurring={"interval": "month"})
    prices.delete(plan, at=AT)

    with pytest.raises(NotFound) as refusal:
        products.update(plan.product, details={"default_price": plan}, at=AT)

    assert refusal.value.param == "default_price"
