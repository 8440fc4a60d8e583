"""Credit notes: what is taken back of an invoice that was finalized, before it is paid or after.

A credit note first lowers what an open invoice still asks for; what goes beyond that was paid, and is given back by a
refund, to the customer's balance, or outside. The note, the invoice, the balance and the refund are written in one
transaction, under the locks of the charges, the customer and the invoice, in this order; only then the gateway is asked
for the refund. If nobody comes to that, the reconciler does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from customers.events.services import events
from customers.kit import statements
from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from customers.models import CustomerBalanceTransaction
from customers.services import balance_transactions, customers, test_clocks
from payments.billing.models import (
    CreditNote,
    CreditNoteLine,
    CreditNoteRefund,
    Invoice,
)
from payments.billing.services import (
    credit_note_funds,
    credit_note_lines,
    finalizing,
    invoice_collecting,
    invoice_states,
    telling,
)
from payments.billing.services.credit_note_funds import WantedRefund
from payments.billing.services.credit_note_lines import WantedLine, Worked
from payments.models import Charge, Refund
from payments.services import refunds

Status = CreditNote.Status
_REFUSED = (IntegrityError, InvalidState, InvalidRequest)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a credit note is to be. Amounts are minor units.

    Args:
        lines: what is credited of which line; or else
        amount: in all, with tax.
        refund_amount: is refunded.
        refunds: that were made before, and are accounted for now.
        credit_amount: goes to the customer's balance.
        out_of_band_amount: is given back elsewhere.
        details: columns by name: `reason`, `memo`, `metadata`, `effective_at`.
    """

    lines: Sequence[WantedLine] = ()
    amount: int | None = None
    refund_amount: int = 0
    refunds: Sequence[WantedRefund] = ()
    credit_amount: int = 0
    out_of_band_amount: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A credit note that nobody has saved.

    Args:
        links: the refunds that it accounts for.
    """

    note: CreditNote
    lines: list[CreditNoteLine]
    links: list[CreditNoteRefund]


def get(pk: str, *, param: str = "id") -> CreditNote:
    """Return a credit note with its customer and invoice.

    Raises:
        NotFound: the site has none with this id.
    """
    rows = CreditNote.objects.select_related("site", "customer", "invoice")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such credit note: '{pk}'", param=param)
    return found


def creditable(invoice: Invoice) -> int:
    """Return how much of an invoice can be credited yet, in minor units."""
    if invoice.status not in _CREDITABLE:
        return 0
    return credit_note_funds.creditable(invoice, credit_note_funds.charges_of(invoice))


def preview(invoice: Invoice, wanted: Wanted, *, at: datetime) -> Draft:
    """Return what a credit note would be, and write nothing.

    Raises:
        InvalidState: nothing of the invoice can be credited.
        InvalidRequest: it makes no sense, or credits more than is left.
        NotFound: a line, a tax rate or a refund is not there.
    """
    return _drafted(invoice, wanted, credit_note_funds.charges_of(invoice), at=at)


def divided(invoice: Invoice, wanted: Wanted) -> tuple[int, int]:
    """Return what a credit note would come to, and how much of that was paid before and would be given back.

    Raises:
        InvalidState: nothing of the invoice can be credited.
        InvalidRequest: it makes no sense, or credits more than is left.
        NotFound: a line, a tax rate or a refund is not there.
    """
    charges = credit_note_funds.charges_of(invoice)
    total = sum(one.share.total for one in _worked_out(invoice, wanted, charges)[0])
    return total, total - min(total, _remaining(invoice))


def create(
    invoice: Invoice, wanted: Wanted, *, request_key: str | None = None, at: datetime
) -> CreditNote:
    """Issue a credit note and give back what was paid, and return it; its refund tells what became of that.

    No transaction may be open, since the gateway is asked for the refund.

    Args:
        request_key: the digest of the request's idempotency key: the same request finds the same credit note.

    Raises:
        InvalidState: nothing of the invoice can be credited, or what it took cannot be refunded.
        InvalidRequest: it makes no sense, or credits more than is left.
        NotFound: a line, a tax rate or a refund is not there.
    """
    note = _of_request(request_key)
    if note is None:
        try:
            note = _issued(invoice, wanted, request_key, at=at)
        except _REFUSED:
            note = _of_request(request_key)
            if note is None:
                raise  # else a process that died has written it down just now
    return _carried_on(note, at=at)


def is_voidable(note: CreditNote) -> bool:
    """Tell whether a credit note can be taken back."""
    try:
        _check_voidable(note, note.invoice)
    except InvalidState:
        return False
    return note.status == Status.ISSUED


def update(note: CreditNote, *, details: Mapping[str, Any], at: datetime) -> CreditNote:
    """Change a credit note's memo or metadata, which is merged; an empty value takes a key away."""
    with transaction.atomic(savepoint=False):
        row = _locked(note)
        before = events.spell(row)
        row.memo = details.get("memo", row.memo)
        row.metadata = customers.merged_metadata(row.metadata, details.get("metadata", {}))
        previous = events.difference(before, events.spell(row))
        row.save(update_fields=["memo", "metadata"])
        if previous:
            events.publish("credit_note.updated", row, previous=previous, at=at)
    return row


