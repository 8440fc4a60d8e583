"""The lines of an invoice: made, put on a draft, taken off it.

Whoever calls holds the invoice's lock, or has just made it, and works the totals out afterwards.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max

from customers.events.services import events
from customers.kit import together
from payments.billing.models import Invoice, InvoiceItem, InvoiceLine, Price, SubscriptionItem


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line that an invoice is to have.

    Args:
        amount: minor units, before discounts and before tax that is added; negative for a credit.
        unit_amount_decimal: what one costs, in exact minor units; None where quantity times it is not the amount.
        credits_line_id: the line, or invoice item, whose unused part a proration gives back.
        tax_rate_ids: None where the invoice's own rates count.
        invoice_item: the item that it bills.
        discount_ids: its own discounts, in order; the invoice's come after them.
    """

    amount: int
    currency: str
    period_start: datetime
    period_end: datetime
    description: str = ""
    price: Price | None = None
    quantity: int | None = None
    unit_amount_decimal: Decimal | None = None
    subscription_item: SubscriptionItem | None = None
    is_discountable: bool = True
    is_proration: bool = False
    credits_line_id: str = ""
    tax_rate_ids: Sequence[str] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    invoice_item: InvoiceItem | None = None
    discount_ids: Sequence[str] = ()


READ = "lines of invoices"
"""Under which a batch remembers the lines that it has read, by the keys of their invoices."""

SHARED = (
    "amount", "currency", "period_start", "period_end", "description", "price", "quantity", "unit_amount_decimal",
    "subscription_item", "is_discountable", "is_proration", "credits_line_id",
)  # fmt: skip
"""What items and lines have alike."""


def of_item(item: InvoiceItem, discount_ids: Sequence[str] = ()) -> NewLine:
    """Return the line that bills an invoice item."""
    return NewLine(
        **{name: getattr(item, name) for name in SHARED},
        tax_rate_ids=item.tax_rate_ids,
        metadata=item.metadata,
        invoice_item=item,
        discount_ids=discount_ids,
    )


def prepared(invoice: Invoice, lines: Iterable[NewLine], *, at: datetime) -> list[InvoiceLine]:
    """Return the unsaved rows of lines, behind those that the invoice has."""
    last = None
    if not invoice._state.adding:
        last = InvoiceLine.objects.filter(invoice=invoice).aggregate(last=Max("position"))["last"]
    first = 0 if last is None else last + 1
    return [_prepared(invoice, line, position, at=at) for position, line in enumerate(lines, first)]


def of(invoice: Invoice) -> list[InvoiceLine]:
    """Return an invoice's lines in order, with their prices."""
    known = together.recalled((READ, invoice.pk))
    if known is not None:
        return list(known)
    rows = InvoiceLine.objects.filter(invoice=invoice).select_related("price")
    return list(rows.order_by("position"))


def of_all(pks: Collection[str]) -> dict[str, list[InvoiceLine]]:
    """Return the lines of several invoices by the invoice's id, in order and with their prices."""
    found: dict[str, list[InvoiceLine]] = {pk: [] for pk in pks}
    rows = InvoiceLine.objects.filter(invoice__in=pks).select_related("price")
    for line in rows.order_by("position"):
        found[line.invoice_id].append(line)
    return found


def keep(invoice: Invoice, lines: Sequence[InvoiceLine] | None = None) -> None:
    """Say that an invoice's lines change no more in the open block, so that they need to be spelled but once.

    Args:
        lines: all of them, in order and with their prices, where the caller has them.
    """
    together.remember((InvoiceLine, invoice.pk), lines or ())


def let_change(invoice: Invoice) -> None:
    """Take back that an invoice's lines change no more; in a batch they do not."""
    if not together.is_batch():
        together.forget((InvoiceLine, invoice.pk))


def bill(invoice: Invoice, items: Iterable[InvoiceItem], *, at: datetime) -> None:
    """Write down that items are billed by an invoice."""
    for item in items:
        before = events.spell(item)
        item.invoice = invoice
        item.save(update_fields=["invoice"])
        previous = events.difference(before, events.spell(item))
        events.publish("invoiceitem.updated", item, previous=previous, at=at)


def free(items: Iterable[InvoiceItem], *, at: datetime) -> None:
    """Let items be pending again: their lines are gone, and the customer's next invoice may bill them."""
    for item in items:
        before = events.spell(item)
        item.invoice = None
        item.save(update_fields=["invoice"])
        previous = events.difference(before, events.spell(item))
        events.publish("invoiceitem.updated", item, previous=previous, at=at)


def _prepared(invoice: Invoice, line: NewLine, position: int, *, at: datetime) -> InvoiceLine:
    item, bought = line.invoice_item, line.subscription_item
    subscription_id = bought.subscription_id if bought is not None else None
    if subscription_id is None and item is not None:
        subscription_id = item.subscription_id
    return InvoiceLine.belonging_to(
        invoice,
        created_at=at,
        invoice=invoice,
        position=position,
        invoice_item=item,
        subscription_id=subscription_id,
        **{name: getattr(line, name) for name in SHARED},
        tax_rate_ids=None if line.tax_rate_ids is None else list(line.tax_rate_ids),
        metadata=dict(line.metadata),
        discount_ids=list(line.discount_ids),
    )
