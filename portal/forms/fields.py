"""What forms of the portal have in common: sentences of our own, and no field that cuts off what is pasted."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import pgettext_lazy

from customers.services.letters import Reader

_MISSING = pgettext_lazy("page", "Fill this in.")
_LONG = pgettext_lazy("page", "Write %(limit_value)d characters at most.")
_CHOOSE = pgettext_lazy("page", "Choose one of these.")
_NULL = pgettext_lazy("page", "Something in this text cannot be read.")


class Text(forms.CharField):
    """A line of text."""

    def __init__(self, *, complete: str = "", **options: Any) -> None:
        """Make the field.

        Args:
            complete: what the browser may fill in, of HTML's `autocomplete`.
        """
        said = {
            "required": _MISSING,
            "max_length": _LONG,
            "null_characters_not_allowed": _NULL,
            **options.pop("error_messages", {}),
        }
        super().__init__(**options, error_messages=said)
        if complete:
            self.widget.attrs["autocomplete"] = complete

    def to_python(self, value: Any) -> str:
        """Return the text in one spelling of its letters."""
        return unicodedata.normalize("NFC", super().to_python(value) or "")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Leave out `maxlength`, which cuts off what is pasted."""
        return {}


class Choice(forms.ChoiceField):
    """One of several values."""

    def __init__(self, *, complete: str = "", **options: Any) -> None:
        """Make the field.

        Args:
            complete: as for `Text`.
        """
        said = {"required": _CHOOSE, "invalid_choice": _CHOOSE}
        super().__init__(**options, error_messages=said)
        if complete:
            self.widget.attrs["autocomplete"] = complete

    def keep(self, value: str) -> None:
        """Offer a value as well that was kept elsewhere: the API takes free text."""
        offered: list[Any] = [*self.choices]  # type: ignore[misc]  # a list, whatever else it may be set to
        if value and value not in _values(offered):
            self.choices = [*offered, (value, value)]


class PortalForm(forms.Form):
    """A form whose labels and errors are in the reader's language."""

    error_css_class = "has-error"

    def __init__(self, reader: Reader, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.reader = reader
        self.use_required_attribute = False  # our own sentences, in the page's language

    def texts(self, *names: str) -> dict[str, str]:
        """Return what was typed into some fields; those that the form does not have are left out."""
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}


def _values(choices: Iterable[Any]) -> set[str]:
    """Return the values of choices, also of those in groups."""
    found: set[str] = set()
    for value, label in choices:
        found |= _values(label) if isinstance(label, list | tuple) else {value}
    return found
