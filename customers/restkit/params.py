"""Parameters: query strings, form bodies with brackets and JSON bodies, as nested values of text.

This is the edge where nasty input stops: depth, size, count, encoding and shape are bounded here, before any view runs.
Brackets are parsed by qs-codec; Django and DRF know flat forms only.

Source: https://docs.stripe.com/api (form bodies with brackets).
"""

import json
import re
from typing import Any
from urllib.parse import parse_qsl

import qs_codec
from django.http import HttpRequest

from customers.kit.errors import InvalidRequest

Params = dict[str, Any]

MAX_BODY = 262_144  # bytes
MAX_FIELDS = 1_000
MAX_PARTS = 5_000  # colons and brackets of a JSON body, those inside texts included
MAX_BRACKETS = 6
MAX_INDEX = 999
MAX_DEPTH = 20  # of JSON
MAX_DIGITS = 18  # of an integer; 2**63 has 19

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_BRACKET = re.compile(r"\[([^\]\[]*)\]")
_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")
_OPTIONS = qs_codec.DecodeOptions(
    depth=MAX_BRACKETS,
    strict_depth=True,
    list_limit=MAX_INDEX,
    parameter_limit=MAX_FIELDS,
    raise_on_limit_exceeded=True,
    parse_lists=True,
)


class BodyTooLarge(InvalidRequest):
    """The body has more bytes than are read."""


class UnsupportedContentType(InvalidRequest):
    """The body is in no format that is read."""


def of_request(request: HttpRequest) -> Params:
    """Return the parameters of the query string and the body; the body's win.

    Raises:
        InvalidRequest: they cannot be read; the message says where and why.
    """
    query = request.META.get("QUERY_STRING", "")
    params = from_form(query) if query else {}
    length = request.META.get("CONTENT_LENGTH") or 0
    if int(length) > MAX_BODY:
        raise BodyTooLarge(f"The request body has more than {MAX_BODY} bytes.")
    body = request.body
    if body:
        params |= _from_body(request, body)
    return params


def from_form(text: str) -> Params:
    """Read a query string or a form body.

    Raises:
        InvalidRequest: it has too many fields or brackets, or text that is not UTF-8.
    """
    if text.count("&") >= MAX_FIELDS:
        raise InvalidRequest(f"The request has more than {MAX_FIELDS} parameters.")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise InvalidRequest("The request's parameters are not valid UTF-8.") from error
    for name, value in pairs:
        if _UNPRINTABLE.search(value) or _UNPRINTABLE.search(name):
            raise InvalidRequest("A parameter holds a null character.", param=_printable(name))
    if not any("[" in name for name, _ in pairs):
        return _flat(pairs)
    for name, _ in pairs:
        _check_brackets(name)
    return _nested(text)


def from_json(body: bytes) -> Params:
    """Read a JSON body, an object.

    Raises:
        InvalidRequest: it is malformed, too deep, not an object, or holds a value that cannot be stored.
    """
    if body.count(b":") + body.count(b"[") > MAX_PARTS:
        raise InvalidRequest("The request body has too many parts.")
    try:
        value = json.loads(body, object_pairs_hook=_once_each, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"Invalid JSON in the request body: {error}") from error
    if not isinstance(value, dict):
        raise InvalidRequest("The request body must be a JSON object.")
    _check_value(value, "", MAX_DEPTH)
    return value


def _from_body(request: HttpRequest, body: bytes) -> Params:
    content_type = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if content_type == _JSON:
        return from_json(body)
    if content_type in {_FORM, ""}:
        try:
            return from_form(body.decode())
        except UnicodeDecodeError as error:
            raise InvalidRequest("The request body is not valid UTF-8.") from error
    raise UnsupportedContentType(
        f"The content type '{_printable(content_type)}' is not read: send {_FORM} or {_JSON}."
    )


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidRequest(
            f"The parameter '{_printable(twice)}' is there twice.", param=_printable(twice)
        )
    return members


def _no_number(text: str) -> float:
    raise InvalidRequest(f"{text} is no number of JSON.")


def _flat(pairs: list[tuple[str, str]]) -> Params:
    params: Params = {}
    for name, value in pairs:
        if name in params:
            raise InvalidRequest(
                f"The parameter '{_printable(name)}' is there twice.", param=_printable(name)
            )
        params[name] = value
    return params


def _check_brackets(name: str) -> None:
    brackets = _BRACKET.findall(name)
    if len(brackets) > MAX_BRACKETS:
        raise InvalidRequest(
            f"The parameter '{_printable(name)}' has more than {MAX_BRACKETS} brackets.",
            param=_printable(name),
        )
    if "[" in name and not re.fullmatch(r"[^\[\]]+(?:\[[^\[\]]*\])+", name):
        raise InvalidRequest(
            f"Invalid brackets in the parameter '{_printable(name)}'.", param=_printable(name)
        )
    for inner in brackets:
        if inner.isdecimal() and (len(inner) > 3 or int(inner) > MAX_INDEX):  # noqa: PLR2004 -- digits of 999
            raise InvalidRequest(
                f"The parameter '{_printable(name)}' has an index above {MAX_INDEX}.",
                param=_printable(name),
            )


def _nested(text: str) -> Params:
    try:
        decoded = qs_codec.decode(text, _OPTIONS)
    except (IndexError, ValueError, TypeError) as error:
        raise InvalidRequest(f"The request's parameters cannot be read: {error}") from error
    return {str(name): _settled(value) for name, value in decoded.items()}


def _settled(value: Any) -> Any:
    """Turn what qs-codec returns into dicts, lists and text alone."""
    if isinstance(value, dict):
        return {str(name): _settled(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_settled(inner) for inner in value]
    return value


def _check_value(value: Any, path: str, depth: int) -> None:  # noqa: C901 -- one case for each type of JSON
    if depth < 0:
        raise InvalidRequest(
            f"The request body is nested deeper than {MAX_DEPTH} levels.", param=path
        )
    if isinstance(value, dict):
        for name, inner in value.items():
            inner_path = f"{path}[{name}]" if path else name
            if _UNPRINTABLE.search(name):
                raise InvalidRequest(
                    "A parameter's name holds a null character.", param=_printable(inner_path)
                )
            _check_value(inner, inner_path, depth - 1)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            _check_value(inner, f"{path}[{position}]", depth - 1)
    elif isinstance(value, str):
        if _UNPRINTABLE.search(value):
            raise InvalidRequest("A parameter holds a null character.", param=_printable(path))
    elif isinstance(value, int | float) and len(str(value).lstrip("-")) > MAX_DIGITS + 6:
        raise InvalidRequest("A number is too large.", param=_printable(path))


def _printable(name: str) -> str:
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", name)[:200]
