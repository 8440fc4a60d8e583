"""Integrity: what must hold of all that is stored, when it was last looked for, and what does not hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, URLPattern, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.choices import Choice
from customers.admin.forms import DashboardForm
from customers.admin.home import Section
from customers.kit import clock, invariants, tenancy
from customers.kit.invariants import Invariant, Severity
from customers.models import Finding, InvariantCheck, Operator, Site
from customers.services import findings, invariant_rounds
from customers.services.powers import Power

_STYLES = {Severity.ERROR: "bad", Severity.WARNING: "warn"}
_SEVERITIES = {
    Severity.ERROR: gettext_lazy("Contradiction"),
    Severity.WARNING: gettext_lazy("Stuck"),
}
_PACKAGES = {
    "customers": gettext_lazy("Customers"),
    "events": gettext_lazy("Events and webhooks"),
    "payments": gettext_lazy("Payments"),
    "billing": gettext_lazy("Billing"),
    "portal": gettext_lazy("Checkout"),
}
OPEN, GONE = "open", "gone"


@dataclass(frozen=True, slots=True)
class Row:
    """An invariant on the page.

    Args:
        checked_at: when it was last looked for in all rows; None where it never was.
        rows: how many rows of all sites were seen.
        found: how many rows of the chosen site break it, as the last round counted.
        kept: how many of them are listed.
        findings_url: the list of them.
    """

    says: Any
    remedy: Any
    style: str
    checked_at: datetime | None
    rows: str
    found: int
    kept: int
    is_under_way: bool
    findings_url: str


class StateFilter(admin.SimpleListFilter):
    """Whether they are still there."""

    title = gettext_lazy("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(GONE, _("Gone"))]

    def choices(self, changelist: Any) -> Any:
        here, *rest = super().choices(changelist)
        return [{**here, "display": _("Open")}, *rest]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(resolved_at__isnull=self.value() != GONE)


class InvariantFilter(admin.SimpleListFilter):
    """What does not hold."""

    title = gettext_lazy("What must hold")
    parameter_name = "invariant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(one.name, one.says) for one in invariants.every()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(invariant=self.value()) if self.value() else queryset


class FindingAdmin(TenantAdmin[Finding]):
    """The findings, and below them what is looked for; the worker looks every night."""

    model = Finding
    menu_title = gettext_lazy("Integrity")
    to_view = Power.VIEW_DEVELOPERS
    list_display = ("what", "named", "wrong", "state", "seen")
    list_filter = (StateFilter, InvariantFilter)
    change_list_template = "admin/integrity.html"
    page_template: ClassVar[str] = "admin/page.html"

    @admin.display(description=gettext_lazy("What does not hold"))
    def what(self, finding: Finding) -> str:
        return _says(finding)

    @admin.display(description=gettext_lazy("Object"))
    def named(self, finding: Finding) -> str:
        return format_html("<code>{}</code>", finding.object_id)

    @admin.display(description=gettext_lazy("What is wrong"))
    def wrong(self, finding: Finding) -> str:
        return finding.detail

    @admin.display(description=gettext_lazy("Kind"))
    def state(self, finding: Finding) -> str:
        words, style = _badge(finding)
        return format_html('<span class="badge {}">{}</span>', style, words)

    @admin.display(description=gettext_lazy("Since"))
    def seen(self, finding: Finding) -> Any:
        return finding.created_at

    # -- The list, and what is looked for -----------------------------------------------------------------------------

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the findings, and all invariants with when they were last looked for."""
        self.require(self.has_view_permission(request))
        again = Link(_("Check again now"), self.url("check"), "primary")
        context = {
            "links": [again] if self.allows(request, Power.MANAGE_DEVELOPERS) else [],
            "lead": _lead(),
            "empty_text": _("Nothing was found."),
            "shows_rows": _shows_rows(request),
            "packages": list(_packages(self.url("changelist"))),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def more_urls(self) -> list[URLPattern]:
        return [self.route("check/", self.check_view, "check")]

    def check_view(self, request: HttpRequest) -> HttpResponse:
        """Ask whether to look at everything again, or have the worker do it."""
        self.require(self.allows(request, Power.MANAGE_DEVELOPERS))
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: invariant_rounds.request(at=clock.now()),
            Act(
                title=_("Check everything again now?"),
                text=_(
                    "The worker goes through all that is stored, as it does every night: some seconds for a small "
                    "business, hours for millions of customers. It only reads, and holds nobody up."
                ),
                button=_("Check again now"),
                done=_("The worker has been asked. Come back in a moment."),
                back=self.url("changelist"),
            ),
        )

    # -- A finding's page ---------------------------------------------------------------------------------------------

    def links(self, request: HttpRequest, row: Finding) -> list[Link]:
        page = _page(row)
        return [Link(_("Open the object"), page, "primary")] if page else []

    def facts(self, request: HttpRequest, row: Finding) -> Sequence[tuple[Any, Any]]:
        invariant = _known().get(row.invariant)
        words, style = _badge(row)
        pairs = (
            (_("State"), format_html('<span class="badge {}">{}</span>', style, words)),
            (_("What must hold"), _says(row)),
            (_("What is wrong"), row.detail),
            (_("How to mend it"), invariant.remedy if invariant else ""),
            (_("Object"), row.object_id),
            (_("First seen"), row.created_at),
            (_("Last seen"), row.last_seen_at),
            (_("Gone since"), row.resolved_at),
            (_("Invariant"), row.invariant),
        )
        return [(label, value) for label, value in pairs if value]

    def page_context(self, request: HttpRequest, row: Finding) -> dict[str, Any]:
        return {"title": row.object_id}


