"""What is only done if it can be paid (`payment_behavior` is `error_if_incomplete`)."""

import pytest

from customers.events.models import Event
from customers.kit.errors import Conflict, GatewayUnavailable
from customers.models import Customer
from customers.services import balance_transactions
from payments.billing.models import (
    Coupon,
    Discount,
    Invoice,
    InvoiceItem,
    InvoicePayment,
    Subscription,
    SubscriptionItem,
)
from payments.billing.services import prices, subscriptions
from payments.billing.services import subscription_payments as paying
from payments.billing.services.subscription_wishes import ItemWish
from payments.gateways.base import Outcome, Result, Unknown
from payments.models import Charge, PaymentIntent
from tests.payments.billing.subscribing import shop
from tests.payments.services.conftest import gateway

__all__ = ["gateway", "shop"]

ONLY_IF_PAID = {"payment_behavior": "error_if_incomplete"}
DECLINED = "pm_card_chargeCustomerFail"
CHALLENGED = "pm_card_threeDSecureRequired"
OURS = (Subscription, SubscriptionItem, Invoice, InvoiceItem, InvoicePayment, Discount)


def refused(shop, customer, **more):
    """Ask for a subscription, and return the refusal."""
    before = list(Event.objects.values_list("pk", flat=True))
    answer = shop.api.post(
        "subscriptions", {"items": [{"price": shop.price()}]}, customer=customer, **ONLY_IF_PAID, **more
    )  # fmt: skip
    told = Event.objects.exclude(pk__in=before).exclude(type__regex="^(product|price)[.]")
    return answer, sorted(told.values_list("type", flat=True))


def payments():
    return sorted(PaymentIntent.objects.values_list("status", "amount_received"))


def states():
    return [list(rows.objects.values_list("status", flat=True)) for rows in (Subscription, Invoice)]


@pytest.mark.parametrize(
    ("card", "code", "charge", "told"),
    [
        (DECLINED, "card_declined", ["charge.failed"], ["canceled", "created", "payment_failed"]),
        (
            CHALLENGED,
            "subscription_payment_intent_requires_action",
            ["charge.failed"],
            ["canceled", "created", "requires_action"],
        ),
    ],
)
def test_what_cannot_be_paid_does_not_begin(shop, card, code, charge, told):
    coupon = shop.post("coupons", percent_off=10, duration="once", max_redemptions=1)["id"]
    customer = shop.customer(card)
    shop.post("invoiceitems", customer=customer, amount=500, currency="usd")
    pen = shop.post("prices", unit_amount=3, currency="usd", product_data={"name": "Pen"})

    answer, events = refused(
        shop, customer, discounts=[{"coupon": coupon}], add_invoice_items=[{"price": pen["id"]}]
    )  # fmt: skip

    assert (answer.status, answer.error["code"]) == (402, code)
    assert [rows.objects.count() for rows in OURS] == [0, 0, 0, 1, 0, 0]
    assert InvoiceItem.objects.get().invoice_id is None
    assert Coupon.objects.get().times_redeemed == 0
    assert Customer.objects.get().next_invoice_sequence == 1
    assert shop.get("subscriptions", customer=customer, status="all")["data"] == []
    assert shop.get("invoices", customer=customer)["data"] == []
    assert payments() == [("canceled", 0)]
    assert events == [*charge, *(f"payment_intent.{name}" for name in told)]


def test_what_is_paid_begins(shop):
    customer = shop.customer()

    made = shop.subscribe(customer, shop.price(), **ONLY_IF_PAID)

    (invoice,) = shop.invoices(made)
    assert (made["status"], invoice["status"], invoice["amount_paid"]) == ("active", "paid", 1000)
    assert (invoice["number"][-4:], invoice["attempt_count"]) == ("0001", 1)
    assert payments() == [("succeeded", 1000)]
    assert list(Charge.objects.values_list("status", "amount_captured")) == [("succeeded", 1000)]


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"trial_period_days": 7}, id="a trial"),
        pytest.param({"collection_method": "send_invoice", "days_until_due": 7}, id="by invoice"),
    ],
)
def test_where_nothing_is_asked_for_nothing_is_held(shop, more):
    made = shop.subscribe(shop.customer(DECLINED), shop.price(), **ONLY_IF_PAID, **more)

    assert made["status"] in {"trialing", "active"}
    assert payments() == []


