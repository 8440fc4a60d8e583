"""What a checkout asks of its customer: who they are, where it goes, and what they agree to."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.translation import pgettext, pgettext_lazy

from customers.services.letters import Reader
from portal.forms.addresses import COLUMNS, PostalForm, legal_name
from portal.forms.details import tax_types
from portal.forms.fields import Choice, PortalForm, Text
from portal.models import CheckoutSession

_LONGEST = 150


class CheckoutForm(PortalForm):
    """Who pays, and what else the merchant asks; addresses are forms of their own."""

    def __init__(
        self, reader: Reader, session: CheckoutSession, data: Mapping[str, Any] | None = None
    ) -> None:
        said = session.collected
        super().__init__(reader, data, initial={**_initial(said), "email": session.email})
        self.session, self.collects = session, session.collects
        if session.customer_id is None and not session.customer_email:
            self.fields["email"] = _email()
        self._add_names()
        self._add_tax_id()
        for field in self.collects.get("custom_fields") or ():
            self.fields[f"custom-{field['key']}"] = _custom(field)
        self._add_consent()

    def clean_email(self) -> str:
        """Return the address, whose form is right."""
        typed: str = self.cleaned_data["email"]
        try:
            validate_email(typed)
        except forms.ValidationError as error:
            said = pgettext("page", "Write an email address, such as name@example.com.")
            raise forms.ValidationError(said) from error
        return typed

    def said(self) -> dict[str, Any]:
        """Return what was said, as `checkout_visits.describe` takes it."""
        cleaned = self.cleaned_data
        found: dict[str, Any] = self.texts("name", "phone", "business_name", "individual_name")
        if cleaned.get("tax_value") and cleaned.get("tax_kind"):
            found["tax_ids"] = [{"type": cleaned["tax_kind"], "value": cleaned["tax_value"]}]
        elif "tax_value" in cleaned:
            found["tax_ids"] = []
        custom = {
            name.partition("-")[2]: value
            for name, value in cleaned.items()
            if name.startswith("custom-")
        }
        if custom:
            found["custom_fields"] = custom
        consent = self._consent()
        return {**found, "consent": consent} if consent else found

    def refuse(self, param: str) -> None:
        """Show at its field what a service refuses."""
        is_tax_id = param.startswith("tax_ids")
        said = pgettext("page", "This does not look like a number of this type. Compare it.")
        if is_tax_id and "tax_value" in self.fields:
            self.add_error("tax_value", said)
        else:
            self.add_error(None, pgettext("page", "This cannot be saved."))

    def _add_names(self) -> None:
        asked = self.collects.get("name_collection") or {}
        if not asked.get("individual", {}).get("enabled"):
            self.fields["name"] = _text(pgettext("page", "Name"), complete="name", needed=False)
        for kind, label, complete in (
            ("individual", pgettext("page", "Name"), "name"),
            ("business", pgettext("page", "Name of the business"), "organization"),
        ):
            wanted = asked.get(kind) or {}
            if wanted.get("enabled"):
                needed = not wanted.get("optional")
                self.fields[f"{kind}_name"] = _text(label, complete=complete, needed=needed)
        if (self.collects.get("phone_number_collection") or {}).get("enabled"):
            phone = _text(pgettext("page", "Phone"), complete="tel", needed=True)
            phone.widget.input_type = "tel"
            self.fields["phone"] = phone

    def _add_tax_id(self) -> None:
        if not (self.collects.get("tax_id_collection") or {}).get("enabled"):
            return
        if "business_name" not in self.fields:
            self.fields["business_name"] = _text(
                pgettext("page", "Name of the business"), complete="organization", needed=False
            )
        kind = Choice(label=pgettext("page", "Country and type of your tax ID"), required=False)
        kind.choices = [
            ("", pgettext("page", "I have no tax ID")),
            *tax_types(self.reader.locale.language),
        ]
        self.fields["tax_kind"] = kind
        self.fields["tax_value"] = _text(pgettext("page", "Tax ID"), complete="off", needed=False)

    def _add_consent(self) -> None:
        asked = self.collects.get("consent_collection") or {}
        if asked.get("terms_of_service") == "required":
            self.fields["terms"] = forms.BooleanField(
                label=pgettext("page", "I agree to the terms of service"),
                error_messages={"required": pgettext("page", "Tick this to go on.")},
            )
        if asked.get("promotions") == "auto":
            wording = pgettext(
                "page",
                "%(site)s may send me news and offers by email. I can take this back at any time.",
            ) % {"site": self.reader.site.name}
            self.fields["promotions"] = forms.BooleanField(label=wording, required=False)

    def _consent(self) -> dict[str, str]:
        found = {}
        if "terms" in self.fields:
            found["terms_of_service"] = "accepted" if self.cleaned_data["terms"] else ""
        if "promotions" in self.fields:
            is_in = self.cleaned_data["promotions"]
            found["promotions"] = "opt_in" if is_in else "opt_out"
            found["wording"] = str(self.fields["promotions"].label)
        return found


class ShippingForm(PostalForm):
    """Where it is sent."""

    above = ("name",)
    section = "shipping"
    name = Text(label=pgettext_lazy("page", "Name"), max_length=_LONGEST, complete="shipping name")

    def shipping(self) -> dict[str, Any]:
        """Return what was typed, as `checkout_visits.describe` takes it."""
        return {"name": self.cleaned_data["name"], "phone": "", "address": self.address()}


class BillingForm(PostalForm):
    """Where the bill goes."""

    section = "billing"


class BusinessForm(PostalForm):
    """How the business is registered that is bought for, apart from who buys (rule R10)."""

    above = ("legal_name",)
    legal_name = legal_name()
    is_optional = True

    def said(self) -> dict[str, Any]:
        """Return what was typed, as `checkout_visits.describe` takes it."""
        address = self.address()
        return {
            "business_legal_name": self.cleaned_data["legal_name"],
            "business_address": address if address["country"] else {},
        }


def place_of(said: Mapping[str, Any]) -> dict[str, str]:
    """Return an address by column; empty where nothing was said."""
    return {name: said.get(name) or "" for name in COLUMNS}


def _initial(said: Mapping[str, Any]) -> dict[str, Any]:
    tax_id: Mapping[str, str] = next(iter(said.get("tax_ids") or ()), {})
    consent = said.get("consent") or {}
    names = ("name", "phone", "business_name", "individual_name")
    return {
        **{name: said.get(name, "") for name in names},
        "tax_kind": tax_id.get("type", ""),
        "tax_value": tax_id.get("value", ""),
        "terms": consent.get("terms_of_service") == "accepted",
        "promotions": consent.get("promotions") == "opt_in",
        **{f"custom-{key}": value for key, value in (said.get("custom_fields") or {}).items()},
    }


def _email() -> Text:
    return Text(
        label=pgettext("page", "Email address"),
        max_length=254,
        complete="email",
        widget=forms.TextInput(
            attrs={"type": "email", "inputmode": "email", "autocapitalize": "off"}
        ),
    )


def _text(label: str, *, complete: str, needed: bool) -> Text:
    shown = label if needed else pgettext("page", "%(label)s (optional)") % {"label": label}
    return Text(label=shown, max_length=_LONGEST, required=needed, complete=complete)


def _custom(field: Mapping[str, Any]) -> forms.Field:
    """Return a field of the merchant's own."""
    needed = not field.get("optional")
    label = str((field.get("label") or {}).get("custom") or field["key"])
    limits = field.get(field["type"]) or {}
    if field["type"] == "dropdown":
        chosen = Choice(label=label, required=needed, initial=limits.get("default_value") or "")
        chosen.choices = [
            ("", pgettext("page", "Choose")),
            *((option["value"], option["label"]) for option in limits.get("options", ())),
        ]
        return chosen
    made = Text(
        label=label,
        required=needed,
        initial=limits.get("default_value") or "",
        max_length=limits.get("maximum_length") or 255,
        min_length=limits.get("minimum_length"),
        error_messages={
            "min_length": pgettext("page", "Write %(limit_value)d characters or more.")
        },
    )
    if field["type"] == "numeric":
        made.widget.attrs["inputmode"] = "numeric"
        made.validators.append(_digits_only)
    return made


def _digits_only(value: str) -> None:
    if not (value.isascii() and value.isdecimal()):
        raise forms.ValidationError(pgettext("page", "Write digits only."))
