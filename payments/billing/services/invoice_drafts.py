"""Drafts: what a customer will be asked to pay, as long as it can still change."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from django.db import transaction

from customers.events.services import events
from customers.kit import tenancy, together
from customers.kit.constraints import translated
from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from customers.models import Customer, TaxId
from customers.services import customers
from payments.billing.models import (
    Discount,
    Invoice,
    InvoiceItem,
    InvoiceLine,
    ShippingRate,
    Subscription,
)
from payments.billing.services import (
    discounts,
    invoice_lines,
    invoice_states,
    invoice_totals,
    numbering,
)
from payments.billing.services.discounts import Wanted
from payments.billing.services.invoice_lines import NewLine
from payments.models import PaymentMethod
from payments.services import history

FINALIZED_AFTER = timedelta(hours=1)
"""How long a draft that advances by itself can be changed."""

USUAL_DAYS_UNTIL_DUE = 30
_AT_ONCE = 5  # lines that are inserted with their invoice
MOST_LINES = 250
"""How many pending items one invoice takes."""

_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


class Details(TypedDict, total=False):
    """What else an invoice is made with: columns by name."""

    auto_advance: bool
    collection_method: str
    custom_fields: Sequence[Mapping[str, str]]
    days_until_due: int | None
    default_payment_method: PaymentMethod | None
    description: str
    due_at: datetime | None
    effective_at: datetime | None
    finalizes_at: datetime | None
    footer: str
    metadata: Mapping[str, Any]
    number: str
    payment_settings: Mapping[str, Any]
    rendering: Mapping[str, str | None]
    revises: Invoice | None
    shipping_details: Mapping[str, Any] | None
    shipping_rate: ShippingRate | None
    statement_descriptor: str
    subscription_metadata: Mapping[str, Any]
    tax_rate_ids: Sequence[str]


def draft(
    *,
    customer: Customer,
    currency: str,
    reason: str = Invoice.Reason.MANUAL,
    lines: Sequence[NewLine] = (),
    subscription: Subscription | None = None,
    period_start: datetime,
    period_end: datetime,
    wanted: Sequence[Wanted] | None = None,
    takes_pending: bool = True,
    at: datetime,
    **details: Unpack[Details],
) -> Invoice:
    """Make a draft in the caller's transaction, or in one of its own.

    Args:
        currency: lowercase ISO 4217.
        lines: in order, behind the customer's pending items.
        wanted: the discounts of its own; where absent, those that hold for the subscription or the customer.
        takes_pending: whether it bills the customer's pending items of this currency.
        details: columns by name; one that advances by itself is finalized an hour later unless `finalizes_at` says
            otherwise.

    Raises:
        NotFound: the customer was deleted.
        InvalidRequest: a discount cannot be had any more, or another invoice has the number.
    """
    refusals = {"invoice_number_once": lambda: numbering.taken(details["number"])}
    with transaction.atomic(savepoint=False), together.opened(), translated(refusals):
        invoice, rows = _made(
            customer, currency, reason, lines, subscription, (period_start, period_end), wanted,
            details, takes_pending=takes_pending, at=at,
        )  # fmt: skip
        if together.is_batch():
            together.remember((Invoice, invoice.pk), invoice)
            together.remember((invoice_lines.READ, invoice.pk), rows)
        invoice_lines.keep(invoice, rows)
        events.publish("invoice.created", invoice, at=at)
        invoice_lines.let_change(invoice)
    return invoice


def preview(
    *,
    customer: Customer,
    currency: str,
    reason: str = Invoice.Reason.MANUAL,
    lines: Sequence[NewLine] = (),
    subscription: Subscription | None = None,
    period_start: datetime,
    period_end: datetime,
    wanted: Sequence[Wanted] | None = None,
    takes_pending: bool = True,
    at: datetime,
    **details: Unpack[Details],
) -> tuple[Invoice, list[InvoiceLine]]:
    """Return what `draft` would make, with its lines; nothing of it stays.

    Raises:
        NotFound: the customer was deleted.
        InvalidRequest: a discount cannot be had any more.
    """
    with transaction.atomic(), together.opened():
        made = _made(
            customer, currency, reason, lines, subscription, (period_start, period_end), wanted,
            details, takes_pending=takes_pending, at=at,
        )  # fmt: skip
        transaction.set_rollback(True)
    return made


def recount(invoice: Invoice) -> None:
    """Work a locked draft's amounts out again and save them, with who is billed as it is now."""
    lines = invoice_lines.of(invoice)
    invoice_totals.work_out(invoice, lines, customer=invoice.customer)
    invoice.customer_shown = shown_of(invoice.customer)
    InvoiceLine.objects.bulk_update(lines, invoice_totals.LINE_AMOUNTS)
    invoice.save(update_fields=[*invoice_totals.AMOUNTS, "customer_shown"])


def add(invoice: Invoice, lines: Iterable[NewLine], *, at: datetime) -> None:
    """Put lines on a locked draft and work it out again."""
    InvoiceLine.objects.bulk_create(invoice_lines.prepared(invoice, lines, at=at))
    recount(invoice)


