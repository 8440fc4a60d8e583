from datetime import timedelta

import pytest
from django.db import transaction

from customers.kit.errors import InvalidRequest
from customers.models import Customer
from customers.services import cash_balances
from payments.billing.models import InvoicePayment
from payments.billing.services import invoice_cash, invoices


@pytest.fixture
def fund(customer, at):
    return lambda amount: cash_balances.fund(customer, amount=amount, currency="usd", at=at)


@pytest.fixture
def by_hand(customer):
    Customer.objects.filter(pk=customer.pk).update(cash_balance_mode="manual")


def cash_of(customer):
    return cash_balances.available(customer)


def paid_of(invoice):
    row = invoices.get(invoice.pk)
    return row.status, row.amount_paid, row.amount_remaining


def test_money_that_comes_pays_the_first_due(customer, opened, fund, told, at):
    late = opened(collection_method="send_invoice", days_until_due=20)
    soon = opened(collection_method="send_invoice", days_until_due=5)
    told()

    fund(3000)

    assert (paid_of(soon), paid_of(late)) == (("paid", 2000, 0), ("open", 1000, 1000))
    assert cash_of(customer) == {"usd": 0}
    assert told() == [
        "customer_cash_balance_transaction.created", "cash_balance.funds_available",
        "customer_cash_balance_transaction.created", "invoice_payment.paid", "invoice.paid",
        "invoice.payment_succeeded", "invoice.updated",
        "customer_cash_balance_transaction.created", "invoice_payment.paid", "invoice.updated",
    ]  # fmt: skip


def test_money_that_is_there_pays_what_is_finalized(customer, opened, fund):
    fund(500)

    invoice = opened()

    assert paid_of(invoice) == ("open", 500, 1500)
    assert invoice.payment_intent.amount == 1500
    assert cash_of(customer) == {"usd": 0}


def test_what_is_left_is_charged(customer, opened, fund, method, gateway, at):
    invoice = opened(auto_advance=True)
    fund(500)

    invoice = invoices.collect(invoice, at=at)

    assert paid_of(invoice) == ("paid", 2000, 0)
    assert [amount for _, _, amount in gateway.asked] == [1500]


def test_by_hand_nothing_happens_by_itself(customer, by_hand, opened, fund):
    invoice = opened()

    fund(2000)

    assert paid_of(invoice) == ("open", 0, 2000)
    assert cash_of(customer) == {"usd": 2000}


def test_by_hand_an_amount_is_put_to_an_invoice(customer, by_hand, opened, fund, at):
    invoice = opened()
    fund(2000)

    invoice_cash.apply(invoice, amount=700, at=at)
    rest = invoice_cash.apply(invoice, at=at + timedelta(days=1))

    assert rest.status == "paid"
    assert cash_of(customer) == {"usd": 0}
    payments = InvoicePayment.objects.filter(invoice=invoice, payment_intent=None)
    assert sorted(payments.values_list("amount_paid", flat=True)) == [700, 1300]


def test_no_more_than_there_is_can_be_put(customer, by_hand, opened, fund, at):
    invoice = opened()
    fund(100)

    with pytest.raises(InvalidRequest) as refusal, transaction.atomic():
        invoice_cash.apply(invoice, amount=101, at=at)

    assert (refusal.value.param, refusal.value.code) == ("amount", "balance_insufficient")
    assert paid_of(invoice) == ("open", 0, 2000)


def test_voiding_gives_the_money_back(customer, opened, fund, at):
    fund(500)
    invoice = opened()

    invoices.void(invoice, at=at)

    assert paid_of(invoice) == ("void", 0, 2000)
    assert cash_of(customer) == {"usd": 500}
