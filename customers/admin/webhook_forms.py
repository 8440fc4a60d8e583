"""Forms about webhook endpoints: what they are told of, grouped by what people look for; when an old secret ends."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from customers.admin import shown
from customers.admin.forms import DashboardForm, PairsField, RuledField, Section
from customers.events.models import WebhookEndpoint
from customers.events.services import event_names
from customers.restkit import inputs
from customers.services.customers import merged_metadata

Spelling = WebhookEndpoint.Spelling

GROUPS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    (
        "customers",
        gettext_lazy("Customers"),
        ("customer.", "organization.", "custom_field.", "cash_balance.", "customer_cash_balance_"),
    ),
    ("payments", gettext_lazy("Payments"), ("payment_intent.", "charge.", "refund.", "dispute.")),
    (
        "methods",
        gettext_lazy("Payment methods"),
        ("payment_method.", "customer.payment_method.", "customer.source.", "setup_intent.", "mandate.", "card."),
    ),
    (
        "subscriptions",
        gettext_lazy("Subscriptions"),
        ("customer.subscription.", "subscription_schedule.", "customer.discount."),
    ),
    ("invoices", gettext_lazy("Invoices"), ("invoice", "credit_note.")),
    (
        "products",
        gettext_lazy("Products"),
        ("product.", "price.", "plan.", "coupon.", "promotion_code.", "tax_rate."),
    ),
    ("schedules", gettext_lazy("Recurring payments and links"), ("schedule.", "link.")),
    ("others", gettext_lazy("Everything else"), ("",)),
)  # fmt: skip
"""The groups of events: a name, a title, and how the names of its events begin; the longest beginning counts."""

_NEVER_HERE = ("recipient.", "transfer.")  # of Omise's: money is paid out by the payment gateway
_OVERLAPS = [
    ("0", gettext_lazy("Now")),
    ("1", gettext_lazy("In an hour")),
    ("24", gettext_lazy("In a day")),
    ("72", gettext_lazy("In three days")),
    ("168", gettext_lazy("In a week")),
]


def offered(spelling: str) -> list[str]:
    """Return the names of events that can happen here, in a spelling."""
    known = event_names.KNOWN[Spelling(spelling)]
    if spelling == Spelling.STRIPE:
        return sorted(known & shown.EVENTS.keys())
    return sorted(name for name in known if not name.startswith(_NEVER_HERE))


def group_of(name: str) -> str:
    """Return the group of an event's name."""
    fitting = [
        (len(beginning), group)
        for group, _title, beginnings in GROUPS
        for beginning in beginnings
        if name.startswith(beginning)
    ]
    return max(fitting)[1]


class EndpointForm(DashboardForm):
    """What can be said of an endpoint.

    Args:
        spelling: its events are offered.
        others: names that it asks for already, though they do not happen here.
    """

    sections: ClassVar[Sequence[Section]] = (
        Section("", ("url", "description")),
        Section(
            gettext_lazy("Events"),
            ("all_events",),
            gettext_lazy("Tell it of everything, or choose below."),
        ),
        *(Section(title, (f"events[{group}]",), is_folded=True) for group, title, _ in GROUPS),
        Section(gettext_lazy("Metadata"), ("metadata",), is_folded=True),
    )
    refusals: ClassVar[Mapping[str, str]] = {"enabled_events": "all_events"}

    url = forms.CharField(
        label=gettext_lazy("URL"),
        max_length=2048,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Where events are sent, such as https://shop.example.com/webhooks."),
    )
    description = RuledField(
        inputs.TextField(max_length=5000),
        label=gettext_lazy("Description"),
        help_text=gettext_lazy("What it is for."),
    )
    all_events = forms.BooleanField(label=gettext_lazy("All events"), required=False)
    metadata = PairsField(label=gettext_lazy("Metadata"))

    def __init__(self, spelling: str, others: Iterable[str] = (), **options: Any) -> None:
        super().__init__(**options)
        names = sorted({*offered(spelling), *others} - {event_names.ALL})
        for group, title, _beginnings in GROUPS:
            here = [(name, _label(name)) for name in names if group_of(name) == group]
            if here:
                self.fields[f"events[{group}]"] = forms.MultipleChoiceField(
                    label=title, choices=here, required=False, widget=forms.CheckboxSelectMultiple
                )
        self.order_fields(["url", "description", "all_events", *self._groups(), "metadata"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = sorted(name for group in self._groups() for name in cleaned.get(group, ()))
        cleaned["enabled_events"] = [event_names.ALL] if cleaned.get("all_events") else chosen
        return cleaned

    def details(self, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a service takes.

        Args:
            metadata: as it is.
        """
        said = {name: self.cleaned_data[name] for name in ("url", "enabled_events")}
        said["description"] = self.cleaned_data["description"] or ""
        return said | {"metadata": merged_metadata(metadata, self.cleaned_data["metadata"])}

    def _groups(self) -> list[str]:
        return [name for name in self.fields if name.startswith("events[")]


class EditEndpointForm(EndpointForm):
    def __init__(self, row: WebhookEndpoint, **options: Any) -> None:
        super().__init__(row.spelling, row.enabled_events, **options)


class RotateForm(DashboardForm):
    expires_in = forms.ChoiceField(
        label=gettext_lazy("The old secret ends"),
        choices=_OVERLAPS,
        initial="24",
        help_text=gettext_lazy("Until then both sign, so that your program can change over."),
    )


class TestEventForm(DashboardForm):
    """Which event to let come about.

    Args:
        types: those that can be.
    """

    __test__ = False  # the word is ours, and pytest's

    type = forms.ChoiceField(
        label=gettext_lazy("Event"),
        help_text=gettext_lazy(
            "What it tells of is really made, in test mode, and stays. Other endpoints that ask for it are told, too."
        ),
    )

    def __init__(self, types: Sequence[str], **options: Any) -> None:
        super().__init__(**options)
        field = self.fields["type"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- as declared above
        field.choices = [(type_, type_) for type_ in types]


def _label(name: str) -> Any:
    title = shown.EVENTS.get(name)
    if title is None:
        return format_html("<code>{}</code>", name)
    return format_html('<span class="choice">{}<code>{}</code></span>', title, name)
