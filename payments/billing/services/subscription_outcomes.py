"""What becomes of a subscription when its invoices are paid, cannot be collected, or are given up."""

from datetime import datetime

from django.db import transaction

from customers.kit import tenancy, together
from customers.models.sites import DunningEnd
from payments.billing.models import Invoice, Subscription
from payments.billing.services import invoice_states, telling
from payments.billing.services import subscription_endings as endings
from payments.billing.services import subscription_states as states
from payments.models import PaymentMethod

Status = Subscription.Status
_OWED = (Status.PAST_DUE, Status.UNPAID)
_WAITING = (Status.INCOMPLETE, Status.PAUSED, *_OWED)
"""What a payment moves on."""


def register() -> None:
    """Enter the functions."""
    invoice_states.when_paid.register(on_paid)
    invoice_states.when_failed.register(on_failed)
    invoice_states.when_given_up.register(on_given_up)
    invoice_states.when_settled_otherwise.register(on_settled_otherwise)


def on_paid(invoice: Invoice, at: datetime) -> None:
    """Let the subscription whose latest invoice was paid be active, or begin its trial."""
    if invoice.subscription_id is None:
        return
    with transaction.atomic(savepoint=False), together.opened():
        row = states.locked(invoice.subscription_id)
        is_latest = row.latest_invoice_id == invoice.pk
        method = _method_to_remember(row, invoice)
        if method is None and not (is_latest and row.status in _WAITING):
            return  # as most times
        with states.tracked(row, at=at):
            if method is not None:
                row.default_payment_method = method
            if is_latest:
                _activate(row, at=at)


def on_failed(invoice: Invoice, at: datetime) -> None:
    """Let the subscription whose latest invoice could not be collected be past due."""
    if invoice.subscription is None or invoice.subscription.latest_invoice_id != invoice.pk:
        return
    with states.tracked(invoice.subscription, at=at) as row:
        if row.status in (Status.ACTIVE, Status.TRIALING):
            states.move(row, Status.PAST_DUE)


def on_given_up(invoice: Invoice, at: datetime) -> None:
    """Do with the subscription what the site wants when all tries have failed."""
    if invoice.subscription is None:
        return
    wanted = tenancy.current().site.dunning_end
    with states.tracked(invoice.subscription, at=at) as row:
        if row.status != Status.PAST_DUE:
            return
        if wanted == DunningEnd.CANCEL:
            endings.end(row, reason=endings.FAILED, at=at)
            states.keep(row)
            row.customer = invoice.customer
            telling.of_end(row, at=at)
        elif wanted == DunningEnd.UNPAID:
            states.move(row, Status.UNPAID)


def on_settled_otherwise(invoice: Invoice, at: datetime) -> None:
    """Let a first invoice that became void end its subscription; other ones no longer keep theirs from being active."""
    if invoice.subscription is None:
        return
    with states.tracked(invoice.subscription, at=at) as row:
        if row.latest_invoice_id != invoice.pk:
            return
        is_void = invoice.status == Invoice.Status.VOID
        if row.status == Status.INCOMPLETE and is_void:
            endings.expire(row, at=at)
        elif row.status in _OWED or (row.status != Status.ACTIVE and not is_void):
            _activate(row, at=at)


def _activate(subscription: Subscription, *, at: datetime) -> None:
    if subscription.status == Status.INCOMPLETE:
        ends = subscription.trial_end_at
        is_trial = ends is not None and ends > at
        states.move(subscription, Status.TRIALING if is_trial else Status.ACTIVE)
    elif subscription.status in (*_OWED, Status.PAUSED):
        states.move(subscription, Status.ACTIVE)
        subscription.resumption_expires_at = None


def _method_to_remember(subscription: Subscription, invoice: Invoice) -> PaymentMethod | None:
    """Return what further invoices are to be collected with, since it paid this one; None where that is the same."""
    if subscription.payment_settings.get("save_default_payment_method") != "on_subscription":
        return None
    method = invoice.payment_intent.payment_method if invoice.payment_intent else None
    if method is None or method.customer_id != subscription.customer_id:
        return None
    return method if method.pk != subscription.default_payment_method_id else None
