"""Payments that were made, or begun, apart from an invoice and are put to it then."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from customers.kit.errors import InvalidRequest, InvalidState
from payments.billing.models import Invoice, InvoicePayment
from payments.billing.services import invoice_settling, invoice_states
from payments.models import Charge, PaymentIntent

Status = PaymentIntent.Status
_PARAM = "payment_intent"


def attach_payment(invoice: Invoice, intent: PaymentIntent, *, at: datetime) -> Invoice:
    """Put a payment to a finalized invoice: at once if it has succeeded, or else when it does.

    What the payment has beyond what is left to pay becomes the customer's credit; what was refunded of it pays nothing.

    Raises:
        InvalidState: the invoice is not to be paid.
        InvalidRequest: the payment is another customer's, in another currency, canceled, or another invoice's.
    """
    with transaction.atomic(savepoint=False):
        # Before the customer and the invoice, as everywhere; nobody moves it while it is attached.
        payer = PaymentIntent.objects.select_for_update(no_key=True).get(pk=intent.pk)
        with invoice_states.tracked(invoice, at=at) as row:
            _check(row, payer)
            payment = InvoicePayment.belonging_to(
                row, created_at=at, invoice=row, payment_intent=payer, is_default=False,
                status=InvoicePayment.Status.OPEN, amount_requested=payer.amount, currency=row.currency,
            )  # fmt: skip
            if payer.status == Status.SUCCEEDED:
                invoice_settling.put(row, payment, _kept(payer), at=at)
            else:
                payment.save(force_insert=True)
    return row


# -- below the public ones --------------------------------------------------------------------------------------------


def _check(invoice: Invoice, intent: PaymentIntent) -> None:
    if invoice.status not in invoice_settling.PAYABLE:
        raise InvalidState(
            f"A payment can only be attached to an invoice that is open or uncollectible. This one is "
            f"{invoice.status}.",
            code="invoice_not_payable",
        )
    reason = _hindrance(invoice, intent)
    if reason:
        raise InvalidRequest(
            f"The payment intent {intent.pk} cannot be attached: {reason}", param=_PARAM
        )


def _hindrance(invoice: Invoice, intent: PaymentIntent) -> str:
    """Return why a locked intent cannot pay a locked invoice; empty where it can."""
    if intent.customer_id != invoice.customer_id:
        return "it is not of the invoice's customer."
    if intent.currency != invoice.currency:
        return f"it is in {intent.currency}, and the invoice is in {invoice.currency}."
    if intent.status == Status.CANCELED:
        return "it was canceled."
    if intent.status == Status.SUCCEEDED and _kept(intent) <= 0:
        return "all of it was refunded."
    if InvoicePayment.objects.filter(payment_intent=intent).exists():
        return "it is of an invoice already."
    return ""


def _kept(intent: PaymentIntent) -> int:
    """Return what a payment has brought that no refund has taken back or is about to, in minor units."""
    given_back = Sum(F("amount_refunded") + F("amount_refunding"))
    found = Charge.objects.filter(payment_intent=intent).aggregate(amount=given_back)
    return intent.amount_received - (found["amount"] or 0)
