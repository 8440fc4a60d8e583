"""The lines of a credit note: worked out from what is to be credited and what was credited before.

Whoever writes them holds the invoice's lock, so that nobody credits the same at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from customers.kit.errors import InvalidRequest, NotFound
from payments.billing import totals
from payments.billing.crediting import Share, of_quantity, part, together
from payments.billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, TaxRate
from payments.billing.services import tax_rates
from payments.billing.totals import Discount, Rate, Tax
from payments.money import rounded

Kind = CreditNoteLine.Kind


@dataclass(frozen=True, slots=True)
class WantedLine:
    """A line that a credit note is to have.

    Args:
        kind: a `CreditNoteLine.Kind`.
        invoice_line: the id of the invoice's line that is credited, or empty.
        amount: of the invoice's line, before discounts and before tax that is added; or else
        quantity: how many pieces; of a line of its own it multiplies `unit_amount`.
        unit_amount: minor units, exact, of a line of its own.
        tax_rates: those of a line of its own.
        param: where in the request it stands.
    """

    kind: str
    invoice_line: str = ""
    amount: int | None = None
    quantity: int | None = None
    unit_amount: Decimal | None = None
    description: str = ""
    tax_rates: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    param: str = ""


@dataclass(frozen=True, slots=True)
class Worked:
    """A line with the share that it credits.

    Args:
        row: unsaved, of no credit note yet.
        subtotal: minor units after the line's own discounts.
        subtotal_excluding_tax: the same without the taxes that it includes.
    """

    row: CreditNoteLine
    share: Share
    subtotal: int
    subtotal_excluding_tax: int


def worked_out(invoice: Invoice, wanted: Sequence[WantedLine]) -> list[Worked]:
    """Return the lines of a credit note in order.

    Raises:
        InvalidRequest: one makes no sense, or credits more than is left.
        NotFound: the invoice has no such line, or the site no such tax rate.
    """
    whole = {line.pk: line for line in InvoiceLine.objects.filter(invoice=invoice)}
    before = _credited(invoice)
    found = []
    for position, line in enumerate(wanted):
        if line.kind == Kind.INVOICE_LINE:
            of = _invoice_line(line, whole)
            one = _of_line(invoice, of, line, before[of.pk])
            before[of.pk].append(one.row)
        else:
            one = _of_its_own(invoice, line)
        one.row.position = position
        found.append(one)
    return found


def share_of(line: InvoiceLine | CreditNoteLine) -> Share:
    """Return a line's amount with its discounts and taxes."""
    return Share(
        line.amount,
        tuple(Discount(key, amount) for key, amount in line.discounts_shown),
        tuple(
            Tax(tax["id"], tax["amount"], tax["taxable_amount"], tax["is_inclusive"], tax["reason"])
            for tax in line.taxes_shown
        ),
    )


def left_of(invoice: Invoice) -> list[tuple[InvoiceLine, int]]:
    """Return the lines of an invoice, each with what of its amount was not credited yet."""
    before = _credited(invoice)
    rows = InvoiceLine.objects.filter(invoice=invoice).order_by("position")
    return [(row, row.amount - sum(line.amount for line in before[row.pk])) for row in rows]


def taxes_shown(taxes: Iterable[Tax]) -> list[dict[str, Any]]:
    """Return taxes as rows keep them."""
    return [totals.shown(tax) for tax in taxes]


def _credited(invoice: Invoice) -> dict[str, list[CreditNoteLine]]:
    """Return what issued credit notes credit of an invoice's lines, by line."""
    issued = CreditNote.objects.filter(invoice=invoice, status=CreditNote.Status.ISSUED)
    rows = CreditNoteLine.objects.filter(credit_note__in=issued, invoice_line__isnull=False)
    found: dict[str, list[CreditNoteLine]] = defaultdict(list)
    for row in rows:
        found[str(row.invoice_line_id)].append(row)
    return found


def _invoice_line(wanted: WantedLine, whole: Mapping[str, InvoiceLine]) -> InvoiceLine:
    if wanted.unit_amount is not None or wanted.tax_rates or wanted.description:
        raise InvalidRequest(
            "A line with the type `invoice_line_item` takes its description, its unit amount and its taxes from the "
            "invoice's line.",
            param=wanted.param,
        )
    if not wanted.invoice_line:
        raise InvalidRequest(
            f"Missing required param: {wanted.param}[invoice_line_item].",
            param=f"{wanted.param}[invoice_line_item]",
            code="parameter_missing",
        )
    if (wanted.amount is None) == (wanted.quantity is None):
        raise InvalidRequest(
            "You must give either `amount` or `quantity` for a line with the type `invoice_line_item`.",
            param=wanted.param,
        )
    if wanted.invoice_line not in whole:
        raise NotFound(
            f"No such invoice line item: '{wanted.invoice_line}'",
            param=f"{wanted.param}[invoice_line_item]",
        )
    return whole[wanted.invoice_line]


