"""Going on with a subscription that was paused when its trial ended without a payment method."""

from collections.abc import Mapping
from datetime import datetime
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

Status = Subscription.Status


def resume(subscription: Subscription, *, details: Mapping[str, Any], at: datetime) -> Subscription:
    """Bill a paused subscription's next period; it is active when that is paid, or at once where nothing is to pay.

    No transaction may be open, since the invoice is collected.

    Args:
        details: `anchor` (`now`, also where absent, or `unchanged`), `proration_behavior`, `proration_date`.

    Raises:
        InvalidState: it is not paused, or its customer's test clock is being advanced.
        InvalidRequest: there is no method to collect with.
    """
    at = test_clocks.now_for(subscription, at)
    with transaction.atomic(durable=True):
        customer = invoice_states.lock_customer(subscription.customer_id)
        test_clocks.check_steady(customer)
        with states.tracked(subscription, at=at) as row:
            row.customer = customer
            if row.status != Status.PAUSED:
                raise InvalidState(
                    f"The subscription {row.pk} is {row.status}; only paused subscriptions can be resumed."
                )
            invoice = _billed(row, details, at=at)
            by_charge = row.collection_method == Subscription.Collection.CHARGE
            is_owed = invoice is not None and invoice.amount_due > 0
            if not (by_charge and is_owed):
                states.move(row, Status.ACTIVE)
            else:
                paying.check_method(row, "")
        if invoice is not None and by_charge:
            invoice = invoices.finalize(invoice, at=at)
    return paying.later(row, invoice, behavior="", at=at)


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
