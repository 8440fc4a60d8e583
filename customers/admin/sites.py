"""The chosen site's settings."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown
from customers.admin.base import TenantAdmin
from customers.admin.forms import DashboardForm, Section
from customers.models import Site
from customers.models.sites import ADDRESS
from customers.services import sites
from customers.services.powers import Power


def _column(name: str, **options: Any) -> Any:
    """Return the field that the model has for a column, with its label, help and limits."""
    return Site._meta.get_field(name).formfield(**options)  # type: ignore[union-attr]  # each is a column


_ADDRESS = tuple(f"address_{name}" for name in ADDRESS)


def _line(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=200)


class TaxIdsField(forms.CharField):
    """Several texts, one a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 2}), **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # the column is a list
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def validate(self, value: Any) -> None:
        column = Site._meta.get_field("tax_ids")
        column.run_validators(value)
        for text in value:
            column.base_field.run_validators(text)

    def run_validators(self, value: Any) -> None:
        """Leave it to the column, whose value is no text."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != self.to_python(data)


class SiteForm(DashboardForm):
    tracks_changes = True
    refusals: ClassVar[dict[str, str]] = {
        "languages": "other_languages",
        "address": "address_line1",
    }
    sections = (
        Section(
            gettext_lazy("Business"), ("name", "slug", "country", "default_currency", "timezone")
        ),
        Section(
            gettext_lazy("Languages"),
            ("language", "other_languages"),
            gettext_lazy("In which the portal and emails can be read."),
        ),
        Section(
            gettext_lazy("What customers see"),
            ("brand_color", "support_email", "support_phone", "website"),
        ),
        Section(
            gettext_lazy("On invoices"),
            (*_ADDRESS, "tax_ids"),
            gettext_lazy(
                "Your address and tax IDs, as invoices, receipts and credit notes show them."
            ),
        ),
        Section(
            gettext_lazy("Emails to customers"),
            (
                "emails_receipts",
                "emails_refunds",
                "emails_expiring_cards",
                "emails_invoices",
                "emails_overdue_invoices",
                "emails_failed_payments",
                "emails_trial_ends",
                "emails_ended_subscriptions",
                "emails_credit_notes",
            ),
            gettext_lazy(
                "A payment with a receipt address of its own gets its receipt in any case."
            ),
        ),
        Section(gettext_lazy("Invoices that are not paid"), ("retry_days", "dunning_end")),
        Section(gettext_lazy("Renewals"), ("upcoming_days",)),
        Section(
            gettext_lazy("Policies"),
            ("email_uniqueness", "checks_email_dns", "refuses_card_numbers"),
        ),
    )

    name = _column("name")
    slug = _column("slug")
    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=shown.countries)
    default_currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=shown.currencies)
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=lambda: [(zone, zone) for zone in sites.time_zones()],
    )
    language = forms.ChoiceField(
        label=gettext_lazy("First language"),
        required=False,
        choices=[("", gettext_lazy("None")), *settings.LANGUAGES],
    )
    other_languages = forms.MultipleChoiceField(
        label=gettext_lazy("Other languages"),
        required=False,
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
    )
    brand_color = _column("brand_color", widget=forms.TextInput(attrs={"type": "color"}))
    support_email = _column("support_email")
    support_phone = _column("support_phone")
    website = _column("website", assume_scheme="https")
    address_line1 = _line(gettext_lazy("Street and number"))
    address_line2 = _line(gettext_lazy("More of the address"))
    address_city = _line(gettext_lazy("City"))
    address_state = _line(gettext_lazy("State or province"))
    address_postal_code = _line(gettext_lazy("Postal code"))
    address_country = forms.ChoiceField(
        label=gettext_lazy("Country of the address"),
        required=False,
        choices=lambda: [("", gettext_lazy("None")), *shown.countries()],
    )
    tax_ids = TaxIdsField(
        label=gettext_lazy("Tax IDs"),
        required=False,
        help_text=Site._meta.get_field("tax_ids").help_text,
    )
    emails_receipts = _column("emails_receipts")
    emails_refunds = _column("emails_refunds")
    emails_expiring_cards = _column("emails_expiring_cards")
    emails_invoices = _column("emails_invoices")
    emails_overdue_invoices = _column("emails_overdue_invoices")
    emails_failed_payments = _column("emails_failed_payments")
    emails_trial_ends = _column("emails_trial_ends")
    emails_ended_subscriptions = _column("emails_ended_subscriptions")
    emails_credit_notes = _column("emails_credit_notes")
    retry_days = _column("retry_days", max_length=sites.MOST_RETRIES)
    dunning_end = _column("dunning_end")
    upcoming_days = _column("upcoming_days", max_value=sites.MOST_UPCOMING_DAYS)
    email_uniqueness = _column("email_uniqueness")
    checks_email_dns = _column("checks_email_dns")
    refuses_card_numbers = _column("refuses_card_numbers")

    def __init__(self, row: Site, **options: Any) -> None:
        super().__init__(**options)

    def changes(self) -> dict[str, Any]:
        """Return the columns that were touched; the two fields of languages are one column, as are an address's."""
        details = super().changes()
        moved = [details.pop(name, None) is not None for name in _ADDRESS]
        if any(moved):
            texts = {name: self.cleaned_data[f"address_{name}"] for name in ADDRESS}
            details["address"] = {name: text for name, text in texts.items() if text}
        touched = [details.pop(name, None) is not None for name in ("language", "other_languages")]
        if any(touched):
            first, others = self.cleaned_data["language"], self.cleaned_data["other_languages"]
            details["languages"] = list(dict.fromkeys([first, *others] if first else others))
        return details


