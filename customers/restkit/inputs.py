"""What comes in: declared like a DRF serializer, read by what was sent.

Reading costs by the parameters in the request, not by those declared; a parameter nobody declared is refused by name,
and a refusal names its parameter in brackets. Absent parameters are absent from the result, so that "not sent" and
"emptied" stay apart; an empty text empties what can be emptied (fact F11).

Source: https://docs.stripe.com/api/errors (types, codes and wording).
"""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, ClassVar
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from email_validator import EmailNotValidError, validate_email
from rest_framework import serializers

from customers.kit.errors import InvalidRequest
from customers.restkit.params import MAX_DIGITS, MAX_INDEX

EMPTIED = None
"""What a field yields for an empty text, where emptying makes sense."""

MAX_NUMBER = 1e15
# What most addresses look like; the library judges all others, and would accept each of these.
_PLAIN_EMAIL = re.compile(
    r"(?=.{6,254}$)[A-Za-z0-9_+\-]{1,30}(?:\.[A-Za-z0-9_+\-]{1,30})?"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,20}[A-Za-z0-9])?\.){1,3}(?:com|org|net|io|de|fr|it|es|jp|kr|uk)"
)
_INTEGER = re.compile(rf"-?[0-9]{{1,{MAX_DIGITS}}}", re.ASCII)


