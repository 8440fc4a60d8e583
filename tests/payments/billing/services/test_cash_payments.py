"""Invoices that are paid out of a cash balance because somebody asks for it."""

import pytest

from customers.kit.errors import InvalidRequest, InvalidState
from customers.models import Customer
from customers.services import cash_balances
from payments.billing.services import cash_payments, invoices
from payments.models import PaymentIntent
from payments.services import payment_intents


@pytest.fixture
def rich(customer, at):
    """Gives the customer an amount, which nothing uses by itself."""
    Customer.objects.filter(pk=customer.pk).update(cash_balance_mode="manual")
    return lambda amount: cash_balances.fund(customer, amount=amount, currency="usd", at=at)


def paid_of(invoice):
    row = invoices.get(invoice.pk)
    return row.status, row.amount_paid, row.amount_remaining


def test_all_of_it_pays_the_invoice_and_calls_its_intent_off(customer, opened, rich, told, at):
    invoice = opened()
    rich(3000)
    told()

    intent = cash_payments.pay_by_intent(invoice.payment_intent, currency="usd", at=at)

    assert paid_of(invoice) == ("paid", 2000, 0)
    assert (intent.status, intent.cancellation_reason) == ("canceled", "void_invoice")
    assert cash_balances.available(customer) == {"usd": 1000}
    assert told() == [
        "customer_cash_balance_transaction.created", "invoice_payment.paid", "invoice.paid",
        "invoice.payment_succeeded", "invoice.updated", "payment_intent.canceled",
    ]  # fmt: skip


def test_a_part_leaves_the_rest_to_be_charged(opened, rich, method, gateway, at):
    invoice = opened()
    rich(3000)

    intent = cash_payments.pay_by_intent(invoice.payment_intent, amount=700, at=at)

    assert (paid_of(invoice), intent.status) == (("open", 700, 1300), "requires_payment_method")
    invoices.pay(invoice, method=method, request_key="pay", at=at)
    assert paid_of(invoice) == ("paid", 2000, 0)
    assert [amount for _, _, amount in gateway.asked] == [1300]


@pytest.mark.parametrize(
    ("asked", "param"),
    [({"amount": 501}, "amount"), ({"currency": "eur"}, "currency")],
)
def test_what_cannot_be_applied(opened, rich, nothing_written, at, asked, param):
    invoice = opened()
    rich(500)

    with nothing_written(), pytest.raises(InvalidRequest) as refusal:
        cash_payments.pay_by_intent(invoice.payment_intent, **asked, at=at)

    assert refusal.value.param == param


def test_only_intents_of_invoices_are_paid(customer, rich, nothing_written, at):
    rich(500)
    intent = payment_intents.create(
        {"amount": 500, "currency": "usd", "customer": customer}, request_key=None, at=at
    )

    with nothing_written(), pytest.raises(InvalidState) as refusal:
        cash_payments.pay_by_intent(intent, at=at)

    assert refusal.value.code == "payment_intent_unexpected_state"


def test_an_intent_that_is_over_pays_nothing(opened, rich, at):
    invoice = opened()
    rich(3000)
    cash_payments.pay(invoice, at=at)

    with pytest.raises(InvalidState) as refusal:
        cash_payments.pay_by_intent(payment_intents.get(invoice.payment_intent_id), at=at)

    assert refusal.value.code == "payment_intent_unexpected_state"


def test_nothing_is_applied_while_a_payment_is_under_way(opened, rich, nothing_written, at):
    invoice = opened()
    rich(3000)
    PaymentIntent.objects.filter(pk=invoice.payment_intent_id).update(status="processing")

    with nothing_written(), pytest.raises(InvalidState) as refusal:
        cash_payments.pay(invoices.get(invoice.pk), at=at)

    assert refusal.value.code == "invoice_payment_in_progress"
