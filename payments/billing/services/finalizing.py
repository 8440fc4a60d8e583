"""Finalizing: a draft gets its number and is a bill from then on, whose amounts nobody changes any more."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from customers.events.services import events
from customers.kit import statements, together
from customers.kit.errors import Conflict, DomainError, InvalidRequest
from customers.models import Customer, CustomerBalanceTransaction
from customers.services import balance_transactions
from payments.billing.models import Invoice, InvoiceLine, InvoicePayment, Subscription
from payments.billing.services import (
    discounts,
    dunning,
    invoice_drafts,
    invoice_lines,
    invoice_states,
    invoice_totals,
    numbering,
)
from payments.billing.services.least_amounts import least
from payments.models import PaymentIntent, PaymentMethod
from payments.money import MOST
from payments.services import payment_intents

Status = Invoice.Status
Kind = CustomerBalanceTransaction.Kind

FIRST_INTENT = "finalized"
REMINDED_BEFORE = timedelta(days=3)
"""How long before it is due the customer's merchant is told so."""


def finalize(
    invoice: Invoice,
    *,
    auto_advance: bool | None = None,
    held: PaymentIntent | None = None,
    at: datetime,
) -> Invoice:
    """Make a draft a bill, in the caller's transaction or in one of its own; one over nothing is paid at once.

    The number is drawn, and the customer's balance applied, in the same transaction: both happen with it or not at all.

    Args:
        auto_advance: whether it is collected by itself; as the draft says where absent.
        held: the intent that holds the money for it; it gets a new one where absent.

    Raises:
        InvalidState: it was finalized before.
        Conflict: less is held than it asks for.
        InvalidRequest: it comes to more than can be charged.
    """
    with transaction.atomic(savepoint=not together.is_open()), together.opened():
        row = invoice_states.locked(invoice)
        lines = invoice_lines.of(row)
        invoice_lines.keep(row, lines)
        return _finalized(row, lines, auto_advance=auto_advance, held=held, at=at)


def _finalized(
    invoice: Invoice,
    lines: list[InvoiceLine],
    *,
    auto_advance: bool | None,
    held: PaymentIntent | None,
    at: datetime,
) -> Invoice:
    with invoice_states.tracked(invoice, at=at) as row:
        invoice_states.check_draft(row, "finalized")
        if auto_advance is not None:
            row.auto_advance = auto_advance
        if row.revises_id is not None:
            invoice_states.call(invoice_states.when_replacing, row, at=at)
        _fix(row, lines, at=at)
        event = invoice_states.move(row, Status.OPEN)
        together.save(row)
        events.publish(event, row, at=at)
        if row.amount_due == 0:
            conclude(row, at=at)
        else:
            invoice_states.call(invoice_states.when_finalized, row, at=at)
        if row.status == Status.OPEN and held is not None:
            _take_intent(row, held, at=at)
        elif row.status == Status.OPEN:
            give_intent(row, FIRST_INTENT, at=at)
    return row


def conclude(invoice: Invoice, *, at: datetime) -> None:
    """Let a locked invoice that nothing is left to pay of be paid, tell of it, and let others join in."""
    event = invoice_states.move(invoice, Status.PAID)
    invoice.paid_at, invoice.was_attempted = at, True
    invoice.next_attempt_at = invoice.reminds_at = None
    together.save(
        invoice, "status", "paid_at", "was_attempted", "next_attempt_at", "reminds_at", "amount_paid",
        "amount_overpaid", "is_paid_out_of_band", "attempt_count", "counted_charge_id", "retries",
    )  # fmt: skip
    invoice_states.set_delinquent(invoice, is_delinquent=False, at=at)
    paid = invoice_states.snapshot(invoice)
    events.publish(event, invoice, snapshot=paid, at=at)
    events.publish("invoice.payment_succeeded", invoice, snapshot=paid, at=at)
    invoice_states.call(invoice_states.when_paid, invoice, at=at)


def fail(invoice: Invoice, error: DomainError, *, at: datetime) -> None:
    """Write down that a draft could not be finalized by itself, and try no more."""
    with transaction.atomic(savepoint=False):
        row = invoice_states.locked(invoice)
        if row.status != Status.DRAFT:
            return
        row.finalizes_at = None
        row.last_finalization_error = {
            "code": error.code or None,
            "message": error.message,
            "param": error.param or None,
            "type": "invalid_request_error",
        }
        row.save(update_fields=["finalizes_at", "last_finalization_error"])
        events.publish("invoice.finalization_failed", row, at=at)


def give_back(invoice: Invoice, *, at: datetime) -> None:
    """Give what a locked invoice took of the customer's balance back to it: the invoice becomes void."""
    taken = (invoice.ending_balance or 0) - invoice.starting_balance
    if taken:
        with invoice_states.tracked_customer(invoice.customer, at=at):
            _enter(invoice, -taken, Kind.UNAPPLIED_FROM_INVOICE, at=at)
            invoice.customer.save(update_fields=["balance", "currency"])


# -- below the public ones --------------------------------------------------------------------------------------------


