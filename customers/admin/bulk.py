"""What is done to many customers at once: who is touched is shown first, then the worker does it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import custom_filters, shown
from customers.admin.base import Act
from customers.admin.customer_forms import custom_value_field
from customers.admin.fields import AnyChoiceField, currencies, time_zones
from customers.admin.forms import DashboardForm, PairsField, RuledField
from customers.admin.lists import ORDER, kept_params
from customers.kit import clock
from customers.kit.errors import InvalidRequest
from customers.models import BulkJob, Customer, CustomField
from customers.restkit import inputs
from customers.services import bulk_acts, bulk_jobs, custom_fields
from customers.services.powers import Power

if TYPE_CHECKING:
    from customers.admin.tables import Table

    _Base = Table
else:
    _Base = object

Acts = BulkJob.Act
PREVIEWED = 10
COUNTED = 10_000
"""How far a preview counts; beyond, the worker does."""
_MAX_KEY = 40


@dataclass(frozen=True, slots=True)
class Touched:
    """Whom a bulk job will touch.

    Args:
        count: how many, in words.
        some: the first of them.
        chosen: the ids that were chosen; all that the list shows when empty.
    """

    count: str
    some: list[dict[str, Any]]
    params: Mapping[str, str]
    chosen: Sequence[str]
    is_empty: bool


class TagForm(DashboardForm):
    """A key of metadata and its value, such as `segment` and `winter sale`."""

    key = forms.CharField(
        label=gettext_lazy("Tag"),
        max_length=_MAX_KEY,
        help_text=gettext_lazy("A key of the metadata, such as segment."),
    )
    value = RuledField(
        inputs.TextField(max_length=500),
        label=gettext_lazy("Value"),
        help_text=gettext_lazy("Empty takes the tag away."),
    )

    def settings(self) -> dict[str, Any]:
        """Return what the job needs to know.

        Raises:
            InvalidRequest: metadata cannot have such a key.
        """
        values = self.changes()
        PairsField.rule.read({values["key"]: values["value"] or ""}, "key")
        return {"key": values["key"], "value": values["value"] or ""}


class FieldForm(DashboardForm):
    """A field, which is chosen first, and its value."""

    def __init__(self, name: str, value: forms.Field, **options: Any) -> None:
        super().__init__(**options)
        self.name = name
        value.required = False
        value.help_text = value.help_text or gettext_lazy("Empty takes the value away.")
        self.fields["value"] = value

    def settings(self) -> dict[str, Any]:
        """Return what the job needs to know."""
        return {"field": self.name, "value": self.cleaned_data["value"] or ""}


class SureForm(DashboardForm):
    """A box to be ticked for what cannot be undone."""

    is_sure = forms.BooleanField(label=gettext_lazy("Delete these customers for good"))

    def settings(self) -> dict[str, Any]:
        """Return what the job needs to know."""
        return {}


class PlainForm(DashboardForm):
    """Nothing to be said."""

    def settings(self) -> dict[str, Any]:
        """Return what the job needs to know."""
        return {}


class BulkWork(_Base):
    """The views that ask for bulk jobs; mixed into the pages of customers."""

    bulk_acts: ClassVar[Mapping[Acts, tuple[Any, Any, Any]]] = {
        Acts.TAG: (gettext_lazy("Tag"), gettext_lazy("Tag customers"), ""),
        Acts.SET_FIELD: (gettext_lazy("Set a field"), gettext_lazy("Set a field of customers"), ""),
        Acts.CARD_UPDATE: (
            gettext_lazy("Ask for a card update"),
            gettext_lazy("Ask customers for a card update"),
            gettext_lazy("Each is sent an email with a link to a page where another card can be saved."),
        ),
        Acts.DELETE: (
            gettext_lazy("Delete"),
            gettext_lazy("Delete customers"),
            gettext_lazy(
                "Their subscriptions end, they can no longer be billed or changed, and their history stays. "
                "This cannot be undone."
            ),
        ),
    }  # fmt: skip
    """By act: the button, the heading, what it means."""

    def get_urls(self) -> list[URLPattern]:
        return [self.route("bulk/<str:act>/", self.bulk_view, "bulk"), *super().get_urls()]

    def may_act(self, request: HttpRequest, act: str) -> bool:
        """Tell whether the operator may do something to many customers at once."""
        power = Power.DELETE if act == Acts.DELETE else Power.EDIT_CUSTOMERS
        return self.allows(request, power)

    def offered_acts(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Return what the list offers for its rows."""
        return [
            {"label": label, "url": self.url("bulk", act), "is_danger": act == Acts.DELETE}
            for act, (label, _title, _text) in self.bulk_acts.items()
            if act in bulk_acts.acts and self.may_act(request, act)
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one page of the list, with boxes to choose rows by where something can be done to them."""
        context = {"bulk_acts": self.offered_acts(request), "bulk_params": kept_params(request)}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        columns = super().get_list_display(request)
        return ["tick", *columns] if self.offered_acts(request) else columns

    def get_list_display_links(self, request: HttpRequest, list_display: Sequence[Any]) -> Any:
        """Let the first column that says something lead to the row's page."""
        return [name for name in list_display if name != "tick"][:1]

    def tick(self, row: Customer) -> str:
        """Show a box that chooses the row."""
        return shown.tick(row.pk, _("Choose %(name)s") % {"name": row})

    tick.short_description = gettext_lazy("choose")  # type: ignore[attr-defined]  # as the stock admin wants it

    def bulk_view(self, request: HttpRequest, act: str) -> HttpResponse:
        """Show who is touched and ask what is to be done, or have the worker do it."""
        if act not in self.bulk_acts or act not in bulk_acts.acts:
            raise Http404
        self.require(self.may_act(request, act))
        touched = self._touched(request)
        label, title, text = self.bulk_acts[Acts(act)]

        def ask(form: Any) -> BulkJob:
            if touched.is_empty:
                raise InvalidRequest(_("Nobody was chosen."))
            settings = form.settings()
            if act == Acts.SET_FIELD:
                check(settings)
            details = {
                "settings": settings,
                "params": dict(touched.params),
                "chosen": list(touched.chosen),
            }
            operator = self.choice(request).operator
            return bulk_jobs.create(
                self.table, Acts(act), operator=operator, details=details, at=clock.now()
            )

        words = Act(
            title=title, text=text, button=label, done=_("The worker has begun."),
            back=self.list_url(touched.params),
            then=lambda job: reverse("admin:customers_bulkjob_page", args=[job.pk]),
            style="danger" if act == Acts.DELETE else "primary",
        )  # fmt: skip
        request_fields = self._fields_to_choose(request) if act == Acts.SET_FIELD else []
        field = request.GET.get("field", "")
        if act == Acts.SET_FIELD and field not in dict(request_fields):
            return self._choose_field(request, words, touched, request_fields)
        form = self._bulk_form(request, Acts(act), field)
        form.touched = touched
        if "is_sure" in form.fields:
            form.fields["is_sure"].label = _("Delete these customers for good: %(count)s") % {
                "count": touched.count
            }
        return self.run_form(request, form, ask, words, template="admin/customers/bulk.html")

    def _touched(self, request: HttpRequest) -> Touched:
        """Return whom the address names: those with the ids in it, or all that the list shows."""
        chosen = list(dict.fromkeys(request.GET.getlist("id")))[: bulk_jobs.MAX_CHOSEN]
        is_all = bool(request.GET.get("all"))
        params = {
            name: value for name, value in kept_params(request).items() if name not in {"field", ORDER}
        }  # fmt: skip
        if not chosen and not is_all:
            return Touched("0", [], params, [], is_empty=True)
        if is_all:
            chosen = []
        try:
            _asked, rows = self.rows(self.choice(request), {} if chosen else params)
        except IncorrectLookupParameters as error:
            raise Http404 from error
        if chosen:
            rows = rows.filter(pk__in=chosen)
        count = rows.order_by().values_list("pk")[: COUNTED + 1].count()
        words = number_format(min(count, COUNTED), force_grouping=True) + "+" * (count > COUNTED)
        some = [shown.customer_line(row) for row in rows[:PREVIEWED]]
        return Touched(words, some, params, chosen, is_empty=not count)

    def _bulk_form(self, request: HttpRequest, act: Acts, field: str) -> Any:
        if act == Acts.TAG:
            return self.make_form(request, TagForm)
        if act == Acts.SET_FIELD:
            return self.make_form(request, FieldForm, field, self._value_field(request, field))
        return self.make_form(request, SureForm if act == Acts.DELETE else PlainForm)

    def _fields_to_choose(self, request: HttpRequest) -> list[tuple[str, Any]]:
        own = [(_key(field), field.label) for field in custom_filters.in_use(request)]
        return [*own, *((name, _COLUMNS[name][0]) for name in bulk_acts.COLUMNS)]

    def _choose_field(
        self, request: HttpRequest, words: Act, touched: Touched, fields: Any
    ) -> HttpResponse:
        """Ask which field it is, since each asks for its value in its own way."""
        asked = request.GET.copy()
        links = []
        for name, label in fields:
            asked["field"] = name
            links.append((label, f"?{asked.urlencode()}"))
        context = {"title": words.title, "act": words, "touched": touched, "fields": links}
        return self.render(request, "admin/customers/bulk_field.html", context)

    def _value_field(self, request: HttpRequest, name: str) -> forms.Field:
        if name in _COLUMNS:
            field: forms.Field = _COLUMNS[name][1]()
            field.label = _COLUMNS[name][0]
            return field
        return custom_value_field(
            next(field for field in custom_filters.in_use(request) if _key(field) == name)
        )


def check(settings: Mapping[str, Any]) -> None:
    """Make sure that a value can be set, before anybody is touched.

    Raises:
        InvalidRequest: the field does not take it.
    """
    name, value = settings["field"], settings["value"]
    if name not in bulk_acts.COLUMNS:
        key = name.removeprefix("custom_fields[").removesuffix("]")
        custom_fields.merged({}, {key: value})


def _key(field: CustomField) -> str:
    return f"custom_fields[{field.key}]"


_COLUMNS: dict[str, tuple[Any, Any]] = {
    "language": (gettext_lazy("Language"), lambda: RuledField(inputs.LocaleField(emptied=""))),
    "timezone": (gettext_lazy("Time zone"), lambda: AnyChoiceField(choices=time_zones)),
    "preferred_currency": (
        gettext_lazy("Preferred currency"),
        lambda: AnyChoiceField(choices=currencies),
    ),
    "tax_exempt": (
        gettext_lazy("Tax"),
        lambda: forms.ChoiceField(choices=Customer.TaxExempt.choices),
    ),
}
