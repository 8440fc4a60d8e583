"""The answers of requests that carried an idempotency key: looked up, kept, expired.

A request that is one transaction takes its key for that transaction (`claim`), and its record comes with the answer.
One that calls a gateway is several: its record is committed first, without an answer (`take`), and gets it at the end
(`finish`). That such a request is at work is known by a lock of its database session, which is gone in the moment in
which its process is: the same request may then take over, with the same record, and go on with what it finds.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from customers.kit import sealing, sessions, statements
from customers.kit.errors import Conflict, IdempotencyMismatch
from customers.kit.statements import NewRow
from customers.kit.tenancy import Scope
from customers.models import IdempotencyRecord

_CLAIM = """
SELECT pg_try_advisory_xact_lock(%s, %s), record.request_digest, record.status, record.body, record.request_id
FROM (SELECT 1) AS one
LEFT JOIN customers_idempotencyrecord AS record
ON record.site_id = %s AND record.livemode = %s AND record.key = %s
"""
_TAKE = """
WITH locked AS MATERIALIZED (SELECT pg_try_advisory_lock(%s, %s) AS is_ours),
taken AS (
    INSERT INTO customers_idempotencyrecord AS record
        (site_id, livemode, key, request_digest, request_id, status, body, created_at)
    SELECT %s, %s, %s, %s, %s, 0, '', %s FROM locked WHERE is_ours
    ON CONFLICT ON CONSTRAINT idempotency_key_once DO UPDATE SET request_id = excluded.request_id
    WHERE record.status = 0 AND record.request_digest = excluded.request_digest
    RETURNING id
)
SELECT is_ours, (SELECT id FROM taken) FROM locked
"""
_FIND = """
SELECT request_digest, status, body, request_id FROM customers_idempotencyrecord
WHERE site_id = %s AND livemode = %s AND key = %s
"""
_FINISH = """
WITH kept AS (
    UPDATE customers_idempotencyrecord SET status = %s, body = %s, request_id = %s WHERE id = %s
)
SELECT pg_advisory_unlock(%s, %s)
"""
_FORGET = """
WITH forgotten AS (DELETE FROM customers_idempotencyrecord WHERE id = %s)
SELECT pg_advisory_unlock(%s, %s)
"""
_RELEASE = "SELECT pg_advisory_unlock(%s, %s)"
_LOCK_SPACE = 1_768_186_221  # the first of the two numbers that name our advisory locks


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered: the HTTP status, the exact bytes, and the id of the request that was."""

    status: int
    body: bytes
    request_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that may run under its key.

    Args:
        digest: tells it from others under the same key.
        request_id: its own id.
        at: when it came.
    """

    scope: Scope
    key: str
    digest: bytes
    request_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """A key that a request of several transactions has taken."""

    claim: Claim
    record_id: int

    @property
    def request_key(self) -> str:
        """The request's name: the same for one that takes over, another once the record has expired."""
        return sealing.digest("request key", str(self.record_id)).hex()


def claim(claim: Claim) -> Answer | None:
    """Take a key for the transaction that is open; return the answer when it was given before.

    Raises:
        IdempotencyMismatch: the key came before with other parameters.
        Conflict: a request with this key is at work right now.
    """
    params = [*_lock(claim), *_name(claim)]
    ((is_ours, *record),) = statements.fetch(_CLAIM, params)
    if record[0] is not None:
        return _stored(claim, *record)
    if not is_ours:
        raise _at_work(claim)
    return None


def take(claim: Claim) -> Taken | Answer:
    """Take a key for a request of several transactions, or return the answer when it was given before.

    What is taken has to be given up by `finish`, `forget` or `release`.

    Raises:
        IdempotencyMismatch: the key came before with other parameters.
        Conflict: a request with this key is at work right now.
    """
    values = [*_name(claim), claim.digest, claim.request_id, claim.at]
    params = [*_lock(claim), *values]
    ((is_ours, record_id),) = statements.fetch(_TAKE, params, alias=sessions.holder())
    if record_id is not None:
        return Taken(claim, record_id)
    try:
        rows = statements.fetch(_FIND, _name(claim))
        if not rows:
            raise _at_work(claim)
        return _stored(claim, *rows[0])
    finally:
        if is_ours:
            _end(_RELEASE, _lock(claim))
        sessions.let_go()


def finish(taken: Taken, answer: Answer) -> None:
    """Keep the answer of a request that took its key, and give the key up."""
    body = sealing.seal(answer.body)
    values = [answer.status, body, answer.request_id, taken.record_id]
    _end(_FINISH, [*values, *_lock(taken.claim)])


def forget(taken: Taken) -> None:
    """Give a key up as if it had never come: nothing was done for it."""
    _end(_FORGET, [taken.record_id, *_lock(taken.claim)])


def release(taken: Taken) -> None:
    """Give a key up without an answer: the same request may come again and go on where this one stopped."""
    _end(_RELEASE, _lock(taken.claim))


def new_request_key() -> str:
    """Return the name of a request that came without a key, for finding what it made if it has to run again."""
    return secrets.token_hex(32)


def record(claim: Claim, answer: Answer) -> NewRow:
    """Return the row that records an answer."""
    return NewRow(
        IdempotencyRecord,
        site_id=claim.scope.site_id,
        livemode=claim.scope.livemode,
        key=claim.key,
        request_digest=claim.digest,
        request_id=answer.request_id,
        status=answer.status,
        body=sealing.seal(answer.body),
        created_at=claim.at,
    )


def expire(*, at: datetime) -> int:
    """Delete the records that are too old to be replayed, and return how many they were."""
    limit = at - timedelta(hours=settings.IDEMPOTENCY_HOURS)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_idempotencyrecord WHERE created_at < %s", [limit])
        return int(cursor.rowcount)


def _end(text: str, params: list[Any]) -> None:
    """Run a statement that unlocks, in the session that has the lock."""
    try:
        statements.fetch(text, params, alias=sessions.holder())
    finally:
        sessions.let_go()


def _lock(claim: Claim) -> list[int]:
    """Return the two numbers that name the lock of a key."""
    scope = claim.scope
    digest = sealing.digest(f"{scope.site_id}/{scope.livemode}", claim.key)
    return [_LOCK_SPACE, int.from_bytes(digest[:4], "big", signed=True)]


def _name(claim: Claim) -> list[Any]:
    return [claim.scope.site_id, claim.scope.livemode, claim.key]


def _stored(claim: Claim, digest: bytes, status: int, body: bytes, request_id: str) -> Answer:
    """Return the answer that a record holds."""
    if bytes(digest) != claim.digest:
        raise IdempotencyMismatch(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{claim.key}' if you meant to execute a different request.",
            code="idempotency_key_in_use",
        )
    if status == IdempotencyRecord.UNANSWERED:
        raise _at_work(claim)
    return Answer(status, sealing.unseal(bytes(body)), request_id)


def _at_work(claim: Claim) -> Conflict:
    return Conflict(
        "There is currently another in-progress request using this idempotency key. "
        f"Try again in a moment, with the same key '{claim.key}'.",
        code="idempotency_key_in_use",
    )
