"""New subscriptions: what they begin with, what the first invoice bills, and what becomes of it."""

import pytest

from payments.billing.models import Invoice, InvoiceLine, Subscription
from tests.payments.billing.subscribing import at_of, lines_of, shop, unix

__all__ = ["shop"]


def test_a_paid_subscription_is_active(shop):
    subscription = shop.subscribe(shop.customer(), shop.price())

    (invoice,) = shop.invoices(subscription)
    assert (subscription["status"], subscription["latest_invoice"]) == ("active", invoice["id"])
    assert (invoice["billing_reason"], invoice["status"], invoice["total"]) == (
        "subscription_create", "paid", 1000,
    )  # fmt: skip
    assert lines_of(invoice) == [
        (1000, "1 × Gold (at $10.00 / month)", unix(2030, 1, 31, 12), unix(2030, 2, 28, 12))
    ]


def test_lines_say_what_one_costs_in_the_subscriptions_currency(shop):
    price = shop.price(2900, currency_options={"eur": {"unit_amount": 2500}})

    made = shop.subscribe(shop.customer(), {"price": price, "quantity": 2}, currency="eur")

    line = InvoiceLine.objects.get(invoice=made["latest_invoice"])
    assert (line.amount, line.currency, line.unit_amount_decimal) == (5000, "eur", 2500)
    assert line.description == "2 × Gold (at €25.00 / month)"


def test_lines_of_packages_say_what_all_cost(shop):
    package = {"divide_by": 10, "round": "up"}
    price = shop.price(700, transform_quantity=package)

    made = shop.subscribe(shop.customer(), {"price": price, "quantity": 25})

    line = InvoiceLine.objects.get(invoice=made["latest_invoice"])
    assert (line.amount, line.unit_amount_decimal) == (2100, None)
    assert line.description == "25 × Gold (per month)"


def test_a_subscription_waits_for_its_first_payment(shop):
    customer = shop.customer(card=None)

    subscription = shop.subscribe(
        customer, shop.price(), payment_behavior="default_incomplete",
        expand=["latest_invoice.confirmation_secret"],
    )  # fmt: skip

    assert subscription["status"] == "incomplete"
    secret = subscription["latest_invoice"]["confirmation_secret"]
    assert secret["type"] == "payment_intent"
    intent = secret["client_secret"].partition("_secret_")[0]
    shop.post(f"payment_intents/{intent}/confirm", payment_method="pm_card_visa")
    assert shop.again(subscription)["status"] == "active"


def test_a_subscription_that_is_never_paid_expires(shop):
    customer = shop.customer(card=None)
    subscription = shop.subscribe(customer, shop.price(), payment_behavior="default_incomplete")

    shop.advance(2030, 2, 1, 10, 59)
    before = shop.again(subscription)["status"]
    shop.advance(2030, 2, 1, 11)

    after = shop.again(subscription)
    (invoice,) = shop.invoices(subscription)
    assert (before, after["status"], after["ended_at"]) == (
        "incomplete", "incomplete_expired", unix(2030, 2, 1, 11),
    )  # fmt: skip
    assert invoice["status"] == "void"


def test_a_subscription_without_a_method_is_refused(shop):
    customer = shop.customer(card=None)

    answer = shop.api.post("subscriptions", {"items": [{"price": shop.price()}]}, customer=customer)

    assert answer.status == 400
    assert answer.error["message"].startswith("This customer has no attached payment source")
    assert not Subscription.objects.exists()
    assert not Invoice.objects.exists()


def test_a_declined_subscription_stays_incomplete(shop):
    customer = shop.customer(card="pm_card_chargeCustomerFail")

    subscription = shop.subscribe(customer, shop.price(), payment_behavior="allow_incomplete")

    (invoice,) = shop.invoices(subscription)
    assert (subscription["status"], invoice["status"]) == ("incomplete", "open")
    assert invoice["attempt_count"] == 1


def test_a_subscription_by_invoice_is_active_at_once(shop):
    subscription = shop.subscribe(
        shop.customer(card=None), shop.price(), collection_method="send_invoice", days_until_due=14
    )

    (draft,) = shop.invoices(subscription)
    shop.advance(2030, 1, 31, 13)
    (sent,) = shop.invoices(subscription)
    assert (subscription["status"], draft["status"], sent["status"]) == ("active", "draft", "open")
    assert sent["due_date"] == unix(2030, 2, 14, 13)


