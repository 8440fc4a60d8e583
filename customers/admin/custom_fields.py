"""Definitions of the site's own fields: one page each, with the constraints of its type."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Act, Link
from customers.admin.forms import DashboardForm, LinesField, RuledField, Section
from customers.admin.kinds import KindFirstAdmin
from customers.admin.lists import ShortList
from customers.kit import clock
from customers.models import CustomField
from customers.models.custom_fields import KEY
from customers.restkit import inputs
from customers.services import custom_fields
from customers.services.powers import Power

Kind = CustomField.Kind
_LABELS = {
    "min_length": gettext_lazy("Shortest, in characters"),
    "max_length": gettext_lazy("Longest, in characters"),
    "pattern": gettext_lazy("Pattern"),
    "minimum": gettext_lazy("Smallest"),
    "maximum": gettext_lazy("Largest"),
    "integer": gettext_lazy("Whole numbers only"),
    "earliest": gettext_lazy("Earliest"),
    "latest": gettext_lazy("Latest"),
    "options": gettext_lazy("Options"),
}
_PREFIX = "constraints"


def _date_field(label: Any) -> RuledField:
    return RuledField(
        inputs.TextField(max_length=10), label=label, widget=forms.TextInput(attrs={"type": "date"})
    )


def _constraint_fields() -> dict[str, forms.Field]:
    """Return a field for each constraint, under the name by which a refusal finds it."""
    length = inputs.IntegerField(min_value=0)
    number = inputs.NumberField()
    fields: dict[str, forms.Field] = {
        "min_length": RuledField(length, label=_LABELS["min_length"]),
        "max_length": RuledField(length, label=_LABELS["max_length"]),
        "pattern": RuledField(
            inputs.TextField(max_length=200),
            label=_LABELS["pattern"],
            help_text=gettext_lazy("A regular expression that the whole text has to match."),
        ),
        "minimum": RuledField(number, label=_LABELS["minimum"]),
        "maximum": RuledField(number, label=_LABELS["maximum"]),
        "integer": forms.BooleanField(label=_LABELS["integer"], required=False),
        "earliest": _date_field(_LABELS["earliest"]),
        "latest": _date_field(_LABELS["latest"]),
        "options": LinesField(
            inputs.TextField(max_length=255),
            max_lines=200,
            label=_LABELS["options"],
            help_text=gettext_lazy("One on a line."),
        ),
    }
    return {f"{_PREFIX}[{name}]": field for name, field in fields.items()}


def _names(kind: str) -> tuple[str, ...]:
    return tuple(f"{_PREFIX}[{name}]" for name in custom_fields.CONSTRAINTS[kind])


class FieldForm(DashboardForm):
    """What can be changed of a definition: its words, and the constraints of its type.

    Args:
        kind: the type.
    """

    sections: ClassVar[Sequence[Section]] = (
        Section("", ("label", "key", "help_text", "position", "is_required")),
        Section(gettext_lazy("Constraints of a text"), _names(Kind.TEXT)),
        Section(gettext_lazy("Constraints of a number"), _names(Kind.NUMBER)),
        Section(gettext_lazy("Constraints of a date"), _names(Kind.DATE)),
        Section(gettext_lazy("Choices of a dropdown"), _names(Kind.DROPDOWN)),
    )

    label = forms.CharField(label=gettext_lazy("Label"), max_length=100)
    help_text = forms.CharField(label=gettext_lazy("Help text"), max_length=255, required=False)
    is_required = forms.BooleanField(label=gettext_lazy("Required"), required=False)
    position = forms.IntegerField(
        label=gettext_lazy("Position"),
        min_value=0,
        max_value=10_000,
        initial=0,
        help_text=gettext_lazy("Smaller numbers come first."),
    )

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind
        for name, field in _constraint_fields().items():
            if name in _names(kind):
                self.fields[name] = field

    def details(self) -> dict[str, Any]:
        """Return the columns; constraints that were left empty are not there."""
        values = self.changes()
        constraints = {
            name: value
            for name in _LABELS
            if (value := values.pop(f"{_PREFIX}[{name}]", None)) not in (None, "", False, [])
        }
        return {**values, "constraints": constraints}


class EditFieldForm(FieldForm):
    def __init__(self, row: CustomField, **options: Any) -> None:
        super().__init__(row.kind, **options)


class NewFieldForm(FieldForm):
    key = forms.RegexField(
        KEY,
        label=gettext_lazy("Key"),
        max_length=40,
        help_text=gettext_lazy(
            "The name in the API; it does not change. Lowercase letters, digits and underscores."
        ),
    )


class CustomFieldAdmin(KindFirstAdmin):
    model = CustomField
    to_view = Power.VIEW_SETTINGS
    to_add = to_change = to_delete = Power.MANAGE_SETTINGS
    form_class = EditFieldForm
    add_form_class = NewFieldForm
    kinds = (
        (Kind.TEXT, Kind.TEXT.label, gettext_lazy("A name, a number with letters, a remark.")),
        (Kind.NUMBER, Kind.NUMBER.label, gettext_lazy("How many, how much.")),
        (Kind.DATE, Kind.DATE.label, gettext_lazy("A day of the calendar.")),
        (Kind.DROPDOWN, Kind.DROPDOWN.label, gettext_lazy("One of the options that you give.")),
        (Kind.CHECKBOX, Kind.CHECKBOX.label, gettext_lazy("Yes or no.")),
    )
    list_class = ShortList
    ordering = ("position", "label", "id")
    list_display = ("label", "key", "kind", "is_required", "state")

    @admin.display(description=gettext_lazy("State"))
    def state(self, field: CustomField) -> str:
        return _("Archived") if field.archived_at else _("In use")

    def facts(self, request: HttpRequest, row: CustomField) -> Sequence[tuple[Any, Any]]:
        yes = {True: _("Yes"), False: _("No")}
        return (
            (_("Label"), row.label),
            (_("Key"), row.key),
            (_("Type"), row.get_kind_display()),
            (_("Help text"), row.help_text),
            (_("Required"), yes[row.is_required]),
            *(
                (_LABELS[name], _shown(row.constraints[name]))
                for name in custom_fields.CONSTRAINTS[row.kind]
                if name in row.constraints
            ),
            (_("Position"), str(row.position)),
            (_("State"), self.state(row)),
        )

    def links(self, request: HttpRequest, row: CustomField) -> list[Link]:
        links = super().links(request, row)
        if self.has_change_permission(request, row):
            words = _("Take back into use") if row.archived_at else _("Archive")
            links.insert(
                1, Link(words, self.url("restore" if row.archived_at else "archive", row.pk))
            )
        return links

    def delete_text(self, row: CustomField) -> str:
        return _(
            "Values that customers have under this key are kept and shown no more. "
            "To keep the field and take no more values, archive it."
        )

    def initial(self, request: HttpRequest, row: CustomField) -> dict[str, Any]:
        constraints = {f"{_PREFIX}[{name}]": value for name, value in row.constraints.items()}
        return {**super().initial(request, row), **constraints}

    def create(self, request: HttpRequest, form: Any) -> CustomField:
        return custom_fields.create(details={**form.details(), "kind": form.kind}, at=clock.now())

    def update(self, request: HttpRequest, row: CustomField, form: Any) -> CustomField:
        return custom_fields.update(row, details=form.details(), at=clock.now())

    def destroy(self, request: HttpRequest, row: CustomField) -> CustomField:
        return custom_fields.delete(row, at=clock.now())

    def more_urls(self) -> list[URLPattern]:
        return [
            self.route("<str:object_id>/archive/", self.archive_view, "archive"),
            self.route("<str:object_id>/restore/", self.restore_view, "restore"),
        ]

    def archive_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to archive a field, or archive it."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request, row))
        words = Act(
            title=_("Archive %(name)s?") % {"name": row},
            text=_("It takes no more values; those that customers have stay readable."),
            button=_("Archive"),
            done=_("%(name)s was archived.") % {"name": row},
            back=self.page_url(row),
        )
        form = self.make_form(request, DashboardForm)
        return self.run_form(
            request, form, lambda _form: custom_fields.archive(row, at=clock.now()), words, row=row
        )

    def restore_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to take a field back into use, or do it."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request, row))
        words = Act(
            title=_("Take %(name)s back into use?") % {"name": row},
            button=_("Take back into use"),
            done=_("%(name)s is in use again.") % {"name": row},
            back=self.page_url(row),
        )
        form = self.make_form(request, DashboardForm)
        return self.run_form(
            request, form, lambda _form: custom_fields.restore(row, at=clock.now()), words, row=row
        )


def _shown(constraint: Any) -> str:
    if constraint is True:
        return _("Yes")
    return ", ".join(constraint) if isinstance(constraint, list) else str(constraint)
