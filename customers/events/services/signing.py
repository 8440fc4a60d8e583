"""Signatures: the headers by which a receiver knows that a body is ours, as it is, and of now.

Every valid secret signs, so that a receiver may change from the old one to the new one when it likes. The headers of
Standard Webhooks stand beside those of the endpoint's spelling, but for RevKeen's, whose secrets that standard cannot
read.

Source: https://docs.stripe.com/webhooks/signature, https://docs.omise.co/api-webhooks,
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime

from customers.events.models import Event, WebhookEndpoint

Headers = dict[str, str]
_USER_AGENT = "Keeptab/1.0"


def headers(
    event: Event, endpoint: WebhookEndpoint, body: bytes, *, secrets: Sequence[str], at: datetime
) -> Headers:
    """Return the headers of a try.

    Args:
        body: the very bytes that are sent.
        secrets: those that sign, the newest first.
        at: of this try; receivers refuse what is older than some minutes.
    """
    signed = _SPELLINGS[endpoint.spelling](event, body, secrets, str(int(at.timestamp())))
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": _USER_AGENT,
        "Accept": "*/*",
        **signed,
    }


def _stripe(event: Event, body: bytes, secrets: Sequence[str], time: str) -> Headers:
    named = {"Stripe-Signature": _timed(body, secrets, time)}
    return named | _standard(event, body, secrets, time)


def _omise(event: Event, body: bytes, secrets: Sequence[str], time: str) -> Headers:
    signed = [_digest(_decoded(secret), time, body).hex() for secret in secrets]
    named = {"Omise-Signature": ",".join(signed), "Omise-Signature-Timestamp": time}
    return named | _standard(event, body, secrets, time)


def _revkeen(event: Event, body: bytes, secrets: Sequence[str], time: str) -> Headers:
    signature = _timed(body, secrets, time)
    return {
        "X-Revkeen-Signature": signature,
        "x-rk-signature": signature,
        "X-Revkeen-Version": event.api_version,
        "X-Revkeen-Account": event.site_id,
        "X-Revkeen-Event-Id": event.pk,
        "X-Revkeen-Timestamp": time,
    }


def _standard(event: Event, body: bytes, secrets: Sequence[str], time: str) -> Headers:
    signed = [
        base64.b64encode(_digest(_decoded(secret), f"{event.pk}.{time}", body)).decode()
        for secret in secrets
    ]
    return {
        "webhook-id": event.pk,
        "webhook-timestamp": time,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signed),
    }


def _timed(body: bytes, secrets: Sequence[str], time: str) -> str:
    signed = [_digest(secret.encode(), time, body).hex() for secret in secrets]
    return ",".join([f"t={time}", *(f"v1={signature}" for signature in signed)])


def _digest(key: bytes, before: str, body: bytes) -> bytes:
    return hmac.digest(key, before.encode() + b"." + body, "sha256")


def _decoded(secret: str) -> bytes:
    """Return the key that a secret's letters stand for; a secret that was brought along may be no base64."""
    text = secret.removeprefix("whsec_")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return text.encode()


_SPELLINGS: dict[str, Callable[[Event, bytes, Sequence[str], str], Headers]] = {
    WebhookEndpoint.Spelling.STRIPE: _stripe,
    WebhookEndpoint.Spelling.OMISE: _omise,
    WebhookEndpoint.Spelling.REVKEEN: _revkeen,
}
