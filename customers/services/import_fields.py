"""What columns of a file may fill: the fields of a customer, and which column looks like which."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers.kit.errors import InvalidRequest
from customers.models import CustomField
from customers.services import custom_fields

ERROR_COLUMN = "import_error"
"""What is wrong with a row, in the file of refused rows; of a file that comes with it, it fills nothing."""


@dataclass(frozen=True, slots=True)
class Target:
    """A field that a column can fill.

    Args:
        name: as the API spells it, in brackets where it is nested.
        label: for people.
        known_as: what columns that fill it are called in the files of others, in lowercase letters and digits.
    """

    name: str
    label: str | Promise
    known_as: tuple[str, ...] = ()


def _address(prefix: str, kind: str | Promise, *words: str) -> tuple[Target, ...]:
    return tuple(
        Target(
            f"{prefix}[{column}]",
            format_lazy("{}: {}", kind, label),
            tuple(f"{word}{name}" for word in words for name in names),
        )
        for column, label, names in _POSTAL
    )


_POSTAL = (
    (
        "line1",
        _("address line 1"),
        ("line1", "address1", "addressline1", "street", "street1", "address"),
    ),
    ("line2", _("address line 2"), ("line2", "address2", "addressline2", "street2")),
    ("city", _("city"), ("city", "town", "addresscity")),
    (
        "state",
        _("state or province"),
        ("state", "province", "region", "county", "addressstate"),
    ),
    (
        "postal_code",
        _("postal code"),
        ("postalcode", "zip", "zipcode", "postcode", "addresszip", "addresspostalcode"),
    ),
    ("country", _("country"), ("country", "countrycode", "addresscountry")),
)
TARGETS: tuple[Target, ...] = (
    Target("email", _("Email"), ("emailaddress", "mail", "customeremail")),
    Target("external_id", _("External ID"), ("id", "customerid", "externalid", "reference")),
    Target("name", _("Name"), ("fullname", "customername", "customer")),
    Target("first_name", _("First name"), ("givenname", "forename")),
    Target("last_name", _("Last name"), ("surname", "familyname")),
    Target("display_name", _("Display name"), ("nickname",)),
    Target("individual_name", _("Individual name"), ("contact", "contactname", "contactperson")),
    Target("username", _("Username"), ("login", "user")),
    Target("phone", _("Phone"), ("phonenumber", "telephone", "tel", "mobile", "mobilephone")),
    Target(
        "organization",
        _("Organization"),
        ("company", "companyname", "business", "businessname", "organisation"),
    ),
    Target("description", _("Description"), ("notes", "note", "comment")),
    Target("language", _("Language"), ("lang",)),
    Target("preferred_locales", _("Languages"), ("locale", "locales")),
    Target("timezone", _("Time zone"), ("tz",)),
    Target("preferred_currency", _("Preferred currency"), ("currency",)),
    *_address("address", _("Billing address"), "", "billing", "billingaddress"),
    Target("shipping[name]", _("Shipping: name"), ("shippingname",)),
    Target("shipping[phone]", _("Shipping: phone"), ("shippingphone",)),
    *_address("shipping[address]", _("Shipping address"), "shipping", "shippingaddress"),
    Target("tax_exempt", _("Tax"), ("taxstatus",)),
    Target("tax_id_data[0][type]", _("Type of tax ID"), ("taxidtype",)),
    Target("tax_id_data[0][value]", _("Tax ID"), ("taxid", "taxidvalue", "taxnumber")),
    Target(
        "mail_marketing",
        _("Agreed to email marketing"),
        ("emailmarketing", "newsletter", "acceptsmarketing", "emailoptin"),
    ),
    Target("tele_marketing", _("Agreed to phone marketing"), ("phonemarketing", "smsmarketing")),
    Target("consent_wording", _("What was agreed to, in its words"), ("consenttext",)),
    Target("balance", _("Opening balance, in minor units"), ()),
    Target("invoice_prefix", _("Invoice prefix"), ()),
    Target("created", _("Created"), ("createdat", "createdutc", "created", "datecreated", "since")),
)
"""Beside these, `metadata[…]` with any key and `custom_fields[…]` with a key that the site has defined."""

_KEYED = re.compile(r"(?:metadata|custom_fields)\[[^\[\]]{1,40}\]")
_NAMES = frozenset(target.name for target in TARGETS)


def guess_mapping(columns: Iterable[str]) -> dict[str, str]:
    """Return which fields columns seem to fill; no field twice, and columns that say nothing are left out."""
    fields = custom_fields.in_use()
    words = _words(fields)
    mapping: dict[str, str] = {}
    taken: set[str] = set()
    for look in (_spelled, words.get):
        for column in columns:
            found = look(_bare(column) if look is not _spelled else column)
            if found and found not in taken and column not in mapping and column != ERROR_COLUMN:
                mapping[column] = found
                taken.add(found)
    return {column: mapping[column] for column in columns if column in mapping}


def checked_mapping(mapping: Mapping[str, str], columns: Iterable[str]) -> dict[str, str]:
    """Return a mapping without the columns that fill nothing.

    Raises:
        InvalidRequest: the file has no such column, there is no such field, or two columns fill the same one.
    """
    known, wanted = set(columns), {name: field for name, field in mapping.items() if field}
    for column, field in wanted.items():
        if column not in known:
            raise InvalidRequest(f"The file has no column '{column}'.", param="mapping")
        if not is_target(field):
            raise InvalidRequest(f"Customers have no field '{field}'.", param="mapping")
    twice = [field for field in wanted.values() if list(wanted.values()).count(field) > 1]
    if twice:
        raise InvalidRequest(f"Two columns fill the field '{twice[0]}'.", param="mapping")
    return wanted


def is_target(field: str) -> bool:
    """Tell whether a column can fill a field; whether a custom field is defined each row says."""
    return _of_first(field) in _NAMES or _KEYED.fullmatch(field) is not None


def path_of(field: str) -> tuple[str, ...]:
    """Return a field's name and what stands in its brackets."""
    return tuple(field.replace("]", "").split("["))


