"""Subscriptions: who has agreed to pay what again and again; found, read, changed, ended."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy

from customers.admin.base import Link, TenantAdmin
from customers.admin.exports import Cell, customer_email, plain, whole_units
from customers.admin.lists import NewestFirst
from customers.admin.searching import FreelySearched
from customers.admin.tables import Table
from customers.services.powers import Power
from payments.billing.admin import previews, shown, subscription_page
from payments.billing.admin.filters import (
    CollectionFilter,
    CustomerFilter,
    PriceFilter,
    ProductFilter,
    SinceFilter,
    StateFilter,
    subscriptions_found,
)
from payments.billing.admin.new_subscriptions import NewSubscriptions
from payments.billing.models import Subscription


class SubscriptionList(NewestFirst):
    """The list of subscriptions; those to one price in the order that the index of items gives, which is the same."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str | Combinable]:
        ordering = super().get_ordering(request, queryset)
        if not self.params.get(PriceFilter.parameter_name):
            return ordering
        return [str(name).replace("created_at", "items__subscribed_at") for name in ordering]


class SubscriptionAdmin(FreelySearched, Table, NewSubscriptions, TenantAdmin[Subscription]):
    """The pages of subscriptions; what can be done is in `SubscriptionActs` and `NewSubscriptions`."""

    model = Subscription
    to_view = Power.VIEW_BILLING
    to_change = Power.MANAGE_BILLING
    page_template: ClassVar[str] = "admin/billing/subscription.html"
    list_class = SubscriptionList
    list_display = ("who", "cost", "state", "next_due", "created")
    list_select_related = ("customer",)
    list_filter = (
        StateFilter, PriceFilter, CollectionFilter, SinceFilter, CustomerFilter, ProductFilter,
    )  # fmt: skip
    search_fields = ("pk",)  # for the box to be there; `find` searches
    find = staticmethod(subscriptions_found)
    search_help_text = gettext_lazy("Finds IDs, and the customer's name or email address.")
    empty_value_display = ""
    cells: ClassVar[tuple[Cell, ...]] = (
        plain("id"), plain("created_at", of="created", header="created"), plain("customer_id", of="who"),
        customer_email(of="who"),
        Cell("items", lambda row: shown.items_line(row.shown_items), frozenset({"who"})),
        Cell("amount", lambda row: whole_units(shown.cost(row, row.shown_items), row.currency), frozenset({"cost"})),
        plain("currency", of="cost"),
        plain("status", of="state"), plain("period_end", of="next_due", header="current_period_end"),
        plain("canceled_at", of="state", header="canceled"),
    )  # fmt: skip

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; a subscription's whole id leads to its page at once."""
        self.require(self.has_view_permission(request))
        text = request.GET.get("q", "").strip()
        is_id = text.startswith(f"{Subscription.PREFIX}_")
        if is_id and Subscription.objects.filter(pk=text).exists():
            return HttpResponseRedirect(self.url("page", text))
        return super().changelist_view(request, extra_context)

    def prepare_rows(self, rows: list[Subscription]) -> None:
        by_subscription = subscription_page.items_of(rows)
        for row in rows:
            row.shown_items = by_subscription[row.pk]  # type: ignore[attr-defined]  # for the columns

    # -- Columns ------------------------------------------------------------------------------------------------------

    def who(self, row: Subscription) -> str:
        """Show who pays, and for what."""
        what = shown.subscription_name(row, row.shown_items)  # type: ignore[attr-defined]  # by prepare_rows
        return format_html('{}<span class="quiet">{}</span>', str(row.customer), what)

    who.short_description = gettext_lazy("customer")  # type: ignore[attr-defined]  # as the stock admin wants it

    def cost(self, row: Subscription) -> str:
        """Show what a period costs, before discounts and taxes."""
        return shown.cost_line(row, row.shown_items)  # type: ignore[attr-defined]  # by prepare_rows

    cost.short_description = gettext_lazy("costs")  # type: ignore[attr-defined]  # as above

    def state(self, row: Subscription) -> str:
        """Show the state, and what is planned."""
        badges = shown.subscription_badges(row)
        return format_html_join(" ", '<span class="badge {1}">{0}</span>', badges)

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as above

    def next_due(self, row: Subscription) -> str:
        """Show when something is due next, and what."""
        when, what = shown.next_date(row)
        if when is None:
            return ""
        return format_html('{} <span class="quiet">{}</span>', shown.day(when), what)

    next_due.short_description = gettext_lazy("next")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def found(self, request: HttpRequest, object_id: str) -> Subscription:
        rows = Subscription.objects.select_related("customer", "default_payment_method")
        subscription = rows.filter(pk=object_id).first()
        if subscription is None:
            raise Http404
        return subscription

    def page_context(self, request: HttpRequest, row: Subscription) -> dict[str, Any]:
        at = self.now(row)
        upcoming = previews.next_invoice(row, at=at)
        return subscription_page.context(subscription_page.around(row, at=at), upcoming)

    def links(self, request: HttpRequest, row: Subscription) -> list[Link]:
        return self.act_links(row) if self.has_change_permission(request) else []

    def more_urls(self) -> list[URLPattern]:
        return [*self.new_urls(), *self.act_urls()]
