"""Stripe's webhooks: whose they are, and what they are about.

Source: https://docs.stripe.com/webhooks#verify-manually
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from payments.gateways.base import Notice, Refused
from payments.gateways.stripe import answers

_TOLERANCE = timedelta(seconds=300)
_ABOUT = {
    "payment_intent": "operation",
    "charge": "operation",
    "refund": "operation",
    "setup_intent": "setup",
}


def verify(body: bytes, header: str, secret: str, *, at: datetime) -> None:
    """Make sure that a webhook is Stripe's, and of now.

    Raises:
        Refused: it is not, or there is no secret to tell by.
    """
    if not secret:
        raise Refused("There is no webhook secret.", code="signature_invalid")
    pairs = [part.strip().partition("=")[::2] for part in header.split(",")]
    stamp = next((value for name, value in pairs if name == "t"), "")
    signed = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    given = [value for name, value in pairs if name == "v1"]
    if not any(hmac.compare_digest(signed.encode(), value.encode()) for value in given):
        raise Refused("The signature is not Stripe's.", code="signature_invalid")
    is_number = stamp.isascii() and stamp.isdigit()
    if not is_number or abs(at.timestamp() - int(stamp)) > _TOLERANCE.total_seconds():
        raise Refused("The webhook is too old.", code="signature_invalid")


def is_of_dispute(event: Mapping[str, Any]) -> bool:
    """Tell whether a dispute is what it is about."""
    return bool(event["data"]["object"].get("object") == "dispute")


def of_event(event: Mapping[str, Any]) -> Notice:
    """Return what an event is about, where it is no dispute."""
    thing = event["data"]["object"]
    kind = thing.get("object", "")
    reference = (thing.get("metadata") or {}).get("charge_ref", "")
    return Notice(
        event["id"],
        _ABOUT.get(kind, ""),
        thing.get("payment_intent") or thing["id"] if kind == "charge" else thing.get("id", ""),
        reference,
    )


def of_dispute(event: Mapping[str, Any], dispute: Mapping[str, Any]) -> Notice:
    """Return what a dispute is, as Stripe has it by now."""
    intent = dispute.get("payment_intent")
    intent = intent if isinstance(intent, Mapping) else {}
    due = (dispute.get("evidence_details") or {}).get("due_by")
    movements = dispute.get("balance_transactions") or []
    details = {
        "amount": dispute["amount"],
        "currency": dispute["currency"],
        "reason": dispute["reason"],
        "status": answers.DISPUTES.get(dispute["status"], "needs_response"),
        "evidence_due_at": datetime.fromtimestamp(due, UTC).isoformat() if due else None,
        "fee": sum(movement["fee"] for movement in movements if isinstance(movement, Mapping)),
    }
    reference = (intent.get("metadata") or {}).get("charge_ref", "")
    return Notice(event["id"], "dispute", dispute["id"], reference, details)
