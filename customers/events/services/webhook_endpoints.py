"""Webhook endpoints: made, changed, disabled, deleted, and their secrets rotated."""

import secrets as random
import string
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from customers.events.models import Delivery, WebhookEndpoint
from customers.events.services import event_names
from customers.kit import sealing, tenancy, web_places
from customers.kit.errors import Conflict, InvalidRequest, NotFound
from customers.models import Site

MOST_ENABLED = 16
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)
_ALPHABET = string.ascii_letters + string.digits
_SECRET_LENGTH = 44  # 261 bits; and, read as base64, 33 bytes, as verifiers of Standard Webhooks do
_SECRET_PREFIXES = {
    WebhookEndpoint.Spelling.STRIPE: "whsec_",
    WebhookEndpoint.Spelling.OMISE: "",  # its verifiers read all of it as base64
    WebhookEndpoint.Spelling.REVKEEN: "rk_wh_",
}


def rows() -> QuerySet[WebhookEndpoint]:
    """Return the chosen site's endpoints but for the deleted ones."""
    return WebhookEndpoint.objects.filter(deleted_at=None)


def get(pk: str, *, param: str = "id") -> WebhookEndpoint:
    """Return an endpoint of the chosen site.

    Raises:
        NotFound: there is none.
    """
    found = rows().filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such webhook endpoint: '{pk}'", param=param)
    return found


def create(
    *,
    url: str,
    enabled_events: Sequence[str],
    spelling: str = WebhookEndpoint.Spelling.STRIPE,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    at: datetime,
) -> tuple[WebhookEndpoint, str]:
    """Make an endpoint and return it with its secret, which is shown once.

    Args:
        enabled_events: names in the endpoint's spelling, or `*` for all.
        spelling: how bodies and headers are written; it stays as it is.

    Raises:
        InvalidRequest: the URL or a name is none, or there are as many endpoints as there may be.
    """
    scope = tenancy.current()
    secret = _new_secret(spelling)
    endpoint = WebhookEndpoint(
        id=WebhookEndpoint.new_id(), site=scope.site, livemode=scope.livemode, created_at=at,
        updated_at=at, url=_checked_url(url, livemode=scope.livemode), description=description,
        enabled_events=list(enabled_events), matches=event_names.matches(enabled_events, spelling),
        spelling=spelling, api_version=settings.API_VERSION, metadata=dict(metadata or {}),
        sealed_secret=sealing.seal(secret.encode()),
    )  # fmt: skip
    with transaction.atomic(savepoint=False):
        _check_room()
        endpoint.save(force_insert=True)
    return endpoint, secret


def create_once(*, url: str, spelling: str, **details: Any) -> tuple[WebhookEndpoint, str]:
    """Make an endpoint where there is none of this spelling at the same address, as `create` does.

    Raises:
        Conflict: there is one.
        InvalidRequest: as for `create`.
    """
    with transaction.atomic(savepoint=False):
        _lock_site()
        if rows().filter(url=url, spelling=spelling).exists():
            raise Conflict(f"There is a webhook endpoint for {url} already.", param="url")
        return create(url=url, spelling=spelling, **details)


def update(
    endpoint: WebhookEndpoint, *, details: Mapping[str, Any], at: datetime
) -> WebhookEndpoint:
    """Change an endpoint.

    Args:
        details: of `url`, `description`, `enabled_events`, `metadata` (all of it) and `is_enabled` those that change.

    Raises:
        NotFound: it was deleted meanwhile.
        InvalidRequest: as for `create`.
    """
    with transaction.atomic(savepoint=False):
        row = _locked(endpoint)
        if "url" in details:
            row.url = _checked_url(details["url"], livemode=row.livemode)
        if "enabled_events" in details:
            row.enabled_events = list(details["enabled_events"])
            row.matches = event_names.matches(row.enabled_events, row.spelling)
        for name in details.keys() & {"description", "metadata"}:
            setattr(row, name, details[name])
        row.updated_at = at
        row.save(
            update_fields=[
                "url", "enabled_events", "matches", "description", "metadata", "updated_at",
            ]
        )  # fmt: skip
        if "is_enabled" in details:
            change = _enable if details["is_enabled"] else _disable_by_hand
            change(row, at=at)
    return row


def disable(
    endpoint: WebhookEndpoint, *, reason: WebhookEndpoint.Reason, at: datetime
) -> WebhookEndpoint:
    """Tell an endpoint of nothing more; what waits for it is canceled, and can be replayed.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    with transaction.atomic(savepoint=False):
        row = _locked(endpoint)
        if row.status == WebhookEndpoint.Status.ENABLED:
            row.status, row.disabled_reason = WebhookEndpoint.Status.DISABLED, reason
            row.save(update_fields=["status", "disabled_reason"])
        _cancel_pending(row, at=at)
    return row


def delete(endpoint: WebhookEndpoint, *, at: datetime) -> WebhookEndpoint:
    """Delete an endpoint: nothing finds it any more but the deliveries that were made to it.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    with transaction.atomic(savepoint=False):
        row = disable(endpoint, reason=WebhookEndpoint.Reason.MERCHANT, at=at)
        row.deleted_at = at
        row.sealed_secret, row.sealed_previous_secret, row.previous_secret_until = b"", None, None
        row.save(
            update_fields=[
                "deleted_at", "sealed_secret", "sealed_previous_secret", "previous_secret_until",
            ]
        )  # fmt: skip
    return row


