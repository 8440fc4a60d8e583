"""Payment links: made, listed, copied to be sent, and switched off and on again."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.customer_filters import TableFilter
from customers.admin.forms import DashboardForm, Section
from customers.kit import clock
from customers.services.powers import Power
from payments.billing.admin.shown import price_choice
from payments.billing.models import Price
from portal.admin import shown
from portal.models import CheckoutMode, CheckoutSession, PaymentLink
from portal.services import checkout_items, payment_links

SHOWN = 30  # checkouts of a link
_OFFERED = 200  # prices, the newest first


class StateFilter(TableFilter):
    title = gettext_lazy("status")
    parameter_name = "status"
    table = {
        "active": (gettext_lazy("Active"), lambda rows: rows.filter(is_active=True)),
        "inactive": (gettext_lazy("Switched off"), lambda rows: rows.filter(is_active=False)),
    }


class NewLinkForm(DashboardForm):
    """What a link offers, and to how many. The API offers more."""

    sections = (
        Section("", ("price", "quantity", "is_adjustable")),
        Section(gettext_lazy("Customers"), ("takes_codes", "asks_phone", "completed_limit")),
    )

    price = forms.ChoiceField(label=gettext_lazy("Price"))
    quantity = forms.IntegerField(
        label=gettext_lazy("Quantity"),
        min_value=1,
        max_value=checkout_items.MOST_QUANTITY,
        initial=1,
    )
    is_adjustable = forms.BooleanField(
        label=gettext_lazy("Customers choose how many, up to 99"), required=False
    )
    takes_codes = forms.BooleanField(
        label=gettext_lazy("Customers can use promotion codes"), required=False
    )
    asks_phone = forms.BooleanField(
        label=gettext_lazy("Customers give their phone number"), required=False
    )
    completed_limit = forms.IntegerField(
        label=gettext_lazy("Most checkouts"),
        min_value=1,
        max_value=10**9,
        required=False,
        help_text=gettext_lazy("The link closes after these. Leave it empty for no limit."),
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.prices = {str(price.pk): price for price in _offered()}
        field = self.fields["price"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- so it was declared
        field.choices = [(pk, price_choice(price)) for pk, price in self.prices.items()]

    def details(self) -> dict[str, Any]:
        """Return the columns."""
        said = self.cleaned_data
        recurs = self.prices[said["price"]].kind == Price.Kind.RECURRING
        return {
            "mode": CheckoutMode.SUBSCRIPTION if recurs else CheckoutMode.PAYMENT,
            "payment_method_types": ["card"],
            "after_completion": {"type": "hosted_confirmation"},
            "completed_limit": said["completed_limit"],
            "collects": {
                "allow_promotion_codes": said["takes_codes"],
                "phone_number_collection": {"enabled": said["asks_phone"]},
            },
        }

    def line_items(self) -> list[dict[str, Any]]:
        """Return what is offered, as the service takes it."""
        said = self.cleaned_data
        adjustable = {"enabled": said["is_adjustable"], "minimum": 1, "maximum": 99}
        item = {"price": said["price"], "quantity": said["quantity"]}
        return [{**item, "adjustable_quantity": adjustable}]


class PaymentLinkAdmin(TenantAdmin[PaymentLink]):
    """The pages of payment links."""

    model = PaymentLink
    to_view = Power.VIEW_PAYMENTS
    to_add = to_change = Power.MANAGE_BILLING
    add_form_class = NewLinkForm
    page_template: ClassVar[str] = "admin/portal/payment_link.html"
    list_display = ("what", "state", "completed", "created")
    list_filter = (StateFilter,)
    empty_value_display = ""

    def prepare_rows(self, rows: list[PaymentLink]) -> None:
        items = shown.items_of(rows, "payment_link")
        for row in rows:
            row.items_line = shown.named(items[row.pk])  # type: ignore[attr-defined]  # for `what`

    def what(self, row: PaymentLink) -> str:
        """Show what is offered."""
        line: str = row.items_line  # type: ignore[attr-defined]  # `prepare_rows` has set it
        return line

    what.short_description = gettext_lazy("items")  # type: ignore[attr-defined]  # as the stock admin wants it

    def state(self, row: PaymentLink) -> str:
        """Show whether it begins checkouts."""
        return format_html('<span class="badge {1}">{0}</span>', *shown.link_badge(row))

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as above

    def completed(self, row: PaymentLink) -> str:
        """Show how many checkouts it has led to."""
        return _completed(row)

    completed.short_description = gettext_lazy("completed")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def facts(self, request: HttpRequest, row: PaymentLink) -> Sequence[tuple[Any, Any]]:
        pairs = [
            (_("Mode"), row.get_mode_display()),
            (_("Completed"), _completed(row)),
            (_("Words when it is closed"), row.inactive_message),
            (_("Made"), row.created_at),
            *sorted(row.metadata.items()),
            (_("ID"), row.pk),
        ]
        return [(label, value) for label, value in pairs if value]

    def page_context(self, request: HttpRequest, row: PaymentLink) -> dict[str, Any]:
        items = checkout_items.of(row)
        rows = CheckoutSession.objects.filter(payment_link=row).select_related("customer")
        return {
            "title": shown.named(items),
            "badge": shown.link_badge(row),
            "address": payment_links.url_of(row),
            "lines": shown.lines(items),
            "sessions": [_line(one) for one in rows.order_by("-created_at", "-id")[:SHOWN]],
        }

    def links(self, request: HttpRequest, row: PaymentLink) -> list[Link]:
        if not self.has_change_permission(request):
            return []
        url = self.url("switch", row.pk)
        if row.is_active:
            return [Link(_("Switch off"), url, "danger")]
        return [Link(_("Switch on"), url)]

    def create(self, request: HttpRequest, form: Any) -> PaymentLink:
        return payment_links.create(
            details=form.details(), line_items=form.line_items(), at=clock.now()
        )

    def more_urls(self) -> list[URLPattern]:
        return [self.route("<str:object_id>/switch/", self.switch_view, "switch")]

    def switch_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to switch a link off or on, or do it."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        words = _off_words() if row.is_active else _on_words()
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: payment_links.update(
                row,
                details={"is_active": not row.is_active},
                collects={},
                quantities={},
                at=clock.now(),
            ),
            Act(**words, back=self.page_url(row)),
            row=row.pk,
        )


def _offered() -> list[Price]:
    """Return the prices that can be bought, the newest first."""
    rows = Price.objects.filter(is_active=True, is_inline=False, deleted_at__isnull=True)
    return list(rows.select_related("product").order_by("-created_at", "-id")[:_OFFERED])


def _completed(row: PaymentLink) -> str:
    if row.completed_limit is None:
        return str(row.completed_count)
    said = {"count": row.completed_count, "most": row.completed_limit}
    return _("%(count)s of %(most)s") % said


def _line(session: CheckoutSession) -> dict[str, Any]:
    return {
        "url": reverse("admin:portal_checkoutsession_page", args=[session.pk]),
        "badges": shown.session_badges(session),
        "who": str(session.customer or session.email),
        "amount": shown.total(session),
        "created_at": session.created_at,
    }


def _off_words() -> dict[str, Any]:
    return {
        "title": _("Switch this link off?"),
        "text": _("It begins no checkouts until it is switched on again. Those under way go on."),
        "button": _("Switch off"),
        "done": _("The link is switched off."),
        "style": "danger",
    }


def _on_words() -> dict[str, Any]:
    return {
        "title": _("Switch this link on?"),
        "button": _("Switch on"),
        "done": _("The link is switched on."),
    }
