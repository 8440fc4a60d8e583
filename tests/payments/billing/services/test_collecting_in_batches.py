"""Tries that are made together have to become what each one would become alone."""

import re
from dataclasses import replace

import pytest

from customers.events.models import Event
from customers.models import Customer, Message
from payments.billing.models import Invoice, InvoicePayment
from payments.billing.services import invoice_settling, invoices
from payments.billing.services.invoice_lines import NewLine
from payments.gateways.base import NotSent, Outcome, Result, Unknown
from payments.models import BalanceTransaction, Charge, Operation, PaymentIntent, PaymentMethod
from payments.services import gateway_accounts, operations
from tests.factories.customers import CustomerFactory
from tests.factories.payments import PaymentMethodFactory
from tests.payments.billing.services.test_collecting import (
    CHALLENGED,
    DECLINED,
    STOLEN,
    UNAUTHENTICATED,
)
from tests.payments.fake_gateway import Acted

ALL_PAID = [
    "charge.succeeded", "invoice.paid", "invoice.payment_succeeded", "invoice.updated", "invoice_payment.paid",
    "payment_intent.succeeded",
]  # fmt: skip


@pytest.fixture
def due(scope, gateway, at):
    """Makes an invoice that is due for its first automatic try, of a customer of its own unless one is said."""

    def make(customer=None, amount=2000, **columns):
        customer = customer or CustomerFactory(
            name="Jenny", email="jenny@example.com", created_at=at
        )
        if customer.default_payment_method_id is None:
            method = PaymentMethodFactory(
                customer=customer, attached_at=at, created_at=at, **columns
            )
            Customer.objects.filter(pk=customer.pk).update(default_payment_method_id=method.pk)
            customer.default_payment_method_id = method.pk
        line = NewLine(amount, "usd", at, at, description="Paper")
        draft = invoices.draft(
            customer=customer, lines=[line], currency="usd", period_start=at, period_end=at,
            auto_advance=True, at=at,
        )  # fmt: skip
        return invoices.finalize(draft, at=at)

    return make


@pytest.fixture
def state_of(scope):
    """Returns all that is known of an invoice's collection, without what tells one invoice from another."""

    def read(invoice):
        rows = [
            Invoice.objects.filter(pk=invoice.pk).values_list(
                "status", "amount_paid", "amount_overpaid", "attempt_count", "was_attempted", "retries",
                "next_attempt_at", "paid_at",
            ),
            InvoicePayment.objects.filter(invoice=invoice).values_list(
                "status", "amount_requested", "amount_paid", "paid_at", "canceled_at"
            ),
            PaymentIntent.objects.filter(pk=invoice.payment_intent_id).values_list(
                "status", "amount", "amount_received", "off_session", "keep_method_at"
            ),
            Charge.objects.filter(payment_intent=invoice.payment_intent_id).values_list(
                "status", "amount", "amount_captured", "failure_code", "decline_code", "settled_at", "method_details"
            ),
            Operation.objects.filter(charge__payment_intent=invoice.payment_intent_id).values_list(
                "kind", "state", "amount", "said"
            ),
            Customer.objects.filter(pk=invoice.customer_id).values_list(
                "balance", "is_delinquent", "next_invoice_sequence"
            ),
            Message.objects.filter(customer=invoice.customer_id).values_list("kind", "occasion", "to"),
            BalanceTransaction.objects.filter(
                source_id__in=Charge.objects.filter(payment_intent=invoice.payment_intent_id).values("pk")
            ).values_list("kind", "amount", "fee", "net"),
            Event.objects.filter(customer_id=invoice.customer_id).values_list(
                "type", "snapshot", "previous_attributes"
            ),
        ]  # fmt: skip
        return [sorted(_without_names(repr(row)) for row in found) for found in rows]

    return read


def _without_names(text):
    """Leave out what tells one object from another."""
    text = re.sub(r"\b(pi|ch|txn|in|inpay|il|cus|pm|evt|reference)[_ ](\w+)", r"\1", text)
    text = re.sub(r"'(number|invoice_prefix)': '[A-Z0-9]+", r"'\1': '", text)
    return re.sub(r"(invoices/)[\w-]+", r"\1", text)


