"""Replays: telling endpoints again of what they were told, or were never told because they were not there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from customers.events.models import Delivery, Event, WebhookEndpoint
from customers.kit import statements, tenancy
from customers.kit.errors import InvalidRequest, InvalidState

# What is on its way right now is left alone: it arrives anyway.
_AGAIN = """
    status = 'pending', tries = 0, replays = events_delivery.replays + 1, next_try_at = clock_timestamp(),
    claimed_until = NULL
"""
_IS_WANTED = """
    event.site_id = %s AND event.livemode = %s AND endpoint.site_id = event.site_id
    AND endpoint.livemode = event.livemode AND endpoint.status = 'enabled'
    AND events_wants(endpoint.spelling, endpoint.matches, event.type, event.omise_key)
"""
_IS_NOT_BEING_TOLD = """
    NOT EXISTS (
        SELECT FROM events_delivery AS claimed WHERE claimed.event_id = event.id
        AND claimed.endpoint_id = endpoint.id AND claimed.claimed_until > clock_timestamp()
    )
"""
_TELL = f"""
    INSERT INTO events_delivery (
        id, site_id, livemode, created_at, endpoint_id, event_id, status, tries, replays, next_try_at, last_response,
        last_error, earlier_tries
    )
    SELECT
        events_delivery_id(told.event_id, told.endpoint_id), told.site_id, told.livemode, %s, told.endpoint_id,
        told.event_id, 'pending', 0, 0, clock_timestamp(), '', '', '[]'
    FROM (
        SELECT event.id AS event_id, event.site_id, event.livemode, endpoint.id AS endpoint_id
        FROM events_event AS event, events_webhookendpoint AS endpoint
        WHERE {_IS_WANTED}{{more}} AND {_IS_NOT_BEING_TOLD}
        ORDER BY event.sequence, endpoint.id
        OFFSET 0
    ) AS told
    ON CONFLICT (event_id, endpoint_id) DO UPDATE SET {_AGAIN}
    WHERE events_delivery.claimed_until IS NULL OR events_delivery.claimed_until < clock_timestamp()
"""  # noqa: S608 -- our own texts
_TELL_FAILED = f"""
    UPDATE events_delivery SET {_AGAIN}
    FROM events_event AS event, events_webhookendpoint AS endpoint
    WHERE event.id = events_delivery.event_id AND endpoint.id = events_delivery.endpoint_id
    AND events_delivery.status IN ('failed', 'canceled') AND {_IS_WANTED}{{more}}
"""  # noqa: S608 -- as above
_COUNT = f"""
    SELECT count(*) FROM events_event AS event, events_webhookendpoint AS endpoint
    WHERE {_IS_WANTED}{{more}} AND {_IS_NOT_BEING_TOLD}
"""  # noqa: S608 -- as above
_COUNT_FAILED = f"""
    SELECT count(*) FROM events_delivery, events_event AS event, events_webhookendpoint AS endpoint
    WHERE event.id = events_delivery.event_id AND endpoint.id = events_delivery.endpoint_id
    AND events_delivery.status IN ('failed', 'canceled') AND {_IS_WANTED}{{more}}
"""  # noqa: S608 -- as above


def retry(event: Event, *, endpoint: WebhookEndpoint | None = None, at: datetime) -> int:
    """Tell an endpoint of an event once more, or all that are enabled and ask for such; return how many are told.

    Raises:
        InvalidState: the endpoint is disabled.
        InvalidRequest: the endpoint does not ask for such events, or none does.
    """
    if endpoint is not None and endpoint.status != WebhookEndpoint.Status.ENABLED:
        raise InvalidState(
            f"The webhook endpoint {endpoint.pk} is disabled; enable it first.",
            param="webhook_endpoint",
        )
    conditions: dict[str, Any] = {"event.id = %s": event.pk}
    if endpoint is not None:
        conditions["endpoint.id = %s"] = endpoint.pk
    with transaction.atomic(savepoint=False):
        count = _run(_TELL, conditions, at)
        if not count and not _is_on_its_way(event, endpoint):
            raise _nobody_asks(event, endpoint)
    return count


def replay(
    *,
    since: datetime,
    until: datetime,
    endpoint: WebhookEndpoint | None = None,
    types: Sequence[str] = (),
    only_failed: bool = False,
    at: datetime,
) -> int:
    """Tell an endpoint, or all that are enabled, once more of a time's events; return how many deliveries that makes.

    Args:
        since: when the first of the events happened.
        until: when no more of them happened.
        types: of which types; of all where empty.
        only_failed: whether only what was given up or canceled is told again.

    Raises:
        InvalidRequest: the time has no length.
    """
    if until <= since:
        raise InvalidRequest("The end must be later than the beginning.", param="until")
    conditions = _conditions(since, until, endpoint, types)
    with transaction.atomic(savepoint=False):
        return _run(_TELL_FAILED if only_failed else _TELL, conditions, at)


def count(
    *,
    since: datetime,
    until: datetime,
    endpoint: WebhookEndpoint | None = None,
    types: Sequence[str] = (),
    only_failed: bool = False,
) -> int:
    """Return how many deliveries `replay` would make now."""
    conditions = _conditions(since, until, endpoint, types)
    more = "".join(f" AND {condition}" for condition in conditions)
    scope = tenancy.current()
    with connection.cursor() as cursor:
        cursor.execute(
            (_COUNT_FAILED if only_failed else _COUNT).format(more=more),
            [scope.site_id, scope.livemode, *conditions.values()],
        )
        return int(cursor.fetchone()[0])


def _conditions(
    since: datetime, until: datetime, endpoint: WebhookEndpoint | None, types: Sequence[str]
) -> dict[str, Any]:
    conditions: dict[str, Any] = {"event.created_at >= %s": since, "event.created_at < %s": until}
    if tenancy.current().livemode:
        conditions["event.id >= events_least_id(%s)"] = since
    if endpoint is not None:
        conditions["endpoint.id = %s"] = endpoint.pk
    if types:
        conditions["event.type = ANY(%s)"] = list(types)
    return conditions


def _run(text: str, conditions: dict[str, Any], at: datetime) -> int:
    """Run one of the statements above, tell the sender of what it made due, and return how much that is."""
    scope = tenancy.current()
    more = "".join(f" AND {condition}" for condition in conditions)
    first = [at] if text is _TELL else []
    count = statements.execute(
        text.format(more=more), [*first, scope.site_id, scope.livemode, *conditions.values()]
    )
    if count:
        statements.execute("SELECT pg_notify(%s, '')", [Delivery.CHANNEL])
    return count


def _is_on_its_way(event: Event, endpoint: WebhookEndpoint | None) -> bool:
    pending = Delivery.objects.filter(event=event, status=Delivery.Status.PENDING)
    return pending.filter(endpoint=endpoint).exists() if endpoint else pending.exists()


def _nobody_asks(event: Event, endpoint: WebhookEndpoint | None) -> InvalidRequest:
    if endpoint is None:
        return InvalidRequest(
            f"No enabled webhook endpoint asks for events like {event.pk} ({event.type}).",
            param="id",
        )
    return InvalidRequest(
        f"The webhook endpoint {endpoint.pk} does not ask for events like {event.pk} ({event.type}).",
        param="webhook_endpoint",
    )
