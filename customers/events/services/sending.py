"""Sending: many deliveries are claimed in one statement, and what became of them is recorded in another.

A claim is a lease on the row: whoever is killed with it loses it when it runs out, and nothing else, so that every
event arrives at least once. Only what still holds its claim is recorded.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from math import inf
from time import monotonic

import orjson
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

from customers.events.models import Delivery, Event, WebhookEndpoint
from customers.events.models.partitions import EVENTS
from customers.events.services import bodies, retries, webhook_endpoints
from customers.events.services.signing import Signer
from customers.kit import scrubbing, sealing, statements
from customers.kit.errors import NotFound
from customers.kit.partitions import month_of
from customers.kit.safe_http import Answer
from customers.kit.tenancy import every_site, scoped_to

LEASE = 30
"""Seconds for which a claimed delivery is its claimer's: until it is begun, for its request, and to record it."""
AT_ONCE = 1_000
"""How many are claimed in one statement at most."""
_GONE = 410
_FIRST_TRIES = timedelta(days=5)
_FEW = 8  # how many of an endpoint's are claimed that the caller says nothing of
Status = Delivery.Status
Outcome = dict[str, object]
_log = logging.getLogger(__name__)

# The endpoints with something pending are found one by one at the head of the index, so that one with a million
# deliveries costs as much as one with a single one. Where there is not room for all, each gets its share.
_CLAIM = """
    WITH RECURSIVE busy(endpoint_id) AS (
        (
            SELECT endpoint_id FROM events_delivery WHERE status = 'pending' AND event_id >= %(since)s
            ORDER BY endpoint_id LIMIT 1
        )
        UNION ALL
        SELECT (
            SELECT next.endpoint_id FROM events_delivery AS next
            WHERE next.status = 'pending' AND next.event_id >= %(since)s AND next.endpoint_id > busy.endpoint_id
            ORDER BY next.endpoint_id LIMIT 1
        )
        FROM busy WHERE busy.endpoint_id IS NOT NULL
    ),
    lane AS (
        SELECT endpoint.id, least(coalesce(known.room, %(few)s), greatest(1, %(most)s / count(*) OVER ())) AS room
        FROM busy
        JOIN events_webhookendpoint AS endpoint ON endpoint.id = busy.endpoint_id AND endpoint.status = 'enabled'
        LEFT JOIN unnest(%(lanes)s::text[], %(rooms)s::int[]) AS known(endpoint_id, room)
            ON known.endpoint_id = endpoint.id
        WHERE known.room IS DISTINCT FROM 0
        ORDER BY random()
    ),
    free AS (
        SELECT due.event_id, due.endpoint_id FROM lane CROSS JOIN LATERAL (
            SELECT event_id, endpoint_id FROM events_delivery
            WHERE endpoint_id = lane.id AND status = 'pending' AND event_id >= %(since)s
            AND next_try_at <= statement_timestamp()
            AND (claimed_until IS NULL OR claimed_until <= statement_timestamp())
            ORDER BY next_try_at LIMIT lane.room FOR NO KEY UPDATE SKIP LOCKED
        ) AS due
        LIMIT %(most)s
    ),
    claimed AS (
        UPDATE events_delivery AS taken SET claimed_until = statement_timestamp() + make_interval(secs => %(lease)s)
        FROM free WHERE taken.event_id = free.event_id AND taken.endpoint_id = free.endpoint_id
        AND taken.event_id >= %(since)s
        RETURNING taken.next_try_at, taken.id, taken.event_id, taken.endpoint_id, taken.tries, taken.claimed_until
    )
    SELECT id, event_id, endpoint_id, tries, claimed_until::text FROM claimed ORDER BY next_try_at, id
"""
_EVENTS = """
    SELECT {columns}, (SELECT count(*) FROM events_delivery WHERE event_id = event.id AND status = 'pending')
    FROM events_event AS event WHERE id = ANY(%s)
"""
_GIVE_BACK = """
    UPDATE events_delivery AS given SET claimed_until = NULL
    FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS claim(event_id, id, until)
    WHERE given.event_id = claim.event_id AND given.id = claim.id AND given.claimed_until = claim.until
"""
# What happened comes as two texts of JSON: psycopg writes arrays value by value, and holds up the threads that send for
# ten times as long. Endpoints are locked first, as everywhere.
_RECORD = """
    WITH fared AS (
        UPDATE events_webhookendpoint AS endpoint SET
            last_success_at = greatest(endpoint.last_success_at, said.success),
            last_failure_at = greatest(endpoint.last_failure_at, said.failure),
            failing_since = CASE WHEN said.success IS NULL THEN coalesce(endpoint.failing_since, said.failing)
                ELSE said.failing END,
            warned_at = CASE WHEN said.success IS NULL THEN endpoint.warned_at END
        FROM json_to_recordset(%s) AS said(id text, success timestamptz, failure timestamptz, failing timestamptz)
        WHERE endpoint.id = said.id
        RETURNING 1
    )
    UPDATE events_delivery AS tried SET
        status = said.status, tries = tried.tries + 1, claimed_until = NULL,
        next_try_at = statement_timestamp() + make_interval(secs => said.wait),
        last_try_at = said.at, last_status_code = said.code, last_response = said.response, last_error = said.error,
        last_duration_ms = said.duration,
        delivered_at = CASE said.status WHEN 'succeeded' THEN coalesce(tried.delivered_at, said.at)
            ELSE tried.delivered_at END
    FROM (SELECT count(*) FROM fared) AS first, json_to_recordset(%s) AS said(
        event text, id text, claim timestamptz, status text, wait float8, at timestamptz, code int, response text,
        error text, duration int
    )
    WHERE tried.event_id = said.event AND tried.id = said.id AND tried.claimed_until = said.claim
"""
_CANCEL = """
    UPDATE events_delivery AS late SET status = 'canceled', next_try_at = NULL, claimed_until = NULL
    FROM events_webhookendpoint AS endpoint
    WHERE endpoint.id = late.endpoint_id AND endpoint.status = 'disabled' AND late.status = 'pending'
    AND (late.claimed_until IS NULL OR late.claimed_until <= statement_timestamp())
"""


