"""What an invoice comes to, worked out from its lines, discounts and tax rates, and what is due of that."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from customers.models import Customer
from payments.billing import totals
from payments.billing.models import Discount, Invoice, InvoiceLine, TaxRate
from payments.billing.services import discounts, invoice_shipping, tax_rates
from payments.billing.totals import Cut, Rate


def work_out(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    *,
    customer: Customer,
    given: Sequence[Discount] | None = None,
) -> list[Discount]:
    """Set the amounts of a draft and of its lines, unsaved, and return the discounts that took part.

    Args:
        given: the invoice's own discounts, in order; where absent, those that it has.
    """
    wanted = [pk for pk, _amount in invoice.discounts_shown] if given is None else []
    known = _discounts([*wanted, *(pk for line in lines for pk in line.discount_ids)])
    own = list(given) if given is not None else [known[pk] for pk in wanted if pk in known]
    known |= {discount.pk: discount for discount in own}
    rates = _rates(invoice, lines)
    exemption: totals.Exemption = customer.tax_exempt  # type: ignore[assignment]  # the column's choices
    found = totals.totals(
        [_line(invoice, line, known, rates) for line in lines],
        cuts(own, invoice.currency),
        exemption=exemption,
    )
    for line, part in zip(lines, found.lines, strict=True):
        line.discounts_shown = [[cut.key, cut.amount] for cut in part.discounts]
        line.taxes_shown = [totals.shown(tax) for tax in part.taxes]
    invoice.subtotal, invoice.total = found.subtotal, found.total
    invoice.subtotal_excluding_tax = found.subtotal_excluding_tax
    invoice.total_excluding_tax = found.total_excluding_tax
    amounts = {discount.pk: 0 for discount in own} | found.discounts
    invoice.discounts_shown = [[pk, amount] for pk, amount in amounts.items() if _is_of(pk, own)]
    invoice.taxes_shown = [totals.shown(tax) for tax in found.taxes.values()]
    shipping = invoice_shipping.worked_out(invoice, rates, exemption)
    if shipping is not None:
        invoice.total += shipping.total
        invoice.total_excluding_tax += shipping.total_excluding_tax
        invoice.taxes_shown = invoice_shipping.together(
            invoice.taxes_shown, invoice.shipping_shown["taxes"]
        )
    expect(invoice, customer)
    return [known[pk] for pk in amounts]


def expect(invoice: Invoice, customer: Customer) -> None:
    """Set what will be due of a draft, with the customer's balance as it is now."""
    invoice.starting_balance = balance_of(customer, invoice.currency)
    invoice.amount_due = max(invoice.total + invoice.starting_balance, 0)


def balance_of(customer: Customer, currency: str) -> int:
    """Return the customer's balance where it counts for an invoice in a currency: negative is credit."""
    return customer.balance if customer.currency == currency else 0


AMOUNTS = (
    "subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax", "discounts_shown", "taxes_shown",
    "shipping_shown", "starting_balance", "amount_due",
)  # fmt: skip
"""The columns of an invoice that `work_out` sets."""

LINE_AMOUNTS = ("discounts_shown", "taxes_shown")


def _is_of(pk: str, own: Iterable[Discount]) -> bool:
    return any(discount.pk == pk for discount in own)


def _discounts(wanted: Iterable[str]) -> dict[str, Discount]:
    """Return discounts by id, but for those that another invoice has used up."""
    ids = set(wanted)
    if not ids:
        return {}
    rows = Discount.objects.select_related("coupon").filter(pk__in=ids, used_at=None)
    return {discount.pk: discount for discount in rows}


def _rates(invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[str, TaxRate]:
    wanted = set(invoice.tax_rate_ids)
    for line in lines:
        wanted.update(line.tax_rate_ids or ())
    return tax_rates.by_id(wanted)


def _line(
    invoice: Invoice,
    line: InvoiceLine,
    known: Mapping[str, Discount],
    rates: Mapping[str, TaxRate],
) -> totals.Line:
    of_line = invoice.tax_rate_ids if line.tax_rate_ids is None else line.tax_rate_ids
    price = line.price
    return totals.Line(
        amount=line.amount,
        is_discountable=line.is_discountable,
        discounts=cuts([known[pk] for pk in line.discount_ids if pk in known], invoice.currency),
        taxes=tuple(rate_of(rates[pk]) for pk in of_line if pk in rates),
        product="" if price is None else price.product_id,
    )


def cuts(found: Iterable[Discount], currency: str) -> tuple[Cut, ...]:
    """Return what discounts take off in a currency, in order, in the terms of the arithmetic."""
    each = (discounts.cut(discount, currency) for discount in found)
    return tuple(cut for cut in each if cut is not None)


def rate_of(rate: TaxRate) -> Rate:
    """Return a tax rate in the terms of the arithmetic."""
    return Rate(rate.pk, Fraction(rate.percentage), rate.is_inclusive)
