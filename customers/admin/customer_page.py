"""A customer's page: everything that is known, put for reading, in a bounded number of queries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from customers.admin import customer_reading, customer_timeline, shown
from customers.admin.base import Link
from customers.admin.choices import Choice
from customers.admin.customer_messages import STYLES
from customers.admin.customer_part_forms import tax_id_choice
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
class Notice:
    """Something about a customer that somebody should look at.

    Args:
        style: `bad` or `warn`.
        url: where to do something about it; may be empty.
    """

    text: str
    style: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """What a higher app shows of a customer.

    Args:
        template: gets `context` and nothing else.
        figures: more of what stands above everything: a label, a value, a note.
        notices: what needs attention.
        acts: what can be done with the customer, beside what the section itself offers.
    """

    template: str
    context: Mapping[str, Any]
    figures: Sequence[tuple[str, Any, str]] = ()
    notices: Sequence[Notice] = ()
    acts: Sequence[Link] = ()


sections: Hook[Callable[[Choice, Customer], Section]] = Hook("customers.customer_page.sections")
"""What stands first on the page; each function gets what the operator has chosen."""


def context(choice: Choice, customer: Customer) -> dict[str, Any]:
    """Return what the page shows."""
    more = [section(choice, customer) for section in sections]
    parts = customer_reading.read(customer)
    return {
        "sections": more,
        "acts": [act for section in more for act in section.acts],
        "notices": [
            *(notice for section in more for notice in section.notices),
            *_notices(customer, parts),
            *_of_merging(customer, parts),
        ],
        "erasure": next(iter(parts.erasures), None),
        "initials": shown.initials(str(customer)),
        "badges": _badges(customer),
        "contact": _contact(customer),
        "known": _known(customer),
        "figures": [*(pair for section in more for pair in section.figures), *_figures(customer)],
        "details": _details(customer),
        "billing_facts": _billing_facts(customer),
        "custom_values": _custom_values(customer, parts.fields),
        "metadata": sorted(customer.metadata.items()),
        "addresses": _addresses(parts.addresses),
        "tax_ids": _tax_ids(parts.tax_ids),
        "transactions": _transactions(parts.transactions),
        "consents": _consents(parts.consents),
        "notes": _notes(choice, parts),
        "emails": _emails(customer, parts.messages[:SHOWN]),
        "timeline": customer_timeline.newest(customer, parts.events, parts.messages, parts.notes),
    }


def _notices(customer: Customer, parts: customer_reading.Parts) -> list[Notice]:
    """Return what is wrong with telling of this customer: by email, and to the merchant's systems."""
    found = []
    last = next((message for message in parts.messages if message.status != _QUEUED), None)
    if last is not None and last.status == Message.Status.FAILED:
        text = _("The last email to %(to)s did not arrive.") % {"to": last.to}
        found.append(Notice(text, "bad", _message_url(customer, last)))
    if parts.undelivered:
        events = f"{reverse('admin:events_event_changelist')}?customer={customer.pk}"
        text = _("A webhook endpoint did not take what happened here.")
        found.append(Notice(text, "bad", events))
    return found


def _of_merging(customer: Customer, parts: customer_reading.Parts) -> list[Notice]:
    """Return that the customer may be there twice, and that another one was merged into it."""
    found = []
    for pair in parts.duplicates if not customer.is_deleted else ():
        url = reverse("admin:customers_duplicatepair_page", args=[pair.pk])
        found.append(Notice(_("This customer may be there twice."), "warn", url))
    for record in parts.merges:
        url = reverse("admin:customers_customer_undo_merge", args=[customer.pk, record.pk])
        said = _("%(id)s was merged into this customer. Undo") % {"id": record.merged_id}
        found.append(Notice(said, "warn", url))
    return found


