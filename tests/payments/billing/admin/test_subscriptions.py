"""Subscriptions: listed, narrowed, found, read."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.kit import clock
from customers.models import Role
from payments.billing.services import subscriptions
from tests.customers.admin.page import rows
from tests.factories.billing import (
    DiscountFactory,
    InvoiceFactory,
    PriceFactory,
    ProductFactory,
    SubscriptionFactory,
    SubscriptionItemFactory,
)
from tests.factories.customers import CustomerFactory, EventFactory
from tests.payments.billing.admin.acting import labels

LIST = "/admin/billing/subscription/"


def subscribed(price, quantity=1, **columns):
    subscription = SubscriptionFactory(**columns)
    SubscriptionItemFactory(subscription=subscription, price=price, quantity=quantity)
    return subscription


def names(client, query):
    return [cells[0] for cells in rows(client.get(f"{LIST}?{query}"))]


def test_list_says_who_pays_what_and_when_next(owner, customer, gold):
    subscribed(
        gold, 3, customer=customer, created_at=datetime(2030, 1, 5, 12, tzinfo=UTC),
        period_end=datetime(2030, 2, 5, 12, tzinfo=UTC),
    )  # fmt: skip

    assert rows(owner.get(LIST)) == [
        ["Jenny Rosen3 \N{MULTIPLICATION SIGN} Gold", "$30.00 per month", "Active", "5 Feb 2030 renews",
         "5 Jan 2030, 12:00"]
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    SubscriptionItemFactory.create_batch(count)

    with django_assert_num_queries(
        6
    ):  # session, operator, sites, prices of the filter, rows, items
        assert owner.get(LIST).status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=active", ["Ada"]),
        ("status=trialing", ["Ben"]),
        ("status=past_due", ["Cleo"]),
        ("status=paused", ["Dan"]),
        ("status=ending", ["Eve"]),
        ("status=canceled", ["Finn"]),
        ("collection=invoice", ["Cleo"]),
    ],
)
def test_list_is_narrowed(owner, scope, query, found):
    at = clock.now()
    for name, columns in {
        "Ada": {},
        "Ben": {"status": "trialing", "trial_end_at": at},
        "Cleo": {"status": "past_due", "collection_method": "send_invoice", "days_until_due": 7},
        "Dan": {"status": "unpaid", "pause_behavior": "void"},
        "Eve": {"status": "unpaid", "cancel_at": at},
        "Finn": {"status": "canceled", "ended_at": at, "cancel_at": at},
    }.items():
        SubscriptionFactory(customer=CustomerFactory(name=name), description="x", **columns)

    assert names(owner, query) == [f"{name}x" for name in found]


def test_list_is_narrowed_to_a_price_or_a_product(owner, gold, silver):
    subscribed(gold, customer=CustomerFactory(name="Ada"))
    subscribed(silver, customer=CustomerFactory(name="Ben"))

    assert names(owner, f"price={gold.pk}") == ["AdaGold"]
    assert names(owner, f"product={silver.product_id}") == ["BenSilver"]


def test_subscriptions_are_found_by_people_and_ids(owner, gold, silver):
    ada = subscribed(gold, customer=CustomerFactory(name="Ada", email="ada@example.com"))
    subscribed(silver, customer=CustomerFactory(name="Ben", email="ben@example.com"))
    invoice = InvoiceFactory(subscription=ada, customer=ada.customer)

    texts = ["ada@example.com", "Ada", ada.customer_id, gold.pk, gold.product_id, invoice.pk]
    assert [names(owner, f"q={text}") for text in texts] == [["AdaGold"]] * len(texts)
    assert owner.get(f"{LIST}?q={ada.pk}").url == f"{LIST}{ada.pk}/"
    assert names(owner, "q=sub_nothing") == []


def test_page_tells_what_it_is_for_and_what_comes(owner, customer, subscribe, gold):
    subscription = subscribe(2, description="Team plan")

    context = owner.get(f"{LIST}{subscription.pk}/").context

    assert (context["title"], context["who"], context["cost"]) == (
        "Team plan", "Jenny Rosen", "$20.00 per month",
    )  # fmt: skip
    assert context["items"] == [
        {"name": "Gold", "price": "$10.00 per month", "quantity": 2, "amount": "$20.00",
         "id": subscription.items.get().pk}
    ]  # fmt: skip
    figures = {label: value for label, value, _note in context["figures"]}
    assert figures["Costs"] == "$20.00"
    assert figures["Next invoice"] == "$20.00"
    assert figures["Paid so far"] == "$20.00"
    assert [line["amount"] for line in context["upcoming"]["lines"]] == ["$20.00"]
    assert context["upcoming"]["at"] == subscription.period_end
    assert [row["amount"] for row in context["invoices"]] == ["$20.00"]
    assert "Subscription made" in [event["title"] for event in context["timeline"]]


def test_looking_at_a_subscription_changes_nothing(owner, subscribe, nothing_written):
    subscription = subscribe()

    with nothing_written():
        assert owner.get(f"{LIST}{subscription.pk}/").status_code == 200


def test_next_invoice_has_its_discount(owner, subscribe, gold):
    subscription = subscribe()
    DiscountFactory(subscription=subscription, customer=subscription.customer)

    context = owner.get(f"{LIST}{subscription.pk}/").context

    assert context["upcoming"]["due"] == "$7.50"
    assert [(one["name"], one["off"]) for one in context["discounts"]] == [
        ("Welcome", "25\N{NO-BREAK SPACE}% off · For ever")
    ]


def test_what_will_not_be_renewed_has_no_next_invoice(owner, subscribe, at):
    subscription = subscriptions.update(subscribe(), details={"cancels_at_period_end": True}, at=at)

    context = owner.get(f"{LIST}{subscription.pk}/").context

    assert context["upcoming"] is None
    assert context["badges"][0] == ("Active", "ok")
    assert context["badges"][1][0].startswith("Ends ")


def test_subscription_whose_price_has_lost_its_currency_is_shown(owner, scope):
    subscription = subscribed(PriceFactory(), currency="eur")

    assert rows(owner.get(LIST))[0][1] == "€0.00 per month"
    (item,) = owner.get(f"{LIST}{subscription.pk}/").context["items"]
    assert (item["price"], item["amount"]) == ("\N{EN DASH}", "€0.00")


def test_page_tells_what_could_not_be_collected(owner, scope):
    retry = clock.now() + timedelta(days=3)
    subscription = SubscriptionFactory(status="past_due")
    invoice = InvoiceFactory(
        subscription=subscription, customer=subscription.customer, attempt_count=1,
        next_attempt_at=retry,
    )  # fmt: skip

    (notice,) = owner.get(f"{LIST}{subscription.pk}/").context["notices"]

    assert notice["title"] == "$20.00 could not be collected"
    assert notice["url"] == f"/admin/billing/invoice/{invoice.pk}/"
    assert notice["text"].startswith("It is tried again on ")


def test_page_tells_that_collection_is_paused(owner, scope):
    subscription = SubscriptionFactory(pause_behavior="void")

    (notice,) = owner.get(f"{LIST}{subscription.pk}/").context["notices"]

    assert notice["title"] == "Nothing is collected at the moment"
    assert notice["text"].endswith("Its invoices are void until then.")


def test_page_tells_why_it_ended(owner, scope):
    at = clock.now()
    subscription = SubscriptionFactory(
        status="canceled", ended_at=at, canceled_at=at, cancellation_feedback="too_expensive",
        cancellation_reason="cancellation_requested", cancellation_comment="Found a cheaper one",
    )  # fmt: skip

    page = owner.get(f"{LIST}{subscription.pk}/")

    details = dict(page.context["details"])
    assert (details["Reason"], details["Feedback"], details["Comment"]) == (
        "It was asked for", "Too expensive", "Found a cheaper one",
    )  # fmt: skip
    assert labels(page) == []


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    subscription = SubscriptionFactory(status="canceled", ended_at=clock.now())
    product = ProductFactory()
    for _number in range(count):
        SubscriptionItemFactory(subscription=subscription, price=PriceFactory(product=product))
        InvoiceFactory(subscription=subscription, customer=subscription.customer)
        DiscountFactory(subscription=subscription, customer=subscription.customer)
        EventFactory(object_id=subscription.pk, customer_id=subscription.customer_id)

    with django_assert_num_queries(9):
        assert owner.get(f"{LIST}{subscription.pk}/").status_code == 200


def test_reader_only_reads(reader, scope):
    subscription = SubscriptionFactory()

    assert labels(reader.get(f"{LIST}{subscription.pk}/")) == []


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.BILLING])
def test_staff_may_act(signed_in, scope, role):
    subscription = SubscriptionFactory()

    assert labels(signed_in(role).get(f"{LIST}{subscription.pk}/")) == [
        "Change", "Pause collection", "Cancel subscription",
    ]  # fmt: skip