def sections(request: HttpRequest, choice: Choice) -> Iterable[Section]:
    """Yield the alert on the home page, where something was found."""
    if not choice.may(Power.VIEW_DEVELOPERS):
        return
    found = list(findings.open_ones()[: _COUNTED + 1])
    if found:
        known = _known()
        severities = {known[row.invariant].severity for row in found if row.invariant in known}
        is_bad = Severity.ERROR in severities
        context = {
            "count": f"{min(len(found), _COUNTED)}{'+' if len(found) > _COUNTED else ''}",
            "is_one": len(found) == 1,
            "is_bad": is_bad,
            "says": list(dict.fromkeys(_says(row) for row in found))[:_NAMED],
            "url": reverse("admin:customers_finding_changelist"),
        }
        yield Section("admin/integrity_alert.html", context, place="top")


_COUNTED, _NAMED = 99, 3  # on the home page


def _known() -> dict[str, Invariant]:
    return {one.name: one for one in invariants.every()}


def _says(finding: Finding) -> str:
    invariant = _known().get(finding.invariant)
    return str(invariant.says) if invariant else finding.invariant


def _badge(finding: Finding) -> tuple[str, str]:
    """Return what a badge says of a finding, and its style."""
    if finding.resolved_at is not None:
        return _("Gone"), "ok"
    invariant = _known().get(finding.invariant)
    severity = invariant.severity if invariant else Severity.ERROR
    return str(_SEVERITIES[severity]), _STYLES[severity]


def _page(finding: Finding) -> str:
    """Return the address of the page of what a finding is about; empty where there is none."""
    invariant = _known().get(finding.invariant)
    if invariant is None:
        return ""
    meta = invariant.model._meta
    try:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_page", args=[finding.object_id])
    except NoReverseMatch:
        return ""


def _shows_rows(request: HttpRequest) -> bool:
    """Tell whether how many rows there are, of all sites, is this operator's business."""
    is_admin = isinstance(request.user, Operator) and request.user.is_superuser
    return is_admin or len(Site.objects.all()[:2]) == 1


def _lead() -> str:
    standing = invariant_rounds.standing()
    if standing.oldest is None:
        return _("The worker is going through all that is stored for the first time.")
    when = date_format(localtime(standing.oldest), "DATETIME_FORMAT")
    said = _(
        "All that is stored was last gone through by %(when)s; the worker does so every night."
    )
    under_way = f" {_('It is going through it now.')}" if standing.is_under_way else ""
    return said % {"when": when} + under_way


def _packages(list_url: str) -> Iterable[dict[str, Any]]:
    """Yield what is looked for, package by package."""
    scope, checks = tenancy.current(), invariant_rounds.checks()
    key = InvariantCheck.key_of(scope.site_id, livemode=scope.livemode)
    kept = findings.counts_here()
    rows: dict[str, list[Row]] = {}
    for one in invariants.every():
        check = checks.get(one.name) or InvariantCheck(name=one.name)
        rows.setdefault(one.name.partition(".")[0], []).append(
            Row(
                one.says, one.remedy, _STYLES[one.severity], check.finished_at, f"{check.last_rows:,}",
                max(check.last_counts.get(key, 0), kept.get(one.name, 0)), kept.get(one.name, 0),
                check.is_under_way, f"{list_url}?invariant={one.name}",
            )
        )  # fmt: skip
    for package in (name for name in _PACKAGES if name in rows):
        found = rows[package]
        broken = sum(row.found > 0 for row in found)
        yield {
            "title": _PACKAGES[package],
            "rows": found,
            "said": ngettext("%(n)s does not hold", "%(n)s do not hold", broken) % {"n": broken}
            if broken
            else "",
        }
