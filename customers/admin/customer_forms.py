"""The forms for a customer: a new one, and one to change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.admin.fields import (
    POSTAL_LABELS,
    AnyChoiceField,
    currencies,
    postal_field,
    time_zones,
)
from customers.admin.forms import DashboardForm, LinesField, PairsField, RuledField, Section
from customers.models import POSTAL_FIELDS, Consent, Customer, CustomField, Site
from customers.restkit import inputs
from customers.services import email_addresses

_UNSAID = [("", _("Never asked")), ("yes", _("Agreed")), ("no", _("Refused"))]
MAX_INVOICE_FIELDS, MAX_NAME, MAX_VALUE = 4, 40, 140
_USERNAME = inputs.TextField(
    max_length=100,
    pattern=r"[A-Za-z0-9_\-]+",
    wording="use letters, digits, underscores and hyphens",
)
_PREFIX = inputs.TextField(
    max_length=12,
    pattern=r"[A-Z0-9]{1,12}",
    wording="must be 1-12 uppercase letters or numbers",
)


_WHO = (
    "name", "email", "phone", "organization", "first_name", "last_name", "display_name", "individual_name",
    "description",
)  # fmt: skip
_BILLING = (
    "tax_exempt", "tax_ip_address", "invoice_prefix", "next_invoice_sequence", "cash_balance_mode",
    "amount_tax_display", "footer", "invoice_fields",
)  # fmt: skip


class InvoiceFieldsField(PairsField):
    """Up to four lines that every invoice of the customer carries."""

    def clean(self, value: Any) -> dict[str, str]:
        pairs = super().clean(value)
        kept = {name: text for name, text in pairs.items() if text}
        if len(kept) > MAX_INVOICE_FIELDS:
            raise forms.ValidationError(
                _("Give %(limit)d at most."), params={"limit": MAX_INVOICE_FIELDS}
            )
        if any(len(name) > MAX_NAME or len(text) > MAX_VALUE for name, text in kept.items()):
            raise forms.ValidationError(_("A name has up to 40 characters, a value up to 140."))
        return kept


class CustomerForm(DashboardForm):
    """What can be changed about a customer."""

    tracks_changes: ClassVar[bool] = True
    sections: ClassVar[Sequence[Section]] = (
        Section(_("Who"), _WHO),
        Section(_("Address"), ("address[*]",)),
        Section(_("Custom fields"), ("custom_fields[*]",)),
        Section(_("Language and currency"), ("preferred_locales", "timezone", "preferred_currency")),
        Section(_("Consent"), ("mail_marketing", "tele_marketing")),
        Section(_("Names elsewhere"), ("external_id", "username")),
        Section(_("Tax and invoices"), _BILLING),
        Section(_("Metadata"), ("metadata",), _("Up to 50 keys that only your programs read.")),
    )  # fmt: skip
    refusals: ClassVar[Mapping[str, str]] = {
        "business_name": "organization",
        "language": "preferred_locales",
    }

    name = RuledField(
        inputs.TextField(), label=_("Name"), help_text=_("A person's or a business's, in full.")
    )
    email = RuledField(inputs.EmailField(max_length=512), label=_("Email"), widget=forms.EmailInput)
    phone = RuledField(
        inputs.TextField(max_length=64),
        label=_("Phone"),
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    organization = RuledField(
        inputs.TextField(max_length=150),
        label=_("Organization"),
        help_text=_("By name; a new name makes a new organization."),
    )
    first_name = RuledField(inputs.TextField(max_length=255), label=_("First name"))
    last_name = RuledField(inputs.TextField(max_length=255), label=_("Last name"))
    display_name = RuledField(inputs.TextField(max_length=100), label=_("Display name"))
    individual_name = RuledField(
        inputs.TextField(max_length=150),
        label=_("Individual name"),
        help_text=_("The person to speak to, where the customer is a business."),
    )
    description = RuledField(
        inputs.TextField(), label=_("Description"), widget=forms.Textarea(attrs={"rows": 2})
    )
    preferred_locales = LinesField(
        inputs.LocaleField(emptied=...),
        max_lines=20,
        label=_("Languages"),
        help_text=_("One on a line, the first one first, such as fr or pt-BR."),
    )
    timezone = AnyChoiceField(label=_("Time zone"), choices=time_zones)
    preferred_currency = AnyChoiceField(label=_("Preferred currency"), choices=currencies)
    external_id = RuledField(
        inputs.TextField(max_length=255),
        label=_("External ID"),
        help_text=_("The customer's name in your own system; nobody else's."),
    )
    username = RuledField(_USERNAME, label=_("Username"))
    tax_exempt = forms.ChoiceField(label=_("Tax"), choices=Customer.TaxExempt.choices)
    tax_ip_address = RuledField(
        inputs.IPAddressField(max_length=45, emptied=None), label=_("IP address for tax")
    )
    invoice_prefix = RuledField(_PREFIX, label=_("Invoice prefix"), required=True)
    next_invoice_sequence = forms.IntegerField(
        label=_("Next invoice number"), min_value=1, max_value=10**12
    )
    cash_balance_mode = forms.ChoiceField(
        label=_("Money received without an invoice"), choices=Customer.Reconciliation.choices
    )
    amount_tax_display = forms.ChoiceField(
        label=_("Amounts on invoices"),
        required=False,
        choices=[
            ("", _("As the site does")),
            ("exclude_tax", _("Without tax")),
            ("include_inclusive_tax", _("With included tax")),
        ],
    )
    footer = RuledField(
        inputs.TextField(), label=_("Invoice footer"), widget=forms.Textarea(attrs={"rows": 2})
    )
    invoice_fields = InvoiceFieldsField(label=_("Lines on every invoice"))
    metadata = PairsField(label=_("Metadata"))

    def __init__(self, definitions: list[CustomField], **kwargs: Any) -> None:
        self.definitions = definitions
        kwargs["initial"] = {**(kwargs.get("initial") or {})}
        super().__init__(**kwargs)
        for definition in definitions:
            name = f"custom_fields[{definition.key}]"
            self.fields[name] = custom_value_field(definition)
            self.fields[name].show_hidden_initial = self.tracks_changes
        for name, field in self.fields.items():
            if isinstance(field, AnyChoiceField):
                field.keep(self.get_initial_for_field(field, name) or "")

    def examine(self, site: Site) -> None:
        if "email" in self.changed_data:
            email_addresses.check_deliverable(site, self.cleaned_data["email"])

    def details(self, customer: Customer | None = None) -> dict[str, Any]:
        """Return what changed, in the terms of the service."""
        changes = self.changes()
        details = {
            name: value
            for name, value in changes.items()
            if "[" not in name and name not in _INVOICE
        }
        values = {
            name[len("custom_fields[") : -1]: "" if value is None else value
            for name, value in changes.items()
            if name.startswith("custom_fields[")
        }
        if values:
            details["custom_fields"] = values
        if _INVOICE & changes.keys():
            details["invoice_settings"] = self._invoice_settings(customer)
        return details

    def _invoice_settings(self, customer: Customer | None) -> dict[str, Any]:
        settings = dict(customer.invoice_settings) if customer else {}
        pairs, display = (
            self.cleaned_data["invoice_fields"],
            self.cleaned_data["amount_tax_display"],
        )
        settings["custom_fields"] = [
            {"name": name, "value": text} for name, text in pairs.items()
        ] or None
        settings["footer"] = self.cleaned_data["footer"]
        settings["rendering_options"] = {"amount_tax_display": display} if display else None
        return settings


_INVOICE = frozenset({"amount_tax_display", "footer", "invoice_fields"})


class NewCustomerForm(CustomerForm):
    """What a new customer begins with; nothing is required."""

    tracks_changes: ClassVar[bool] = False
    sections = tuple(
        replace(
            section,
            is_folded=section.fields in (("external_id", "username"), _BILLING, ("metadata",)),
        )
        for section in CustomerForm.sections
    )

    mail_marketing = forms.ChoiceField(label=_("Email marketing"), choices=_UNSAID, required=False)
    tele_marketing = forms.ChoiceField(label=_("Phone marketing"), choices=_UNSAID, required=False)

    def __init__(self, definitions: list[CustomField], **kwargs: Any) -> None:
        super().__init__(definitions, **kwargs)
        for name in ("next_invoice_sequence", "cash_balance_mode", "invoice_prefix", "tax_exempt"):
            self.fields[name].required = False
        for column, label in POSTAL_LABELS.items():
            self.fields[f"address[{column}]"] = postal_field(column, label)
        self.fields["invoice_prefix"].help_text = _("Made when left empty.")

    def details(self, customer: Customer | None = None) -> dict[str, Any]:
        sent = {
            name: value
            for name, value in super().details().items()
            if value not in ("", None, [], {})
        }
        for channel in Consent.Channel.values:
            if channel in sent:
                sent[channel] = sent[channel] == "yes"
        address = {column: self.cleaned_data[f"address[{column}]"] for column in POSTAL_FIELDS}
        if any(address.values()):
            sent["address"] = address
        return sent


def custom_value_field(definition: CustomField) -> forms.Field:
    """Return the field for the values of a custom field; the service checks them."""
    options: dict[str, Any] = {
        "label": definition.label,
        "help_text": definition.help_text,
        "required": definition.is_required,
    }
    kind = CustomField.Kind
    if definition.kind == kind.CHECKBOX:
        yes_no = [("", "\N{EM DASH}"), ("true", _("Yes")), ("false", _("No"))]
        return forms.ChoiceField(choices=yes_no, **options)
    if definition.kind == kind.DROPDOWN:
        offered = definition.constraints.get("options", [])
        choices = [("", "\N{EM DASH}"), *((option, option) for option in offered)]
        return AnyChoiceField(choices=choices, **options)
    if definition.kind == kind.DATE:
        return forms.CharField(widget=forms.TextInput(attrs={"type": "date"}), **options)
    if definition.kind == kind.NUMBER:
        return forms.CharField(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **options)
    return forms.CharField(**options)
