"""Invoices, receipts and credit notes as documents, in the customer's language.

The page of an invoice shows the same document in the language of whoever reads it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language_info, pgettext

from customers.kit.errors import InvalidState
from customers.services import letters
from customers.services.letters import Reader
from payments.billing.documents import render
from payments.billing.documents.content import Document, Fact, Link, Row, Total
from payments.billing.models import (
    CreditNote,
    CreditNoteLine,
    CreditNoteRefund,
    Invoice,
)
from payments.billing.services import document_parts as parts
from payments.billing.services import (
    invoice_lines,
    invoice_links,
    invoice_settling,
    invoice_states,
)
from payments.emails import shown
from payments.services import charges

Status = Invoice.Status


@dataclass(frozen=True, slots=True)
class Payment:
    """What paid an invoice: when, and with what."""

    paid_at: datetime
    amount: int
    method: str


def invoice_pdf(invoice: Invoice) -> bytes:
    """Return a finalized invoice as a file."""
    return render(of_invoice(invoice, reader(invoice)))


def receipt_pdf(invoice: Invoice) -> bytes:
    """Return a paid invoice's receipt as a file.

    Raises:
        InvalidState: it is not paid.
    """
    return render(of_receipt(invoice, reader(invoice)))


def credit_note_pdf(note: CreditNote) -> bytes:
    """Return a credit note as a file."""
    return render(of_credit_note(note, reader(note.invoice)))


def reader(invoice: Invoice) -> Reader:
    """Return who reads an invoice: the customer, in the language that was known when it was finalized."""
    locale = invoice.customer_shown.get("locale") or ""
    return letters.reader_of([locale] if locale else [], invoice.site, livemode=invoice.livemode)


def of_invoice(invoice: Invoice, to: Reader) -> Document:
    """Return what stands on an invoice."""
    with letters.in_language_of(to):
        issued = invoice.effective_at or invoice.finalized_at or invoice.created_at
        facts = [
            Fact(pgettext("document", "Invoice number"), invoice.number),
            Fact(pgettext("document", "Date of issue"), shown.day(issued, to)),
        ]
        if invoice.due_at is not None:
            facts.append(Fact(pgettext("document", "Date due"), shown.day(invoice.due_at, to)))
        is_payable = invoice.status == Status.OPEN
        url = invoice_links.hosted(invoice.pk, invoice.finalized_at) if is_payable else None
        return _document(
            invoice,
            to,
            title=pgettext("document", "Invoice"),
            issued_at=issued,
            facts=tuple(facts),
            totals=totals_of(invoice, to),
            headline=headline(invoice, to),
            status=state_of(invoice),
            payment=Link(pgettext("document", "Pay online"), url) if url else None,
        )


def of_receipt(invoice: Invoice, to: Reader) -> Document:
    """Return what stands on a paid invoice's receipt.

    Raises:
        InvalidState: it is not paid.
    """
    if invoice.status != Status.PAID or invoice.paid_at is None:
        raise InvalidState(
            f"This invoice is {invoice.status}, so there is no receipt of it.",
            code="invoice_not_paid",
        )
    with letters.in_language_of(to):
        paid_at, payments = invoice.paid_at, payments_of(invoice)
        facts = [
            Fact(pgettext("document", "Receipt number"), invoice.receipt_number),
            Fact(pgettext("document", "Invoice number"), invoice.number),
            Fact(pgettext("document", "Date paid"), shown.day(paid_at, to)),
            Fact(
                pgettext("document", "Payment method"),
                ", ".join(dict.fromkeys(one.method for one in payments if one.method)),
            ),
        ]
        words = {
            "amount": parts.money(invoice.amount_paid, invoice, to),
            "date": shown.day(paid_at, to),
        }
        return _document(
            invoice,
            to,
            title=pgettext("document", "Receipt"),
            issued_at=paid_at,
            facts=tuple(fact for fact in facts if fact.value),
            totals=totals_of(invoice, to),
            headline=pgettext("document", "%(amount)s paid on %(date)s") % words,
            status=pgettext("document", "Paid"),
        )


def of_credit_note(note: CreditNote, to: Reader) -> Document:
    """Return what stands on a credit note; `note.invoice` is loaded."""
    with letters.in_language_of(to):
        lines = list(CreditNoteLine.objects.filter(credit_note=note).order_by("position"))
        names = parts.names_of([note, *lines], to)
        issued = note.effective_at or note.created_at
        facts = [
            Fact(pgettext("document", "Credit note number"), note.number),
            Fact(pgettext("document", "Invoice number"), note.invoice.number),
            Fact(pgettext("document", "Date of issue"), shown.day(issued, to)),
            Fact(pgettext("document", "Reason"), str(note.get_reason_display())),
        ]
        is_void = note.status == CreditNote.Status.VOID
        total = parts.money(note.total, note, to)
        return _laid_out(
            note.invoice,
            to,
            rows=tuple(parts.credit_row(line, note.currency, names, to) for line in lines),
            title=pgettext("document", "Credit note"),
            issued_at=issued,
            facts=tuple(fact for fact in facts if fact.value),
            totals=tuple(_credit_totals(note, names, to)),
            headline=pgettext("document", "%(amount)s credited") % {"amount": total},
            status=pgettext("document", "Void") if is_void else "",
            memo=parts.notes(note.invoice, note.memo),
            running=f"{note.number} · {total}",
        )


def headline(invoice: Invoice, to: Reader) -> str:
    """Return what a reader wants to know first of an invoice; called with the reader's language active."""
    remaining = parts.money(invoice_states.remaining(invoice), invoice, to)
    words = {"amount": remaining}
    if invoice.status == Status.OPEN and invoice.due_at is not None:
        words["date"] = shown.day(invoice.due_at, to)
        return pgettext("document", "%(amount)s due %(date)s") % words
    if invoice.status == Status.OPEN:
        return pgettext("document", "%(amount)s due") % words
    if invoice.status == Status.PAID and invoice.paid_at is not None:
        paid = {"amount": parts.money(invoice.amount_paid, invoice, to),
                "date": shown.day(invoice.paid_at, to)}  # fmt: skip
        return pgettext("document", "%(amount)s paid on %(date)s") % paid
    return parts.money(invoice.total, invoice, to)


