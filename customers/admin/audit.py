"""The audit log: what staff did at the site, for those who answer for it; read, and never changed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import choices, shown
from customers.admin.base import Link, TenantAdmin
from customers.admin.event_filters import AskedFilter, PeriodFilter
from customers.models import AuditEntry, Membership, Operator
from customers.services.powers import Power

MOST_ACTORS = 50
INSTALLATION = "installation"
ACTIONS: dict[str, Any] = {
    "sign_in.succeeded": gettext_lazy("Signed in"),
    "sign_in.failed": gettext_lazy("Failed to sign in: wrong password"),
    "sign_in.code_failed": gettext_lazy("Failed to sign in: wrong code"),
    "sign_out": gettext_lazy("Signed out"),
    "password.changed": gettext_lazy("Password changed"),
    "second_factor.set_up": gettext_lazy("Second factor set up"),
    "second_factor.codes_renewed": gettext_lazy("Recovery codes renewed"),
    "second_factor.removed": gettext_lazy("Second factor removed"),
    "second_factor.reset": gettext_lazy("Second factor reset"),
    "secret.shown": gettext_lazy("Secret shown"),
    "member.invited": gettext_lazy("Member invited"),
    "member.role_changed": gettext_lazy("Role changed"),
    "member.removed": gettext_lazy("Member removed"),
    "membership.policy": gettext_lazy("Sign-in policy set"),
    "site.change": gettext_lazy("Site settings changed"),
    "site.wording": gettext_lazy("Texts of emails changed"),
    "apikey.add": gettext_lazy("API key made"),
    "apikey.change": gettext_lazy("API key changed"),
    "apikey.roll": gettext_lazy("API key rolled"),
    "apikey.revoke": gettext_lazy("API key revoked"),
    "webhookendpoint.add": gettext_lazy("Webhook endpoint made"),
    "webhookendpoint.change": gettext_lazy("Webhook endpoint changed"),
    "webhookendpoint.rotate": gettext_lazy("Webhook secret rotated"),
    "webhookendpoint.enable": gettext_lazy("Webhook endpoint enabled"),
    "webhookendpoint.disable": gettext_lazy("Webhook endpoint disabled"),
    "webhookendpoint.delete": gettext_lazy("Webhook endpoint deleted"),
    "webhookendpoint.test": gettext_lazy("Test event sent"),
    "event.resend": gettext_lazy("Event resent"),
    "event.replay": gettext_lazy("Events resent"),
}
"""What the acts are called that publish no event; the others are called as events are."""


def title(action: str) -> str:
    """Return the words for an action."""
    return str(ACTIONS.get(action) or shown.event_title(action))


class ActorFilter(admin.SimpleListFilter):
    """Who did it: a member of the site, or whom a link asks for."""

    title = gettext_lazy("Who")
    parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        choice = choices.of(request)
        members = Membership.objects.filter(site=choice.site if choice else None)
        emails = members.order_by("operator__email").values_list("operator__email", flat=True)
        asked = request.GET.get("actor", "")
        found = [*dict.fromkeys([*emails[:MOST_ACTORS], *([asked] if asked else [])])]
        return [(email, email) for email in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(actor=self.value()) if self.value() else queryset


class ActionFilter(admin.SimpleListFilter):
    """What was done: an act without an event, or whatever a link asks for."""

    title = gettext_lazy("Action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        asked = request.GET.get("action", "")
        names = dict.fromkeys([*ACTIONS, *shown.EVENTS, *([asked] if asked else [])])
        return [(name, title(name)) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class ObjectFilter(AskedFilter):
    """What was done to one object."""

    title = gettext_lazy("Object")
    parameter_name = "object"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(object_id=self.value()) if self.value() else queryset


class WhereFilter(admin.SimpleListFilter):
    """The site, or no site: what concerns only who administers the installation, as a superuser's sign-in."""

    title = gettext_lazy("Where")
    parameter_name = "where"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(INSTALLATION, _("The installation"))] if _sees_installation(request) else []

    def choices(self, changelist: Any) -> Any:
        here, *rest = super().choices(changelist)
        return [{**here, "display": _("This site")}, *rest]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset  # `AuditAdmin.get_queryset` looks at it, for pages too


