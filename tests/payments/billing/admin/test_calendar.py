"""The billing calendar: what is expected on which day, in the site's time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from payments.billing.admin import calendar
from payments.billing.models import Subscription
from tests.customers.admin.page import links
from tests.factories.billing import (
    DiscountFactory,
    InvoiceFactory,
    InvoiceItemFactory,
    PriceFactory,
    SubscriptionFactory,
    SubscriptionItemFactory,
    TaxRateFactory,
)
from tests.factories.customers import CustomerFactory

PAGE = "/admin/billing/invoice/calendar/"


@pytest.fixture
def today(scope, monkeypatch):
    at = datetime(2030, 1, 10, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: at)
    return at


def subscribed(name="Ada", *, start=datetime(2030, 1, 5, 12, tzinfo=UTC), days=31, price=None, **columns):  # fmt: skip
    subscription = SubscriptionFactory(
        customer=CustomerFactory(name=name), created_at=start, period_end=start + timedelta(days=days),
        **columns,
    )  # fmt: skip
    SubscriptionItemFactory(subscription=subscription, price=price or PriceFactory())
    return subscription


def expected(client, month):
    """Return what a month's page shows: day, who, amount, what."""
    days = client.get(f"{PAGE}?month={month}").context["days"]
    return [
        (f"{day['on']:%m-%d}", entry.who, entry.money, entry.words)
        for day in days
        for entry in (*day["entries"], *day["more"])
    ]


def test_renewals_and_invoices_stand_on_their_days(owner, today):
    subscribed("Ada")
    InvoiceFactory(
        customer=CustomerFactory(name="Ben"), collection_method="send_invoice",
        due_at=datetime(2030, 2, 7, tzinfo=UTC),
    )  # fmt: skip
    InvoiceFactory(
        customer=CustomerFactory(name="Cleo"), attempt_count=1,
        next_attempt_at=datetime(2030, 2, 9, tzinfo=UTC),
    )  # fmt: skip

    assert expected(owner, "2030-02") == [
        ("02-05", "Ada", "$10.00", "Renewal"),
        ("02-07", "Ben", "$20.00", "Invoice is due"),
        ("02-09", "Cleo", "$20.00", "Tried again"),
    ]
    figures = owner.get(f"{PAGE}?month=2030-02").context["figures"]
    assert figures == [("Expected in USD", "$50.00", "1 renewal · 2 open invoices")]


def test_months_ahead_have_their_renewals(owner, today):
    weekly = PriceFactory(interval="week")
    subscribed("Ada", start=datetime(2030, 1, 31, tzinfo=UTC), days=28)
    subscribed("Ben", days=7, price=weekly, interval="week")

    assert expected(owner, "2030-04") == [
        ("04-06", "Ben", "$10.00", "Renewal"),
        ("04-13", "Ben", "$10.00", "Renewal"),
        ("04-20", "Ben", "$10.00", "Renewal"),
        ("04-27", "Ben", "$10.00", "Renewal"),
        ("04-30", "Ada", "$10.00", "Renewal"),
    ]


@pytest.mark.parametrize(
    "columns",
    [
        {"cancels_at_period_end": True},
        {"cancel_at": datetime(2030, 2, 1, tzinfo=UTC)},
        {"pause_behavior": "void"},
        {"pause_behavior": "void", "pause_resumes_at": datetime(2030, 3, 1, tzinfo=UTC)},
        {"status": "canceled", "ended_at": datetime(2030, 1, 6, tzinfo=UTC)},
        {"status": "incomplete"},
        {"status": "paused"},
    ],
)
def test_what_is_not_collected_is_not_expected(owner, today, columns):
    subscribed(**columns)

    assert expected(owner, "2030-02") == []


def test_collection_that_goes_on_is_expected(owner, today):
    subscribed(pause_behavior="void", pause_resumes_at=datetime(2030, 2, 1, tzinfo=UTC))

    assert [who for _day, who, _amount, _what in expected(owner, "2030-02")] == ["Ada"]


def test_what_has_passed_is_not_expected(owner, today):
    subscribed()

    assert expected(owner, "2029-12") == []
    assert "Nothing is expected in this month." in owner.get(f"{PAGE}?month=2029-12").content.decode()  # fmt: skip


