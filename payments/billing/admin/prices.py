"""Prices: what products cost."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.admin.base import Link, TenantAdmin
from customers.admin.customer_filters import TableFilter
from customers.admin.forms import DashboardForm
from customers.kit import clock
from customers.services.powers import Power
from payments.billing.admin import price_words
from payments.billing.admin.catalog_forms import PriceForm
from payments.billing.admin.price_forms import NewPriceForm
from payments.billing.admin.products import StateFilter, badge
from payments.billing.models import Price, Product
from payments.billing.services import chosen_ids, prices, products

OFFERED = 100  # products, in the form for a new price


class KindFilter(TableFilter):
    title = gettext_lazy("billed")
    parameter_name = "type"
    table = {
        "once": (gettext_lazy("Once"), lambda rows: rows.filter(kind=Price.Kind.ONE_TIME)),
        "again": (
            gettext_lazy("Again and again"),
            lambda rows: rows.filter(kind=Price.Kind.RECURRING),
        ),
    }


class PriceAdmin(TenantAdmin[Price]):
    """The pages of prices; those that were made for one use have a page, and are not listed."""

    model = Price
    to_view = Power.VIEW_BILLING
    to_add = to_change = Power.MANAGE_BILLING
    form_class = PriceForm
    add_form_class = NewPriceForm
    page_template: ClassVar[str] = "admin/billing/price.html"
    list_display = ("product_name", "amount", "rhythm", "state", "lookup_key", "created")
    list_select_related = ("product",)
    list_filter = (StateFilter, KindFilter)
    search_fields = ("lookup_key",)
    search_help_text = gettext_lazy("Finds lookup keys, and IDs of prices and products.")
    empty_value_display = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Price]:
        rows: QuerySet[Price] = super().get_queryset(request).select_related("product")
        return rows.filter(deleted_at=None)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Price], search_term: str
    ) -> tuple[QuerySet[Price], bool]:
        """Find by the lookup key or an id."""
        words = search_term.strip()
        listed = queryset.filter(is_inline=False)
        if not words:
            return listed, False
        keys = chosen_ids.keys(words)
        found = Q(lookup_key=words) | Q(pk__in=keys) | Q(product_id__in=keys)
        return listed.filter(found), False

    def product_name(self, row: Price) -> str:
        """Show what it is the price of."""
        return row.product.name

    product_name.short_description = gettext_lazy("product")  # type: ignore[attr-defined]  # as the stock admin wants it

    def amount(self, row: Price) -> str:
        """Show what it costs."""
        return price_words.amount(row)

    amount.short_description = gettext_lazy("amount")  # type: ignore[attr-defined]  # as above

    def rhythm(self, row: Price) -> str:
        """Show how often."""
        return price_words.rhythm(row)

    rhythm.short_description = gettext_lazy("billed")  # type: ignore[attr-defined]  # as above

    def state(self, row: Price) -> str:
        """Show whether something new can be sold at it."""
        return format_html('<span class="badge {1}">{0}</span>', *badge(row.is_active))

    state.short_description = gettext_lazy("state")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def facts(self, request: HttpRequest, row: Price) -> Sequence[tuple[Any, Any]]:
        trial = _days(row.trial_days) if row.trial_days else ""
        said = (
            (_("Trial"), trial),
            (_("Other currencies"), price_words.options(row)),
            (_("Nickname"), row.nickname),
            (_("Lookup key"), row.lookup_key),
        )
        return (
            (_("Amount"), price_words.amount(row)),
            *price_words.tiers(row),
            (_("Billed"), price_words.rhythm(row)),
            (_("Tax"), row.get_tax_behavior_display()),
            *(fact for fact in said if fact[1]),
            (_("ID"), chosen_ids.shown(row)),
            (_("Made"), row.created_at),
            *row.metadata.items(),
        )

    def page_context(self, request: HttpRequest, row: Price) -> dict[str, Any]:
        return {
            "title": price_words.whole(row),
            "badge": badge(row.is_active),
            "product": {
                "name": row.product.name,
                "url": reverse("admin:billing_product_page", args=[row.product_id]),
            },
        }

    def links(self, request: HttpRequest, row: Price) -> list[Link]:
        links = super().links(request, row)
        is_default = row.product.default_price_id == row.pk
        if row.is_active and not is_default and self.has_change_permission(request, row):
            address = reverse("admin:billing_product_default", args=[row.product_id])
            links.append(Link(_("Make it the default"), f"{address}?price={row.pk}"))
        return links

    # -- Forms --------------------------------------------------------------------------------------------------------

    def make_form(
        self, request: HttpRequest, form_class: type[DashboardForm], *args: Any, **kwargs: Any
    ) -> Any:
        """Return a form; the one for a new price offers the newest products, and begins with the address's."""
        if form_class is NewPriceForm:
            site = self.choice(request).site
            asked = request.GET.get("product", "")
            args = (site.default_currency if site else "", _offered(asked), asked)
        return super().make_form(request, form_class, *args, **kwargs)

    def create(self, request: HttpRequest, form: Any) -> Price:
        product = products.get(form.cleaned_data["product"], param="product")
        return prices.create(product, terms=form.terms(), details=form.details(), at=clock.now())

    def update(self, request: HttpRequest, row: Price, form: DashboardForm) -> Price:
        return prices.update(row, details=form.changes(), at=clock.now())


def _days(count: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


def _offered(asked: str) -> list[tuple[str, str]]:
    """Return keys and names of the products that a price can be made for: the newest, and the one that is asked for."""
    rows = Product.objects.filter(is_active=True).order_by("-created_at", "-id")[:OFFERED]
    found = {row.pk: row.name for row in rows}
    if asked and asked not in found:
        found.update(Product.objects.filter(pk=asked).values_list("pk", "name"))
    return list(found.items())
