"""Who acts, and through which door: kept beside every event, consent and audit entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied


class NotPermitted(PermissionDenied):
    """Who acts has no power to do this; whatever was begun is rolled back, and the page says 403."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """One act's origin.

    Args:
        door: `api`, `dashboard`, `portal`, `worker`, `command` or `gateway`.
        actor: who, readable without a look-up: an email address, or a key's visible prefix.
        request_id: the API request's id, or empty.
        idempotency_key: the API request's key, or empty.
        ip_address: where the request came from, or empty.
        operator_id: of the member of staff who acts, or None.
        reason: why, in the words of who acts, or empty.
        powers: what the origin is limited to; None where other rights say what it may do.
    """

    door: str = "command"
    actor: str = ""
    request_id: str = ""
    idempotency_key: str = ""
    ip_address: str = ""
    operator_id: int | None = None
    reason: str = ""
    powers: frozenset[str] | None = None


_acting: ContextVar[Provenance] = ContextVar("provenance", default=Provenance())  # noqa: B039 -- it is frozen


def current() -> Provenance:
    """Return the origin of what is being done."""
    return _acting.get()


@contextmanager
def acting(origin: Provenance) -> Iterator[None]:
    """Let everything inside be done in that origin's name."""
    token = _acting.set(origin)
    try:
        yield
    finally:
        _acting.reset(token)