def state_of(invoice: Invoice, *, at: datetime | None = None) -> str:
    """Return a word for what is to be done about an invoice; called with the reader's language active.

    Args:
        at: now, where it shall be said that it is overdue.
    """
    if at is not None and is_overdue(invoice, at=at):
        return pgettext("document", "Overdue")
    return {
        Status.DRAFT: lambda: pgettext("document", "Draft"),
        Status.OPEN: lambda: "" if at is None else pgettext("document", "Open"),
        Status.PAID: lambda: pgettext("document", "Paid"),
        Status.UNCOLLECTIBLE: lambda: pgettext("document", "Uncollectible"),
        Status.VOID: lambda: pgettext("document", "Void"),
    }[Status(invoice.status)]()


def is_overdue(invoice: Invoice, *, at: datetime) -> bool:
    """Tell whether an open invoice should have been paid by now."""
    return invoice.status == Status.OPEN and invoice.due_at is not None and invoice.due_at <= at


def rows_of(invoice: Invoice, to: Reader) -> tuple[Row, ...]:
    """Return an invoice's lines; called with the reader's language active."""
    lines = invoice_lines.of(invoice)
    names = parts.names_of(lines, to)
    row_of = _ROWS.get(invoice.rendering.get("amount_tax_display", ""), parts.invoice_row)
    return tuple(row_of(line, names, to) for line in lines)


def totals_of(invoice: Invoice, to: Reader) -> tuple[Total, ...]:
    """Return what leads from an invoice's lines to what is due; called with the reader's language active."""
    sums_of = _SUMS.get(invoice.rendering.get("amount_tax_display", ""), parts.sums)
    found = sums_of(invoice, parts.names_of([invoice], to), to)
    applied = invoice.amount_due - invoice.total
    if applied:
        found.append(Total(_balance_label(applied), parts.money(applied, invoice, to)))
    is_settled = invoice.amount_paid or invoice.pre_payment_credit
    due = parts.money(invoice.amount_due, invoice, to)
    found.append(Total(pgettext("document", "Amount due"), due, emphasis=not is_settled))
    if invoice.pre_payment_credit:
        credited = parts.money(-invoice.pre_payment_credit, invoice, to)
        found.append(Total(pgettext("document", "Credit notes"), credited))
    if invoice.amount_paid:
        paid = parts.money(invoice.amount_paid, invoice, to)
        is_paid = invoice.status == Status.PAID
        found.append(Total(pgettext("document", "Amount paid"), paid, emphasis=is_paid))
    if is_settled and invoice.status != Status.PAID:
        rest = parts.money(invoice_states.remaining(invoice), invoice, to)
        found.append(Total(pgettext("document", "Amount remaining"), rest, emphasis=True))
    return tuple(found)


