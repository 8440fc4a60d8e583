"""What customers say of themselves: name, telephone, language, time zone, business, tax ids, email."""

import re
import unicodedata
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_timezone_location
from django import forms
from django.conf import settings
from django.core.validators import validate_email
from django.utils.translation import pgettext, pgettext_lazy

from customers.kit.errors import DomainError
from customers.models import Customer, Organization
from customers.services import letters, organizations, phone_numbers, sites, tax_ids
from portal.forms.addresses import PostalForm, legal_name
from portal.forms.fields import Choice, PortalForm, Text

_LONGEST_NAME, _LONGEST_PHONE, _LONGEST_EMAIL = 250, 64, 254
_CODE = re.compile(r"[0-9]{6}")


class DetailsForm(PortalForm):
    """Name and telephone, as far as the configuration lets customers change them, language and time zone."""

    name = Text(
        label=pgettext_lazy("page", "Name"),
        max_length=_LONGEST_NAME,
        required=False,
        complete="name",
    )
    phone = Text(
        label=pgettext_lazy("page", "Phone"),
        max_length=_LONGEST_PHONE,
        required=False,
        complete="tel",
        widget=forms.TextInput(attrs={"type": "tel"}),
        help_text=pgettext_lazy("page", "With the country's code, such as +44 or +66."),
    )
    language = Choice(
        label=pgettext_lazy("page", "Language"),
        required=False,
        complete="language",
        help_text=pgettext_lazy("page", "Of these pages, and of emails and invoices."),
    )
    timezone = Choice(
        label=pgettext_lazy("page", "Time zone"),
        required=False,
    )

    def __init__(self, reader: letters.Reader, *args: Any, allowed: set[str], **kw: Any) -> None:
        """Make the form.

        Args:
            allowed: of `name` and `phone`, what customers may change.
        """
        super().__init__(reader, *args, **kw)
        for name in {"name", "phone"} - allowed:
            del self.fields[name]
        names = dict(settings.LANGUAGES)
        _choices(self, "language").choices = [
            ("", pgettext("page", "As my browser asks")),
            *((code, names[code]) for code in letters.offered(reader.site)),
        ]
        _choices(self, "timezone").choices = [
            ("", pgettext("page", "Not chosen")),
            *time_zones(reader.language),
        ]
        _choices(self, "language").keep(self.initial.get("language", ""))
        _choices(self, "timezone").keep(self.initial.get("timezone", ""))

    def clean_phone(self) -> str:
        """Return the number, which somebody could be called at."""
        typed: str = self.cleaned_data["phone"]
        country = self.reader.site.country
        if typed and not phone_numbers.normalised(typed, country=country):
            raise forms.ValidationError(
                pgettext("page", "This is no phone number. Write it with the country's code.")
            )
        return typed

    def changed(self) -> dict[str, str]:
        """Return what differs from what was shown."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    @staticmethod
    def initial_of(customer: Customer) -> dict[str, str]:
        """Return what the form shows before anything is typed."""
        return {
            "name": customer.shown_name,
            "phone": customer.phone,
            "language": customer.language,
            "timezone": customer.timezone,
        }


class BusinessForm(PostalForm):
    """A business with its legal name and address."""

    above = ("business", "legal_name")

    business = Text(
        label=pgettext_lazy("page", "Name of the business"),
        max_length=organizations.MAX_NAME,
        required=False,
        complete="organization",
        help_text=pgettext_lazy("page", "Leave it empty if you buy for yourself."),
    )
    legal_name = legal_name()
    is_optional = True

    @staticmethod
    def initial_of(organization: Organization) -> dict[str, str]:
        """Return what the form shows before anything is typed."""
        names = ("legal_name", "line1", "line2", "city", "state", "postal_code", "country")
        return {
            "business": organization.name,
            **{name: getattr(organization, name) for name in names},
        }


class TaxIdForm(PortalForm):
    """A tax id to be added."""

    kind = Choice(label=pgettext_lazy("page", "Country and type"))
    value = Text(
        label=pgettext_lazy("page", "Number"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, reader: letters.Reader, *args: Any, **kwargs: Any) -> None:
        super().__init__(reader, *args, **kwargs)
        chosen = pgettext("page", "Choose")
        _choices(self, "kind").choices = [("", chosen), *tax_types(reader.locale.language)]

    def refuse(self, error: DomainError) -> None:
        """Show a service's refusal at its field, in the page's language."""
        said = {
            "tax_id_invalid": pgettext(
                "page", "This does not look like a number of this type. Compare it."
            ),
            "resource_already_exists": pgettext("page", "You have this number already."),
            "customer_max_tax_ids": pgettext("page", "You have as many numbers as can be kept."),
        }
        self.add_error("value", said.get(error.code, pgettext("page", "This cannot be saved.")))


class EmailForm(PortalForm):
    """An address to be changed to."""

    email = Text(
        label=pgettext_lazy("page", "New email address"),
        max_length=_LONGEST_EMAIL,
        complete="email",
        widget=forms.TextInput(
            attrs={"type": "email", "inputmode": "email", "autocapitalize": "off"}
        ),
    )

    def clean_email(self) -> str:
        """Return the address, whose form is right."""
        typed: str = self.cleaned_data["email"]
        try:
            validate_email(typed)
        except forms.ValidationError as error:
            said = pgettext("page", "Write an email address, such as name@example.com.")
            raise forms.ValidationError(said) from error
        return typed

    def refuse(self, error: DomainError) -> None:
        """Show a service's refusal, in the page's language."""
        said = {
            "email_same": pgettext("page", "This is your address already."),
            "email_invalid": pgettext(
                "page", "No mail can be sent to this address. Check how it is written."
            ),
            "rate_limit": pgettext("page", "Too many codes were asked for. Try again in an hour."),
        }
        self.add_error("email", said.get(error.code, pgettext("page", "This cannot be saved.")))


class CodeForm(PortalForm):
    """The six digits that came by email."""

    code = Text(
        label=pgettext_lazy("page", "6-digit code"),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code"}
        ),
    )

    def clean_code(self) -> str:
        """Return the six digits, however they were spaced or typed."""
        typed = unicodedata.normalize("NFKC", self.cleaned_data["code"])
        digits = re.sub(r"[\s-]", "", typed)
        if not _CODE.fullmatch(digits):
            raise forms.ValidationError(pgettext("page", "The code has six digits."))
        return digits

    def refuse(self, error: DomainError) -> None:
        """Show a service's refusal, in the page's language."""
        said = {
            "code_incorrect": pgettext("page", "This code is not right."),
            "code_expired": pgettext("page", "This code is too old. Ask for another one."),
            "resource_already_exists": pgettext("page", "Another account has this address."),
        }
        self.add_error("code", said.get(error.code, pgettext("page", "This cannot be saved.")))


@cache
def time_zones(language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the time zones by continent, with the places that a language names them by."""
    locale = Locale.parse(language)
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in sites.time_zones():
        continent, _, place = name.partition("/")
        if not place or continent in {
            "Etc",
            "SystemV",
            "US",
            "Canada",
            "Brazil",
            "Chile",
            "Mexico",
        }:
            continue
        shown = get_timezone_location(ZoneInfo(name), locale=locale, return_city=True)
        groups.setdefault(continent, []).append((name, shown.replace("_", " ")))
    return [
        (continent, sorted(places, key=lambda pair: pair[1].casefold()))
        for continent, places in groups.items()
    ]


@cache
def tax_types(language: str) -> list[tuple[str, str]]:
    """Return the types of tax ids, by country as a language names it."""
    territories = Locale.parse(language).territories
    shown = []
    for kind in tax_ids.TYPES:
        country, _, name = kind.partition("_")
        place = territories.get(country.upper(), country.upper())
        shown.append((kind, f"{place} \N{EN DASH} {name.replace('_', ' ').upper()}"))
    return sorted(shown, key=lambda pair: pair[1].casefold())


def _choices(form: forms.Form, name: str) -> Choice:
    field = form.fields[name]
    assert isinstance(field, Choice)  # noqa: S101 -- for the type checker
    return field
