"""The invoices that a subscription brings about: drafted, finalized, collected, as its terms and its pauses say."""

from collections.abc import Sequence
from datetime import datetime

from payments.billing.models import Invoice, InvoiceItem, Subscription
from payments.billing.services import invoice_items, invoices
from payments.billing.services.invoice_lines import NewLine

Reason = Invoice.Reason
Pause = Subscription.Pause


def draft(
    subscription: Subscription,
    lines: Sequence[NewLine],
    *,
    reason: Invoice.Reason,
    start: datetime,
    end: datetime,
    at: datetime,
) -> Invoice:
    """Make the draft of an invoice of a locked subscription, in the caller's transaction.

    Args:
        start: of the period that the invoice is for; a renewal's is the period that has ended.
    """
    invoice = invoices.draft(
        customer=subscription.customer, currency=subscription.currency, lines=lines,
        subscription=subscription, reason=reason, period_start=start, period_end=end,
        collection_method=subscription.collection_method, days_until_due=subscription.days_until_due,
        auto_advance=advances(subscription), at=at,
    )  # fmt: skip
    subscription.latest_invoice_id = invoice.pk
    return invoice


def advances(subscription: Subscription) -> bool:
    """Tell whether new invoices of a subscription go on by themselves."""
    is_kept = subscription.pause_behavior == Pause.KEEP_AS_DRAFT
    return not is_kept and subscription.status != Subscription.Status.UNPAID


def pend(
    subscription: Subscription, lines: Sequence[NewLine], *, at: datetime
) -> list[InvoiceItem]:
    """Put lines aside as items for the subscription's next invoice, in the caller's transaction."""
    return [invoice_items.pend(line, subscription=subscription, at=at) for line in lines]


def drop_pending(subscription: Subscription) -> None:
    """Take back the prorations that no invoice has billed yet."""
    rows = InvoiceItem.objects.filter(
        subscription=subscription, invoice__isnull=True, is_proration=True
    )
    rows.delete()


def has_pending(subscription: Subscription) -> bool:
    """Tell whether there is something for the subscription's next invoice."""
    return InvoiceItem.objects.filter(subscription=subscription, invoice__isnull=True).exists()


def settle_paused(subscription: Subscription, invoice: Invoice, *, at: datetime) -> None:
    """Do with a new draft what the subscription's pause of collection says."""
    if subscription.pause_behavior not in (Pause.VOID, Pause.MARK_UNCOLLECTIBLE):
        return
    invoice = invoices.finalize(invoice, at=at)
    if invoice.status != Invoice.Status.OPEN:
        return
    if subscription.pause_behavior == Pause.VOID:
        invoices.void(invoice, at=at)
    else:
        invoices.mark_uncollectible(invoice, at=at)
