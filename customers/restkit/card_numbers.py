"""The guard that keeps card numbers out of free text: names, descriptions, metadata, keys."""

import re
from typing import Any

import orjson

from customers.kit.errors import InvalidRequest
from customers.kit.scrubbing import passes_luhn

_ENOUGH_DIGITS = re.compile(rb"(?:[0-9][ -]?){13}")  # in the parameters as JSON
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_LIKELY_CARD = re.compile(r"(?<![\d.])(?:\d[ -]?){12,18}\d(?![\d.])")
# First digits of the networks' number ranges, with the lengths in use (ISO/IEC 7812, the networks' own publications).
_RANGES = re.compile(
    r"4\d{12}(?:\d{3})?(?:\d{3})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}(?:\d{3})?|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}"
)


def path_of_card_number(params: Any) -> str:
    """Return the path of the first parameter that holds what looks like a card number, or an empty text.

    Such a thing has 13 to 19 digits in one of the networks' ranges and the right check digit; of random numbers that
    begin like a card's, one in ten does too. UUIDs, as official libraries draw their idempotency keys, hold none: their
    groups of digits and hyphens would be taken for one every few thousand requests.
    """
    return _path(params, "") if _ENOUGH_DIGITS.search(orjson.dumps(params)) else ""


def check(params: Any) -> None:
    """Go on only if nothing in the parameters looks like a card number.

    Raises:
        InvalidRequest: something does; it names the parameter.
    """
    path = path_of_card_number(params)
    if path:
        raise InvalidRequest(
            f"The parameter '{path}' holds what looks like a card number. Card numbers must never be sent here; "
            "use a token. (A site's settings can switch this check off.)",
            param=path,
            code="sensitive_data_rejected",
        )


def _path(value: Any, path: str) -> str:  # noqa: C901 -- one case for each type of JSON
    if isinstance(value, str):
        return path if _holds_card(value) else ""
    if isinstance(value, dict):
        for name, inner in value.items():
            inner_path = f"{path}[{name}]" if path else name
            if _holds_card(name):
                return path or "(name)"
            if found := _path(inner, inner_path):
                return found
    if isinstance(value, list):
        for position, inner in enumerate(value):
            if found := _path(inner, f"{path}[{position}]"):
                return found
    if isinstance(value, int) and not isinstance(value, bool):
        return path if _holds_card(str(value)) else ""
    return ""


def _holds_card(text: str) -> bool:
    if len(text) < 13:  # noqa: PLR2004 -- the shortest card number
        return False
    return any(
        _RANGES.fullmatch(digits := re.sub(r"[ -]", "", match.group())) and passes_luhn(digits)
        for match in _LIKELY_CARD.finditer(_UUID.sub("x", text))
    )
