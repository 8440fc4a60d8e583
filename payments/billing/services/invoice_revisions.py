"""Revisions: a finalized invoice made once more, to be changed; the original is void when the other is finalized.

Source: https://docs.stripe.com/invoicing/invoice-edits
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.events.services import events
from customers.kit import ids, together
from customers.kit.errors import InvalidState
from payments.billing.models import Discount, Invoice, InvoiceItem, InvoiceLine
from payments.billing.services import (
    discount_owners,
    discounts,
    invoice_drafts,
    invoice_lines,
    invoice_settling,
    invoice_states,
    invoices,
)
from payments.billing.services.discounts import Wanted
from payments.billing.services.invoice_lines import SHARED, NewLine

_COPIED = (
    "collection_method", "custom_fields", "default_payment_method", "description", "footer", "metadata",
    "payment_settings", "rendering", "shipping_details", "shipping_rate", "statement_descriptor", "tax_rate_ids",
)  # fmt: skip
_PARAM = "from_invoice[invoice]"


def draft(original: Invoice, *, details: Mapping[str, Any], at: datetime) -> Invoice:
    """Make a draft like a finalized invoice, with items of its own in the place of the original's lines.

    Coupons that the original redeemed count for the draft, too, and are not redeemed again.

    Args:
        details: columns by name, and `wanted`, in the place of the original's.

    Raises:
        InvalidState: the original is not to be paid, is a subscription's, or a credit note was issued for it.
        InvalidRequest: a detail makes no sense.
    """
    with transaction.atomic(savepoint=False), together.opened():
        row = invoice_states.locked(original)
        _check(row)
        items = [_item(line, at=at) for line in invoice_lines.of(row)]
        own = [] if "wanted" in details else _own_discounts(row, at=at)
        wanted = [Wanted(each.coupon, "", each.promotion_code, each) for each in own]
        made = invoice_drafts.draft(
            customer=row.customer, currency=row.currency, period_start=row.period_start, period_end=row.period_end,
            lines=_lines_of(items), takes_pending=False, at=at,
            **{"wanted": wanted, **_copied(row, details), **details, "revises": row},
        )  # fmt: skip
        invoice_lines.bill(made, items, at=at)
        for discount in own:
            discount.invoice = made
            discount.save(force_insert=True)
    return made


def replace(revision: Invoice, at: datetime) -> None:
    """Make the original of a locked draft that is being finalized void; what it took of the balance is free again.

    Raises:
        InvalidState: the original is no longer to be paid, or a part of it was paid.
    """
    original = revision.revises
    if original is None:
        return
    row = invoice_states.locked(original)
    _check(row)
    row.latest_revision = revision
    row.save(update_fields=["latest_revision"])
    invoices.void(row, at=at)


# -- below the public ones --------------------------------------------------------------------------------------------


def _check(invoice: Invoice) -> None:
    if invoice.status not in invoice_settling.PAYABLE:
        why = f"it is {invoice.status}"
    elif invoice.subscription_id is not None:
        why = "it is a subscription's"
    elif invoice.pre_payment_credit:
        why = "a credit note was issued for it"
    else:
        return
    raise InvalidState(
        f"The invoice {invoice.pk} cannot be revised: {why}.",
        param=_PARAM,
        code="invoice_not_editable",
    )


def _copied(invoice: Invoice, details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that the draft takes over; when it is due, unless that is said."""
    columns = {name: getattr(invoice, name) for name in _COPIED}
    if not details.keys() & {"collection_method", "days_until_due", "due_at"}:
        days = invoice.days_until_due
        columns |= {"days_until_due": days} if days is not None else {"due_at": invoice.due_at}
    return columns


def _item(line: InvoiceLine, *, at: datetime) -> InvoiceItem:
    """Make a pending item of a line."""
    columns = {name: getattr(line, name) for name in SHARED if name != "quantity"}
    item = InvoiceItem.belonging_to(
        line, created_at=at, customer_id=line.invoice.customer_id, **columns,
        quantity=1 if line.quantity is None else line.quantity, tax_rate_ids=line.tax_rate_ids,
        metadata=line.metadata, test_clock_id=line.invoice.test_clock_id,
    )  # fmt: skip
    item.pk = ids.new_in_order(InvoiceItem.PREFIX, at=at)
    item.save(force_insert=True)
    for discount in _known(line.discount_ids):
        _again(discount, invoice_item=item, at=at).save(force_insert=True)
    events.publish("invoiceitem.created", item, at=at)
    return item


def _lines_of(items: Sequence[InvoiceItem]) -> list[NewLine]:
    own = discounts.ids_of("invoice_item", [item.pk for item in items])
    return [invoice_lines.of_item(item, own.get(item.pk, ())) for item in items]


def _own_discounts(invoice: Invoice, *, at: datetime) -> list[Discount]:
    """Return the discounts that the draft is to have as a whole, unsaved, since it is not there yet."""
    found = _known([pk for pk, _amount in invoice.discounts_shown])
    return [_again(discount, at=at) for discount in found]


def _known(pks: Sequence[str]) -> list[Discount]:
    rows = Discount.objects.select_related("coupon", "promotion_code").in_bulk(pks)
    return [rows[pk] for pk in pks if pk in rows]


def _again(
    discount: Discount, *, invoice_item: InvoiceItem | None = None, at: datetime
) -> Discount:
    """Return a discount like one that was redeemed, which holds for one invoice, or one item of it."""
    discount_owners.forget()
    return Discount.belonging_to(
        discount, created_at=at, coupon=discount.coupon, promotion_code=discount.promotion_code,
        customer_id=discount.customer_id, invoice_item=invoice_item, position=discount.position,
        start_at=at,
    )  # fmt: skip
