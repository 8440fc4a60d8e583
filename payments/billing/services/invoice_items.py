"""Invoice items: what customers are billed for beside their subscriptions, with the next invoice or a named one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction

from customers.events.services import events
from customers.kit import ids
from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from customers.models import Customer
from customers.services import customers
from payments.billing import pricing
from payments.billing.models import Discount, Invoice, InvoiceItem, InvoiceLine, Price, Subscription
from payments.billing.services import (
    discounts,
    invoice_drafts,
    invoice_lines,
    invoice_states,
    prices,
)
from payments.billing.services.discounts import Wanted
from payments.billing.services.invoice_lines import SHARED, NewLine
from payments.money import rounded
from payments.services import history

MOST_AMOUNT = 10**12
"""What a line comes to at most, in minor units."""


def get(pk: str, *, param: str = "id") -> InvoiceItem:
    """Return an invoice item of the chosen site.

    Raises:
        NotFound: there is none.
    """
    rows = InvoiceItem.objects.select_related("customer", "invoice", "price")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such invoiceitem: '{pk}'", param=param)
    return found


def create(
    customer: Customer,
    *,
    invoice: Invoice | None = None,
    subscription: Subscription | None = None,
    wanted: Sequence[Wanted] = (),
    details: Mapping[str, Any],
    at: datetime,
) -> InvoiceItem:
    """Make an item, to be billed by an invoice that is a draft, or by the customer's next one.

    Args:
        subscription: whose next invoice bills it; where absent, any invoice of the customer's does.
        wanted: its own discounts.
        details: columns by name; `currency`, and either `amount`, or `price` or `unit_amount_decimal` with a quantity.

    Raises:
        NotFound: the customer was deleted.
        InvalidRequest: it does not fit the invoice, or says nothing of what it costs.
        InvalidState: the invoice was finalized.
    """
    with transaction.atomic(savepoint=False):
        owner = invoice_states.lock_customer(customer.pk)
        if owner.is_deleted:
            raise NotFound(f"No such customer: '{customer.pk}'", param="customer")
        item = _prepared(owner, subscription, details, at=at)
        _check_price(item)
        _price(item)
        row = None if invoice is None else _draft_for(item, invoice)
        item.save(force_insert=True)
        given = discounts.give(wanted, customer=owner, invoice_item=item, at=at)
        if row is not None:
            _put_on(row, item, [discount.pk for discount in given], at=at)
        events.publish("invoiceitem.created", item, at=at)
    return item


def pend(line: NewLine, *, subscription: Subscription, at: datetime) -> InvoiceItem:
    """Put a line aside as an item for a subscription's next invoice, in the caller's transaction.

    What is put aside at the same instant is billed in the order in which it came.
    """
    item = InvoiceItem.belonging_to(
        subscription, created_at=at, customer=subscription.customer, subscription=subscription,
        **{name: getattr(line, name) for name in SHARED if name != "quantity"},
        quantity=1 if line.quantity is None else line.quantity,
        tax_rate_ids=None if line.tax_rate_ids is None else list(line.tax_rate_ids),
        metadata=dict(line.metadata), test_clock_id=subscription.test_clock_id,
    )  # fmt: skip
    item.pk = ids.new_in_order(InvoiceItem.PREFIX, at=at)
    item.save(force_insert=True)
    events.publish("invoiceitem.created", item, at=at)
    return item


def update(
    item: InvoiceItem,
    *,
    wanted: Sequence[Wanted] | None = None,
    details: Mapping[str, Any],
    at: datetime,
) -> InvoiceItem:
    """Change an item that is pending, or on a draft, whose line follows.

    Args:
        wanted: its own discounts; those that it has where absent.
        details: columns by name; `metadata` is merged; a `quantity` with a price changes the amount.

    Raises:
        InvalidState: it is billed.
    """
    with transaction.atomic(savepoint=False):
        row = _locked(item)
        before = events.spell(row)
        _apply(row, details)
        row.save()
        if wanted is not None:
            discounts.replace(wanted, customer=row.customer, invoice_item=row, at=at)
        if row.invoice is not None:
            _follow(row, at=at)
        previous = events.difference(before, events.spell(row))
        if previous:
            events.publish("invoiceitem.updated", row, previous=previous, at=at)
    return row


def delete(item: InvoiceItem, *, at: datetime) -> InvoiceItem:
    """Delete an item that is pending, or on a draft, which loses its line.

    Raises:
        InvalidState: it is billed.
    """
    with transaction.atomic(savepoint=False):
        row = _locked(item)
        events.publish("invoiceitem.deleted", row, at=at)
        invoice = row.invoice
        if invoice is None:
            _remove(row)
        else:
            with invoice_states.tracked(invoice, at=at) as draft:
                InvoiceLine.objects.filter(invoice_item=row).delete()
                _remove(row)
                invoice_drafts.recount(draft)
    return item


def put_aside(item: InvoiceItem, *, at: datetime) -> None:
    """Let an item that a locked draft bills be pending again; the caller works the draft out."""
    InvoiceLine.objects.filter(invoice_item=item).delete()
    invoice_lines.free([item], at=at)


def assign(item: InvoiceItem, invoice: Invoice, *, at: datetime) -> None:
    """Let a locked draft bill a pending item.

    Raises:
        InvalidState: it was billed.
        InvalidRequest: another draft bills it, or it does not fit the invoice.
    """
    row = _locked(item)
    if row.invoice_id is not None:
        raise InvalidRequest(
            f"The invoice item {row.pk} is already attached to the invoice {row.invoice_id}.",
            param="lines",
        )
    _check_fits(row, invoice)
    own = discounts.ids_of("invoice_item", [row.pk]).get(row.pk, [])
    _put_on(invoice, row, own, at=at)


def priced(item: Any, price: Price) -> None:
    """Let an item or a line cost what a quantity of it costs at a price; unsaved.

    Raises:
        InvalidRequest: the price has no amounts in its currency.
    """
    quantity = 1 if item.quantity is None else item.quantity
    item.price, item.quantity = price, quantity
    item.unit_amount_decimal = prices.unit_amount(price, item.currency)
    item.amount = checked(pricing.amount(prices.pricing(price, item.currency), quantity))


def loose_line(customer: Customer, *, details: Mapping[str, Any], at: datetime) -> NewLine:
    """Return the line of an item that nobody makes, for a preview.

    Args:
        details: as for `create`.

    Raises:
        InvalidRequest: it says nothing of what it costs.
    """
    item = _prepared(customer, None, details, at=at)
    _check_price(item)
    _price(item)
    line = invoice_lines.of_item(item)
    return replace(line, invoice_item=None)


def checked(amount: int) -> int:
    """Return an amount that an invoice can ask for.

    Raises:
        InvalidRequest: it is too large.
    """
    if abs(amount) > MOST_AMOUNT:
        raise InvalidRequest(
            f"The amount must be no more than {MOST_AMOUNT} in the currency's smallest unit.",
            param="quantity",
            code="amount_too_large",
        )
    return amount


# -- below the public ones --------------------------------------------------------------------------------------------


def _locked(item: InvoiceItem) -> InvoiceItem:
    """Lock an item behind its customer and its draft, and return it as it is now.

    Raises:
        InvalidState: it is billed.
    """
    invoice_states.lock_customer(item.customer_id)
    row = get(item.pk)
    if row.invoice is not None and row.invoice.status != Invoice.Status.DRAFT:
        raise InvalidState(
            "This invoice item can no longer be changed or deleted, because the invoice that bills it was finalized.",
            code="invoice_not_editable",
        )
    return row


def _prepared(
    customer: Customer,
    subscription: Subscription | None,
    details: Mapping[str, Any],
    *,
    at: datetime,
) -> InvoiceItem:
    if subscription is not None:
        history.refuse(subscription, "subscription")
    item = InvoiceItem.belonging_to(
        customer, created_at=at, customer=customer, subscription=subscription,
        test_clock_id=customer.test_clock_id or "",
        **{"period_start": at, "period_end": at, "amount": None, **details},
    )  # fmt: skip
    item.metadata = customers.merged_metadata({}, details.get("metadata") or {})
    return item


def _apply(item: InvoiceItem, details: Mapping[str, Any]) -> None:
    """Set columns of a locked item, and what follows from them."""
    for name, value in details.items():
        merges = name == "metadata"
        setattr(item, name, customers.merged_metadata(item.metadata, value) if merges else value)
    if "amount" in details:
        if "quantity" in details:
            raise _contradiction()
        item.price, item.unit_amount_decimal, item.quantity = None, None, 1
    elif details.keys() & {"price", "unit_amount_decimal", "quantity"}:
        if "unit_amount_decimal" in details:
            item.price = None
        _check_price(item)
        if item.price is None and item.unit_amount_decimal is None:
            item.unit_amount_decimal = Decimal(item.amount)
        _price(item)


def _check_price(item: InvoiceItem) -> None:
    if item.price is not None and item.price.kind != Price.Kind.ONE_TIME:
        raise InvalidRequest(
            "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.",
            param="pricing[price]",
        )


def _price(item: InvoiceItem) -> None:
    """Work out what an item costs, unless its amount says it."""
    if item.price is not None:
        priced(item, item.price)
        item.description = item.description or item.price.product.name
    elif item.unit_amount_decimal is not None:
        item.amount = checked(rounded(Fraction(item.unit_amount_decimal) * item.quantity))
    elif item.amount is None:
        raise InvalidRequest(
            "One of the following params should be provided for this request: amount, pricing, price_data or "
            "unit_amount_decimal.",
            param="amount",
            code="parameter_missing",
        )
    elif item.quantity != 1:
        raise _contradiction()


def _contradiction() -> InvalidRequest:
    return InvalidRequest(
        "You may only specify one of these parameters: amount, quantity.", param="quantity"
    )


def _draft_for(item: InvoiceItem, invoice: Invoice) -> Invoice:
    """Lock the draft that is to bill an item.

    Raises:
        InvalidState: it was finalized.
        InvalidRequest: the item does not fit it.
    """
    row = invoice_states.locked(invoice)
    invoice_states.check_draft(row)
    _check_fits(item, row)
    return row


def _check_fits(item: InvoiceItem, invoice: Invoice) -> None:
    if item.customer_id != invoice.customer_id:
        raise InvalidRequest(
            f"The invoice {invoice.pk} is not of the customer {item.customer_id}.", param="invoice"
        )
    if item.currency != invoice.currency:
        raise InvalidRequest(
            f"The invoice {invoice.pk} is in {invoice.currency}, so it cannot bill what is in {item.currency}.",
            param="currency",
        )
    if InvoiceLine.objects.filter(invoice=invoice).count() >= invoice_drafts.MOST_LINES:
        raise InvalidRequest(
            f"An invoice has up to {invoice_drafts.MOST_LINES} lines.", param="invoice"
        )


def _put_on(invoice: Invoice, item: InvoiceItem, own: Sequence[str], *, at: datetime) -> None:
    """Let a locked draft bill an item, and tell that it has changed."""
    before = events.spell(invoice)
    item.invoice = invoice
    item.save(update_fields=["invoice"])
    invoice_drafts.add(invoice, [invoice_lines.of_item(item, own)], at=at)
    previous = events.difference(before, events.spell(invoice))
    events.publish("invoice.updated", invoice, previous=previous, at=at)


def _follow(item: InvoiceItem, *, at: datetime) -> None:
    """Bring the line of a changed item to where the item is, and work the draft out again."""
    assert item.invoice is not None  # noqa: S101 -- the caller has looked
    with invoice_states.tracked(item.invoice, at=at) as draft:
        line = InvoiceLine.objects.get(invoice_item=item)
        for name in (*SHARED, "tax_rate_ids", "metadata"):
            setattr(line, name, getattr(item, name))
        line.discount_ids = discounts.ids_of("invoice_item", [item.pk]).get(item.pk, [])
        line.save()
        invoice_drafts.recount(draft)


def _remove(item: InvoiceItem) -> None:
    Discount.objects.filter(invoice_item=item).delete()
    InvoiceItem.objects.filter(pk=item.pk).delete()
