"""What a service refuses, in words every dialect can spell. Anything else that is raised is a bug.

Each kind stands for one HTTP status and wire type per dialect; the tables are in `customers.restkit`.
"""

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """A refusal that the caller can understand and act on.

    Args:
        message: for people; names what was wrong.
        param: the parameter at fault in bracket spelling (`address[city]`), or empty.
        code: the machine's word for it, in Stripe's spelling, or empty.
        extra: further members of the wire error.
    """

    code = ""

    def __init__(
        self,
        message: str,
        *,
        param: str = "",
        code: str = "",
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code or self.code
        self.extra = extra or {}


class InvalidRequest(DomainError):
    """The request makes no sense as it stands."""


class NotFound(DomainError):
    """There is no such object, or it is another site's."""

    code = "resource_missing"


class InvalidState(DomainError):
    """The object is not in a state that allows this."""


class CardDeclined(DomainError):
    """The payment method's issuer said no."""

    code = "card_declined"


class Conflict(DomainError):
    """Something else is at work on the same thing; try again."""


class IdempotencyMismatch(DomainError):
    """An idempotency key came again with other parameters."""


class RateLimited(DomainError):
    """Too many requests.

    Args:
        retry_after: whole seconds after which it is worth trying again.
    """

    code = "rate_limit"

    def __init__(self, message: str, *, retry_after: int = 1, code: str = "") -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class Unauthenticated(DomainError):
    """No key, or none that is known."""


class Forbidden(DomainError):
    """The key is known and may not do this."""


class Unavailable(DomainError):
    """A part that this needs does not answer; nothing was changed."""


class GatewayUnavailable(Unavailable):
    """The payment gateway does not answer."""


class TryAgain(Exception):
    """A draw of lots collided: the same transaction, run again, will succeed. No answer; doors repeat the request."""
