"""Sessions: opened by a code, by a link or by staff; found by the browser's cookie; ended by signing out."""

import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from customers.kit import sealing
from customers.kit.errors import NotFound
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Customer, Site
from portal.models import PortalConfiguration, PortalSession

Origin = PortalSession.Origin

LINK_LIVES = timedelta(minutes=5)
"""For how long a link can be followed that a program asked for, for a customer who is about to be led there."""
IDLE = timedelta(hours=1)
"""After how long without a page a customer has to sign in again."""
LONGEST = timedelta(hours=12)
"""After how long in any case."""
FRESH = timedelta(minutes=10)
"""For how long after a code a customer may do what is sensitive."""
KEPT = timedelta(days=30)
"""For how long a session is remembered that is over, so that its link can be taken up again."""
_NOTED_EVERY = timedelta(minutes=1)


def begin(
    customer: Customer,
    *,
    origin: PortalSession.Origin,
    configuration: PortalConfiguration,
    agent: str = "",
    actor: str = "",
    at: datetime,
    **more: Any,
) -> tuple[PortalSession, str]:
    """Let a customer in, and return the session with the secret for the browser's cookie, which is shown this once.

    Args:
        agent: the browser, as people would call it.
        actor: the member of staff whose eyes these are, for sessions that only look.
        at: real time, also for a customer on a test clock.
        more: `flow`, `return_url` and `locale`, which the session goes on with.
    """
    token = new_secret()
    session = PortalSession.belonging_to(
        customer,
        customer=customer,
        configuration=configuration,
        origin=origin,
        actor=actor,
        agent=agent,
        token_hash=hash_of(token),
        is_read_only=origin == Origin.STAFF,
        verified_at=at if origin == Origin.CODE else None,
        created_at=at,
        used_at=at,
        seen_at=at,
        expires_at=at + LONGEST,
        **more,
    )
    session.save(force_insert=True)
    return session, token


def make_link(
    customer: Customer,
    *,
    configuration: PortalConfiguration,
    lives: timedelta = LINK_LIVES,
    at: datetime,
    **more: Any,
) -> tuple[PortalSession, str]:
    """Make a session that waits for its link to be followed, and return it with the link's secret.

    Args:
        lives: for how long the link can be followed.
        more: `flow`, `return_url`, `locale` and `after_expiration`, as for `begin`, and `closes_at`.
    """
    secret = new_secret()
    session = PortalSession.belonging_to(
        customer,
        customer=customer,
        configuration=configuration,
        origin=Origin.LINK,
        link_hash=_hash_of_link(secret),
        created_at=at,
        expires_at=at + lives,
        **more,
    )
    session.save(force_insert=True)
    return session, secret


def with_link(site: Site, secret: str) -> PortalSession | None:
    """Return the session that a link stands for, whether it is good or not; None where there is none at this site."""
    with every_site():
        rows = PortalSession.objects.select_related("site", "customer", "configuration")
        return rows.filter(link_hash=_hash_of_link(secret), site=site).first()


def use(session: PortalSession, *, agent: str, at: datetime) -> str:
    """Let in whoever came with a session's link, the first time and in time, and return the secret for the cookie.

    Empty where the link was used, is too old, or leads to nobody.
    """
    if session.customer.is_deleted:
        return ""
    token = new_secret()
    unused = PortalSession.objects.filter(
        pk=session.pk, used_at=None, ended_at=None, expires_at__gt=at
    )
    end = min(at + LONGEST, session.closes_at or at + LONGEST)
    is_first = unused.update(
        token_hash=hash_of(token), used_at=at, seen_at=at, agent=agent, expires_at=end
    )
    return token if is_first else ""


def with_token(slug: str, token: str) -> PortalSession | None:
    """Return the session whose secret a browser holds, whether it is over or not; None where there is none.

    Args:
        slug: of the site; a session of another one is none here.
    """
    if not token:
        return None
    with every_site():
        return (
            PortalSession.objects.select_related("site", "customer", "configuration")
            .filter(token_hash=hash_of(token), site__slug=slug)
            .first()
        )


def scope_of(session: PortalSession) -> AbstractContextManager[Any]:
    """Return a context in which the rows of a session's site and mode are chosen."""
    return scoped_to(session.site, livemode=session.livemode)


