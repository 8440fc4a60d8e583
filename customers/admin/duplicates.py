"""Customers that may be one: found in the background, merged here, or called two."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown
from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.customer_merges import POSTAL_ORDER
from customers.admin.forms import DashboardForm
from customers.admin.lists import ShortList
from customers.kit import clock
from customers.models import Customer, DuplicatePair
from customers.services import duplicates
from customers.services.powers import Power


class DuplicateAdmin(TenantAdmin[DuplicatePair]):
    """The pairs that nobody has judged, the likeliest first; the day's search finds them, or one that is asked for."""

    model = DuplicatePair
    menu_title = gettext_lazy("Duplicates")
    to_view = Power.VIEW_CUSTOMERS
    to_add = Power.MERGE
    add_form_class: ClassVar[type[DashboardForm]] = DashboardForm
    list_display = ("who", "other", "why", "certainty")
    list_class = ShortList
    ordering = ("-score", "id")
    page_template = "admin/customers/duplicate.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[DuplicatePair]:
        return duplicates.open_pairs()

    @admin.display(description=gettext_lazy("Customer"))
    def who(self, pair: DuplicatePair) -> str:
        return _line(pair.first)

    @admin.display(description=gettext_lazy("May be the same as"))
    def other(self, pair: DuplicatePair) -> str:
        return _line(pair.second)

    @admin.display(description=gettext_lazy("Why"))
    def why(self, pair: DuplicatePair) -> str:
        return _reasons(pair)

    @admin.display(description=gettext_lazy("Certainty"))
    def certainty(self, pair: DuplicatePair) -> str:
        return _certainty(pair)

    def links(self, request: HttpRequest, row: DuplicatePair) -> list[Link]:
        if not self.allows(request, Power.MERGE):
            return []
        merge = reverse("admin:customers_customer_merge", args=[row.first_id])
        query = urlencode({"with": row.second_id})
        return [
            Link(_("Merge"), f"{merge}?{query}", "primary"),
            Link(_("Not a duplicate"), self.url("dismiss", row.pk)),
        ]

    def page_context(self, request: HttpRequest, row: DuplicatePair) -> dict[str, Any]:
        return {
            "why": _reasons(row),
            "certainty": _certainty(row),
            "people": [_facts(row.first), _facts(row.second)],
        }

    def more_urls(self) -> list[URLPattern]:
        return [self.route("<str:object_id>/dismiss/", self.dismiss_view, "dismiss")]

    def dismiss_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether two customers are two, or remember that they are."""
        pair = self.found(request, object_id)
        self.require(self.allows(request, Power.MERGE))
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: duplicates.dismiss(pair, at=clock.now()),
            Act(
                title=_("Are these two customers?"),
                text=_("%(one)s and %(other)s will not be shown as possible duplicates again.")
                % {"one": _line(pair.first), "other": _line(pair.second)},
                button=_("Not a duplicate"),
                done=_("They are two customers."),
                back=self.url("changelist"),
            ),
            row=pair,
        )

    # -- The search ---------------------------------------------------------------------------------------------------

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, and when it was made."""
        self.require(self.has_view_permission(request))
        return super().changelist_view(request, {"lead": _searched(), **(extra_context or {})})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Begin a search."""
        self.require(self.has_add_permission(request))
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: duplicates.start(at=clock.now()),
            Act(
                title=_("Search for duplicates now?"),
                text=_("The search goes on in the background; among many customers for minutes."),
                button=_("Search now"),
                done=_("The search has begun."),
                back=self.url("changelist"),
            ),
        )

    def add_title(self) -> str:
        return _("Search now")


def _line(customer: Customer) -> str:
    said = shown.customer_line(customer)
    return " · ".join(part for part in (str(customer), said["email"]) if part)


def _reasons(pair: DuplicatePair) -> str:
    return ", ".join(str(DuplicatePair.Reason(reason).label) for reason in pair.reasons)


def _certainty(pair: DuplicatePair) -> str:
    return f"{pair.score} %"


def _facts(customer: Customer) -> dict[str, Any]:
    address = customer.default_addresses.get("billing", {})
    facts: Sequence[tuple[Any, Any]] = [
        (_("Email"), customer.email),
        (_("Phone"), customer.phone),
        (_("Business"), customer.organization_name),
        (_("Address"), ", ".join(part for name in POSTAL_ORDER if (part := address.get(name)))),
        (_("Customer since"), date_format(localtime(customer.created_at))),
    ]
    url = reverse("admin:customers_customer_page", args=[customer.pk])
    return {
        "name": str(customer),
        "url": url,
        "facts": [(name, said or "\N{EN DASH}") for name, said in facts],
    }


def _searched() -> str:
    search = duplicates.last_search()
    if search is None:
        return _("Nobody has looked for duplicates yet; the search runs every night.")
    if search.finished_at is None:
        return _("A search is under way.")
    when = date_format(localtime(search.finished_at), "DATETIME_FORMAT")
    return _("As of %(when)s; the search runs every night.") % {"when": when}
