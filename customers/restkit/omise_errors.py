"""Errors as Omise spells them.

Clients of Omise tell an error by `object` alone and read `code` and `message` (rule O53), so the message names the
parameter at fault.

Source: https://docs.omise.co/api-errors
"""

import re

import orjson
from django.http import HttpResponse

from customers.kit import errors
from customers.kit.errors import DomainError
from customers.restkit import omise_ids
from customers.restkit.params import BodyTooLarge, LengthRequired, UnsupportedContentType

KINDS: dict[type[DomainError], tuple[int, str]] = {
    errors.InvalidRequest: (400, "bad_request"),
    BodyTooLarge: (413, "bad_request"),
    LengthRequired: (411, "bad_request"),
    UnsupportedContentType: (400, "bad_request"),
    errors.NotFound: (404, "not_found"),
    errors.InvalidState: (400, "bad_request"),
    errors.CardDeclined: (400, "invalid_card"),
    errors.Conflict: (409, "conflict"),
    errors.IdempotencyMismatch: (400, "bad_request"),
    errors.RateLimited: (429, "too_many_requests"),
    errors.Unauthenticated: (401, "authentication_failure"),
    errors.Forbidden: (403, "authorization_failure"),
    errors.Unavailable: (503, "service_unavailable"),
    errors.GatewayUnavailable: (502, "service_unavailable"),
}
"""By kind: the HTTP status and Omise's code."""

CODES = {
    "charge_expired_for_capture": "expired_charge",
    "charge_not_voidable": "failed_void",
    "invalid_filter": "invalid_filter",
    "invalid_page": "invalid_page",
    "invalid_scope": "invalid_scope",
    "missing": "missing_card",
    "token_already_used": "used_token",
    "token_expired": "invalid_card_token",
}
"""Omise's code where ours says more than its kind does."""

PARAMS = {
    "bank_account": "source",
    "payment_method": "card",
    "source": "card",
    "default_payment_method": "default_card",
    "default_source": "default_card",
    "invoice_settings[default_payment_method]": "default_card",
    "number": "card[number]",
    "exp_month": "card[expiration_month]",
    "exp_year": "card[expiration_year]",
    "cvc": "card[security_code]",
}
"""What Omise calls a parameter of the services."""

NOUNS = {
    "balance transaction": "transaction",
    "payment method": "card",
    "PaymentMethod": "card",
    "source": "card",
}
"""What Omise calls an object that is not there, by what services call it."""

_NAMING = {"parameter_unknown", "sensitive_data_rejected"}  # these name it as it was sent
_NO_SUCH = re.compile(r"No such ([^:']+): '([^']*)'")
_LOCATION = "https://www.omise.co/api-errors#"
_REFUSALS = (errors.InvalidRequest, errors.InvalidState)


def response(error: DomainError, *, refused_as: str = "", livemode: bool = False) -> HttpResponse:
    """Return the answer that tells of an error.

    Args:
        refused_as: Omise's code for a request that makes no sense or comes at the wrong time, where the action has one.
        livemode: how ids in the message are spelled.
    """
    status, code = next(KINDS[kind] for kind in type(error).__mro__ if kind in KINDS)
    if refused_as and code == "bad_request" and isinstance(error, _REFUSALS):
        code = refused_as
    code = CODES.get(error.code, code)
    answer = plain(status, code, message_of(error, livemode=livemode))
    if isinstance(error, errors.RateLimited):
        answer["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unavailable):
        answer["Retry-After"] = "5"
    if isinstance(error, errors.Unauthenticated):
        answer["WWW-Authenticate"] = 'Basic realm="Keeptab"'
    return answer


def plain(status: int, code: str, message: str) -> HttpResponse:
    """Return an error by its code."""
    told = {
        "object": "error",
        "location": _LOCATION + code.replace("_", "-"),
        "code": code,
        "message": message,
    }
    return HttpResponse(orjson.dumps(told), status=status, content_type="application/json")


def message_of(error: DomainError, *, livemode: bool = False) -> str:
    """Return an error's message in Omise's words, with the parameter at fault.

    Args:
        livemode: how ids in the message are spelled.
    """
    said = _NO_SUCH.sub(lambda match: _not_there(match, livemode), error.message)
    said = omise_ids.respelled(said, livemode)
    param = PARAMS.get(error.param, error.param)
    if param in {"", "id"} or param in said or error.code in _NAMING:
        return said
    return f"{said.rstrip('.')} ({param})."


def _not_there(match: re.Match[str], livemode: bool) -> str:  # noqa: FBT001 -- a column's value
    """Return that an object is not there, in the words that clients look for."""
    noun, pk = match.groups()
    if pk.partition("_")[0] in omise_ids.SPELLINGS:
        pk = omise_ids.spelled(pk, livemode)
    noun = "source" if pk.startswith("src_") else NOUNS.get(noun, noun)
    return f"{noun} {pk} was not found"
