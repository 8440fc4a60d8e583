"""Parameters to be handled with care: numbers that nothing may show, addresses that browsers are sent to."""

from collections.abc import Mapping
from typing import Any

from customers.kit.errors import InvalidRequest
from customers.restkit import inputs


class SecretField(inputs.TextField):
    """A number that no answer, log or traceback may show."""

    def read(self, value: Any, path: str) -> str:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or len(text) > (self.max_length or 0):
            raise InvalidRequest(
                f"Invalid {path}: this is no such number.",
                param=path, code="parameter_invalid_string",
            )  # fmt: skip
        return text.strip()


class ReturnUrlField(inputs.TextField):
    """Where the customer comes back to: an address of the web, or of an app."""

    def __init__(self, **options: Any) -> None:
        super().__init__(emptied=..., **options)

    def read(self, value: Any, path: str) -> str:
        text = super().read(value, path)
        scheme, separator, rest = text.partition("://")
        is_plain = scheme.replace("+", "").replace("-", "").replace(".", "").isalnum()
        if (
            not (separator and rest and is_plain and text.isprintable())
            or scheme.lower() in _UNSAFE
        ):
            raise InvalidRequest(f"Invalid URL: '{text[:60]}'", param=path, code="url_invalid")
        return text


def without_numbers(params: Mapping[str, Any], *paths: str) -> dict[str, Any]:
    """Return parameters without those that are card or account numbers by right.

    Args:
        paths: such as `card.number`; what is not there is not missed.
    """
    rest = dict(params)
    for path in paths:
        head, _, tail = path.partition(".")
        inner = rest.get(head)
        if not tail:
            rest.pop(head, None)
        elif isinstance(inner, Mapping):
            rest[head] = without_numbers(inner, tail)
    return rest


_UNSAFE = {"javascript", "data", "file", "vbscript"}