class AuditAdmin(TenantAdmin[AuditEntry]):
    """The list and the page of an entry."""

    model = AuditEntry
    menu_title = gettext_lazy("Audit log")
    to_view = Power.VIEW_AUDIT_LOG
    page_template = "admin/audit_entry.html"
    list_display = ("done", "who", "about", "why", "when")
    empty_value_display = ""  # most give no reason; a column of dashes says less than an empty one
    list_filter = (ActorFilter, ActionFilter, PeriodFilter, WhereFilter, ObjectFilter)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        if _sees_installation(request) and request.GET.get(WhereFilter.parameter_name):
            return AuditEntry.objects.filter(site=None)
        choice = self.choice(request)
        rows = AuditEntry.objects.filter(site=choice.site)
        return rows.filter(Q(livemode=None) | Q(livemode=choice.livemode))

    def page_url(self, row: Any) -> str:
        page = super().page_url(row)
        return (
            page
            if row.site_id
            else f"{page}?{urlencode({WhereFilter.parameter_name: INSTALLATION})}"
        )

    @admin.display(description=gettext_lazy("What"))
    def done(self, entry: AuditEntry) -> str:
        return title(entry.action)

    @admin.display(description=gettext_lazy("Who"))
    def who(self, entry: AuditEntry) -> str:
        return entry.actor or str(shown.door(entry.door))

    @admin.display(description=gettext_lazy("Object"))
    def about(self, entry: AuditEntry) -> str:
        return entry.object_label or entry.object_id

    @admin.display(description=gettext_lazy("Reason"))
    def why(self, entry: AuditEntry) -> str:
        return format_html('<span class="quiet">{}</span>', entry.reason) if entry.reason else ""

    @admin.display(description=gettext_lazy("When"))
    def when(self, entry: AuditEntry) -> Any:
        return entry.created_at

    def links(self, request: HttpRequest, row: AuditEntry) -> list[Link]:
        page = _page(row)
        return [Link(_("Open the object"), page)] if page else []

    def facts(self, request: HttpRequest, row: AuditEntry) -> Sequence[tuple[Any, Any]]:
        modes = {True: _("Live"), False: _("Test"), None: ""}
        pairs = (
            (_("When"), row.created_at),
            (_("Who"), row.actor),
            (_("Reason"), row.reason),
            (_("Object"), " · ".join(t for t in (row.object_label, row.object_id) if t)),
            (_("Action"), row.action),
            (_("Mode"), modes[row.livemode]),
            (_("Through"), shown.door(row.door)),
            (_("Network address"), row.ip_address),
            (_("Request ID"), row.request_id),
            (_("Entry ID"), row.pk),
        )
        return [(label, value) for label, value in pairs if value]

    def page_context(self, request: HttpRequest, row: AuditEntry) -> dict[str, Any]:
        log = self.url("changelist")
        return {
            "title": title(row.action),
            "changes": list(_changes(row.before, row.after)),
            "has_before": row.before is not None,
            "has_after": row.after is not None,
            "event_url": reverse("admin:events_event_page", args=[row.event_id])
            if row.event_id
            else "",
            "history_url": f"{log}?object={row.object_id}" if row.object_id else "",
        }


def _sees_installation(request: HttpRequest) -> bool:
    return isinstance(request.user, Operator) and request.user.is_superuser


def _page(entry: AuditEntry) -> str:
    """Return the address of the page of what an entry is about; empty where there is none."""
    name = entry.object_type.rpartition(".")[2].replace("_", "")
    for app in ("customers", "payments", "billing", "events"):
        try:
            return reverse(f"admin:{app}_{name}_page", args=[entry.object_id])
        except NoReverseMatch:
            continue
    return ""


def _changes(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> Iterator[tuple[str, str, str]]:
    """Yield what changed, as names in brackets with the values before and after."""
    old, new = dict(_flat(before or {})), dict(_flat(after or {}))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield name, _text(old.get(name)), _text(new.get(name))


def _flat(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        where = f"{path}[{name}]" if path else name
        if isinstance(value, dict) and value:
            yield from _flat(value, where)
        else:
            yield where, value


def _text(value: Any) -> str:
    if value in (None, ""):
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(each)}" for name, each in value.items())
    return str(value)
