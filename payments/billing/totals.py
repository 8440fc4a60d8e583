"""Lines of an invoice to its subtotal, discounts, taxes and total; all in minor units of one currency.

Discounts come first, each taken from what the ones before it left: a line's own, and then the invoice's. A percentage
counts for charges and for credits (negative lines) alike. An amount is taken off the sum of the lines that it may
touch, never below zero, and spread over their charges by size. Either is rounded once and then split, so that the
parts add up. A credit that no discount may touch, as Stripe's prorations, stays whole: a total can be below zero.

Taxes are computed on what is left of each line, rounded line by line, and added up by rate. Rates that the amount
includes are taken out first; the others come on top of the rest. A customer who is exempt, or owes the tax himself
(`reverse`), pays none, not even what the amount includes.

Source: https://docs.stripe.com/tax/tax-rates; https://docs.stripe.com/billing/subscriptions/coupons;
https://docs.stripe.com/api/invoices/object
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from payments.money import allocate, rounded

Exemption = Literal["none", "exempt", "reverse"]
# Stripe's words for tax rates that a merchant keeps; "standard_rated" and the like are for those that it computes.
REASONS: dict[Exemption, str] = {
    "none": "not_available",
    "exempt": "customer_exempt",
    "reverse": "reverse_charge",
}


@dataclass(frozen=True, slots=True)
class Cut:
    """A discount: a percentage, or else an amount.

    Args:
        key: what the result calls it.
        percent: above 0, up to 100.
        amount_off: minor units.
        products: the products it is for; all where absent.
    """

    key: str
    percent: Fraction | None = None
    amount_off: int | None = None
    products: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax rate.

    Args:
        key: what the result calls it.
        percent: from 0.
        inclusive: whether amounts contain it.
    """

    key: str
    percent: Fraction
    inclusive: bool


@dataclass(frozen=True, slots=True)
class Line:
    """What is asked for.

    Args:
        amount: negative for a credit.
        is_discountable: whether any discount may touch it; Stripe's prorations are not.
        discounts: its own, in order.
        taxes: its own, or the invoice's where it has none.
        product: what it is for; empty where it is for none.
    """

    amount: int
    is_discountable: bool = True
    discounts: tuple[Cut, ...] = ()
    taxes: tuple[Rate, ...] = ()
    product: str = ""

    def takes(self, cut: Cut) -> bool:
        """Return whether a discount may touch it."""
        return self.is_discountable and (cut.products is None or self.product in cut.products)


class Discount(NamedTuple):
    """What a cut takes off a line; negative off a credit."""

    key: str
    amount: int


class Tax(NamedTuple):
    """What a rate comes to, on `taxable`, which contains no tax; `reason` is Stripe's `taxability_reason`."""

    key: str
    amount: int
    taxable: int
    inclusive: bool
    reason: str


@dataclass(frozen=True, slots=True)
class LineTotals:
    """A line after discounts: with all its taxes (`total`) and without any."""

    discounts: tuple[Discount, ...]
    taxes: tuple[Tax, ...]
    total: int
    total_excluding_tax: int


@dataclass(frozen=True, slots=True)
class Totals:
    """An invoice.

    Args:
        subtotal: what the lines and their own discounts come to, with the taxes that amounts include.
        subtotal_excluding_tax: the same without those.
        total: after all discounts, with taxes.
        total_excluding_tax: the same without any.
        discounts: amounts by the key of their cut.
        taxes: by the key of their rate.
        lines: in the order of the lines.
    """

    subtotal: int
    subtotal_excluding_tax: int
    total: int
    total_excluding_tax: int
    discounts: dict[str, int]
    taxes: dict[str, Tax]
    lines: tuple[LineTotals, ...]


