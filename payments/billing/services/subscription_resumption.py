"""Going on with a subscription that was paused when its trial ended without a payment method.

It stays paused until the invoice for that is paid. One that is not paid in time is void, and so is one that another
resumption takes the place of: two of them could both be paid.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from customers.kit.errors import InvalidState
from customers.services import test_clocks
from payments.billing import periods
from payments.billing.models import Invoice, Subscription
from payments.billing.services import invoice_states, invoices
from payments.billing.services import subscription_calendar as calendar
from payments.billing.services import subscription_invoices as billing
from payments.billing.services import subscription_lines as lines_of
from payments.billing.services import subscription_payments as paying
from payments.billing.services import subscription_states as states
from payments.billing.services import subscription_terms as terms
from payments.billing.services import subscription_wishes as wishes_of
from payments.billing.services.customer_acts import CustomersAct
from payments.models import PaymentIntent

Status = Subscription.Status
_UNCLEAR = timedelta(hours=1)  # until a payment that is on its way is looked at again


def resume(
    subscription: Subscription,
    *,
    details: Mapping[str, Any],
    by_customer: CustomersAct | None = None,
    at: datetime,
) -> Subscription:
    """Bill a paused subscription's next period; it is active when that is paid, or at once where nothing is to pay.

    No transaction may be open, since the invoice is collected.

    Args:
        details: `anchor` (`now`, also where absent, or `unchanged`), `proration_behavior`, `proration_date`.
        by_customer: what makes this an act of the customer's own.

    Raises:
        InvalidState: it is not paused, an earlier resumption is being paid, or its customer's test clock is being
            advanced.
        InvalidRequest: there is no method to collect with.
    """
    at = test_clocks.now_for(subscription, at)
    with transaction.atomic(durable=True):
        if by_customer is not None:
            by_customer.begin(subscription)
        customer = invoice_states.lock_customer(subscription.customer_id)
        test_clocks.check_steady(customer)
        with states.tracked(subscription, at=at) as row:
            row.customer = customer
            if row.status != Status.PAUSED:
                raise InvalidState(
                    f"The subscription {row.pk} is {row.status}; only paused subscriptions can be resumed."
                )
            _void_earlier(row, at=at)
            invoice = _billed(row, details, at=at)
            by_charge = row.collection_method == Subscription.Collection.CHARGE
            is_owed = invoice is not None and invoice.amount_due > 0
            if not (by_charge and is_owed):
                states.move(row, Status.ACTIVE)
            else:
                paying.check_method(row, "")
                row.resumption_expires_at = at + calendar.FIRST_PAYMENT
        if by_customer is not None:
            by_customer.finish(row, invoice, at=at)
        if invoice is not None and by_charge:
            invoice = invoices.finalize(invoice, at=at)
    return paying.later(row, invoice, behavior="", at=at)


def drafted(subscription: Subscription, *, at: datetime) -> Invoice | None:
    """Return the draft with which a paused subscription would go on; the caller takes it back.

    Raises:
        DomainError: its items cannot be billed.
    """
    at = test_clocks.now_for(subscription, at)
    customer = invoice_states.lock_customer(subscription.customer_id)
    row = states.locked(subscription.pk)
    row.customer = customer
    return _billed(row, {}, at=at)


def give_up(subscription: Subscription, *, at: datetime) -> None:
    """Void what a resumption asked for and nobody paid in time; the locked subscription stays paused."""
    invoice = _unpaid(subscription)
    is_processing = invoice is not None and _is_processing(invoice)
    if invoice is not None and not is_processing:
        invoices.void(invoice, at=at)
    subscription.resumption_expires_at = at + _UNCLEAR if is_processing else None
    states.keep(subscription)


def _void_earlier(subscription: Subscription, *, at: datetime) -> None:
    invoice = _unpaid(subscription)
    if invoice is not None:
        invoices.void(invoice, at=at)
    subscription.resumption_expires_at = None


def _unpaid(subscription: Subscription) -> Invoice | None:
    """Return the invoice for going on that still waits to be paid; None where there is none."""
    if subscription.resumption_expires_at is None:
        return None
    invoice = paying.latest(subscription)
    return invoice if invoice is not None and invoice.status == Invoice.Status.OPEN else None


def _is_processing(invoice: Invoice) -> bool:
    intent = invoice.payment_intent
    return intent is not None and intent.status == PaymentIntent.Status.PROCESSING


def _billed(
    subscription: Subscription, details: Mapping[str, Any], *, at: datetime
) -> Invoice | None:
    """Set the period that goes on, and return the draft of what is billed of it; None where that is nothing."""
    start = details.get("proration_date") or terms.whole(at)
    if details.get("anchor", terms.NOW) == terms.NOW:
        start = terms.whole(at)
        subscription.anchor_at, subscription.anchor_config = start, None
        subscription.period_start = start
    else:
        whole = periods.period_at(subscription.anchor_at, calendar.rhythm(subscription), start)
        subscription.period_start = whole[0]
    subscription.period_end = calendar.end_of_period(subscription, start)
    is_part = subscription.period_start < start
    if is_part and details.get("proration_behavior") == "none":
        return None
    items = list(wishes_of.items_of(subscription))
    lines = lines_of.of_period(subscription, items, start, subscription.period_end, at=at)
    return billing.draft(
        subscription,
        lines,
        reason=Invoice.Reason.SUBSCRIPTION_UPDATE,
        start=start,
        end=start,
        at=at,
    )
