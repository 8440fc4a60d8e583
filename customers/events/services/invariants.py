"""What must hold of events and their deliveries, and how other packages say that a change has its event.

The database itself refuses these, so that nobody looks for them:

- a delivery of another site's event, two of one event at one endpoint: `same_tenant`, `delivery_once`;
- a delivery that is pending and never due, or done and still claimed: `delivery_due_while_pending`;
- an event that is inserted without its deliveries: the trigger `events_tell_endpoints`, which is looked after all the
  same, since a restore or a copy may run without triggers.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.events.models import Delivery, Event
from customers.kit import invariants
from customers.kit.invariants import SITE, TOLD_SINCE, Invariant, Severity


def register() -> None:
    """Enter ours."""
    invariants.joined.register(ours)


def ours() -> tuple[Invariant, ...]:
    """Return what must hold of events and deliveries."""
    return _OURS


def told(
    name: str,
    model: type[models.Model],
    says: Any,
    *,
    begins: Collection[str],
    first: Collection[str] = (),
    about: str = "true",
) -> Invariant:
    """Return that what became of a row has its event: that it was made, and the status that it has now.

    The events that lead to a status are those of the model's table of transitions. Where a site lets go of events after
    a while, what was made before is not looked at.

    Args:
        begins: the types of which one tells that a row was made.
        first: the statuses that a row can be made in, where others lead to them as well.
        about: the condition of the rows that it is about.
    """
    cases = " ".join(
        f"WHEN '{status}' THEN ARRAY[{_listed([*types, *(begins if status in first else ())])}]"
        for status, types in _leading(model).items()
    )
    born = f"ARRAY[{_listed(begins)}]"
    types = f"CASE it.status {cases} ELSE {born} END" if cases else born
    return Invariant(
        name,
        says,
        _("Somebody has changed the database past Keeptab, or Keeptab is wrong. Report it."),
        model,
        joins=SITE,
        broken=f"""NOT EXISTS (
            SELECT FROM events_event AS told WHERE told.object_id = split_part(it.id, '@', 1)
            AND told.site_id = it.site_id AND told.livemode = it.livemode AND told.type = ANY({types})
        )""",
        detail="concat('no event tells of ', it.status)" if cases else "'no event tells of it'",
        about=f"{TOLD_SINCE} AND ({about})",
    )


def _leading(model: type[models.Model]) -> dict[str, tuple[str, ...]]:
    """Return, by status, the types of the events that lead there; nothing of one that is reached without."""
    leading: dict[str, set[str]] = defaultdict(set)
    transitions = getattr(model, "TRANSITIONS", None)
    for (_before, after), event in transitions.table.items() if transitions else ():
        leading[after].add(event)
    return {status: tuple(sorted(types)) for status, types in leading.items() if "" not in types}


def _listed(types: Collection[str]) -> str:
    return ", ".join(f"'{type_}'" for type_ in types)


_OURS = (
    Invariant(
        "events.deliveries",
        _("Each endpoint that wants an event of the last seven days has a delivery of it."),
        _("Send the event again: on its page, or with POST /v1/events/{id}/retry."),
        Event,
        joins="""LEFT JOIN LATERAL (
            SELECT string_agg(endpoint.id, ', ') AS ids FROM events_webhookendpoint AS endpoint
            WHERE endpoint.site_id = it.site_id AND endpoint.livemode = it.livemode AND endpoint.status = 'enabled'
                AND endpoint.updated_at < it.created_at - interval '5 minutes'
                AND events_wants(endpoint.spelling, endpoint.matches, it.type, it.omise_key)
                AND NOT EXISTS (
                    SELECT FROM events_delivery AS delivery
                    WHERE delivery.event_id = it.id AND delivery.endpoint_id = endpoint.id
                )
        ) AS missing ON true""",
        broken="""missing.ids IS NOT NULL AND NOT EXISTS (
            SELECT FROM customers_customer AS customer
            WHERE customer.id = it.customer_id AND customer.test_clock_id IS NOT NULL
        )""",
        detail="concat('none for ', missing.ids)",
        # Deliveries go before their events do; so long, they are kept at least.
        about="""it.created_at <= %(at)s AND it.created_at > %(at)s - interval '7 days'
            AND it.type NOT LIKE 'test_helpers.%%'""",
    ),
    Invariant(
        "events.late_deliveries",
        _("A delivery is tried within the hour in which it is due."),
        _("See that a worker runs (manage.py doctor), and what its log says."),
        Delivery,
        joins="JOIN events_webhookendpoint AS endpoint ON endpoint.id = it.endpoint_id",
        broken="""endpoint.status <> 'enabled' OR (it.next_try_at < %(at)s - interval '1 hour'
            AND coalesce(it.claimed_until, it.next_try_at) < %(at)s - interval '1 hour')""",
        detail="concat('event ', it.event_id, ', tries ', it.tries, ', endpoint ', endpoint.status)",
        about="it.status = 'pending'",
        severity=Severity.WARNING,
    ),
)