class Field(ABC, serializers.Field[Any, Any, Any, Any]):
    """A parameter.

    Args:
        emptied: what an empty text or null stands for; where absent, emptying is refused.
    """

    def __init__(self, *, emptied: Any = ..., **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(**options)
        self.emptied = emptied

    def accept(self, value: Any, path: str) -> Any:
        """Return the value that the service gets.

        Raises:
            InvalidRequest: it is none of this parameter's.
        """
        if value == "" or value is None:
            if self.emptied is ...:
                raise InvalidRequest(
                    f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a "
                    f"parameter; however '{path}' cannot be unset. You should remove '{path}' from your request or "
                    "supply a non-empty value.",
                    param=path,
                    code="parameter_invalid_empty",
                )
            return self.emptied
        return self.read(value, path)

    @abstractmethod
    def read(self, value: Any, path: str) -> Any:
        """Return the service's value for one that is not empty."""


class Input(serializers.Serializer[Any]):
    """A request's parameters: declared as class attributes, read by `from_params`."""

    _declared_fields: ClassVar[dict[str, Field]]  # type: ignore[assignment,misc]  # narrower than DRF's

    @classmethod
    def from_params(cls, params: Any, path: str = "") -> dict[str, Any]:
        """Return what was sent, by the declared sources.

        Raises:
            InvalidRequest: a parameter is unknown, missing, or has a value that it cannot have.
        """
        if not isinstance(params, Mapping):
            raise InvalidRequest("Invalid object", param=path, code="parameter_invalid_object")
        fields = cls._declared_fields
        values: dict[str, Any] = {}
        for name, value in params.items():
            field = fields.get(name)
            where = f"{path}[{name}]" if path else name
            if field is None:
                raise unknown_parameter(where)
            values[field.source or name] = field.accept(value, where)
        for name in cls._required():
            if name not in params:
                where = f"{path}[{name}]" if path else name
                raise InvalidRequest(
                    f"Missing required param: {where}.", param=where, code="parameter_missing"
                )
        return values

    @classmethod
    def _required(cls) -> Sequence[str]:
        if "_required_names" not in cls.__dict__:
            cls._required_names = [
                name for name, field in cls._declared_fields.items() if field.required
            ]
        return cls._required_names

    _required_names: ClassVar[list[str]]


def unknown_parameter(path: str) -> InvalidRequest:
    """Return Stripe's refusal of a parameter that does not exist."""
    shown = path[:200]
    return InvalidRequest(
        f"Received unknown parameter: {shown}", param=shown, code="parameter_unknown"
    )


class TextField(Field, serializers.CharField):
    """Text.

    Args:
        max_length: in characters.
        pattern: what the whole text must match; `wording` says so.
    """

    def __init__(
        self,
        *,
        max_length: int = 5000,
        pattern: str = "",
        wording: str = "",
        emptied: Any = "",
        **options: Any,
    ) -> None:
        options.setdefault("required", False)
        serializers.CharField.__init__(self, max_length=max_length, **options)
        self.emptied = emptied
        self.pattern = re.compile(pattern) if pattern else None
        self.wording = wording

    def read(self, value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise InvalidRequest(
                f"Invalid string: {_shown(value)}", param=path, code="parameter_invalid_string"
            )
        if self.max_length is not None and len(value) > self.max_length:
            raise InvalidRequest(
                f"Invalid string: {_shown(value)}; must be at most {self.max_length} characters",
                param=path,
                code="parameter_invalid_string_too_long",
            )
        if self.pattern is not None and not self.pattern.fullmatch(value):
            raise InvalidRequest(f"Invalid {path}: {self.wording}", param=path)
        return value


class EmailField(TextField):
    """An email address of at most 512 characters; its form is checked, its domain is not asked for here."""

    def read(self, value: Any, path: str) -> str:
        text = super().read(value, path).strip()
        if _PLAIN_EMAIL.fullmatch(text):
            return text
        try:
            validate_email(text, check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            if not _is_merely_long(text):
                raise InvalidRequest(
                    f"Invalid email address: {text}", param=path, code="email_invalid"
                ) from error
        return text


class ChoiceField(Field, serializers.ChoiceField):
    """One of a few words."""

    def __init__(self, choices: Iterable[Any], *, emptied: Any = ..., **options: Any) -> None:
        options.setdefault("required", False)
        serializers.ChoiceField.__init__(self, choices=list(choices), **options)
        self.emptied = emptied

    def read(self, value: Any, path: str) -> str:
        if not isinstance(value, str) or value not in self.choices:
            allowed = ", ".join(str(choice) for choice in self.choices)
            raise InvalidRequest(f"Invalid {path}: must be one of {allowed}", param=path)
        return value


class IntegerField(Field, serializers.IntegerField):
    """A whole number of at most 18 digits.

    Args:
        min_value: the least that is accepted.
        max_value: the most that is accepted.
    """

    def __init__(
        self,
        *,
        min_value: int | None = None,
        max_value: int | None = None,
        emptied: Any = ...,
        **options: Any,
    ) -> None:
        options.setdefault("required", False)
        serializers.IntegerField.__init__(self, min_value=min_value, max_value=max_value, **options)
        self.emptied = emptied

    def read(self, value: Any, path: str) -> int:
        text = value if isinstance(value, str) else str(value)
        if (
            isinstance(value, bool)
            or not isinstance(value, str | int)
            or not _INTEGER.fullmatch(text)
        ):
            raise InvalidRequest(
                f"Invalid integer: {_shown(value)}", param=path, code="parameter_invalid_integer"
            )
        number = int(text)
        if self.min_value is not None and number < self.min_value:
            raise InvalidRequest(
                f"This value must be greater than or equal to {self.min_value}.",
                param=path,
                code="parameter_invalid_integer",
            )
        if self.max_value is not None and number > self.max_value:
            raise InvalidRequest(
                f"This value must be less than or equal to {self.max_value}.",
                param=path,
                code="parameter_invalid_integer",
            )
        return number


class NumberField(Field, serializers.FloatField):
    """A number, with or without a fraction."""

    def __init__(self, *, emptied: Any = ..., **options: Any) -> None:
        options.setdefault("required", False)
        serializers.FloatField.__init__(self, **options)
        self.emptied = emptied

    def read(self, value: Any, path: str) -> float:
        try:
            number = float(value) if not isinstance(value, bool | list | Mapping) else math.nan
        except ValueError:
            number = math.nan
        if not abs(number) < MAX_NUMBER:
            raise InvalidRequest(f"Invalid number: {_shown(value)}", param=path)
        return number


class BooleanField(Field, serializers.BooleanField):
    """`true` or `false`."""

    def __init__(self, *, emptied: Any = ..., **options: Any) -> None:
        options.setdefault("required", False)
        serializers.BooleanField.__init__(self, **options)
        self.emptied = emptied

    def read(self, value: Any, path: str) -> bool:
        if value is True or value == "true":
            return True
        if value is False or value == "false":
            return False
        raise InvalidRequest(
            f"Invalid boolean: {_shown(value)}", param=path, code="parameter_invalid_boolean"
        )


class TimestampField(Field, serializers.IntegerField):
    """An instant, as seconds since 1970."""

    def __init__(self, *, emptied: Any = ..., **options: Any) -> None:
        options.setdefault("required", False)
        serializers.IntegerField.__init__(self, min_value=0, max_value=253_402_300_799, **options)
        self.emptied = emptied

    def read(self, value: Any, path: str) -> datetime:
        seconds = IntegerField(min_value=0, max_value=253_402_300_799).read(value, path)
        return datetime.fromtimestamp(seconds, UTC)


class CountryField(TextField):
    """A country: a code of ISO 3166-1, or free text, as Stripe allows."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, **options)

    def read(self, value: Any, path: str) -> str:
        text = super().read(value, path).strip()
        return text.upper() if len(text) == 2 else text  # noqa: PLR2004 -- a code has two letters


class CurrencyField(TextField):
    """A currency of ISO 4217, in any letter case; yields lowercase."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("emptied", ...)
        super().__init__(max_length=3, **options)

    def read(self, value: Any, path: str) -> str:
        text = str(value).lower()
        if text.upper() not in _CURRENCIES:
            raise InvalidRequest(
                f"Invalid currency: {_shown(value)}. Give a code of ISO 4217.",
                param=path,
            )
        return text


class LocaleField(TextField):
    """A language, as an IETF tag such as `fr` or `pt-BR`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=35, **options)

    def read(self, value: Any, path: str) -> str:
        text = super().read(value, path)
        try:
            Locale.parse(text, sep="-" if "-" in text else "_")
        except (UnknownLocaleError, ValueError) as error:
            raise InvalidRequest(f"Invalid locale: {_shown(value)}", param=path) from error
        return text


class TimeZoneField(TextField):
    """A time zone, by its IANA name."""

    def read(self, value: Any, path: str) -> str:
        text = super().read(value, path)
        if text not in _TIME_ZONES:
            raise InvalidRequest(
                f"Invalid time zone: {_shown(value)}; give an IANA name", param=path
            )
        return text


class IPAddressField(TextField):
    """An IP address, of version 4 or 6."""

    def read(self, value: Any, path: str) -> str:
        text = super().read(value, path)
        try:
            return str(ip_address(text))
        except ValueError as error:
            raise InvalidRequest(f"Invalid IP address: {_shown(value)}", param=path) from error


class MetadataField(Field, serializers.DictField):
    """Up to 50 pairs of text: keys of 40 characters, values of 500; yields None when all were emptied (rule S7).

    Source: https://docs.stripe.com/api/metadata
    """

    MAX_KEYS, MAX_KEY, MAX_VALUE = 50, 40, 500

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        serializers.DictField.__init__(
            self, child=serializers.CharField(max_length=500, allow_blank=True), **options
        )
        self.emptied = EMPTIED

    def read(self, value: Any, path: str) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise InvalidRequest(
                f"Invalid hash: {_shown(value)}", param=path, code="parameter_invalid_hash"
            )
        if len(value) > self.MAX_KEYS:
            raise InvalidRequest(f"You can have up to {self.MAX_KEYS} metadata keys.", param=path)
        return {key: self._pair(key, inner, f"{path}[{key}]") for key, inner in value.items()}

    def _pair(self, key: str, value: Any, path: str) -> str:
        if not key or len(key) > self.MAX_KEY or "[" in key or "]" in key:
            raise InvalidRequest(
                f"Metadata keys have 1 to {self.MAX_KEY} characters and no square brackets; this one is "
                f"'{key[:60]}'.",
                param=path[:200],
            )
        if isinstance(value, Mapping | list):
            raise InvalidRequest("Metadata values must be texts, not hashes or lists.", param=path)
        text = "" if value is None else _as_text(value)
        if len(text) > self.MAX_VALUE:
            raise InvalidRequest(
                f"Metadata values can have up to {self.MAX_VALUE} characters, but '{key}' has {len(text)}.",
                param=path,
            )
        return text


class ValuesField(Field, serializers.DictField):
    """A hash whose values are checked elsewhere: text, numbers, booleans."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        serializers.DictField.__init__(self, **options)
        self.emptied = {}

    def read(self, value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise InvalidRequest(
                f"Invalid hash: {_shown(value)}", param=path, code="parameter_invalid_hash"
            )
        return dict(value)


class HashField(Field):
    """A hash of declared parameters.

    Args:
        of: the class that declares them.
    """

    def __init__(self, of: type[Input], *, emptied: Any = ..., **options: Any) -> None:
        super().__init__(emptied=emptied, **options)
        self.of = of

    def read(self, value: Any, path: str) -> Any:
        return self.of.from_params(value, path)


class ListField(Field):
    """A list; in brackets `name[]`, `name[0]` or, where `splits`, comma-separated.

    Args:
        of: what each element is.
        max_items: how many are accepted.
    """

    def __init__(
        self,
        of: Field,
        *,
        max_items: int = 100,
        emptied: Any = ...,
        splits: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(emptied=emptied, **options)
        self.of, self.max_items, self.splits = of, max_items, splits

    def read(self, value: Any, path: str) -> list[Any]:
        items = self._items(value, path)
        if items is None:
            raise InvalidRequest(
                f"Invalid array: {_shown(value)}", param=path, code="parameter_invalid_array"
            )
        if len(items) > self.max_items:
            raise InvalidRequest(
                f"Array contains too many elements: {self.max_items} at most.", param=path
            )
        return [self.of.accept(item, f"{path}[{position}]") for position, item in enumerate(items)]

    def _items(self, value: Any, path: str) -> list[Any] | None:
        if isinstance(value, list):
            return value
        if isinstance(value, str) and self.splits:
            return [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, Mapping) or not value or not all(map(_is_number, value)):
            return None
        for index in value:
            if len(index) > 3:  # noqa: PLR2004 -- digits of MAX_INDEX
                raise InvalidRequest(
                    f"Array indexes go up to {MAX_INDEX}.", param=f"{path}[{index}]"[:200]
                )
        return [value[index] for index in sorted(value, key=int)]


def _is_number(index: str) -> bool:
    return index.isascii() and index.isdecimal()


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else _as_text(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 -- enough to recognise it


def _is_merely_long(text: str) -> bool:
    """Tell whether an address is well-formed but for the mail system's limit of 254 characters (not Stripe's)."""
    local, at, domain = text.rpartition("@")
    if not at or len(text) <= 254:  # noqa: PLR2004 -- the limit spoken of
        return False
    return bool(re.fullmatch(r"[^\s@]+", local)) and bool(re.fullmatch(r"[^\s@]+\.[^\s@]+", domain))


_CURRENCIES = frozenset(get_global("all_currencies"))
_TIME_ZONES = frozenset(available_timezones())
