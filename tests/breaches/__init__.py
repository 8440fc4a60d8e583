"""What breaks an invariant in the test's database, found as the worker finds it."""

from datetime import timedelta

from customers.kit import clock, invariants
from customers.models import Alias
from customers.services import invariant_walks
from tests.factories.customers import EventFactory

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def found():
    """Return all that breaks an invariant: the invariant's name, the row's id and what is wrong."""
    return sorted(
        (one.name, row.object_id, row.detail)
        for one in invariants.every()
        for seen in invariant_walks.whole(one, now=clock.now)
        for row in seen.broken
    )


def of(name):
    """Return the ids of the rows that break one invariant."""
    return sorted(
        row.object_id
        for seen in invariant_walks.whole(named(name), now=clock.now)
        for row in seen.broken
    )


def named(name):
    return next(one for one in invariants.every() if one.name == name)


def ago(time):
    return clock.now() - time


def told_of(row, *types):
    """Return a row, of which events of these types tell."""
    for type_ in types:
        EventFactory(object_id=row.pk, type=type_)
    return row


def misnamed(kind, row):
    """Let a row have another name, and return a name of the same kind that leads nowhere."""
    names = [
        Alias.objects.create(
            id=f"alias_{target}", site=row.site, livemode=False, created_at=row.created_at,
            name=f"old_{target}", kind=kind, target_id=target, reason="imported",
        )
        for target in (row.pk, "nothing")
    ]  # fmt: skip
    return names[1]