def test_a_trial_costs_nothing_at_first(shop):
    subscription = shop.subscribe(shop.customer(card=None), shop.price(), trial_period_days=30)

    (invoice,) = shop.invoices(subscription)
    assert (subscription["status"], subscription["trial_end"]) == ("trialing", unix(2030, 3, 2, 12))
    assert subscription["billing_cycle_anchor"] == unix(2030, 3, 2, 12)
    assert (invoice["status"], invoice["total"]) == ("paid", 0)
    assert lines_of(invoice) == [
        (0, "Free trial for 1 × Gold", unix(2030, 1, 31, 12), unix(2030, 3, 2, 12))
    ]


def test_a_trial_of_the_plan_is_taken_only_when_asked_for(shop):
    price = shop.post(
        "prices", unit_amount=1000, currency="usd", product_data={"name": "Gold"},
        recurring={"interval": "month", "trial_period_days": 7},
    )["id"]  # fmt: skip

    without = shop.subscribe(shop.customer(), price)
    with_it = shop.subscribe(shop.customer(), price, trial_from_plan=True)

    assert (without["trial_end"], with_it["trial_end"]) == (None, unix(2030, 2, 7, 12))


def test_the_time_until_a_later_anchor_is_billed_in_part(shop):
    subscription = shop.subscribe(
        shop.customer(), shop.price(2800), billing_cycle_anchor=unix(2030, 2, 14, 12)
    )

    (invoice,) = shop.invoices(subscription)
    # Of the 31 days from 14 January to 14 February, 14 are left.
    assert lines_of(invoice) == [
        (1265, "1 × Gold (at $28.00 / month)", unix(2030, 1, 31, 12), unix(2030, 2, 14, 12))
    ]
    shop.advance(2030, 2, 14, 14)
    assert lines_of(shop.invoices(subscription)[-1]) == [
        (2800, "1 × Gold (at $28.00 / month)", unix(2030, 2, 14, 12), unix(2030, 3, 14, 12))
    ]


def test_the_time_until_a_later_anchor_can_be_free(shop):
    subscription = shop.subscribe(
        shop.customer(), shop.price(), billing_cycle_anchor=unix(2030, 2, 14, 12),
        proration_behavior="none",
    )  # fmt: skip

    assert (subscription["status"], subscription["latest_invoice"]) == ("active", None)


def test_an_anchor_can_be_a_day_of_the_month(shop):
    subscription = shop.subscribe(
        shop.customer(), shop.price(), billing_cycle_anchor_config={"day_of_month": 15, "hour": 0}
    )

    (item,) = subscription["items"]["data"]
    assert item["current_period_end"] == unix(2030, 2, 15, 0, 0)
    assert subscription["billing_cycle_anchor_config"] == {
        "day_of_month": 15, "hour": 0, "minute": None, "month": None, "second": None
    }  # fmt: skip


def test_a_subscription_that_began_in_the_past_is_billed_for_that_time(shop):
    subscription = shop.subscribe(
        shop.customer(), shop.price(3100), backdate_start_date=unix(2029, 12, 31, 12)
    )

    (invoice,) = shop.invoices(subscription)
    assert subscription["start_date"] == unix(2029, 12, 31, 12)
    assert [(line["amount"], line["period"]["start"]) for line in invoice["lines"]["data"]] == [
        (3100, unix(2029, 12, 31, 12)), (3100, unix(2030, 1, 31, 12)),
    ]  # fmt: skip


def test_something_can_be_billed_once_beside_the_first_period(shop):
    fee = shop.post("prices", unit_amount=500, currency="usd", product_data={"name": "Set-up"})[
        "id"
    ]

    subscription = shop.subscribe(
        shop.customer(), shop.price(), add_invoice_items=[{"price": fee, "quantity": 2}]
    )

    (invoice,) = shop.invoices(subscription)
    assert [line["amount"] for line in invoice["lines"]["data"]] == [1000, 1000]
    assert (invoice["total"], subscription["status"]) == (2000, "active")


def test_a_subscription_has_discounts_and_taxes(shop):
    coupon = shop.post("coupons", percent_off=25, duration="forever")["id"]
    rate = shop.post("tax_rates", display_name="VAT", percentage=10, inclusive=False)

    subscription = shop.subscribe(
        shop.customer(), shop.price(), coupon=coupon, default_tax_rates=[rate["id"]]
    )

    (invoice,) = shop.invoices(subscription)
    assert (invoice["subtotal"], invoice["total"]) == (1000, 825)
    assert subscription["default_tax_rates"] == [rate]
    assert len(subscription["discounts"]) == 1


