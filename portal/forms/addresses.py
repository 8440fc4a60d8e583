"""Addresses as each country writes them."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import pgettext, pgettext_lazy

from customers.models import Address
from customers.services import postal
from customers.services.letters import Reader
from customers.services.postal import Part
from portal.forms.fields import Choice, PortalForm, Text

COLUMNS = ("line1", "line2", "city", "state", "postal_code", "country")
_COMPLETE = {
    "line1": "address-line1",
    "line2": "address-line2",
    "city": "address-level2",
    "state": "address-level1",
    "postal_code": "postal-code",
}


class PostalForm(PortalForm):
    """A form with the parts of an address in the country that was chosen, in its order."""

    above: tuple[str, ...] = ()
    """The fields that stand above the address."""
    below: tuple[str, ...] = ()
    is_optional = False
    """Whether the form can be sent without any address."""
    section = ""
    """Of HTML's `autocomplete`: `billing` or `shipping`."""

    def __init__(
        self,
        reader: Reader,
        data: Mapping[str, Any] | None = None,
        *,
        initial: Mapping[str, str],
        prefix: str = "",
        countries: Collection[str] = (),
    ) -> None:
        """Make the form.

        Args:
            data: what was sent; with `show` among it, only another country's form is asked for, and `shape` is the
                country whose form it was.
            initial: an address by column; its country is the one that is chosen until another one is sent.
            prefix: of the fields' names, where several addresses stand in one form.
            countries: those that can be chosen; all when absent.
        """
        sent = _without(prefix, data or {})
        self.countries = frozenset(countries)
        self.shape_of = country = str(sent.get("country", initial.get("country", "")))
        is_same = country == initial.get("country", "")
        if "show" in sent:
            fits = country == sent.get("shape", initial.get("country", ""))
            data, initial = None, _carried(initial, sent, fits=fits)
        super().__init__(reader, data, initial=dict(initial), prefix=prefix or None)
        self.fields["country"] = self._country()
        self.shape = postal.parts_of(country, reader.language) if country else ()
        for part in self.shape:
            self.fields[part.column] = self._field(part, is_same=is_same)
        for column in _COMPLETE:  # nobody loses a text unseen that the country does not write
            if is_same and self.shape and column not in self.fields and initial.get(column):
                part = Part(column, column, is_required=False)
                self.fields[column] = self._field(part, is_same=True)
        self.inside = [name for name in self.fields if name in _COMPLETE]
        self.order_fields([*self.above, "country", *self.inside, *self.below])

    def clean(self) -> dict[str, Any]:
        """Check what the country is particular about."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("country"):
            return cleaned
        for column in postal.wrong_parts(self.texts(*COLUMNS)):
            if column in self.fields and column not in self.errors:
                self.add_error(column, _wrong(self.shape, column))
        return cleaned

    def address(self) -> dict[str, str]:
        """Return the address by column; what the country does not write is empty."""
        if not self.cleaned_data.get("country"):
            return dict.fromkeys(COLUMNS, "")
        return {**dict.fromkeys(COLUMNS, ""), **self.texts(*COLUMNS)}

    def _country(self) -> Choice:
        label = pgettext("page", "Country or region")
        field = Choice(
            label=_optional(label) if self.is_optional else label,
            required=not self.is_optional,
            complete=f"{self.section} country".strip(),
        )
        field.choices = [
            ("", pgettext("page", "Choose")),
            *(
                pair
                for pair in postal.countries(self.reader.locale)
                if not self.countries or pair[0] in self.countries
            ),
        ]
        if not self.countries:
            field.keep(self.initial.get("country", ""))
        return field

    def _field(self, part: Part, *, is_same: bool) -> forms.Field:
        complete = f"{self.section} {_COMPLETE[part.column]}".strip()
        label = str(_LABELS.get(part.kind, _LABELS[part.column]))
        label = label if part.is_required else _optional(label)
        if part.choices:
            field = Choice(label=label, required=part.is_required, complete=complete)
            field.choices = [("", pgettext("page", "Choose")), *part.choices]
            field.keep(self.initial.get(part.column, "") if is_same else "")
            return field
        length = getattr(Address._meta.get_field(part.column), "max_length", None)
        return Text(label=label, required=part.is_required, complete=complete, max_length=length)


class AddressForm(PostalForm):
    """An address of a customer."""

    above = ("name", "company")
    below = ("phone", "is_default")

    name = Text(
        label=pgettext_lazy("page", "Name"), max_length=250, required=False, complete="name"
    )
    company = Text(
        label=pgettext_lazy("page", "Company"),
        max_length=255,
        required=False,
        complete="organization",
    )
    phone = Text(
        label=pgettext_lazy("page", "Phone"),
        max_length=64,
        required=False,
        complete="tel",
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    is_default = forms.BooleanField(required=False)

    def __init__(
        self,
        reader: Reader,
        kind: str,
        data: Mapping[str, Any] | None = None,
        *,
        initial: Mapping[str, Any],
        asks_default: bool,
    ) -> None:
        """Make the form.

        Args:
            kind: `billing` or `shipping`.
            asks_default: whether it can be made the one that is used; the only one is.
        """
        self.section = kind
        super().__init__(reader, data, initial=initial)
        for name in ("company", "phone"):
            self.fields[name].label = _optional(str(self.fields[name].label))
        if asks_default:
            self.fields["is_default"].label = _DEFAULTS[kind]
        else:
            del self.fields["is_default"]

    def details(self) -> dict[str, Any]:
        """Return what was typed, by column."""
        said: dict[str, Any] = {**self.texts("name", "company", "phone"), **self.address()}
        if self.cleaned_data.get("is_default"):
            said["is_default"] = True
        return said


def legal_name() -> Text:
    """Return the field of a business's name as the authorities have it."""
    return Text(
        label=pgettext_lazy("page", "Legal name"),
        max_length=255,
        required=False,
        help_text=pgettext_lazy("page", "As it is registered, if that differs."),
    )


