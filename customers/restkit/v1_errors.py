"""Errors as `/v1/` spells them.

Source: https://docs.stripe.com/api/errors
"""

import orjson
from django.conf import settings
from django.http import HttpResponse

from customers.kit import errors
from customers.kit.errors import DomainError
from customers.restkit.params import BodyTooLarge, LengthRequired, UnsupportedContentType

KINDS: dict[type[DomainError], tuple[int, str]] = {
    errors.InvalidRequest: (400, "invalid_request_error"),
    BodyTooLarge: (413, "invalid_request_error"),
    LengthRequired: (411, "invalid_request_error"),
    UnsupportedContentType: (400, "invalid_request_error"),
    errors.NotFound: (404, "invalid_request_error"),
    errors.InvalidState: (400, "invalid_request_error"),
    errors.CardDeclined: (402, "card_error"),
    errors.Conflict: (409, "invalid_request_error"),
    errors.IdempotencyMismatch: (400, "idempotency_error"),
    errors.RateLimited: (429, "invalid_request_error"),
    errors.Unauthenticated: (401, "invalid_request_error"),
    errors.Forbidden: (403, "invalid_request_error"),
    errors.Unavailable: (503, "api_error"),
    errors.GatewayUnavailable: (502, "api_error"),
}
"""By kind: the HTTP status and the wire's type."""

_DOC_URL = "https://docs.stripe.com/error-codes"


def response(error: DomainError) -> HttpResponse:
    """Return the answer that tells of an error."""
    status, type_ = KINDS[type(error)] if type(error) in KINDS else _of_parent(error)
    answer = HttpResponse(body(error, type_), status=status, content_type="application/json")
    if isinstance(error, errors.RateLimited):
        answer["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unavailable):
        answer["Retry-After"] = "5"
    if isinstance(error, errors.Unauthenticated):
        answer["WWW-Authenticate"] = 'Basic realm="Keeptab"'
    return answer


def body(error: DomainError, type_: str) -> bytes:
    """Return the error as JSON."""
    members: dict[str, object] = {}
    if error.code:
        members["code"] = error.code
        members["doc_url"] = f"{_DOC_URL}/{error.code.replace('_', '-')}"
    members["message"] = error.message
    if error.param:
        members["param"] = error.param
    members["type"] = type_
    return orjson.dumps({"error": {**members, **error.extra}})


def plain(
    status: int, message: str, *, code: str = "", type_: str = "invalid_request_error"
) -> HttpResponse:
    """Return an error that no service raised: a URL, a method, a fault of ours."""
    error = DomainError(message, code=code)
    answer = HttpResponse(body(error, type_), status=status, content_type="application/json")
    answer["Stripe-Version"] = settings.API_VERSION
    return answer


def _of_parent(error: DomainError) -> tuple[int, str]:
    return next(KINDS[kind] for kind in type(error).__mro__ if kind in KINDS)
