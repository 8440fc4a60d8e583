"""A change of a customer: under its lock, told by `customer.updated` with what was before."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from customers.events.services import events
from customers.kit.errors import NotFound
from customers.models import Customer
from customers.services import test_clocks


def no_such_customer(pk: str, *, param: str = "id") -> NotFound:
    """Return the error for a customer that is not there, in the words that clients look for (fact F15)."""
    return NotFound(f"No such customer: '{pk}'", param=param)


def locked(pk: str) -> Customer:
    """Lock a customer's row for the open transaction and return it with its defaults.

    The row is the mutex for everything of the customer's: balance, defaults, addresses. For one that went into another
    customer meanwhile that one is locked and returned.

    Raises:
        NotFound: there is none, or it was deleted.
        Conflict: its test clock is being advanced.
    """
    living = Customer.objects.living().filter(pk=pk)
    if not living.select_for_update(no_key=True).values_list("pk").first():
        gone = Customer.objects.filter(pk=pk, merged_into__isnull=False)
        target = gone.values_list("merged_into_id", flat=True).first()
        if target is None:
            raise no_such_customer(pk)
        return locked(target)
    # Read apart: what a locking query joins is as it was before it waited for the lock.
    customer = Customer.objects.with_defaults().get(pk=pk)
    test_clocks.check_steady(customer)
    return customer


@contextmanager
def tracked(customer: Customer, *, at: datetime) -> Iterator[Customer]:
    """Lock the customer, let the caller change it, and publish `customer.updated` if its `/v1/` object differs.

    The caller saves what it changes, and keeps `billing` and `shipping` of the object it gets up to date.

    Raises:
        NotFound: the customer was deleted meanwhile.
    """
    with transaction.atomic(savepoint=False):
        row = locked(customer.pk)
        before = events.spell(row)
        yield row
        previous = events.difference(before, events.spell(row))
        if previous:
            events.publish("customer.updated", row, previous=previous, at=at)
