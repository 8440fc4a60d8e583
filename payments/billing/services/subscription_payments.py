"""Collecting what a subscription's invoices ask for, right after the request that brought them about."""

from datetime import datetime

from customers.kit.errors import InvalidRequest
from payments.billing.models import Invoice, Subscription
from payments.billing.services import invoices

DEFAULT_INCOMPLETE, ERROR_IF_INCOMPLETE = "default_incomplete", "error_if_incomplete"
BEHAVIORS = ("allow_incomplete", DEFAULT_INCOMPLETE, ERROR_IF_INCOMPLETE)

Status = Subscription.Status


def check_method(subscription: Subscription, behavior: str) -> None:
    """Refuse to begin what cannot be collected, unless the customer is asked for a method afterwards.

    Raises:
        InvalidRequest: neither the subscription nor its customer has a payment method.
    """
    if behavior == DEFAULT_INCOMPLETE or has_method(subscription):
        return
    raise InvalidRequest(
        "This customer has no attached payment source or default payment method. Please consider adding a default "
        "payment method.",
        code="resource_missing",
    )


def has_method(subscription: Subscription) -> bool:
    """Tell whether there is a method to collect with."""
    own = subscription.default_payment_method_id
    return bool(own or subscription.customer.default_payment_method_id)


def first(subscription: Subscription, *, behavior: str, at: datetime) -> Subscription:
    """Try to collect a first invoice, unless the customer is to confirm it, and return the subscription."""
    if subscription.status != Status.INCOMPLETE or behavior == DEFAULT_INCOMPLETE:
        return fresh(subscription)
    invoice = latest(subscription)
    if invoice is not None and invoice.status == Invoice.Status.OPEN:
        invoices.collect(invoice, off_session=subscription.off_session, at=at)
    return fresh(subscription)


def later(
    subscription: Subscription, invoice: Invoice | None, *, behavior: str, at: datetime
) -> Subscription:
    """Try to collect what a change has brought about, unless the customer is to confirm it."""
    if (
        invoice is not None
        and behavior != DEFAULT_INCOMPLETE
        and subscription.collection_method == Subscription.Collection.CHARGE
    ):
        invoice = invoices.get(invoice.pk)
        if invoice.status == Invoice.Status.OPEN and invoice.auto_advance:
            invoices.collect(invoice, off_session=subscription.off_session, at=at)
    return fresh(subscription)


def latest(subscription: Subscription) -> Invoice | None:
    """Return a subscription's latest invoice."""
    return Invoice.objects.filter(pk=subscription.latest_invoice_id).first()


def fresh(subscription: Subscription) -> Subscription:
    """Return a subscription as it is now, with its customer."""
    return Subscription.objects.select_related("customer").get(pk=subscription.pk)
