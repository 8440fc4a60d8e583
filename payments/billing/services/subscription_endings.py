"""The end of a subscription: canceled by somebody, by its date, by its customer's deletion, or never paid."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.models import Customer
from customers.services import test_clocks
from payments.billing.models import Invoice, Subscription
from payments.billing.services import invoice_states, invoices, schedule_states, subscription_setup
from payments.billing.services import subscription_invoices as billing
from payments.billing.services import subscription_lines as lines_of
from payments.billing.services import subscription_payments as paying
from payments.billing.services import subscription_states as states
from payments.billing.services import subscription_wishes as wishes_of
from payments.billing.services.customer_acts import CustomersAct

REQUESTED, FAILED = "cancellation_requested", "payment_failed"
Status = Subscription.Status


def cancel(
    subscription: Subscription,
    *,
    details: Mapping[str, Any] | None = None,
    invoice_now: bool = False,
    prorate: bool = False,
    by_customer: CustomersAct | None = None,
    at: datetime,
) -> Subscription:
    """End a subscription now. No transaction may be open, since a last invoice is collected.

    Args:
        details: `cancellation_comment` and `cancellation_feedback`.
        invoice_now: whether what is pending is billed at once; otherwise pending prorations are dropped.
        prorate: whether the unused time is given back.
        by_customer: what makes this an act of the customer's own.

    Raises:
        NotFound: it has ended before.
        InvalidState: its customer's test clock is being advanced.
    """
    at = test_clocks.now_for(subscription, at)
    with transaction.atomic(durable=True):
        if by_customer is not None:
            by_customer.begin(subscription)
        customer = invoice_states.lock_customer(subscription.customer_id)
        test_clocks.check_steady(customer)
        with states.tracked(subscription, at=at) as row:
            row.customer = customer
            check_running(row)
            for name, value in (details or {}).items():
                setattr(row, name, value)
            invoice = end(row, invoice_now=invoice_now, prorate=prorate, at=at)
        if by_customer is not None:
            by_customer.finish(row, invoice, at=at)
        settle(row, invoice, at=at)
    return paying.later(row, invoice, behavior="", at=at)


def check_running(subscription: Subscription) -> None:
    """Refuse what can only be done before the end.

    Raises:
        NotFound: the subscription has ended.
    """
    if subscription.status in Subscription.ENDED:
        raise states.no_such_subscription(subscription.pk)


def cancel_all(customer: Customer, *, at: datetime) -> None:
    """End the subscriptions of a locked customer who is being deleted (rules S16, R9, P5).

    Records of what is billed elsewhere stay as they are: nothing here could end it.
    """
    own = Subscription.objects.filter(customer=customer, imported_from="")
    rows = own.exclude(status__in=Subscription.ENDED)
    for subscription in rows.order_by("id"):
        now = test_clocks.now_for(subscription, at)
        with states.tracked(subscription, at=now) as row:
            end(row, at=now)
        settle(row, None, at=now)


def end(
    subscription: Subscription,
    *,
    reason: str = REQUESTED,
    invoice_now: bool = False,
    prorate: bool = False,
    has_schedule: bool = True,
    at: datetime,
) -> Invoice | None:
    """Let a locked subscription be canceled, which the caller saves; return the draft of what was pending.

    The caller settles it behind the change (`settle`).

    Args:
        reason: Stripe's word for why.
        has_schedule: whether a schedule that it may have is canceled with it.
    """
    was_incomplete = subscription.status == Status.INCOMPLETE
    states.move(subscription, Status.CANCELED)
    subscription.ended_at = at
    subscription.canceled_at = subscription.canceled_at or at
    subscription.cancellation_reason = reason
    subscription.pause_resumes_at = None
    if has_schedule and subscription.schedule_id:
        schedule_states.drop(subscription, at=at)
    subscription.schedule_id = ""
    subscription_setup.give_up(subscription, at=at)
    _stop_collecting(subscription)
    if not (invoice_now or was_incomplete):
        billing.drop_pending(subscription)
    if prorate and not was_incomplete:
        billing.pend(subscription, _credits(subscription, at=at), at=at)
    return _bill_pending(subscription, at=at) if invoice_now and not was_incomplete else None


def settle(subscription: Subscription, invoice: Invoice | None, *, at: datetime) -> None:
    """Finalize the last invoice of a subscription that has ended, and void a first one that was never paid.

    Args:
        invoice: the draft that `end` returned.
    """
    if invoice is not None:
        invoices.finalize(invoice, at=at)
    elif subscription.status in Subscription.ENDED:
        void_first(subscription, at=at)


def expire(subscription: Subscription, *, at: datetime) -> None:
    """Let a locked subscription whose first payment never came be over, which the caller saves."""
    states.move(subscription, Status.INCOMPLETE_EXPIRED)
    subscription.ended_at = at


def void_first(subscription: Subscription, *, at: datetime) -> None:
    """Void the first invoice, if it was to be charged and never was."""
    first = Invoice.objects.filter(
        pk=subscription.latest_invoice_id, status=Invoice.Status.OPEN,
        reason=Invoice.Reason.SUBSCRIPTION_CREATE,
        collection_method=Subscription.Collection.CHARGE,
    ).first()  # fmt: skip
    if first is not None:
        invoices.void(first, at=at)


def _bill_pending(subscription: Subscription, *, at: datetime) -> Invoice | None:
    """Draft the invoice of what a locked subscription has pending; None where that is nothing."""
    if not billing.has_pending(subscription):
        return None
    return billing.draft(
        subscription, [], reason=Invoice.Reason.SUBSCRIPTION_UPDATE, start=subscription.period_start,
        end=max(at, subscription.period_start), at=at,
    )  # fmt: skip


def _credits(subscription: Subscription, *, at: datetime) -> list[Any]:
    items = wishes_of.items_of(subscription)
    billed = lines_of.billed_for(subscription, [item.pk for item in items], at=at)
    return lines_of.credits_of(subscription, billed, at=at)


def _stop_collecting(subscription: Subscription) -> None:
    """Let nobody try to collect what is unpaid: the merchant decides about it."""
    unpaid = Invoice.objects.filter(
        subscription=subscription, status__in=[Invoice.Status.DRAFT, Invoice.Status.OPEN]
    )
    unpaid.update(auto_advance=False, finalizes_at=None, next_attempt_at=None)
