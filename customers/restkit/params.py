"""Parameters: query strings, form bodies with brackets and JSON bodies, as nested values of text.

This is the edge where nasty input stops: depth, size, count, encoding and shape are bounded here, before any view runs.
Brackets are parsed by qs-codec; Django and DRF know flat forms only.

Source: https://docs.stripe.com/api (form bodies with brackets).
"""

import json
import math
import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote

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
_MOST = 2**63 - 1
_USUAL_FIELDS = 50
_USUAL_LENGTH = 4_096

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_BRACKET = re.compile(r"\[([^\]\[]*)\]")
_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")
_OPTIONS = qs_codec.DecodeOptions(
    depth=MAX_BRACKETS,
    strict_depth=True,
    parameter_limit=MAX_FIELDS,
    raise_on_limit_exceeded=True,
    parse_lists=False,  # `metadata[1001]=x` is a hash; what is a list, the inputs know
)
_NEXT = "\ue000"  # stands for the nothing in `a[]`


class BodyTooLarge(InvalidRequest):
    """The body has more bytes than are read."""


class LengthRequired(InvalidRequest):
    """The body comes in chunks, whose number nobody knows yet; the server's interface cannot read it."""


class UnsupportedContentType(InvalidRequest):
    """The body is in no format that is read."""


def of_request(request: HttpRequest) -> Params:
    """Return the parameters of the query string and the body; the body's win.

    Raises:
        InvalidRequest: they cannot be read; the message says where and why.
    """
    params = of_query(request)
    if "HTTP_TRANSFER_ENCODING" in request.META:
        raise LengthRequired("Send the request body with a Content-Length, not in chunks.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal()):
        raise InvalidRequest("The length of the request body is no number.", param="Content-Length")
    if int(length) > MAX_BODY:
        raise BodyTooLarge(f"The request body has more than {MAX_BODY} bytes.")
    body = request.body
    if body:
        params |= _from_body(request, body)
    return params


def of_query(request: HttpRequest) -> Params:
    """Return the parameters of the query string.

    Raises:
        InvalidRequest: they cannot be read; the message says where and why.
    """
    query = request.META.get("QUERY_STRING", "")
    return from_form(query if query.isascii() else _reread(query)) if query else {}


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
    if not pairs:
        return {}
    names, values = zip(*pairs, strict=True)
    if _UNPRINTABLE.search("".join(names)) or _UNPRINTABLE.search("".join(values)):
        name = next(name for name, value in pairs if _UNPRINTABLE.search(name + value))
        raise InvalidRequest("A parameter holds a null character.", param=_printable(name))
    if "[" not in "".join(names):
        return _flat(pairs)
    is_usual = len(names) <= _USUAL_FIELDS and len(text) <= _USUAL_LENGTH
    shape = _shape(names) if is_usual else _shape.__wrapped__(names)
    return {name: _filled(inner, values) for name, inner in shape.items()}


def from_json(body: bytes) -> Params:
    """Read a JSON body, an object.

    Raises:
        InvalidRequest: it is malformed, too deep, not an object, or holds a value that cannot be stored.
    """
    if body.count(b":") + body.count(b"[") > MAX_PARTS:
        raise InvalidRequest("The request body has too many parts.")
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_once_each,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"Invalid JSON in the request body: {error}") from error
    if not isinstance(value, dict):
        raise InvalidRequest("The request body must be a JSON object.")
    _check_value(value, "", MAX_DEPTH)
    return value


def _reread(query: str) -> str:
    """Return a query string that came unescaped, which WSGI spells as if it were Latin-1."""
    try:
        return query.encode("latin-1").decode()
    except UnicodeError as error:
        raise InvalidRequest("The request's parameters are not valid UTF-8.") from error


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
        f"The content type '{_printable(content_type)}' is not read: send {_FORM} or {_JSON}.",
        param="Content-Type",
    )


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        raise _twice(next(name for name in names if names.count(name) > 1))
    return members


def _no_number(text: str) -> float:
    raise InvalidRequest(f"{text} is no number of JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise InvalidRequest(f"{text[:60]} is too large a number.")
    return number


def _flat(pairs: list[tuple[str, str]]) -> Params:
    params: Params = {}
    for name, value in pairs:
        if name in params:
            raise _twice(name)
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


@lru_cache(maxsize=1024)
def _shape(names: tuple[str, ...]) -> dict[str, Any]:
    """Return what these names nest to, with the place of a value where the value belongs.

    Callers send the same names again and again, so qs-codec reads each set of names once.
    """
    seen = set()
    for name in names:
        _check_brackets(name)
        if name in seen and "[]" not in name:
            raise _twice(name)
        seen.add(name)
    marked = [name.replace("[]", f"[{_NEXT}]") for name in names]
    text = "&".join(f"{quote(name, safe='')}={place}" for place, name in enumerate(marked))
    try:
        decoded = qs_codec.decode(text, _OPTIONS)
    except (IndexError, ValueError, TypeError) as error:
        raise InvalidRequest(f"The request's parameters cannot be read: {error}") from error
    return {str(name): _settled(value, str(name)) for name, value in decoded.items()}


def _settled(value: Any, param: str) -> Any:
    """Turn what qs-codec returns into dicts, lists and places alone."""
    if isinstance(value, dict) and list(value) == [_NEXT]:
        inner = value[_NEXT]
        return _settled(inner if isinstance(inner, list) else [inner], param)
    if isinstance(value, dict) and _NEXT not in value:
        return {str(name): _settled(inner, param) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_settled(inner, param) for inner in value]
    if isinstance(value, str):
        return int(value)
    # What makes qs-codec invent a value is `a[b]=1&a=2`; `a[0]=1&a[]=2` mixes as well.
    raise InvalidRequest(
        f"The parameter '{_printable(param)}' is there in ways that exclude each other.",
        param=_printable(param),
    )


def _filled(shape: Any, values: tuple[str, ...]) -> Any:
    if isinstance(shape, int):
        return values[shape]
    if isinstance(shape, dict):
        return {name: _filled(inner, values) for name, inner in shape.items()}
    return [_filled(inner, values) for inner in shape]


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
    elif isinstance(value, int) and not -_MOST <= value <= _MOST:
        raise InvalidRequest("A number is too large.", param=_printable(path))


def _twice(name: str) -> InvalidRequest:
    shown = _printable(name)
    return InvalidRequest(f"The parameter '{shown}' is there twice.", param=shown)


def _printable(name: str) -> str:
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", name)[:200]
