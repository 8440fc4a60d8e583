"""Publishing: an event is a row in the transaction of the change it tells of, or the change is not possible."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Func, IntegerField, Max, QuerySet

from customers.events.models import Event
from customers.kit import ids, provenance, together
from customers.kit.errors import NotFound
from customers.kit.registry import Hook, Lookup
from customers.kit.statements import NewRow
from customers.models import TenantModel

Spell = Callable[[Any], dict[str, Any]]
Name = Callable[[Mapping[str, Any]], str]

spellings: Lookup[Spell] = Lookup("spellings")
"""By model label: the function that spells an object of it for `/v1/`; the API layer registers them."""

omise_names: Lookup[Name] = Lookup("omise_names")
"""By type: the function that returns what Omise calls such an event with this snapshot; empty where it has no word."""


followers: Hook[Callable[[NewRow], None]] = Hook("events.followers")
"""Called with each event's row, in the transaction of its change."""


class PublishedOutsideTransaction(RuntimeError):
    """An event without the transaction of its change could outlive or miss it: a bug."""


def spell(thing: TenantModel) -> dict[str, Any]:
    """Return the object as `/v1/` spells it, unexpanded."""
    return spellings[thing._meta.label](thing)


def get(pk: str) -> Event:
    """Return an event of the chosen site.

    Raises:
        NotFound: there is none.
    """
    found = Event.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such event: '{pk}'", param="id")
    return found


def with_pending() -> QuerySet[Event]:
    """Return the chosen site's events, each with how many of its deliveries are pending."""
    return Event.objects.annotate(
        pending_webhooks=Func(
            F("pk"),
            template=(
                "(SELECT count(*) FROM events_delivery WHERE event_id = %(expressions)s AND status = 'pending')"
            ),
            output_field=IntegerField(),
        )
    )


def last_told(object_ids: Collection[str]) -> dict[str, datetime]:
    """Return by object when the last thing happened to it that was told; nothing of those of whom nothing was."""
    found = Event.objects.filter(object_id__in=object_ids).order_by().values_list("object_id")
    return dict(found.annotate(at=Max("created_at")))


def publish(
    type_: str,
    thing: TenantModel,
    *,
    at: datetime,
    previous: Mapping[str, Any] | None = None,
    snapshot: Mapping[str, Any] | None = None,
    as_label: str = "",
) -> None:
    """Write an event in the caller's transaction.

    Args:
        type_: Stripe's name, such as `customer.updated`.
        previous: the values before the change, where it is one.
        snapshot: the object as it is spelled now, for a caller that has spelled it.
        as_label: the label under which the object is spelled, where it is not its model's.

    Raises:
        PublishedOutsideTransaction: no transaction is open.
    """
    if not connection.in_atomic_block:
        raise PublishedOutsideTransaction(type_)
    row = prepare(type_, thing, at=at, previous=previous, snapshot=snapshot, as_label=as_label)
    together.insert_later(row)


def prepare(
    type_: str,
    thing: TenantModel,
    *,
    at: datetime,
    previous: Mapping[str, Any] | None = None,
    snapshot: Mapping[str, Any] | None = None,
    as_label: str = "",
) -> NewRow:
    """Return the event's row, for callers that insert it in one statement with the change itself."""
    origin = provenance.current()
    if snapshot is None:
        snapshot = spellings[as_label](thing) if as_label else spell(thing)
    row = NewRow(
        Event,
        id=ids.as_written(Event.PREFIX, at=at),
        site_id=thing.site_id,
        livemode=thing.livemode,
        created_at=at,
        type=type_,
        object_id=ids.shown(thing.pk),
        customer_id=_customer_id(thing),
        omise_key=omise_names[type_](snapshot) if type_ in omise_names else "",
        snapshot=snapshot,
        previous_attributes=None if previous is None else dict(previous),
        api_version=settings.API_VERSION,
        door=origin.door,
        actor=origin.actor,
        request_id=origin.request_id,
        idempotency_key=origin.idempotency_key,
    )
    for follow in followers:
        follow(row)
    return row


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the former values of what changed; inside hashes, of the changed keys only (null: it was not there)."""
    changed: dict[str, Any] = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        changed[key] = (
            difference(old, new) if isinstance(old, dict) and isinstance(new, dict) else old
        )
    return changed


def _customer_id(thing: models.Model) -> str:
    if thing._meta.label == "customers.Customer":
        return str(thing.pk)
    return str(getattr(thing, "customer_id", None) or "")
