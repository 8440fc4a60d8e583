"""Promotion codes: the words that customers type, for whom they are, and how often they were used."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown as people
from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.customer_filters import TableFilter
from customers.admin.fields import currencies
from customers.admin.forms import DashboardForm, PairsField, RuledField, Section
from customers.kit import clock
from customers.restkit import inputs
from customers.restkit.id_inputs import IdField
from customers.services import customers
from customers.services.powers import Power
from payments.admin import shown
from payments.admin.base import minor_units
from payments.billing.admin.coupons import InstantField, asked_by_form, off, redeemed
from payments.billing.models import PromotionCode
from payments.billing.services import coupons, promotion_codes


class StateFilter(TableFilter):
    title = gettext_lazy("status")
    parameter_name = "status"
    table = {
        "active": (
            gettext_lazy("Active"),
            lambda rows: rows.filter(promotion_codes.active(clock.now())),
        ),
        "inactive": (
            gettext_lazy("Not active"),
            lambda rows: rows.exclude(promotion_codes.active(clock.now())),
        ),
    }


class EditCodeForm(DashboardForm):
    """What of a code can change, beside whether it is active."""

    metadata = PairsField(label=gettext_lazy("Metadata"))

    def __init__(self, _row: PromotionCode, **options: Any) -> None:
        super().__init__(**options)


class NewCodeForm(DashboardForm):
    """A new code."""

    refusals = {
        "promotion[coupon]": "coupon",
        "restrictions[minimum_amount]": "amount",
        "restrictions[minimum_amount_currency]": "currency",
    }
    sections: ClassVar[Sequence[Section]] = (
        Section("", ("coupon", "code")),
        Section(gettext_lazy("Limits"), ("expires_at", "max_redemptions", "is_first_time_only")),
        Section(gettext_lazy("Conditions"), ("customer", "amount", "currency")),
    )

    coupon = forms.CharField(
        label=gettext_lazy("Coupon"), max_length=64, help_text=gettext_lazy("Its ID.")
    )
    code = RuledField(
        inputs.TextField(
            max_length=500, pattern=r"[A-Za-z0-9\-]+", wording="use letters, digits and dashes"
        ),
        label=gettext_lazy("Code"),
        help_text=gettext_lazy(
            "What customers type, in any letter case; drawn when left empty. Letters, digits and dashes."
        ),
    )
    expires_at = InstantField(label=gettext_lazy("Can be used until"))
    max_redemptions = forms.IntegerField(
        label=gettext_lazy("Most redemptions"), min_value=1, max_value=10**12, required=False
    )
    is_first_time_only = forms.BooleanField(
        label=gettext_lazy("Only for a customer's first payment"), required=False
    )
    customer = RuledField(
        IdField(), label=gettext_lazy("Only for this customer"), help_text=gettext_lazy("The ID.")
    )
    amount = forms.DecimalField(
        label=gettext_lazy("From this amount on"),
        max_digits=12,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=currencies, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("currency"):
            amount, currency = cleaned.get("amount"), cleaned["currency"]
            cleaned["minimum_amount"] = minor_units(self, amount, currency)
            cleaned["minimum_amount_currency"] = currency
        elif cleaned.get("amount") is not None:
            self.add_error("currency", _("Choose the currency of the amount."))
        return cleaned

    def terms(self) -> dict[str, Any]:
        """Return the columns; what was left empty is not there."""
        left_out = {"coupon", "customer", "amount", "currency"}
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in left_out and value not in (None, "")
        }


class PromotionCodeAdmin(TenantAdmin[PromotionCode]):
    """The pages of promotion codes."""

    model = PromotionCode
    to_view = Power.VIEW_BILLING
    to_add = to_change = Power.MANAGE_BILLING
    form_class = EditCodeForm
    add_form_class = NewCodeForm
    page_template: ClassVar[str] = "admin/billing/promotion_code.html"
    list_display = ("code", "state", "what", "redemptions", "created")
    list_select_related = ("coupon",)
    list_filter = (StateFilter,)
    search_fields = ("code",)
    empty_value_display = ""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a code by its word, in any letter case."""
        word = search_term.strip()
        return (queryset.filter(code__iexact=word) if word else queryset), False

    def state(self, row: PromotionCode) -> str:
        """Show how it stands."""
        return format_html('<span class="badge {1}">{0}</span>', *badge(row, at=clock.now()))

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as the stock admin wants it

    def what(self, row: PromotionCode) -> str:
        """Show what its coupon takes off."""
        return off(row.coupon)

    what.short_description = gettext_lazy("off")  # type: ignore[attr-defined]  # as above

    def redemptions(self, row: PromotionCode) -> str:
        """Show how often it was used."""
        return redeemed(row)

    redemptions.short_description = gettext_lazy("redeemed")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def found(self, request: HttpRequest, object_id: str) -> PromotionCode:
        rows = PromotionCode.objects.select_related("coupon", "customer")
        row = rows.filter(pk=object_id).first()
        if row is None:
            raise Http404
        return row

    def facts(self, request: HttpRequest, row: PromotionCode) -> Sequence[tuple[Any, Any]]:
        return (
            (_("Off"), off(row.coupon)),
            (_("Redeemed"), redeemed(row)),
            (_("Can be used until"), row.expires_at),
            (_("Only for a customer's first payment"), _("Yes") if row.is_first_time_only else ""),
            (_("From this amount on"), ", ".join(_minimums(row))),
            (_("Made"), row.created_at),
            *((key, value) for key, value in sorted(row.metadata.items())),
            (_("ID"), row.pk),
        )

    def page_context(self, request: HttpRequest, row: PromotionCode) -> dict[str, Any]:
        return {
            "badge": badge(row, at=clock.now()),
            "coupon": str(row.coupon),
            "coupon_url": reverse("admin:billing_coupon_page", args=[row.coupon_id]),
            "customer": people.customer_line(row.customer) if row.customer else None,
        }

    def links(self, request: HttpRequest, row: PromotionCode) -> list[Link]:
        if not self.has_change_permission(request):
            return []
        switch = (
            Link(_("Switch off"), self.url("switch", row.pk), "danger")
            if row.is_active
            else Link(_("Switch on"), self.url("switch", row.pk))
        )
        return [*super().links(request, row), switch]

    def make_form(
        self, request: HttpRequest, form_class: type[DashboardForm], *args: Any, **kwargs: Any
    ) -> Any:
        """Return a form; the one for a new code knows the coupon from whose page it was opened."""
        if form_class is NewCodeForm:
            kwargs["initial"] = {"coupon": request.GET.get("coupon", "")}
        return super().make_form(request, form_class, *args, **kwargs)

    def create(self, request: HttpRequest, form: Any) -> PromotionCode:
        terms, pk = form.terms(), form.cleaned_data["customer"]
        coupon = asked_by_form(lambda: coupons.get(form.cleaned_data["coupon"], param="coupon"))
        if pk:
            terms["customer"] = asked_by_form(lambda: customers.get_living(pk))
        return promotion_codes.create(coupon=coupon, terms=terms, param="coupon", at=clock.now())

    def update(
        self, request: HttpRequest, row: PromotionCode, form: DashboardForm
    ) -> PromotionCode:
        return promotion_codes.update(row, details=form.changes(), at=clock.now())

    def more_urls(self) -> list[URLPattern]:
        return [self.route("<str:object_id>/switch/", self.switch_view, "switch")]

    def switch_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to switch a code on or off, or do it."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        words = _off_words(row) if row.is_active else _on_words(row)
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: promotion_codes.update(
                row, details={"is_active": not row.is_active}, at=clock.now()
            ),
            Act(**words, back=self.page_url(row)),
            row=row,
        )


def badge(code: PromotionCode, *, at: datetime) -> shown.Badge:
    """Return a code's state; its coupon must be loaded."""
    if promotion_codes.is_active(code, at=at):
        return _("Active"), "ok"
    return (_("Over"), "warn") if code.is_active else (_("Switched off"), "")


def _off_words(row: PromotionCode) -> dict[str, Any]:
    return {
        "title": _("Switch %(code)s off?") % {"code": row},
        "text": _(
            "Nobody can use it until it is switched on again. Who used it keeps the discount."
        ),
        "button": _("Switch off"),
        "done": _("%(code)s is switched off.") % {"code": row},
        "style": "danger",
    }


def _on_words(row: PromotionCode) -> dict[str, Any]:
    return {
        "title": _("Switch %(code)s on?") % {"code": row},
        "button": _("Switch on"),
        "done": _("%(code)s is switched on.") % {"code": row},
    }


def _minimums(row: PromotionCode) -> list[str]:
    if row.minimum_amount is None:
        return []
    options = [
        shown.money(option["minimum_amount"], currency)
        for currency, option in sorted(row.currency_options.items())
    ]
    return [shown.money(row.minimum_amount, row.minimum_amount_currency), *options]
