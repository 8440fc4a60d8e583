"""What customers are written about billing: one module for each noun, which finds the words of its messages."""

from customers.models import Message
from customers.services import messages, wordings
from customers.services.wordings import Pattern
from payments.billing.emails import changes, credit_notes, examples, invoices, subscriptions

Kind = Message.Kind


def register() -> None:
    """Enter who finds the words of each kind of message, and which of them a merchant may change."""
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
    for kind, texts, placeholders, example in (
        (Kind.INVOICE, invoices.invoice_texts, invoices.PLACEHOLDERS, examples.invoice),
        (Kind.INVOICE_PAID, invoices.paid_texts, invoices.PLACEHOLDERS_OF_RECEIPT, examples.paid),
        (Kind.PAYMENT_FAILED, invoices.failed_texts, invoices.PLACEHOLDERS_OF_FAILURE, examples.failed),
        (Kind.ACTION_REQUIRED, invoices.action_texts, invoices.PLACEHOLDERS, examples.invoice),
        (Kind.OVERDUE, invoices.overdue_texts, invoices.PLACEHOLDERS, examples.invoice),
        (Kind.TRIAL_ENDS, subscriptions.trial_texts, subscriptions.TRIAL_PLACEHOLDERS, examples.trial_end),
        (Kind.ENDED, subscriptions.end_texts, subscriptions.END_PLACEHOLDERS, examples.ended),
        (Kind.CREDIT_NOTE, credit_notes.texts, credit_notes.PLACEHOLDERS, examples.credit_note),
    ):  # fmt: skip
        wordings.patterns[kind] = Pattern(texts, placeholders, example)
    for kind, letter in changes.KINDS.items():
        messages.composers.register(kind, changes.compose)
        wordings.patterns[kind] = Pattern(letter.texts, letter.placeholders, examples.changed)
