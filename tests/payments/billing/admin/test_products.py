"""Products in the dashboard: listed, found, read, made, changed, deleted."""

import pytest

from payments.billing.models import Price, Product
from payments.billing.services import products
from tests.customers.admin.page import errors, facts, fields, rows
from tests.factories.catalog import PriceFactory, ProductFactory

LIST = "/admin/billing/product/"


@pytest.fixture
def product(scope):
    return ProductFactory(name="Museum pass")


def test_list_says_what_is_sold_and_for_how_much(owner, product):
    price = PriceFactory(product=product, kind="recurring", interval="month", interval_count=3)
    Product.objects.filter(pk=product.pk).update(default_price_id=price.pk)
    ProductFactory(name="Poster", is_active=False)

    assert [cells[:3] for cells in rows(owner.get(LIST))] == [
        ["Poster", "Archived", ""],
        ["Museum pass", "Active", "$10.00 every 3 months"],
    ]
    assert [cells[0] for cells in rows(owner.get(LIST, {"state": "active"}))] == ["Museum pass"]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    for price in PriceFactory.create_batch(count):
        Product.objects.filter(pk=price.product_id).update(default_price_id=price.pk)

    with django_assert_num_queries(5):  # session, operator, sites, products, their default prices
        assert owner.get(LIST).status_code == 200


def test_a_product_is_found_by_a_part_of_its_name_and_by_its_id(owner, at, product):
    poster = products.create(details={"name": "Poster"}, pk="poster-2026", at=at)

    found = [
        [cells[0] for cells in rows(owner.get(LIST, {"q": words}))]
        for words in ("seum", "poster-2026", product.pk, "nothing")
    ]

    assert found == [["Museum pass"], ["Poster"], ["Museum pass"], []]
    assert facts(owner.get(f"{LIST}{poster.pk}/"))["ID"] == "poster-2026"


def test_page_shows_its_prices(owner, product):
    first = PriceFactory(product=product, nickname="Single")
    second = PriceFactory(
        product=product, kind="recurring", interval="year", unit_amount=None, unit_amount_decimal="12.5",
        is_active=False,
    )  # fmt: skip
    PriceFactory(product=product, is_inline=True)
    Product.objects.filter(pk=product.pk).update(default_price_id=first.pk)

    page = owner.get(f"{LIST}{product.pk}/")

    assert page.context["prices"] == [
        {
            "url": f"/admin/billing/price/{second.pk}/", "amount": "USD\N{NO-BREAK SPACE}0.125", "rhythm": "every year",
            "text": "", "badges": [("Archived", "")],
        },
        {
            "url": f"/admin/billing/price/{first.pk}/", "amount": "$10.00", "rhythm": "once", "text": "Single",
            "badges": [("Default", "ok")],
        },
    ]  # fmt: skip
    assert page.context["has_more"] is False


def test_a_product_is_made_with_its_first_price(owner, scope, told):
    address = f"{LIST}add/"
    form = fields(
        owner.get(address), name="Museum pass", description="All of it", amount="15.50", currency="usd",
        interval="month", interval_count="", images="https://shop.example.com/a.png\nhttps://shop.example.com/b.png",
    )  # fmt: skip

    answer = owner.post(address, form)

    product, price = Product.objects.get(), Price.objects.get()
    assert answer.url == f"{LIST}{product.pk}/"
    assert (product.name, product.description, len(product.images), product.is_active) == (
        "Museum pass", "All of it", 2, True,
    )  # fmt: skip
    assert product.default_price_id == price.pk
    assert (price.unit_amount, price.currency, price.interval, price.interval_count) == (
        1550,
        "usd",
        "month",
        1,
    )
    assert told() == ["product.created", "price.created"]


def test_a_product_is_made_without_a_price(owner, scope, told):
    address = f"{LIST}add/"

    owner.post(address, fields(owner.get(address), name="Museum pass", amount=""))

    assert (Product.objects.get().default_price_id, told()) == ("", ["product.created"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1000000"}, "amount"),
        ({"amount": "0.001", "currency": "jpy", "interval": "year", "interval_count": "4"}, "interval_count"),
        ({"url": "shop"}, "url"),
        ({"images": "shop"}, "images"),
        ({"statement_descriptor": "<>"}, "statement_descriptor"),
    ],
)  # fmt: skip
def test_what_a_product_cannot_be(owner, scope, nothing_written, changes, field):
    address = f"{LIST}add/"
    form = fields(owner.get(address), **{"name": "Museum pass", "amount": "1", **changes})

    with nothing_written():
        answer = owner.post(address, form)

    assert list(errors(answer)) == [field]


def test_a_product_is_changed(owner, product, told):
    address = f"{LIST}{product.pk}/change/"
    form = fields(owner.get(address), unit_label="seat", is_active=None)

    answer = owner.post(address, form)

    product.refresh_from_db()
    assert answer.url == f"{LIST}{product.pk}/"
    assert (product.name, product.unit_label, product.is_active) == ("Museum pass", "seat", False)
    assert told() == ["product.updated"]


def test_another_price_becomes_the_default(owner, product, told):
    price = PriceFactory(product=product)
    address = f"{LIST}{product.pk}/default/?price={price.pk}"

    owner.post(address, fields(owner.get(address)))

    product.refresh_from_db()
    assert (product.default_price_id, told()) == (price.pk, ["product.updated"])


def test_another_products_price_does_not(owner, product, nothing_written):
    price = PriceFactory()

    with nothing_written():
        answer = owner.post(f"{LIST}{product.pk}/default/?price={price.pk}")

    assert answer.status_code == 404


def test_a_product_is_deleted_while_it_has_no_price(owner, product, told):
    address = f"{LIST}{product.pk}/delete/"

    owner.post(address, fields(owner.get(address)))

    assert (Product.objects.count(), told()) == (0, ["product.deleted"])


def test_a_product_with_a_price_stays(owner, product, nothing_written):
    PriceFactory(product=product)
    address = f"{LIST}{product.pk}/delete/"

    with nothing_written():
        answer = owner.post(address, fields(owner.get(address)))

    assert errors(answer) == {
        "": ["This product cannot be deleted because it has one or more user-created prices."]
    }


def test_reader_only_reads(reader, product, nothing_written):
    assert reader.get(f"{LIST}{product.pk}/").context["links"] == []
    with nothing_written():
        answers = [
            reader.post(f"{LIST}{path}", {"name": "Mine"})
            for path in (
                "add/",
                f"{product.pk}/change/",
                f"{product.pk}/delete/",
                f"{product.pk}/default/",
            )
        ]
    assert [answer.status_code for answer in answers] == [403] * 4
