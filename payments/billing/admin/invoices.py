"""Invoices: what customers are asked to pay; found, read, finalized, collected, called off."""

from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Link, TenantAdmin
from customers.admin.exports import Cell, amount, customer_email, plain
from customers.admin.searching import FreelySearched
from customers.admin.shown import money_with_code
from customers.admin.tables import Table
from customers.kit import clock
from customers.services.powers import Power
from payments.billing.admin import credit_notes, invoice_page, shown
from payments.billing.admin.calendar import Calendar
from payments.billing.admin.drafts import Drafts
from payments.billing.admin.filters import (
    CollectionFilter,
    CustomerFilter,
    SinceFilter,
    StatusFilter,
    invoices_found,
)
from payments.billing.models import Invoice
from payments.billing.services import invoice_links


class InvoiceAdmin(FreelySearched, Table, Calendar, Drafts, TenantAdmin[Invoice]):
    """The pages of invoices; what can be done is in `InvoiceActs` and `Drafts`, the calendar in `Calendar`."""

    model = Invoice
    to_view = Power.VIEW_BILLING
    to_change = Power.MANAGE_BILLING
    page_template: ClassVar[str] = "admin/billing/invoice.html"
    list_display = ("numbered", "total_shown", "state", "when_due", "created")
    list_select_related = ("customer",)
    list_filter = (StatusFilter, CollectionFilter, SinceFilter, CustomerFilter)
    search_fields = ("pk",)  # for the box to be there; `find` searches
    find = staticmethod(invoices_found)
    search_help_text = gettext_lazy("Finds numbers, IDs, and the customer's name or email address.")
    empty_value_display = ""
    cells: ClassVar[tuple[Cell, ...]] = (
        plain("id"), plain("created_at", of="created", header="created"), plain("number", of="numbered"),
        plain("customer_id", of="numbered"),
        customer_email(of="numbered"),
        amount("total", of="total_shown"), amount("amount_paid", of="total_shown"),
        amount("amount_remaining", of="total_shown"), plain("currency", of="total_shown"), plain("status", of="state"),
        plain("due_at", of="when_due", header="due"), plain("paid_at", of="when_due", header="paid"),
        plain("subscription_id", of="numbered"),
    )  # fmt: skip

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; an invoice's whole id or number leads to its page at once."""
        self.require(self.has_view_permission(request))
        pk = _named(request.GET.get("q", "").strip())
        if pk:
            return HttpResponseRedirect(self.url("page", pk))
        return super().changelist_view(request, extra_context)

    # -- Columns ------------------------------------------------------------------------------------------------------

    def numbered(self, row: Invoice) -> str:
        """Show the number, and who is billed."""
        name = shown.invoice_name(row)
        return format_html('{}<span class="quiet">{}</span>', name, str(row.customer))

    numbered.short_description = gettext_lazy("invoice")  # type: ignore[attr-defined]  # as the stock admin wants it

    def total_shown(self, row: Invoice) -> str:
        """Show the total, with its currency's code."""
        return money_with_code(row.total, row.currency)

    total_shown.short_description = gettext_lazy("total")  # type: ignore[attr-defined]  # as above

    def state(self, row: Invoice) -> str:
        """Show the state."""
        badges = shown.invoice_badges(row, at=clock.now())
        return format_html_join(" ", '<span class="badge {1}">{0}</span>', badges)

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as above

    def when_due(self, row: Invoice) -> str:
        """Show when it was paid, or when it is due or tried next."""
        words, when = invoice_page.due(row)
        if when is None:
            return ""
        return format_html('{} <span class="quiet">{}</span>', shown.day(when), words)

    when_due.short_description = gettext_lazy("due or paid")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def found(self, request: HttpRequest, object_id: str) -> Invoice:
        rows = Invoice.objects.select_related(
            "customer", "subscription", "payment_intent", "default_payment_method", "revises",
            "latest_revision",
        )  # fmt: skip
        invoice = rows.filter(pk=object_id).first()
        if invoice is None:
            raise Http404
        return invoice

    def page_context(self, request: HttpRequest, row: Invoice) -> dict[str, Any]:
        context = invoice_page.context(invoice_page.around(row, at=self.now(row)))
        is_draft = row.status == Invoice.Status.DRAFT
        if is_draft and self.has_change_permission(request):
            for line in context["lines"]:
                line["links"] = self.line_links(row, line)
            context["add_url"] = self.url("add_line", row.pk)
        return context

    def links(self, request: HttpRequest, row: Invoice) -> list[Link]:
        addresses = (
            (_("Hosted page"), invoice_links.hosted(str(row.pk), row.finalized_at)),
            (_("PDF"), invoice_links.pdf(str(row.pk), row.finalized_at)),
        )
        documents = [Link(label, url) for label, url in addresses if url]
        if not self.has_change_permission(request):
            return documents
        acts = [*self.act_links(row), *self.draft_links(row), *credit_notes.issue_links(row)]
        return [*acts, *documents]

    def more_urls(self) -> list[URLPattern]:
        return [*self.calendar_urls(), *self.draft_urls(), *self.act_urls()]


def _named(text: str) -> str:
    """Return the id of the invoice that an id or a number names; empty where it names none."""
    if not text:
        return ""
    which = {"pk": text} if text.startswith(f"{Invoice.PREFIX}_") else {"number": text.upper()}
    found = Invoice.objects.filter(**which).order_by().values_list("pk", flat=True)[:1]
    return next(iter(found), "")
