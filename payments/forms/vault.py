"""What the vault's page asks for. Numbers are never shown again, not even beside an error."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class _OnceInput(forms.TextInput):
    """A field that comes back empty."""

    def format_value(self, value: Any) -> None:
        return None


def _once(autocomplete: str, **attributes: str) -> _OnceInput:
    return _OnceInput(attrs={"autocomplete": autocomplete, "inputmode": "numeric", **attributes})


class CardForm(forms.Form):
    number = forms.CharField(label=_("Card number"), max_length=24, widget=_once("cc-number"))
    expiry = forms.RegexField(
        r"^\s*\d{1,2}\s*/\s*\d{2}(?:\d{2})?\s*$",
        label=_("Expiry"),
        error_messages={"invalid": _("Write month and year, like 09/31.")},
        widget=forms.TextInput(attrs={"autocomplete": "cc-exp", "placeholder": "MM/YY"}),
    )
    cvc = forms.CharField(label=_("Security code"), max_length=4, widget=_once("cc-csc"))
    name = forms.CharField(
        label=_("Name on the card"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "cc-name"}),
    )

    def details(self) -> dict[str, str]:
        """Return what was typed, by the vault's names."""
        month, year = self.cleaned_data["expiry"].split("/")
        return {
            "kind": "card",
            "number": self.cleaned_data["number"],
            "exp_month": month.strip(),
            "exp_year": year.strip(),
            "cvc": self.cleaned_data["cvc"],
            "name": self.cleaned_data["name"],
        }
