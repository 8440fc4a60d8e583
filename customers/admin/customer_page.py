"""A customer's page: everything that is known, put for reading, in a bounded number of queries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from customers.admin import shown
from customers.admin.choices import Choice
from customers.admin.customer_messages import STYLES
from customers.admin.customer_part_forms import tax_id_choice
from customers.events.models import Event
from customers.kit.registry import Hook
from customers.models import (
    Address,
    Consent,
    Customer,
    CustomerBalanceTransaction,
    CustomField,
    Message,
    TaxId,
)
from customers.services import cash_balances

SHOWN = 10  # of each kind; a list that is longer says so
_VERIFICATION_STYLES = {TaxId.Verification.VERIFIED: "ok", TaxId.Verification.UNVERIFIED: "warn"}


@dataclass(frozen=True, slots=True)
class Section:
    """What a higher app shows of a customer.

    Args:
        template: gets `context` and nothing else.
        figures: more of what stands above everything: a label, a value, a note.
    """

    template: str
    context: Mapping[str, Any]
    figures: Sequence[tuple[str, Any, str]] = ()


sections: Hook[Callable[[Choice, Customer], Section]] = Hook("customers.customer_page.sections")
"""What stands first on the page; each function gets what the operator has chosen."""


def context(choice: Choice, customer: Customer) -> dict[str, Any]:
    """Return what the page shows."""
    more = [section(choice, customer) for section in sections]
    return {
        "sections": more,
        "initials": shown.initials(str(customer)),
        "badges": _badges(customer),
        "contact": _contact(customer),
        "figures": [*(pair for section in more for pair in section.figures), *_figures(customer)],
        "details": _details(customer),
        "billing_facts": _billing_facts(customer),
        "custom_values": _custom_values(customer),
        "metadata": sorted(customer.metadata.items()),
        "addresses": _addresses(customer),
        "tax_ids": _tax_ids(customer),
        "transactions": _transactions(customer),
        "consents": _consents(customer),
        "emails": _emails(customer),
        "timeline": _timeline(customer),
    }


def _badges(customer: Customer) -> list[tuple[str, str]]:
    badges = []
    if customer.is_deleted:
        badges.append((_("Deleted"), "bad"))
    if customer.test_clock_id is not None:
        badges.append((_("On a test clock"), "warn"))
    if customer.is_delinquent:
        badges.append((_("Overdue"), "bad"))
    if customer.tax_exempt != Customer.TaxExempt.NONE:
        badges.append((customer.get_tax_exempt_display(), ""))
    return badges


def _contact(customer: Customer) -> list[str]:
    """Return what stands below the name: email address and organization, where they are not the name itself."""
    parts = (customer.email, customer.organization_name)
    return [part for part in parts if part and part != str(customer)]


def _figures(customer: Customer) -> list[tuple[str, Any, str]]:
    """Return the three or four things that people open the page for: a label, a value, a note."""
    amount, favour = shown.balance(customer)
    country = shown.country(customer.billing.country) if customer.billing else ""
    language = shown.language(customer.language) if customer.language else ""
    return [
        (_("Balance"), amount, favour),
        (_("Country"), country or "\N{EN DASH}", language),
        (_("Email marketing"), _said(customer.mail_marketing), ""),
        (_("Phone marketing"), _said(customer.tele_marketing), ""),
    ]


def _said(granted: bool | None) -> str:  # noqa: FBT001 -- the value that is shown
    return {True: _("Agreed"), False: _("Refused"), None: _("Never asked")}[granted]


def _details(customer: Customer) -> list[tuple[str, Any]]:
    pairs = [
        (_("Email"), customer.email),
        (_("Phone"), customer.phone),
        (_("Organization"), customer.organization_name),
        (_("First name"), customer.first_name),
        (_("Last name"), customer.last_name),
        (_("Display name"), customer.display_name),
        (_("Individual name"), customer.individual_name),
        (_("Description"), customer.description),
        (_("Languages"), ", ".join(map(shown.language, customer.preferred_locales))),
        (_("Time zone"), customer.timezone),
        (_("External ID"), customer.external_id),
        (_("Username"), customer.username),
        *_test_clock(customer),
        (_("Created"), customer.created_at),
        (_("Deleted"), customer.deleted_at),
    ]
    return [(label, value) for label, value in pairs if value]


def _test_clock(customer: Customer) -> list[tuple[str, Any]]:
    """Return the clock by which a customer lives, and what time it is there."""
    clock = customer.test_clock
    if clock is None:
        return []
    return [(_("Test clock"), str(clock)), (_("Time on the test clock"), clock.frozen_at)]


def _cash(customer: Customer) -> str:
    """Return what a customer has sent and was not used yet, in each currency."""
    found = cash_balances.available(customer)
    return ", ".join(shown.money(amount, currency) for currency, amount in sorted(found.items()))


def _billing_facts(customer: Customer) -> list[tuple[str, Any]]:
    invoices = customer.invoice_settings or {}
    lines = [f"{line['name']}: {line['value']}" for line in invoices.get("custom_fields") or ()]
    pairs = [
        (_("Billing currency"), customer.currency.upper()),
        (_("Preferred currency"), customer.preferred_currency.upper()),
        (_("Tax"), customer.get_tax_exempt_display()),
        (_("IP address for tax"), customer.tax_ip_address),
        (_("Invoice prefix"), customer.invoice_prefix),
        (_("Next invoice number"), customer.next_invoice_sequence),
        (_("Invoice footer"), invoices.get("footer")),
        (_("Lines on every invoice"), "; ".join(lines)),
        (_("Cash balance"), _cash(customer)),
        (_("Money received without an invoice"), _cash_balance_mode(customer)),
    ]
    return [(label, value) for label, value in pairs if value]


def _cash_balance_mode(customer: Customer) -> str:
    is_usual = customer.cash_balance_mode == Customer.Reconciliation.MERCHANT_DEFAULT
    return "" if is_usual else customer.get_cash_balance_mode_display()


def _custom_values(customer: Customer) -> list[tuple[str, Any]]:
    """Return the values of custom fields, those whose field is not in use any more as well."""
    if not customer.custom_fields:
        return []
    fields = CustomField.objects.filter(key__in=customer.custom_fields).order_by(
        "position", "label"
    )
    return [
        (field.label, _custom_value(field, customer.custom_fields[field.key])) for field in fields
    ]


def _custom_value(field: CustomField, value: Any) -> Any:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if field.kind == CustomField.Kind.DATE:
        return date.fromisoformat(value)
    return value


def _addresses(customer: Customer) -> list[dict[str, Any]]:
    rows = Address.objects.filter(customer=customer).order_by("-created_at", "-id")[: SHOWN * 2]
    in_order = sorted(rows, key=lambda address: (address.kind, not address.is_default))
    return [
        {
            "pk": address.pk,
            "kind": address.get_kind_display(),
            "is_default": address.is_default,
            "lines": shown.address_lines(address),
            "phone": address.phone,
        }
        for address in in_order
    ]


def _tax_ids(customer: Customer) -> list[dict[str, Any]]:
    rows = TaxId.objects.filter(customer=customer).order_by("-created_at", "-id")[:SHOWN]
    return [
        {
            "pk": tax_id.pk,
            "kind": tax_id_choice(tax_id.kind)[1],
            "value": tax_id.value,
            "verification": tax_id.get_verification_display(),
            "style": _VERIFICATION_STYLES.get(TaxId.Verification(tax_id.verification), ""),
        }
        for tax_id in rows
    ]


def _transactions(customer: Customer) -> list[dict[str, Any]]:
    rows = CustomerBalanceTransaction.objects.filter(customer=customer)
    return [
        {
            "amount": shown.money(entry.amount, entry.currency),
            "ending": shown.money(entry.ending_balance, entry.currency),
            "text": entry.description or entry.get_kind_display(),
            "url": shown.invoice_page(entry.invoice_id),
            "created_at": entry.created_at,
        }
        for entry in rows.order_by("-created_at", "-id")[:SHOWN]
    ]


def _consents(customer: Customer) -> list[dict[str, Any]]:
    rows = Consent.objects.filter(customer=customer).order_by("-created_at", "-id")[:SHOWN]
    return [
        {
            "channel": consent.get_channel_display(),
            "before": _said(consent.granted_before),
            "after": _said(consent.granted),
            "style": {True: "ok", False: "bad", None: ""}[consent.granted],
            "door": shown.door(consent.door),
            "actor": consent.actor,
            "wording": consent.wording,
            "created_at": consent.created_at,
        }
        for consent in rows
    ]


def _emails(customer: Customer) -> list[dict[str, Any]]:
    rows = Message.objects.filter(customer=customer).order_by("-created_at", "-id")
    return [
        {
            "kind": message.get_kind_display(),
            "subject": message.subject,
            "to": message.to,
            "at": message.sent_at or message.created_at,
            "status": message.get_status_display(),
            "style": STYLES[Message.Status(message.status)],
            "url": reverse("admin:customers_customer_message", args=[customer.pk, message.pk]),
        }
        for message in rows.defer("text", "html")[:SHOWN]
    ]


def _timeline(customer: Customer) -> list[dict[str, Any]]:
    rows = Event.objects.filter(customer_id=customer.pk).order_by("-created_at", "-id")
    return [shown.event_line(event) for event in rows.defer("snapshot")[:SHOWN]]
