"""Previews of subscriptions' invoices through `/v1/invoices/create_preview`."""

import pytest

from tests.payments.billing.subscribing import lines_of, shop, unix

__all__ = ["shop"]


@pytest.fixture
def half(shop):
    subscription = shop.subscribe(shop.customer(), shop.price())
    shop.advance(2030, 2, 14, 12)
    return subscription


def preview(shop, **asked):
    return shop.post("invoices/create_preview", asked)


def test_the_next_renewal(shop, half):
    shown = preview(shop, subscription=half["id"])

    assert (shown["billing_reason"], shown["total"], shown["status"]) == (
        "subscription_cycle", 1000, "draft",
    )  # fmt: skip
    assert lines_of(shown) == [
        (1000, "1 × Gold (at $10.00 / month)", unix(2030, 2, 28, 12), unix(2030, 3, 31, 12))
    ]


def test_a_change_with_something_more(shop, half):
    (item,) = half["items"]["data"]
    coupon = shop.post("coupons", percent_off=10, duration="once")["id"]

    shown = preview(
        shop, customer=half["customer"], subscription=half["id"], discounts=[{"coupon": coupon}],
        invoice_items=[{"amount": 300, "currency": "usd"}],
        subscription_details={
            "items": [{"id": item["id"], "quantity": 3}], "proration_date": unix(2030, 2, 21, 12),
        },
    )  # fmt: skip

    assert [line["amount"] for line in shown["lines"]["data"]] == [-250, 750, 3000, 300]
    assert shown["total"] == 500 + (3300 - 330)
    assert shop.again(half) == half
    assert len(shop.invoices(half)) == 1


def test_a_new_subscription(shop):
    shown = preview(
        shop, customer=shop.customer(card=None),
        subscription_details={
            "items": [{"price": shop.price(2800)}],
            "billing_cycle_anchor": {"type": "timestamp", "timestamp": unix(2030, 2, 14, 12)},
        },
    )  # fmt: skip

    assert (shown["billing_reason"], shown["total"]) == ("subscription_create", 1265)


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"billing_cycle_anchor": 2_000_000_000}, "billing_cycle_anchor"),
        ({"start_date": 1}, "start_date"),
    ],
)
def test_what_only_a_new_subscription_can_have(shop, half, asked, param):
    answer = shop.api.post(
        "invoices/create_preview", subscription=half["id"], subscription_details=asked
    )

    assert (answer.status, answer.error["param"]) == (400, f"subscription_details[{param}]")


@pytest.mark.parametrize("asked", [{"cancel_now": True}, {"proration_date": 1}])
def test_what_only_a_subscription_that_is_there_can_have(shop, asked):
    (param,) = asked

    answer = shop.api.post(
        "invoices/create_preview", customer=shop.customer(),
        subscription_details={"items": [{"price": shop.price()}], **asked},
    )  # fmt: skip

    assert (answer.status, answer.error["param"]) == (400, f"subscription_details[{param}]")


def test_somebody_elses_subscription(shop, half):
    stranger = shop.customer()

    answer = shop.api.post("invoices/create_preview", customer=stranger, subscription=half["id"])

    assert (answer.status, answer.error["param"]) == (404, "subscription")


def test_no_invoice_comes(shop, half):
    shop.change(half, cancel_at_period_end=True)

    answer = shop.api.post("invoices/create_preview", subscription=half["id"])

    assert (answer.status, answer.error["code"]) == (404, "invoice_upcoming_none")
