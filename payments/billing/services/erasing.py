"""What becomes of billing's rows when a customer is erased: documents stay as the law wants them, until it does not."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.kit import tenancy
from customers.models import Customer, Erasure
from customers.services import retention, retention_laws
from customers.services.erasing import OnlyKeys, OpenItem, Subject, Treatment
from payments.billing.models import (
    CreditNote,
    CreditNoteLine,
    CustomerRevenue,
    Discount,
    Invoice,
    InvoiceItem,
    InvoiceLine,
    InvoicePayment,
    PromotionCode,
    Subscription,
    SubscriptionItem,
    SubscriptionRevenue,
    SubscriptionSchedule,
)

_LAW = _("Tax law: name, address and tax ID stay on it, as does what was sold; the rest goes.")
_AMOUNTS = _("Amounts and dates only.")
_ON_DOCUMENT = ("name", "address", "tax_ids", "tax_exempt", "locale")
"""What has to stay on an invoice of who is billed."""
_LINE_TEXTS = (
    "currency", "description", "credits_line_id", "tax_rate_ids", "discount_ids", "discounts_shown", "taxes_shown",
)  # fmt: skip

_OF_INVOICE = (
    "status", "number", "receipt_number", "currency", "collection_method", "reason", "rendering",
    "statement_descriptor", "payment_settings", "tax_rate_ids", "shipping_shown", "discounts_shown", "taxes_shown",
    "counted_charge_id", "test_clock_id", "imported_from",
)  # fmt: skip


def treatments() -> tuple[Treatment, ...]:
    """Return what becomes of billing's rows."""
    return _TREATMENTS


def open_items(customer: Customer) -> Iterator[OpenItem]:
    """Yield what of a customer's billing has not come to its end."""
    invoices = Invoice.objects.filter(customer=customer, status=Invoice.Status.OPEN)
    yield OpenItem("invoices", _("unpaid invoices"), invoices.count())
    over = (Subscription.Status.CANCELED, Subscription.Status.INCOMPLETE_EXPIRED)
    subscriptions = Subscription.objects.filter(customer=customer).exclude(status__in=over)
    yield OpenItem("subscriptions", _("subscriptions"), subscriptions.count(), ends=True)


def newest_document(customer: Customer) -> date | None:
    """Return the day of the last invoice or credit note of a customer; None where there is none."""
    invoices = Invoice.objects.filter(customer=customer, finalized_at__isnull=False)
    notes = CreditNote.objects.filter(customer=customer)
    found: list[datetime | None] = [
        invoices.aggregate(last=Max("finalized_at"))["last"],
        notes.aggregate(last=Max("created_at"))["last"],
    ]
    days = [instant.date() for instant in found if instant is not None]
    return max(days, default=None)


def kept() -> tuple[retention.Kind, ...]:
    """Return how long billing's rows are kept after an erasure."""
    return (
        retention.Kind(
            "documents", _("Invoices of erased customers: who it was"), 0,
            _("The law of your country; see above. The amounts stay for the accounts."),
            _empty_documents,
        ),
    )  # fmt: skip


def invoiced() -> QuerySet[Invoice]:
    """Return rows that show that the merchant does business with their customers."""
    return Invoice.objects.all()


def subscribed() -> QuerySet[Subscription]:
    """Return rows that show that the merchant does business with their customers."""
    return Subscription.objects.all()


def _empty_documents(_before: datetime, at: datetime) -> int:
    """Empty what documents of erased customers still tell of them, once the law wants them no longer."""
    law = retention_laws.of(tenancy.current().site)
    erased = Erasure.objects.filter(status=Erasure.Status.DONE).values("customer")
    old = Invoice.objects.filter(
        customer__in=erased,
        finalized_at__date__lt=retention_laws.oldest_kept(at.date(), law),
    ).exclude(customer_shown={})
    pks = list(old.order_by("pk").values_list("pk", flat=True)[: retention.AT_ONCE])
    return Invoice.objects.filter(pk__in=pks).update(customer_shown={})


def _plain_phases(row: SubscriptionSchedule, subject: Subject) -> list[dict[str, Any]]:
    """Return a schedule's phases without what merchants have written into them."""
    return [_plain(phase) for phase in row.phases]


def _plain(said: Any) -> Any:
    if isinstance(said, dict):
        return {
            name: "" if name == "description" else {} if name == "metadata" else _plain(value)
            for name, value in said.items()
        }
    if isinstance(said, list):
        return [_plain(each) for each in said]
    return said


