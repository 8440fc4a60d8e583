"""API keys: issued, recognised, rolled, revoked; the key itself is never stored.

A key is its spelling's prefix, 32 random characters of base 62 (190 bits) and a check sum of 6, by which
secret scanners tell a real key from a likely one.
"""

import secrets
import string
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network

from django.db import transaction
from django.db.models import Q

from customers.kit import sealing
from customers.kit.errors import Forbidden, InvalidRequest, Unauthenticated
from customers.kit.tenancy import every_site
from customers.models import ApiKey, Site

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_LENGTH, _CHECK_LENGTH = 32, 6
_LEVELS = {"none": 0, "read": 1, "write": 2}
RESOURCES = (
    "account",
    "balance",
    "balance_transactions",
    "billing_portal",
    "charges",
    "checkout_sessions",
    "coupons",
    "credit_notes",
    "custom_fields",
    "customers",
    "disputes",
    "events",
    "invoices",
    "links",
    "organizations",
    "payment_intents",
    "payment_links",
    "payment_methods",
    "prices",
    "privacy",
    "products",
    "promotion_codes",
    "refunds",
    "sandbox",
    "schedules",
    "setup_intents",
    "shipping_rates",
    "subscriptions",
    "tax_rates",
    "test_clocks",
    "tokens",
    "webhook_endpoints",
)
"""What a restricted key can be given: none, read or write of each."""

_MARKS = {
    (ApiKey.Kind.SECRET, ApiKey.Spelling.STRIPE): "sk",
    (ApiKey.Kind.PUBLISHABLE, ApiKey.Spelling.STRIPE): "pk",
    (ApiKey.Kind.RESTRICTED, ApiKey.Spelling.STRIPE): "rk",
    (ApiKey.Kind.SECRET, ApiKey.Spelling.OMISE): "skey",
    (ApiKey.Kind.PUBLISHABLE, ApiKey.Spelling.OMISE): "pkey",
    # As Stripe's restricted keys begin, too: what a key may do stands in its record, not in its letters (rule C24).
    (ApiKey.Kind.SECRET, ApiKey.Spelling.REVKEEN): "rk",
}
_MODES = {
    ApiKey.Spelling.STRIPE: {True: "_live", False: "_test"},
    ApiKey.Spelling.OMISE: {True: "", False: "_test"},
    ApiKey.Spelling.REVKEEN: {True: "_live", False: "_sandbox"},
}
"""By spelling: how a key tells whether it is for live mode."""


def issue(
    site: Site,
    *,
    livemode: bool,
    kind: str,
    spelling: str = ApiKey.Spelling.STRIPE,
    name: str = "",
    permissions: Mapping[str, str] | None = None,
    allowed_ips: Sequence[str] = (),
    text: str = "",
    at: datetime,
) -> tuple[ApiKey, str]:
    """Make a key and return its record with the key itself, which nothing can show again.

    Args:
        permissions: for a restricted key, `none`, `read` or `write` by resource.
        allowed_ips: the networks from which it may be used; all when empty.
        text: the key itself where it must be a certain one (the demonstration's, made by `derived`).

    Raises:
        InvalidRequest: there is no such kind in that spelling, or a permission or network is misspelt.
    """
    text = text or f"{_prefix(kind, spelling, livemode=livemode)}_{_with_check(_random())}"
    key = ApiKey(
        id=ApiKey.new_id(),
        site=site,
        livemode=livemode,
        created_at=at,
        name=name,
        kind=kind,
        spelling=spelling,
        visible_prefix=visible_prefix(text),
        last4=text[-4:],
        digest=sealing.digest("api key", text),
        permissions=_checked_permissions(kind, permissions or {}),
        allowed_ips=_checked_networks(allowed_ips),
    )
    key.save(force_insert=True)
    return key, text


def derived(secret: str, *, kind: str, spelling: str, livemode: bool) -> str:
    """Return the key that belongs to a secret: the same one each time, so that it need not be stored to be shown."""
    number = int.from_bytes(sealing.digest(f"{kind} {spelling} {livemode}", secret), "big")
    letters = []
    for _ in range(_RANDOM_LENGTH):
        number, digit = divmod(number, len(_BASE62))
        letters.append(_BASE62[digit])
    return f"{_prefix(kind, spelling, livemode=livemode)}_{_with_check(''.join(letters))}"


def recognise(text: str, *, at: datetime) -> ApiKey:
    """Return the record of a key, with its site.

    Raises:
        Unauthenticated: there is no such key, or it has expired.
    """
    if not text:
        raise Unauthenticated(
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY') or as the user name of Basic auth."
        )
    with every_site():
        key = (
            ApiKey.objects.select_related("site")
            .filter(digest=sealing.digest("api key", text))
            .first()
        )
    if key is None:
        raise Unauthenticated(f"Invalid API Key provided: {masked(text)}")
    if key.expires_at is not None and key.expires_at <= at:
        raise Unauthenticated(f"Expired API Key provided: {masked(text)}", code="api_key_expired")
    return key


def note_use(key: ApiKey, *, at: datetime) -> None:
    """Keep when a key was last used, to the minute, so that a busy key costs one write a minute."""
    with every_site():
        stale = Q(last_used_at=None) | Q(last_used_at__lt=at - timedelta(minutes=1))
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=at)


