"""Checkout sessions: who was asked to pay what, how far they came, and what came of it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.customer_filters import CreatedFilter, TableFilter
from customers.admin.forms import DashboardForm
from customers.admin.shown import money, money_with_code
from customers.kit import clock
from customers.models import Customer
from customers.services import test_clocks
from customers.services.powers import Power
from payments.admin.base import AsksGateway
from payments.billing.models import Subscription
from payments.models import PaymentIntent
from portal.admin import shown
from portal.models import CheckoutSession
from portal.services import checkout_items, checkout_states, checkouts

Status = CheckoutSession.Status


def _in(status: Status) -> Any:
    return lambda rows: rows.filter(status=status)


class StatusFilter(TableFilter):
    title = gettext_lazy("status")
    parameter_name = "status"
    table = {
        "open": (Status.OPEN.label, _in(Status.OPEN)),
        "complete": (Status.COMPLETE.label, _in(Status.COMPLETE)),
        "expired": (Status.EXPIRED.label, _in(Status.EXPIRED)),
    }


class CheckoutSessionAdmin(AsksGateway, TenantAdmin[CheckoutSession]):
    """The pages of checkout sessions; they are made through the API and by payment links, and can be expired here."""

    model = CheckoutSession
    menu_title = gettext_lazy("Checkouts")
    to_view = Power.VIEW_PAYMENTS
    to_change = Power.MANAGE_BILLING  # what a session has redeemed is given back
    page_template: ClassVar[str] = "admin/portal/checkout_session.html"
    list_display = ("amount_shown", "state", "who", "what", "created")
    list_select_related = ("customer",)
    list_filter = (StatusFilter, CreatedFilter)
    search_fields = ("pk",)
    search_help_text = gettext_lazy(
        "Finds the ID of a session, a link, a customer, a payment intent or a subscription, and email addresses."
    )
    empty_value_display = ""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by what has an index."""
        text = search_term.strip()
        if not text:
            return queryset, False
        if "@" in text:
            return queryset.filter(email=text), False
        column = _COLUMNS.get(text.partition("_")[0], "pk")
        return queryset.filter(**{column: text}), False

    def prepare_rows(self, rows: list[CheckoutSession]) -> None:
        items = shown.items_of(rows, "session")
        for row in rows:
            row.items_line = shown.named(items[row.pk])  # type: ignore[attr-defined]  # for `what`

    def amount_shown(self, row: CheckoutSession) -> str:
        """Show what it comes to, with its currency's code."""
        if row.mode == "setup":
            return _("Saves a method")
        return money_with_code(row.amount_total, row.currency)

    amount_shown.short_description = gettext_lazy("amount")  # type: ignore[attr-defined]  # as the stock admin wants it

    def state(self, row: CheckoutSession) -> str:
        """Show how far it came."""
        badges = shown.session_badges(row)
        return format_html_join(" ", '<span class="badge {1}">{0}</span>', badges)

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as above

    def who(self, row: CheckoutSession) -> str:
        """Show the customer, or who says to be one."""
        return str(row.customer or row.email)

    who.short_description = gettext_lazy("customer")  # type: ignore[attr-defined]  # as above

    def what(self, row: CheckoutSession) -> str:
        """Show what is offered."""
        line: str = row.items_line  # type: ignore[attr-defined]  # `prepare_rows` has set it
        return line

    what.short_description = gettext_lazy("items")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def found(self, request: HttpRequest, object_id: str) -> CheckoutSession:
        rows = CheckoutSession.objects.select_related("customer", "invoice")
        session = rows.filter(pk=object_id).first()
        if session is None:
            raise Http404
        return session

    def facts(self, request: HttpRequest, row: CheckoutSession) -> Sequence[tuple[Any, Any]]:
        said = row.collected
        pairs = [
            (_("Customer"), _way("customers_customer", row.customer_id, str(row.customer))),
            (_("Email address"), row.email),
            (_("Name"), said.get("name")),
            (_("Phone"), said.get("phone")),
            (_("Mode"), row.get_mode_display()),
            (_("Payment"), _way("payments_paymentintent", row.payment_intent_id)),
            (_("Subscription"), _way("billing_subscription", row.subscription_id)),
            (_("Invoice"), _way("billing_invoice", row.invoice_id)),
            (_("Payment link"), _way("portal_paymentlink", row.payment_link_id)),
            (_("Reference"), row.client_reference_id),
            (_("Created"), row.created_at),
            (_("Expires") if row.status == Status.OPEN else _("Expired"), _expiry(row)),
            (_("Completed"), row.completed_at),
            *sorted(row.metadata.items()),
            (_("ID"), row.pk),
        ]
        return [(label, value) for label, value in pairs if value]

    def page_context(self, request: HttpRequest, row: CheckoutSession) -> dict[str, Any]:
        is_open = row.status == Status.OPEN
        return {
            "title": shown.total(row) or _("Saves a method"),
            "badges": shown.session_badges(row),
            "address": checkout_states.url_of(row) if is_open else "",
            "lines": shown.lines(checkout_items.of(row)),
            "sums": _sums(row),
        }

    def links(self, request: HttpRequest, row: CheckoutSession) -> list[Link]:
        if row.status != Status.OPEN or not self.has_change_permission(request):
            return []
        return [Link(_("Expire"), self.url("expire", row.pk), "danger")]

    def more_urls(self) -> list[URLPattern]:
        return [self.route("<str:object_id>/expire/", self.expire_view, "expire")]

    def expire_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to let a session expire, or do it."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        words = Act(
            title=_("Expire this checkout?"),
            text=_("Nobody can complete it any more. This cannot be undone."),
            button=_("Expire"),
            done=_("The checkout has expired."),
            back=self.page_url(row),
            style="danger",
            leave=_("Keep it"),
        )
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: checkouts.expire(
                row, at=test_clocks.now_for_id(row.customer_id, clock.now())
            ),
            words,
            row=row.pk,
        )


_COLUMNS = {
    "plink": "payment_link_id",
    Customer.PREFIX: "customer_id",
    PaymentIntent.PREFIX: "payment_intent_id",
    Subscription.PREFIX: "subscription_id",
}
"""By an id's prefix, the column that holds it."""


def _way(page: str, pk: str | None, text: str = "") -> str:
    """Return the way to what came of a session; empty where there is nothing."""
    if not pk:
        return ""
    return format_html('<a href="{}">{}</a>', reverse(f"admin:{page}_page", args=[pk]), text or pk)


def _expiry(row: CheckoutSession) -> Any:
    return None if row.status == Status.COMPLETE else row.expires_at


def _sums(row: CheckoutSession) -> list[dict[str, Any]]:
    """Return how the items come to the total."""
    parts = (
        (_("Discount"), -row.amount_discount),
        (_("Shipping"), row.amount_shipping),
        (_("Tax"), row.amount_tax),
    )
    rows = [(label, amount) for label, amount in parts if amount]
    if rows:
        rows.insert(0, (_("Subtotal"), row.amount_subtotal))
    sums = [(*each, False) for each in rows] + [(_("Total"), row.amount_total, True)]
    return [
        {"label": label, "amount": money(amount, row.currency), "is_strong": is_strong}
        for label, amount, is_strong in sums
    ]
