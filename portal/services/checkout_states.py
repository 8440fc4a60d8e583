"""Checkout sessions under their lock, and the addresses of their pages."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from customers.events.services import events
from customers.kit import sealing
from customers.kit.errors import InvalidState, NotFound
from customers.kit.tenancy import scoped_to
from customers.services import test_clocks
from portal.models import CheckoutSession

Status = CheckoutSession.Status
PaymentStatus = CheckoutSession.PaymentStatus
PATH = "/checkout/"
"""Where the pages of sessions are, below the public address."""


def get(pk: str, *, param: str = "session") -> CheckoutSession:
    """Return a session of the chosen site.

    Raises:
        NotFound: there is none.
    """
    found = rows().filter(pk=pk).first()
    if found is None:
        raise missing(pk, param=param)
    return found


def missing(pk: str, *, param: str = "session") -> NotFound:
    """Return the error for a session that is not there."""
    return NotFound(f"No such checkout.session: '{pk}'", param=param)


def rows() -> QuerySet[CheckoutSession]:
    """Return the chosen site's sessions with what their steps need."""
    return CheckoutSession.objects.select_related(
        "site", "customer", "shipping_rate", "payment_link"
    )


def locked(session: CheckoutSession) -> CheckoutSession:
    """Lock a session's row for the open transaction and return it."""
    CheckoutSession.objects.select_for_update(no_key=True).values_list("pk").get(pk=session.pk)
    row: CheckoutSession = rows().get(pk=session.pk)
    return row


def check_open(session: CheckoutSession, *, at: datetime) -> None:
    """Refuse a session that is over.

    Raises:
        InvalidState: it is complete or expired.
    """
    is_late = session.begun_at is None and session.expires_at <= now(session, at)
    if session.status != Status.OPEN or is_late:
        said = "expired" if session.status == Status.OPEN else session.status
        raise InvalidState(
            f"This Checkout Session is {said}, so nothing can be done with it any more.",
            code=f"checkout_session_{said}",
        )


def check_unbegun(session: CheckoutSession, *, at: datetime) -> None:
    """Refuse a session of which what it comes to does not change any more.

    Raises:
        InvalidState: it is over, or its payment has begun.
    """
    check_open(session, at=at)
    if session.begun_at is not None:
        raise InvalidState(
            "The payment of this Checkout Session has begun, so what it comes to cannot change any more.",
            code="checkout_session_begun",
        )


def url_of(session: CheckoutSession) -> str:
    """Return the address of a session's page."""
    return address_of(session.secret)


def address_of(secret: str) -> str:
    """Return the address of the page that has a secret."""
    return f"{settings.PUBLIC_URL}{PATH}{secret}"


def is_return(url: str) -> bool:
    """Tell whether an intent's customers come back to the page of a session."""
    return url.startswith(f"{settings.PUBLIC_URL}{PATH}")


def scope(session: CheckoutSession) -> AbstractContextManager[Any]:
    """Choose the session's site and mode."""
    return scoped_to(session.site, livemode=session.livemode)


def now(session: CheckoutSession, at: datetime) -> datetime:
    """Return what time it is for a session: its customer's test clock may say so."""
    return test_clocks.now_for(session.customer, at)


def key_of(session: CheckoutSession, act_key: str) -> str:
    """Return what tells one try to pay a session from the next: the same one finds the method that it made."""
    return sealing.digest("card of a checkout", f"{session.pk} {act_key}").hex()


def publish(what: str, session: CheckoutSession, *, at: datetime) -> None:
    """Publish an event of a session."""
    events.publish(f"checkout.session.{what}", session, at=at)
