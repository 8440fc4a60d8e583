"""Customers: found, read, made, changed, deleted."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import customer_erasure, customer_page, other_names
from customers.admin.base import Link, TenantAdmin
from customers.admin.bulk import BulkWork
from customers.admin.customer_columns import CustomerColumns
from customers.admin.customer_erasure import CustomerErasure
from customers.admin.customer_export import CustomerExport
from customers.admin.customer_filters import (
    BalanceFilter,
    ConsentFilter,
    CreatedFilter,
    DeletedFilter,
    EmailFilter,
    found,
)
from customers.admin.customer_forms import CustomerForm, NewCustomerForm
from customers.admin.customer_merges import CustomerMerges
from customers.admin.customer_messages import CustomerMessages
from customers.admin.customer_notes import CustomerNotes
from customers.admin.customer_parts import CustomerParts
from customers.admin.customer_timeline import CustomerTimeline
from customers.admin.forms import DashboardForm
from customers.admin.searching import FreelySearched
from customers.admin.tables import Table
from customers.kit import clock
from customers.kit.registry import Hook
from customers.models import Customer, EmailUniqueness, Erasure
from customers.services import custom_fields, customers, test_clocks
from customers.services.powers import Power

FIRST = 2  # acts that stand beside the name; the others are in the menu behind them

consequences: Hook[Callable[[Customer], Iterable[str]]] = Hook("customers.admin.consequences")
"""Asked what a deletion ends, in sentences; higher apps join in here."""


class CustomerAdmin(
    FreelySearched,
    BulkWork,
    CustomerColumns,
    Table,
    CustomerParts,
    CustomerMessages,
    CustomerNotes,
    CustomerMerges,
    CustomerTimeline,
    CustomerExport,
    CustomerErasure,
    TenantAdmin[Customer],
):
    """The pages of customers; what belongs to one is in the modules whose names begin with `customer_`.

    The list's columns are in `CustomerColumns`, what is done to many at once in `BulkWork`.
    """

    model = Customer
    to_view = Power.VIEW_CUSTOMERS
    to_add = to_change = Power.EDIT_CUSTOMERS
    to_delete = Power.DELETE

    form_class: ClassVar[type[DashboardForm]] = CustomerForm
    add_form_class: ClassVar[type[DashboardForm]] = NewCustomerForm
    page_template = "admin/customers/customer/page.html"

    list_display = ("who", "business", "country", "balance_shown", "created")
    more_columns = ("email", "phone", "external_id", "language", "marketing", "identifier")
    empty_value_display = ""  # most have no balance; a column of dashes says less than an empty one
    list_filter = (CreatedFilter, EmailFilter, ConsentFilter, BalanceFilter, DeletedFilter)
    search_fields = ("full_name",)  # for the box to be there; `find` searches
    find = staticmethod(found)
    search_help_text = gettext_lazy("Finds names, email addresses, phone numbers and IDs.")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; a customer's whole id leads to its page at once, deleted or not, and so does an old one."""
        self.require(self.has_view_permission(request))
        text = request.GET.get("q", "").strip()
        if text.startswith(f"{Customer.PREFIX}_"):
            known = [text, other_names.target_of(request, text)]
            rows = Customer.objects.filter(pk__in=known, merged_into=None)
            found_pk = rows.values_list("pk", flat=True).first()
            if found_pk:
                return HttpResponseRedirect(self.url("page", found_pk))
        return super().changelist_view(request, extra_context)

    # -- Pages --------------------------------------------------------------------------------------------------------

    def found(self, request: HttpRequest, object_id: str) -> Customer:
        rows = Customer.objects.with_defaults().filter(merged_into=None)
        customer = rows.filter(pk=object_id).first()
        if customer is None:
            raise Http404
        return customer

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.is_deleted)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_deleted)

    def page_context(self, request: HttpRequest, row: Customer) -> dict[str, Any]:
        shown_ = customer_page.context(self.choice(request), row)
        known = shown_["erasure"]
        links = [*shown_["acts"], *self._acts(request, row, known)]
        return {
            **shown_,
            "notices": [*customer_erasure.notices(row, known), *shown_["notices"]],
            "links": links[:FIRST],
            "more_links": links[FIRST:],
            "parts": self.part_links(request, row),
            "note_url": self.note_url(row) if self.allows(request, Power.EDIT_CUSTOMERS) else "",
            "timeline_url": self.url("timeline", row.pk),
        }

    def _acts(self, request: HttpRequest, row: Customer, known: Erasure | None) -> list[Link]:
        """Return what can be done here, behind what payments and billing offer."""
        links = super().links(request, row)
        more = []
        if not row.is_deleted and self.allows(request, Power.ADJUST_BALANCES):
            more.append(Link(_("Adjust balance"), self.url("adjust_balance", row.pk)))
        if not row.is_deleted and self.allows(request, Power.MERGE):
            more.append(Link(_("Merge"), self.merge_url(row)))
        if self.may_export(request):
            more.append(Link(_("Export data"), self.url("export_data", row.pk)))
        lasting = [link for link in links if link.style != "danger"]
        dangerous = [link for link in links if link.style == "danger"]
        return [*lasting, *more, *dangerous, *self.erasure_link(request, row, known)]

    def more_urls(self) -> list[URLPattern]:
        return [
            *self.part_urls(),
            *self.message_urls(),
            *self.note_urls(),
            *self.merge_urls(),
            *self.timeline_urls(),
            *self.export_urls(),
            *self.erasure_urls(),
        ]

    # -- What changes -------------------------------------------------------------------------------------------------

    def add_title(self) -> str:
        return _("New customer")

    def make_form(
        self, request: HttpRequest, form_class: type[DashboardForm], *args: Any, **kwargs: Any
    ) -> Any:
        if issubclass(form_class, CustomerForm):
            args = (custom_fields.in_use(),)
        return super().make_form(request, form_class, *args, **kwargs)

    def initial(self, request: HttpRequest, row: Customer) -> dict[str, Any]:
        columns = {
            name: getattr(row, name) for name in CustomerForm.base_fields if hasattr(row, name)
        }
        invoices = row.invoice_settings or {}
        lines = {line["name"]: line["value"] for line in invoices.get("custom_fields") or ()}
        rendering = invoices.get("rendering_options") or {}
        return {
            **columns,
            **{
                f"custom_fields[{key}]": _as_sent(value) for key, value in row.custom_fields.items()
            },
            "organization": row.organization_name,
            "footer": invoices.get("footer") or "",
            "invoice_fields": lines,
            "amount_tax_display": rendering.get("amount_tax_display") or "",
        }

    def create(self, request: HttpRequest, form: Any) -> Customer:
        customer = customers.create(details=form.details(), at=clock.now())
        self._warn_of_shared_email(request, customer)
        return customer

    def update(self, request: HttpRequest, row: Customer, form: Any) -> Customer:
        customer = customers.update(
            row, details=form.details(row), at=test_clocks.now_for(row, clock.now())
        )
        if "email" in form.changed_data:
            self._warn_of_shared_email(request, customer)
        return customer

    def destroy(self, request: HttpRequest, row: Customer) -> Customer:
        return customers.delete(row, at=test_clocks.now_for(row, clock.now()))

    def delete_text(self, row: Customer) -> str:
        happens = [said for consequence in consequences for said in consequence(row)]
        return " ".join(
            [
                *happens,
                _(
                    "The customer can no longer be billed or changed, and its addresses are removed; its history "
                    "stays. This cannot be undone."
                ),
            ]
        )

    def _warn_of_shared_email(self, request: HttpRequest, customer: Customer) -> None:
        """Tell of a shared email address, where the site wants that (rule C1)."""
        site = self.choice(request).site
        if site is None or site.email_uniqueness != EmailUniqueness.WARN or not customer.email:
            return
        others = Customer.objects.living().filter(email__iexact=customer.email)
        if others.exclude(pk=customer.pk).exists():
            messages.warning(request, _("Another customer has the same email address."))


def _as_sent(value: Any) -> str:
    """Return a custom field's value the way its form field shows it."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
