"""Deleting test clocks: the customers who live by one go with it, and after a month each goes by itself."""

from datetime import datetime

from django.db import transaction

from customers.events.services import events
from customers.kit.errors import Conflict
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Customer, TestClock
from customers.services import customers, test_clocks


def delete(clock: TestClock, *, at: datetime) -> TestClock:
    """Delete a clock and its customers.

    Raises:
        NotFound: it was deleted before.
        Conflict: it is being advanced.
    """
    with transaction.atomic(savepoint=False), test_clocks.moving(clock):
        # Customers are locked before their clock everywhere.
        _delete_customers(clock)
        row = test_clocks.locked(clock.pk)
        if row.status == TestClock.Status.ADVANCING:
            raise Conflict(
                f"The test clock {row.pk} is being advanced, so it cannot be deleted now.",
                code="test_clock_advancing",
            )
        _delete_customers(row)  # who came before the clock was locked
        row.deleted_at = at
        row.save(update_fields=["deleted_at"])
        events.publish("test_helpers.test_clock.deleted", row, at=at)
    return row


def delete_due(*, at: datetime) -> int:
    """Delete the clocks of any site whose time is over, and return how many they were."""
    with every_site():
        due = TestClock.objects.filter(deletes_at__lte=at, deleted_at__isnull=True)
        still = due.exclude(status=TestClock.Status.ADVANCING).select_related("site")
        found = list(still.order_by("deletes_at", "pk")[:100])
    for clock in found:
        with scoped_to(clock.site, livemode=clock.livemode):
            delete(clock, at=at)
    return len(found)


def _delete_customers(clock: TestClock) -> None:
    """Delete the customers of a clock, at its time."""
    for customer in Customer.objects.living().filter(test_clock=clock).order_by("created_at", "pk"):
        customers.delete(customer, at=clock.frozen_at)
