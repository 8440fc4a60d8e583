"""Invoices that somebody pays out of a customer's cash balance, and what else could have paid them then."""

from datetime import datetime

from customers.kit.errors import InvalidRequest, InvalidState
from payments.billing.models import Invoice, InvoicePayment
from payments.billing.services import invoice_cash, invoices
from payments.models import PaymentIntent
from payments.services import payment_intents

_WAITING = (
    PaymentIntent.Status.REQUIRES_PAYMENT_METHOD, PaymentIntent.Status.REQUIRES_CONFIRMATION,
    PaymentIntent.Status.REQUIRES_ACTION,
)  # fmt: skip


def pay(invoice: Invoice, *, amount: int | None = None, at: datetime) -> Invoice:
    """Pay an open invoice out of the customer's cash balance, and call off what else could have paid it.

    No transaction may be open, since a gateway may have to be told.

    Args:
        amount: minor units; as much as there is, and is to be paid, where absent.

    Raises:
        InvalidState: it is not to be paid, or a payment is under way.
        InvalidRequest: there is less, or less is to be paid.
    """
    row = invoice_cash.apply(invoice, amount=amount, at=at)
    if row.status == Invoice.Status.PAID:
        invoices.call_off(row, at=at)
    return row


def pay_by_intent(
    intent: PaymentIntent, *, amount: int | None = None, currency: str = "", at: datetime
) -> PaymentIntent:
    """Pay the invoice of a payment intent out of the customer's cash balance; once it is paid, the intent is canceled.

    No transaction may be open, since a gateway may have to be told.

    Args:
        amount: as for `pay`.
        currency: the intent's; empty where nobody named it.

    Raises:
        InvalidState: the intent is no invoice's, is over, or a payment is under way.
        InvalidRequest: there is less, or less is to be paid, or the currency is another one.
    """
    rows = InvoicePayment.objects.select_related("invoice").filter(payment_intent=intent)
    payment = rows.first()
    if payment is None or intent.status not in _WAITING:
        raise InvalidState(
            "Only the PaymentIntent of an invoice that is still to be paid can be paid out of the customer's cash "
            f"balance; this one's status is {intent.status}.",
            code="payment_intent_unexpected_state",
        )
    if currency and currency != intent.currency:
        raise InvalidRequest(
            f"The currency of this PaymentIntent is `{intent.currency}`.", param="currency"
        )
    pay(payment.invoice, amount=amount, at=at)
    return payment_intents.get(intent.pk)
