"""What a page on which somebody pays gets: the token for the card, and which payment it is."""

import secrets

from django import forms

from payments.forms.adding import CardForm

KEY = r"[A-Za-z0-9_-]{16,64}"


def fresh_key() -> str:
    """Return what tells one payment on a page from the next."""
    return secrets.token_urlsafe(18)


class PaymentForm(CardForm):
    """A card's token, from whoever pays."""

    act_key = forms.RegexField(
        f"^{KEY}$", widget=forms.HiddenInput(attrs={"autocomplete": "off"}), initial=fresh_key
    )
