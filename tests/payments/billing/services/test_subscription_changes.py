"""Changes of subscriptions and what they cost: the first period is 28 days, and most changes come after 14."""

import pytest

from payments.billing.models import Invoice, InvoiceItem, Subscription
from tests.payments.billing.subscribing import lines_of, shop, unix

__all__ = ["shop"]

HALF = (2030, 2, 14, 12)
END = (2030, 2, 28, 12)


def pending():
    rows = InvoiceItem.objects.filter(invoice__isnull=True).order_by("created_at", "id")
    return [(row.amount, row.description) for row in rows]


@pytest.fixture
def half(shop):
    """A subscription at $10.00 a month, half of whose first month is over."""
    subscription = shop.subscribe(shop.customer(), shop.price())
    shop.advance(*HALF)
    return subscription


def item_of(subscription):
    return subscription["items"]["data"][0]["id"]


def test_a_dearer_price_is_prorated_with_the_next_invoice(shop, half):
    changed = shop.change(half, items=[{"id": item_of(half), "price": shop.price(2000)}])

    assert changed["latest_invoice"] == half["latest_invoice"]
    assert pending() == [
        (-500, "Unused time on Gold after Feb 14, 2030"),
        (1000, "Remaining time on Gold after Feb 14, 2030"),
    ]
    shop.advance(2030, 2, 28, 14)
    invoice = shop.invoices(half)[-1]
    assert (invoice["total"], invoice["status"]) == (2500, "paid")
    assert lines_of(invoice) == [
        (-500, "Unused time on Gold after Feb 14, 2030", unix(*HALF), unix(*END)),
        (1000, "Remaining time on Gold after Feb 14, 2030", unix(*HALF), unix(*END)),
        (2000, "1 × Gold (at $20.00 / month)", unix(*END), unix(2030, 3, 31, 12)),
    ]


def test_a_change_can_be_billed_at_once(shop, half):
    changed = shop.change(
        half, items=[{"id": item_of(half), "quantity": 3}], proration_behavior="always_invoice"
    )

    invoice = shop.invoices(half)[-1]
    assert changed["latest_invoice"] == invoice["id"]
    assert (invoice["billing_reason"], invoice["total"], invoice["status"]) == (
        "subscription_update", 1000, "paid",
    )  # fmt: skip
    assert pending() == []


def test_a_cheaper_price_becomes_credit(shop, half):
    shop.change(
        half, items=[{"id": item_of(half), "price": shop.price(400)}],
        proration_behavior="always_invoice",
    )  # fmt: skip

    invoice = shop.invoices(half)[-1]
    assert (invoice["total"], invoice["amount_due"], invoice["status"]) == (-300, 0, "paid")
    assert shop.get(f"customers/{half['customer']}")["balance"] == -300


def test_a_change_need_not_cost_anything(shop, half):
    shop.change(half, items=[{"id": item_of(half), "quantity": 5}], proration_behavior="none")

    assert pending() == []
    shop.advance(2030, 2, 28, 14)
    assert shop.invoices(half)[-1]["total"] == 5000


def test_prorations_can_be_dated(shop, half):
    shop.change(
        half, items=[{"id": item_of(half), "quantity": 2}], proration_date=unix(2030, 2, 7, 12)
    )

    assert [amount for amount, _said in pending()] == [-750, 1500]


def test_what_is_undone_at_the_same_instant_costs_nothing(shop, half):
    for quantity in (7, 2, 1):
        shop.change(half, items=[{"id": item_of(half), "quantity": quantity}])

    assert sum(amount for amount, _said in pending()) == 0


def test_what_is_undone_costs_nothing_where_a_discount_held_once(shop):
    coupon = shop.post("coupons", percent_off=30, duration="once")["id"]
    subscription = shop.subscribe(shop.customer(), shop.price(), coupon=coupon)
    shop.advance(*HALF)

    for quantity in (3, 1):
        shop.change(subscription, items=[{"id": item_of(subscription), "quantity": quantity}])

    assert [amount for amount, _said in pending()] == [-350, 1050, -1050, 350]


def test_credit_is_what_was_paid_after_discounts_with_its_taxes(shop):
    coupon = shop.post("coupons", percent_off=50, duration="forever")["id"]
    rate = shop.post("tax_rates", display_name="VAT", percentage=20, inclusive=False)["id"]
    subscription = shop.subscribe(
        shop.customer(), shop.price(), coupon=coupon, default_tax_rates=[rate]
    )
    shop.advance(*HALF)

    shop.change(
        subscription, items=[{"id": item_of(subscription), "quantity": 3}],
        proration_behavior="always_invoice",
    )  # fmt: skip

    invoice = shop.invoices(subscription)[-1]
    assert [line["amount"] for line in invoice["lines"]["data"]] == [-250, 750]
    assert (invoice["subtotal"], invoice["total"]) == (500, 600)


