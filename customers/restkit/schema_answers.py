"""What every operation shares in the OpenAPI document: keys, headers, and refusals.

Source: https://docs.stripe.com/api/errors, https://docs.stripe.com/api/idempotent_requests
"""

from typing import Any

from drf_spectacular.plumbing import ResolvedComponent

from customers.restkit.schema_objects import Components, Schema
from customers.restkit.v1_errors import KINDS

_SECURITY: dict[str, Schema] = {
    "basicAuth": {
        "type": "http",
        "scheme": "basic",
        "description": "The secret key as the user name; the password stays empty.",
    },
    "bearerAuth": {
        "type": "http",
        "scheme": "bearer",
        "description": "The secret key as a bearer token.",
    },
}
_HEADERS: dict[str, Schema] = {
    "Request-Id": {
        "description": "The request's id; give it when you ask for help.",
        "required": True,
        "schema": {"type": "string", "pattern": "^req_[A-Za-z0-9]{14}$"},
    },
    "Stripe-Version": {
        "description": "The version whose shapes this answer has.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Idempotent-Replayed": {
        "description": "There when the answer is that of an earlier request with the same `Idempotency-Key`.",
        "schema": {"type": "string", "const": "true"},
    },
    "Retry-After": {
        "description": "Seconds after which it is worth trying again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {
        "description": "How to send a key.",
        "required": True,
        "schema": {"type": "string"},
    },
}
_REFUSALS: dict[int, tuple[str, str]] = {
    400: ("bad_request", "A parameter is unknown, missing or has a value it cannot have: `param` names it."),
    401: ("unauthorized", "There is no key, or it is unknown or has expired."),
    402: ("declined", "The payment method was declined: `decline_code` says why, where its issuer does."),
    403: ("forbidden", "The key's kind, permissions or networks do not allow this."),
    404: ("not_found", "There is no such object for this key: ids of others look the same as unknown ones."),
    409: ("conflict", "Another request is at work on the same object or `Idempotency-Key`; try again."),
    411: ("length_required", "The request's body comes in chunks, without a length."),
    413: ("too_large", "The request's body is too large."),
    429: ("too_many_requests", "The key has used up its rate limit, or the object is locked; try again."),
    503: ("unavailable", "The database cannot be used right now; send the request again in a moment."),
}  # fmt: skip


def add_security(components: Components) -> list[str]:
    """Enter the ways to send a key, and return their names."""
    for name, scheme in _SECURITY.items():
        components.add(name, scheme.copy, ResolvedComponent.SECURITY_SCHEMA)
    return list(_SECURITY)


def idempotency_key(components: Components) -> Schema:
    """Return the reference to the header that makes a request safe to repeat."""

    def make() -> Schema:
        return {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "A text of your own, such as a UUID: a request that comes again with the same key and the "
            "same parameters within 24 hours gets the same answer and is not done twice.",
            "schema": {"type": "string", "maxLength": 255},
        }

    return components.add("idempotency_key", make, ResolvedComponent.PARAMETER)


def headers(components: Components, *, writes: bool, more: tuple[str, ...] = ()) -> Schema:
    """Return the headers of an answer, by name."""
    names = ["Request-Id", "Stripe-Version", *(["Idempotent-Replayed"] if writes else []), *more]
    return {
        name: components.add(name, _HEADERS[name].copy, ResolvedComponent.HEADER) for name in names
    }


def refusals(components: Components, *, writes: bool, finds: bool, pays: bool) -> Schema:
    """Return the answers to requests that are refused, by status.

    Args:
        writes: whether the operation changes something.
        finds: whether it takes the id of something that has to be there.
        pays: whether it may ask for money, or for whether a payment method is good.
    """
    left_out = {
        *(() if writes else (409, 411, 413)),
        *(() if finds else (404,)),
        *(() if pays else (402,)),
    }
    return {
        str(status): _refusal(components, status) for status in _REFUSALS if status not in left_out
    }


def _refusal(components: Components, status: int) -> Schema:
    name, description = _REFUSALS[status]
    more = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}

    def make() -> Schema:
        return {
            "description": description,
            "headers": headers(components, writes=False, more=more.get(status, ())),
            "content": {"application/json": {"schema": components.add("error", _error)}},
        }

    return components.add(name, make, ResolvedComponent.RESPONSE)


def _error() -> Schema:
    types = sorted({type_ for _status, type_ in KINDS.values()})
    members: dict[str, Any] = {
        "charge": {"type": "string", "description": "The charge that was declined."},
        "code": {"type": "string", "description": "The machine's word for what went wrong."},
        "decline_code": {"type": "string", "description": "The issuer's reason for declining."},
        "doc_url": {"type": "string", "format": "uri", "description": "More about the code."},
        "message": {"type": "string", "description": "What went wrong, for people."},
        "param": {"type": "string", "description": "The parameter at fault, in brackets."},
        "type": {"type": "string", "enum": types, "description": "The kind of error."},
    }
    return {
        "type": "object",
        "description": "A refusal.",
        "properties": {
            "error": {"type": "object", "properties": members, "required": ["message", "type"]}
        },
        "required": ["error"],
        "additionalProperties": False,
    }
