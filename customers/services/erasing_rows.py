"""What becomes of the ground floor's rows when a customer is erased."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.events.models import Event
from customers.models import (
    Address,
    Alias,
    AuditEntry,
    BulkJob,
    BulkJobPart,
    CashTransaction,
    Consent,
    Customer,
    CustomerBalanceTransaction,
    DuplicatePair,
    ImportFault,
    Merge,
    Message,
    Note,
    Organization,
    SavedView,
    TaxId,
)
from customers.services.erasing import EMPTIED_OF_EVENT, Subject, Treatment, quoting, without

_LEDGER = _("Ledger; amounts stay, words go.")


def treatments() -> tuple[Treatment, ...]:
    """Return what becomes of our rows; the customer's own is the last one."""
    return _TREATMENTS


def _messages(subject: Subject) -> QuerySet[Any]:
    return Message.objects.filter(customer=subject.customer)


def _audited(subject: Subject) -> QuerySet[Any]:
    """Return what the audit log says in the customer's words, wherever it says it; and of the customer itself."""
    rows = AuditEntry.objects.filter(site_id=subject.customer.site_id)
    about = rows.filter(object_id=subject.customer.pk)
    quotes = quoting(AuditEntry, rows, subject.values, ("actor",))
    return rows.filter(Q(pk__in=about.values("pk")) | Q(pk__in=quotes.values("pk")))


def _only_theirs(subject: Subject) -> QuerySet[Any]:
    own = Customer.objects.filter(pk=subject.customer.pk, organization__isnull=False)
    shared = (
        Customer.objects.filter(organization__isnull=False)
        .exclude(pk=subject.customer.pk)
        .values("organization")
    )
    return Organization.objects.filter(pk__in=own.values("organization")).exclude(pk__in=shared)


def _without(row: BulkJobPart, subject: Subject) -> str:
    return without(row.text, subject.values)


def _nameless(row: Organization, subject: Subject) -> str:
    return str(row.pk)


def _staff_only(row: Consent, subject: Subject) -> str:
    """Return who recorded a consent, unless it was the customer."""
    return "" if row.actor in subject.emails else row.actor


