"""What a payment makes of the invoice that it is for, in the transaction in which the payment moves.

A payment intent that moves is locked before the customer and the invoice. What comes for an invoice that has nothing
left to pay, since it was voided or paid in another way meanwhile, is put to the customer's credit.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import cast

from django.db import transaction

from customers.events.services import events
from customers.kit import jobs, together
from customers.models import CustomerBalanceTransaction
from customers.services import balance_transactions
from payments.billing.models import Invoice, InvoicePayment
from payments.billing.services import batches, dunning, finalizing, invoice_lines, invoice_states
from payments.billing.services import subscription_states as states
from payments.models import Charge, PaymentIntent

Status = Invoice.Status
PAYABLE = (Status.OPEN, Status.UNCOLLECTIBLE)
_TRY = (
    "attempt_count", "was_attempted", "counted_charge_id", "retries", "lost_tries", "next_attempt_at",
)  # fmt: skip
_PAYMENTS = "payments of invoices"
_OF_NOTHING = object()
"""Stands for the payment of an intent that pays no invoice."""


def automatic_key(invoice: Invoice, *, behind: int = 0) -> str:
    """Return what the next automatic try's charge is found by again, whoever comes after a crash.

    Args:
        behind: how many tries before the next one.
    """
    return f"{invoice.pk} automatic {invoice.retries - behind} {invoice.lost_tries}"


def follow(intent: PaymentIntent, before: str, charge: Charge | None, at: datetime) -> None:
    """Bring the invoice of a payment intent to where the intent has moved; many intents are for none."""
    act = _FOLLOW.get(PaymentIntent.Status(intent.status))
    if act is None or intent.customer_id is None:
        return
    with transaction.atomic(savepoint=False), together.opened():
        payment = _payment_of(intent)
        if payment is None:
            return
        with invoice_states.tracked(payment.invoice, at=at) as invoice:
            act(invoice, payment, intent, charge, at)


def foresee(intents: Sequence[PaymentIntent]) -> None:
    """Lock and read what following locked intents in the open block will need; of each table all rows at once."""
    known = {intent.pk: intent for intent in intents if intent.customer_id is not None}
    for intent in intents:
        together.remember((InvoicePayment, intent.pk), _OF_NOTHING)
    payments = invoice_states.locked_payments(list(known)) if known else []
    _read_ahead({payment.invoice_id: payment.invoice for payment in payments})
    for pk, theirs in groupby(payments, key=lambda payment: payment.invoice_id):
        together.remember((_PAYMENTS, pk), list(theirs))
    for payment in payments:
        if payment.payment_intent_id in known:
            intent = known[payment.payment_intent_id]
            payment.payment_intent = intent
            if payment.invoice.payment_intent_id == intent.pk:
                payment.invoice.payment_intent = intent
            together.remember((InvoicePayment, intent.pk), payment)


def paid_by(invoice: Invoice) -> list[InvoicePayment]:
    """Return what has paid an invoice, the oldest first, each with its payment intent."""
    known = together.recalled((_PAYMENTS, invoice.pk))
    if known is None:
        rows = InvoicePayment.objects.filter(invoice=invoice).select_related("payment_intent")
        known = rows.filter(status=InvoicePayment.Status.PAID)
    paid = [row for row in known if row.status == InvoicePayment.Status.PAID]
    return sorted(paid, key=lambda row: (row.paid_at or row.created_at, row.pk))


def put(invoice: Invoice, payment: InvoicePayment, amount: int, *, at: datetime) -> None:
    """Put money that has come to a locked invoice; what is too much becomes the customer's credit."""
    left = invoice_states.remaining(invoice) if invoice.status in PAYABLE else 0
    used = min(amount, left)
    payment.status, payment.amount_paid, payment.paid_at = payment.Status.PAID, used, at
    payment.canceled_at = None
    together.save(payment)
    if payment not in (together.recalled((_PAYMENTS, invoice.pk)) or ()):
        together.forget((_PAYMENTS, invoice.pk))
    invoice.amount_paid += used
    invoice.amount_overpaid += amount - used
    is_last = used == left and invoice.status in PAYABLE
    if not is_last:
        together.save(invoice, "amount_paid", "amount_overpaid", *_TRY)
    events.publish("invoice_payment.paid", payment, at=at)
    if amount > used:
        _credit(invoice, amount - used, at=at)
    if not payment.is_default:  # so the invoice's own payment intent asks for too much now
        invoice_states.request_rest(invoice)
        jobs.defer("payments.billing.ask_for_rest", invoice=invoice.pk)
    if is_last:
        finalizing.conclude(invoice, at=at)  # which saves it


def fail(invoice: Invoice, *, is_automatic: bool, needs_action: bool = False, at: datetime) -> None:
    """Write down on a locked invoice that a try failed, tell of it, and let others join in."""
    has_ended = dunning.after_failure(invoice, is_automatic=is_automatic, at=at)
    _save_try(invoice)
    if is_automatic:
        invoice_states.set_delinquent(invoice, is_delinquent=True, at=at)
    events.publish("invoice.payment_failed", invoice, at=at)
    if needs_action:
        ask_customer(invoice, at=at)
    dunning.told_of(invoice, has_ended=has_ended, at=at)


