"""What is previewed is what is billed: each preview is compared with the invoice that came of the same wish."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import transaction

from customers.kit import clock
from customers.kit.errors import NotFound
from customers.services import customers
from payments.billing.models import Invoice, InvoiceLine, Subscription
from payments.billing.services import subscription_previews as previews
from payments.billing.services.subscription_wishes import ItemWish
from tests.payments.billing.subscribing import shop, unix

__all__ = ["shop"]

HALF = (2030, 2, 14, 12)


@contextmanager
def taken_back():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def bill(invoice):
    """Return what an invoice asks for."""
    lines = InvoiceLine.objects.filter(invoice=invoice).order_by("position")
    return {
        "lines": [
            (line.amount, line.description, line.period_start, line.period_end, line.quantity)
            for line in lines
        ],
        "total": invoice.total,
        "reason": invoice.reason,
        "period": (invoice.period_start, invoice.period_end),
    }


def billed():
    return bill(Invoice.objects.order_by("-created_at", "-id").first())


def previewed(subscription, *wishes, mode="next", **details):
    row = Subscription.objects.select_related("customer").get(pk=subscription["id"])
    with taken_back():
        return bill(
            previews.of_change(row, wishes=wishes, details=details, mode=mode, at=clock.now())
        )


@pytest.fixture
def half(shop):
    coupon = shop.post("coupons", percent_off=15, duration="forever")["id"]
    rate = shop.post("tax_rates", display_name="VAT", percentage=19, inclusive=False)["id"]
    subscription = shop.subscribe(
        shop.customer(), {"price": shop.price(1234), "quantity": 3}, coupon=coupon,
        default_tax_rates=[rate],
    )  # fmt: skip
    shop.advance(*HALF)
    return subscription


def test_a_renewal(shop, half):
    shown = previewed(half)

    shop.advance(2030, 2, 28, 12, 30)
    assert shown == billed()


def test_a_change_with_the_next_renewal(shop, half):
    (item,) = half["items"]["data"]
    price = shop.price(999)

    shown = previewed(half, ItemWish(pk=item["id"], price=price, quantity=2))

    shop.change(half, items=[{"id": item["id"], "price": price, "quantity": 2}])
    shop.advance(2030, 2, 28, 12, 30)
    assert shown == billed()


@pytest.mark.parametrize(
    "how",
    [
        {"proration_behavior": "always_invoice"},
        {"anchor": "now"},
        {"proration_behavior": "always_invoice", "cancel_at": datetime(2030, 2, 20, tzinfo=UTC)},
    ],
)
def test_a_change_that_is_billed_at_once(shop, half, how):
    (item,) = half["items"]["data"]
    asked = {
        "billing_cycle_anchor" if name == "anchor" else name: value for name, value in how.items()
    }
    asked |= {"cancel_at": unix(2030, 2, 20)} if "cancel_at" in how else {}

    shown = previewed(half, ItemWish(pk=item["id"], quantity=7), **how)

    shop.change(half, items=[{"id": item["id"], "quantity": 7}], **asked)
    assert shown == billed()


def test_a_new_subscription(shop):
    customer, price = shop.customer(), shop.price()
    fee = shop.post("prices", unit_amount=500, currency="usd", product_data={"name": "Set-up"})[
        "id"
    ]

    with taken_back():
        invoice = previews.of_new(
            customers.get_living(customer), wishes=[ItemWish(price=price, quantity=2)],
            details={"extras": [{"price": fee}]}, at=clock.now(),
        )  # fmt: skip
        shown = bill(invoice)

    shop.subscribe(customer, {"price": price, "quantity": 2}, add_invoice_items=[{"price": fee}])
    assert shown == billed()


def test_what_ends_now(shop, half):
    shown = previewed(half, cancels_now=True)

    shop.ok(shop.api.delete(f"subscriptions/{half['id']}", prorate=True, invoice_now=True))
    assert shown == billed()


def test_what_is_billed_again_and_again(shop, half):
    (item,) = half["items"]["data"]
    shop.change(half, items=[{"id": item["id"], "quantity": 2}])

    shown = previewed(half, mode="recurring")

    assert [line[0] for line in shown["lines"]] == [2468]


@pytest.mark.parametrize("details", [{"cancels_at_period_end": True}, {}])
def test_no_invoice_comes(shop, half, details):
    if not details:
        shop.ok(shop.api.delete(f"subscriptions/{half['id']}"))

    with pytest.raises(NotFound) as refusal:
        previewed(half, **details)

    assert refusal.value.code == "invoice_upcoming_none"


def test_a_preview_leaves_nothing(shop, half, nothing_written):
    with nothing_written():
        previewed(half, cancels_now=True)
        previewed(half, trial_end="now")