_TREATMENTS = (
    Treatment(
        "subscription_items", _("Items of subscriptions"), SubscriptionItem,
        lambda subject: SubscriptionItem.objects.filter(subscription__customer=subject.customer),
        emptied={"metadata": {}},
        stays=("tax_rate_ids",),
    ),
    Treatment(
        "subscription_schedules", _("Subscription schedules"), SubscriptionSchedule,
        lambda subject: SubscriptionSchedule.objects.filter(customer=subject.customer),
        emptied={"phases": _plain_phases, "default_settings": {}, "metadata": {}},
        stays=("status", "end_behavior", "released_subscription_id", "test_clock_id"),
    ),
    Treatment(
        "subscriptions", _("Subscriptions"), Subscription,
        lambda subject: Subscription.objects.filter(customer=subject.customer),
        emptied={
            "description": "", "metadata": {}, "invoice_settings": {}, "cancellation_comment": "",
        },
        stays=(
            "status", "currency", "collection_method", "payment_settings", "tax_rate_ids", "interval",
            "anchor_config", "trial_end_behavior", "pause_behavior", "cancellation_feedback",
            "cancellation_reason", "latest_invoice_id", "pending_setup_intent_id", "schedule_id", "test_clock_id",
            "imported_from",
        ),
        reason=_("What was agreed to and for how much; not the words."),
    ),
    Treatment(
        "promotion_codes", _("Promotion codes of the customer's own"), PromotionCode,
        lambda subject: PromotionCode.objects.filter(customer=subject.customer),
        emptied={"metadata": {}},
        stays=("code", "minimum_amount_currency", "currency_options"),
    ),
    Treatment(
        "discounts", _("Discounts"), Discount,
        lambda subject: Discount.objects.filter(customer=subject.customer),
        reason=_AMOUNTS,
    ),
    Treatment(
        "invoice_items", _("Invoice items"), InvoiceItem,
        lambda subject: InvoiceItem.objects.filter(customer=subject.customer),
        emptied={"metadata": {}},
        stays=("currency", "credits_line_id", "tax_rate_ids", "test_clock_id"),
        by_law=("description",),
        reason=_LAW,
    ),
    Treatment(
        "invoice_lines", _("Lines of invoices"), InvoiceLine,
        lambda subject: InvoiceLine.objects.filter(invoice__customer=subject.customer),
        emptied={"metadata": {}},
        stays=tuple(name for name in _LINE_TEXTS if name != "description"),
        by_law=("description",),
        reason=_LAW,
    ),
    Treatment(
        "invoice_payments", _("Payments of invoices"), InvoicePayment,
        lambda subject: InvoicePayment.objects.filter(invoice__customer=subject.customer),
        stays=("status", "currency"),
        reason=_AMOUNTS,
    ),
    Treatment(
        "drafts", _("Drafts of invoices"), Invoice,
        lambda subject: Invoice.objects.filter(
            customer=subject.customer, status=Invoice.Status.DRAFT
        ),
        emptied={
            "customer_shown": {}, "description": "", "footer": "", "custom_fields": [], "metadata": {},
            "subscription_metadata": {}, "shipping_details": None, "last_finalization_error": None,
        },
        stays=_OF_INVOICE,
        reason=_("No document yet, and none any more."),
    ),
    Treatment(
        "invoices", _("Invoices"), Invoice,
        lambda subject: Invoice.objects.filter(customer=subject.customer).exclude(
            status=Invoice.Status.DRAFT
        ),
        emptied={
            "customer_shown": OnlyKeys("customer_shown", *_ON_DOCUMENT), "metadata": {},
            "subscription_metadata": {}, "last_finalization_error": None,
        },
        stays=_OF_INVOICE,
        by_law=(
            "customer_shown", "description", "footer", "custom_fields", "shipping_details",
        ),
        reason=_LAW,
    ),
    Treatment(
        "credit_note_lines", _("Lines of credit notes"), CreditNoteLine,
        lambda subject: CreditNoteLine.objects.filter(credit_note__customer=subject.customer),
        emptied={"metadata": {}},
        stays=("kind", "discounts_shown", "taxes_shown"),
        by_law=("description",),
        reason=_LAW,
    ),
    Treatment(
        "credit_notes", _("Credit notes"), CreditNote,
        lambda subject: CreditNote.objects.filter(customer=subject.customer),
        emptied={"metadata": {}},
        stays=(
            "status", "number", "currency", "reason", "discounts_shown", "taxes_shown",
            "balance_transaction_id", "request_key",
        ),
        by_law=("memo",),
        reason=_LAW,
    ),
    Treatment(
        "subscription_revenues", _("Revenue of subscriptions"), SubscriptionRevenue,
        lambda subject: SubscriptionRevenue.objects.filter(customer_id=subject.customer.pk),
        stays=("customer_id", "currency", "terms"),
        reason=_AMOUNTS,
    ),
    Treatment(
        "customer_revenues", _("Revenue of the customer"), CustomerRevenue,
        lambda subject: CustomerRevenue.objects.filter(customer_id=subject.customer.pk),
        stays=("customer_id", "currency"),
        reason=_AMOUNTS,
    ),
)  # fmt: skip
