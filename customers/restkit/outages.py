"""What callers are told while the database cannot do its part.

Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import logging

from django.db import Error, InterfaceError, InternalError, OperationalError

from customers.kit.errors import DomainError, RateLimited, Unavailable
from customers.restkit import idempotency

ERRORS = (OperationalError, InterfaceError, InternalError)
"""What Django raises; of the last only those that `is_outage` names."""

_LOCKED = "55P03"
# A server that has become a follower takes no changes, and one that waited too long for us has ended our session.
_NOT_OURS = {"25006", "25P03", "25P04"}
_log = logging.getLogger(__name__)


def is_outage(error: BaseException | None) -> bool:
    """Tell whether an error comes from the database's state rather than from what it was asked."""
    if isinstance(error, InternalError):
        return idempotency.sqlstate(error) in _NOT_OURS
    return isinstance(error, OperationalError | InterfaceError)


def refusal(error: Error) -> DomainError:
    """Return what a caller is told when the database cannot do its part."""
    state = idempotency.sqlstate(error)
    if state == _LOCKED or state in idempotency.REPEATABLE:
        return RateLimited(
            "The object is being changed by another request; try again in a moment.",
            code="lock_timeout",
        )
    _log.error("The database did not answer: %s", type(error.__cause__ or error).__name__)
    return Unavailable(
        "The database cannot be used right now. Send the request again in a moment, with the same Idempotency-Key "
        "if it changes something: what was not acknowledged may have been done all the same."
    )
