"""Customers' discounts: given and taken away with the customer, shown with it, and reached on their own."""

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from payments.billing.services import discounts
from payments.services import due_work
from tests.factories.coupons import DiscountedSubscriptionFactory
from tests.factories.customers import CustomerFactory


@pytest.fixture
def coupon(api):
    return api.post("coupons", percent_off=25, duration="repeating", duration_in_months=3).body[
        "id"
    ]


@pytest.fixture
def code(api, coupon):
    return api.post("promotion_codes", coupon=coupon).body["id"]


@pytest.fixture
def customer(api, coupon):
    return api.post("customers", email="jenny@example.com", coupon=coupon).body


def test_a_customer_is_shown_with_its_discount(api, customer, coupon, django_assert_num_queries):
    with django_assert_num_queries(2):  # the key, and the customer: no table is joined
        shown = api.get(f"customers/{customer['id']}").body

    assert shown == customer
    discount = shown["discount"]
    assert discount["id"].startswith("di_")
    assert (discount["object"], discount["customer"]) == ("discount", customer["id"])
    assert discount["source"] == {"coupon": coupon, "type": "coupon"}
    assert discount["start"] < discount["end"]
    assert api.get("customers").body["data"] == [customer]


def test_everything_of_a_discount_is_expanded(api, code):
    made = api.post("customers", promotion_code=code).body["id"]
    paths = ["discount.customer", "discount.promotion_code", "discount.source.coupon"]

    discount = api.get(f"customers/{made}", expand=paths).body["discount"]
    listed = api.get("customers", expand=[f"data.{path}" for path in paths]).body["data"]

    assert discount["customer"]["id"] == made
    assert (discount["promotion_code"]["id"], discount["source"]["coupon"]["object"]) == (
        code, "coupon",
    )  # fmt: skip
    assert listed[0]["discount"] == discount


def test_expanding_leaves_what_is_kept_alone(api, customer):
    path = f"customers/{customer['id']}"

    answer = api.post(path, description="Reads", expand=["discount.source.coupon"]).body

    assert answer["discount"]["source"]["coupon"]["object"] == "coupon"
    assert api.get(path).body["discount"] == customer["discount"]


def test_a_change_of_something_else_leaves_the_discount(api, customer):
    changed = api.post(f"customers/{customer['id']}", name="Jenny").body

    assert changed["discount"] == customer["discount"]


def test_a_discount_is_replaced_and_emptied(api, customer, code):
    path = f"customers/{customer['id']}"

    replaced = api.post(path, promotion_code=code).body["discount"]
    emptied = api.post(path, coupon="").body["discount"]

    assert (replaced["promotion_code"], replaced["id"] == customer["discount"]["id"]) == (
        code,
        False,
    )
    assert emptied is None


@pytest.mark.parametrize(
    ("params", "status", "param"),
    [
        ({"coupon": "MISSING"}, 404, "coupon"),
        ({"promotion_code": "promo_missing"}, 404, "promotion_code"),
        ({"coupon": "A", "promotion_code": "B"}, 400, "coupon"),
        ({"coupon": ["A"]}, 400, "coupon"),
    ],
)
def test_an_invalid_one_is_refused(api, customer, nothing_written, params, status, param):
    for path in ("customers", f"customers/{customer['id']}"):
        with nothing_written():
            answer = api.post(path, params)
        assert (answer.status, answer.error["param"]) == (status, param)


def test_the_same_request_redeems_once(api, coupon):
    headers = {"Idempotency-Key": "order-1"}

    made = [api.post("customers", coupon=coupon, headers=headers).body["id"] for _ in range(2)]

    assert made[0] == made[1]
    assert api.get(f"coupons/{coupon}").body["times_redeemed"] == 1


def test_a_customers_discount_on_its_own(api, customer):
    path = f"customers/{customer['id']}/discount"

    shown = api.get(path, expand=["source.coupon"]).body
    gone = api.delete(path).body

    assert (shown["id"], shown["source"]["coupon"]["percent_off"]) == (
        customer["discount"]["id"],
        25,
    )
    assert gone == {**customer["discount"], "deleted": True}
    assert api.get(f"customers/{customer['id']}").body["discount"] is None
    for answer in (api.get(path), api.delete(path)):
        assert (answer.status, answer.error["message"]) == (
            404, f"No active discount for customer: {customer['id']}",
        )  # fmt: skip


def test_a_subscriptions_discounts_are_taken_away(api, scope, coupon):
    owner = CustomerFactory()
    subscription = DiscountedSubscriptionFactory(customer=owner)
    now = clock.now()
    wanted = discounts.read([{"coupon": coupon}], param="discounts", customer=owner, at=now)
    (given,) = discounts.give(wanted, customer=owner, subscription=subscription, at=now)

    gone = api.delete(f"subscriptions/{subscription.pk}/discount").body

    assert (gone["id"], gone["subscription"], gone["deleted"]) == (given.pk, subscription.pk, True)
    again = api.delete(f"subscriptions/{subscription.pk}/discount")
    missing = api.delete("subscriptions/sub_missing/discount")
    assert [(answer.status, answer.error["message"]) for answer in (again, missing)] == [
        (404, f"No active discount for subscription: {subscription.pk}"),
        (404, "No such subscription: 'sub_missing'"),
    ]


def test_every_change_is_told_of(api, customer, code):
    api.post(f"customers/{customer['id']}", promotion_code=code)
    api.delete(f"customers/{customer['id']}/discount")

    events = api.get("events", limit=30).body["data"]

    told = [event["type"] for event in reversed(events) if "discount" in event["type"]]
    assert told == [
        "customer.discount.created",
        "customer.discount.updated",
        "customer.discount.deleted",
    ]


def test_a_discount_ends_with_its_months(api, site, customer):
    with scoped_to(site, livemode=False):
        end = discounts.of_customer(CustomerFactory._meta.model(pk=customer["id"])).end_at

    due_work.run(at=end)

    assert api.get(f"customers/{customer['id']}").body["discount"] is None
