"""What customers are asked when they change, pause or cancel a subscription."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import pgettext, pgettext_lazy

from portal.services.cancellations import LONGEST_COMMENT

REASONS = {
    "too_expensive": pgettext_lazy("page", "It is too expensive"),
    "missing_features": pgettext_lazy("page", "Something that I need is missing"),
    "switched_service": pgettext_lazy("page", "I use something else now"),
    "unused": pgettext_lazy("page", "I do not use it enough"),
    "customer_service": pgettext_lazy("page", "I was not happy with the customer service"),
    "too_complex": pgettext_lazy("page", "It is too hard to use"),
    "low_quality": pgettext_lazy("page", "I was not happy with the quality"),
    "other": pgettext_lazy("page", "Another reason"),
}
"""Why customers leave, by Stripe's words."""

DAY, OPEN = "day", "open"


class CancelForm(forms.Form):
    """Why somebody leaves; both answers may be left out.

    Args:
        reasons: those that can be chosen, by Stripe's words.
    """

    reason = forms.ChoiceField(
        label=pgettext_lazy("page", "Why are you leaving? (optional)"),
        required=False,
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=pgettext_lazy("page", "Anything else you want to tell us? (optional)"),
        required=False,
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, reasons: Sequence[str], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choosing = self.fields["reason"]
        assert isinstance(choosing, forms.ChoiceField)  # noqa: S101 -- as declared above
        choosing.choices = [(code, REASONS[code]) for code in reasons if code in REASONS]
        if not reasons:
            del self.fields["reason"]


class PauseForm(forms.Form):
    """Until when nothing is to be charged.

    Args:
        choices: a place and its words each.
        first: the first day that can be chosen freely; None where no day can.
    """

    until = forms.ChoiceField(
        label=pgettext_lazy("page", "For how long?"), widget=forms.RadioSelect
    )
    day = forms.DateField(
        label=pgettext_lazy("page", "Until another day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": pgettext_lazy("page", "Give a day of the calendar.")},
    )

    def __init__(
        self,
        choices: Sequence[tuple[str, str]],
        first: date | None,
        last: date,
        *args: Any,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        found = list(choices)
        if first is None:
            del self.fields["day"]
        else:
            found += [
                (OPEN, pgettext("page", "Until I resume it")),
                (DAY, pgettext("page", "Until a day of your choice")),
            ]
            days = self.fields["day"].widget.attrs
            days["min"], days["max"] = first.isoformat(), last.isoformat()
        choosing = self.fields["until"]
        assert isinstance(choosing, forms.ChoiceField)  # noqa: S101 -- as declared above
        choosing.choices = found
        self.initial.setdefault("until", found[0][0] if found else "")

    def clean(self) -> dict[str, Any]:
        """Ask for the day where one is to be chosen."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("until") == DAY and not said.get("day") and "day" not in self.errors:
            self.add_error("day", pgettext("page", "Choose a day."))
        return said


class PlanForm(forms.Form):
    """Which plan, how many, and a code."""

    price = forms.CharField(required=False, max_length=255)
    quantity = forms.IntegerField(
        label=pgettext_lazy("page", "Quantity"),
        required=False,
        min_value=0,
        error_messages={"invalid": pgettext_lazy("page", "Give a whole number.")},
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    code = forms.CharField(
        label=pgettext_lazy("page", "Promotion code (optional)"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