def _fix(invoice: Invoice, lines: list[InvoiceLine], *, at: datetime) -> None:
    """Work a locked draft out for the last time, and put on it what makes it a bill."""
    before = [(line.discounts_shown, line.taxes_shown) for line in lines]
    involved = invoice_totals.work_out(invoice, lines, customer=invoice.customer)
    if before != [(line.discounts_shown, line.taxes_shown) for line in lines]:
        InvoiceLine.objects.bulk_update(lines, invoice_totals.LINE_AMOUNTS)
        invoice_lines.keep(invoice, lines)
    with invoice_states.tracked_customer(invoice.customer, at=at):
        _apply_balance(invoice, at=at)
        if invoice.amount_due > MOST:
            raise InvalidRequest(
                f"The amount due must be no more than {MOST} in the currency's smallest unit.",
                code="amount_too_large",
            )
        invoice.number = invoice.number or numbering.draw(invoice.customer)
        _save_customer(invoice.customer, invoice.currency)
    discounts.use(involved, at=at)
    invoice.customer_shown = invoice_drafts.shown_of(invoice.customer)
    invoice.finalized_at = at
    invoice.effective_at = invoice.effective_at or at
    invoice.finalizes_at = invoice.last_finalization_error = None
    _schedule(invoice, at=at)


def _schedule(invoice: Invoice, *, at: datetime) -> None:
    """Say when it is due, and when it is collected or its due date is called to mind."""
    if invoice.collection_method == Subscription.Collection.SEND:
        if invoice.due_at is None:
            invoice.due_at = at + timedelta(days=invoice.days_until_due or 0)
        reminds_at = invoice.due_at - REMINDED_BEFORE
        invoice.reminds_at = reminds_at if reminds_at > at and invoice.amount_due else None
    elif dunning.advances(invoice) and invoice.amount_due:
        invoice.next_attempt_at = at


def _apply_balance(invoice: Invoice, *, at: datetime) -> None:
    """Let the customer's balance count: credit lowers what is due, debt raises it, and so does what was too small."""
    before = invoice.starting_balance
    due = invoice.total + before
    invoice.amount_due, after = max(due, 0), min(due, 0)
    if after != before:
        _enter(invoice, after - before, Kind.APPLIED_TO_INVOICE, at=at)
    keeps_balance = invoice.customer.currency in {"", invoice.currency}
    if keeps_balance and 0 < invoice.amount_due < least(invoice.currency):
        _enter(invoice, invoice.amount_due, Kind.INVOICE_TOO_SMALL, at=at)
        invoice.amount_due, after = 0, invoice.amount_due
    invoice.ending_balance = after


def _enter(invoice: Invoice, amount: int, kind: str, *, at: datetime) -> None:
    """Move the locked customer's balance, which the caller saves."""
    entry = balance_transactions.prepare(
        invoice.customer, amount=amount, currency=invoice.currency, kind=kind, at=at
    )
    entry.invoice_id = invoice.pk
    together.insert(entry)
    events.publish("customer.balance_transaction.created", entry, at=at)


def _save_customer(customer: Customer, currency: str) -> None:
    """Save what finalizing changes of a customer, who is billed in the invoice's currency from the first one on."""
    customer.currency = customer.currency or currency
    together.save(customer, "balance", "currency", "next_invoice_sequence")


def intent_of(invoice: Invoice) -> dict[str, Any]:
    """Return the columns of a payment intent for what a finalized invoice still asks for."""
    return {
        "amount": invoice_states.remaining(invoice),
        "currency": invoice.currency,
        "customer": invoice.customer,
        "description": _DESCRIPTIONS.get(invoice.reason, "Payment for Invoice"),
        "statement_descriptor": invoice.statement_descriptor,
        "payment_method_types": _types(invoice),
    }


def give_intent(invoice: Invoice, seed: str, *, at: datetime) -> PaymentIntent:
    """Make a payment intent for what a locked, finalized invoice still asks for.

    Args:
        seed: with the invoice's id, what the intent is found by again.
    """
    with statements.gathering() as last:
        intent = payment_intents.create(
            intent_of(invoice), request_key=intent_key(invoice, seed), at=at
        )
        rows, last.rows = [*last.rows, _payment(invoice, intent, at=at)], []
    together.insert(*rows)
    invoice.payment_intent = intent
    together.save(invoice, "payment_intent")
    return intent


def intent_key(invoice: Invoice, seed: str = FIRST_INTENT) -> str:
    """Return what the payment intent of an invoice is found by again."""
    return f"{invoice.pk} {seed}"


def _take_intent(invoice: Invoice, intent: PaymentIntent, *, at: datetime) -> None:
    """Let a locked invoice be paid by what is held already."""
    if intent.amount < invoice_states.remaining(invoice):
        raise Conflict("What this costs has changed in this moment. Try again.")
    together.insert(_payment(invoice, intent, at=at))
    invoice.payment_intent = intent
    together.save(invoice, "payment_intent")


def _payment(invoice: Invoice, intent: PaymentIntent, *, at: datetime) -> InvoicePayment:
    return InvoicePayment.belonging_to(
        invoice, created_at=at, invoice=invoice, payment_intent=intent, currency=invoice.currency,
        status=InvoicePayment.Status.OPEN, amount_requested=invoice_states.remaining(invoice),
    )  # fmt: skip


def _types(invoice: Invoice) -> list[str]:
    chosen = invoice.payment_settings.get("payment_method_types")
    return list(chosen or ["card", *_DEBITS.get(invoice.currency, ())])


_DEBITS = {
    "usd": (PaymentMethod.Kind.US_BANK_ACCOUNT.value,),
    "eur": (PaymentMethod.Kind.SEPA_DEBIT.value,),
}
_DESCRIPTIONS: dict[str, str] = {
    Invoice.Reason.SUBSCRIPTION_CREATE: "Subscription creation",
    Invoice.Reason.SUBSCRIPTION_CYCLE: "Subscription update",
    Invoice.Reason.SUBSCRIPTION_UPDATE: "Subscription update",
}
"""What statements of payments say, as Stripe's do."""
