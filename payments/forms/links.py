"""What the page of a link asks for; what must not be shown again comes back empty."""

import secrets

from django import forms

from payments.forms.adding import CardForm

KEY = r"[A-Za-z0-9_-]{16,64}"


def fresh_key() -> str:
    """Return what tells one payment on a page from the next."""
    return secrets.token_urlsafe(18)


class PaymentForm(CardForm):
    """A card, typed by whoever pays."""

    act_key = forms.RegexField(
        f"^{KEY}$", widget=forms.HiddenInput(attrs={"autocomplete": "off"}), initial=fresh_key
    )
