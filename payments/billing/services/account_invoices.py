"""Invoices of another account, kept as history once they are settled: nothing here collects or changes them.

Source: https://docs.stripe.com/api/invoices/object
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from customers.kit import tenancy
from customers.kit.errors import InvalidState
from payments.billing.models import Invoice, InvoiceLine, Price, Subscription
from payments.services.account_ledger import Kind, Ledger, Written, free_id, needed, own_id

Status = Invoice.Status
_SETTLED = (Status.PAID, Status.UNCOLLECTIBLE, Status.VOID)
_AMOUNTS = ("subtotal", "total", "amount_due", "amount_paid", "starting_balance")
_AFTERWARDS = (
    "status", "amount_paid", "metadata", "paid_at", "voided_at", "marked_uncollectible_at",
    "is_paid_out_of_band",
)  # fmt: skip
"""What may still change of an invoice that was finalized."""


def write(ledger: Ledger, said: Mapping[str, Any], object_id: str, *, at: datetime) -> Written:
    """Write an invoice down, or what it has become, within the open transaction.

    Raises:
        InvalidState: it is not settled yet, or its customer was not imported.
    """
    check(said)
    columns = _columns(ledger, said, at=at)
    pk = object_id or own_id(ledger.source, said["id"])
    row = Invoice.objects.filter(pk=pk).first()
    if row is None:
        row = _prepared(ledger, pk, columns)
        # The lines come first: none can be added to what was finalized.
        InvoiceLine.objects.bulk_create(_lines(ledger, row, said))
        row.save(force_insert=True)
        _note_on_subscription(row)
    elif row.imported_from:
        for name in _AFTERWARDS:
            setattr(row, name, columns[name])
        row.save(update_fields=_AFTERWARDS)
    else:
        raise InvalidState("An invoice that was made here has its ID.")
    return Written(row, _remark(said))


def check(said: Mapping[str, Any]) -> None:
    """Refuse an invoice that somebody still has to pay: it is collected where it was made.

    Raises:
        InvalidState: that is so.
    """
    if said.get("status") not in _SETTLED:
        raise InvalidState("It is not settled yet: import it again once it is paid or void.")
    if said.get("amount_due", 0) < 0:
        raise InvalidState("Its amount is negative.")


def _prepared(ledger: Ledger, pk: str, columns: Mapping[str, Any]) -> Invoice:
    scope = tenancy.current()
    return Invoice(
        id=free_id(Invoice, pk), site=scope.site, livemode=scope.livemode,
        imported_from=ledger.source, **columns,
    )  # fmt: skip


def _columns(ledger: Ledger, said: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    made, moved = (
        _instant(said.get("created") or said["date"]),
        said.get("status_transitions") or {},
    )
    moments = {name: _instant(value) for name, value in moved.items() if value}
    source_id = said["customer"]
    amounts = {name: said.get(name) or 0 for name in _AMOUNTS}
    return {
        **amounts,
        **_totals(said),
        "created_at": made,
        "customer_id": needed(ledger.ours(Kind.CUSTOMER, source_id), "customer", source_id),
        "subscription_id": ledger.ours(Kind.SUBSCRIPTION, _subscription_of(said)) or None,
        "status": said["status"],
        "number": said.get("number") or said["id"],
        "receipt_number": said.get("receipt_number") or "",
        "currency": said["currency"],
        "collection_method": said.get("collection_method") or Subscription.Collection.CHARGE,
        "reason": _reason(said),
        "period_start": _instant(said.get("period_start") or made.timestamp()),
        "period_end": _instant(said.get("period_end") or made.timestamp()),
        "due_at": _instant(said["due_date"]) if said.get("due_date") else None,
        "description": said.get("description") or "",
        "footer": said.get("footer") or "",
        "custom_fields": said.get("custom_fields") or [],
        "statement_descriptor": said.get("statement_descriptor") or "",
        "metadata": said.get("metadata") or {},
        "customer_shown": _customer_shown(said),
        "attempt_count": said.get("attempt_count") or 0,
        "was_attempted": bool(said.get("attempted")),
        "finalized_at": moments.get("finalized_at", made),
        "effective_at": _instant(said["effective_at"]) if said.get("effective_at") else made,
        "paid_at": moments.get("paid_at", made) if said["status"] == Status.PAID else None,
        "voided_at": moments.get("voided_at"),
        "marked_uncollectible_at": moments.get("marked_uncollectible_at"),
        "overdue_told_at": at,  # it was told where it was made
    }


def _totals(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the amounts that need a second look; what a paid invoice did not get in money, it got otherwise."""
    due, paid, total = (
        said.get("amount_due") or 0,
        said.get("amount_paid") or 0,
        said.get("total") or 0,
    )
    is_paid = said["status"] == Status.PAID
    return {
        "amount_paid": due if is_paid else min(paid, due),
        "is_paid_out_of_band": is_paid and (bool(said.get("paid_out_of_band")) or paid < due),
        "subtotal_excluding_tax": said.get("subtotal_excluding_tax") or said.get("subtotal") or 0,
        "total_excluding_tax": said.get("total_excluding_tax") or total,
        "ending_balance": said.get("ending_balance") or 0,
        "post_payment_credit": said.get("post_payment_credit_notes_amount") or 0,
    }


