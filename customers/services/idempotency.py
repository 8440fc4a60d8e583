"""The answers of requests that carried an idempotency key: looked up, kept, expired."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from customers.kit import sealing, statements
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


def claim(claim: Claim) -> Answer | None:
    """Take a key for the transaction that is open; return the answer when it was given before.

    Raises:
        IdempotencyMismatch: the key came before with other parameters.
        Conflict: a request with this key is at work right now.
    """
    scope = claim.scope
    lock = int.from_bytes(
        sealing.digest(f"{scope.site_id}/{scope.livemode}", claim.key)[:4], "big", signed=True
    )
    params = [_LOCK_SPACE, lock, scope.site_id, scope.livemode, claim.key]
    ((is_ours, request_digest, status, body, request_id),) = statements.fetch(_CLAIM, params)
    if request_digest is not None:
        if bytes(request_digest) != claim.digest:
            raise IdempotencyMismatch(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{claim.key}' if you meant to execute a different request.",
                code="idempotency_key_in_use",
            )
        return Answer(status, sealing.unseal(bytes(body)), request_id)
    if not is_ours:
        raise Conflict(
            "There is currently another in-progress request using this idempotency key. "
            f"Try again in a moment, with the same key '{claim.key}'.",
            code="idempotency_key_in_use",
        )
    return None


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
