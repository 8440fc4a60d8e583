"""Invoices, as the rest of billing and its doors call them: drafted, finalized, collected, ended.

Source: https://docs.stripe.com/invoicing/overview
"""

from datetime import datetime

from django.db import transaction

from customers.events.services import events
from customers.kit import jobs
from customers.kit.errors import InvalidRequest, InvalidState
from payments.billing.models import Invoice, InvoicePayment, Subscription
from payments.billing.services import finalizing, invoice_cash, invoice_states, telling
from payments.billing.services.finalizing import finalize
from payments.billing.services.invoice_attaching import attach_payment
from payments.billing.services.invoice_collecting import (
    ask_for_rest,
    call_off,
    collect,
    collect_all_due,
    collect_due,
    method_of,
    pay,
    pay_out_of_band,
    refusal,
    retry_open,
)
from payments.billing.services.invoice_drafts import delete, draft, preview, update
from payments.billing.services.invoice_lines import NewLine
from payments.billing.services.invoice_states import (
    get,
    when_action_required,
    when_failed,
    when_finalized,
    when_given_up,
    when_paid,
    when_settled_otherwise,
)
from payments.models import PaymentIntent

__all__ = [
    "SENT", "NewLine", "ask_for_rest", "attach_payment", "call_off", "collect", "collect_all_due", "collect_due",
    "delete", "draft", "finalize", "get", "mark_uncollectible", "method_of", "pay", "pay_out_of_band", "preview",
    "refusal", "retry_open", "send", "tell_due_soon", "tell_overdue", "update", "void", "when_action_required",
    "when_failed", "when_finalized", "when_given_up", "when_paid", "when_settled_otherwise",
]  # fmt: skip

Status = Invoice.Status
SENT = Subscription.Collection.SEND


def void(invoice: Invoice, *, at: datetime) -> Invoice:
    """Make an invoice void, in the caller's transaction or in one of its own: nothing is to be paid of it any more.

    What it took of the customer's balance is given back. What could still pay it is called off behind the
    transaction, by a job; a caller outside of one may do so at once (`call_off`).

    Raises:
        InvalidState: it is a draft, paid, partly paid, or a payment is under way.
    """
    with invoice_states.tracked(invoice, at=at) as row:
        event = invoice_states.move(row, Status.VOID)
        _check_unpaid(row)
        invoice_cash.give_back(row, at=at)
        row.voided_at, row.next_attempt_at, row.reminds_at = at, None, None
        row.save(update_fields=["status", "voided_at", "next_attempt_at", "reminds_at"])
        finalizing.give_back(row, at=at)
        payments = InvoicePayment.objects.filter(invoice=row, status=InvoicePayment.Status.OPEN)
        payments.update(status=InvoicePayment.Status.CANCELED, canceled_at=at)
        events.publish(event, row, at=at)
        invoice_states.call(when_settled_otherwise, row, at=at)
        jobs.defer("payments.billing.ask_for_rest", invoice=row.pk)
    return row


def mark_uncollectible(invoice: Invoice, *, at: datetime) -> Invoice:
    """Give up an invoice as a bad debt, in the caller's transaction or in one of its own; it can still be paid.

    Raises:
        InvalidState: it is not open.
    """
    with invoice_states.tracked(invoice, at=at) as row:
        event = invoice_states.move(row, Status.UNCOLLECTIBLE)
        row.marked_uncollectible_at, row.next_attempt_at, row.reminds_at = at, None, None
        row.save(
            update_fields=["status", "marked_uncollectible_at", "next_attempt_at", "reminds_at"]
        )
        invoice_states.set_delinquent(row, is_delinquent=False, at=at)
        events.publish(event, row, at=at)
        invoice_states.call(when_settled_otherwise, row, at=at)
    return row


def send(invoice: Invoice, *, at: datetime) -> Invoice:
    """Send an invoice to its customer; a draft is finalized first.

    Raises:
        InvalidState: it is paid, void or uncollectible.
        InvalidRequest: it is charged automatically, or its customer has no email address.
    """
    with transaction.atomic(savepoint=False):
        row = invoice_states.locked(invoice)
        if row.collection_method != SENT:
            raise InvalidRequest(
                "You can only manually send an invoice if its collection method is 'send_invoice'."
            )
        if not row.customer.email:
            raise InvalidRequest(
                "The customer must have an email address before an invoice can be sent to them.",
                code="email_invalid",
            )
        if row.status == Status.DRAFT:
            row = finalize(row, at=at)
        elif row.status != Status.OPEN:
            raise InvalidState(f"This invoice is {row.status}, so it can no longer be sent.")
        row.sent_at = at
        row.save(update_fields=["sent_at"])
        events.publish("invoice.sent", row, at=at)
        telling.of_invoice(row, at=at)
    return row


def tell_due_soon(invoice: Invoice, *, at: datetime) -> None:
    """Tell that an invoice will be due."""
    with transaction.atomic(savepoint=False):
        row = invoice_states.locked(invoice)
        if row.reminds_at is None or row.reminds_at > at:
            return
        row.reminds_at = None
        row.save(update_fields=["reminds_at"])
        if row.status == Status.OPEN:
            events.publish("invoice.will_be_due", row, at=at)


def tell_overdue(invoice: Invoice, *, at: datetime) -> None:
    """Tell that an open invoice should have been paid by now; once."""
    with transaction.atomic(savepoint=False):
        row = invoice_states.locked(invoice)
        is_late = row.due_at is not None and row.due_at <= at
        if row.status != Status.OPEN or not is_late or row.overdue_told_at is not None:
            return
        row.overdue_told_at = at
        row.save(update_fields=["overdue_told_at"])
        invoice_states.set_delinquent(row, is_delinquent=True, at=at)
        events.publish("invoice.overdue", row, at=at)
        telling.of_overdue(row, at=at)


def _check_unpaid(invoice: Invoice) -> None:
    payments = InvoicePayment.objects.filter(invoice=invoice)
    if payments.filter(payment_intent__status=PaymentIntent.Status.PROCESSING).exists():
        raise InvalidState(
            "This invoice cannot be voided while a payment for it is being processed.",
            code="invoice_payment_in_progress",
        )
    by_intents = payments.filter(payment_intent__isnull=False)
    if by_intents.filter(status=InvoicePayment.Status.PAID).exists():
        raise InvalidState(
            "This invoice cannot be voided because a part of it was paid. Credit what is left instead.",
            code="invoice_partly_paid",
        )