def is_open(session: PortalSession, *, at: datetime) -> bool:
    """Tell whether a session lets anybody in.

    Args:
        at: real time.
    """
    return (
        session.ended_at is None
        and session.seen_at is not None
        and at < session.expires_at
        and at < session.seen_at + IDLE
        and not session.customer.is_deleted
    )


def note(session: PortalSession, *, at: datetime) -> None:
    """Note that the browser was heard of, once a minute at most."""
    if session.seen_at is None or at - session.seen_at >= _NOTED_EVERY:
        session.seen_at = at
        session.save(update_fields=["seen_at"])


def is_fresh(session: PortalSession, *, at: datetime) -> bool:
    """Tell whether the customer typed a code just now, and so may do what is sensitive."""
    return session.verified_at is not None and at - session.verified_at < FRESH


def speak(session: PortalSession, locale: str) -> None:
    """Show the portal in another language from now on."""
    session.locale = locale
    session.save(update_fields=["locale"])


def renewed(session: PortalSession, *, at: datetime) -> tuple[PortalSession, str]:
    """Note that the customer of an open session showed again who they are; the browser gets another secret."""
    token = new_secret()
    session.token_hash, session.verified_at, session.seen_at = hash_of(token), at, at
    session.save(update_fields=["token_hash", "verified_at", "seen_at"])
    return session, token


def late(site: Site, pk: str, *, at: datetime) -> PortalSession | None:
    """Return a session whose link came too late and may be taken up by a code; None where there is none.

    Args:
        at: real time.
    """
    with every_site():
        rows = PortalSession.objects.select_related("site", "customer", "configuration")
        found = rows.filter(pk=pk, site=site).first()
    if found is None or found.customer.is_deleted:
        return None
    login = (found.after_expiration or {}).get("customer_login") or {}
    until = login.get("expires_at")
    return found if until is None or at.timestamp() < until else None


def carried_on(session: PortalSession | None) -> dict[str, Any]:
    """Return what a session goes on with that takes the place of one whose link came too late."""
    names = ("flow", "return_url", "locale")
    return {name: getattr(session, name) for name in names} if session is not None else {}


def end(session: PortalSession, *, at: datetime) -> None:
    """Sign a browser out."""
    PortalSession.objects.filter(pk=session.pk, ended_at=None).update(ended_at=at)


def of_customer(customer: Customer, *, at: datetime) -> list[PortalSession]:
    """Return the browsers in which a customer is signed in, the one last heard of first."""
    rows = PortalSession.objects.select_related("customer").filter(
        customer=customer,
        ended_at=None,
        expires_at__gt=at,
        seen_at__gt=at - IDLE,
        is_read_only=False,
    )
    return list(rows.order_by("-seen_at", "-id"))


def end_one(customer: Customer, pk: str, *, at: datetime) -> None:
    """Sign one of a customer's browsers out.

    Raises:
        NotFound: it is none of the customer's.
    """
    if not PortalSession.objects.filter(customer=customer, pk=pk).update(ended_at=at):
        raise NotFound(f"No such session: '{pk}'", param="session")


def end_all(customer: Customer, *, but: PortalSession | None = None, at: datetime) -> None:
    """Sign a customer out everywhere, and let links that were not followed lead nowhere.

    Args:
        but: the session that goes on.
    """
    rows = PortalSession.objects.filter(customer=customer, ended_at=None)
    rows.exclude(pk=but.pk if but is not None else "").update(ended_at=at)


def forget(*, at: datetime) -> int:
    """Delete sessions that were over a month ago."""
    with every_site():
        return PortalSession.objects.filter(expires_at__lt=at - KEPT).delete()[0]


def feature(session: PortalSession, name: str) -> Mapping[str, Any]:
    """Return what the portal's configuration says of a feature."""
    said: Mapping[str, Any] = session.configuration.features[name]
    return said


def _hash_of_link(secret: str) -> bytes:
    return sealing.digest("portal link", secret)


def new_secret() -> str:
    """Return 256 random bits, spelled for addresses and cookies."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return sealing.digest("portal session", secret)