def test_days_are_the_sites(owner, site, today):
    site.timezone = "Asia/Bangkok"
    site.save()
    with scoped_to(site, livemode=False):
        subscribed(start=datetime(2029, 12, 31, 20, tzinfo=UTC))

    assert [day for day, *_rest in expected(owner, "2030-02")] == ["02-01"]


def test_other_sites_are_not_seen(owner, today, other):
    with scoped_to(other[0], livemode=False):
        subscribed()

    assert expected(owner, "2030-02") == []


def test_currencies_are_added_up_apart(owner, today):
    yen = PriceFactory(currency="jpy", unit_amount=900)
    subscribed()
    subscribed()
    subscribed(price=yen, currency="jpy")

    figures = owner.get(f"{PAGE}?month=2030-02").context["figures"]

    assert figures == [
        ("Expected in USD", "$20.00", "2 renewals"), ("Expected in JPY", "¥900", "1 renewal"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("", date(2030, 1, 1)),
        ("?month=2031-12", date(2031, 12, 1)),
        ("?month=2031-13", date(2030, 1, 1)),
        ("?month=1999-01", date(2030, 1, 1)),
        ("?month=0", date(2030, 1, 1)),
    ],
)
def test_month_is_the_one_that_is_asked_for(owner, today, asked, shown):
    days = owner.get(f"{PAGE}{asked}").context["days"]

    assert min(day["on"] for day in days if day["is_inside"]) == shown
    assert len(days) % 7 == 0


def test_months_lead_to_each_other_and_end(owner, today):
    assert {"?month=2029-12", "?month=2030-02"} <= set(links(owner.get(PAGE)))
    assert owner.get(f"{PAGE}?month=2000-01").context["previous"] == ""
    assert owner.get(f"{PAGE}?month=2099-12").context["next"] == ""


def test_more_than_can_be_added_up_is_told(owner, today, monkeypatch):
    monkeypatch.setattr(calendar, "MOST", 1)
    subscribed("Ada")
    subscribed("Ben")

    page = owner.get(f"{PAGE}?month=2030-02")

    assert "There is more in this month than is shown and added up here." in page.content.decode()
    assert len(expected(owner, "2030-02")) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_month_costs_the_same_for_any_number(owner, today, count, django_assert_num_queries):
    for _number in range(count):
        subscribed()
        InvoiceFactory(collection_method="send_invoice", due_at=datetime(2030, 2, 7, tzinfo=UTC))

    # Session, operator, sites, subscriptions, items, invoices, what is pending, discounts.
    with django_assert_num_queries(8):
        assert owner.get(f"{PAGE}?month=2030-02").status_code == 200


def test_renewals_are_counted_with_discounts_and_taxes(owner, today):
    subscription = subscribed("Ada")
    rate = TaxRateFactory(percentage=10)
    type(subscription).objects.filter(pk=subscription.pk).update(tax_rate_ids=[rate.pk])
    DiscountFactory(
        customer=subscription.customer, subscription=subscription, coupon__percent_off=50
    )

    assert expected(owner, "2030-02") == [("02-05", "Ada", "$5.50", "Renewal")]


def test_credit_is_expected_to_bring_nothing(owner, today):
    subscription = subscribed("Ada")
    InvoiceItemFactory(
        customer=subscription.customer, subscription=subscription, amount=-5000, invoice=None
    )

    assert expected(owner, "2030-02") == [("02-05", "Ada", "$0.00", "Renewal")]
    assert expected(owner, "2030-03") == [("03-05", "Ada", "$10.00", "Renewal")]


def test_a_months_renewals_are_found_by_their_index(owner, scope, today):
    start, customer = datetime(2029, 12, 31, tzinfo=UTC), CustomerFactory()
    rows = [
        SubscriptionFactory.build(
            id=Subscription.new_id(), site=scope.site, livemode=False, customer=customer,
            created_at=start, period_end=start + timedelta(days=number + 1),
        )
        for number in range(3000)
    ]  # fmt: skip
    Subscription.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE billing_subscription")

    with CaptureQueriesContext(connection) as captured:
        assert owner.get(f"{PAGE}?month=2030-02").status_code == 200

    (sql,) = (each["sql"] for each in captured if '."period_end" <' in each["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "subscription_to_renew" in plan
    assert "Sort" not in plan


def test_menu_marks_the_calendar_alone(owner, today):
    menu = owner.get(PAGE).context["menu"]

    here = [item["url"] for group in menu for item in group["items"] if item["is_here"]]
    assert here == [PAGE]
