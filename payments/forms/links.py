"""What the page of a link asks for; what must not be shown again comes back empty."""

import secrets

from django import forms
from django.utils.translation import pgettext_lazy

from payments.forms.vault import CardForm

KEY = r"[A-Za-z0-9_-]{16,64}"


def fresh_key() -> str:
    """Return what tells one payment on a page from the next."""
    return secrets.token_urlsafe(18)


class PaymentForm(CardForm):
    """A card, typed by whoever pays."""

    act_key = forms.RegexField(
        f"^{KEY}$", widget=forms.HiddenInput(attrs={"autocomplete": "off"}), initial=fresh_key
    )

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # as any form's
        for name, label in _LABELS.items():
            self.fields[name].label = label
            self.fields[name].error_messages["required"] = _MISSING
        self.fields["expiry"].error_messages["invalid"] = _EXPIRY
        self.fields["expiry"].widget.attrs["placeholder"] = _PLACEHOLDER


_LABELS = {
    "number": pgettext_lazy("payment page", "Card number"),
    "expiry": pgettext_lazy("payment page", "Expiry (month/year)"),
    "cvc": pgettext_lazy("payment page", "Security code"),
    "name": pgettext_lazy("payment page", "Name on the card"),
}
_MISSING = pgettext_lazy("payment page", "Please fill this in.")
_EXPIRY = pgettext_lazy("payment page", "Write month and year, like 09/31.")
_PLACEHOLDER = "09/31"
