"""Parameters that Omise has and `/v1/` does not."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework import serializers

from customers.kit.errors import InvalidRequest
from customers.kit.whole import Whole
from customers.restkit.inputs import Field, TextField

MAX_METADATA = 15_000  # characters of JSON


class NumberOrTextField(TextField):
    """A text that clients may send as a whole number: a postal code, a telephone number."""

    def read(self, value: Any, path: str) -> str:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return super().read(str(value) if is_number else value, path)


class NotOfferedField(Field):
    """A parameter that Omise has and Keeptab does not offer: refused by name, with the reason.

    Args:
        reason: a clause, such as `money is paid out by the payment gateway`.
        unless: the value that asks for nothing, if there is one.
    """

    def __init__(self, reason: str, *, unless: Any = ...) -> None:
        super().__init__()
        self.reason, self.unless = reason, unless

    def read(self, value: Any, path: str) -> Any:
        if self.unless is not ... and value in (self.unless, str(self.unless).lower()):
            return self.unless
        raise InvalidRequest(f"'{path}' is not offered: {self.reason}.", param=path)


class OmiseMetadataField(Field, serializers.DictField):
    """Any JSON object of up to 15,000 characters, which replaces what there was (rules O17 and C6).

    Source: https://docs.omise.co/api-introduction
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        serializers.DictField.__init__(self, **options)
        self.emptied = Whole()

    def read(self, value: Any, path: str) -> Whole:
        if not isinstance(value, Mapping):
            raise InvalidRequest("Metadata must be an object.", param=path)
        if len(orjson.dumps(value).decode()) > MAX_METADATA:
            raise InvalidRequest(f"Metadata can have up to {MAX_METADATA} characters.", param=path)
        if _holds_huge_number(value):
            raise InvalidRequest(
                f"Numbers in metadata are less than {_HUGE} either way; send greater ones as texts.",
                param=path,
            )
        return Whole(value)


_HUGE = 2**63


def _holds_huge_number(value: Any) -> bool:
    """Tell whether a number is one that the database would keep and nothing could write as JSON again."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Mapping):
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found
        elif isinstance(found, int | float) and not -_HUGE < found < _HUGE:
            return True
    return False