@dataclass(frozen=True, slots=True)
class Errand:
    """A delivery that is ours to try, and all that trying it needs.

    Args:
        until: when the claim runs out; it tells our claim from others.
        begin_before: of the monotonic clock; later the claim might run out on the way.
        tries: how often it was tried before.
        event: its columns of JSON are texts.
        body: None where it could not be written.
        signer: None where the endpoint's secrets cannot be read.
    """

    id: str
    until: datetime
    begin_before: float
    tries: int
    event: Event
    endpoint: WebhookEndpoint
    body: bytes | None
    signer: Signer | None

    @property
    def lane(self) -> str:
        return self.endpoint.pk

    @property
    def time_factor(self) -> float:
        return 1 if self.endpoint.livemode else settings.DRILL_TIME_FACTOR


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of an errand.

    Args:
        at: when it was begun.
        answer: None where there was none.
        error: why there was none, for people.
    """

    errand: Errand
    at: datetime
    duration_ms: int
    answer: Answer | None
    error: str

    @property
    def status_code(self) -> int | None:
        return self.answer.status if self.answer else None

    @property
    def is_success(self) -> bool:
        return self.answer is not None and self.answer.status // 100 == 2  # noqa: PLR2004 -- as HTTP has it

    @property
    def is_final(self) -> bool:
        """Tell whether the endpoint wants nothing more, ever."""
        return self.status_code == _GONE


def recent(*, at: datetime) -> str:
    """Return the least id of the events of which the first tries may not be over yet, and of others of their month."""
    return EVENTS.bound(month_of(at - _FIRST_TRIES))


def claim(*, most: int, rooms: Mapping[str, int], since: str = "", at: datetime) -> list[Errand]:
    """Take up what is due by the database's clock, and return it in the order in which it is due.

    Args:
        most: how much in all.
        rooms: by id, how much of an endpoint; of others a few.
        since: the least id of their events; without one, the deliveries of all months are looked through, which costs
            the more the more months are kept.
    """
    begin_before, most = monotonic() + LEASE / 2, min(most, AT_ONCE)
    rows = statements.fetch(
        _CLAIM,
        {
            "few": _FEW,
            "most": most,
            "lanes": list(rooms),
            "rooms": list(rooms.values()),
            "since": since,
            "lease": LEASE,
        },
    )
    if not rows:
        return []
    events = _events({row[1] for row in rows})
    with every_site():
        endpoints = WebhookEndpoint.objects.in_bulk({row[2] for row in rows})
    signers = {pk: _signer(endpoint, at=at) for pk, endpoint in endpoints.items()}
    until = datetime.fromisoformat(rows[0][4])
    written: dict[tuple[str, str], bytes | None] = {}
    errands = []
    for pk, event_id, endpoint_id, tries, _until in rows:
        (event, pending), endpoint = events[event_id], endpoints[endpoint_id]
        key = event_id, endpoint.spelling
        if key not in written:
            written[key] = _body(event, endpoint, pending=pending)
        body, signer = written[key], signers[endpoint_id]
        errands.append(Errand(pk, until, begin_before, tries, event, endpoint, body, signer))
    return errands


def give_back(errands: Sequence[Errand]) -> None:
    """Let others take up what was not begun."""
    if errands:
        each = [(errand.event.pk, errand.id, errand.until) for errand in errands]
        statements.execute(_GIVE_BACK, [list(column) for column in zip(*each, strict=True)])


def record(tried: Sequence[Tried]) -> float:
    """Write down what became of errands, and how their endpoints fare; an endpoint that is gone is told no more.

    Returns:
        After how many seconds the first of them is tried again; infinity where none is.
    """
    if not tried:
        return inf
    waits = [_wait(one) for one in tried]
    statements.execute(_RECORD, [_json(_health(tried)), _json(_outcomes(tried, waits))])
    gone = {one.errand.lane: one.errand.endpoint for one in tried if one.is_final}
    for endpoint in gone.values():
        _disable(endpoint, at=tried[-1].at)
    return min((wait for wait in waits if wait is not None), default=inf)


def cancel_late() -> int:
    """Cancel what disabled endpoints would still be told, and return how many deliveries it was."""
    return statements.execute(_CANCEL, [])


def _events(pks: Iterable[str]) -> dict[str, tuple[Event, int]]:
    """Return events by id, each with how many of its deliveries are pending; JSON stays the text that it is."""
    names, text = _events_text()
    found = {}
    for *values, pending in statements.fetch(text, [list(pks)]):
        event = statements.read_instance(Event, DEFAULT_DB_ALIAS, names, values)
        found[str(event.pk)] = event, pending
    return found


@cache
def _events_text() -> tuple[list[str], str]:
    fields = Event._meta.concrete_fields
    columns = ", ".join(f'event."{field.column}"' for field in fields)
    return [str(field.attname) for field in fields], _EVENTS.format(columns=columns)


def _signer(endpoint: WebhookEndpoint, *, at: datetime) -> Signer | None:
    try:
        return Signer(endpoint, webhook_endpoints.secrets(endpoint, at=at))
    except sealing.CannotUnseal:
        _log.exception("The secret of %s cannot be read", endpoint.pk)
        return None


def _body(event: Event, endpoint: WebhookEndpoint, *, pending: int) -> bytes | None:
    try:
        return bodies.body(event, endpoint, pending=pending)
    except Exception:  # noqa: BLE001 -- whatever it is, the other events go on
        _log.exception(
            "Event %s cannot be written for an endpoint of %s", event.pk, endpoint.spelling
        )
        return None


def _wait(tried: Tried) -> float | None:
    if tried.is_success or tried.is_final:
        return None
    errand = tried.errand
    return retries.wait(
        errand.tries + 1,
        livemode=errand.endpoint.livemode,
        retry_after=tried.answer.retry_after if tried.answer else "",
        at=tried.at,
    )


def _outcomes(tried: Iterable[Tried], waits: Iterable[float | None]) -> list[Outcome]:
    rows = []
    for one, wait in zip(tried, waits, strict=True):
        status = Status.FAILED if wait is None else Status.PENDING
        if one.is_success:
            status = Status.SUCCEEDED
        rows.append(
            {
                "event": one.errand.event.pk,
                "id": one.errand.id,
                "claim": one.errand.until,
                "status": status,
                "wait": wait,
                "at": one.at,
                "code": one.status_code,
                "response": _shown(one.answer.text) if one.answer else "",
                "error": one.error,
                "duration": one.duration_ms,
            }
        )
    return rows


def _json(rows: list[Outcome]) -> str:
    return orjson.dumps(rows).decode()


@lru_cache(256)
def _shown(text: str) -> str:
    """Return what is kept of an answer; most endpoints say the same each time."""
    return scrubbing.scrub(text)


def _health(tried: Iterable[Tried]) -> list[Outcome]:
    """Return, for each endpoint in the order of ids, its last success and failure, and since when it fails again."""
    successes: dict[str, datetime] = {}
    failures: dict[str, list[datetime]] = {}
    for one in tried:
        pk = one.errand.lane
        if not one.is_success:
            failures.setdefault(pk, []).append(one.at)
        elif pk not in successes or one.at > successes[pk]:
            successes[pk] = one.at
    rows: list[Outcome] = []
    for pk in sorted(successes.keys() | failures.keys()):
        success, failed = successes.get(pk), failures.get(pk, [])
        since = [at for at in failed if success is None or at > success]
        rows.append(
            {
                "id": pk,
                "success": success,
                "failure": max(failed, default=None),
                "failing": min(since, default=None),
            }
        )
    return rows


def _disable(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    with scoped_to(endpoint.site, livemode=endpoint.livemode):
        try:
            webhook_endpoints.disable(endpoint, reason=WebhookEndpoint.Reason.GONE, at=at)
        except NotFound:  # deleted meanwhile, which is as good
            return
