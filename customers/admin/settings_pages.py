"""What the settings consist of: one subject a page, and a card of each on the way there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.admin import shown
from customers.admin.choices import Choice
from customers.admin.forms import Section
from customers.admin.site_forms import ADDRESS_FIELDS
from customers.events.models import WebhookEndpoint
from customers.kit import clock
from customers.kit.registry import Hook
from customers.models import ApiKey, CustomField, Membership, Site
from customers.models.sites import ADDRESS
from customers.services import branding, wordings
from customers.services.powers import Power

Facts = Sequence[tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Card:
    """A way to a page of settings, with what is set there now.

    Args:
        icon: see `static/img/icons.svg`.
    """

    title: Any
    icon: str
    url: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Subject:
    """A page of settings of the site itself.

    Args:
        slug: its address below the site's.
        facts: what the card says of a site.
        template: of the page, where it shows more than a form.
    """

    slug: str
    title: Any
    text: Any
    icon: str
    sections: Sequence[Section]
    facts: Callable[[Site], Facts]
    template: str = "admin/settings/form.html"


cards: Hook[Callable[[Choice], Card | None]] = Hook("customers.settings.cards")
"""What higher apps have settings of; None where the operator may not see them."""


def cards_of_others(choice: Choice) -> list[Card]:
    """Return the cards of settings that have lists of their own."""
    found = [_keys(choice), _webhooks(), _staff(choice), _custom_fields()]
    found += [_data(choice)] if choice.may(Power.EXPORT) else []
    return [*found, *(card for function in cards if (card := function(choice)) is not None)]


def _business(site: Site) -> Facts:
    names = dict(settings.LANGUAGES)
    return (
        (_("Name"), site.name),
        (_("Country"), shown.country(site.country)),
        (_("Currency"), site.default_currency.upper()),
        (_("Languages"), ", ".join(names.get(code, code) for code in site.languages) or _("All")),
    )


def _branding(site: Site) -> Facts:
    logos = {0: _("None"), 1: _("One for both modes"), 2: _("For light and dark mode")}
    return (
        (_("Logo"), logos[len(branding.logos_of(site))]),
        (_("Colour"), site.brand_color),
        (_("Support"), site.support_email or site.support_phone or site.website),
    )


def _invoices(site: Site) -> Facts:
    country = site.address.get("country", "")
    parts = [site.address.get(name, "") for name in ADDRESS if name != "country"]
    lines = [*parts, str(shown.country(country)) if country else ""]
    return (
        (_("Address"), ", ".join(line for line in lines if line)),
        (_("Tax IDs"), ", ".join(site.tax_ids)),
        (_("Renewals told of"), _days_before(site.upcoming_days)),
    )


def _collecting(site: Site) -> Facts:
    days = ", ".join(map(str, site.retry_days)) or _("It is tried once only")
    return (
        (_("Days between tries"), days),
        (_("When all tries have failed"), site.get_dunning_end_display()),
    )


def _emails(site: Site) -> Facts:
    switches = [name for section in _EMAIL_SECTIONS for name in section.fields]
    on = sum(getattr(site, name) for name in switches)
    own = len(wordings.languages_by_kind(site))
    return (
        (_("Sent"), _("%(on)d of %(all)d kinds") % {"on": on, "all": len(switches)}),
        (_("With texts of your own"), str(own) if own else _("None")),
    )


def _policies(site: Site) -> Facts:
    return (
        (_("Customers who share an email address"), site.get_email_uniqueness_display()),
        (_("Email domains are checked"), _yes(site.checks_email_dns)),
        (_("Card numbers in free text are refused"), _yes(site.refuses_card_numbers)),
        (_("Security code with a saved card"), site.get_asks_security_codes_display()),
    )


_EMAIL_SECTIONS = (
    Section(
        gettext_lazy("Which emails customers get"),
        (
            "emails_receipts",
            "emails_refunds",
            "emails_expiring_cards",
            "emails_invoices",
            "emails_overdue_invoices",
            "emails_failed_payments",
            "emails_trial_ends",
            "emails_ended_subscriptions",
            "emails_subscription_changes",
            "emails_credit_notes",
        ),
        gettext_lazy("A payment with a receipt address of its own gets its receipt in any case."),
    ),
)

SUBJECTS = {
    subject.slug: subject
    for subject in (
        Subject(
            "business",
            gettext_lazy("Business"),
            gettext_lazy("Who you are, and in which languages your customers can be written to."),
            "building",
            (
                Section("", ("name", "slug", "country", "default_currency", "timezone")),
                Section(
                    gettext_lazy("Languages"),
                    ("language", "other_languages"),
                    gettext_lazy("In which pages and emails can be read."),
                ),
            ),
            _business,
        ),
        Subject(
            "branding",
            gettext_lazy("Branding"),
            gettext_lazy("How invoices, pages to pay on, PDF files and emails look."),
            "brush",
            (
                Section(
                    gettext_lazy("Looks"),
                    (
                        "light_logo",
                        "dark_logo",
                        "removes_light_logo",
                        "removes_dark_logo",
                        "brand_color",
                    ),
                ),
                Section(
                    gettext_lazy("Where customers turn to"),
                    ("support_email", "support_phone", "website"),
                ),
                Section(gettext_lazy("Legal"), ("terms_url", "privacy_url")),
            ),
            _branding,
            "admin/settings/branding.html",
        ),
        Subject(
            "invoices",
            gettext_lazy("Invoices"),
            gettext_lazy("What stands on invoices, receipts and credit notes."),
            "receipt",
            (
                Section(gettext_lazy("Your address"), (*ADDRESS_FIELDS, "tax_ids")),
                Section(gettext_lazy("Renewals"), ("upcoming_days",)),
            ),
            _invoices,
        ),
        Subject(
            "collecting",
            gettext_lazy("Failed payments"),
            gettext_lazy("How often an invoice is tried again, and what happens after that."),
            "repeat",
            (Section("", ("retry_days", "dunning_end")),),
            _collecting,
        ),
        Subject(
            "emails",
            gettext_lazy("Emails"),
            gettext_lazy("Which emails customers get, and what these say."),
            "mail",
            _EMAIL_SECTIONS,
            _emails,
            "admin/settings/emails.html",
        ),
        Subject(
            "policies",
            gettext_lazy("Policies"),
            gettext_lazy("What is refused, and what is asked for."),
            "check",
            (
                Section("", ("email_uniqueness", "checks_email_dns", "refuses_card_numbers")),
                Section(gettext_lazy("Cards"), ("asks_security_codes", "allowed_origins")),
            ),
            _policies,
        ),
    )
}
"""The pages of settings, by their addresses."""


def _keys(choice: Choice) -> Card:
    rows = ApiKey.objects.all()
    living = sum(row.expires_at is None or row.expires_at > clock.now() for row in rows)
    return Card(
        _("API keys"),
        "key",
        reverse("admin:customers_apikey_changelist"),
        (
            (_("In use"), ngettext("%(n)d key", "%(n)d keys", living) % {"n": living}),
            (_("Mode"), _mode(choice)),
        ),
    )


def _webhooks() -> Card:
    rows = WebhookEndpoint.objects.filter(deleted_at=None)
    on = sum(row.status == WebhookEndpoint.Status.ENABLED for row in rows)
    return Card(
        _("Webhook endpoints"),
        "send",
        reverse("admin:events_webhookendpoint_changelist"),
        ((_("Enabled"), ngettext("%(n)d endpoint", "%(n)d endpoints", on) % {"n": on}),),
    )


def _staff(choice: Choice) -> Card:
    count = Membership.objects.filter(site=choice.site).count()
    return Card(
        _("Staff"),
        "badge",
        reverse("admin:customers_membership_changelist"),
        ((_("Members"), str(count)),),
    )


def _data(choice: Choice) -> Card:
    return Card(
        _("Your data"),
        "download",
        reverse("admin:takeout"),
        (
            (_("Take it away"), _("As Stripe or Omise spells it, or as lists")),
            (_("Mode"), _mode(choice)),
        ),
    )


def _mode(choice: Choice) -> str:
    return _("Live") if choice.livemode else _("Test")


def _custom_fields() -> Card:
    names = [row.label for row in CustomField.objects.filter(archived_at=None).order_by("pk")[:5]]
    return Card(
        _("Custom fields"),
        "fields",
        reverse("admin:customers_customfield_changelist"),
        ((_("Of customers"), ", ".join(names) or _("None")),),
    )


def _days_before(days: int) -> str:
    return (
        ngettext("%(n)d day before", "%(n)d days before", days) % {"n": days}
        if days
        else _("Never")
    )


def _yes(value: object) -> str:
    return _("Yes") if value else _("No")
