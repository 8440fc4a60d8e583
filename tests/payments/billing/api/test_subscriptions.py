"""`/v1/subscriptions` and `/v1/subscription_items` as they are spoken: lists, filters, search, items, customers."""

import pytest

from tests.payments.billing.subscribing import at_of, shop, unix

__all__ = ["shop"]


@pytest.fixture
def two(shop):
    """An active and a canceled subscription of one customer, at different prices."""
    customer = shop.customer()
    first = shop.subscribe(customer, shop.price(), metadata={"tier": "gold"})
    second = shop.subscribe(customer, shop.price(2000))
    return first, shop.ok(shop.api.delete(f"subscriptions/{second['id']}"))


def ids_of(shop, path="subscriptions", **params):
    return [each["id"] for each in shop.get(path, **params)["data"]]


def test_a_list_leaves_out_what_was_canceled(shop, two):
    first, second = (each["id"] for each in two)
    customer = two[0]["customer"]

    assert ids_of(shop, customer=customer) == [first]
    assert set(ids_of(shop, customer=customer, status="all")) == {first, second}
    assert ids_of(shop, customer=customer, status="ended") == [second]
    assert ids_of(shop, customer=customer, status="active") == [first]


def test_lists_are_narrowed(shop, two):
    first, second = two
    (item,) = first["items"]["data"]
    clock = shop.clock

    assert ids_of(shop, test_clock=clock) == [first["id"]]
    assert ids_of(shop, test_clock=clock, price=item["price"]["id"]) == [first["id"]]
    assert ids_of(shop, test_clock=clock, plan=second["items"]["data"][0]["price"]["id"]) == []
    assert ids_of(shop, test_clock=clock, collection_method="send_invoice") == []
    assert ids_of(shop, test_clock=clock, current_period_end=unix(2030, 2, 28, 12)) == [first["id"]]
    later = {"current_period_start[gt]": at_of(2031)}
    assert ids_of(shop, test_clock=clock, **later) == []


def test_subscriptions_are_found(shop, two):
    first, _second = two

    assert ids_of(shop, "subscriptions/search", query="metadata['tier']:'gold'") == [first["id"]]
    assert ids_of(shop, "subscriptions/search", query="status:'active'") == [first["id"]]


def test_a_list_takes_as_many_statements_however_long_it_is(shop, two, django_assert_num_queries):
    customer = two[0]["customer"]
    ids_of(shop, customer=customer, status="all")
    with django_assert_num_queries(5):
        ids_of(shop, customer=customer, status="all", limit=1)
    with django_assert_num_queries(5):
        ids_of(shop, customer=customer, status="all", limit=2)


def test_customers_show_their_subscriptions(shop, two):
    first, second = two

    customer = shop.get(f"customers/{first['customer']}", **{"expand[]": "subscriptions"})

    shown = customer["subscriptions"]
    assert (shown["object"], shown["has_more"]) == ("list", False)
    assert {each["id"] for each in shown["data"]} == {first["id"], second["id"]}


def test_what_a_subscription_refers_to_is_shown_when_asked_for(shop, two):
    first, _second = two
    paths = ["customer", "latest_invoice", "items.data.price.product", "default_payment_method"]

    shown = shop.get(f"subscriptions/{first['id']}", expand=paths)

    assert shown["customer"]["object"] == "customer"
    assert shown["latest_invoice"]["status"] == "paid"
    assert shown["items"]["data"][0]["price"]["product"]["name"] == "Gold"


def test_items_one_at_a_time(shop, two):
    first, _second = two
    price = shop.price(300)

    made = shop.post("subscription_items", subscription=first["id"], price=price, quantity=2)
    changed = shop.post(
        f"subscription_items/{made['id']}", quantity=5, metadata={"seat": "4"},
        proration_behavior="none",
    )  # fmt: skip
    listed = ids_of(shop, "subscription_items", subscription=first["id"])
    gone = shop.ok(shop.api.delete(f"subscription_items/{made['id']}"))

    assert (made["quantity"], made["price"]["id"]) == (2, price)
    assert (changed["quantity"], changed["metadata"]) == (5, {"seat": "4"})
    assert set(listed) == {made["id"], first["items"]["data"][0]["id"]}
    assert gone == {"id": made["id"], "object": "subscription_item", "deleted": True}
    assert shop.api.get(f"subscription_items/{made['id']}").status == 404


def test_items_are_listed_for_one_subscription(shop):
    answer = shop.api.get("subscription_items")

    assert (answer.status, answer.error["param"]) == (400, "subscription")
