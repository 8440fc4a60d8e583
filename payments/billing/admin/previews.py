"""What would be billed: it is done in a transaction that is rolled back, so that the amounts are the real ones."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from customers.kit.errors import DomainError
from customers.models import Customer
from customers.services import changes as customer_changes
from customers.services import powers
from payments.billing.admin import invoice_page, shown
from payments.billing.models import Invoice, InvoiceItem, Subscription
from payments.billing.services import (
    change_previews,
    invoices,
    subscription_creation,
    subscription_lines,
    subscription_previews,
    subscription_steps,
    subscription_wishes,
)
from payments.billing.services.subscription_wishes import ItemWish

Said = dict[str, Any]


def next_invoice(subscription: Subscription, *, at: datetime) -> Said | None:
    """Return what a subscription will bill next; None where nothing comes."""
    if subscription.status in Subscription.ENDED:
        return None
    try:
        with powers.rehearsing():
            said = _brief(subscription_previews.of_change(subscription, details={}, at=at))
    except DomainError:  # nothing comes, or a clock is being advanced
        return None
    return said


def change(
    subscription: Subscription,
    *,
    wishes: Sequence[ItemWish],
    details: Mapping[str, Any],
    at: datetime,
) -> Said:
    """Return what a change bills now (`now`), what it puts on the next invoice (`pending`), and that one (`next`).

    Raises:
        DomainError: what the service refuses.
    """
    found = change_previews.of_change(
        subscription, wishes=wishes, details=details, read=_brief, at=at
    )
    pending = _pending(subscription, found.pending)
    return {"now": found.now, "pending": pending, "next": found.next}


def beginning(
    customer: Customer,
    *,
    wishes: Sequence[ItemWish],
    details: Mapping[str, Any],
    at: datetime,
) -> Said:
    """Return what a new subscription bills at once (`now`), and at its first renewal (`next`).

    Raises:
        DomainError: what the service refuses.
    """
    with powers.rehearsing():
        owner = customer_changes.locked(customer.pk)
        row, first = subscription_creation.begun(owner, wishes=wishes, details=details, at=at)
        said: Said = {"now": _billed(first, at=at), "pending": None}
        said["next"] = _renewal(row)
    return said


def unused(subscription: Subscription, *, at: datetime) -> int:
    """Return what is given back where a subscription ends now, before its taxes, in minor units."""
    items = subscription_wishes.items_of(subscription)
    billed = subscription_lines.billed_for(subscription, [item.pk for item in items], at=at)
    lines = subscription_lines.credits_of(subscription, billed, at=at)
    return -sum(line.amount for line in lines)


def _renewal(row: Subscription) -> Said:
    """Renew a locked subscription; the caller takes it back."""
    return _brief(subscription_steps.renew(row, at=row.period_end))


def _billed(draft: Invoice | None, *, at: datetime) -> Said | None:
    """Finalize what is billed at once, so that the next invoice lacks the balance and the coupons that it uses up."""
    if draft is None:
        return None
    said = _brief(draft)
    invoices.finalize(draft, at=at)
    return said


def _brief(invoice: Invoice) -> Said:
    return invoice_page.brief(invoice_page.around(invoice, at=invoice.created_at))


def _pending(subscription: Subscription, items: Sequence[InvoiceItem]) -> Said | None:
    if not items:
        return None
    total = sum(item.amount for item in items)
    return {
        "lines": [
            {
                "text": item.description,
                "period": shown.period(item.period_start, item.period_end),
                "quantity": item.quantity,
                "amount": shown.money(item.amount, item.currency),
                "is_proration": item.is_proration,
            }
            for item in items
        ],
        "total": shown.money(total, subscription.currency),
    }
