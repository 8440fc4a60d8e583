"""Shipping rates: what it costs to send what was bought."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.admin import shown
from customers.admin.base import TenantAdmin
from customers.admin.forms import DashboardForm, PairsField, Section
from customers.kit import clock
from customers.kit.currencies import digits
from customers.services.powers import Power
from payments.billing.admin.catalog_forms import minor_of
from payments.billing.admin.products import StateFilter, badge
from payments.billing.models import ShippingRate
from payments.billing.services import shipping_rates

Behavior = ShippingRate.TaxBehavior


class ShippingRateForm(DashboardForm):
    """What can be changed of a shipping rate."""

    tracks_changes = True
    sections: ClassVar[Sequence[Section]] = (
        Section("", ("display_name", "currency", "amount", "tax_behavior", "is_active")),
        Section(gettext_lazy("Metadata"), ("metadata",), is_folded=True),
    )

    is_active = forms.BooleanField(
        label=gettext_lazy("New invoices can have it"), required=False, initial=True
    )
    tax_behavior = forms.ChoiceField(
        label=gettext_lazy("Tax"),
        choices=Behavior.choices,
        help_text=gettext_lazy("Once it was said, it stays."),
    )
    metadata = PairsField(label=gettext_lazy("Metadata"))

    def __init__(self, row: ShippingRate, **options: Any) -> None:
        super().__init__(**options)
        if row.tax_behavior != Behavior.UNSPECIFIED:
            del self.fields["tax_behavior"]


class NewShippingRateForm(DashboardForm):
    """A new shipping rate."""

    sections = ShippingRateForm.sections

    display_name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("It stands on invoices, such as Express."),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=shown.currencies)
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"),
        max_digits=30,
        min_value=0,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("It does not change later."),
    )
    tax_behavior = forms.ChoiceField(
        label=gettext_lazy("Tax"),
        choices=Behavior.choices,
        initial=Behavior.UNSPECIFIED,
        help_text=gettext_lazy("Once it was said, it stays."),
    )
    metadata = PairsField(label=gettext_lazy("Metadata"))

    def __init__(self, currency: str, **options: Any) -> None:
        super().__init__(initial={"currency": currency}, **options)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "amount" in cleaned and "currency" in cleaned:
            cleaned["amount"] = self._minor(cleaned["amount"], cleaned["currency"])
        return cleaned

    def _minor(self, amount: Decimal, currency: str) -> int:
        """Return the amount in minor units; 0, with an error at the field, where it is none to be charged."""
        if amount.is_finite() and round(amount, digits(currency)) != amount:
            self.add_error("amount", _("This currency has fewer digits after the point."))
            return 0
        try:
            return int(minor_of(amount, currency))
        except forms.ValidationError as error:
            self.add_error("amount", error)
            return 0


class ShippingRateAdmin(TenantAdmin[ShippingRate]):
    """The pages of shipping rates."""

    model = ShippingRate
    to_view = Power.VIEW_BILLING
    to_add = to_change = Power.MANAGE_BILLING
    form_class = ShippingRateForm
    add_form_class = NewShippingRateForm
    list_display = ("display_name", "amount_shown", "delivery", "state_shown", "created")
    list_filter = (StateFilter,)
    empty_value_display = ""

    def amount_shown(self, row: ShippingRate) -> str:
        """Show what it costs, in each of its currencies."""
        return " \N{MIDDLE DOT} ".join(_amounts(row))

    amount_shown.short_description = gettext_lazy("amount")  # type: ignore[attr-defined]  # as the stock admin wants it

    def delivery(self, row: ShippingRate) -> str:
        """Show how long it takes."""
        return _delivery(row)

    delivery.short_description = gettext_lazy("delivery")  # type: ignore[attr-defined]  # as above

    def state_shown(self, row: ShippingRate) -> str:
        """Show whether something new can have it."""
        return format_html('<span class="badge {1}">{0}</span>', *badge(row.is_active))

    state_shown.short_description = gettext_lazy("state")  # type: ignore[attr-defined]  # as above

    def facts(self, request: HttpRequest, row: ShippingRate) -> Sequence[tuple[Any, Any]]:
        own, *others = _amounts(row)
        return (
            (_("Amount"), own),
            (_("Other currencies"), " \N{MIDDLE DOT} ".join(others)),
            (_("Tax"), row.get_tax_behavior_display()),
            (_("Delivery"), _delivery(row)),
            (_("State"), badge(row.is_active)[0]),
            (_("ID"), row.pk),
            (_("Made"), row.created_at),
            *row.metadata.items(),
        )

    def make_form(
        self, request: HttpRequest, form_class: type[DashboardForm], *args: Any, **kwargs: Any
    ) -> Any:
        """Return a form; the one for a new rate begins with the site's currency."""
        if form_class is NewShippingRateForm:
            site = self.choice(request).site
            args = (site.default_currency if site else "",)
        return super().make_form(request, form_class, *args, **kwargs)

    def create(self, request: HttpRequest, form: DashboardForm) -> ShippingRate:
        return shipping_rates.create(details=form.changes(), at=clock.now())

    def update(self, request: HttpRequest, row: ShippingRate, form: DashboardForm) -> ShippingRate:
        return shipping_rates.update(row, details=form.changes())


def _amounts(row: ShippingRate) -> list[str]:
    """Return what a rate costs in each of its currencies, its own first."""
    currencies = [row.currency, *sorted(row.currency_options)]
    return [shown.money(shipping_rates.cost(row, code)[0], code) for code in currencies]


def _delivery(row: ShippingRate) -> str:
    """Return how long a delivery takes, as far as that was said."""
    said = row.delivery_estimate or {}
    least, most = (_span(said.get(name)) for name in ("minimum", "maximum"))
    if least and most:
        return f"{least} \N{EN DASH} {most}"
    if most:
        return _("Up to %(span)s") % {"span": most}
    return _("From %(span)s") % {"span": least} if least else ""


def _span(bound: dict[str, Any] | None) -> str:
    """Return one end of an estimate in words; empty where there is none."""
    if bound is None:
        return ""
    value = bound["value"]
    words = {
        "hour": ngettext("%(count)d hour", "%(count)d hours", value),
        "day": ngettext("%(count)d day", "%(count)d days", value),
        "business_day": ngettext("%(count)d business day", "%(count)d business days", value),
        "week": ngettext("%(count)d week", "%(count)d weeks", value),
        "month": ngettext("%(count)d month", "%(count)d months", value),
    }
    return words[bound["unit"]] % {"count": value}
