"""From a request's credentials to the key, its site and its mode."""

import base64
import time
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

from customers.kit.errors import NotFound, RateLimited
from customers.models import ApiKey
from customers.services import api_keys

_CACHE_SIZE = 10_000


@dataclass(slots=True)
class _Remembered:
    """A key, the moments until which it is trusted and from which its use is noted again, and its allowance."""

    key: ApiKey
    trusted_until: float
    note_from: float
    allowance: float
    refilled: float


_remembered: dict[str, _Remembered] = {}


def key_of(request: HttpRequest, *, at: datetime) -> ApiKey:
    """Return the key of a request, having counted the request against its rate limit.

    A key is remembered for API_KEY_CACHE_SECONDS in each process; so long may a revoked one still be accepted there.

    Raises:
        Unauthenticated: there is no key, or none that is known.
        RateLimited: the key has used up its allowance.
        NotFound: the request names another account than the key's (header `Stripe-Account`).
    """
    key = key_called(credentials(request), at=at)
    account = request.META.get("HTTP_STRIPE_ACCOUNT")
    if account and account != key.site_id:
        raise NotFound(
            f"No such account: '{account}'", param="Stripe-Account", code="account_invalid"
        )
    return key


def key_called(text: str, *, at: datetime) -> ApiKey:
    """Return the record of a key, having counted the request against its rate limit; see `key_of`.

    Raises:
        Unauthenticated: there is no key, or none that is known.
        RateLimited: the key has used up its allowance.
    """
    now = time.monotonic()
    found = _remembered.get(text)
    if found is None or found.trusted_until <= now:
        found = _remember(text, found, now, at)
    if now >= found.note_from:
        found.note_from = now + 60
        api_keys.note_use(found.key, at=at)
    if settings.API_RATE_LIMIT:
        _spend(found, now)
    return found.key


def credentials(request: HttpRequest) -> str:
    """Return the key that a request carries, by Bearer or as Basic's user name; an empty text when there is none."""
    header: str = request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except ValueError:  # no base64, or no UTF-8 in it
            return ""
    return ""


def forget() -> None:
    """Forget every remembered key, so that the next request looks its key up."""
    _remembered.clear()


def _remember(text: str, before: _Remembered | None, now: float, at: datetime) -> _Remembered:
    key = api_keys.recognise(text, at=at)
    trusted: float = settings.API_KEY_CACHE_SECONDS
    if key.expires_at is not None:
        trusted = min(trusted, (key.expires_at - at).total_seconds())
    if len(_remembered) >= _CACHE_SIZE:
        _remembered.clear()
    fresh = _Remembered(key, now + trusted, now, float(settings.API_RATE_LIMIT), now)
    if before is not None:
        fresh.note_from, fresh.allowance, fresh.refilled = (
            before.note_from,
            before.allowance,
            before.refilled,
        )
    _remembered[text] = fresh
    return fresh


def _spend(found: _Remembered, now: float) -> None:
    """Take one request off the key's allowance, which refills at the limit's rate up to one second's worth."""
    limit = settings.API_RATE_LIMIT
    found.allowance = min(limit, found.allowance + (now - found.refilled) * limit)
    found.refilled = now
    if found.allowance < 1:
        raise RateLimited(
            f"Request rate limit exceeded: {limit} requests a second are accepted for a key. Try again in a moment."
        )
    found.allowance -= 1