def test_items_can_have_discounts_and_taxes_of_their_own(shop):
    coupon = shop.post("coupons", percent_off=50, duration="forever")["id"]
    rate = shop.post("tax_rates", display_name="VAT", percentage=10, inclusive=False)["id"]
    cheap = {"price": shop.price(), "discounts": [{"coupon": coupon}], "tax_rates": [rate]}

    subscription = shop.subscribe(shop.customer(), cheap, shop.price(200))

    (invoice,) = shop.invoices(subscription)
    first, second = subscription["items"]["data"]
    assert invoice["total"] == 550 + 200
    assert [len(item["discounts"]) for item in (first, second)] == [1, 0]
    assert [tax["id"] for tax in first["tax_rates"]] == [rate]


def test_a_price_can_be_described_in_place(shop):
    product = shop.post("products", name="Gold")["id"]
    data = {
        "product": product, "currency": "jpy", "unit_amount": 500,
        "recurring": {"interval": "week", "interval_count": 2},
    }  # fmt: skip

    subscription = shop.subscribe(shop.customer(), {"price_data": data, "quantity": 3})

    (invoice,) = shop.invoices(subscription)
    assert (subscription["currency"], invoice["total"]) == ("jpy", 1500)
    assert lines_of(invoice) == [
        (1500, "3 × Gold (at ¥500 / 2 weeks)", unix(2030, 1, 31, 12), unix(2030, 2, 14, 12))
    ]


@pytest.mark.parametrize(
    ("items", "param"),
    [
        pytest.param([{"price": "month"}, {"price": "year"}], "items", id="intervals differ"),
        pytest.param([{"price": "month"}, {"price": "month"}], "items[1][price]", id="twice"),
        pytest.param([{"price": "euro"}, {"price": "month"}], "items[1][price]", id="currencies"),
        pytest.param([{"price": "once"}], "items[0][price]", id="one-time"),
        pytest.param([{"quantity": 2}], "items", id="no price"),
    ],
)
def test_items_must_fit_together(shop, items, param):
    prices = {
        "month": shop.price(), "year": shop.price(interval="year"), "euro": shop.price(currency="eur"),
        "once": shop.post("prices", unit_amount=1, currency="usd", product_data={"name": "Once"})["id"],
    }  # fmt: skip
    asked = [
        {name: prices[value] if name == "price" else value for name, value in item.items()}
        for item in items
    ]

    answer = shop.api.post("subscriptions", {"items": asked}, customer=shop.customer())

    assert (answer.status, answer.error["param"]) == (400, param)
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    ("terms", "param"),
    [
        pytest.param({"trial_end": 1}, "trial_end", id="a trial that is over"),
        pytest.param(
            {"trial_end": at_of(2031), "trial_period_days": 3}, "trial_period_days", id="two trials"
        ),
        pytest.param({"trial_end": at_of(2033)}, "trial_end", id="too long a trial"),
        pytest.param({"billing_cycle_anchor": at_of(2031)}, "billing_cycle_anchor", id="too late"),
        pytest.param({"backdate_start_date": at_of(2031)}, "backdate_start_date", id="not past"),
        pytest.param({"cancel_at": 1}, "cancel_at", id="canceled before"),
        pytest.param({"collection_method": "send_invoice"}, "days_until_due", id="due when"),
        pytest.param({"days_until_due": 3}, "days_until_due", id="nothing is due"),
        pytest.param({"payment_behavior": "pending_if_incomplete"}, "payment_behavior", id="no"),
        pytest.param({"coupon": "NO"}, "discounts[0][coupon]", id="no coupon"),
        pytest.param({"default_payment_method": "pm_no"}, "default_payment_method", id="no method"),
    ],
)
def test_terms_must_make_sense(shop, terms, param):
    answer = shop.api.post(
        "subscriptions", {"items": [{"price": shop.price()}]}, customer=shop.customer(), **terms
    )

    assert answer.status in {400, 404}
    assert answer.error["param"] == param
    assert not Subscription.objects.exists()


def test_the_same_request_makes_one_subscription(shop):
    body = {"items": [{"price": shop.price()}], "customer": shop.customer()}
    once = {"Idempotency-Key": "subscription-1"}

    first = shop.api.post("subscriptions", body, headers=once)
    second = shop.api.post("subscriptions", body, headers=once)

    assert first.body == second.body
    assert Subscription.objects.count() == Invoice.objects.count() == 1