def totals(
    lines: Sequence[Line], cuts: Sequence[Cut] = (), exemption: Exemption = "none"
) -> Totals:
    """Return what an invoice comes to.

    Args:
        cuts: the invoice's own discounts, in order.
        exemption: the customer's.
    """
    rows = [_Row(line, line.amount) for line in lines]
    for row in rows:
        for cut in row.line.discounts:
            _take(cut, [row])
    subtotal = sum(row.left for row in rows)
    subtotal_excluding_tax = sum(_net(row) for row in rows)
    for cut in cuts:
        _take(cut, rows)
    each = tuple(_taxed(row, exemption) for row in rows)
    return Totals(
        subtotal=subtotal,
        subtotal_excluding_tax=subtotal_excluding_tax,
        total=sum(line.total for line in each),
        total_excluding_tax=sum(line.total_excluding_tax for line in each),
        discounts=_by_cut(each),
        taxes=_by_rate(each),
        lines=each,
    )


def shown(tax: Tax) -> dict[str, Any]:
    """Return a tax as rows keep it."""
    return {
        "id": tax.key,
        "amount": tax.amount,
        "taxable_amount": tax.taxable,
        "is_inclusive": tax.inclusive,
        "reason": tax.reason,
    }


def without_tax(amount: int, percents: Iterable[Decimal]) -> int:
    """Return an amount without the taxes of these rates, which it includes."""
    together = sum((Fraction(percent) for percent in percents), Fraction(0))
    return amount - rounded(amount * together / (100 + together))


@dataclass(slots=True)
class _Row:
    """A line while discounts are taken: what is left of it, and what went where."""

    line: Line
    left: int
    discounts: list[Discount] = field(default_factory=list)


def _take(cut: Cut, rows: Sequence[_Row]) -> None:
    touched = [row for row in rows if row.line.takes(cut)]
    shares = _shares(cut, [row.left for row in touched])
    for row, share in zip(touched, shares, strict=True):
        row.left -= share
        row.discounts.append(Discount(cut.key, share))


def _shares(cut: Cut, amounts: list[int]) -> list[int]:
    """Return what a cut takes from each amount."""
    charges = [max(amount, 0) for amount in amounts]
    if cut.percent is None:
        return _split(max(min(cut.amount_off or 0, sum(amounts)), 0), charges)
    credited = [max(-amount, 0) for amount in amounts]
    of_charges = _split(rounded(sum(charges) * cut.percent / 100), charges)
    of_credits = _split(rounded(sum(credited) * cut.percent / 100), credited)
    return [one - other for one, other in zip(of_charges, of_credits, strict=True)]


def _split(amount: int, weights: list[int]) -> list[int]:
    return allocate(amount, weights) if amount else [0] * len(weights)


def _taxed(row: _Row, exemption: Exemption) -> LineTotals:
    rates, net, reason = row.line.taxes, _net(row), REASONS[exemption]
    due = [0] * len(rates)
    if exemption == "none":
        due = [
            inside if rate.inclusive else rounded(net * rate.percent / 100)
            for rate, inside in zip(rates, _contained(rates, row.left), strict=True)
        ]
    taxes = tuple(
        Tax(rate.key, amount, net, rate.inclusive, reason)
        for rate, amount in zip(rates, due, strict=True)
    )
    return LineTotals(tuple(row.discounts), taxes, net + sum(due), net)


def _net(row: _Row) -> int:
    return row.left - sum(_contained(row.line.taxes, row.left))


def _contained(rates: Sequence[Rate], gross: int) -> list[int]:
    """Return how much of an amount is tax of each rate: nothing of those that it does not include."""
    if not rates:
        return []
    percents = [rate.percent if rate.inclusive else Fraction(0) for rate in rates]
    together = sum(percents, Fraction(0))
    whole = math.lcm(*(percent.denominator for percent in percents))
    return _split(
        rounded(gross * together / (100 + together)), [int(percent * whole) for percent in percents]
    )


def _by_cut(lines: Iterable[LineTotals]) -> dict[str, int]:
    amounts: dict[str, int] = {}
    for line in lines:
        for key, amount in line.discounts:
            amounts[key] = amounts.get(key, 0) + amount
    return amounts


def _by_rate(lines: Iterable[LineTotals]) -> dict[str, Tax]:
    taxes: dict[str, Tax] = {}
    for line in lines:
        for tax in line.taxes:
            so_far = taxes.get(tax.key, tax._replace(amount=0, taxable=0))
            taxes[tax.key] = tax._replace(
                amount=so_far.amount + tax.amount, taxable=so_far.taxable + tax.taxable
            )
    return taxes
