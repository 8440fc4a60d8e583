"""Prices in the dashboard: listed, found, read, made, changed."""

import pytest

from payments.billing.models import Price
from payments.billing.services import prices
from tests.customers.admin.page import errors, facts, fields, rows
from tests.factories.catalog import PriceFactory, ProductFactory

LIST = "/admin/billing/price/"


@pytest.fixture
def product(scope):
    return ProductFactory(name="Museum pass")


def test_list_says_of_what_and_how_often(owner, product, at):
    PriceFactory(product=product, is_active=False, divide_by=10, currency="jpy")
    PriceFactory(product=product, kind="recurring", interval="week", lookup_key="pass")
    prices.create(
        product, at=at,
        terms={
            "currency": "usd", "billing_scheme": "tiered", "tiers_mode": "volume",
            "tiers": [{"up_to": None, "unit_amount": 1}],
        },
    )  # fmt: skip
    PriceFactory(product=product, is_inline=True)
    PriceFactory(product=product, deleted_at=at)

    found = sorted(cells[:5] for cells in rows(owner.get(LIST)))

    assert found == [
        ["Museum pass", "$10.00", "every week", "Active", "pass"],
        ["Museum pass", "In tiers", "once", "Active", ""],
        ["Museum pass", "¥1,000 for 10", "once", "Archived", ""],
    ]
    assert len(rows(owner.get(LIST, {"state": "archived"}))) == 1
    assert [cells[2] for cells in rows(owner.get(LIST, {"type": "again"}))] == ["every week"]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    PriceFactory.create_batch(count)

    with django_assert_num_queries(4):  # session, operator, sites, prices with their products
        assert owner.get(LIST).status_code == 200


def test_a_price_is_found_by_its_lookup_key_and_by_ids(owner, product):
    price = PriceFactory(product=product, lookup_key="pass")
    PriceFactory()

    found = [
        [cells[4] for cells in rows(owner.get(LIST, {"q": words}))]
        for words in ("pass", price.pk, product.pk, "pas")
    ]

    assert found == [["pass"], ["pass"], ["pass"], []]


def test_page_says_all_that_it_costs(owner, product, at):
    price = prices.create(
        product, at=at, details={"metadata": {"desk": "3"}},
        terms={
            "currency": "usd", "billing_scheme": "tiered", "tiers_mode": "graduated",
            "recurring": {"interval": "month", "trial_period_days": 14},
            "tiers": [
                {"up_to": 10, "unit_amount": 500}, {"up_to": None, "unit_amount_decimal": "399.5", "flat_amount": 100},
            ],
            "currency_options": {"eur": {"tiers": [{"up_to": None, "unit_amount": 1}]}},
        },
    )  # fmt: skip

    page = owner.get(f"{LIST}{price.pk}/")

    said = facts(page)
    assert (page.context["title"], page.context["product"]["name"]) == (
        "In tiers every month",
        "Museum pass",
    )
    assert {label: said[label] for label in ("1 to 10", "From 11", "Billed", "Trial", "Other currencies", "desk")} == {
        "1 to 10": "$5.00 per unit", "From 11": "USD 3.995 per unit + $1.00 flat",
        "Billed": "every month", "Trial": "14 days", "Other currencies": "EUR", "desk": "3",
    }  # fmt: skip


def test_a_price_is_made(owner, product, told):
    ProductFactory(name="Poster")
    address = f"{LIST}add/?product={product.pk}"
    page = owner.get(address)
    form = fields(
        page, model="package", amount="0.125", currency="usd", divide_by="10", interval="month",
        interval_count="2", trial_days="7", tax_behavior="exclusive", nickname="Wholesale", lookup_key="wholesale",
    )  # fmt: skip

    answer = owner.post(address, form)

    price = Price.objects.get()
    assert answer.url == f"{LIST}{price.pk}/"
    assert (price.product, price.unit_amount, price.unit_amount_decimal) == (product, None, 12.5)
    assert (price.divide_by, price.rounds_up, price.interval, price.interval_count, price.trial_days) == (
        10, True, "month", 2, 7,
    )  # fmt: skip
    assert (price.tax_behavior, price.nickname, price.lookup_key) == (
        "exclusive",
        "Wholesale",
        "wholesale",
    )
    assert told() == ["price.created"]


def tiers(*rows):
    """Return what the form sends of tiers: up to, per unit, flat, currency."""
    columns = zip(*rows, strict=True)
    return {
        f"tiers-{name}": list(texts)
        for name, texts in zip(("up_to", "unit", "flat", "currency"), columns, strict=True)
    }


@pytest.mark.parametrize("model", ["graduated", "volume"])
def test_a_price_in_tiers_and_currencies_is_made(owner, product, model):
    address = f"{LIST}add/?product={product.pk}"
    form = fields(
        owner.get(address), model=model, currency="usd", interval="month", tax_behavior="exclusive",
        **tiers(
            ("10", "5", "", ""), ("", "3.995", "1", "usd"), ("", "", "", ""), ("5", "900", "", "JPY"),
            ("", "0", "", "jpy"),
        ),
    )  # fmt: skip

    answer = owner.post(address, form)

    price = Price.objects.get()
    assert answer.url == f"{LIST}{price.pk}/"
    assert (price.scheme, price.tiers_mode, price.unit_amount_decimal) == ("tiered", model, None)
    assert price.tiers == [
        {"up_to": 10, "unit_amount_decimal": "500", "flat_amount_decimal": None},
        {"up_to": None, "unit_amount_decimal": "399.5", "flat_amount_decimal": "100"},
    ]
    assert price.currency_options == {
        "jpy": {
            "tax_behavior": "exclusive", "unit_amount_decimal": None,
            "tiers": [
                {"up_to": 5, "unit_amount_decimal": "900", "flat_amount_decimal": None},
                {"up_to": None, "unit_amount_decimal": "0", "flat_amount_decimal": None},
            ],
        }
    }  # fmt: skip