def update(invoice: Invoice, *, details: Mapping[str, Any], at: datetime) -> Invoice:
    """Change an invoice; of one that was finalized, what its document does not fix.

    Args:
        details: columns by name; `metadata` and `rendering` are merged, an empty value takes a key away; `wanted`
            are its own discounts.

    Raises:
        InvalidState: it was finalized, and something that is then fixed is to be changed.
        InvalidRequest: what is said of when it is due does not fit how it is collected, or another invoice has the
            number.
    """
    refusals = {"invoice_number_once": lambda: numbering.taken(details["number"])}
    with invoice_states.tracked(invoice, at=at) as row, translated(refusals):
        if _FIXED & details.keys():
            invoice_states.check_draft(row)
        _change(row, details)
        numbering.check_own(details.get("number", ""), row)
        _check_terms(row)
        if row.status == Invoice.Status.DRAFT:
            _advance(row, at=at)
        row.save(update_fields=[*(details.keys() - {"wanted"}), *_FOLLOWING])
        if "wanted" in details:
            _redo_discounts(row, details["wanted"], at=at)
        if row.status == Invoice.Status.DRAFT:
            recount(row)
    return row


def delete(invoice: Invoice, *, at: datetime) -> Invoice:
    """Delete a draft for good; its items are pending again, so that nothing goes unbilled.

    Raises:
        InvalidState: it was finalized, or is a subscription's.
    """
    with transaction.atomic(savepoint=False):
        row = invoice_states.locked(invoice)
        if row.status != Invoice.Status.DRAFT:
            raise InvalidState(
                "You can only delete draft invoices. An invoice that was finalized can be voided.",
                code="invoice_not_editable",
            )
        if row.subscription_id is not None:
            raise InvalidState(
                "You cannot delete an invoice of a subscription. Finalize it, and void it then.",
                code="invoice_not_editable",
            )
        events.publish("invoice.deleted", row, at=at)
        items = list(InvoiceItem.objects.filter(invoice=row).order_by("created_at", "id"))
        InvoiceLine.objects.filter(invoice=row).delete()
        invoice_lines.free(items, at=at)
        Discount.objects.filter(invoice=row).delete()
        Invoice.objects.filter(pk=row.pk).delete()
    return invoice


def stop_all(customer: Customer, *, at: datetime) -> None:
    """Let the invoices of a customer who is being deleted no longer go on by themselves."""
    rows = Invoice.objects.filter(customer=customer, auto_advance=True).exclude(
        finalizes_at=None, next_attempt_at=None
    )
    for invoice in rows.order_by("id"):
        with invoice_states.tracked(invoice, at=at) as row:
            row.auto_advance, row.finalizes_at, row.next_attempt_at = False, None, None
            row.save(update_fields=["auto_advance", "finalizes_at", "next_attempt_at"])


def shown_of(customer: Customer) -> dict[str, Any]:
    """Return what an invoice says of who is billed."""
    addresses = customer.default_addresses
    ids = together.recalled((TaxId, customer.pk))
    if ids is None:
        ids = TaxId.objects.filter(customer=customer).order_by("created_at", "id")
    return {
        "name": customer.shown_name or None,
        "email": customer.email or None,
        "phone": customer.phone or None,
        "address": _address(addresses.get("billing")),
        "shipping": _shipping(addresses.get("shipping")),
        "tax_exempt": customer.tax_exempt,
        "tax_ids": [{"type": tax_id.kind, "value": tax_id.value} for tax_id in ids],
        "locale": customer.language,
    }


# -- below the public ones --------------------------------------------------------------------------------------------


def _made(
    customer: Customer,
    currency: str,
    reason: str,
    lines: Sequence[NewLine],
    subscription: Subscription | None,
    period: tuple[datetime, datetime],
    wanted: Sequence[Wanted] | None,
    details: Details,
    *,
    takes_pending: bool,
    at: datetime,
) -> tuple[Invoice, list[InvoiceLine]]:
    """Write a draft with its lines; nobody is told yet."""
    customer = invoice_states.lock_customer(customer.pk)
    if customer.is_deleted:
        raise NotFound(f"No such customer: '{customer.pk}'", param="customer")
    invoice = _prepared(customer, currency, reason, subscription, period, details, at=at)
    if wanted is None:
        given = discounts.holding(customer=customer, subscription=subscription, at=at)
    else:
        given = discounts.give(wanted, customer=customer, invoice=invoice, at=at)
    items = _pending(invoice) if takes_pending else []
    billed = [*_lines_of(items), *lines]
    rows = invoice_lines.prepared(invoice, billed, at=at)
    invoice_totals.work_out(invoice, rows, customer=customer, given=given)
    together.insert(invoice, *rows[:_AT_ONCE])
    InvoiceLine.objects.bulk_create(rows[_AT_ONCE:])
    invoice_lines.bill(invoice, items, at=at)
    return invoice, rows


