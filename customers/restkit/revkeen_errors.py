"""Errors as RevKeen spells them.

Its resources differ in what their errors hold. The library for Node shows a `message` at the top alone, so that one is
there beside (section 2 of the requirements).

Source: https://docs.revkeen.com/api-reference/openapi
"""

from collections.abc import Sequence

import orjson
from django.http import HttpResponse

from customers.kit import errors
from customers.kit.errors import DomainError
from customers.restkit.params import BodyTooLarge, LengthRequired, UnsupportedContentType

KINDS: dict[type[DomainError], tuple[int, str, str]] = {
    errors.InvalidRequest: (400, "invalid_request_error", "invalid_request"),
    BodyTooLarge: (413, "invalid_request_error", "invalid_request"),
    LengthRequired: (411, "invalid_request_error", "invalid_request"),
    UnsupportedContentType: (400, "invalid_request_error", "invalid_request"),
    errors.NotFound: (404, "not_found_error", "not_found"),
    errors.InvalidState: (409, "invalid_request_error", "invalid_state"),
    errors.CardDeclined: (402, "card_error", "card_declined"),
    errors.Conflict: (409, "conflict_error", "conflict"),
    errors.IdempotencyMismatch: (400, "idempotency_error", "idempotency_mismatch"),
    errors.RateLimited: (429, "rate_limit_error", "rate_limited"),
    errors.Unauthenticated: (401, "authentication_error", "unauthorized"),
    errors.Forbidden: (403, "permission_error", "forbidden"),
    errors.Unavailable: (503, "api_error", "unavailable"),
    errors.GatewayUnavailable: (502, "api_error", "unavailable"),
}
"""By kind: the HTTP status, the wire's type, and the code where ours says no more."""

PLAIN = ("code", "message")
TYPED = ("type", "code", "message")
NAMING = ("type", "code", "message", "param")
"""What errors of different resources hold."""

_TAKEN = "resource_already_exists"
_OURS = {"resource_missing", "rate_limit"}  # codes that say no more than the kind does
_NAMED = {"parameter_unknown", "parameter_missing", "sensitive_data_rejected"}


def response(error: DomainError, members: Sequence[str] = PLAIN) -> HttpResponse:
    """Return the answer that tells of an error.

    Args:
        members: what the resource's errors hold.
    """
    status, type_, code = next(KINDS[kind] for kind in type(error).__mro__ if kind in KINDS)
    if error.code and error.code not in _OURS:
        code = error.code
    told = {"type": type_, "code": code, "message": message_of(error), "param": error.param}
    answer = _answer(409 if error.code == _TAKEN else status, told, members)
    if isinstance(error, errors.RateLimited):
        answer["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unavailable):
        answer["Retry-After"] = "5"
    if isinstance(error, errors.Unauthenticated):
        answer["WWW-Authenticate"] = 'Bearer realm="Keeptab"'
    return answer


def plain(
    status: int, code: str, message: str, *, type_: str = "invalid_request_error"
) -> HttpResponse:
    """Return an error that no service raised: a URL, a method, a fault of ours."""
    return _answer(status, {"type": type_, "code": code, "message": message}, TYPED)


def message_of(error: DomainError) -> str:
    """Return an error's message, with the parameter at fault where it does not name it."""
    if not error.param or error.param in error.message or error.code in _NAMED:
        return error.message
    if isinstance(error, errors.NotFound):
        return error.message
    return f"{error.message.rstrip('.')} ({error.param})."


def _answer(status: int, told: dict[str, str], members: Sequence[str]) -> HttpResponse:
    shown = {name: told[name] for name in members if told.get(name)}
    body = orjson.dumps({"error": shown, "message": told["message"]})
    return HttpResponse(body, status=status, content_type="application/json")
