"""Fields that several forms of the dashboard have: countries, currencies, time zones, the lines of an address."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.admin import shown
from customers.admin.forms import RuledField
from customers.models import Address
from customers.restkit import inputs

POSTAL_LABELS = {
    "line1": _("Address line 1"),
    "line2": _("Address line 2"),
    "postal_code": _("Postal code"),
    "city": _("City"),
    "state": _("State or province"),
    "country": _("Country"),
}


def countries() -> list[tuple[str, Any]]:
    """Return the choices of a country, the empty one first."""
    return [("", "\N{EM DASH}"), *shown.countries()]


def currencies() -> list[tuple[str, Any]]:
    """Return the choices of a currency, the empty one first."""
    return [("", "\N{EM DASH}"), *shown.currencies()]


@cache
def time_zones() -> list[tuple[str, Any]]:
    """Return the choices of a time zone, the empty one first."""
    return [
        ("", "\N{EM DASH}"),
        *((name, name) for name in sorted(available_timezones()) if "/" in name),
    ]


class AnyChoiceField(forms.ChoiceField):
    """A choice that keeps a value it does not offer until somebody changes it: the API takes free text as well."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(**options)

    def keep(self, value: str) -> None:
        """Offer a value as well."""
        offered: list[Any] = [*self.choices]  # type: ignore[misc]  # a list, whatever else it may be set to
        if value and value not in {code for code, _label in offered}:
            self.choices = [*offered, (value, value)]


def postal_field(column: str, label: Any) -> forms.Field:
    """Return the field for a column of an address."""
    if column == "country":
        return AnyChoiceField(label=label, choices=countries)
    length = getattr(Address._meta.get_field(column), "max_length", 0)
    return RuledField(inputs.TextField(max_length=length or 500), label=label)
