"""What billing shows on a customer's page."""

from datetime import timedelta

import pytest

from customers.kit import clock
from customers.models import CashTransaction, Role
from payments.billing.admin import shown
from payments.billing.models import CustomerRevenue
from tests.customers.admin.page import links
from tests.factories.billing import (
    InvoiceFactory,
    InvoiceItemFactory,
    PriceFactory,
    SubscriptionFactory,
    SubscriptionItemFactory,
)
from tests.factories.customers import CustomerBalanceTransactionFactory, CustomerFactory


def of_customer(client, customer):
    page = client.get(f"/admin/customers/customer/{customer.pk}/")
    sections = page.context["sections"]
    return next(part for part in sections if part.template == "admin/billing/customer.html")


def subscribed(price, **columns):
    subscription = SubscriptionFactory(currency=price.currency, interval=price.interval, **columns)
    SubscriptionItemFactory(subscription=subscription, price=price)
    return subscription


def test_customers_page_shows_subscriptions_and_invoices(owner, customer, gold):
    ended = subscribed(gold, customer=customer, status="canceled", ended_at=clock.now())
    running = subscribed(gold, customer=customer, created_at=clock.now() - timedelta(days=3))
    invoice = InvoiceFactory(customer=customer, number="ACME-1")
    InvoiceItemFactory(customer=customer)
    InvoiceItemFactory(customer=customer, invoice=invoice)

    context = of_customer(owner, customer).context

    assert [row["url"] for row in context["subscriptions"]] == [
        f"/admin/billing/subscription/{row.pk}/" for row in (running, ended)
    ]
    assert context["subscriptions"][0]["amount"] == "$10.00 per month"
    assert [row["text"] for row in context["invoices"]] == ["ACME-1 · Made by hand"]
    assert [(row["text"], row["amount"]) for row in context["pending"]] == [("Setup", "$5.00")]


def test_figures_tell_what_comes_in_and_what_is_owed(owner, customer, gold):
    subscribed(gold, customer=customer)
    subscribed(PriceFactory(interval="year", unit_amount=12000), customer=customer)
    subscribed(gold, customer=customer, status="canceled", ended_at=clock.now())
    for currency, amount in (("usd", 2000), ("eur", 0)):
        CustomerRevenue.belonging_to(
            customer, customer_id=customer.pk, currency=currency, amount=amount, moved_at=clock.now(),
            created_at=clock.now(),
        ).save(force_insert=True)  # fmt: skip
    InvoiceFactory(customer=customer)
    InvoiceFactory(customer=customer, currency="jpy")
    InvoiceFactory(customer=customer, paid=True)

    assert of_customer(owner, customer).figures == [
        ("MRR", "$20.00", "2 subscriptions"), ("To be paid", "¥2,000", "$20.00"),
    ]  # fmt: skip


def test_who_has_nothing_has_no_figures(owner, customer):
    found = of_customer(owner, customer)

    assert (found.figures, found.context["subscriptions"], found.context["invoices"]) == (
        [],
        [],
        [],
    )


def test_customers_page_shows_money_in_hand(owner, customer):
    CashTransaction.belonging_to(
        customer, customer=customer, sequence=1, kind="funded", currency="usd", net_amount=700,
        ending_balance=700, created_at=clock.now(),
    ).save()  # fmt: skip

    (entry,) = of_customer(owner, customer).context["cash"]

    assert (entry["text"], entry["amount"], entry["ending"]) == ("Money came", "$7.00", "$7.00")


def test_balance_leads_to_the_invoices_that_used_it(owner, customer):
    CustomerBalanceTransactionFactory(
        customer=customer, sequence=1, kind="applied_to_invoice", invoice_id="in_1"
    )

    page = owner.get(f"/admin/customers/customer/{customer.pk}/")

    assert "/admin/billing/invoice/in_1/" in links(page)


@pytest.mark.parametrize("role", Role.values)
def test_what_is_offered_follows_the_role(signed_in, customer, role):
    context = of_customer(signed_in(role), customer).context

    may = role not in {Role.READ_ONLY, Role.SUPPORT}  # developers may in test mode
    assert ("subscribe_url" in context, "invoice_url" in context) == (may, may)


def test_nothing_is_offered_for_who_was_deleted(owner, scope):
    deleted = CustomerFactory(deleted_at=clock.now())

    assert "subscribe_url" not in of_customer(owner, deleted).context


@pytest.mark.parametrize("count", [1, 3])
def test_customers_page_costs_the_same_for_any_number(
    owner, customer, gold, count, django_assert_num_queries
):
    for _number in range(count):
        subscribed(gold, customer=customer)
        InvoiceFactory(customer=customer)
        InvoiceItemFactory(customer=customer)
    owner.get(f"/admin/customers/customer/{customer.pk}/")

    with django_assert_num_queries(12):
        owner.get(f"/admin/customers/customer/{customer.pk}/")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "$10.00 per month"),
        ({"interval": "day", "interval_count": 10}, "$10.00 every 10 days"),
        ({"kind": "one_time", "interval": ""}, "$10.00"),
        ({"unit_amount": None, "unit_amount_decimal": "0.5"}, "USD 0.005 per month"),
        ({"divide_by": 100}, "$10.00 for 100 per month"),
        ({"scheme": "tiered", "tiers_mode": "volume", "unit_amount": None, "unit_amount_decimal": None},
         "Tiers by volume per month"),
    ],
)  # fmt: skip
def test_prices_in_words(scope, columns, words):
    price = PriceFactory(**columns)
    price.refresh_from_db()

    assert shown.unit_price(price) == words
