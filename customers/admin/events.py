"""The log of what happened: every change of the site's, with who made it and what was before."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown
from customers.admin.base import TenantAdmin
from customers.events.models import Event
from customers.kit import clock


class TypeFilter(admin.SimpleListFilter):
    title = gettext_lazy("Type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(type_, shown.event_title(type_)) for type_ in shown.EVENTS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(type=self.value()) if self.value() else queryset


class SinceFilter(admin.SimpleListFilter):
    title = gettext_lazy("Since")
    parameter_name = "since"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", _("Past day")), ("7", _("Past week")), ("30", _("Past month"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"1", "7", "30"}:
            return queryset
        begin = clock.now() - timedelta(days=int(self.value() or 0))
        return queryset.filter(created_at__gte=begin)


class CustomerFilter(admin.SimpleListFilter):
    """One customer's events; shown only when a link has asked for it."""

    title = gettext_lazy("Customer")
    parameter_name = "customer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        wanted = request.GET.get(self.parameter_name, "")
        return [(wanted, wanted)] if wanted else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(customer_id=self.value()) if self.value() else queryset


class EventAdmin(TenantAdmin[Event]):
    """Events are read, never changed."""

    model = Event
    page_template = "admin/event.html"
    list_display = ("what", "object_id", "by", "when")
    list_filter = (TypeFilter, SinceFilter, CustomerFilter)
    search_fields = ("pk",)
    search_help_text = gettext_lazy("Finds the ID of an event or a customer.")

    @admin.display(description=gettext_lazy("What happened"))
    def what(self, event: Event) -> str:
        return shown.event_title(event.type)

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
        """Find by what has an index: the event's id, or its customer's."""
        words = search_term.strip()
        if not words:
            return queryset, False
        is_event = words.startswith(f"{Event.PREFIX}_")
        return queryset.filter(pk=words) if is_event else queryset.filter(customer_id=words), False

    def facts(self, request: HttpRequest, row: Event) -> Sequence[tuple[Any, Any]]:
        return (
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

    def page_context(self, request: HttpRequest, row: Event) -> dict[str, Any]:
        return {
            "title": shown.event_title(row.type),
            "line": shown.event_line(row),
            "changes": _changes(row.previous_attributes or {}, row.snapshot),
            "body": _written(row.snapshot),
        }


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
            rows.append((where, _written(old), _written(new)))
    return sorted(rows)


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