def count(invoice: Invoice, charge: Charge | None) -> bool:
    """Count a try of a locked invoice, once; tell whether it was an automatic one."""
    invoice.was_attempted = True
    if charge is None or charge.pk != invoice.counted_charge_id:
        invoice.attempt_count += 1
        invoice.counted_charge_id = charge.pk if charge is not None else ""
    return _is_automatic(invoice, charge)


def ask_customer(invoice: Invoice, *, at: datetime) -> None:
    """Tell that a locked invoice cannot be paid before its customer authenticates."""
    events.publish("invoice.payment_action_required", invoice, at=at)
    invoice_states.call(invoice_states.when_action_required, invoice, at=at)


# -- below the public ones --------------------------------------------------------------------------------------------


def _read_ahead(invoices: Mapping[str, Invoice]) -> None:
    """Read what is shown of locked invoices, and lock their subscriptions."""
    rows = states.lock_all(
        {row.subscription_id for row in invoices.values() if row.subscription_id}
    )
    subscriptions = {row.pk: row for row in rows}
    lines = invoice_lines.of_all(invoices)
    batches.remember_tax_rates(invoices.values())
    for invoice in invoices.values():
        invoice_lines.keep(invoice, lines[invoice.pk])
        if invoice.subscription_id in subscriptions:
            invoice.subscription = subscriptions[invoice.subscription_id]


def _payment_of(intent: PaymentIntent) -> InvoicePayment | None:
    """Return the payment that an intent makes to an invoice, with that locked; None where it is for no invoice."""
    key = (InvoicePayment, intent.pk)
    if together.recalled(key) is None:
        foresee([intent])
    found = together.recalled(key)
    return None if found is _OF_NOTHING else cast("InvoicePayment", found)


def _paid(
    invoice: Invoice,
    payment: InvoicePayment,
    intent: PaymentIntent,
    charge: Charge | None,
    at: datetime,
) -> None:
    if payment.status == InvoicePayment.Status.PAID:
        return
    count(invoice, charge)
    put(invoice, payment, intent.amount_received, at=at)


def _failed(
    invoice: Invoice,
    payment: InvoicePayment,
    intent: PaymentIntent,
    charge: Charge | None,
    at: datetime,
) -> None:
    if invoice.status not in PAYABLE:
        return
    if charge is not None and charge.failure_code == Charge.NEVER_RECEIVED:
        dunning.after_loss(invoice, is_automatic=_is_automatic(invoice, charge), at=at)
        _save_try(invoice)
        return
    is_automatic = count(invoice, charge)
    code = charge.decline_code or charge.failure_code if charge is not None else ""
    needs_action = code == "authentication_required"
    fail(invoice, is_automatic=is_automatic, needs_action=needs_action, at=at)


def _waits_for_customer(
    invoice: Invoice,
    payment: InvoicePayment,
    intent: PaymentIntent,
    charge: Charge | None,
    at: datetime,
) -> None:
    if invoice.status not in PAYABLE:
        return
    is_automatic = count(invoice, charge)
    dunning.after_failure(invoice, is_automatic=is_automatic, at=at)
    _save_try(invoice)
    ask_customer(invoice, at=at)


def _canceled(
    invoice: Invoice,
    payment: InvoicePayment,
    intent: PaymentIntent,
    charge: Charge | None,
    at: datetime,
) -> None:
    if payment.status == InvoicePayment.Status.OPEN:
        payment.status, payment.canceled_at = payment.Status.CANCELED, at
        together.save(payment, "status", "canceled_at")


def _is_automatic(invoice: Invoice, charge: Charge | None) -> bool:
    return charge is not None and charge.request_key == automatic_key(invoice)


def _save_try(invoice: Invoice) -> None:
    together.save(invoice, *_TRY)


def _credit(invoice: Invoice, amount: int, *, at: datetime) -> None:
    """Put money to the credit of a locked invoice's customer: to the balance, which the next invoice takes.

    A balance in another currency cannot take it; the invoice's `amount_overpaid` tells the merchant what to refund.
    """
    customer = invoice.customer
    if customer.currency not in {"", invoice.currency}:
        return
    with invoice_states.tracked_customer(customer, at=at):
        entry = balance_transactions.prepare(
            customer, amount=-amount, currency=invoice.currency,
            kind=CustomerBalanceTransaction.Kind.UNAPPLIED_FROM_INVOICE, at=at,
        )  # fmt: skip
        entry.invoice_id = invoice.pk
        together.insert(entry)
        together.save(customer, "balance", "currency")
        events.publish("customer.balance_transaction.created", entry, at=at)


_Follow = Callable[
    [Invoice, InvoicePayment, PaymentIntent, Charge | None, datetime],
    None,
]
_FOLLOW: dict[PaymentIntent.Status, _Follow] = {
    PaymentIntent.Status.SUCCEEDED: _paid,
    PaymentIntent.Status.REQUIRES_PAYMENT_METHOD: _failed,
    PaymentIntent.Status.REQUIRES_ACTION: _waits_for_customer,
    PaymentIntent.Status.CANCELED: _canceled,
}
