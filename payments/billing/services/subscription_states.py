"""A subscription under its lock: changed, given its next status, saved, told of."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import cast

from django.db import transaction

from customers.events.services import events
from customers.kit import together
from customers.kit.errors import NotFound
from customers.models import Customer
from payments.billing.models import Subscription
from payments.billing.services import subscription_calendar as calendar
from payments.services import history

UPDATED = "customer.subscription.updated"


def no_such_subscription(pk: str, *, param: str = "id") -> NotFound:
    """Return the error for a subscription that is not there."""
    return NotFound(f"No such subscription: '{pk}'", param=param)


def locked(pk: str) -> Subscription:
    """Lock a subscription's row for the open transaction and return it.

    Raises:
        NotFound: there is none.
    """
    known = together.recalled((Subscription, pk))
    if known is not None:
        return cast("Subscription", known)
    found = lock_all({pk})
    if not found:
        raise no_such_subscription(pk)
    return found[0]


def lock_all(pks: Collection[str]) -> list[Subscription]:
    """Lock those subscriptions of which that was not done yet, in the order of their ids, and return them."""
    missing = [pk for pk in pks if together.recalled((Subscription, pk)) is None]
    if not missing:
        return []
    rows = together.locked_rows(Subscription.objects.filter(pk__in=missing))
    for row in rows:
        customer = together.recalled((Customer, row.customer_id))
        if customer is not None:
            row.customer = customer
    return rows


@contextmanager
def tracked(subscription: Subscription, *, at: datetime) -> Iterator[Subscription]:
    """Lock a subscription, let the caller change it, save it, and publish what is told of the change.

    Raises:
        NotFound: there is none.
        InvalidState: it is the record of one that is billed elsewhere.
    """
    with transaction.atomic(savepoint=False), together.opened():
        row = locked(subscription.pk)
        history.refuse(row, "subscription")
        before, status, end = events.spell(row), row.status, row.period_end
        yield row
        if row.status in Subscription.ENDED:
            row.upcoming_at = None
        elif row.period_end != end:
            row.upcoming_at = calendar.upcoming(row)
        keep(row)
        after = events.spell(row)
        previous = events.difference(before, after)
        if previous:
            type_ = event_of(status, row)
            events.publish(type_, row, previous=previous, snapshot=after, at=at)


def move(subscription: Subscription, target: str) -> None:
    """Give a locked subscription its next status.

    Raises:
        InvalidState: the table does not have the move.
    """
    Subscription.TRANSITIONS.event(subscription.status, target, noun="subscription")
    subscription.status = target


def keep(subscription: Subscription) -> None:
    """Save a locked subscription, and when something is due next."""
    subscription.next_step_at = calendar.next_step(subscription)
    together.save(subscription)


def event_of(before: str, subscription: Subscription) -> str:
    """Return the event that tells of a subscription that had a status before."""
    if before == subscription.status:
        return UPDATED
    return Subscription.TRANSITIONS.event(before, subscription.status, noun="subscription")
