"""Payments: every try to take money, found, read, captured, given back, tried again, canceled."""

from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy

from customers.admin.base import Link, TenantAdmin
from customers.admin.exports import Cell, amount, customer_email, plain
from customers.admin.searching import FreelySearched
from customers.admin.tables import Table
from customers.services.powers import Power
from payments.admin import charge_page, shown
from payments.admin.base import ShowsAmounts
from payments.admin.charge_forms import retried_as
from payments.admin.filters import (
    AmountFilter,
    BackFilter,
    CurrencyFilter,
    CustomerFilter,
    MethodFilter,
    SinceFilter,
    StatusFilter,
    found,
)
from payments.admin.new_payments import NewPayments
from payments.models import Charge, Dispute, Refund


class ChargeAdmin(ShowsAmounts, FreelySearched, Table, NewPayments, TenantAdmin[Charge]):
    """The pages of payments; what can be done is in `ChargeActs` and `NewPayments`."""

    model = Charge
    menu_title = gettext_lazy("Payments")
    to_view = Power.VIEW_PAYMENTS
    to_change = Power.MOVE_MONEY
    page_template: ClassVar[str] = "admin/payments/charge.html"

    list_display = ("amount_shown", "state", "who", "method", "about", "created")
    list_select_related = ("customer",)
    list_filter = (
        StatusFilter, SinceFilter, CurrencyFilter, MethodFilter, AmountFilter, BackFilter, CustomerFilter,
    )  # fmt: skip
    search_fields = ("pk",)  # for the box to be there; `find` searches
    find = staticmethod(found)
    search_help_text = gettext_lazy(
        "Finds IDs, the last four digits of a card or account, amounts such as 1200.00, whole words of the "
        "description, and the customer's name or email address."
    )
    empty_value_display = ""
    cells: ClassVar[tuple[Cell, ...]] = (
        plain("id"), plain("created_at", of="created", header="created"), amount("amount", of="amount_shown"),
        amount("amount_captured", of="amount_shown"), amount("amount_refunded", of="amount_shown"),
        plain("currency", of="amount_shown"), plain("status", of="state"), plain("failure_code", of="state"),
        plain("customer_id", of="who"),
        customer_email(of="who"),
        Cell("method", shown.charged_line, frozenset({"method"})), plain("description", of="about"),
    )  # fmt: skip

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; the whole id of a payment, or of a refund or dispute of one, leads to its page at once."""
        self.require(self.has_view_permission(request))
        pk = _named(request.GET.get("q", "").strip())
        if pk:
            return HttpResponseRedirect(self.url("page", pk))
        return super().changelist_view(request, extra_context)

    def prepare_rows(self, rows: list[Charge]) -> None:
        disputes = Dispute.objects.filter(charge__in=[row.pk for row in rows]).order_by(
            "created_at"
        )
        by_charge = {dispute.charge_id: dispute for dispute in disputes}
        for row in rows:
            row.shown_dispute = by_charge.get(row.pk)  # type: ignore[attr-defined]  # for `state`

    # -- Columns ------------------------------------------------------------------------------------------------------

    def state(self, row: Charge) -> str:
        """Show the state, and why it failed."""
        badges = shown.charge_badges(row, row.shown_dispute)  # type: ignore[attr-defined]  # by prepare_rows
        said = shown.failure(row)
        html = format_html_join(" ", '<span class="badge {1}">{0}</span>', badges)
        if said is None:
            return html
        return format_html('{}<span class="quiet why">{}</span>', html, said["message"])

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as the stock admin wants it

    def who(self, row: Charge) -> str:
        """Show the customer."""
        if row.customer is None:
            return shown.payer(row)
        url = reverse("admin:customers_customer_page", args=[row.customer.pk])
        return format_html('<a href="{}">{}</a>', url, str(row.customer))

    who.short_description = gettext_lazy("customer")  # type: ignore[attr-defined]  # as above

    def method(self, row: Charge) -> str:
        """Show what was charged."""
        return shown.charged_line(row)

    method.short_description = gettext_lazy("method")  # type: ignore[attr-defined]  # as above

    def about(self, row: Charge) -> str:
        """Show the description."""
        return row.description

    about.short_description = gettext_lazy("description")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def found(self, request: HttpRequest, object_id: str) -> Charge:
        rows = Charge.objects.select_related("customer", "payment_intent", "gateway_account")
        charge = rows.filter(pk=object_id).first()
        if charge is None:
            raise Http404
        return charge

    def page_context(self, request: HttpRequest, row: Charge) -> dict[str, Any]:
        all_, retried = charge_page.around(row), retried_as(row)
        said = charge_page.context(all_, retried)
        return {
            **said,
            "title": said["amount"],
            "links": self.act_links(request, row, all_.dispute, retried),
            "ask_url": self.url("ask", row.pk)
            if said["unknown"] and self.allows(request, Power.REFUND)
            else "",
        }

    def links(self, request: HttpRequest, row: Charge) -> list[Link]:
        return []  # they depend on what `page_context` loads

    def more_urls(self) -> list[URLPattern]:
        return [*self.new_payment_urls(), *self.act_urls()]


def _named(text: str) -> str:
    """Return the id of the payment that an id names; empty where it names none."""
    if text.startswith(f"{Charge.PREFIX}_"):
        return text if Charge.objects.filter(pk=text).exists() else ""
    models: dict[str, type[Refund | Dispute]] = {
        Refund.PREFIX: Refund,
        Dispute.PREFIX: Dispute,
    }
    model = models.get(text.partition("_")[0])
    row = model.objects.filter(pk=text).first() if model is not None else None
    return "" if row is None else str(row.charge_id)