def _prepared(
    customer: Customer,
    currency: str,
    reason: str,
    subscription: Subscription | None,
    period: tuple[datetime, datetime],
    details: Details,
    *,
    at: datetime,
) -> Invoice:
    usual: dict[str, Any] = {
        "custom_fields": customer.invoice_settings.get("custom_fields") or [],
        "footer": customer.invoice_settings.get("footer") or "",
    }
    rendering = _rendering(
        customer.invoice_settings.get("rendering_options") or {}, details.get("rendering") or {}
    )
    if subscription is not None:
        history.refuse(subscription, "subscription")
        usual |= {
            "payment_settings": subscription.payment_settings,
            "subscription_metadata": subscription.metadata,
            "tax_rate_ids": subscription.tax_rate_ids,
            **{name: said for name, said in subscription.invoice_settings.items() if said},
        }
    invoice = Invoice.belonging_to(
        customer, created_at=at, customer=customer, subscription=subscription, reason=reason,
        currency=currency, period_start=period[0], period_end=period[1],
        customer_shown=shown_of(customer), test_clock_id=customer.test_clock_id or "",
        **{**usual, **details, "rendering": rendering},
    )  # fmt: skip
    invoice.site = tenancy.current().site
    invoice.metadata = customers.merged_metadata({}, details.get("metadata") or {})
    numbering.check_own(invoice.number, invoice)
    _check_terms(invoice)
    _advance(invoice, at=at)
    return invoice


def _rendering(known: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of what the document looks like, beside what was known of it."""
    return {name: value for name, value in {**known, **said}.items() if value}


def _change(invoice: Invoice, details: Mapping[str, Any]) -> None:
    for name, value in details.items():
        if name == "metadata":
            invoice.metadata = customers.merged_metadata(invoice.metadata, value)
        elif name == "rendering":
            invoice.rendering = _rendering(invoice.rendering, value)
        elif name != "wanted":
            setattr(invoice, name, value)


def _check_terms(invoice: Invoice) -> None:
    """Let an invoice that is sent be due at some time, and no other.

    Raises:
        InvalidRequest: one that is charged automatically is to be due.
    """
    is_sent = invoice.collection_method == Subscription.Collection.SEND
    if not is_sent and invoice.status == Invoice.Status.DRAFT:
        for name, value in (
            ("days_until_due", invoice.days_until_due),
            ("due_date", invoice.due_at),
        ):
            if value is not None:
                raise InvalidRequest(
                    f"You can only specify {name} if collection_method is 'send_invoice'.",
                    param=name,
                )
    if is_sent and invoice.due_at is None and invoice.days_until_due is None:
        invoice.days_until_due = USUAL_DAYS_UNTIL_DUE


def _advance(invoice: Invoice, *, at: datetime) -> None:
    """Say when a draft is finalized by itself: never, unless it advances."""
    if not invoice.auto_advance:
        invoice.finalizes_at = None
    elif invoice.finalizes_at is None:
        invoice.finalizes_at = at + FINALIZED_AFTER


def _pending(invoice: Invoice) -> list[InvoiceItem]:
    """Return the customer's items that a new invoice bills: those of its subscription, and those of none.

    One that is made by hand for a subscription bills that one's alone.
    """
    if together.recalled((InvoiceItem, invoice.customer_id)) == []:
        return []
    rows = InvoiceItem.objects.filter(
        customer_id=invoice.customer_id, currency=invoice.currency, invoice=None
    )
    own = rows.filter(subscription_id=invoice.subscription_id)
    if invoice.subscription_id is not None and invoice.reason != Invoice.Reason.MANUAL:
        own |= rows.filter(subscription=None)
    related = own.select_related("price", "subscription_item")
    return list(related.order_by("created_at", "id")[:MOST_LINES])


def _lines_of(items: Sequence[InvoiceItem]) -> list[NewLine]:
    own = discounts.ids_of("invoice_item", [item.pk for item in items])
    return [invoice_lines.of_item(item, own.get(item.pk, ())) for item in items]


def _redo_discounts(invoice: Invoice, wanted: Sequence[Wanted], *, at: datetime) -> None:
    given = discounts.replace(wanted, customer=invoice.customer, invoice=invoice, at=at)
    invoice.discounts_shown = [[discount.pk, 0] for discount in given]


def _address(columns: Mapping[str, str] | None) -> dict[str, str | None] | None:
    if not columns:
        return None
    return {name: columns[name] or None for name in _ADDRESS}


def _shipping(columns: Mapping[str, str] | None) -> dict[str, Any] | None:
    if not columns:
        return None
    named = {name: columns[name] or None for name in ("name", "phone")}
    return {"address": _address(columns), **named}


_FIXED = frozenset(
    {
        "collection_method", "custom_fields", "description", "effective_at", "finalizes_at", "footer", "number",
        "rendering", "shipping_details", "shipping_rate", "statement_descriptor", "tax_rate_ids", "wanted",
    }
)  # fmt: skip
"""What the document says, which no longer changes once it is finalized."""
_FOLLOWING = ("days_until_due", "due_at", "finalizes_at")
