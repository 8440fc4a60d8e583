"""Partitions: the months in which events and deliveries are kept, made ahead of time and let go of as a whole."""

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.db import OperationalError
from psycopg.errors import LockNotAvailable

from customers.events.models import Delivery
from customers.events.models.partitions import EVENTS
from customers.kit import copying, partitions

_EVENT, _DELIVERY = EVENTS.tables
_PENDING = f"status = '{Delivery.Status.PENDING}'"
_IS_NEEDED = f"{_PENDING} OR last_try_at >= %s"  # by when it was made, some are of test clocks that are ahead
_log = logging.getLogger(__name__)


def register() -> None:
    """Let many events be copied right into their part."""
    copying.places.register(_EVENT.name, _place)


def make(*, at: datetime) -> int:
    """Make the parts of this month and the next ones that are missing, and return how many months that are.

    Where somebody holds a lock for too long nothing is made, which is as good in an hour.
    """
    return _patiently(lambda: len(partitions.make(EVENTS, at=at)))


def let_go(*, events: datetime | None, deliveries: datetime | None) -> int:
    """Drop the months of events, and empty those of deliveries, that were over before an instant.

    Events take their deliveries with them. A month with a delivery that is still to be tried stays, and so does one of
    which an endpoint was told later.

    Args:
        events: of events; None: they are kept for good.
        deliveries: of deliveries; None: they are kept for as long as their events.

    Returns:
        How many tables were dropped or emptied.
    """
    return sum(
        _patiently(lambda month=month: _let_go(month, events, deliveries))  # type: ignore[misc]  # bound early
        for month in partitions.months(EVENTS)
    )


def kept_since() -> datetime | None:
    """Return the first instant of which there are events; None where none were let go by the month."""
    return partitions.reaches_back_to(EVENTS)


def last_made() -> date:
    """Return the last month for which there are parts."""
    return partitions.months(EVENTS)[-1]


def outside() -> int:
    """Return how many events and deliveries there was no part for, counted to two thousand."""
    return sum(partitions.left_over(table) for table in EVENTS.tables)


def _let_go(month: date, events: datetime | None, deliveries: datetime | None) -> int:
    end = partitions.start_of(partitions.following(month))
    if events is not None and end <= events:
        return 2 * partitions.drop(EVENTS, month, unless=_PENDING)
    if deliveries is not None and end <= deliveries:
        return int(partitions.empty(_DELIVERY, month, unless=_IS_NEEDED, params=[deliveries]))
    return 0


def _patiently(act: Callable[[], int]) -> int:
    try:
        return act()
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        _log.info("A month of events is in use; it is tried again later")
        return 0


def _place(keys: Sequence[str]) -> str:
    return partitions.place_of(EVENTS, keys)