class SiteAdmin(TenantAdmin[Site]):
    """One site: the chosen one."""

    model = Site
    menu_title = gettext_lazy("Site settings")
    to_view = Power.VIEW_SETTINGS
    to_change = Power.MANAGE_SETTINGS
    form_class = SiteForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        site = self.choice(request).site
        return Site.objects.filter(pk=site.pk if site else None)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Go to the one there is to see."""
        site = self.choice(request).site
        self.require(site is not None and self.has_view_permission(request))
        return HttpResponseRedirect(self.page_url(site))

    def facts(self, request: HttpRequest, row: Site) -> Sequence[tuple[Any, Any]]:
        names = dict(settings.LANGUAGES)
        yes = {True: _("Yes"), False: _("No")}
        return (
            (_("Name"), row.name),
            (_("Short name"), row.slug),
            (_("Account ID"), row.pk),
            (_("Country"), shown.country(row.country)),
            (_("Currency"), row.default_currency.upper()),
            (_("Time zone"), row.timezone),
            (_("Languages"), ", ".join(names.get(code, code) for code in row.languages)),
            (_("Brand colour"), row.brand_color),
            (_("Support email"), row.support_email),
            (_("Support phone"), row.support_phone),
            (_("Website"), row.website),
            (_("Address"), ", ".join(text for text in _address_of(row) if text)),
            (_("Tax IDs"), ", ".join(row.tax_ids)),
            (_("Email customers about successful payments"), yes[row.emails_receipts]),
            (_("Email customers about refunds"), yes[row.emails_refunds]),
            (_("Email customers about expiring cards"), yes[row.emails_expiring_cards]),
            (_("Email invoices that are to be paid"), yes[row.emails_invoices]),
            (_("Email customers about overdue invoices"), yes[row.emails_overdue_invoices]),
            (_("Email customers about payments that failed"), yes[row.emails_failed_payments]),
            (_("Email customers before a trial ends"), yes[row.emails_trial_ends]),
            (
                _("Email customers whose subscription ends since it was not paid"),
                yes[row.emails_ended_subscriptions],
            ),
            (_("Email customers about credit notes"), yes[row.emails_credit_notes]),
            (_("Days between tries to collect an invoice"), _days(row.retry_days)),
            (_("When all tries have failed"), row.get_dunning_end_display()),
            (_("Days before a renewal on which its invoice is told of"), str(row.upcoming_days)),
            (_("Customers who share an email address"), row.get_email_uniqueness_display()),
            (_("Check that email domains can receive mail"), yes[row.checks_email_dns]),
            (_("Refuse card numbers in free text"), yes[row.refuses_card_numbers]),
        )

    def initial(self, request: HttpRequest, row: Site) -> dict[str, Any]:
        first, *others = row.languages or [""]
        address = {f"address_{name}": row.address.get(name, "") for name in ADDRESS}
        languages = {"language": first, "other_languages": others}
        return {**super().initial(request, row), **languages, **address}

    def update(self, request: HttpRequest, row: Site, form: DashboardForm) -> Site:
        return sites.update(row, details=form.changes())


def _address_of(row: Site) -> list[str]:
    country = row.address.get("country", "")
    parts = [row.address.get(name, "") for name in ADDRESS if name != "country"]
    return [*parts, str(shown.country(country)) if country else ""]


def _days(days: list[int]) -> str:
    return ", ".join(map(str, days)) or _("It is tried once only")
