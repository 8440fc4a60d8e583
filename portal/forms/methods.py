"""What customers change of a payment method that they have: a card's date, whose it is, where its bills go."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import pgettext, pgettext_lazy

from payments.models import PaymentMethod

_EXPIRY = re.compile(r"(\d{1,2})\s*[/.-]?\s*(\d{4}|\d{2})")
_CENTURY = 2000
_MONTHS = 12
_MOST_YEARS = 25  # for which cards are made at most
_LONGEST_NAME, _LONGEST_CODE = 120, 16


class _Text(forms.CharField):
    """A text; full-width digits, as Japanese keyboards write them, count as digits."""

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFKC", super().to_python(value) or "").strip()

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}  # without `maxlength`, which cuts off what is pasted


class MethodForm(forms.Form):
    """A method's details; those of a bank account have no date."""

    error_css_class = "has-error"

    expiry = _Text(
        label=pgettext_lazy("page", "Expiry"),
        error_messages={"required": pgettext_lazy("page", "Fill this in.")},
        help_text=pgettext_lazy("page", "Month and year, as on the card: 09/31."),
        widget=forms.TextInput(attrs={"autocomplete": "cc-exp", "inputmode": "numeric"}),
    )
    name = _Text(
        label=pgettext_lazy("page", "Name on the card"),
        max_length=_LONGEST_NAME,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "cc-name"}),
    )
    postal_code = _Text(
        label=pgettext_lazy("page", "Postal code of the billing address"),
        max_length=_LONGEST_CODE,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "billing postal-code"}),
    )

    def __init__(
        self, method: PaymentMethod, typed: Mapping[str, Any] | None, *, today: date
    ) -> None:
        said = method.billing_details
        code = (said.get("address") or {}).get("postal_code", "")
        initial = {"name": said.get("name", ""), "postal_code": code}
        if method.exp_month and method.exp_year:
            initial["expiry"] = f"{method.exp_month:02}/{method.exp_year % 100:02}"
        super().__init__(typed, initial=initial, label_suffix="")
        self.use_required_attribute = False  # our own sentences, in the page's language
        self._today = today
        if not method.exp_year:
            del self.fields["expiry"]
            self.fields["name"].label = pgettext("page", "Account holder")

    def clean_expiry(self) -> tuple[int, int]:
        """Return year and month."""
        match = _EXPIRY.fullmatch(self.cleaned_data["expiry"])
        if match is None:
            raise forms.ValidationError(pgettext("page", "Write month and year, like 09/31."))
        month, year = int(match[1]), int(match[2])
        year += _CENTURY if year < _CENTURY else 0
        latest = self._today.year + _MOST_YEARS
        if not 1 <= month <= _MONTHS or year > latest:
            raise forms.ValidationError(pgettext("page", "Write month and year, like 09/31."))
        if (year, month) < (self._today.year, self._today.month):
            raise forms.ValidationError(
                pgettext("page", "This date is over. If you have a new card, add it instead.")
            )
        return year, month

    def details(self) -> dict[str, Any]:
        """Return what changes, as `payment_methods.update` takes it."""
        typed = self.cleaned_data
        address = {"postal_code": typed["postal_code"]}
        changed: dict[str, Any] = {
            "billing_details": {"name": typed["name"], "address": address},
        }
        if "expiry" in typed:
            changed["exp_year"], changed["exp_month"] = typed["expiry"]
        return changed

    def focus_on_error(self) -> None:
        """Let the browser begin at the first field that was refused."""
        first = next((name for name in self.fields if name in self.errors), None)
        if first is not None:
            self.fields[first].widget.attrs["autofocus"] = True
