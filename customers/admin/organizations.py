"""Organizations: the businesses that customers buy for."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown
from customers.admin.base import TenantAdmin
from customers.admin.forms import DashboardForm, PairsField, RuledField, Section
from customers.kit import clock
from customers.models import Customer, Organization
from customers.restkit import inputs
from customers.services import customers, organizations, tax_ids
from customers.services.powers import Power

_CUSTOMERS_SHOWN = 10


class OrganizationForm(DashboardForm):
    tracks_changes = True
    refusals: ClassVar[dict[str, str]] = {
        "tax_id[type]": "tax_id_type",
        "tax_id[value]": "tax_id_value",
    }
    sections = (
        Section("", ("name", "legal_name")),
        Section(gettext_lazy("Tax ID"), ("tax_id_type", "tax_id_value")),
        Section(
            gettext_lazy("Address"), ("line1", "line2", "postal_code", "city", "state", "country")
        ),
        Section(gettext_lazy("Metadata"), ("metadata",)),
    )

    name = forms.CharField(label=gettext_lazy("Name"), max_length=organizations.MAX_NAME)
    legal_name = forms.CharField(label=gettext_lazy("Legal name"), max_length=255, required=False)
    tax_id_type = forms.ChoiceField(
        label=gettext_lazy("Type"),
        required=False,
        choices=[("", gettext_lazy("None")), *((kind, kind) for kind in tax_ids.TYPES)],
    )
    tax_id_value = forms.CharField(label=gettext_lazy("Number"), max_length=64, required=False)
    line1 = forms.CharField(label=gettext_lazy("Address line 1"), max_length=500, required=False)
    line2 = forms.CharField(label=gettext_lazy("Address line 2"), max_length=500, required=False)
    postal_code = forms.CharField(label=gettext_lazy("Postal code"), max_length=64, required=False)
    city = forms.CharField(label=gettext_lazy("City"), max_length=255, required=False)
    state = forms.CharField(label=gettext_lazy("State or province"), max_length=255, required=False)
    country = RuledField(
        inputs.TextField(max_length=64),
        label=gettext_lazy("Country"),
        widget=forms.TextInput(attrs={"autocomplete": "country"}),
        help_text=gettext_lazy("Two letters of ISO 3166-1, such as FR."),
    )
    metadata = PairsField(label=gettext_lazy("Metadata"))

    def __init__(self, row: Organization | None = None, **options: Any) -> None:
        super().__init__(**options)


class OrganizationAdmin(TenantAdmin[Organization]):
    model = Organization
    to_view = Power.VIEW_CUSTOMERS
    to_add = to_change = Power.EDIT_CUSTOMERS
    to_delete = Power.DELETE
    form_class = OrganizationForm
    page_template = "admin/organization.html"
    list_display = ("name", "legal_name", "tax_id_value", "country_name", "created")
    search_fields = ("name",)
    search_help_text = gettext_lazy("Finds names and IDs.")

    @admin.display(description=gettext_lazy("Country"))
    def country_name(self, organization: Organization) -> str:
        return shown.country(organization.country)

    @admin.display(description=gettext_lazy("Created"))
    def created(self, organization: Organization) -> Any:
        return organization.created_at

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Organization], search_term: str
    ) -> tuple[QuerySet[Organization], bool]:
        """Find by a part of the name, or by the id."""
        words = search_term.strip()
        if not words:
            return queryset, False
        if words.startswith(f"{Organization.PREFIX}_"):
            return queryset.filter(pk=words), False
        return queryset.filter(name__icontains=words), False

    def facts(self, request: HttpRequest, row: Organization) -> Sequence[tuple[Any, Any]]:
        return (
            (_("Name"), row.name),
            (_("Legal name"), row.legal_name),
            (_("Tax ID"), f"{row.tax_id_type} {row.tax_id_value}".strip()),
            (_("Address"), ", ".join(shown.address_lines(row))),
            (_("ID"), row.pk),
            (_("Created"), row.created_at),
        )

    def page_context(self, request: HttpRequest, row: Organization) -> dict[str, Any]:
        newest = Customer.objects.living().filter(organization=row).newest_first()
        people = newest[: _CUSTOMERS_SHOWN + 1]
        lines = [shown.customer_line(customer) for customer in people]
        return {"people": lines[:_CUSTOMERS_SHOWN], "has_more": len(lines) > _CUSTOMERS_SHOWN}

    def delete_text(self, row: Organization) -> str:
        return _("An organization with customers cannot be deleted.")

    def create(self, request: HttpRequest, form: DashboardForm) -> Organization:
        return organizations.create(details=_details(form, {}), at=clock.now())

    def update(self, request: HttpRequest, row: Organization, form: DashboardForm) -> Organization:
        details = _details(form, row.metadata)
        return organizations.update(row, details=details, at=clock.now())

    def destroy(self, request: HttpRequest, row: Organization) -> Organization:
        return organizations.delete(row, at=clock.now())


def _details(form: DashboardForm, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return a form's changes in columns."""
    details = form.changes()
    if "metadata" in details:
        details["metadata"] = customers.merged_metadata(metadata, details["metadata"])
    return details
