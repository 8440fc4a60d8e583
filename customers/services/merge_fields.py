"""What a customer is called and told by, where two become one: whose value is taken, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from customers.kit.errors import InvalidRequest, InvalidState
from customers.models import Customer
from customers.services import customers

KEPT, MERGED = "kept", "merged"
SIDES = (KEPT, MERGED)

_COLUMNS = {
    "email": ("email",),
    "name": ("name",),
    "individual_name": ("individual_name",),
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "display_name": ("display_name",),
    "username": ("username",),
    "external_id": ("external_id",),
    "description": ("description",),
    "phone": ("phone", "phone_e164"),
    "organization": ("organization_id", "organization_name"),
    "preferred_locales": ("preferred_locales",),
    "timezone": ("timezone",),
    "preferred_currency": ("preferred_currency",),
    "tax_exempt": ("tax_exempt",),
    "tax_ip_address": ("tax_ip_address",),
    "invoice_settings": ("invoice_settings",),
    "mail_marketing": ("mail_marketing",),
    "tele_marketing": ("tele_marketing",),
    "default_payment_method": ("default_payment_method_id",),
}
"""By field: the columns that go together; the first one says whether there is a value."""
_UNITED = ("metadata", "custom_fields")
_SAID_NO = ("mail_marketing", "tele_marketing")
_ADDRESSES = {"address": "billing", "shipping": "shipping"}
_TITLES = {
    "organization": _("Business"),
    "default_payment_method": _("Default payment method"),
    "address": _("Billing address"),
    "shipping": _("Shipping address"),
}
FIELDS = (*_COLUMNS, *_ADDRESSES)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which two customers differ.

    Args:
        side: whose value is taken.
    """

    name: str
    kept: Any
    merged: Any
    side: str

    @property
    def title(self) -> str:
        """What the field is called, for people."""
        if self.name in _TITLES:
            return str(_TITLES[self.name])
        return capfirst(str(Customer._meta.get_field(self.name).verbose_name))  # type: ignore[union-attr]  # a column


def check(choices: Mapping[str, str]) -> None:
    """Refuse what is no choice.

    Raises:
        InvalidRequest: there is no such field, or no such side.
    """
    for name, side in choices.items():
        param = f"choices[{name}]"
        if name not in FIELDS:
            raise InvalidRequest(
                f"There is no choice of {name}; there is one of {', '.join(FIELDS)}.", param=param
            )
        if side not in SIDES:
            raise InvalidRequest(f"Invalid {param}: must be one of {', '.join(SIDES)}", param=param)


def differences(kept: Customer, merged: Customer, choices: Mapping[str, str]) -> list[Difference]:
    """Return the fields in which both have values that differ, or only the merged one has a value."""
    found = []
    for name in FIELDS:
        mine, theirs = _value(kept, name), _value(merged, name)
        if mine != theirs and not _is_empty(theirs):
            found.append(Difference(name, mine, theirs, choices.get(name) or _side(name, mine)))
    return found


def values(kept: Customer, merged: Customer, choices: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns of the kept customer that change.

    Raises:
        InvalidState: the metadata of both is too much for one.
    """
    taken: dict[str, Any] = {}
    for difference in differences(kept, merged, choices):
        if difference.side == MERGED:
            columns = _COLUMNS.get(difference.name, ())
            taken |= {column: getattr(merged, column) for column in columns}
    for column in _UNITED:
        united = {**getattr(merged, column), **getattr(kept, column)}
        if united != getattr(kept, column):
            taken[column] = united
    if len(taken.get("metadata", ())) > customers.METADATA_KEYS:
        raise InvalidState(
            f"Both customers have more than {customers.METADATA_KEYS} metadata keys together; take some away first."
        )
    taken["currency"] = kept.currency or merged.currency
    taken["is_delinquent"] = kept.is_delinquent or merged.is_delinquent
    return {name: value for name, value in taken.items() if value != getattr(kept, name)}


def _value(customer: Customer, name: str) -> Any:
    if name in _ADDRESSES:
        return customer.default_addresses.get(_ADDRESSES[name])
    return getattr(customer, _COLUMNS[name][0])


def _side(name: str, mine: Any) -> str:
    """Return whose value is taken unless chosen: the kept customer's if there is one; who said no has said no."""
    if name in _SAID_NO and mine:
        return MERGED
    return MERGED if _is_empty(mine) else KEPT


def _is_empty(value: Any) -> bool:
    return value in (None, "", [], {})