def void(note: CreditNote, *, at: datetime) -> CreditNote:
    """Take a credit note back: the invoice, which is still open, asks for the whole again.

    One that was to give back by refunds alone can be taken back when all of them have failed.

    Raises:
        InvalidState: it is void already, the invoice is no longer open, or something was given back.
    """
    with transaction.atomic(durable=True):
        credit_note_funds.lock_charges(note.invoice)
        with invoice_states.tracked(note.invoice, at=at) as invoice:
            test_clocks.check_steady(invoice)
            row = _locked(note)
            event = CreditNote.TRANSITIONS.event(row.status, Status.VOID, noun="credit note")
            _check_voidable(row, invoice)
            row.status, row.voided_at = Status.VOID, at
            row.save(update_fields=["status", "voided_at"])
            events.publish(event, row, at=at)
            _credit(invoice, -row.pre_payment_amount, -row.post_payment_amount)
    invoice_collecting.ask_for_rest(invoice, at=at)
    return row


# -- working it out ----------------------------------------------------------------------------------------------------


def _drafted(invoice: Invoice, wanted: Wanted, charges: Sequence[Charge], *, at: datetime) -> Draft:
    worked, links = _worked_out(invoice, wanted, charges)
    note = _note(invoice, wanted, worked, at=at)
    note.pre_payment_amount = min(note.total, _remaining(invoice))
    note.post_payment_amount = note.total - note.pre_payment_amount
    note.refund_amount = wanted.refund_amount + sum(link.amount for link in links)
    _check_ways(note)
    for line in (one.row for one in worked):
        line.credit_note, line.created_at = note, at
    for link in links:
        link.credit_note, link.created_at = note, at
    return Draft(note, [one.row for one in worked], links)


def _worked_out(
    invoice: Invoice, wanted: Wanted, charges: Sequence[Charge]
) -> tuple[list[Worked], list[CreditNoteRefund]]:
    """Return the lines, and the refunds that are accounted for; all of it is within what can be credited."""
    _check_invoice(invoice)
    worked = credit_note_lines.worked_out(invoice, _lines(wanted))
    links = credit_note_funds.linked(wanted.refunds, invoice, charges)
    total = sum(one.share.total for one in worked)
    _check_total(wanted, total, credit_note_funds.creditable(invoice, charges, links), invoice)
    return worked, links


def _remaining(invoice: Invoice) -> int:
    """Return what a credit note can lower: what an open invoice still asks for."""
    return invoice_states.remaining(invoice) if invoice.status == Invoice.Status.OPEN else 0


def _lines(wanted: Wanted) -> Sequence[WantedLine]:
    """Return the lines that are asked for; an amount alone is a line of its own, without tax."""
    if wanted.lines:
        return wanted.lines
    if wanted.amount is None:
        raise InvalidRequest(
            "One of the following params should be provided for this request: amount or lines.",
            param="amount",
            code="parameter_missing",
        )
    kind = CreditNoteLine.Kind.CUSTOM
    return [WantedLine(kind=kind, unit_amount=Decimal(wanted.amount), param="amount")]


