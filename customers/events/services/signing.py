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
from collections.abc import Callable, Iterable
from datetime import datetime

from customers.events.models import Event, WebhookEndpoint

Headers = dict[str, str]
_USER_AGENT = "Keeptab/1.0"
_GENERAL = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": _USER_AGENT,
    "Accept": "*/*",
}


class Signer:
    """What an endpoint's requests are signed with, made ready once for many of them.

    Args:
        secrets: those that sign, the newest first.
    """

    def __init__(self, endpoint: WebhookEndpoint, secrets: Iterable[str]) -> None:
        self._headers = _SPELLINGS[endpoint.spelling]
        self._keys = [_Keys(secret) for secret in secrets]

    def headers(self, event: Event, body: bytes, *, at: datetime) -> Headers:
        """Return the headers of a try.

        Args:
            body: the very bytes that are sent.
            at: of this try; receivers refuse what is older than some minutes.
        """
        return _GENERAL | self._headers(event, body, self._keys, str(int(at.timestamp())))


class _Keys:
    """A secret as the two keys that it stands for: its letters, and what they decode to.

    A key that is ready is copied for each body: `hmac.digest` is as fast, but lets go of the interpreter's lock each
    time, and waiting for that with other threads takes several times what it computes.
    """

    def __init__(self, secret: str) -> None:
        self._letters = hmac.new(secret.encode(), digestmod="sha256")
        self._decoded = hmac.new(_decoded(secret), digestmod="sha256")

    def of_letters(self, before: str, body: bytes) -> str:
        return _signed(self._letters, before, body).hexdigest()

    def of_decoded(self, before: str, body: bytes) -> bytes:
        return _signed(self._decoded, before, body).digest()


def _stripe(event: Event, body: bytes, keys: list[_Keys], time: str) -> Headers:
    return {"Stripe-Signature": _timed(body, keys, time), **_standard(event, body, keys, time)}


def _omise(event: Event, body: bytes, keys: list[_Keys], time: str) -> Headers:
    signed = [key.of_decoded(time, body).hex() for key in keys]
    named = {"Omise-Signature": ",".join(signed), "Omise-Signature-Timestamp": time}
    return named | _standard(event, body, keys, time)


def _revkeen(event: Event, body: bytes, keys: list[_Keys], time: str) -> Headers:
    signature = _timed(body, keys, time)
    return {
        "X-Revkeen-Signature": signature,
        "x-rk-signature": signature,
        "X-Revkeen-Version": event.api_version,
        "X-Revkeen-Account": event.site_id,
        "X-Revkeen-Event-Id": event.pk,
        "X-Revkeen-Timestamp": time,
    }


def _standard(event: Event, body: bytes, keys: list[_Keys], time: str) -> Headers:
    before = f"{event.id}.{time}"
    signed = [
        "v1," + base64.b64encode(key.of_decoded(before, body)).decode("ascii") for key in keys
    ]
    return {
        "webhook-id": event.id,
        "webhook-timestamp": time,
        "webhook-signature": " ".join(signed),
    }


def _timed(body: bytes, keys: list[_Keys], time: str) -> str:
    return ",".join([f"t={time}", *[f"v1={key.of_letters(time, body)}" for key in keys]])


def _signed(key: hmac.HMAC, before: str, body: bytes) -> hmac.HMAC:
    signed = key.copy()
    signed.update(f"{before}.".encode())
    signed.update(body)
    return signed


def _decoded(secret: str) -> bytes:
    """Return the key that a secret's letters stand for; a secret that was brought along may be no base64."""
    text = secret.removeprefix("whsec_")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return text.encode()


_SPELLINGS: dict[str, Callable[[Event, bytes, list[_Keys], str], Headers]] = {
    WebhookEndpoint.Spelling.STRIPE: _stripe,
    WebhookEndpoint.Spelling.OMISE: _omise,
    WebhookEndpoint.Spelling.REVKEEN: _revkeen,
}
