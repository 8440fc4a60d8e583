"""Payments that were made apart from an invoice, put to it: at once, later, in part, or too much of them."""

import pytest
from django.db import transaction

from customers.kit.errors import InvalidRequest, InvalidState
from customers.models import Customer
from payments.billing.models import InvoicePayment
from payments.billing.services import invoices
from payments.gateways.base import Unknown
from payments.models import Charge, PaymentIntent
from payments.services import payment_intents, refunds
from tests.factories.customers import CustomerFactory


@pytest.fixture
def begun(customer, at):
    """Makes a payment that nobody has confirmed."""

    def make(amount=2000, **details):
        return payment_intents.create(
            {"amount": amount, "currency": "usd", "customer": customer, **details}, at=at
        )

    return make


@pytest.fixture
def settled(begun, method, at):
    """Makes a payment that has succeeded."""

    def make(amount=2000, **details):
        return payment_intents.confirm(begun(amount, **details), {"payment_method": method}, at=at)

    return make


def paid_of(invoice):
    row = invoices.get(invoice.pk)
    return row.status, row.amount_paid, row.amount_remaining, row.amount_overpaid


def others_of(invoice):
    """Return what of an invoice's payments is not its own."""
    rows = InvoicePayment.objects.filter(invoice=invoice, is_default=False)
    rows = rows.order_by("amount_requested")
    return list(rows.values_list("status", "amount_requested", "amount_paid"))


def test_a_payment_that_has_succeeded_pays_the_invoice_at_once(opened, settled, told, at):
    invoice, intent = opened(), settled()
    told()

    invoices.attach_payment(invoice, intent, at=at)

    assert paid_of(invoice) == ("paid", 2000, 0, 0)
    assert others_of(invoice) == [("paid", 2000, 2000)]
    assert told() == [
        "invoice_payment.paid", "invoice.paid", "invoice.payment_succeeded", "invoice.updated",
    ]  # fmt: skip


def test_several_payments_pay_an_invoice_in_parts(opened, settled, told, at):
    invoice = opened()

    first = invoices.attach_payment(invoice, settled(500), at=at)
    told()
    second = invoices.attach_payment(invoice, settled(1500), at=at)

    assert [(row.status, row.amount_paid) for row in (first, second)] == [
        ("open", 500), ("paid", 2000),
    ]  # fmt: skip
    assert others_of(invoice) == [("paid", 500, 500), ("paid", 1500, 1500)]
    assert "invoice.paid" in told()


def test_the_invoices_own_payment_asks_for_the_rest_then_and_for_nothing_in_the_end(
    opened, settled, at
):
    invoice = opened()
    invoices.attach_payment(invoice, settled(500), at=at)
    invoices.ask_for_rest(invoices.get(invoice.pk), at=at)
    asked = PaymentIntent.objects.get(pk=invoice.payment_intent_id).amount
    own = InvoicePayment.objects.get(invoice=invoice, is_default=True)

    invoices.attach_payment(invoice, settled(1500), at=at)
    invoices.ask_for_rest(invoices.get(invoice.pk), at=at)

    assert (asked, own.amount_requested) == (1500, 1500)
    assert PaymentIntent.objects.get(pk=invoice.payment_intent_id).status == "canceled"


def test_the_rest_is_charged_to_the_usual_method(opened, settled, gateway, at):
    invoice = opened(auto_advance=True)
    invoices.attach_payment(invoice, settled(500), at=at)

    invoices.collect(invoice, at=at)

    assert paid_of(invoice) == ("paid", 2000, 0, 0)
    assert [amount for _, _, amount in gateway.asked] == [500, 1500]


def test_what_is_too_much_becomes_credit(opened, settled, at):
    invoice = opened()

    invoices.attach_payment(invoice, settled(2700), at=at)

    assert paid_of(invoice) == ("paid", 2000, 0, 700)
    assert Customer.objects.get().balance == -700


def test_a_payment_that_is_under_way_pays_when_it_succeeds(opened, begun, method, told, at):
    invoice, intent = opened(), begun()

    attached = invoices.attach_payment(invoice, intent, at=at)
    payment_intents.confirm(intent, {"payment_method": method}, at=at)

    assert (attached.status, attached.amount_paid) == ("open", 0)
    assert paid_of(invoice) == ("paid", 2000, 0, 0)


def test_a_payment_that_is_canceled_pays_nothing(opened, begun, at):
    invoice, intent = opened(), begun()
    invoices.attach_payment(invoice, intent, at=at)

    payment_intents.cancel(intent, at=at)

    assert paid_of(invoice) == ("open", 0, 2000, 0)
    assert others_of(invoice) == [("canceled", 2000, None)]


def test_what_was_refunded_pays_nothing(opened, settled, at):
    invoice, intent = opened(), settled()
    refunds.create(Charge.objects.get(payment_intent=intent), amount=1200, at=at)

    invoices.attach_payment(invoice, intent, at=at)

    assert paid_of(invoice) == ("open", 800, 1200, 0)


def test_an_invoice_is_not_voided_while_what_is_attached_is_under_way(
    opened, begun, method, gateway, at
):
    invoice, intent = opened(), begun()
    invoices.attach_payment(invoice, intent, at=at)
    gateway.plan("authorize", Unknown())
    payment_intents.confirm(intent, {"payment_method": method}, at=at)

    with pytest.raises(InvalidState) as refusal, transaction.atomic():
        invoices.void(invoice, at=at)

    assert refusal.value.code == "invoice_payment_in_progress"


@pytest.mark.parametrize("status", ["draft", "void", "paid"])
def test_only_what_is_to_be_paid_takes_a_payment(drafted, opened, settled, status, at):
    invoice = drafted() if status == "draft" else opened()
    if status == "void":
        invoices.void(invoice, at=at)
    elif status == "paid":
        invoices.pay_out_of_band(invoice, at=at)
    intent = settled()

    with pytest.raises(InvalidState) as refusal, transaction.atomic():
        invoices.attach_payment(invoice, intent, at=at)

    assert refusal.value.code == "invoice_not_payable"
    assert others_of(invoice) == []


def test_a_payment_that_cannot_be_this_invoices_is_refused(opened, begun, settled, at):
    invoice, taken = opened(), begun()
    invoices.attach_payment(opened(), taken, at=at)
    returned, canceled = settled(), begun()
    refunds.create(Charge.objects.get(payment_intent=returned), at=at)
    canceled = payment_intents.cancel(canceled, at=at)
    unfit = {
        "other customer": begun(customer=CustomerFactory()),
        "nobody": begun(customer=None),
        "currency": begun(currency="eur"),
        "canceled": canceled,
        "refunded": returned,
        "taken": taken,
        "own": invoice.payment_intent,
    }

    refused = {}
    for name, intent in unfit.items():
        with pytest.raises(InvalidRequest) as refusal, transaction.atomic():
            invoices.attach_payment(invoice, intent, at=at)
        refused[name] = refusal.value.param

    assert refused == dict.fromkeys(unfit, "payment_intent")
    assert others_of(invoice) == []