def rotate_secret(
    endpoint: WebhookEndpoint, *, overlap: timedelta = OVERLAP, at: datetime
) -> tuple[WebhookEndpoint, str]:
    """Give an endpoint a new secret and return both; the old one signs beside it for a while.

    Args:
        overlap: for how long; 7 days at most. Of a secret that was still signing from an earlier rotation, no more is
            heard.

    Raises:
        NotFound: it was deleted meanwhile.
        InvalidRequest: the overlap is negative or too long.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise InvalidRequest(
            "The old secret may sign for 7 days (604800 seconds) at most.", param="expires_in"
        )
    with transaction.atomic(savepoint=False):
        row = _locked(endpoint)
        secret = _new_secret(row.spelling)
        row.sealed_previous_secret = row.sealed_secret if overlap else None
        row.previous_secret_until = at + overlap if overlap else None
        row.sealed_secret, row.updated_at = sealing.seal(secret.encode()), at
        row.save(
            update_fields=[
                "sealed_secret", "sealed_previous_secret", "previous_secret_until", "updated_at",
            ]
        )  # fmt: skip
    return row, secret


def secrets(endpoint: WebhookEndpoint, *, at: datetime) -> list[str]:
    """Return the secrets that sign now, the newest first."""
    sealed = [endpoint.sealed_secret]
    until = endpoint.previous_secret_until
    if endpoint.sealed_previous_secret is not None and until is not None and at < until:
        sealed.append(endpoint.sealed_previous_secret)
    return [sealing.unseal(bytes(value)).decode() for value in sealed]


def _locked(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    found = rows().select_for_update(no_key=True).filter(pk=endpoint.pk).first()
    if found is None:
        raise NotFound(f"No such webhook endpoint: '{endpoint.pk}'", param="id")
    return found


def _enable(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    """Tell an endpoint again, as if it had never failed."""
    if endpoint.status == WebhookEndpoint.Status.ENABLED:
        return
    _check_room()
    endpoint.status, endpoint.disabled_reason = WebhookEndpoint.Status.ENABLED, ""
    endpoint.failing_since = endpoint.warned_at = None
    endpoint.save(update_fields=["status", "disabled_reason", "failing_since", "warned_at"])


def _disable_by_hand(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    changed = disable(endpoint, reason=WebhookEndpoint.Reason.MERCHANT, at=at)
    endpoint.status, endpoint.disabled_reason = changed.status, changed.disabled_reason


def _cancel_pending(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    """Cancel what waits; what is on its way the sender records, and cancels where it would have to wait again."""
    waiting = Delivery.objects.filter(
        Q(claimed_until=None) | Q(claimed_until__lte=at),
        endpoint=endpoint,
        status=Delivery.Status.PENDING,
    )
    free = waiting.select_for_update(no_key=True, skip_locked=True).values("pk")
    Delivery.objects.filter(pk__in=free).update(
        status=Delivery.Status.CANCELED, next_try_at=None, claimed_until=None
    )


def _check_room() -> None:
    """Refuse one enabled endpoint too many; others that make one wait until the transaction ends."""
    scope = _lock_site()
    if rows().filter(status=WebhookEndpoint.Status.ENABLED).count() >= MOST_ENABLED:
        mode = "live" if scope.livemode else "test"
        raise InvalidRequest(
            f"You have reached the maximum of {MOST_ENABLED} {mode} webhook endpoints."
        )


def _lock_site() -> tenancy.Scope:
    scope = tenancy.current()
    Site.objects.select_for_update(no_key=True).get(pk=scope.site_id)
    return scope


def _checked_url(url: str, *, livemode: bool) -> str:
    """Return a URL that the sender will connect to, as far as can be told before its name is resolved."""
    if not url.startswith(("http://", "https://")):
        sentence = "an explicit scheme (such as https) must be provided."
    elif not url.isprintable():
        sentence = "it holds what no URL can."
    else:
        try:
            web_places.place_of(url, livemode=livemode)
        except web_places.Refused as refusal:
            sentence = str(refusal)
        else:
            return url
    raise InvalidRequest(f"Invalid URL: {sentence}", param="url", code="url_invalid")


def _new_secret(spelling: str) -> str:
    letters = "".join(random.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    return f"{_SECRET_PREFIXES[WebhookEndpoint.Spelling(spelling)]}{letters}"
