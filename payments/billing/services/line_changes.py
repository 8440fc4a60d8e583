"""The lines of a draft: added, changed and taken off it, one or several at once.

A line that bills an invoice item changes with it; one of a subscription's item is changed by itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from customers.kit.errors import InvalidRequest, NotFound
from customers.services import customers
from payments.billing.models import Invoice, InvoiceItem, InvoiceLine
from payments.billing.services import invoice_drafts, invoice_items, invoice_states
from payments.billing.services.discounts import Wanted

_OF_LINES = frozenset(
    {"description", "is_discountable", "metadata", "period_start", "period_end", "tax_rate_ids"}
)
"""What can be changed of a line that bills a subscription's item."""


def get(invoice: Invoice, pk: str, *, param: str = "id") -> InvoiceLine:
    """Return a line of an invoice.

    Raises:
        NotFound: it has none with this id.
    """
    rows = InvoiceLine.objects.select_related("invoice_item", "price")
    found = rows.filter(invoice=invoice, pk=pk).first()
    if found is None:
        raise NotFound(f"No such line item: '{pk}'", param=param)
    return found


def add(
    invoice: Invoice,
    wanted: Sequence[tuple[InvoiceItem | None, Mapping[str, Any], Sequence[Wanted]]],
    *,
    metadata: Mapping[str, Any] | None = None,
    at: datetime,
) -> Invoice:
    """Put lines on a draft.

    Args:
        wanted: for each, the pending item that it bills, or else the columns of a new one and its discounts.
        metadata: what is merged into the invoice's.

    Raises:
        InvalidState: the invoice was finalized.
        InvalidRequest: something does not fit it.
    """
    with invoice_states.tracked(invoice, at=at) as row:
        invoice_states.check_draft(row)
        for item, details, discounts in wanted:
            if item is not None:
                invoice_items.assign(item, row, at=at)
            else:
                columns = {"currency": row.currency, **details}
                invoice_items.create(
                    row.customer, invoice=row, wanted=discounts, details=columns, at=at
                )
        return _told(row, metadata)


def change(
    invoice: Invoice,
    changes: Sequence[tuple[InvoiceLine, Mapping[str, Any], Sequence[Wanted] | None]],
    *,
    metadata: Mapping[str, Any] | None = None,
    at: datetime,
) -> Invoice:
    """Change lines of a draft.

    Args:
        changes: for each line, the columns that change, and its own discounts, unless those that it has stay.
        metadata: what is merged into the invoice's.

    Raises:
        InvalidState: the invoice was finalized.
        InvalidRequest: what a subscription asks for is to be changed.
    """
    with invoice_states.tracked(invoice, at=at) as row:
        invoice_states.check_draft(row)
        for line, details, discounts in changes:
            item = line.invoice_item
            if item is not None:
                invoice_items.update(item, wanted=discounts, details=details, at=at)
            else:
                _change(line, details, discounts)
        invoice_drafts.recount(_fresh(row))
        return _told(row, metadata)


def remove(
    invoice: Invoice,
    removals: Sequence[tuple[InvoiceLine, str]],
    *,
    metadata: Mapping[str, Any] | None = None,
    at: datetime,
) -> Invoice:
    """Take lines off a draft.

    Args:
        removals: for each line, whether the item that it bills is deleted (`delete`), or pending again (`unassign`).
        metadata: what is merged into the invoice's.

    Raises:
        InvalidState: the invoice was finalized.
    """
    with invoice_states.tracked(invoice, at=at) as row:
        invoice_states.check_draft(row)
        for line, behavior in removals:
            item = line.invoice_item
            if item is None:
                InvoiceLine.objects.filter(pk=line.pk).delete()
            elif behavior == "unassign":
                invoice_items.put_aside(item, at=at)
            else:
                invoice_items.delete(item, at=at)
        invoice_drafts.recount(_fresh(row))
        return _told(row, metadata)


def _change(
    line: InvoiceLine, details: Mapping[str, Any], discounts: Sequence[Wanted] | None
) -> None:
    if discounts is not None or not details.keys() <= _OF_LINES:
        raise InvalidRequest(
            f"The line {line.pk} is what a subscription asks for, so its price, amount and discounts cannot be changed "
            "here.",
            param="lines",
        )
    for name, value in details.items():
        merges = name == "metadata"
        setattr(line, name, customers.merged_metadata(line.metadata, value) if merges else value)
    line.save(update_fields=list(details))


def _fresh(invoice: Invoice) -> Invoice:
    """Bring a locked invoice up to date with what was written meanwhile."""
    customer = invoice.customer
    invoice.refresh_from_db()
    invoice.customer = customer
    return invoice


def _told(invoice: Invoice, metadata: Mapping[str, Any] | None) -> Invoice:
    """Merge metadata into a locked invoice, and return it as it is now."""
    _fresh(invoice)
    if metadata is not None:
        invoice.metadata = customers.merged_metadata(invoice.metadata, metadata)
        invoice.save(update_fields=["metadata"])
    return invoice
