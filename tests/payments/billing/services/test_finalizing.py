from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from customers.kit.errors import InvalidRequest, InvalidState
from customers.models import Customer, CustomerBalanceTransaction
from customers.services import balance_transactions
from payments.billing.models import Invoice, InvoiceLine, InvoicePayment
from payments.billing.services import invoices
from payments.models import PaymentIntent

AMOUNTS = (
    "total", "starting_balance", "ending_balance", "amount_due", "amount_paid", "amount_remaining", "status",
)  # fmt: skip


def balance_of(customer):
    return Customer.objects.get(pk=customer.pk).balance


def entries_of(customer):
    rows = CustomerBalanceTransaction.objects.filter(customer=customer).order_by("sequence")
    return list(rows.values_list("kind", "amount", "ending_balance"))


def test_a_draft_becomes_a_bill_with_a_number_and_a_payment_intent(drafted, customer, told, at):
    draft = drafted()
    told()

    invoice = invoices.finalize(draft, at=at)

    payment = InvoicePayment.objects.get(invoice=invoice)
    intent = PaymentIntent.objects.get()
    assert invoice.number == f"{customer.invoice_prefix}-0001"
    assert (invoice.status, invoice.finalized_at, invoice.effective_at) == ("open", at, at)
    assert (payment.payment_intent_id, payment.status, payment.amount_requested) == (
        intent.pk, "open", 2000,
    )  # fmt: skip
    assert (intent.amount, intent.currency, intent.customer_id, intent.status) == (
        2000, "usd", customer.pk, "requires_payment_method",
    )  # fmt: skip
    assert invoice.payment_intent_id == intent.pk
    assert told() == [
        "customer.updated", "invoice.finalized", "payment_intent.created", "invoice.updated",
    ]  # fmt: skip


def test_a_bill_is_not_finalized_again(opened, refused, at):
    invoice = opened()

    with refused(InvalidState, code="invoice_not_editable"):
        invoices.finalize(invoice, at=at)


def test_numbers_of_a_customer_follow_one_another(opened, customer):
    numbers = [opened().number for _ in range(3)]

    prefix = customer.invoice_prefix
    assert numbers == [f"{prefix}-0001", f"{prefix}-0002", f"{prefix}-0003"]
    assert Customer.objects.get(pk=customer.pk).next_invoice_sequence == 4


def test_a_count_that_was_set_back_passes_over_what_was_used(opened, customer):
    opened()
    opened()
    Customer.objects.filter(pk=customer.pk).update(next_invoice_sequence=1)

    invoice = opened()

    assert invoice.number == f"{customer.invoice_prefix}-0003"
    assert Customer.objects.get(pk=customer.pk).next_invoice_sequence == 4


def test_what_fails_draws_no_number(drafted, opened, customer, at):
    with pytest.raises(InvalidRequest), transaction.atomic():
        opened(100_000_000)

    assert opened().number == f"{customer.invoice_prefix}-0001"


@pytest.mark.parametrize(
    ("balance", "amount", "expected", "after", "entries"),
    [
        pytest.param(-500, 2000, (2000, -500, 0, 1500, 0, 1500, "open"), 0,
                     [("applied_to_invoice", 500, 0)], id="credit lowers what is due"),
        pytest.param(-2500, 2000, (2000, -2500, -500, 0, 0, 0, "paid"), -500,
                     [("applied_to_invoice", 2000, -500)], id="credit pays it"),
        pytest.param(300, 2000, (2000, 300, 0, 2300, 0, 2300, "open"), 0,
                     [("applied_to_invoice", -300, 0)], id="debt raises it"),
        pytest.param(0, -700, (-700, 0, -700, 0, 0, 0, "paid"), -700,
                     [("applied_to_invoice", -700, -700)], id="a credit goes to the balance"),
        pytest.param(0, 30, (30, 0, 30, 0, 0, 0, "paid"), 30,
                     [("invoice_too_small", 30, 30)], id="too small to be charged"),
        pytest.param(-20, 50, (50, -20, 30, 0, 0, 0, "paid"), 30,
                     [("applied_to_invoice", 20, 0), ("invoice_too_small", 30, 30)],
                     id="too small behind the credit"),
        pytest.param(0, 0, (0, 0, 0, 0, 0, 0, "paid"), 0, [], id="nothing"),
        pytest.param(0, 50, (50, 0, 0, 50, 0, 50, "open"), 0, [], id="the least"),
    ],
)  # fmt: skip
def test_the_balance_counts(
    customer, opened, stored, balance, amount, expected, after, entries, at
):
    if balance:
        balance_transactions.create(customer, amount=balance, currency="usd", at=at)

    invoice = opened(amount)

    assert tuple(stored(invoice, *AMOUNTS).values()) == expected
    assert balance_of(customer) == after
    assert entries_of(customer)[1 if balance else 0 :] == entries


