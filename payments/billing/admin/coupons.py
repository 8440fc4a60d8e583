"""Coupons: what they take off, who can have them, and the promotion codes that lead to them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.admin.base import Link
from customers.admin.customer_filters import TableFilter
from customers.admin.fields import currencies
from customers.admin.forms import DashboardForm, LinesField, PairsField, RuledField, Section
from customers.admin.kinds import KindFirstAdmin
from customers.kit import clock, ids
from customers.kit.errors import InvalidRequest, NotFound
from customers.restkit import inputs
from customers.restkit.id_inputs import ChosenIdField, IdField
from customers.services.powers import Power
from payments.admin import shown
from payments.admin.base import minor_units
from payments.billing.models import Coupon, PromotionCode
from payments.billing.services import coupons

T = TypeVar("T")
PERCENT, AMOUNT = "percent", "amount"
SHOWN = 20  # promotion codes
_REDEEM_BY = gettext_lazy("Can be redeemed until")


class InstantField(forms.DateTimeField):
    """An instant, in the site's time zone."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(required=False, widget=widget, **options)


class StateFilter(TableFilter):
    title = gettext_lazy("status")
    parameter_name = "status"
    table = {
        "valid": (gettext_lazy("Valid"), lambda rows: rows.filter(coupons.redeemable(clock.now()))),
        "over": (
            gettext_lazy("Over"),
            lambda rows: rows.filter(deleted_at=None).exclude(coupons.redeemable(clock.now())),
        ),
        "deleted": (gettext_lazy("Deleted"), lambda rows: rows.exclude(deleted_at=None)),
    }


class EditCouponForm(DashboardForm):
    """What of a coupon can change."""

    name = RuledField(
        inputs.TextField(max_length=40),
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("Customers see it on their invoices."),
    )
    metadata = PairsField(label=gettext_lazy("Metadata"))

    def __init__(self, _row: Coupon, **options: Any) -> None:
        super().__init__(**options)


class NewCouponForm(DashboardForm):
    """A new coupon.

    Args:
        kind: `percent` or `amount`.
    """

    refusals = {
        "percent_off": "percent_off", "amount_off": "amount", "duration_in_months": "duration_months",
        "applies_to[products]": "products", "applies_to": "products",
    }  # fmt: skip
    sections: ClassVar[Sequence[Section]] = (
        Section("", ("percent_off", "amount", "currency", "duration", "duration_months")),
        Section(gettext_lazy("For customers"), ("name", "id")),
        Section(gettext_lazy("Limits"), ("redeem_by", "max_redemptions", "products")),
    )

    percent_off = forms.DecimalField(
        label=gettext_lazy("Percent off"),
        max_digits=5,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Amount off"),
        max_digits=12,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=currencies)
    duration = forms.ChoiceField(
        label=gettext_lazy("Holds"),
        choices=Coupon.Duration.choices,
        initial=Coupon.Duration.ONCE,
        help_text=gettext_lazy("Once is the first invoice."),
    )
    duration_months = forms.IntegerField(
        label=gettext_lazy("Months"), min_value=1, max_value=1200, required=False
    )
    name = RuledField(inputs.TextField(max_length=40), label=gettext_lazy("Name"))
    id = RuledField(
        ChosenIdField(),
        label=gettext_lazy("ID"),
        help_text=gettext_lazy("Letters, digits, hyphens and underscores; drawn when left empty."),
    )
    redeem_by = InstantField(label=_REDEEM_BY)
    max_redemptions = forms.IntegerField(
        label=gettext_lazy("Most redemptions"), min_value=1, max_value=10**12, required=False
    )
    products = LinesField(
        IdField(),
        max_lines=100,
        label=gettext_lazy("Only for these products"),
        help_text=gettext_lazy("Their IDs, one on a line; for all when left empty."),
    )

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__(**options)
        for name in ("amount", "currency") if kind == PERCENT else ("percent_off",):
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("currency"):
            amount, currency = cleaned.get("amount"), cleaned["currency"]
            cleaned["amount_off"] = minor_units(self, amount, currency)
        return cleaned

    def terms(self) -> dict[str, Any]:
        """Return what the service makes a coupon of; what was left empty is not there."""
        left_out = {"id", "amount"}
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in left_out and value not in (None, "", [])
        }


