"""Logs say what happened and never to whom or with which secret.

The scrubber takes card numbers, keys, credentials and mail addresses out of every line, tracebacks included.
"""

import logging
import re
from datetime import UTC, datetime

import orjson

from customers.kit import provenance

_CARD = re.compile(
    r"(?<!\d)(?<!\d\.)\d(?:[ -]?\d){11,18}(?!\d)(?!\.\d)"
)  # also at a sentence's end, or in a path
_RULES = (
    (
        re.compile(
            r"\b((?:sk|rk|pk|skey|pkey)_(?:(?:test|live|sandbox)_)?[A-Za-z0-9]{4})[A-Za-z0-9]{12,}"
        ),
        r"\1[key]",
    ),
    (re.compile(r"\b(whsec_|rk_wh_)[A-Za-z0-9+/=]+"), r"\1[secret]"),
    (re.compile(r"\b(cpt_[0-9a-z]{4})[0-9a-z]+_[0-9a-f]+"), r"\1[token]"),
    (
        re.compile(r"(?i)\b(authorization|cookie|set-cookie|x-api-key)(['\"]?\s*[:=]\s*)[^\r\n]+"),
        r"\1\2[secret]",
    ),
    (re.compile(r"(://[^:/@\s]+:)[^@\s]+(@)"), r"\1[secret]\2"),
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def scrub(text: str) -> str:
    """Return the text without card numbers, keys, credentials and mail addresses."""
    return _EMAIL.sub("[email]", scrub_secrets(text))


def scrub_secrets(text: str) -> str:
    """Return the text without card numbers, keys and credentials."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return _CARD.sub(_card, text)


def passes_luhn(digits: str) -> bool:
    """Tell whether a string of digits ends in the check digit that card numbers carry (ISO/IEC 7812-1)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 -- the sum of the two digits
    return total % 10 == 0


class ScrubbedFormatter(logging.Formatter):
    """A formatter whose output, with traceback, has been scrubbed."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


class JsonFormatter(ScrubbedFormatter):
    """A formatter that writes a JSON object on one line: what happened, by an allow-list of members, scrubbed.

    `time` (ISO 8601, UTC), `level`, `logger`, `message`, and where there is one `request_id` and `traceback`.
    """

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrub(record.getMessage()),
        }
        if request_id := _request_id(record):
            told["request_id"] = request_id
        if record.exc_info:
            told["traceback"] = scrub(self.formatException(record.exc_info))
        told = {
            name: text.encode("utf-8", "backslashreplace").decode() for name, text in told.items()
        }
        return orjson.dumps(told).decode()


def _request_id(record: logging.LogRecord) -> str:
    """Return the id of the request that is being answered: Django names the request when nobody acts any more."""
    request = getattr(record, "request", None)
    return provenance.current().request_id or getattr(request, "request_id", "")


def _card(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match.group())
    return "[card number]" if passes_luhn(digits) else match.group()