def test_an_item_is_added_and_deleted(shop, half):
    shop.change(half, items=[{"price": shop.price(600), "quantity": 2}])
    changed = shop.change(half, items=[{"id": item_of(half), "deleted": True}])

    (left,) = changed["items"]["data"]
    assert (left["price"]["unit_amount"], left["quantity"]) == (600, 2)
    assert [amount for amount, _said in pending()] == [600, -500]


def test_another_interval_begins_the_calendar_anew(shop, half):
    changed = shop.change(
        half, items=[{"id": item_of(half), "price": shop.price(9000, interval="year")}]
    )

    invoice = shop.invoices(half)[-1]
    assert changed["billing_cycle_anchor"] == unix(*HALF)
    assert lines_of(invoice) == [
        (-500, "Unused time on Gold after Feb 14, 2030", unix(*HALF), unix(*END)),
        (9000, "1 × Gold (at $90.00 / year)", unix(*HALF), unix(2031, 2, 14, 12)),
    ]
    assert (invoice["total"], invoice["status"]) == (8500, "paid")


@pytest.mark.parametrize("anchor", ["now", {"type": "now"}])
def test_the_calendar_can_begin_anew(shop, half, anchor):
    changed = shop.change(half, billing_cycle_anchor=anchor)

    assert changed["billing_cycle_anchor"] == unix(*HALF)
    assert [line[0] for line in lines_of(shop.invoices(half)[-1])] == [-500, 1000]
    shop.advance(2030, 3, 14, 14)
    assert shop.invoices(half)[-1]["total"] == 1000


def test_a_trial_can_end_now(shop):
    subscription = shop.subscribe(shop.customer(), shop.price(), trial_period_days=30)
    shop.advance(*HALF)

    changed = shop.change(subscription, trial_end="now")

    assert (changed["status"], changed["trial_end"]) == ("active", unix(*HALF))
    assert shop.invoices(subscription)[-1]["total"] == 1000


def test_a_trial_can_be_longer(shop):
    subscription = shop.subscribe(shop.customer(), shop.price(), trial_period_days=20)

    changed = shop.change(subscription, trial_end=unix(2030, 3, 31, 12))

    shop.advance(2030, 3, 20)
    (invoice,) = shop.invoices(subscription)
    assert (changed["trial_end"], changed["billing_cycle_anchor"]) == (unix(2030, 3, 31, 12),) * 2
    assert invoice["total"] == 0


def test_a_trial_gives_back_what_was_paid(shop, half):
    changed = shop.change(half, trial_end=unix(2030, 3, 14, 12))

    assert (changed["status"], changed["trial_start"]) == ("trialing", unix(*HALF))
    assert [amount for amount, _said in pending()] == [-500]
    shop.advance(2030, 3, 14, 14)
    assert shop.invoices(half)[-1]["total"] == 500


def test_a_trial_changes_for_nothing(shop):
    subscription = shop.subscribe(shop.customer(), shop.price(), trial_period_days=20)

    shop.change(subscription, items=[{"id": item_of(subscription), "quantity": 9}])

    assert pending() == []


def test_an_earlier_end_gives_back_the_rest_and_a_later_one_asks_for_it_again(shop, half):
    ended = shop.change(half, cancel_at=unix(2030, 2, 21, 12))
    again = shop.change(half, cancel_at="")

    assert ended["items"]["data"][0]["current_period_end"] == unix(2030, 2, 21, 12)
    assert again["items"]["data"][0]["current_period_end"] == unix(*END)
    assert [amount for amount, _said in pending()] == [-250, 250]


def test_a_period_that_ends_early_is_billed_in_part(shop):
    subscription = shop.subscribe(
        shop.customer(), shop.price(2800), cancel_at=unix(2030, 2, 14, 12)
    )

    (invoice,) = shop.invoices(subscription)
    shop.advance(2030, 2, 14, 14)
    assert invoice["total"] == 1400
    assert shop.again(subscription)["status"] == "canceled"


def test_a_change_that_cannot_be_paid_makes_it_past_due(shop, half):
    shop.give_card(half["customer"], "pm_card_chargeCustomerFail")

    changed = shop.change(
        half, items=[{"id": item_of(half), "quantity": 2}], proration_behavior="always_invoice"
    )

    assert changed["status"] == "past_due"
    assert shop.invoices(half)[-1]["status"] == "open"


def test_a_change_can_wait_for_the_customer(shop, half):
    shop.change(
        half, items=[{"id": item_of(half), "quantity": 2}], proration_behavior="always_invoice",
        payment_behavior="default_incomplete",
    )  # fmt: skip

    invoice = shop.invoices(half)[-1]
    assert (invoice["status"], invoice["attempt_count"]) == ("open", 0)