class CouponAdmin(KindFirstAdmin):
    """The pages of coupons."""

    model = Coupon
    to_view = Power.VIEW_BILLING
    to_add = to_change = to_delete = Power.MANAGE_BILLING
    form_class = EditCouponForm
    add_form_class = NewCouponForm
    page_template: ClassVar[str] = "admin/billing/coupon.html"
    kinds = (
        (PERCENT, gettext_lazy("A percentage"), gettext_lazy("A share of every invoice.")),
        (AMOUNT, gettext_lazy("An amount"), gettext_lazy("So much money off, in one currency.")),
    )
    list_display = ("what", "state", "title", "how_long", "redemptions", "created")
    list_filter = (StateFilter,)
    empty_value_display = ""

    def what(self, row: Coupon) -> str:
        """Show what it takes off."""
        return off(row)

    what.short_description = gettext_lazy("off")  # type: ignore[attr-defined]  # as the stock admin wants it

    def state(self, row: Coupon) -> str:
        """Show how it stands."""
        return format_html('<span class="badge {1}">{0}</span>', *badge(row, at=clock.now()))

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as above

    def title(self, row: Coupon) -> str:
        """Show its name, or its id."""
        return str(row)

    title.short_description = gettext_lazy("name")  # type: ignore[attr-defined]  # as above

    def how_long(self, row: Coupon) -> str:
        """Show how long it holds."""
        return duration(row)

    how_long.short_description = gettext_lazy("holds")  # type: ignore[attr-defined]  # as above

    def redemptions(self, row: Coupon) -> str:
        """Show how often it was redeemed."""
        return redeemed(row)

    redemptions.short_description = gettext_lazy("redeemed")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def facts(self, request: HttpRequest, row: Coupon) -> Sequence[tuple[Any, Any]]:
        options = [
            shown.money(option["amount_off"], currency)
            for currency, option in sorted(row.currency_options.items())
        ]
        return (
            (_("Off"), off(row)),
            (_("In other currencies"), ", ".join(options)),
            (_("Holds"), duration(row)),
            (_("Redeemed"), redeemed(row)),
            (_REDEEM_BY, row.redeem_by),
            (_("Only for these products"), ", ".join(map(ids.shown, row.product_ids))),
            (_("Made"), row.created_at),
            (_("Deleted"), row.deleted_at),
            *((key, value) for key, value in sorted(row.metadata.items())),
            (_("ID"), ids.shown(row.pk)),
        )

    def page_context(self, request: HttpRequest, row: Coupon) -> dict[str, Any]:
        codes = PromotionCode.objects.filter(coupon=row).order_by("-created_at", "-id")
        may_add = row.deleted_at is None and self.has_add_permission(request)
        add = reverse("admin:billing_promotioncode_add")
        return {
            "badge": badge(row, at=clock.now()),
            "codes": [
                {
                    "code": code.code,
                    "is_active": code.is_active,
                    "redeemed": redeemed(code),
                    "url": reverse("admin:billing_promotioncode_page", args=[code.pk]),
                }
                for code in codes[:SHOWN]
            ],
            "add_code_url": f"{add}?coupon={ids.shown(row.pk)}" if may_add else "",
        }

    def links(self, request: HttpRequest, row: Coupon) -> list[Link]:
        return [] if row.deleted_at is not None else super().links(request, row)

    def create(self, request: HttpRequest, form: Any) -> Coupon:
        pk = form.cleaned_data["id"] or ""
        return asked_by_form(lambda: coupons.create(terms=form.terms(), pk=pk, at=clock.now()))

    def update(self, request: HttpRequest, row: Coupon, form: DashboardForm) -> Coupon:
        return coupons.update(row, details=form.changes(), at=clock.now())

    def destroy(self, request: HttpRequest, row: Coupon) -> Coupon:
        return coupons.delete(row, at=clock.now())

    def delete_text(self, row: Coupon) -> str:
        return _("Nobody can redeem it any more. Who has it keeps the discount.")


def asked_by_form(act: Callable[[], T]) -> T:
    """Do what a form asks for; where it names what is not there, that is shown at its field, and the page stays.

    Raises:
        DomainError: what the service refuses.
    """
    try:
        return act()
    except NotFound as error:
        raise InvalidRequest(error.message, param=error.param.partition("[")[0]) from error


def off(coupon: Coupon) -> str:
    """Return what a coupon takes off, in words."""
    if coupon.percent_off is not None:
        return f"{coupon.percent_off.normalize():f}\N{NO-BREAK SPACE}%"
    return shown.money(coupon.amount_off or 0, coupon.currency)


def duration(coupon: Coupon) -> str:
    """Return how long a coupon holds, in words."""
    if coupon.duration_months is None:
        return str(coupon.get_duration_display())
    months = coupon.duration_months
    return ngettext("%(count)d month", "%(count)d months", months) % {"count": months}


def redeemed(row: Coupon | PromotionCode) -> str:
    """Return how often something was redeemed, and how often it can be."""
    if row.max_redemptions is None:
        return str(row.times_redeemed)
    return _("%(count)s of %(most)s") % {"count": row.times_redeemed, "most": row.max_redemptions}


def badge(coupon: Coupon, *, at: datetime) -> shown.Badge:
    """Return a coupon's state."""
    if coupon.deleted_at is not None:
        return _("Deleted"), ""
    is_open = coupons.refusal(coupon, param="", at=at) is None
    return (_("Valid"), "ok") if is_open else (_("Over"), "warn")