def _subscription_of(said: Mapping[str, Any]) -> str | None:
    """Return whose period it bills, which newer versions tell by its parent."""
    parent = (said.get("parent") or {}).get("subscription_details") or {}
    found: str | None = said.get("subscription") or parent.get("subscription")
    return found


def _reason(said: Mapping[str, Any]) -> str:
    reason = said.get("billing_reason")
    return reason if reason in Invoice.Reason.values else Invoice.Reason.MANUAL


def _customer_shown(said: Mapping[str, Any]) -> dict[str, Any]:
    names = ("name", "email", "phone", "address", "shipping", "tax_exempt")
    shown = {name: said.get(f"customer_{name}") for name in names}
    tax_ids = [
        {"type": tax_id["type"], "value": tax_id["value"]}
        for tax_id in said.get("customer_tax_ids") or ()
    ]
    return {**shown, "tax_exempt": shown["tax_exempt"] or "none", "tax_ids": tax_ids, "locale": ""}


def _lines(ledger: Ledger, row: Invoice, said: Mapping[str, Any]) -> Iterator[InvoiceLine]:
    """Return the unsaved lines, each with an id of ours, since older versions gave none that is unique."""
    for place, line in enumerate((said.get("lines") or {}).get("data", ())):
        price = _price_id_of(line)
        known = ledger.ours(Kind.PRICE, price)
        period = line.get("period") or {}
        exact = _unit_amount_of(line)
        yield InvoiceLine.belonging_to(
            row, invoice=row, created_at=row.created_at, position=place, amount=line["amount"],
            currency=line["currency"], quantity=line.get("quantity"),
            unit_amount_decimal=None if exact is None else Decimal(exact),
            description=line.get("description") or "",
            period_start=_instant(period["start"]) if period else row.period_start,
            period_end=_instant(period["end"]) if period else row.period_end,
            is_proration=_is_proration(line), is_discountable=bool(line.get("discountable", True)),
            subscription_id=row.subscription_id, metadata=line.get("metadata") or {},
            price=Price.objects.filter(pk=known).first() if known else None,
        )  # fmt: skip


def _price_id_of(line: Mapping[str, Any]) -> str | None:
    newer = ((line.get("pricing") or {}).get("price_details") or {}).get("price")
    older = line.get("price") or line.get("plan") or {}
    found: str | None = newer or (older.get("id") if isinstance(older, Mapping) else older)
    return found


def _unit_amount_of(line: Mapping[str, Any]) -> Any:
    newer = (line.get("pricing") or {}).get("unit_amount_decimal")
    older = line.get("price")
    return newer or (older.get("unit_amount_decimal") if isinstance(older, Mapping) else None)


def _is_proration(line: Mapping[str, Any]) -> bool:
    parents = (line.get("parent") or {}).values()
    return bool(line.get("proration")) or any(
        isinstance(parent, Mapping) and parent.get("proration") for parent in parents
    )


def _note_on_subscription(row: Invoice) -> None:
    """Let the record of its subscription name its latest invoice."""
    record = row.subscription
    if record is None or not record.imported_from:
        return
    others = Invoice.objects.filter(subscription=record, created_at__gt=row.created_at)
    if not others.exists():
        Subscription.objects.filter(pk=record.pk).update(latest_invoice_id=row.pk)


def _remark(said: Mapping[str, Any]) -> str:
    has_taxes = said.get("total_taxes") or said.get("total_tax_amounts") or said.get("tax")
    has_cuts = said.get("total_discount_amounts")
    missing = [
        word for word, is_there in (("taxes", has_taxes), ("discounts", has_cuts)) if is_there
    ]
    return f"Its {' and '.join(missing)} stand in its totals alone." if missing else ""


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
