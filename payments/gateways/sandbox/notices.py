"""What the sandbox tells us on its own account: kept in its outbox, signed when it is handed over."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from customers.kit import clock, ids, sealing, statements
from payments.gateways.base import Notice, Refused

HEADER = "Sandbox-Signature"
_TOLERANCE = timedelta(seconds=300)


def tell(
    account: str,
    about: str,
    *,
    gateway_reference: str,
    reference: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Put a notification into the outbox, in the transaction of what it tells of."""
    now = clock.now()
    notice_id = ids.new_in_order("sev", at=now)
    body = {
        "id": notice_id,
        "about": about,
        "gateway_reference": gateway_reference,
        "reference": reference,
        "details": dict(details or {}),
    }
    statements.execute(
        "INSERT INTO sandbox.notices (id, account, body, made_at) VALUES (%s, %s, %s, %s)",
        [notice_id, account, orjson.dumps(body).decode(), now],
    )


def waiting(limit: int = 100) -> list[tuple[str, str, bytes]]:
    """Return id, account and body of notifications that were not handed over, locked until the transaction ends."""
    rows = statements.fetch(
        "SELECT id, account, body FROM sandbox.notices WHERE delivered_at IS NULL ORDER BY made_at, id "
        "LIMIT %s FOR UPDATE SKIP LOCKED",
        [limit],
    )
    return [(row[0], row[1], row[2].encode()) for row in rows]


def delivered(notice_id: str) -> None:
    """Note that a notification was handed over."""
    statements.execute(
        "UPDATE sandbox.notices SET delivered_at = %s WHERE id = %s", [clock.now(), notice_id]
    )


def read(account: str, body: bytes, header: str, *, at: datetime) -> Notice:
    """Return what a notification says, having checked whose it is.

    Raises:
        Refused: it is not the sandbox's, or too old.
    """
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    stamp, digest = parts.get("t", ""), parts.get("v1", "")
    if not hmac.compare_digest(digest.encode(), _digest(account, stamp, body).encode()):
        raise Refused("The signature is not the sandbox's.", code="signature_invalid")
    if (
        not (stamp.isascii() and stamp.isdigit())
        or abs(at.timestamp() - int(stamp)) > _TOLERANCE.total_seconds()
    ):
        raise Refused("The notification is too old.", code="signature_invalid")
    return content(body)


def content(body: bytes) -> Notice:
    """Return what a notification says."""
    said = orjson.loads(body)
    return Notice(
        said["id"], said["about"], said["gateway_reference"], said["reference"], said["details"]
    )


def _digest(account: str, stamp: str, body: bytes) -> str:
    key = sealing.digest("sandbox notifications", account)
    return hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
