"""The home page's part of billing: figures and charts of the days that were asked for, and what needs somebody."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from customers.kit import clock
from customers.models import Role
from customers.services import powers
from customers.services.powers import Power
from payments.billing.models import FigureBook
from tests.factories.billing import (
    DailyFigureFactory,
    InvoiceFactory,
    SubscriptionFactory,
    SubscriptionItemFactory,
)
from tests.factories.customers import CustomerFactory
from tests.factories.payments import PaymentMethodFactory

TODAY = localdate(clock.now())


def context(client, query=""):
    """Return what the figures and the charts of the page are told."""
    sections = client.get(f"/admin/{query}").context["sections"]
    top, main = (part for part in sections if "billing" in part.template)
    return {**top.context, **main.context}


def tiles(client, query=""):
    return {
        tile.label: (tile.value, tile.change and (tile.change.text, tile.change.is_good))
        for tile in context(client, query)["tiles"]
    }


def concerns(client):
    found = client.get("/admin/").context["concerns"]
    return {
        concern.title: [(row.title, row.text, row.words) for row in concern.shown]
        for concern in found
    }


def figure(days_ago, measure, amount, count=1, **more):
    day = TODAY - timedelta(days=days_ago)
    return DailyFigureFactory(day=day, measure=measure, amount=amount, count=count, **more)


def keep_book(scope, *currencies):
    FigureBook(
        id=FigureBook.new_id(), site=scope.site, livemode=False, created_at=clock.now(), timezone="UTC",
        currencies=currencies,
    ).save()  # fmt: skip


def subscribed(gold, **columns):
    subscription = SubscriptionFactory(**columns)
    SubscriptionItemFactory(subscription=subscription, price=gold)
    return subscription


@pytest.fixture
def some(scope):
    keep_book(scope, "eur", "usd")
    figure(400, "mrr_new", 20_000, 2)
    figure(3, "charges", 30_000, 3)
    figure(3, "refunds", -5000)
    figure(2, "fees", 1000)
    figure(2, "failed", 900)
    figure(2, "mrr_expansion", 5000)
    figure(30, "charges", 20_000, 4)
    figure(30, "failed", 900, 2)
    figure(3, "charges", 777, currency="eur")


def test_figures_are_compared_with_the_days_before(owner, some):
    assert tiles(owner) == {
        "Gross volume": ("$300.00", ("50.0 %", True)),
        "Net volume": ("$240.00", ("20.0 %", True)),
        "Payments": ("3", ("25.0 %", False)),
        "Refunds and disputes": ("$50.00", ("from nothing", None)),
        "MRR": ("$250.00", ("25.0 %", True)),
        "Active customers": ("2", ("no change", None)),
        "Failed payments": ("1", ("50.0 %", True)),
        "Recovered revenue": ("$0.00", ("no change", None)),
    }


@pytest.mark.parametrize(
    ("query", "gross"),
    [
        ("?range=today", "$0.00"), ("?range=7d", "$300.00"), ("?range=3m", "$500.00"),
        ("?range=12m", "$500.00"), ("?range=all", "$500.00"), ("?range=nonsense", "$300.00"),
        ("?range=7d&currency=eur", "€7.77"), ("?range=7d&currency=xyz", "$300.00"),
        (f"?from={TODAY - timedelta(days=35)}&until={TODAY - timedelta(days=20)}", "$200.00"),
        (f"?range=custom&from={TODAY - timedelta(days=35)}", "$500.00"),
        ("?range=custom&from=2026-13-45&until=x", "$300.00"),
        ("?range=custom&from=0001-01-01&until=9999-12-31", "$500.00"),
    ],
)  # fmt: skip
def test_days_and_currency_are_the_address_s(owner, some, query, gross):
    assert tiles(owner, query)["Gross volume"][0] == gross


def test_all_time_is_compared_with_nothing(owner, some):
    found = context(owner, "?range=all")

    assert {tile.change for tile in found["tiles"]} == {None}
    assert found["looked_at"]["before"] == ""
    assert found["charts"]["mrr"][0].before is None


def test_movements_lead_from_one_level_to_the_other(owner, some):
    found = context(owner)["movements"]

    assert (found["opening"], found["closing"]) == ("$200.00", "$250.00")
    assert [(str(row["name"]), row["count"], row["amount"]) for row in found["rows"]] == [
        ("New", 0, "$0.00"), ("Reactivation", 0, "$0.00"), ("Expansion", 1, "+$50.00"),
        ("Contraction", 0, "$0.00"), ("Churn", 0, "$0.00"),
    ]  # fmt: skip


def test_charts_have_as_many_parts_as_the_range(owner, some):
    charts = context(owner, "?range=7d")["charts"]

    assert {key: len(chart.labels) for key, (chart, _peak) in charts.items()} == dict.fromkeys(
        ["volume", "mrr", "moves", "active", "failed", "recovered"], 7
    )
    assert charts["volume"][1] == "$500"


def test_other_currencies_are_offered(owner, some):
    offered = context(owner, "?range=7d&currency=eur")["looked_at"]["currencies"]

    assert offered == [
        ("USD", "?range=7d&currency=usd", False), ("EUR", "?range=7d&currency=eur", True),
    ]  # fmt: skip


def test_new_site_has_nothing_to_draw(owner, scope):
    assert context(owner)["is_empty"]


def test_who_may_not_see_billing_sees_no_figures(owner, some, gold, monkeypatch):
    monkeypatch.setitem(powers.ROLES, Role.OWNER, frozenset(Power) - {Power.VIEW_BILLING})
    subscribed(gold, status="past_due")

    found = owner.get("/admin/").context

    assert [part for part in found["sections"] if "billing" in part.template] == []
    assert found["concerns"] == []


def test_what_does_not_come_in_is_named(owner, gold):
    at = clock.now()
    owing = [InvoiceFactory(amount_due=amount, attempt_count=0) for amount in (500, 9000)]
    for name, invoice in zip(("Ada", "Grace"), owing, strict=True):
        subscribed(
            gold,
            status="past_due",
            customer=CustomerFactory(name=name),
            latest_invoice_id=invoice.pk,
        )
    subscribed(gold)
    InvoiceFactory(
        number="LATE", customer=CustomerFactory(name="Edsger"), due_at=at - timedelta(days=1),
        collection_method="send_invoice",
    )  # fmt: skip
    InvoiceFactory(number="LEFT", customer=CustomerFactory(name="Alan"), attempt_count=5)
    InvoiceFactory(number="SOON", attempt_count=1, next_attempt_at=at)

    found = concerns(owner)

    assert [row[0] for row in found["Past-due subscriptions"]] == ["Grace", "Ada"]
    assert found["Past-due subscriptions"][0][1:] == (
        f"{gold.product.name} · $90.00 owed",
        "Past due",
    )
    assert found["Overdue invoices"] == [
        ("Alan", "LEFT · $20.00", "Payment failed"), ("Edsger", "LATE · $20.00", "Overdue"),
    ]  # fmt: skip


def test_cards_that_subscriptions_are_charged_to_are_told_before_they_expire(owner, gold):
    year, month = TODAY.year + TODAY.month // 12, TODAY.month % 12 + 1
    soon = {"exp_year": year, "exp_month": month, "attached": True}
    default = PaymentMethodFactory(**soon, last4="1111", customer__name="Ada")
    default.customer.default_payment_method_id = default.pk
    default.customer.save()
    own = PaymentMethodFactory(
        **{**soon, "exp_year": TODAY.year, "exp_month": TODAY.month}, customer__name="Grace"
    )
    unused = PaymentMethodFactory(**soon, customer__name="Alan")
    later = PaymentMethodFactory(attached=True, exp_year=year + 1)
    first = subscribed(gold, customer=default.customer)
    second = subscribed(gold, customer=own.customer, default_payment_method=own)
    subscribed(gold, customer=unused.customer)
    subscribed(gold, customer=later.customer, default_payment_method=later)

    rows = concerns(owner)["Cards about to expire"]
    listed = owner.get("/admin/billing/subscription/?status=expiring").context["cl"].result_list

    assert [(row[0], row[2]) for row in rows] == [
        ("Grace", f"Expires {TODAY.month:02}/{TODAY.year}"), ("Ada", f"Expires {month:02}/{year}"),
    ]  # fmt: skip
    assert {row.pk for row in listed} == {first.pk, second.pk}


@pytest.mark.parametrize("count", [1, 3])
def test_home_costs_the_same_for_any_number(owner, gold, count, django_assert_num_queries):
    for number in range(count):
        subscribed(gold, status="past_due")
        InvoiceFactory(attempt_count=5)
        figure(number, "charges", 5)

    with django_assert_num_queries(20):
        assert owner.get("/admin/?range=12m").status_code == 200
