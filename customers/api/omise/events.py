"""`/omise/events`, and how our events read in Omise's words.

One change of ours is one row, whose name of Omise's is written with it (`Event.omise_key`); events that Omise has no
word for are not listed. What an event shows is worked out from the picture it keeps in `/v1/`'s spelling. Endpoints of
webhooks in Omise's dialect are told the same (rule C21): `data` below is theirs, too.

Source: https://docs.omise.co/events-api, https://docs.omise.co/api-webhooks
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db.models import QuerySet

from customers.api.omise.customers import CustomerObject
from customers.events.models import Delivery, Event, WebhookEndpoint
from customers.events.services import bodies
from customers.events.services.events import omise_names
from customers.kit import tenancy
from customers.kit.registry import Lookup
from customers.restkit import omise_ids
from customers.restkit.objects import Computed, Constant, Filled, Plain, Text, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_objects import IsoTime, Location, OmiseId
from customers.restkit.views import Wire

Columns = Mapping[str, Any]
Picture = Callable[[Mapping[str, Any], Columns], Wire]

pictures: Lookup[Picture] = Lookup("omise_pictures")
"""By a snapshot's `object`: the function that spells it for Omise.

It gets the snapshot and, by column, what the event knows beside it: `key`, `livemode`, `customer_id` and `told_at`.
"""

NAMES = {
    "customer.created": "customer.create",
    "customer.deleted": "customer.destroy",
    "customer.updated": "customer.update",
}


def register() -> None:
    """Enter what is told of customers."""
    enter_names(NAMES)
    pictures.register("customer", customer)
    bodies.spellings.register(WebhookEndpoint.Spelling.OMISE, as_omise_sends)


def enter_names(names: Mapping[str, str | Callable[[Mapping[str, Any]], str]]) -> None:
    """Say what Omise calls events.

    Args:
        names: by type, Omise's key, or a function from the snapshot to it.
    """
    for type_, name in names.items():
        omise_names.register(type_, name if callable(name) else _always(name))


def data(snapshot: Any, key: str, livemode: bool, customer_id: str, at: datetime) -> Wire:  # noqa: FBT001 -- columns' values
    """Return what an event tells of its object, as it then was."""
    told = orjson.loads(snapshot) if isinstance(snapshot, str) else snapshot
    known = {"key": key, "livemode": livemode, "customer_id": customer_id or None, "told_at": at}
    wire = pictures[told["object"]](told, known)
    if key.endswith(".destroy"):
        wire["deleted"] = True
    return wire


def shown_as(output: type[WireObject], values: Columns) -> Wire:
    """Return an object's wire form from what is known of its columns; nothing of the others."""
    plan = output.plan()
    return plan.spell([values.get(column) for column in plan.columns])


def instant(seconds: int | None) -> datetime | None:
    """Return a moment of `/v1/`."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def customer(snapshot: Mapping[str, Any], known: Columns) -> Wire:
    """Return a customer as it was; its cards are no part of the picture, and have events of their own."""
    default = snapshot["invoice_settings"]["default_payment_method"] or snapshot["default_source"]
    columns = {
        **known,
        "id": snapshot["id"],
        "created_at": instant(snapshot["created"]),
        "default_payment_method_id": default if is_card(default) else None,
        "description": snapshot["description"],
        "email": snapshot["email"],
        "metadata": snapshot["metadata"],
    }
    return shown_as(CustomerObject, columns)


def is_card(pk: str | None) -> bool:
    """Tell whether an id can be a card's."""
    return bool(pk) and not str(pk).startswith("ba_")


def _payload(*values: Any) -> str:
    """Return what was sent, which needs no knowledge of where the dialect is mounted for who asks."""
    names = ("id", "livemode", "snapshot", "omise_key", "customer_id", "created_at")
    with omise_ids.mounted_at(""):
        return _written(dict(zip(names, values, strict=True))).decode()


class WebhookDeliveryObject(WireObject):
    """What became of telling an endpoint in Omise's spelling of an event; the last try of it."""

    object = Constant("webhook_delivery")
    id = OmiseId()
    uri = Plain("endpoint__url")
    status = Plain("last_status_code")
    key = Plain("event__omise_key")
    error = Text("last_error")
    payload = Computed(
        _payload, "event__id", "event__livemode", "event__snapshot", "event__omise_key",
        "event__customer_id", "event__created_at", schema={"type": "string"},
    )  # fmt: skip


class EventObject(WireObject):
    """One change of an object."""

    object = Constant("event")
    id = OmiseId()
    livemode = Plain()
    location = Location("/events/{}")
    webhook_deliveries = Filled(WebhookDeliveryObject, is_list=True, model=Delivery)
    data = Computed(  # type: ignore[assignment]  # a member, not DRF's property
        data, "snapshot", "omise_key", "livemode", "customer_id", "created_at",
        schema={"type": "object", "additionalProperties": True},
    )  # fmt: skip
    key = Plain("omise_key")
    created_at = IsoTime()


class EventViewSet(OmiseViewSet):
    resource = "events"
    model = Event
    output = EventObject
    path = "/events"

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return Event.objects.exclude(omise_key="")

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        """Put on the events what became of telling endpoints of them."""
        add_deliveries(wires)


def add_deliveries(wires: Sequence[Wire]) -> None:
    """Put on events what became of telling endpoints of them in this spelling, the earlier tries first."""
    plan, by_id = WebhookDeliveryObject.plan(), {wire["id"]: wire for wire in wires}
    rows = Delivery.objects.filter(
        event__in=[omise_ids.canonical(pk) for pk in by_id],
        endpoint__spelling=WebhookEndpoint.Spelling.OMISE,
        last_try_at__isnull=False,
    )
    for row in rows.order_by("last_try_at", "id").values_list("event_id", *plan.columns):
        event_id = omise_ids.spelled(row[0], tenancy.current().livemode)
        by_id[event_id]["webhook_deliveries"].append(plan.spell(row[1:]))


def as_omise_sends(event: Event, _pending: int) -> bytes:
    """Return an event's JSON for an endpoint: what `/omise/events` shows of it."""
    return _written(vars(event))


def _written(values: Columns) -> bytes:
    return orjson.dumps(shown_as(EventObject, values))


def _always(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda _snapshot: name
