"""What is due of invoices, and carried out by the worker or along a test clock."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from customers.kit import together
from customers.kit.errors import InvalidRequest, InvalidState
from payments.billing.models import Invoice
from payments.billing.services import batches, finalizing, invoices
from payments.services import due_work
from payments.services.due_work import Kind


def register() -> None:
    """Enter the kinds of due work; at the same instant a draft is finalized before it is collected."""
    for kind in (
        Kind(
            "invoice.finalize",
            Invoice,
            "finalizes_at",
            finalize,
            carry_out_many=finalize_many,
            is_one_batch=True,
        ),
        Kind(
            "invoice.collect",
            Invoice,
            "next_attempt_at",
            invoices.collect_due,
            carry_out_many=invoices.collect_all_due,
        ),
        Kind("invoice.remind", Invoice, "reminds_at", remind),
        Kind("invoice.overdue", Invoice, "due_at", tell_overdue, condition=_UNTOLD),
    ):
        due_work.register(kind)


def finalize(invoice: Invoice, at: datetime) -> None:
    """Finalize a draft that advances by itself, and send it where it is to be sent."""
    try:
        row = invoices.finalize(invoice, at=at)
    except (InvalidRequest, InvalidState) as error:
        finalizing.fail(invoice, error, at=at)
        return
    is_sent = row.collection_method == invoices.SENT
    if is_sent and row.status == Invoice.Status.OPEN and row.customer.email:
        invoices.send(row, at=at)


def finalize_many(drafts: Sequence[Invoice], at: datetime) -> list[Invoice]:
    """Finalize drafts as far as that goes from memory, and return the others."""

    def act(invoice: Invoice) -> None:
        batches.begin(invoice.customer_id)
        finalize(invoice, at)

    return together.attempt_all(
        batches.by_customer(drafts), act, prepare=lambda: batches.read_for_finalizing(drafts)
    )


def remind(invoice: Invoice, at: datetime) -> None:
    """Tell that an invoice will be due."""
    invoices.tell_due_soon(invoice, at=at)


def tell_overdue(invoice: Invoice, at: datetime) -> None:
    """Tell that an invoice should have been paid by now."""
    invoices.tell_overdue(invoice, at=at)


_UNTOLD = Q(status=Invoice.Status.OPEN, overdue_told_at__isnull=True)