def test_only_a_card_can_hold_money(shop):
    customer = shop.customer("pm_usBankAccount_success")

    answer, events = refused(shop, customer)

    assert (answer.status, answer.error["param"]) == (400, "payment_behavior")
    assert (states(), events) == ([[], []], [])


@pytest.fixture
def running(shop):
    """A subscription that was paid, of a customer whose card is declined now."""
    made = shop.subscribe(shop.customer(), shop.price())
    shop.give_card(made["customer"], DECLINED)
    return shop.again(made)


def upgrade(shop, subscription, **more):
    (item,) = subscription["items"]["data"]
    return shop.api.post(
        f"subscriptions/{subscription['id']}",
        {"items": [{"id": item["id"], "price": shop.price(5000)}]},
        **{"proration_behavior": "always_invoice", **ONLY_IF_PAID, **more},
    )  # fmt: skip


def test_a_change_that_cannot_be_paid_is_not_made(shop, running):
    events = Event.objects.filter(object_id=running["id"]).count()

    answer = upgrade(shop, running)

    assert (answer.status, answer.error["code"]) == (402, "card_declined")
    assert shop.again(running) == running
    assert [invoice["total"] for invoice in shop.invoices(running)] == [1000]
    assert not InvoiceItem.objects.exists()
    assert Event.objects.filter(object_id=running["id"]).count() == events


def test_a_change_that_is_paid_is_made(shop, running):
    shop.give_card(running["customer"], "pm_card_visa")

    changed = shop.ok(upgrade(shop, running))

    (item,) = changed["items"]["data"]
    bills = sorted((invoice["status"], invoice["total"]) for invoice in shop.invoices(running))
    assert item["price"]["unit_amount"] == 5000
    assert bills == [("paid", 1000), ("paid", 4000)]
    assert payments() == [("succeeded", 1000), ("succeeded", 4000)]


def test_a_change_that_costs_nothing_now_is_made(shop, running):
    changed = shop.ok(upgrade(shop, running, proration_behavior="create_prorations"))

    assert changed["items"]["data"][0]["price"]["unit_amount"] == 5000
    assert payments() == [("succeeded", 1000)]


def test_an_item_that_cannot_be_paid_is_not_added(shop, running):
    answer = shop.api.post(
        "subscription_items", subscription=running["id"], price=shop.price(300),
        proration_behavior="always_invoice", **ONLY_IF_PAID,
    )  # fmt: skip

    assert answer.status == 402
    assert shop.again(running) == running


@pytest.fixture
def wanted(scope, customer, method, gateway, at):
    """Asks the service for a subscription at $10.00."""
    terms = {"currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"}}
    price = prices.create({"name": "Gold"}, terms=terms, at=at)

    def ask(key="request"):
        return subscriptions.create(
            customer, wishes=[ItemWish(price=price.pk)], details=ONLY_IF_PAID, request_key=key, at=at
        )  # fmt: skip

    return ask


def test_what_nobody_knows_to_be_held_does_not_begin_and_the_same_request_goes_on(wanted, gateway):
    gateway.plan("authorize", Unknown())
    with pytest.raises(GatewayUnavailable):
        wanted()
    before = states()

    made = wanted()

    assert before == [[], []]
    assert (made.status, states()) == ("active", [["active"], ["paid"]])
    assert [act for act, _reference, _amount in gateway.asked] == [
        "authorize", "authorize", "capture"
    ]  # fmt: skip


def test_what_costs_more_in_the_moment_of_holding_is_not_begun(
    wanted, customer, gateway, monkeypatch, at
):
    def dearer(request):
        balance_transactions.create(customer, amount=500, currency="usd", at=at)
        return Outcome(Result.DONE, reference="held", fee=0)

    monkeypatch.setattr(gateway, "authorize", dearer)

    with pytest.raises(Conflict):
        wanted()

    assert states() == [[], []]
    assert payments() == [("canceled", 0)]
    assert [act for act, _reference, _amount in gateway.asked] == ["void"]


def test_who_dies_before_taking_what_is_held_takes_it_later(wanted, gateway, monkeypatch, at):
    with monkeypatch.context() as patched:
        patched.setattr(paying, "first", lambda subscription, **_: subscription)
        left = wanted()
    before = (left.status, payments())

    made = wanted()

    assert before == ("incomplete", [("requires_capture", 0)])
    assert (made.status, payments()) == ("active", [("succeeded", 1000)])
    assert states() == [["active"], ["paid"]]