def test_terms_change(shop, half):
    changed = shop.change(
        half, description="Gold for Jenny", metadata={"seat": "4"}, cancel_at_period_end=True,
        collection_method="send_invoice", days_until_due=7,
        cancellation_details={"comment": "Too dear", "feedback": "too_expensive"},
        pause_collection={"behavior": "void"}, payment_settings={"payment_method_types": ["card"]},
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
    )  # fmt: skip

    shown = {name: changed[name] for name in (
        "description", "metadata", "cancel_at_period_end", "cancel_at", "canceled_at", "collection_method",
        "days_until_due", "pause_collection",
    )}  # fmt: skip
    assert shown == {
        "description": "Gold for Jenny", "metadata": {"seat": "4"}, "cancel_at_period_end": True,
        "cancel_at": unix(*END), "canceled_at": unix(*HALF), "collection_method": "send_invoice",
        "days_until_due": 7, "pause_collection": {"behavior": "void", "resumes_at": None},
    }  # fmt: skip
    assert changed["cancellation_details"] == {
        "comment": "Too dear", "feedback": "too_expensive", "feedback_option": None,
        "reason": "cancellation_requested",
    }  # fmt: skip


def test_discounts_are_replaced(shop, half):
    first = shop.post("coupons", percent_off=10, duration="forever")["id"]
    second = shop.post("coupons", percent_off=20, duration="forever")["id"]
    shop.change(half, discounts=[{"coupon": first}])

    changed = shop.change(half, discounts=[{"coupon": second}])

    shop.advance(2030, 2, 28, 14)
    assert len(changed["discounts"]) == 1
    assert shop.invoices(half)[-1]["total"] == 800
    assert shop.change(half, discounts="")["discounts"] == []


def test_what_has_ended_hardly_changes(shop, half):
    shop.ok(shop.api.delete(f"subscriptions/{half['id']}"))

    answer = shop.api.post(f"subscriptions/{half['id']}", description="No")
    kept = shop.change(half, metadata={"why": "moved"})

    assert (answer.status, answer.error["param"]) == (400, "description")
    assert kept["metadata"] == {"why": "moved"}


def test_what_is_not_paid_yet_hardly_changes(shop):
    subscription = shop.subscribe(
        shop.customer(), shop.price(), payment_behavior="default_incomplete"
    )

    answer = shop.api.post(
        f"subscriptions/{subscription['id']}", {"items": [{"price": shop.price(1)}]}
    )

    assert (answer.status, answer.error["param"]) == (400, "items")
    assert shop.change(subscription, metadata={"a": "b"})["metadata"] == {"a": "b"}


@pytest.mark.parametrize(
    ("what", "param"),
    [
        pytest.param({"proration_date": 1}, "proration_date", id="before the period"),
        pytest.param({"trial_end": 1}, "trial_end", id="a trial that is over"),
        pytest.param({"cancel_at": 1}, "cancel_at", id="canceled before"),
        pytest.param({"payment_behavior": "pending_if_incomplete"}, "payment_behavior", id="no"),
        pytest.param({"items": [{"id": "si_no", "quantity": 1}]}, "items[0][id]", id="no item"),
        pytest.param({"items": [{"deleted": True}]}, "items[0][id]", id="which one"),
        pytest.param({"collection_method": "send_invoice"}, "days_until_due", id="due when"),
        pytest.param(
            {"pause_collection": {"behavior": "void", "resumes_at": 1}},
            "pause_collection[resumes_at]", id="resumed before",
        ),
    ],
)  # fmt: skip
def test_changes_must_make_sense(shop, half, what, param):
    before = shop.again(half)

    answer = shop.api.post(f"subscriptions/{half['id']}", what)

    assert answer.status in {400, 404}
    assert answer.error["param"] == param
    assert shop.again(half) == before


def test_the_last_item_cannot_be_deleted(shop, half):
    answer = shop.api.post(
        f"subscriptions/{half['id']}", {"items": [{"id": item_of(half), "deleted": True}]}
    )

    assert (answer.status, answer.error["param"]) == (400, "items")


def test_nothing_changes_while_the_clock_is_advancing(shop, half):
    shop.post(f"test_helpers/test_clocks/{shop.clock}/advance", frozen_time=unix(2030, 2, 15))

    answer = shop.api.post(f"subscriptions/{half['id']}", description="Now?")

    assert (answer.status, answer.error["code"]) == (409, "test_clock_advancing")
    assert Subscription.objects.get().description == ""


@pytest.mark.parametrize(("currency", "amount"), [("jpy", 1001), ("kwd", 10_001)])
def test_other_currencies_lose_nothing_either(shop, currency, amount):
    subscription = shop.subscribe(shop.customer(), shop.price(amount, currency=currency))
    shop.advance(2030, 2, 9, 3, 4, 5)

    shop.change(subscription, items=[{"id": item_of(subscription), "quantity": 2}])
    shop.advance(2030, 2, 20, 6, 7, 8)
    shop.change(subscription, items=[{"id": item_of(subscription), "quantity": 1}])
    shop.advance(2030, 2, 28, 14)

    change = sum(row.amount for row in InvoiceItem.objects.all())
    held = unix(2030, 2, 20, 6, 7, 8) - unix(2030, 2, 9, 3, 4, 5)
    assert abs(change - amount * held / (28 * 86_400)) <= 1
    assert Invoice.objects.filter(status="paid").count() == 2