def authorize(
    key: ApiKey, *, resource: str, writes: bool, ip: str = "", is_public: bool = False
) -> None:
    """Let a key through to a resource, or refuse.

    Args:
        is_public: whether a publishable key, which everybody can read in a page, is let through too.

    Raises:
        Forbidden: the key's kind, permissions or networks do not allow it.
    """
    if key.allowed_ips and not _is_within(ip, tuple(key.allowed_ips)):
        raise Forbidden(
            "This API key may not be used from this network address.", code="ip_not_allowed"
        )
    if key.kind == ApiKey.Kind.SECRET:
        return
    if key.kind == ApiKey.Kind.PUBLISHABLE:
        if is_public:
            return
        raise Forbidden(
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
            code="secret_key_required",
        )
    needed = "write" if writes else "read"
    if _LEVELS[key.permissions.get(resource, "none")] < _LEVELS[needed]:
        raise Forbidden(
            f"The provided key '{key}' does not have the required permissions for this endpoint: "
            f"it needs '{needed}' on '{resource}'.",
            code="more_permissions_required_for_application",
        )


def roll(key: ApiKey, *, expires_in: timedelta, at: datetime) -> tuple[ApiKey, str]:
    """Make a key like this one, and let this one expire.

    Args:
        expires_in: how long both are accepted; 7 days at most.

    Raises:
        InvalidRequest: the overlap is negative or too long, or the key has expired already.
    """
    if not timedelta(0) <= expires_in <= timedelta(days=7):
        raise InvalidRequest("A rolled key may live on for 7 days at most.", param="expires_in")
    if key.expires_at is not None and key.expires_at <= at:
        raise InvalidRequest("This key has expired already.", param="key")
    with transaction.atomic():
        successor = issue(
            key.site,
            livemode=key.livemode,
            kind=key.kind,
            spelling=key.spelling,
            name=key.name,
            permissions=key.permissions,
            allowed_ips=key.allowed_ips,
            at=at,
        )
        revoke(key, at=at + expires_in)
    return successor


def update(
    key: ApiKey, *, name: str, permissions: Mapping[str, str], allowed_ips: Sequence[str]
) -> ApiKey:
    """Change what a key is called, what it may touch, and from where.

    Args:
        permissions: as for `issue`.
        allowed_ips: as for `issue`.

    Raises:
        InvalidRequest: a permission or network is misspelt, or the key's kind has no permissions.
    """
    key.name = name
    key.permissions = _checked_permissions(key.kind, permissions)
    key.allowed_ips = _checked_networks(allowed_ips)
    key.save(update_fields=["name", "permissions", "allowed_ips"])
    return key


def revoke(key: ApiKey, *, at: datetime) -> ApiKey:
    """Let a key expire; a key that expires earlier keeps its end."""
    if key.expires_at is None or key.expires_at > at:
        key.expires_at = at
        key.save(update_fields=["expires_at"])
    return key


def find(text_or_id: str) -> ApiKey | None:
    """Return the key that was given by its id, by itself, or by the part of it that is shown."""
    with every_site():
        by_digest = Q(digest=sealing.digest("api key", text_or_id))
        found = list(ApiKey.objects.select_related("site").filter(Q(pk=text_or_id) | by_digest)[:1])
        if not found and len(text_or_id) >= len("sk_test_abcd"):
            found = list(
                ApiKey.objects.select_related("site").filter(visible_prefix=text_or_id)[:2]
            )
    return found[0] if len(found) == 1 else None


def masked(text: str) -> str:
    """Return a key so that its owner knows which one is meant and nobody else can use it."""
    if len(text) < 2 * _CHECK_LENGTH:
        return "*" * len(text)
    return f"{text[:8]}{'*' * min(len(text) - 12, 24)}{text[-4:]}"


def visible_prefix(text: str) -> str:
    """Return the part of a key that may be shown and logged: its prefix and 4 characters."""
    mark, _, rest = text.rpartition("_")
    return f"{mark}_{rest[:4]}"


def _prefix(kind: str, spelling: str, *, livemode: bool) -> str:
    try:
        mark = _MARKS[ApiKey.Kind(kind), ApiKey.Spelling(spelling)]
    except (KeyError, ValueError) as error:
        raise InvalidRequest(
            f"There are no {kind} keys in {spelling}'s spelling.", param="kind"
        ) from error
    return f"{mark}{_MODES[ApiKey.Spelling(spelling)][livemode]}"


def _random() -> str:
    return "".join(secrets.choice(_BASE62) for _ in range(_RANDOM_LENGTH))


def _with_check(random_part: str) -> str:
    number = zlib.crc32(random_part.encode())
    letters = []
    for _ in range(_CHECK_LENGTH):
        number, digit = divmod(number, len(_BASE62))
        letters.append(_BASE62[digit])
    return random_part + "".join(reversed(letters))


def _checked_permissions(kind: str, permissions: Mapping[str, str]) -> dict[str, str]:
    for resource, level in permissions.items():
        if resource not in RESOURCES or level not in _LEVELS:
            raise InvalidRequest(
                f"'{resource}: {level}' is no permission: give none, read or write of {', '.join(RESOURCES)}.",
                param="permissions",
            )
    if permissions and kind != ApiKey.Kind.RESTRICTED:
        raise InvalidRequest("Only a restricted key has permissions.", param="permissions")
    return dict(permissions)


def _checked_networks(networks: Sequence[str]) -> list[str]:
    try:
        return [str(ip_network(network)) for network in networks]
    except ValueError as error:
        raise InvalidRequest(f"Not a network address: {error}", param="allowed_ips") from error


@cache
def _networks(texts: tuple[str, ...]) -> list[object]:
    return [ip_network(text) for text in texts]


def _is_within(ip: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return any(address in network for network in _networks(networks))  # type: ignore[operator]