def _of_line(
    invoice: Invoice, line: InvoiceLine, wanted: WantedLine, before: Sequence[CreditNoteLine]
) -> Worked:
    whole = share_of(line)
    credited = together(whole, [share_of(row) for row in before])
    amount = wanted.amount
    if amount is None:
        amount = _of_pieces(line, wanted, before)
    _check_left(line, amount, line.amount - credited.amount, wanted)
    share = part(whole, credited, amount)
    row = _row(invoice, share, wanted, invoice_line=line, description=line.description)
    own = sum(discount.amount for discount in share.discounts if discount.key in line.discount_ids)
    rates = tax_rates.by_id(tax.key for tax in share.taxes)
    return _worked(row, share, amount - own, [rates[tax.key] for tax in share.taxes])


def _of_pieces(line: InvoiceLine, wanted: WantedLine, before: Sequence[CreditNoteLine]) -> int:
    """Return the amount of so many pieces of a line."""
    pieces = [row for row in before if row.quantity is not None]
    count, quantity = sum(row.quantity or 0 for row in pieces), wanted.quantity or 0
    if count + quantity > (line.quantity or 1):
        raise InvalidRequest(
            f"The quantity ({quantity}) is greater than what is left to credit of the invoice line item {line.pk} "
            f"({(line.quantity or 1) - count}).",
            param=f"{wanted.param}[quantity]",
        )
    return of_quantity(
        line.amount, of=line.quantity or 1, before=count,
        credited=sum(row.amount for row in pieces), quantity=quantity,
    )  # fmt: skip


def _check_left(line: InvoiceLine, amount: int, left: int, wanted: WantedLine) -> None:
    sign = -1 if line.amount < 0 else 1
    if 0 < amount * sign <= left * sign:
        return
    of = "quantity" if wanted.amount is None else "amount"
    if left == 0:
        message = f"The invoice line item {line.pk} has nothing left to credit."
    elif sign < 0:
        message = (
            f"The amount credited of the invoice line item {line.pk}, which is negative, must be from {left} to "
            f"-1, not {amount}."
        )
    else:
        message = f"The amount credited of the invoice line item {line.pk} must be from 1 to {left}, not {amount}."
    raise InvalidRequest(message, param=f"{wanted.param}[{of}]")


def _of_its_own(invoice: Invoice, wanted: WantedLine) -> Worked:
    if wanted.invoice_line or wanted.amount is not None:
        given = "invoice_line_item" if wanted.invoice_line else "amount"
        raise InvalidRequest(
            f"`{given}` is only for lines with the type `invoice_line_item`.",
            param=f"{wanted.param}[{given}]",
        )
    if wanted.unit_amount is None:
        raise InvalidRequest(
            "A line with the type `custom_line_item` needs a `unit_amount` or a `unit_amount_decimal`.",
            param=f"{wanted.param}[unit_amount]",
            code="parameter_missing",
        )
    ids = tax_rates.resolve(wanted.tax_rates, param=f"{wanted.param}[tax_rates]")
    found = tax_rates.by_id(ids)
    rates = [found[pk] for pk in ids]
    amount = rounded(Fraction(wanted.unit_amount) * (wanted.quantity or 1))
    (line,) = _totals(amount, rates, invoice.customer_shown.get("tax_exempt") or "none").lines
    share = Share(amount, (), line.taxes)
    row = _row(invoice, share, wanted, description=wanted.description)
    row.quantity, row.unit_amount_decimal = wanted.quantity or 1, wanted.unit_amount
    return _worked(row, share, amount, rates)


def _row(
    invoice: Invoice,
    share: Share,
    wanted: WantedLine,
    *,
    description: str,
    invoice_line: InvoiceLine | None = None,
) -> CreditNoteLine:
    return CreditNoteLine.belonging_to(
        invoice,
        kind=wanted.kind,
        invoice_line=invoice_line,
        amount=share.amount,
        quantity=wanted.quantity,
        description=description,
        discounts_shown=[[key, amount] for key, amount in share.discounts],
        taxes_shown=taxes_shown(share.taxes),
        metadata=dict(wanted.metadata),
    )


def _worked(row: CreditNoteLine, share: Share, subtotal: int, rates: Sequence[TaxRate]) -> Worked:
    without = _totals(subtotal, rates, "none").subtotal_excluding_tax
    return Worked(row, share, subtotal, without)


def _totals(amount: int, rates: Iterable[TaxRate], exemption: totals.Exemption) -> totals.Totals:
    taxes = tuple(Rate(rate.pk, Fraction(rate.percentage), rate.is_inclusive) for rate in rates)
    return totals.totals([totals.Line(amount, taxes=taxes)], exemption=exemption)
