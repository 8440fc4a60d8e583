"""What a subscription's next invoice would be, as it is or with changes: made as if in earnest, and taken back.

What is previewed runs through the same functions as what is billed. All of it is written in the caller's transaction,
which the caller rolls back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from customers.kit.errors import NotFound
from customers.models import Customer
from customers.services import changes as customer_changes
from customers.services import test_clocks
from payments.billing.models import Invoice, Subscription
from payments.billing.services import invoice_states
from payments.billing.services import subscription_changes as changes
from payments.billing.services import subscription_creation as creation
from payments.billing.services import subscription_endings as endings
from payments.billing.services import subscription_payments as paying
from payments.billing.services import subscription_states as states
from payments.billing.services import subscription_steps as steps
from payments.billing.services.subscription_wishes import ItemWish

NEXT, RECURRING = "next", "recurring"
MODES = (NEXT, RECURRING)
Status = Subscription.Status


def of_change(
    subscription: Subscription,
    *,
    wishes: Sequence[ItemWish] = (),
    details: Mapping[str, Any],
    mode: str = NEXT,
    at: datetime,
) -> Invoice:
    """Return the draft of the invoice that comes next if a subscription is changed like this.

    Args:
        details: as `subscriptions.update` takes them, and `cancels_now`.
        mode: `recurring` leaves out what is billed only once.

    Raises:
        NotFound: no invoice will come.
        InvalidRequest: the change cannot be made.
    """
    at = test_clocks.now_for(subscription, at)
    if subscription.status in Subscription.ENDED:
        raise _none_upcoming(subscription)
    asked = {**details, "payment_behavior": paying.DEFAULT_INCOMPLETE}
    ends_now = asked.pop("cancels_now", False)
    if mode == RECURRING:
        asked["proration_behavior"] = changes.NO_PRORATION
    row, invoice = changes.changed(subscription, wishes=wishes, details=asked, at=at)
    if ends_now:
        prorate = asked.get("proration_behavior") != changes.NO_PRORATION
        invoice = endings.end(row, invoice_now=True, prorate=prorate, at=at)
    if invoice is not None and mode == NEXT:
        return invoice
    if ends_now or row.status not in Subscription.BILLED:
        raise _none_upcoming(row)
    return _renewal(row, mode)


def of_new(
    customer: Customer,
    *,
    wishes: Sequence[ItemWish],
    details: Mapping[str, Any],
    mode: str = NEXT,
    at: datetime,
) -> Invoice:
    """Return the draft of the invoice with which a subscription would begin.

    Args:
        details: as `subscriptions.create` takes them.
        mode: `recurring` gives the first whole period.

    Raises:
        NotFound: something that is named is not there.
        InvalidRequest: the terms do not fit together.
    """
    row = customer_changes.locked(customer.pk)
    at = test_clocks.now_for(row, at)
    asked = {**details, "payment_behavior": paying.DEFAULT_INCOMPLETE}
    subscription, invoice = creation.begun(row, wishes=wishes, details=asked, at=at)
    if invoice is None or mode == RECURRING:
        return _renewal(subscription, mode)
    return invoice


def _renewal(subscription: Subscription, mode: str) -> Invoice:
    """Renew at the end of the period, or bill what is pending where the subscription ends then."""
    row = states.locked(subscription.pk)
    row.customer = invoice_states.lock_customer(row.customer_id)
    end = row.period_end
    if row.cancel_at is not None and row.cancel_at <= end:
        invoice = endings.end(row, invoice_now=True, at=row.cancel_at)
        if invoice is None:
            raise _none_upcoming(row)
        return invoice
    return steps.renew(row, takes_pending=mode == NEXT, at=end)


def _none_upcoming(subscription: Subscription) -> NotFound:
    return NotFound(
        f"No upcoming invoices for customer: {subscription.customer_id}",
        param="subscription",
        code="invoice_upcoming_none",
    )