def test_a_balance_in_another_currency_does_not_count(customer, opened, stored, at):
    balance_transactions.create(customer, amount=-500, currency="eur", at=at)

    invoice = opened()

    assert stored(invoice, "amount_due", "starting_balance", "ending_balance") == {
        "amount_due": 2000, "starting_balance": 0, "ending_balance": 0,
    }  # fmt: skip
    assert balance_of(customer) == -500


def test_voiding_gives_the_balance_back(customer, opened, told, at):
    balance_transactions.create(customer, amount=-500, currency="usd", at=at)
    invoice = opened()
    told()

    invoices.void(invoice, at=at)

    assert balance_of(customer) == -500
    assert entries_of(customer)[-1] == ("unapplied_from_invoice", -500, -500)
    assert told() == [
        "customer.balance_transaction.created", "customer.updated", "invoice.voided", "invoice.updated",
    ]  # fmt: skip


def test_what_is_free_is_paid_at_once(opened, told, at):
    invoice = opened(0)

    assert (invoice.status, invoice.paid_at, invoice.payment_intent_id) == ("paid", at, None)
    assert told() == [
        "invoice.created", "customer.updated", "invoice.finalized", "invoice.paid",
        "invoice.payment_succeeded", "invoice.updated",
    ]  # fmt: skip


def test_one_that_is_sent_is_due_after_its_days(opened, at):
    invoice = opened(collection_method="send_invoice", days_until_due=10, auto_advance=True)

    assert (invoice.due_at, invoice.reminds_at, invoice.next_attempt_at) == (
        at + timedelta(days=10), at + timedelta(days=7), None,
    )  # fmt: skip


def test_one_that_advances_is_collected_from_then_on(opened, at):
    assert opened(auto_advance=True).next_attempt_at == at
    assert opened().next_attempt_at is None


def test_who_is_billed_is_as_it_is_at_that_time(drafted, customer, stored, at):
    draft = drafted()
    Customer.objects.filter(pk=customer.pk).update(name="Jenny Rosen Ltd", tax_exempt="exempt")

    invoice = invoices.finalize(draft, at=at)

    shown = stored(invoice, "customer_shown")["customer_shown"]
    assert (shown["name"], shown["tax_exempt"], shown["email"]) == (
        "Jenny Rosen Ltd", "exempt", "jenny@example.com",
    )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"total": 1}, id="total"),
        pytest.param({"amount_due": 2001}, id="due"),
        pytest.param({"number": "X-1"}, id="number"),
        pytest.param({"taxes_shown": [{}]}, id="taxes"),
        pytest.param({"currency": "eur"}, id="currency"),
    ],
)
def test_the_database_keeps_what_was_finalized(opened, change):
    invoice = opened()

    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(**change)


def test_the_database_keeps_the_lines_of_what_was_finalized(opened, line, at):
    invoice = opened()
    rows = InvoiceLine.objects.filter(invoice=invoice)

    for change in (
        lambda: rows.update(amount=1),
        rows.delete,
        lambda: InvoiceLine.belonging_to(
            invoice, invoice=invoice, position=9, amount=1, currency="usd", created_at=at,
            period_start=at, period_end=at,
        ).save(force_insert=True),
        lambda: Invoice.objects.filter(pk=invoice.pk).delete(),
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    rows.update(metadata={"color": "red"})

    assert list(rows.values_list("amount", "metadata")) == [(2000, {"color": "red"})]
