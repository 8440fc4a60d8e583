"""Where what a credit note gives back comes from: the invoice's charges, their refunds, and what is left of both."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Sum

from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from payments.billing.models import CreditNote, CreditNoteRefund, Invoice, InvoicePayment
from payments.models import Charge, Refund


@dataclass(frozen=True, slots=True)
class WantedRefund:
    """A refund that was made before, and that a credit note accounts for.

    Args:
        refund: its id.
        amount: minor units; all that no other credit note accounts for when absent.
        param: where in the request it stands.
    """

    refund: str
    amount: int | None = None
    param: str = ""


def charges_of(invoice: Invoice) -> list[Charge]:
    """Return the charges that paid an invoice, the newest first."""
    return list(_charges(invoice).order_by("-created_at", "-id"))


def lock_charges(invoice: Invoice) -> list[Charge]:
    """Lock the charges that paid an invoice, before their customer and the invoice are locked, and return them."""
    rows = _charges(invoice).order_by("id").select_for_update(no_key=True, of=("self",))
    return sorted(rows, key=lambda charge: (charge.created_at, charge.pk), reverse=True)


def creditable(
    invoice: Invoice, charges: Iterable[Charge], links: Iterable[CreditNoteRefund] = ()
) -> int:
    """Return how much of an invoice can be credited yet, in minor units.

    What was refunded beside credit notes counts as given back, unless this credit note accounts for it now.

    Args:
        links: unsaved, of the credit note that is being made.
    """
    refunded = _given(charges)
    counted = _counted(refunded) + sum(link.amount for link in links)
    beside = max(sum(refund.amount for refund in refunded) - counted, 0)
    credited = invoice.pre_payment_credit + invoice.post_payment_credit
    return max(invoice.total - credited - beside, 0)


def linked(
    wanted: Sequence[WantedRefund], invoice: Invoice, charges: Iterable[Charge]
) -> list[CreditNoteRefund]:
    """Return the unsaved rows by which a credit note accounts for refunds that there are.

    Raises:
        NotFound: there is no such refund.
        InvalidRequest: it is not the invoice's, failed, or was accounted for before.
    """
    given = {refund.pk: refund for refund in _given(charges)}
    found: dict[str, CreditNoteRefund] = {}
    for one in wanted:
        if one.refund in found:
            raise InvalidRequest(
                f"The refund {one.refund} is there twice.", param=f"{one.param}[refund]"
            )
        refund = given.get(one.refund)
        if refund is None:
            raise _not_of_invoice(one, invoice)
        left = refund.amount - _counted([refund])
        amount = left if one.amount is None else one.amount
        if not 0 < amount <= left:
            raise InvalidRequest(
                f"Of the refund {refund.pk}, {left} of {refund.amount} can be accounted for by a credit note.",
                param=one.param if one.amount is None else f"{one.param}[amount_refunded]",
            )
        found[refund.pk] = CreditNoteRefund.belonging_to(invoice, refund=refund, amount=amount)
    return list(found.values())


def to_refund(charges: Iterable[Charge], amount: int) -> Charge:
    """Return the charge that an amount can be refunded of.

    Raises:
        InvalidState: none has so much left.
    """
    for charge in charges:
        if charge.amount_refundable >= amount:
            return charge
    raise InvalidState(
        f"The invoice has no charge of which {amount} can be refunded.",
        code="charge_not_refundable",
    )


def has_failed(note: CreditNote) -> bool:
    """Tell whether a credit note was to give back by refunds only, and all of them have failed."""
    if note.credit_amount or note.out_of_band_amount or not note.refund_amount:
        return False
    rows = CreditNoteRefund.objects.filter(credit_note=note)
    return not rows.exclude(refund__status=Refund.Status.FAILED).exists()


def _charges(invoice: Invoice):  # type: ignore[no-untyped-def]  # noqa: ANN202 -- a queryset, inferred
    paid = InvoicePayment.objects.filter(
        invoice=invoice, status=InvoicePayment.Status.PAID, payment_intent__isnull=False
    )
    return Charge.objects.select_related("gateway_account").filter(
        payment_intent__in=paid.values("payment_intent_id"), status=Charge.Status.SUCCEEDED
    )


def _given(charges: Iterable[Charge]) -> list[Refund]:
    """Return what was or is being given back of charges."""
    rows = Refund.objects.filter(charge__in=list(charges)).exclude(status=Refund.Status.FAILED)
    return list(rows)


def _counted(refunds: Iterable[Refund]) -> int:
    """Return how much of refunds issued credit notes account for."""
    rows = CreditNoteRefund.objects.filter(
        refund__in=list(refunds), credit_note__status=CreditNote.Status.ISSUED
    )
    return int(rows.aggregate(sum=Sum("amount"))["sum"] or 0)


def _not_of_invoice(wanted: WantedRefund, invoice: Invoice) -> NotFound | InvalidRequest:
    refund = Refund.objects.filter(pk=wanted.refund).first()
    if refund is None:
        return NotFound(f"No such refund: '{wanted.refund}'", param=f"{wanted.param}[refund]")
    said = "has failed" if refund.status == Refund.Status.FAILED else "is not of a payment for it"
    return InvalidRequest(
        f"The refund {refund.pk} cannot be linked to a credit note of the invoice {invoice.pk}: it {said}.",
        param=f"{wanted.param}[refund]",
    )
