"""Erasures: those that customers asked for, those that run, and the reports of those that are done."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.choices import Choice
from customers.admin.customer_erasure import FATES, page_of, said_of
from customers.admin.forms import DashboardForm
from customers.admin.home import WAITING, Concern, Waiting
from customers.kit import clock
from customers.models import Erasure
from customers.services import erasures
from customers.services.erasing import Act as Fate
from customers.services.powers import Power

Status = Erasure.Status
STYLES = {
    Status.REQUESTED: "warn",
    Status.WAITING: "warn",
    Status.RUNNING: "warn",
    Status.DONE: "ok",
    Status.CANCELED: "",
}


class StatusFilter(admin.SimpleListFilter):
    """How far they are."""

    title = gettext_lazy("Status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Status.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() in Status.values else queryset


class ErasureAdmin(TenantAdmin[Erasure]):
    """The pages of erasures; they are asked for on the customers' pages."""

    model = Erasure
    menu_title = gettext_lazy("Erasures")
    to_view = Power.VIEW_CUSTOMERS
    page_template: ClassVar[str] = "admin/customers/erasure.html"
    list_display = ("who", "state", "due", "actor", "created")
    list_filter = (StatusFilter,)
    list_select_related = ("customer",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Erasure]:
        return super().get_queryset(request).select_related("customer")

    def who(self, row: Erasure) -> str:
        """Show the customer; after the erasure that is an id."""
        return str(row.customer)

    who.short_description = gettext_lazy("customer")  # type: ignore[attr-defined]  # as the stock admin wants it

    def state(self, row: Erasure) -> str:
        """Show the status."""
        return format_html(
            '<span class="badge {}">{}</span>', STYLES[Status(row.status)], row.get_status_display()
        )

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as above

    def due(self, row: Erasure) -> Any:
        """Show until when a wish is to be answered."""
        return row.due_at if row.status == Status.REQUESTED else None

    due.short_description = gettext_lazy("due")  # type: ignore[attr-defined]  # as above

    def more_urls(self) -> list[URLPattern]:
        return [self.route("<str:object_id>/cancel/", self.cancel_view, "cancel")]

    def facts(self, request: HttpRequest, row: Erasure) -> Sequence[tuple[Any, Any]]:
        pairs = [
            (_("Customer"), _customer_link(row)),
            (_("Asked for"), row.created_at),
            (_("By"), row.actor or _("The customer")),
            (_("To be answered until"), row.due_at if row.status == Status.REQUESTED else None),
            (_("Began"), row.started_at),
            (_("Finished"), row.finished_at),
            (_("Documents are kept until"), row.kept_until),
        ]
        return [(label, value) for label, value in pairs if value]

    def page_context(self, request: HttpRequest, row: Erasure) -> dict[str, Any]:
        return {
            "title": _("Erasure of %(customer)s") % {"customer": row.customer},
            "badge": (row.get_status_display(), STYLES[Status(row.status)]),
            "rows": _rows(row),
            "fates": [words for words, _style in FATES.values()],
            "waits_for": _waits_for(row),
            "has_ended": row.status == Status.DONE,
            "findings": _findings(row),
        }

    def links(self, request: HttpRequest, row: Erasure) -> list[Link]:
        if not self.allows(request, Power.DELETE):
            return []
        links = []
        if row.status == Status.REQUESTED:
            url = reverse("admin:customers_customer_erase", args=[row.customer_id])
            links.append(Link(_("See the plan and erase"), url, "primary"))
        if row.status in {Status.REQUESTED, Status.WAITING}:
            words = _("Decline") if row.status == Status.REQUESTED else _("Call off")
            links.append(Link(words, self.url("cancel", row.pk), "danger"))
        return links

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to call an erasure off, or do so."""
        row = self.found(request, object_id)
        self.require(self.allows(request, Power.DELETE))
        is_wish = row.status == Status.REQUESTED
        declined = _(
            "Tell the customer why: you may need a reason in law, such as claims of yours."
        )
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: erasures.cancel(row, at=clock.now()),
            Act(
                title=_("Decline the erasure?") if is_wish else _("Call the erasure off?"),
                text=declined if is_wish else _("Nothing has been erased yet."),
                button=_("Decline") if is_wish else _("Call off"),
                done=_("Nothing is erased."),
                back=self.page_url(row),
                then=page_of,
                style="danger",
                leave=_("Back"),
            ),
            row=row,
        )


def concerns(choice: Choice, at: datetime) -> Iterable[Concern]:
    """Yield the wishes to be erased that nobody has answered, the most urgent ones first."""
    if not choice.may(Power.VIEW_CUSTOMERS):
        return
    rows = Erasure.objects.select_related("customer").filter(status=Status.REQUESTED)
    found = [
        Waiting(
            page_of(row),
            str(row.customer),
            _("Asks for the erasure of their data"),
            _("Overdue") if row.due_at and row.due_at < at else _("Until"),
            "bad" if row.due_at and row.due_at < at else "warn",
            row.due_at,
        )
        for row in rows.order_by("due_at", "id")[: WAITING + 1]
    ]
    url = f"{reverse('admin:customers_erasure_changelist')}?status={Status.REQUESTED}"
    yield Concern(_("Wishes to be erased"), found, url)


def _customer_link(row: Erasure) -> str:
    url = reverse("admin:customers_customer_page", args=[row.customer_id])
    return format_html('<a href="{}">{}</a>', url, row.customer)


def _rows(row: Erasure) -> list[dict[str, Any]]:
    """Return, by kind of row, how many were removed, redacted and kept."""
    known = {treatment.name: treatment.title for treatment in erasures.all_treatments()}
    names = [*(name for name in known if name in row.counts), *(row.counts.keys() - known.keys())]
    return [
        {
            "title": known.get(name, name),
            "counts": [(FATES[fate][0], row.counts[name].get(fate.value, 0)) for fate in Fate],
        }
        for name in names
    ]


def _waits_for(row: Erasure) -> str:
    if row.status != Status.WAITING:
        return ""
    return said_of(erasures.plan(row.customer).waits_for)


def _findings(row: Erasure) -> str:
    titles = {treatment.name: treatment.title for treatment in erasures.all_treatments()}
    return ", ".join(
        f"{titles.get(found['rows'], found['rows'])}: {found['column']}" for found in row.findings
    )
