"""A subscription under its lock: changed, given its next status, saved, told of."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from customers.events.services import events
from customers.kit.errors import NotFound
from payments.billing.models import Subscription
from payments.billing.services import subscription_calendar as calendar

UPDATED = "customer.subscription.updated"


def no_such_subscription(pk: str, *, param: str = "id") -> NotFound:
    """Return the error for a subscription that is not there."""
    return NotFound(f"No such subscription: '{pk}'", param=param)


def locked(pk: str) -> Subscription:
    """Lock a subscription's row for the open transaction and return it with its customer.

    Raises:
        NotFound: there is none.
    """
    if not Subscription.objects.select_for_update(no_key=True).filter(pk=pk).values("pk").first():
        raise no_such_subscription(pk)
    # Read apart: what a locking query joins is as it was before it waited for the lock.
    return Subscription.objects.select_related("customer").get(pk=pk)


@contextmanager
def tracked(subscription: Subscription, *, at: datetime) -> Iterator[Subscription]:
    """Lock a subscription, let the caller change it, save it, and publish what is told of the change.

    Raises:
        NotFound: there is none.
    """
    with transaction.atomic(savepoint=False):
        row = locked(subscription.pk)
        before, status = events.spell(row), row.status
        yield row
        keep(row)
        previous = events.difference(before, events.spell(row))
        if previous:
            events.publish(event_of(status, row), row, previous=previous, at=at)


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
    subscription.save()


def event_of(before: str, subscription: Subscription) -> str:
    """Return the event that tells of a subscription that had a status before."""
    if before == subscription.status:
        return UPDATED
    return Subscription.TRANSITIONS.event(before, subscription.status, noun="subscription")