def payments_of(invoice: Invoice) -> list[Payment]:
    """Return what paid an invoice, the oldest first; called with the reader's language active."""
    paid = invoice_settling.paid_by(invoice)
    charge_ids = {row.payment_intent.latest_charge_id for row in paid if row.payment_intent}
    known = charges.get_all(charge_ids - {""})
    found = []
    for row in paid:
        charge = known.get(row.payment_intent.latest_charge_id) if row.payment_intent else None
        method = shown.method(charge.method_details) if charge else pgettext("document", "Balance")
        found.append(Payment(row.paid_at or row.created_at, row.amount_paid or 0, method))
    if invoice.is_paid_out_of_band and invoice.paid_at is not None:
        rest = invoice.amount_paid - sum(one.amount for one in found)
        found.append(Payment(invoice.paid_at, rest, pgettext("document", "Paid elsewhere")))
    return found


# -- below the public ones --------------------------------------------------------------------------------------------


def _document(invoice: Invoice, to: Reader, **said: Any) -> Document:
    """Return a document with the lines of an invoice."""
    total = parts.money(invoice.total, invoice, to)
    return _laid_out(
        invoice,
        to,
        rows=rows_of(invoice, to),
        memo=parts.notes(invoice, invoice.description),
        running=f"{invoice.number} · {total}",
        **said,
    )


def _laid_out(invoice: Invoice, to: Reader, *, rows: tuple[Row, ...], **said: Any) -> Document:
    site, who = invoice.site, invoice.customer_shown
    return Document(
        language=to.language,
        seller=parts.seller(site, to),
        columns=parts.columns(rows),
        rows=rows,
        bill_to=parts.bill_to(who, to),
        ship_to=parts.ship_to(invoice, to),
        custom_fields=parts.custom_fields(invoice),
        footer=parts.cut(invoice.footer, parts.LONGEST),
        page_label=parts.page_label(),
        page_size=parts.page_size(invoice),
        colour=site.brand_color,
        logo=parts.logo(site),
        right_to_left=bool(get_language_info(to.language)["bidi"]),
        **said,
    )


def _balance_label(applied: int) -> str:
    if applied < 0:
        return pgettext("document", "Applied balance")
    return pgettext("document", "Earlier balance")


def _credit_totals(note: CreditNote, names: parts.Names, to: Reader) -> list[Total]:
    ways = (
        (pgettext("document", "Taken off the amount due"), note.pre_payment_amount),
        (_refund_label(note), note.refund_amount),
        (pgettext("document", "Credited to the balance"), note.credit_amount),
        (pgettext("document", "Given back elsewhere"), note.out_of_band_amount),
    )
    *found, total = parts.sums(note, names, to)
    found.append(Total(pgettext("document", "Total credited"), total.value, emphasis=True))
    found += [Total(label, parts.money(amount, note, to)) for label, amount in ways if amount]
    return found


def _refund_label(note: CreditNote) -> str:
    if not note.refund_amount:
        return ""
    rows = CreditNoteRefund.objects.filter(credit_note=note).select_related("refund__charge")
    method = next((shown.method(row.refund.charge.method_details) for row in rows), "")
    if not method:
        return pgettext("document", "Refunded")
    return pgettext("document", "Refunded to %(method)s") % {"method": method}


_ROWS = {"exclude_tax": parts.row_without_tax}
_SUMS = {"exclude_tax": parts.sums_without_tax}
"""How lines and sums are written where the invoice says so; otherwise with the tax that amounts include."""
