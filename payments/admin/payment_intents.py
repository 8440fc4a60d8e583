"""Payments that are begun and not paid: those without any try are seen only here."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.customer_filters import CreatedFilter, TableFilter
from customers.admin.exports import Cell, amount, plain
from customers.admin.tables import Table
from customers.kit import clock
from customers.services import test_clocks
from customers.services.powers import Power
from payments.admin import shown
from payments.admin.base import ActForm, AsksGateway, ShowsAmounts
from payments.models import Charge, PaymentIntent
from payments.models.payment_intents import UNPAID
from payments.services import payment_intents

Status = PaymentIntent.Status
_TRIES = 20  # that are shown


def _with(*statuses: Status) -> Any:
    return lambda rows: rows.filter(status__in=statuses)


class StatusFilter(TableFilter):
    """Unpaid ones, unless others are asked for."""

    title = gettext_lazy("status")
    parameter_name = "status"
    table = {
        "method": (Status.REQUIRES_PAYMENT_METHOD.label, _with(Status.REQUIRES_PAYMENT_METHOD)),
        "confirmation": (Status.REQUIRES_CONFIRMATION.label, _with(Status.REQUIRES_CONFIRMATION)),
        "customer": (Status.REQUIRES_ACTION.label, _with(Status.REQUIRES_ACTION)),
        "capture": (Status.REQUIRES_CAPTURE.label, _with(Status.REQUIRES_CAPTURE)),
        "processing": (Status.PROCESSING.label, _with(Status.PROCESSING)),
        "canceled": (Status.CANCELED.label, _with(Status.CANCELED)),
        "paid": (Status.SUCCEEDED.label, _with(Status.SUCCEEDED)),
    }

    def choices(self, changelist: Any) -> Any:
        unpaid, *rest = super().choices(changelist)
        return [{**unpaid, "display": _("Unpaid")}, *rest]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in self.table:
            return super().queryset(request, queryset)
        return queryset.filter(status__in=UNPAID)


class PaymentIntentAdmin(ShowsAmounts, Table, AsksGateway, TenantAdmin[PaymentIntent]):
    """The pages of payment intents."""

    model = PaymentIntent
    menu_title = gettext_lazy("Unpaid")
    to_view = Power.VIEW_PAYMENTS
    to_change = Power.REFUND
    page_template: ClassVar[str] = "admin/payments/payment_intent.html"
    list_display = ("amount_shown", "state", "who", "about", "created")
    list_select_related = ("customer",)
    list_filter = (StatusFilter, CreatedFilter)
    search_fields = ("pk",)
    search_help_text = gettext_lazy("Finds the ID of a payment intent or a customer.")
    empty_value_display = ""
    cells: ClassVar[tuple[Cell, ...]] = (
        plain("id"), plain("created_at", of="created", header="created"), amount("amount", of="amount_shown"),
        plain("currency", of="amount_shown"), plain("status", of="state"), plain("customer_id", of="who"),
        plain("description", of="about"),
    )  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by what has an index."""
        text = search_term.strip()
        if not text:
            return queryset, False
        is_intent = text.startswith(f"{PaymentIntent.PREFIX}_")
        return queryset.filter(**{"pk" if is_intent else "customer_id": text}), False

    def state(self, row: PaymentIntent) -> str:
        """Show what it needs, and why the last try failed."""
        said = (row.last_error or {}).get("message") or ""
        badge = format_html('<span class="badge {1}">{0}</span>', *shown.intent_badge(row))
        return format_html('{}<span class="quiet why">{}</span>', badge, said) if said else badge

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as the stock admin wants it

    def who(self, row: PaymentIntent) -> str:
        """Show the customer."""
        return str(row.customer or "")

    who.short_description = gettext_lazy("customer")  # type: ignore[attr-defined]  # as above

    def about(self, row: PaymentIntent) -> str:
        """Show the description."""
        return row.description

    about.short_description = gettext_lazy("description")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def found(self, request: HttpRequest, object_id: str) -> PaymentIntent:
        rows = PaymentIntent.objects.select_related("customer", "payment_method")
        intent = rows.filter(pk=object_id).first()
        if intent is None:
            raise Http404
        return intent

    def facts(self, request: HttpRequest, row: PaymentIntent) -> Sequence[tuple[Any, Any]]:
        method = shown.method_line(row.payment_method) if row.payment_method else ""
        customer = ""
        if row.customer is not None:
            url = reverse("admin:customers_customer_page", args=[row.customer.pk])
            customer = format_html('<a href="{}">{}</a>', url, str(row.customer))
        pairs = [
            (_("Customer"), customer),
            (_("Payment method"), method),
            (_("Description"), row.description),
            (_("Last failure"), (row.last_error or {}).get("message")),
            (_("Created"), row.created_at),
            (_("Canceled"), row.canceled_at),
            (_("ID"), row.pk),
        ]
        return [(label, value) for label, value in pairs if value]

    def page_context(self, request: HttpRequest, row: PaymentIntent) -> dict[str, Any]:
        tries = Charge.objects.filter(payment_intent=row).newest_first()[:_TRIES]
        return {
            "title": shown.money(row.amount, row.currency),
            "badge": shown.intent_badge(row),
            "tries": [
                {
                    "url": reverse("admin:payments_charge_page", args=[one.pk]),
                    "badges": shown.charge_badges(one),
                    "method": shown.charged_line(one),
                    "reason": (shown.failure(one) or {}).get("message", ""),
                    "created_at": one.created_at,
                }
                for one in tries
            ],
        }

    def links(self, request: HttpRequest, row: PaymentIntent) -> list[Link]:
        may_cancel = PaymentIntent.TRANSITIONS.allows(row.status, Status.CANCELED)
        if not (may_cancel and self.has_change_permission(request)):
            return []
        return [Link(_("Cancel payment"), self.url("cancel", row.pk), "danger")]

    def more_urls(self) -> list[URLPattern]:
        return [self.route("<str:object_id>/cancel/", self.cancel_view, "cancel")]

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to call a payment off, or do it."""
        intent = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        amount = shown.money(intent.amount, intent.currency)
        words = Act(
            title=_("Cancel this payment of %(amount)s?") % {"amount": amount},
            text=_(
                "It can no longer be paid, and what is held for it is released. This cannot be undone."
            ),
            button=_("Cancel payment"),
            done=_("The payment was canceled."),
            back=self.page_url(intent),
            style="danger",
            leave=_("Keep it"),
        )
        return self.run_form(
            request,
            self.make_form(request, ActForm),
            lambda _form: payment_intents.cancel(
                intent, at=test_clocks.now_for_id(intent.customer_id, clock.now())
            ),
            words,
            row=amount,
        )
