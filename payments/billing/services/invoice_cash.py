"""Paying invoices out of the money that customers have sent before: their cash balance, whole or in part.

Where the customer's money is reconciled by hand, nothing happens by itself, and `apply` is asked for.
"""

from datetime import datetime

from django.db.models import F

from customers.kit.errors import InvalidRequest, InvalidState
from customers.models import Customer
from customers.services import cash_balances
from payments.billing.models import Invoice, InvoicePayment
from payments.billing.services import invoice_settling, invoice_states
from payments.models import PaymentIntent


def use_for_open(customer: Customer, currency: str, at: datetime) -> None:
    """Pay a locked customer's open invoices in a currency as far as the money goes, the first due first."""
    rows = Invoice.objects.filter(
        customer=customer, currency=currency, status=Invoice.Status.OPEN
    ).order_by(F("due_at").asc(nulls_last=True), "created_at", "id")
    for invoice in rows:
        with invoice_states.tracked(invoice, at=at) as row:
            use(row, at)


def use(invoice: Invoice, at: datetime) -> None:
    """Put what a locked invoice's customer has to it, if the customer's money is used by itself."""
    if cash_balances.is_automatic(invoice.customer) and not invoice.customer.is_deleted:
        available = cash_balances.available(invoice.customer).get(invoice.currency, 0)
        _put(invoice, min(available, invoice_states.remaining(invoice)), at=at)


def apply(invoice: Invoice, *, amount: int | None = None, at: datetime) -> Invoice:
    """Pay an open invoice out of the customer's cash balance because somebody asks for it.

    Args:
        amount: minor units; as much as there is, and is to be paid, where absent.

    Raises:
        InvalidState: it is not to be paid, or a payment is under way.
        InvalidRequest: there is less, or less is to be paid.
    """
    with invoice_states.tracked(invoice, at=at) as row:
        if row.status not in invoice_settling.PAYABLE:
            raise InvalidState(
                f"This invoice is {row.status}, so it can no longer be paid.",
                code="invoice_not_payable",
            )
        intent = row.payment_intent
        if intent is not None and intent.status == PaymentIntent.Status.PROCESSING:
            raise InvalidState(
                "This invoice cannot be paid while a payment for it is being processed.",
                code="invoice_payment_in_progress",
            )
        available = cash_balances.available(row.customer).get(row.currency, 0)
        most = min(available, invoice_states.remaining(row))
        wanted = most if amount is None else amount
        if wanted > most or wanted <= 0:
            raise InvalidRequest(
                f"At most {most} of the customer's cash balance can be put to this invoice.",
                param="amount",
                code="balance_insufficient",
            )
        _put(row, wanted, at=at)
    return row


def give_back(invoice: Invoice, *, at: datetime) -> None:
    """Put back into the cash balance what a locked invoice, which becomes void, has taken of it."""
    rows = InvoicePayment.objects.filter(
        invoice=invoice, payment_intent=None, status=InvoicePayment.Status.PAID
    )
    for payment in rows:
        amount = payment.amount_paid or 0
        cash_balances.give_back(
            invoice.customer, amount=amount, currency=invoice.currency, invoice_id=invoice.pk, at=at
        )
        payment.status, payment.canceled_at = payment.Status.CANCELED, at
        payment.amount_paid = payment.paid_at = None
        payment.save()
        invoice.amount_paid -= amount
    invoice.save(update_fields=["amount_paid"])


def _put(invoice: Invoice, amount: int, *, at: datetime) -> None:
    """Put an amount to a locked invoice."""
    if amount <= 0:
        return
    cash_balances.use(
        invoice.customer, amount=amount, currency=invoice.currency, invoice_id=invoice.pk, at=at
    )
    payment = InvoicePayment.belonging_to(
        invoice, created_at=at, invoice=invoice, status=InvoicePayment.Status.OPEN,
        amount_requested=amount, currency=invoice.currency, is_default=False,
    )  # fmt: skip
    invoice_settling.put(invoice, payment, amount, at=at)
