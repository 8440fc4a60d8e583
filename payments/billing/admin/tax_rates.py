"""Tax rates: what share of prices is tax."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown
from customers.admin.base import TenantAdmin
from customers.admin.forms import DashboardForm
from customers.kit import clock
from customers.services.powers import Power
from payments.billing.admin.catalog_forms import NewTaxRateForm, TaxRateForm
from payments.billing.admin.products import StateFilter, badge
from payments.billing.models import TaxRate
from payments.billing.services import price_terms, tax_rates


class TaxRateAdmin(TenantAdmin[TaxRate]):
    """The pages of tax rates."""

    model = TaxRate
    to_view = Power.VIEW_BILLING
    to_add = to_change = Power.MANAGE_BILLING
    form_class = TaxRateForm
    add_form_class = NewTaxRateForm
    list_display = ("display_name", "percent", "kind", "place", "state_shown", "created")
    list_filter = (StateFilter,)
    empty_value_display = ""

    def percent(self, row: TaxRate) -> str:
        """Show how much it takes."""
        return percent(row)

    percent.short_description = gettext_lazy("percent")  # type: ignore[attr-defined]  # as the stock admin wants it

    def kind(self, row: TaxRate) -> str:
        """Show whether it is contained or added."""
        return _("Contained") if row.is_inclusive else _("Added")

    kind.short_description = gettext_lazy("in prices")  # type: ignore[attr-defined]  # as above

    def place(self, row: TaxRate) -> str:
        """Show where it holds."""
        return place(row)

    place.short_description = gettext_lazy("where it holds")  # type: ignore[attr-defined]  # as above

    def state_shown(self, row: TaxRate) -> str:
        """Show whether something new can be taxed by it."""
        return format_html('<span class="badge {1}">{0}</span>', *badge(row.is_active))

    state_shown.short_description = gettext_lazy("state")  # type: ignore[attr-defined]  # as above

    def facts(self, request: HttpRequest, row: TaxRate) -> Sequence[tuple[Any, Any]]:
        return (
            (_("Percent"), percent(row)),
            (_("In prices"), self.kind(row)),
            (_("State"), badge(row.is_active)[0]),
            (_("Where it holds"), place(row)),
            (_("Jurisdiction"), row.jurisdiction),
            (_("Description"), row.description),
            (_("ID"), row.pk),
            (_("Made"), row.created_at),
            *row.metadata.items(),
        )

    def create(self, request: HttpRequest, form: DashboardForm) -> TaxRate:
        return tax_rates.create(details=form.changes(), at=clock.now())

    def update(self, request: HttpRequest, row: TaxRate, form: DashboardForm) -> TaxRate:
        return tax_rates.update(row, details=form.changes(), at=clock.now())


def percent(row: TaxRate) -> str:
    """Return a rate's percentage as people write it."""
    plain = price_terms.text(row.percentage)
    decimals = len(plain.partition(".")[2])
    return f"{number_format(row.percentage, decimals, use_l10n=True)}\N{NO-BREAK SPACE}%"


def place(row: TaxRate) -> str:
    """Return where a rate holds."""
    return ", ".join(part for part in (row.state, shown.country(row.country)) if part)