def test_a_price_in_several_currencies_is_made(owner, product):
    address = f"{LIST}add/?product={product.pk}"
    form = fields(
        owner.get(address), amount="29", currency="usd",
        **{"currency_options-currency": ["eur", "JPY", ""], "currency_options-amount": ["25", "4000", ""]},
    )  # fmt: skip

    owner.post(address, form)

    price = Price.objects.get()
    assert (price.scheme, price.unit_amount) == ("per_unit", 2900)
    assert {code: each["unit_amount_decimal"] for code, each in price.currency_options.items()} == {
        "eur": "2500", "jpy": "4000",
    }  # fmt: skip


def test_what_was_typed_in_rows_stays(owner, product):
    address = f"{LIST}add/?product={product.pk}"
    form = fields(owner.get(address), model="volume", currency="usd", **tiers(("x", "5", "", "")))

    answer = owner.post(address, form)

    assert errors(answer) == {"tiers": ["Row 1: “Up to” is a whole number from 1, or empty."]}
    again = fields(answer)
    assert (again["tiers-up_to"], again["tiers-unit"]) == (
        ["x", "", "", "", ""], ["5", "", "", "", ""],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model": "volume", "amount": ""}, "tiers"),
        ({"model": "volume", **tiers(("", "1", "", ""))}, "amount"),
        ({"model": "volume", "amount": "", **tiers(("5", "1", "", ""))}, "tiers"),
        ({"model": "volume", "amount": "", **tiers(("", "", "", ""), ("", "-1", "", ""))}, "tiers"),
        ({"model": "volume", "amount": "", **tiers(("", "NaN", "", ""))}, "tiers"),
        ({"model": "volume", "amount": "", **tiers(("", "1", "", "xxx"))}, "tiers"),
        ({"model": "volume", "amount": "", **tiers(("", "1", "", "eur"))}, "tiers"),
        (
            {"model": "volume", "amount": "", **tiers(("", "1", "", ""), ("7", "1", "", "eur"))},
            "tiers",
        ),
        ({"model": "volume", "amount": "", **tiers(*[("", "1", "", "")] * 101)}, "tiers"),
        ({"model": "package"}, "divide_by"),
        ({"divide_by": "10"}, "divide_by"),
        (tiers(("", "1", "", "")), "tiers"),
        (
            {"currency_options-currency": ["eur"], "currency_options-amount": [""]},
            "currency_options",
        ),
        (
            {"currency_options-currency": ["eur"] * 2, "currency_options-amount": ["1"] * 2},
            "currency_options",
        ),
        (
            {"currency_options-currency": ["usd"], "currency_options-amount": ["1"]},
            "currency_options",
        ),
        (
            {
                "model": "volume",
                "amount": "",
                **tiers(("", "1", "", "")),
                "currency_options-currency": ["eur"],
                "currency_options-amount": ["1"],
            },
            "currency_options",
        ),
        ({"amount": ""}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1000000"}, "amount"),
        ({"amount": "0.123456789012345"}, "amount"),
        ({"product": "prod_missing"}, "product"),
        ({"interval": "week", "interval_count": "157"}, "interval_count"),
        ({"trial_days": "7"}, "trial_days"),
        ({"lookup_key": "taken"}, "lookup_key"),
    ],
)
def test_what_a_price_cannot_be(owner, product, nothing_written, changes, field):
    PriceFactory(lookup_key="taken")
    address = f"{LIST}add/?product={product.pk}"
    form = fields(owner.get(address), **{"amount": "1", "currency": "usd", **changes})

    with nothing_written():
        answer = owner.post(address, form)

    assert list(errors(answer)) == [field]


def test_a_price_is_changed(owner, product, told):
    price = PriceFactory(product=product)
    address = f"{LIST}{price.pk}/change/"
    form = fields(owner.get(address), nickname="Old", is_active=None, tax_behavior="inclusive")

    owner.post(address, form)

    price.refresh_from_db()
    assert (price.nickname, price.is_active, price.tax_behavior) == ("Old", False, "inclusive")
    assert told() == ["price.updated"]
    assert "tax_behavior" not in fields(owner.get(address))


def test_a_default_price_is_not_archived(owner, product, nothing_written):
    price = PriceFactory(product=product)
    type(product).objects.filter(pk=product.pk).update(default_price_id=price.pk)
    address = f"{LIST}{price.pk}/change/"
    form = fields(owner.get(address), is_active=None)

    with nothing_written():
        answer = owner.post(address, form)

    assert list(errors(answer)) == ["is_active"]
    assert [link.label for link in owner.get(f"{LIST}{price.pk}/").context["links"]] == ["Edit"]


def test_a_price_for_one_use_has_a_page(owner, product):
    price = PriceFactory(product=product, is_inline=True)

    assert owner.get(f"{LIST}{price.pk}/").status_code == 200


def test_reader_only_reads(reader, product, nothing_written):
    price = PriceFactory(product=product)

    assert reader.get(f"{LIST}{price.pk}/").context["links"] == []
    with nothing_written():
        answers = [reader.post(f"{LIST}{path}") for path in ("add/", f"{price.pk}/change/")]
    assert [answer.status_code for answer in answers] == [403, 403]
