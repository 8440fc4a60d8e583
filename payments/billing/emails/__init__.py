"""What customers are written about billing: one module for each noun, which finds the words of its messages."""

from customers.models import Message
from customers.services import messages
from payments.billing.emails import credit_notes, invoices, subscriptions

Kind = Message.Kind


def register() -> None:
    """Enter who finds the words of each kind of message."""
    for kind, compose in (
        (Kind.INVOICE, invoices.compose_invoice),
        (Kind.INVOICE_PAID, invoices.compose_paid),
        (Kind.PAYMENT_FAILED, invoices.compose_failed),
        (Kind.ACTION_REQUIRED, invoices.compose_action_required),
        (Kind.OVERDUE, invoices.compose_overdue),
        (Kind.TRIAL_ENDS, subscriptions.compose_trial_ends),
        (Kind.ENDED, subscriptions.compose_ended),
        (Kind.CREDIT_NOTE, credit_notes.compose),
    ):
        messages.composers.register(kind, compose)