def _note(
    invoice: Invoice, wanted: Wanted, worked: Sequence[Worked], *, at: datetime
) -> CreditNote:
    details = dict(wanted.details)
    cuts = _summed((cut.key, cut.amount) for one in worked for cut in one.share.discounts)
    return CreditNote.belonging_to(
        invoice,
        invoice=invoice,
        customer=invoice.customer,
        number=_number(invoice),
        currency=invoice.currency,
        reason=details.get("reason", ""),
        memo=details.get("memo", ""),
        metadata=customers.merged_metadata({}, details.get("metadata")),
        effective_at=details.get("effective_at") or at,
        subtotal=sum(one.subtotal for one in worked),
        subtotal_excluding_tax=sum(one.subtotal_excluding_tax for one in worked),
        total=sum(one.share.total for one in worked),
        total_excluding_tax=sum(one.share.total_excluding_tax for one in worked),
        discounts_shown=[[key, amount] for key, amount in cuts.items()],
        taxes_shown=_taxes(worked),
        credit_amount=wanted.credit_amount,
        out_of_band_amount=wanted.out_of_band_amount,
        created_at=at,
    )


def _summed(pairs: Any) -> dict[str, int]:
    amounts: dict[str, int] = {}
    for key, amount in pairs:
        amounts[key] = amounts.get(key, 0) + amount
    return amounts


def _taxes(worked: Sequence[Worked]) -> list[dict[str, Any]]:
    taxes = [tax for one in worked for tax in one.share.taxes]
    amounts = _summed((tax.key, tax.amount) for tax in taxes)
    taxable = _summed((tax.key, tax.taxable) for tax in taxes)
    first = {tax.key: tax for tax in reversed(taxes)}
    return credit_note_lines.taxes_shown(
        first[key]._replace(amount=amount, taxable=taxable[key]) for key, amount in amounts.items()
    )


def _number(invoice: Invoice) -> str:
    """Return the number of an invoice's next credit note; those that were voided have had theirs."""
    made = CreditNote.objects.filter(invoice=invoice).count()
    return f"{invoice.number}-CN-{made + 1:02d}"


# -- what is refused ---------------------------------------------------------------------------------------------------


def _check_invoice(invoice: Invoice) -> None:
    if invoice.status not in _CREDITABLE:
        raise InvalidState(
            f"A credit note can only be issued for an invoice that is open or paid; {invoice.pk} is {invoice.status}.",
            code="invoice_not_creditable",
        )


def _check_total(wanted: Wanted, total: int, most: int, invoice: Invoice) -> None:
    param = "lines" if wanted.lines else "amount"
    if wanted.lines and wanted.amount not in {None, total}:
        raise InvalidRequest(
            f"The amount ({wanted.amount}) must equal what the lines come to with tax ({total}).",
            param="amount",
        )
    if total < 1:
        raise InvalidRequest(
            f"A credit note must be of at least 1 in the currency's smallest unit, not of {total}.",
            param=param,
        )
    if total > most:
        raise InvalidRequest(
            f"The amount of the credit note ({total}) is greater than what can be credited of the invoice "
            f"{invoice.pk} ({most}).",
            param=param,
        )


def _check_ways(note: CreditNote) -> None:
    ways = note.credit_amount + note.refund_amount + note.out_of_band_amount
    if ways == note.post_payment_amount:
        return
    if not note.post_payment_amount:
        message = (
            "The invoice is not paid yet, so the credit note only lowers what is due: nothing can be refunded, "
            "credited to the balance, or given back elsewhere."
        )
    else:
        message = (
            f"The sum of what is refunded, credited to the balance and given back elsewhere ({ways}) must equal what "
            f"was paid already of the amount of the credit note ({note.post_payment_amount})."
        )
    raise InvalidRequest(message, param=_way_given(note))


def _way_given(note: CreditNote) -> str:
    ways = ("refund_amount", "credit_amount", "out_of_band_amount")
    return next((way for way in ways if getattr(note, way)), "credit_amount")


def _check_voidable(note: CreditNote, invoice: Invoice) -> None:
    if note.post_payment_amount and not credit_note_funds.has_failed(note):
        raise InvalidState(
            f"The credit note {note.pk} has given back what was paid, so it cannot be voided.",
            code="credit_note_not_voidable",
        )
    if note.pre_payment_amount and invoice.status != Invoice.Status.OPEN:
        raise InvalidState(
            f"A credit note that lowers what is due can only be voided while its invoice is open; {invoice.pk} is "
            f"{invoice.status}.",
            code="credit_note_not_voidable",
        )


