"""What customers type to sign in; no field cuts off what is pasted."""

from typing import Any

from django import forms
from django.utils.translation import pgettext_lazy

_MISSING = pgettext_lazy("page", "Fill this in.")
_NO_ADDRESS = pgettext_lazy("page", "Write an email address, such as name@example.com.")


class _Form(forms.Form):
    error_css_class = "has-error"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.use_required_attribute = False  # our own sentences, in the page's language

    def focus_on_error(self) -> None:
        """Let the browser begin at the first field that was refused."""
        first = next((name for name in self.fields if name in self.errors), None)
        if first is not None:
            self.fields[first].widget.attrs["autofocus"] = True


class _Email(forms.EmailField):
    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}  # without `maxlength`, which cuts off what is pasted


class EmailForm(_Form):
    """Whose account it is."""

    email = _Email(
        label=pgettext_lazy("page", "Email address"),
        error_messages={"required": _MISSING, "invalid": _NO_ADDRESS},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )


class CodeForm(_Form):
    """The code, and whether this browser is the customer's own."""

    code = forms.CharField(
        label=pgettext_lazy("page", "6-digit code"),
        help_text=pgettext_lazy("page", "You can paste it."),
        error_messages={"required": _MISSING},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
                "class": "code",
                "autofocus": True,
            }
        ),
    )
    trust = forms.BooleanField(
        label=pgettext_lazy("page", "Trust this device for 30 days"),
        help_text=pgettext_lazy(
            "page",
            "Your saved cards are then shown here at a checkout without a code. Leave this off on a shared computer.",
        ),
        required=False,
    )

    def without_trust(self) -> None:
        """Ask for the code only."""
        del self.fields["trust"]
