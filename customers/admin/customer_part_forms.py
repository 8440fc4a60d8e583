"""The forms of what belongs to a customer: addresses, tax ids, consents, the balance."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.admin import shown
from customers.admin.acts import ConfirmedForm
from customers.admin.fields import POSTAL_LABELS, AnyChoiceField, postal_field
from customers.admin.forms import DashboardForm, PairsField, RuledField, Section
from customers.kit.currencies import digits
from customers.models import POSTAL_FIELDS, Address, Consent, Customer, Site
from customers.restkit import inputs
from customers.services import tax_ids


class AddressForm(DashboardForm):
    """A new address."""

    sections = (
        Section("", ("kind", "is_default")),
        Section(_("Address"), ("name", "company", *POSTAL_LABELS, "phone")),
    )

    kind = forms.ChoiceField(label=_("Type"), choices=Address.Kind.choices)
    is_default = forms.BooleanField(label=_("The default of its type"), required=False)
    name = RuledField(inputs.TextField(), label=_("Name"))
    company = RuledField(inputs.TextField(max_length=255), label=_("Company"))
    phone = RuledField(inputs.TextField(max_length=64), label=_("Phone"))

    def __init__(self, address: Address | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for column, label in POSTAL_LABELS.items():
            self.fields[column] = postal_field(column, label)
            self.fields[column].show_hidden_initial = self.tracks_changes
        country = self.fields["country"]
        if address is not None and isinstance(country, AnyChoiceField):
            country.keep(address.country)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not any(cleaned.get(column) for column in POSTAL_FIELDS):
            self.add_error("line1", _("An address needs at least one line of its own."))
        return cleaned


class AddressEditForm(AddressForm):
    """An address to change; its type stays."""

    tracks_changes: ClassVar[bool] = True

    def __init__(self, address: Address, **kwargs: Any) -> None:
        super().__init__(address, **kwargs)
        del self.fields["kind"]
        if address.is_default:
            del self.fields["is_default"]  # it stays the default until another one is


class TaxIdForm(DashboardForm):
    """A tax id to add."""

    refusals: ClassVar[Mapping[str, str]] = {"type": "kind"}

    kind = forms.ChoiceField(label=_("Type"))
    value = forms.CharField(label=_("Number"), max_length=64)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        kind = self.fields["kind"]
        if isinstance(kind, forms.ChoiceField):
            kind.choices = [
                ("", "\N{EM DASH}"),
                *sorted(map(tax_id_choice, tax_ids.TYPES), key=lambda pair: pair[1]),
            ]


def tax_id_choice(kind: str) -> tuple[str, str]:
    """Return a type of tax ids and the words for it, such as "France: VAT"."""
    country, _separator, name = kind.partition("_")
    if not name:
        return kind, str(_("Tax ID"))
    where = "EU" if country == "eu" else shown.country(country.upper())
    return kind, f"{where}: {name.replace('_', ' ').upper()}"


class ConsentForm(DashboardForm):
    """A yes or a no that a customer gave."""

    channel = forms.ChoiceField(label=_("To what"), choices=Consent.Channel.choices)
    granted = forms.ChoiceField(
        label=_("Answer"),
        choices=[("yes", _("Agreed")), ("no", _("Refused"))],
        widget=forms.RadioSelect,
    )
    wording = RuledField(
        inputs.TextField(),
        label=_("What the customer was asked"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The exact words are evidence."),
    )


class MetadataForm(DashboardForm):
    """What only programs read."""

    metadata = PairsField(
        label=_("Metadata"),
        help_text=_(
            "Up to 50 keys of 40 letters, with values of 500. Only your programs read them; an empty value takes a key "
            "away."
        ),
    )


class BalanceForm(ConfirmedForm):
    """A change of a customer's balance."""

    CREDIT, DEBIT = "credit", "debit"

    direction = forms.ChoiceField(
        label=_("What to do"),
        choices=[(CREDIT, _("Give credit")), (DEBIT, _("Charge to the balance"))],
        widget=forms.RadioSelect,
        initial=CREDIT,
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=Decimal("0.001"),
        max_digits=18,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    currency = forms.ChoiceField(label=_("Currency"))
    reason = forms.CharField(label=_("Reason"), max_length=350)

    def __init__(self, customer: Customer, site: Site, **kwargs: Any) -> None:
        preferred = customer.currency or customer.preferred_currency or site.default_currency
        super().__init__(initial={"currency": preferred}, **kwargs)
        field = self.fields["currency"]
        if isinstance(field, forms.ChoiceField):
            # A balance has one currency, once it has any.
            only = [(customer.currency, customer.currency.upper())]
            field.choices = only if customer.currency else shown.currencies()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        amount, currency = cleaned.get("amount"), cleaned.get("currency", "")
        if amount is None:
            return cleaned
        minor = amount.scaleb(digits(currency))
        if minor != minor.to_integral_value():
            self.add_error("amount", _("This currency has fewer digits after the point."))
        else:
            cleaned["minor"] = int(minor) * (-1 if cleaned.get("direction") == self.CREDIT else 1)
        return cleaned