def _without(prefix: str, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was sent of one address, by its plain names."""
    begin = f"{prefix}-" if prefix else ""
    plain = {name[len(begin) :]: sent[name] for name in sent if name.startswith(begin)}
    return {**plain, "show": sent["show"]} if "show" in sent else plain


def _carried(initial: Mapping[str, Any], sent: Mapping[str, Any], *, fits: bool) -> dict[str, Any]:
    """Return what a form for another country begins with: what was typed, but what only fits the first one."""
    left = () if fits else ("state", "postal_code")
    return {name: text for name, text in {**initial, **sent}.items() if name not in left}


def _optional(label: str) -> str:
    return pgettext("page", "%(label)s (optional)") % {"label": label}


def _wrong(shape: tuple[Part, ...], column: str) -> str:
    example = next((part.example for part in shape if part.column == column), "")
    if example:
        said = pgettext("page", "This does not fit the place. It is written like %(example)s.")
        return said % {"example": example}
    return pgettext("page", "This does not fit the place.")


_DEFAULTS = {
    "billing": pgettext_lazy("page", "Use this address on my invoices"),
    "shipping": pgettext_lazy("page", "Ship to this address"),
}
_LABELS: dict[str, Any] = {
    "line1": pgettext_lazy("page", "Address"),
    "line2": pgettext_lazy("page", "Apartment, floor, building"),
    "city": pgettext_lazy("page", "City"),
    "district": pgettext_lazy("page", "District"),
    "post_town": pgettext_lazy("page", "Town or city"),
    "suburb": pgettext_lazy("page", "Suburb"),
    "state": pgettext_lazy("page", "State"),
    "province": pgettext_lazy("page", "Province"),
    "prefecture": pgettext_lazy("page", "Prefecture"),
    "county": pgettext_lazy("page", "County"),
    "department": pgettext_lazy("page", "Department"),
    "emirate": pgettext_lazy("page", "Emirate"),
    "island": pgettext_lazy("page", "Island"),
    "oblast": pgettext_lazy("page", "Region"),
    "area": pgettext_lazy("page", "Area"),
    "parish": pgettext_lazy("page", "Parish"),
    "do_si": pgettext_lazy("page", "Province or city"),
    "postal_code": pgettext_lazy("page", "Postal code"),
    "postal": pgettext_lazy("page", "Postal code"),
    "zip": pgettext_lazy("page", "ZIP code"),
    "pin": pgettext_lazy("page", "PIN code"),
    "eircode": pgettext_lazy("page", "Eircode"),
}
"""What the parts are called: as the country does, else by the column."""