def params_of(pairs: Iterable[tuple[tuple[str, ...], Any]]) -> dict[str, Any]:
    """Return values by path as the API gets them, nested."""
    params: dict[str, Any] = {}
    for path, value in pairs:
        inner = params
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        inner[path[-1]] = value
    return params


def flattened(value: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Return a JSON object's values by the names that the API has for them, in brackets where they are nested."""
    flat: dict[str, Any] = {}
    for name, inner in value.items():
        where = f"{path}[{name}]" if path else name
        is_nested = isinstance(inner, Mapping | list) and where != "preferred_locales"
        if is_nested and isinstance(inner, list):
            inner = {str(place): each for place, each in enumerate(inner)}  # noqa: PLW2901 -- the same in other words
        flat |= flattened(inner, where) if is_nested else {where: inner}
    return flat


def reading_of(field: str) -> Callable[[str], Any]:
    """Return what makes an API's value of a cell's text, which people write in more ways than programs."""
    return _READINGS.get(field, _as_it_is)


def _as_it_is(text: str) -> str:
    return text


def _yes_or_no(text: str) -> str:
    return _WORDS_OF_TRUTH.get(text.lower(), text)


def _several(text: str) -> list[str]:
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


_WORDS_OF_TRUTH = {
    **dict.fromkeys(("1", "t", "true", "y", "yes"), "true"),
    **dict.fromkeys(("0", "f", "false", "n", "no"), "false"),
}
_READINGS: dict[str, Callable[[str], Any]] = {
    "mail_marketing": _yes_or_no,
    "tele_marketing": _yes_or_no,
    "preferred_locales": _several,
    "tax_exempt": str.lower,
    "preferred_currency": str.lower,
}


def _of_first(field: str) -> str:
    """Return a tax id's field as it is called for the first one."""
    return re.sub(r"^tax_id_data\[[1-4]\]", "tax_id_data[0]", field)


def _spelled(column: str) -> str:
    """Return the field that a column names as the API does, or with dots in the place of brackets."""
    head, *rest = column.strip().split(".")
    dotted = head + "".join(f"[{part}]" for part in rest)
    return next((name for name in (column.strip(), dotted) if is_target(name)), "")


def _bare(column: str) -> str:
    return re.sub(r"\(.*?\)|[\W_]", "", column.lower())


def _words(fields: Sequence[CustomField]) -> dict[str, str]:
    words: dict[str, str] = {}
    for target in TARGETS:
        for word in (_bare(target.name), *target.known_as):
            words.setdefault(word, target.name)
    for field in fields:
        for text in (field.key, field.label):
            words.setdefault(_bare(text), f"custom_fields[{field.key}]")
    return words