def _badges(customer: Customer) -> list[tuple[str, str]]:
    badges = [(_("Deleted"), "bad") if customer.is_deleted else (_("Active"), "ok")]
    if customer.test_clock_id is not None:
        badges.append((_("On a test clock"), "warn"))
    if customer.is_delinquent:
        badges.append((_("Overdue"), "bad"))
    if customer.tax_exempt != Customer.TaxExempt.NONE:
        badges.append((customer.get_tax_exempt_display(), ""))
    return badges


def _known(customer: Customer) -> list[str]:
    """Return what else tells the customer from others: the name elsewhere, the language, the country."""
    language = shown.language(customer.language) if customer.language else ""
    country = shown.country(customer.billing.country) if customer.billing else ""
    return [part for part in (customer.external_id, language, country) if part]


def _contact(customer: Customer) -> list[str]:
    """Return what stands below the name: email address and organization, where they are not the name itself."""
    parts = (customer.email, customer.organization_name)
    return [part for part in parts if part and part != str(customer)]


def _figures(customer: Customer) -> list[tuple[str, Any, str]]:
    """Return the figures that people open the page for: a label, a value, a note."""
    amount, favour = shown.balance(customer)
    return [(_("Balance"), amount, favour)]


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
        (_("Email marketing"), _said(customer.mail_marketing)),
        (_("Phone marketing"), _said(customer.tele_marketing)),
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


def _custom_values(customer: Customer, fields: list[CustomField]) -> list[tuple[str, Any]]:
    """Return the values of custom fields, those whose field is not in use any more as well."""
    return [
        (field.label, _custom_value(field, customer.custom_fields[field.key])) for field in fields
    ]


def _custom_value(field: CustomField, value: Any) -> Any:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if field.kind == CustomField.Kind.DATE:
        return date.fromisoformat(value)
    return value


def _addresses(rows: list[Address]) -> list[dict[str, Any]]:
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


def _tax_ids(rows: list[TaxId]) -> list[dict[str, Any]]:
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


def _transactions(rows: list[CustomerBalanceTransaction]) -> list[dict[str, Any]]:
    return [
        {
            "amount": shown.money(entry.amount, entry.currency),
            "ending": shown.money(entry.ending_balance, entry.currency),
            "text": entry.description or entry.get_kind_display(),
            "url": shown.invoice_page(entry.invoice_id),
            "created_at": entry.created_at,
        }
        for entry in rows
    ]


def _consents(rows: list[Consent]) -> list[dict[str, Any]]:
    return [
        {
            "channel": consent.get_channel_display(),
            "before": _said(consent.granted_before),
            "after": _said(consent.granted),
            "style": {True: "ok", False: "bad", None: ""}[consent.granted],
            "door": shown.door(consent.door),
            "actor": consent.actor,
            "ip_address": consent.ip_address,
            "wording": consent.wording,
            "created_at": consent.created_at,
        }
        for consent in rows
    ]


def _notes(choice: Choice, parts: customer_reading.Parts) -> list[dict[str, Any]]:
    """Return the pinned notes, and the newest of the others."""
    rows = {note.pk: note for note in [*parts.pinned, *parts.notes[:SHOWN]]}
    return [
        {
            "pk": note.pk,
            "text": note.text,
            "author": note.author_name,
            "is_pinned": note.is_pinned,
            "is_mine": note.author_id == choice.operator.pk,
            "created_at": note.created_at,
            "edited_at": note.edited_at,
        }
        for note in rows.values()
    ]


def _emails(customer: Customer, rows: list[Message]) -> list[dict[str, Any]]:
    return [
        {
            "kind": message.get_kind_display(),
            "subject": message.subject,
            "to": message.to,
            "at": message.sent_at or message.created_at,
            "status": message.get_status_display(),
            "style": STYLES[Message.Status(message.status)],
            "url": _message_url(customer, message),
        }
        for message in rows
    ]


def _message_url(customer: Customer, message: Message) -> str:
    return reverse("admin:customers_customer_message", args=[customer.pk, message.pk])


_QUEUED = Message.Status.QUEUED
