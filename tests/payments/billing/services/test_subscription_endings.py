"""How subscriptions end, and what is billed or given back then."""

import pytest

from customers.events.models import Event
from payments.billing.models import Invoice, InvoiceItem
from tests.payments.billing.subscribing import shop, unix

__all__ = ["shop"]


@pytest.fixture
def half(shop):
    subscription = shop.subscribe(shop.customer(), shop.price())
    shop.advance(2030, 2, 14, 12)
    return subscription


def cancel(shop, subscription, **how):
    return shop.ok(shop.api.delete(f"subscriptions/{subscription['id']}", how))


def test_a_canceled_subscription_is_over(shop, half):
    ended = cancel(shop, half, cancellation_details={"comment": "Moved", "feedback": "unused"})

    shop.advance(2030, 3, 20)
    assert (ended["status"], ended["ended_at"], ended["canceled_at"]) == (
        "canceled", unix(2030, 2, 14, 12), unix(2030, 2, 14, 12),
    )  # fmt: skip
    assert ended["cancellation_details"] == {
        "comment": "Moved", "feedback": "unused", "feedback_option": None,
        "reason": "cancellation_requested",
    }  # fmt: skip
    assert Invoice.objects.count() == 1


def test_unused_time_can_be_given_back_at_once(shop, half):
    cancel(shop, half, prorate=True, invoice_now=True)

    assert [invoice["total"] for invoice in shop.invoices(half)] == [1000, -500]
    assert shop.get(f"customers/{half['customer']}")["balance"] == -500


def test_unused_time_can_be_given_back_with_what_comes_next(shop, half):
    cancel(shop, half, prorate=True)

    assert [row.amount for row in InvoiceItem.objects.all()] == [-500]


def test_pending_prorations_are_dropped(shop, half):
    (item,) = half["items"]["data"]
    shop.change(half, items=[{"id": item["id"], "quantity": 2}])

    cancel(shop, half)

    assert not InvoiceItem.objects.exists()


def test_what_was_never_paid_is_void(shop):
    subscription = shop.subscribe(
        shop.customer(), shop.price(), payment_behavior="default_incomplete"
    )

    ended = cancel(shop, subscription)

    assert (ended["status"], shop.invoices(subscription)[0]["status"]) == ("canceled", "void")
    types = Event.objects.filter(object_id=subscription["id"]).order_by("created_at", "id")
    assert list(types.values_list("type", flat=True)) == [
        "customer.subscription.created", "customer.subscription.deleted"
    ]  # fmt: skip


def test_what_has_ended_does_not_end_again(shop, half):
    cancel(shop, half)

    answer = shop.api.delete(f"subscriptions/{half['id']}")

    assert (answer.status, answer.error["code"]) == (404, "resource_missing")


def test_nobody_tries_to_collect_what_was_unpaid(shop):
    subscription = shop.subscribe(shop.customer(), shop.price())
    shop.give_card(subscription["customer"], "pm_card_chargeCustomerFail")
    shop.advance(2030, 2, 28, 14)

    cancel(shop, subscription)
    shop.advance(2030, 4, 1)

    invoice = shop.invoices(subscription)[-1]
    assert (invoice["status"], invoice["attempt_count"], invoice["auto_advance"]) == (
        "open",
        1,
        False,
    )


def test_deleting_a_customer_ends_their_subscriptions(shop, half):
    second = shop.subscribe(half["customer"], shop.price(), trial_period_days=3)

    shop.ok(shop.api.delete(f"customers/{half['customer']}"))

    assert [shop.again(each)["status"] for each in (half, second)] == ["canceled", "canceled"]
    deleted = Event.objects.filter(type="customer.subscription.deleted").values_list("object_id")
    assert {pk for (pk,) in deleted} == {half["id"], second["id"]}
    shop.advance(2030, 3, 20)
    assert Invoice.objects.count() == 2
