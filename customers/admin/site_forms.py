"""The forms of a site's settings: one class, of which each page of the settings shows its own fields."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from customers.admin import shown
from customers.admin.forms import DashboardForm, Section
from customers.kit import pictures
from customers.models import Site
from customers.models.sites import ADDRESS
from customers.services import sites

ADDRESS_FIELDS = tuple(f"address_{name}" for name in ADDRESS)
LOGOS = ("light_logo", "dark_logo")
_LOGO_HELP = _("PNG or JPEG, up to %(size)d kB; shown 40 pixels high.") % {
    "size": pictures.MOST_BYTES // 1024
}


def _column(name: str, **options: Any) -> Any:
    """Return the field that the model has for a column, with its label, help and limits."""
    return Site._meta.get_field(name).formfield(**options)  # type: ignore[union-attr]  # each is a column


def _any_column(name: str) -> Any:
    return Site._meta.get_field(name)


def _line(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=200)


def _logo(label: Any) -> forms.FileField:
    widget = forms.FileInput(attrs={"accept": "image/png,image/jpeg"})
    return forms.FileField(label=label, required=False, help_text=_LOGO_HELP, widget=widget)


class LinesField(forms.CharField):
    """Several texts, one a line, for a column that is a list.

    Args:
        column: its name.
    """

    def __init__(self, column: str, **options: Any) -> None:
        self.column = _any_column(column)
        super().__init__(
            widget=forms.Textarea(attrs={"rows": 2}),
            required=False,
            help_text=self.column.help_text,
            **options,
        )

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # the column is a list
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def validate(self, value: Any) -> None:
        self.column.run_validators(value)
        for text in value:
            self.column.base_field.run_validators(text)

    def run_validators(self, value: Any) -> None:
        """Leave it to the column, whose value is no text."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != self.to_python(data)


class SiteForm(DashboardForm):
    """The settings that some sections name.

    Args:
        sections: those of one page.
    """

    tracks_changes = True
    refusals: ClassVar[dict[str, str]] = {
        "languages": "other_languages",
        "address": "address_line1",
    }

    name = _column("name")
    slug = _column("slug")
    country = forms.ChoiceField(label=_("Country"), choices=shown.countries)
    default_currency = forms.ChoiceField(label=_("Currency"), choices=shown.currencies)
    timezone = forms.ChoiceField(
        label=_("Time zone"), choices=lambda: [(zone, zone) for zone in sites.time_zones()]
    )
    language = forms.ChoiceField(
        label=_("First language"), required=False, choices=[("", _("None")), *settings.LANGUAGES]
    )
    other_languages = forms.MultipleChoiceField(
        label=_("Other languages"),
        required=False,
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
    )
    light_logo = _logo(_("Logo"))
    removes_light_logo = forms.BooleanField(label=_("Show no logo any more"), required=False)
    dark_logo = _logo(_("Logo in dark mode"))
    removes_dark_logo = forms.BooleanField(
        label=_("Show the same logo in dark mode"), required=False
    )
    brand_color = _column("brand_color", widget=forms.TextInput(attrs={"type": "color"}))
    support_email = _column("support_email")
    support_phone = _column("support_phone")
    website = _column("website", assume_scheme="https")
    terms_url = _column("terms_url", assume_scheme="https")
    privacy_url = _column("privacy_url", assume_scheme="https")
    address_line1 = _line(_("Street and number"))
    address_line2 = _line(_("More of the address"))
    address_city = _line(_("City"))
    address_state = _line(_("State or province"))
    address_postal_code = _line(_("Postal code"))
    address_country = forms.ChoiceField(
        label=_("Country of the address"),
        required=False,
        choices=lambda: [("", _("None")), *shown.countries()],
    )
    tax_ids = LinesField("tax_ids", label=_("Tax IDs"))
    emails_receipts = _column("emails_receipts")
    emails_refunds = _column("emails_refunds")
    emails_expiring_cards = _column("emails_expiring_cards")
    emails_invoices = _column("emails_invoices")
    emails_overdue_invoices = _column("emails_overdue_invoices")
    emails_failed_payments = _column("emails_failed_payments")
    emails_trial_ends = _column("emails_trial_ends")
    emails_ended_subscriptions = _column("emails_ended_subscriptions")
    emails_subscription_changes = _column("emails_subscription_changes")
    emails_credit_notes = _column("emails_credit_notes")
    retry_days = _column("retry_days", max_length=sites.MOST_RETRIES)
    dunning_end = _column("dunning_end")
    upcoming_days = _column("upcoming_days", max_value=sites.MOST_UPCOMING_DAYS)
    email_uniqueness = _column("email_uniqueness")
    checks_email_dns = _column("checks_email_dns")
    refuses_card_numbers = _column("refuses_card_numbers")
    asks_security_codes = _column("asks_security_codes")
    allowed_origins = LinesField("allowed_origins", label=_("Websites that may make tokens"))

    def __init__(self, row: Site, sections: Sequence[Section], **options: Any) -> None:
        super().__init__(**options)
        self.sections = sections  # type: ignore[misc]  # of this page, not of the class
        kept = {name for section in sections for name in section.fields}
        kept -= {f"removes_{name}" for name in LOGOS if not getattr(row, name)}
        for name in set(self.fields) - kept:
            del self.fields[name]
        for name in {*LOGOS} & {*self.fields}:
            self.fields[name].show_hidden_initial = False  # a file has nothing to compare with

    def clean(self) -> dict[str, Any]:
        for name in LOGOS:
            upload = self.cleaned_data.get(name)
            if isinstance(upload, UploadedFile) and (upload.size or 0) > pictures.MOST_BYTES:
                self.add_error(name, _("The file is too large."))
        return self.cleaned_data

    def logos(self) -> dict[str, bytes]:
        """Return the pictures that were sent, by column."""
        sent = {name: self.cleaned_data.get(name) for name in LOGOS}
        return {name: file.read() for name, file in sent.items() if file}

    def changes(self) -> dict[str, Any]:
        """Return the columns that were touched; the two fields of languages are one column, as are an address's."""
        details = super().changes()
        for name in LOGOS:
            details.pop(name, None)
            if details.pop(f"removes_{name}", False):
                details[name] = ""
        moved = [details.pop(name, None) is not None for name in ADDRESS_FIELDS]
        if any(moved):
            texts = {name: self.cleaned_data[f"address_{name}"] for name in ADDRESS}
            details["address"] = {name: text for name, text in texts.items() if text}
        touched = [details.pop(name, None) is not None for name in ("language", "other_languages")]
        if any(touched):
            first, others = self.cleaned_data["language"], self.cleaned_data["other_languages"]
            details["languages"] = list(dict.fromkeys([first, *others] if first else others))
        return details
