"""Telling customers by email what they are billed and what became of it, in the transaction in which it became so.

The site says which messages it wants. The worker sends them; what is told along a test clock is written at once, as it
is at the clock's time, since the clock goes on before the worker comes.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from customers.kit import tenancy, together
from customers.models import Customer, Message
from customers.services import messages
from payments.billing.models import CreditNote, Invoice, InvoicePayment, Subscription
from payments.billing.services import invoice_settling, invoice_states
from payments.models import Charge, PaymentIntent
from payments.services import charges, intent_progress
from payments.services import telling as payments_telling

Kind = Message.Kind


def register() -> None:
    """Enter the functions."""
    invoice_states.when_paid.register(of_payment)
    invoice_states.when_action_required.register(of_action)
    invoice_states.when_failed.register(of_failure)
    intent_progress.when_many_move.register(foresee)
    payments_telling.told_elsewhere.register(has_receipt_of_its_own)


def of_invoice(invoice: Invoice, *, at: datetime) -> None:
    """Send an invoice that is to be paid; each sending is a letter of its own."""
    if tenancy.current().site.emails_invoices:
        _tell(Kind.INVOICE, invoice, invoice.customer, at.isoformat()[:32], at=at)


def of_payment(invoice: Invoice, at: datetime) -> None:
    """Send the receipt of an invoice that was paid with money."""
    if invoice.amount_paid and tenancy.current().site.emails_receipts:
        _tell(Kind.INVOICE_PAID, invoice, invoice.customer, "", at=at)


def of_failure(invoice: Invoice, at: datetime) -> None:
    """Tell that an automatic try failed, unless the customer is asked to authenticate."""
    occasion = _occasion(invoice)
    if (
        not _was_asked(invoice, occasion)
        and _is_unattended(invoice)
        and tenancy.current().site.emails_failed_payments
    ):
        _tell(Kind.PAYMENT_FAILED, invoice, invoice.customer, occasion, at=at)


def of_action(invoice: Invoice, at: datetime) -> None:
    """Ask the customer to authenticate what an automatic try began."""
    occasion = _occasion(invoice)
    if _is_unattended(invoice) and tenancy.current().site.emails_failed_payments:
        _tell(Kind.ACTION_REQUIRED, invoice, invoice.customer, occasion, at=at)
        asked = together.recalled((Message, invoice.pk))
        if asked is not None:
            asked.add(occasion)


def foresee(intents: Sequence[PaymentIntent]) -> None:
    """Read for the open batch which tries the customers of its invoices were asked to authenticate."""
    if not together.is_batch():
        return
    asked: dict[str, set[str]] = {}
    tried = []
    for intent in intents:
        payment = together.recalled((InvoicePayment, intent.pk))
        if isinstance(payment, InvoicePayment):
            asked[payment.invoice_id] = set()
            if payment.invoice.attempt_count:
                tried.append(payment.invoice_id)
    rows = Message.objects.filter(kind=Kind.ACTION_REQUIRED, about__in=tried)
    for pk, occasion in rows.values_list("about", "occasion"):
        asked[pk].add(occasion)
    for pk, occasions in asked.items():
        together.remember((Message, pk), occasions)


def of_overdue(invoice: Invoice, *, at: datetime) -> None:
    """Tell that an invoice should have been paid by now."""
    if tenancy.current().site.emails_overdue_invoices:
        _tell(Kind.OVERDUE, invoice, invoice.customer, "", at=at)


def of_trial_end(subscription: Subscription, *, at: datetime) -> None:
    """Tell that a trial is about to end."""
    occasion = trial_occasion(subscription)
    if occasion and tenancy.current().site.emails_trial_ends:
        _tell(Kind.TRIAL_ENDS, subscription, subscription.customer, occasion, at=at)


def trial_occasion(subscription: Subscription) -> str:
    """Return which of several reminders of a subscription's trial it is: that of this end; empty without one."""
    ends_at = subscription.trial_end_at
    return str(int(ends_at.timestamp())) if ends_at is not None else ""


def of_end(subscription: Subscription, *, at: datetime) -> None:
    """Tell that a subscription ended since it was not paid."""
    if tenancy.current().site.emails_ended_subscriptions:
        _tell(Kind.ENDED, subscription, subscription.customer, "", at=at)


def of_change(kind: str, subscription: Subscription, *, at: datetime) -> None:
    """Tell what the customer has just changed of a subscription; each change is a letter of its own.

    Args:
        kind: one of the message's kinds.
    """
    if tenancy.current().site.emails_subscription_changes:
        _tell(Kind(kind), subscription, subscription.customer, at.isoformat()[:32], at=at)


def of_credit_note(note: CreditNote, *, at: datetime) -> None:
    """Send a credit note."""
    if tenancy.current().site.emails_credit_notes:
        _tell(Kind.CREDIT_NOTE, note, note.customer, "", at=at)


def has_receipt_of_its_own(charge: Charge) -> bool:
    """Tell whether a charge pays an invoice, whose receipt says all that the charge's would."""
    if charge.payment_intent_id is None:
        return False
    known = together.recalled((InvoicePayment, charge.payment_intent_id))
    if isinstance(known, InvoicePayment):  # locked
        return known.invoice.status in invoice_settling.PAYABLE
    rows = InvoicePayment.objects.filter(payment_intent=charge.payment_intent_id)
    return known is None and rows.filter(invoice__status__in=invoice_settling.PAYABLE).exists()


# -- below the public ones --------------------------------------------------------------------------------------------


def _was_asked(invoice: Invoice, occasion: str) -> bool:
    """Tell whether the customer was asked to authenticate a try."""
    known = together.recalled((Message, invoice.pk))
    if known is not None:
        return occasion in known
    rows = Message.objects.filter(kind=Kind.ACTION_REQUIRED, about=invoice.pk, occasion=occasion)
    return rows.exists()


def _tell(
    kind: Kind,
    about: Invoice | Subscription | CreditNote,
    customer: Customer,
    occasion: str,
    *,
    at: datetime,
) -> None:
    if customer.is_deleted or not customer.email:
        return
    row = messages.queue(
        kind, about, to=customer.email, customer_id=customer.pk, occasion=occasion, at=at
    )
    if customer.test_clock_id is not None and not row.subject:
        together.afterwards(lambda: _compose(row))


def _compose(row: Message) -> None:
    with suppress(messages.NotNeeded):
        messages.compose(row)


def _occasion(invoice: Invoice) -> str:
    return f"try {invoice.attempt_count}"


def _is_unattended(invoice: Invoice) -> bool:
    """Tell whether a try was an automatic one, of which the customer sees nothing."""
    subscription = invoice.subscription
    if subscription is not None and subscription.status == Subscription.Status.INCOMPLETE:
        return subscription.off_session
    if not invoice.counted_charge_id:
        return True
    charge = charges.get(invoice.counted_charge_id)
    return charge.request_key == invoice_settling.automatic_key(invoice, behind=1)