# -- writing it down ---------------------------------------------------------------------------------------------------


def _issued(
    invoice: Invoice, wanted: Wanted, request_key: str | None, *, at: datetime
) -> CreditNote:
    with transaction.atomic(durable=True):
        charges = credit_note_funds.lock_charges(invoice)
        with invoice_states.tracked(invoice, at=at) as row:
            test_clocks.check_steady(row)
            draft = _drafted(row, wanted, charges, at=at)
            draft.note.request_key = request_key or None
            if wanted.refund_amount:
                draft.links.append(_refunded(draft.note, charges, wanted.refund_amount, at=at))
            _credit_balance(draft.note, row, at=at)
            statements.insert(draft.note, *draft.lines, *draft.links)
            events.publish("credit_note.created", draft.note, at=at)
            telling.of_credit_note(draft.note, at=at)
            _credit(row, draft.note.pre_payment_amount, draft.note.post_payment_amount)
            if row.status == Invoice.Status.OPEN and invoice_states.remaining(row) == 0:
                finalizing.conclude(row, at=at)
    return draft.note


def _refunded(
    note: CreditNote, charges: Sequence[Charge], amount: int, *, at: datetime
) -> CreditNoteRefund:
    reason = note.reason if note.reason in Refund.Reason.values else ""
    charge = credit_note_funds.to_refund(charges, amount)
    refund = refunds.begin(charge, amount=amount, reason=reason, at=at)
    return CreditNoteRefund.belonging_to(
        note, credit_note=note, refund=refund, amount=amount, created_at=at
    )


def _credit_balance(note: CreditNote, invoice: Invoice, *, at: datetime) -> None:
    """Put what a credit note gives back to the balance of the locked invoice's locked customer."""
    if not note.credit_amount:
        return
    customer = invoice.customer
    if customer.is_deleted:
        raise InvalidState(
            f"The customer {customer.pk} was deleted, so nothing can be credited to their balance.",
            code="customer_deleted",
        )
    with invoice_states.tracked_customer(customer, at=at):
        entry = balance_transactions.prepare(
            customer, amount=-note.credit_amount, currency=note.currency,
            kind=CustomerBalanceTransaction.Kind.CREDIT_NOTE, at=at,
        )  # fmt: skip
        entry.invoice_id, entry.credit_note_id = invoice.pk, note.pk
        entry.description = note.number
        entry.save(force_insert=True)
        customer.save(update_fields=["balance", "currency"])
        events.publish("customer.balance_transaction.created", entry, at=at)
    note.balance_transaction_id = entry.pk


def _credit(invoice: Invoice, before: int, after: int) -> None:
    """Count what is credited before and after payment on a locked invoice; negative where it is taken back."""
    invoice.pre_payment_credit += before
    invoice.post_payment_credit += after
    invoice.save(update_fields=["pre_payment_credit", "post_payment_credit"])
    if before:
        invoice_states.request_rest(invoice)


def _locked(note: CreditNote) -> CreditNote:
    CreditNote.objects.select_for_update(no_key=True, of=("self",)).get(pk=note.pk)
    return get(note.pk)


# -- what follows ------------------------------------------------------------------------------------------------------


def _carried_on(note: CreditNote, *, at: datetime) -> CreditNote:
    """Ask the gateway for what it may or may not have been asked for, and let the payment follow the invoice."""
    links = CreditNoteRefund.objects.filter(credit_note=note).select_related("refund")
    for link in links.filter(refund__status=Refund.Status.PENDING):
        refunds.carry_on(link.refund, at=at)
    note = get(note.pk)
    if note.pre_payment_amount:
        invoice_collecting.ask_for_rest(invoice_states.get(note.invoice_id), at=at)
    return note


def _of_request(request_key: str | None) -> CreditNote | None:
    if not request_key:
        return None
    return CreditNote.objects.filter(request_key=request_key).first()


_CREDITABLE = (Invoice.Status.OPEN, Invoice.Status.PAID)