def test_due_invoices_are_paid_together(due, told, gateway, at):
    found = [due(amount=1000 * number) for number in (1, 2, 3)]
    told()

    left = invoices.collect_all_due(found, at)

    assert left == []
    rows = Invoice.objects.order_by("amount_paid").values_list(
        "status", "amount_paid", "attempt_count"
    )
    assert list(rows) == [("paid", 1000, 1), ("paid", 2000, 1), ("paid", 3000, 1)]
    assert sorted(amount for _, _, amount in gateway.asked) == [1000, 2000, 3000]
    assert sorted(told()) == sorted(3 * ALL_PAID)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="paid"),
        pytest.param(DECLINED, id="declined"),
        pytest.param(STOLEN, id="declined-for-good"),
        pytest.param(UNAUTHENTICATED, id="needs-authentication"),
        pytest.param(CHALLENGED, id="3-D-Secure"),
        pytest.param(Outcome(Result.WAITING, reference="r"), id="waiting"),
    ],
)
def test_a_batch_does_what_each_alone_does(due, state_of, gateway, answer, at):
    one, two, alone = due(), due(), due()
    answers = [answer and replace(answer, reference=f"reference {number}") for number in range(3)]
    gateway.plan("authorize", *answers)

    for invoice in invoices.collect_all_due([one, two], at):
        invoices.collect_due(invoice, at)
    invoices.collect_due(alone, at)

    assert [state_of(one), state_of(two)] == 2 * [state_of(alone)]
    assert len({reference for _, reference, _ in gateway.asked}) == 3


@pytest.mark.parametrize(
    "silence",
    [
        pytest.param([Unknown()], id="unknown"),
        pytest.param([Acted()], id="acted-and-silent"),
        pytest.param([NotSent(), NotSent()], id="not-sent"),
        pytest.param([RuntimeError("bug")], id="bug"),
    ],
)
def test_what_the_gateway_does_not_answer_stays_due_and_is_asked_for_again(
    due, gateway, silence, at
):
    silent, paid = sorted([due(), due()], key=lambda each: each.pk)
    gateway.plan("authorize", *silence)

    left = invoices.collect_all_due([silent, paid], at)
    states = dict(Invoice.objects.values_list("pk", "status"))
    invoices.collect_due(invoices.get(silent.pk), at)

    assert left == [silent]
    assert states == {silent.pk: "open", paid.pk: "paid"}
    assert dict(Invoice.objects.values_list("pk", "status")) == {silent.pk: "paid", paid.pk: "paid"}
    assert Charge.objects.count() == 2


def test_invoices_of_one_customer_are_paid_together(due, gateway, at):
    first = due()
    second = due(first.customer)

    left = invoices.collect_all_due([first, second], at)

    assert left == []
    assert set(Invoice.objects.values_list("status", "amount_paid")) == {("paid", 2000)}
    assert Charge.objects.filter(customer=first.customer, status="succeeded").count() == 2


def test_what_is_no_plain_try_is_left_due(due, gateway, at):
    paid, void, later = due(), due(), due()
    debit = due(kind=PaymentMethod.Kind.SEPA_DEBIT, brand="", funding="")
    unpayable = due()
    Customer.objects.filter(pk=unpayable.customer_id).update(default_payment_method_id=None)
    invoices.collect_due(paid, at)
    invoices.void(void, at=at)
    Invoice.objects.filter(pk=later.pk).update(next_attempt_at=at.replace(year=at.year + 1))
    asked = len(gateway.asked)

    left = invoices.collect_all_due([paid, void, later, debit, unpayable], at)

    assert left == [paid, void, later, debit, unpayable]
    still_due = Invoice.objects.filter(next_attempt_at__lte=at)
    assert set(still_due.values_list("pk", flat=True)) == {debit.pk, unpayable.pk}
    assert len(gateway.asked) == asked


def test_a_try_that_a_killed_worker_began_is_left_to_be_carried_on_alone(
    due, gateway, monkeypatch, at
):
    invoice = due()
    with monkeypatch.context() as patched:
        patched.setattr(operations, "ask_all", lambda committed: [])
        invoices.collect_all_due([invoice], at)
    key = invoice_settling.automatic_key(invoice)

    invoices.collect_all_due([invoice], at)
    asked = list(gateway.asked)
    invoices.collect_due(invoice, at)

    assert asked == []
    assert list(Charge.objects.values_list("request_key", "status")) == [(key, "succeeded")]


def test_few_are_begun_at_once_where_a_gateway_is_far_away(due, gateway, monkeypatch, at):
    found = [due() for _ in range(3)]
    monkeypatch.setattr(operations, "FEW", 2)
    monkeypatch.setattr(operations, "_is_near", lambda kind: False)
    monkeypatch.setattr(operations, "_asked_apart", operations._asked)
    began = []
    ask_all = operations.ask_all
    monkeypatch.setattr(
        operations, "ask_all", lambda acts: began.append(len(acts)) or ask_all(acts)
    )

    invoices.collect_all_due(found, at)

    assert began == [2, 1]
    assert set(Invoice.objects.values_list("status", flat=True)) == {"paid"}
    assert gateway_accounts.active().kind == "sandbox"
