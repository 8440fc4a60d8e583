"""The log of what happened: every change of the site's, who made it, what was before, and whom it was told to."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import deliveries, event_filters, shown
from customers.admin.base import Link
from customers.admin.json_text import highlighted, written
from customers.admin.replaying import ReplayActs
from customers.events.models import Delivery, Event
from customers.services.powers import Power


class EventAdmin(ReplayActs):
    """Events are read, never changed; whoever was told of one can be told again."""

    model = Event
    to_view = Power.VIEW_CUSTOMERS
    page_template = "admin/event.html"
    list_display = ("what", "object_id", "told", "by", "when")
    list_filter = (
        event_filters.TypeFilter,
        event_filters.PeriodFilter,
        event_filters.DeliveryFilter,
        event_filters.CustomerFilter,
        event_filters.ObjectFilter,
    )
    search_fields = ("pk",)
    search_help_text = gettext_lazy("Finds the ID of an event, a customer, or any other object.")

    @admin.display(description=gettext_lazy("What happened"))
    def what(self, event: Event) -> str:
        return shown.event_title(event.type)

    @admin.display(description=gettext_lazy("Delivery"))
    def told(self, event: Any) -> str:
        words, style = event.told
        return format_html('<span class="badge {}">{}</span>', style, words) if words else ""

    @admin.display(description=gettext_lazy("By"))
    def by(self, event: Event) -> str:
        return " · ".join(part for part in (shown.door(event.door), event.actor) if part)

    @admin.display(description=gettext_lazy("When"))
    def when(self, event: Event) -> Any:
        return event.created_at

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        rows = super().get_queryset(request)
        # Pictures of objects are kilobytes each, and a list shows none of them.
        is_page = (
            request.resolver_match is not None and "object_id" in request.resolver_match.kwargs
        )
        return rows if is_page else rows.defer("snapshot", "previous_attributes")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        """Find by the event's id, its customer's, or its object's."""
        words = search_term.strip()
        if not words:
            return queryset, False
        if words.startswith(f"{Event.PREFIX}_"):
            return queryset.filter(pk=words), False
        if words.startswith("cus_"):
            return queryset.filter(customer_id=words), False
        return queryset.filter(object_id=words), False

    def prepare_rows(self, rows: list[Any]) -> None:
        found = told([row.pk for row in rows])
        for row in rows:
            row.told = found.get(row.pk, ("", ""))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one page of the list."""
        links = [Link(_("Resend events"), self.url("replay"))] if self.may_resend(request) else []
        return super().changelist_view(request, {"links": links, **(extra_context or {})})

    def more_urls(self) -> list[URLPattern]:
        return self.replay_urls()

    def links(self, request: HttpRequest, row: Event) -> list[Link]:
        return [Link(_("Resend"), self.url("resend", row.pk))] if self.may_resend(request) else []

    def facts(self, request: HttpRequest, row: Event) -> Sequence[tuple[Any, Any]]:
        pairs = (
            (_("Type"), row.type),
            (_("When"), row.created_at),
            (_("Through"), shown.door(row.door)),
            (_("By"), row.actor),
            (_("Object"), row.object_id),
            (_("Event ID"), row.pk),
            (_("Request ID"), row.request_id),
            (_("Idempotency key"), row.idempotency_key),
            (_("API version"), row.api_version),
        )
        return [(label, value) for label, value in pairs if value]

    def page_context(self, request: HttpRequest, row: Event) -> dict[str, Any]:
        rows = Delivery.objects.filter(event=row).select_related("endpoint")
        return {
            "title": shown.event_title(row.type),
            "line": shown.event_line(row),
            "changes": _changes(row.previous_attributes or {}, row.snapshot),
            "body": highlighted(row.snapshot),
            "deliveries": [deliveries.line(one) for one in rows.order_by("created_at", "pk")],
            "resend_url": self.url("resend", row.pk) if self.may_resend(request) else "",
            "object_events_url": f"{self.url('changelist')}?object={row.object_id}",
        }


def told(pks: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return how telling of each event goes, by its id, as words and a style; of those that nobody asks for nothing."""
    status = Delivery.Status
    counts = {
        name: Count("pk", filter=Q(status=name)) for name in (status.PENDING, status.FAILED, status.CANCELED)
    }  # fmt: skip
    rows = Delivery.objects.filter(event__in=pks).order_by().values_list("event_id")
    found: Iterable[Any] = rows.annotate(**{f"{name}_": each for name, each in counts.items()})
    return {pk: _how(pending, failed, canceled) for pk, pending, failed, canceled in found}


def _how(pending: int, failed: int, canceled: int) -> tuple[str, str]:
    if failed:
        return _("Given up"), "bad"
    if pending:
        return _("Waiting"), "warn"
    return (_("Canceled"), "") if canceled else (_("Delivered"), "ok")


def _changes(
    before: dict[str, Any], after: dict[str, Any], path: str = ""
) -> list[tuple[str, str, str]]:
    """Return what changed, as names in brackets with the values before and after."""
    rows = []
    for name, old in before.items():
        where = f"{path}[{name}]" if path else name
        new = after.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            rows += _changes(old, new, where)
        else:
            rows.append((where, written(old), written(new)))
    return sorted(rows)
