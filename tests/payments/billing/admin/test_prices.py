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
        page, amount="0.125", currency="usd", divide_by="10", interval="month", interval_count="2", trial_days="7",
        tax_behavior="exclusive", nickname="Wholesale", lookup_key="wholesale",
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


@pytest.mark.parametrize(
    ("changes", "field"),
    [
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
