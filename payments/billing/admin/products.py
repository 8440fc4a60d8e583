"""Products: what is sold, and at which prices."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.customer_filters import TableFilter
from customers.admin.forms import DashboardForm
from customers.kit import clock
from customers.services.powers import Power
from payments.billing.admin import price_words
from payments.billing.admin.catalog_forms import NewProductForm, ProductForm
from payments.billing.models import Price, Product
from payments.billing.services import chosen_ids, priced_products, products

SHOWN = 50  # prices


class StateFilter(TableFilter):
    """Whether something new can be sold; for whatever has `is_active`."""

    title = gettext_lazy("state")
    parameter_name = "state"
    table = {
        "active": (gettext_lazy("Active"), lambda rows: rows.filter(is_active=True)),
        "archived": (gettext_lazy("Archived"), lambda rows: rows.filter(is_active=False)),
    }


class ProductAdmin(TenantAdmin[Product]):
    """The pages of products."""

    model = Product
    to_view = Power.VIEW_BILLING
    to_add = to_change = to_delete = Power.MANAGE_BILLING
    form_class = ProductForm
    add_form_class = NewProductForm
    page_template: ClassVar[str] = "admin/billing/product.html"
    list_display = ("name", "state", "price", "created")
    list_filter = (StateFilter,)
    search_fields = ("name",)
    search_help_text = gettext_lazy("Finds names and IDs.")
    empty_value_display = ""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        """Find by a part of the name, or by the id."""
        words = search_term.strip()
        if not words:
            return queryset, False
        by_id = queryset.filter(pk__in=chosen_ids.keys(words))
        return (by_id if by_id.exists() else queryset.filter(name__icontains=words)), False

    def prepare_rows(self, rows: list[Product]) -> None:
        found = Price.objects.in_bulk([row.default_price_id for row in rows])
        for row in rows:
            row.default_price = found.get(row.default_price_id)  # type: ignore[attr-defined]  # for `price`, one query for all

    def state(self, row: Product) -> str:
        """Show whether it is sold."""
        return format_html('<span class="badge {1}">{0}</span>', *badge(row.is_active))

    state.short_description = gettext_lazy("state")  # type: ignore[attr-defined]  # as the stock admin wants it

    def price(self, row: Product) -> str:
        """Show the default price."""
        found = getattr(row, "default_price", None)
        return price_words.whole(found) if found else ""

    price.short_description = gettext_lazy("default price")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def facts(self, request: HttpRequest, row: Product) -> Sequence[tuple[Any, Any]]:
        said = (
            (_("Description"), row.description),
            (_("Unit"), row.unit_label),
            (_("Text on bank statements"), row.statement_descriptor),
            (_("Website"), row.url),
            (_("Features"), " · ".join(row.marketing_features)),
            (_("Tax code"), row.tax_code),
        )
        return (
            *(fact for fact in said if fact[1]),
            (_("ID"), chosen_ids.shown(row)),
            (_("Made"), row.created_at),
            (_("Changed"), row.updated_at),
            *row.metadata.items(),
        )

    def page_context(self, request: HttpRequest, row: Product) -> dict[str, Any]:
        found = list(products.prices_of(row)[: SHOWN + 1])
        return {
            "badge": badge(row.is_active),
            "prices": [self._line(price, row) for price in found[:SHOWN]],
            "has_more": len(found) > SHOWN,
        }

    def _line(self, price: Price, row: Product) -> dict[str, Any]:
        return {
            "url": reverse("admin:billing_price_page", args=[price.pk]),
            "amount": price_words.amount(price),
            "rhythm": price_words.rhythm(price),
            "text": price.nickname or price.lookup_key,
            "badges": [
                *([(_("Default"), "ok")] if price.pk == row.default_price_id else []),
                *([] if price.is_active else [badge(is_active=False)]),
            ],
        }

    def links(self, request: HttpRequest, row: Product) -> list[Link]:
        links = super().links(request, row)
        if self.has_change_permission(request, row):
            new = f"{reverse('admin:billing_price_add')}?product={row.pk}"
            links.insert(0, Link(_("New price"), new, "primary"))
        return links

    def delete_text(self, row: Product) -> str:
        return _("A product that has a price cannot be deleted; archive it instead.")

    # -- Forms --------------------------------------------------------------------------------------------------------

    def make_form(
        self, request: HttpRequest, form_class: type[DashboardForm], *args: Any, **kwargs: Any
    ) -> Any:
        """Return a form; the one for a new product begins with the site's currency."""
        if form_class is NewProductForm:
            site = self.choice(request).site
            args = (site.default_currency if site else "",)
        return super().make_form(request, form_class, *args, **kwargs)

    def create(self, request: HttpRequest, form: Any) -> Product:
        if form.cleaned_data["minor"] is None:
            return products.create(details=form.details(), at=clock.now())
        return priced_products.create(details=form.details(), terms=form.terms(), at=clock.now())

    def update(self, request: HttpRequest, row: Product, form: DashboardForm) -> Product:
        return products.update(row, details=form.changes(), at=clock.now())

    def destroy(self, request: HttpRequest, row: Product) -> Product:
        return products.delete(row, at=clock.now())

    # -- Which price comes first --------------------------------------------------------------------------------------

    def more_urls(self) -> list[URLPattern]:
        return [self.route("<str:object_id>/default/", self.default_view, "default")]

    def default_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether a price becomes the default, or make it; `?price=…` says which."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request, row))
        price = row.prices.filter(pk=request.GET.get("price", ""), is_inline=False).first()
        if price is None:
            raise Http404
        words = Act(
            title=_("Make %(price)s the default?") % {"price": price_words.whole(price)},
            text=_("It is what is offered first. What was sold before stays as it is."),
            button=_("Make it the default"),
            done=_("This price is the default now."),
            back=reverse("admin:billing_price_page", args=[price.pk]),
        )
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: products.update(row, details={"default_price": price}, at=clock.now()),
            words,
            row=row,
        )


def badge(is_active: bool) -> tuple[str, str]:  # noqa: FBT001 -- a column's value
    """Return the words and the style for whether something new can be sold."""
    return (_("Active"), "ok") if is_active else (_("Archived"), "")
