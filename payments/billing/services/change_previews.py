"""What a change of a subscription bills at once, what it leaves for the next invoice, and what that one comes to.

It is done in a transaction that is rolled back, so that the amounts are the real ones.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from customers.services import powers
from payments.billing.models import Invoice, InvoiceItem, Subscription
from payments.billing.services import invoices, subscription_changes, subscription_steps
from payments.billing.services.subscription_wishes import ItemWish

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Preview(Generic[_T]):
    """What a change brings.

    Args:
        now: the invoice that it makes at once, as it was read; None where it makes none.
        pending: what waits for the next invoice, what is given back first.
        next: the invoice at the period's end, as it was read; None where none comes.
    """

    now: _T | None
    pending: list[InvoiceItem]
    next: _T | None


def of_change(
    subscription: Subscription,
    *,
    wishes: Sequence[ItemWish],
    details: Mapping[str, Any],
    read: Callable[[Invoice], _T],
    at: datetime,
) -> Preview[_T]:
    """Return what a change brings.

    Args:
        details: as `subscriptions.update` takes them.
        read: is called with each draft while it is there.

    Raises:
        DomainError: what the service refuses.
    """
    with powers.rehearsing():
        row, draft = subscription_changes.changed(
            subscription, wishes=wishes, details=details, at=at
        )
        now = read(draft) if draft is not None else None
        if (
            draft is not None
        ):  # so that the next one lacks the balance and the coupons that it uses up
            invoices.finalize(draft, at=at)
        pending = waiting(row)
        following = None
        if _is_renewed(row):
            following = read(subscription_steps.renew(row, at=row.period_end))
    return Preview(now, pending, following)


def waiting(subscription: Subscription) -> list[InvoiceItem]:
    """Return what waits for a subscription's next invoice, what is given back first."""
    rows = InvoiceItem.objects.filter(subscription=subscription, invoice__isnull=True)
    return list(rows.order_by("created_at", "amount", "id"))


def _is_renewed(subscription: Subscription) -> bool:
    ends = subscription.cancel_at
    return (
        subscription.status in Subscription.BILLED
        and not subscription.cancels_at_period_end
        and (ends is None or ends > subscription.period_end)
    )