_TREATMENTS = (
    Treatment(
        "addresses", _("Addresses"), Address,
        lambda subject: Address.objects.filter(customer=subject.customer),
        told=("line1", "line2", "phone", "name", "company"),
        is_removed=True,
    ),
    Treatment(
        "tax_ids", _("Tax IDs"), TaxId,
        lambda subject: TaxId.objects.filter(customer=subject.customer),
        told=("value",),
        is_removed=True,
    ),
    Treatment(
        "notes", _("Notes"), Note,
        lambda subject: Note.objects.filter(customer=subject.customer),
        is_removed=True,
    ),
    Treatment(
        "waiting_emails", _("Emails that were not sent"), Message,
        lambda subject: _messages(subject).filter(status=Message.Status.QUEUED),
        is_removed=True,
    ),
    Treatment(
        "emails", _("Emails"), Message,
        lambda subject: _messages(subject).exclude(status=Message.Status.QUEUED),
        emptied={"to": "", "subject": "", "text": "", "html": "", "error": "", "actor": ""},
        stays=("kind", "about", "occasion", "door", "language", "status"),
        reason=_("That there was one, about what and when; not what it said, nor to whom."),
    ),
    Treatment(
        "consents", _("Consents to marketing"), Consent,
        lambda subject: Consent.objects.filter(customer=subject.customer),
        emptied={"actor": _staff_only, "ip_address": None},
        told=("ip_address",),
        stays=("channel", "door", "wording"),
        reason=_("Proof of what was agreed to and when; without who it was, which only a keyed hash tells."),
    ),
    Treatment(
        "balance_transactions", _("Balance transactions"), CustomerBalanceTransaction,
        lambda subject: CustomerBalanceTransaction.objects.filter(customer=subject.customer),
        emptied={"description": "", "metadata": {}},
        stays=("request_key", "kind", "currency", "invoice_id", "credit_note_id"),
        reason=_LEDGER,
    ),
    Treatment(
        "cash_transactions", _("Cash transactions"), CashTransaction,
        lambda subject: CashTransaction.objects.filter(customer=subject.customer),
        emptied={"reference": ""},
        stays=("kind", "currency", "invoice_id"),
        reason=_LEDGER,
    ),
    Treatment(
        "events", _("Events"), Event,
        lambda subject: Event.objects.filter(
            Q(customer_id=subject.customer.pk) | Q(object_id=subject.customer.pk)
        ),
        emptied=EMPTIED_OF_EVENT,
        stays=(
            "type", "object_id", "customer_id", "omise_key", "api_version", "door", "request_id",
            "actor",  # empty where it was the customer
        ),
        reason=_("That something happened, to what and when; what it looked like goes."),
    ),
    Treatment(
        "bulk_results", _("Results of bulk work"), BulkJobPart,
        lambda subject: quoting(BulkJobPart, BulkJobPart.objects.all(), subject.values),
        emptied={"text": _without},
        reason=_("Other customers' lines stay."),
    ),
    Treatment(
        "bulk_jobs", _("Searches that bulk work went through"), BulkJob,
        lambda subject: quoting(BulkJob, BulkJob.objects.all(), subject.values, ("actor",)),
        emptied={"params": {}, "settings": {}},
        stays=("actor", "table", "act", "chosen", "status", "cursor", "error"),
    ),
    Treatment(
        "saved_views", _("Saved searches for the customer"), SavedView,
        lambda subject: quoting(SavedView, SavedView.objects.all(), subject.values),
        is_removed=True,
    ),
    Treatment(
        "import_faults", _("Refused rows of imports"), ImportFault,
        lambda subject: quoting(ImportFault, ImportFault.objects.all(), subject.values),
        is_removed=True,
    ),
    Treatment(
        "aliases", _("Other names"), Alias,
        lambda subject: Alias.objects.filter(target_id=subject.customer.pk),
        is_removed=True,
    ),
    Treatment(
        "duplicate_pairs", _("Pairs that may be one customer"), DuplicatePair,
        lambda subject: DuplicatePair.objects.filter(
            Q(first=subject.customer) | Q(second=subject.customer)
        ),
        is_removed=True,
    ),
    Treatment(
        "merges", _("Merges"), Merge,
        lambda subject: Merge.objects.filter(Q(kept=subject.customer) | Q(merged=subject.customer)),
        emptied={"before": {}, "rows": {}, "choices": {}, "not_restored": []},
        stays=("moved", "currency", "cash", "actor"),
        reason=_("That there was one; it can no longer be undone."),
    ),
    Treatment(
        "audit_entries", _("Audit log"), AuditEntry, _audited,
        emptied={"object_label": "", "reason": "", "before": None, "after": None},
        stays=(
            "actor", "action", "object_type", "object_id", "door", "ip_address", "request_id",
            "event_id",
        ),
        reason=_("Who of your staff did what, and when; not the values."),
    ),
    Treatment(
        "organizations", _("Organization"), Organization, _only_theirs,
        emptied={
            "name": _nameless, "legal_name": "", "tax_id_type": "", "tax_id_value": "", "line1": "", "line2": "",
            "city": "", "state": "", "postal_code": "", "metadata": {},
        },
        told=("legal_name", "tax_id_value", "line1"),
        stays=("country",),
        reason=_("Where nobody else belongs to it."),
    ),
    Treatment(
        "customer", _("Customer"), Customer,
        lambda subject: Customer.objects.filter(pk=subject.customer.pk),
        emptied={
            "email": "", "name": "", "individual_name": "", "first_name": "", "last_name": "", "display_name": "",
            "username": "", "external_id": "", "description": "", "phone": "", "phone_e164": "",
            "organization": None, "organization_name": "", "preferred_locales": [], "timezone": "",
            "metadata": {}, "custom_fields": {}, "invoice_settings": {}, "tax_ip_address": None,
            "discount_shown": None,
        },
        told=(
            "email", "full_name", "individual_name", "display_name", "username", "external_id", "phone",
            "phone_e164", "tax_ip_address",
        ),
        stays=(
            "unique_email", "full_name", "default_addresses",  # which the database keeps
            "currency", "preferred_currency", "cash_balance_mode", "tax_exempt", "invoice_prefix",
            "default_payment_method_id",
        ),
        reason=_("The ID stays, so that documents and the ledger have something to refer to."),
    ),
)  # fmt: skip
