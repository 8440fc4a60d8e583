"""What a credit note takes back of an invoice's line: a part of its amount, and discounts and taxes in proportion.

Each part is worked out from all that was credited so far and this one together, less what was credited so far. So
rounding never adds up: the parts of a line that is credited in whole come to exactly what the line came to, however
it was divided and whatever was voided in between, and none of them is below zero. A credit (a negative line) is
credited as a charge is, with all signs turned.

Source: https://docs.stripe.com/invoicing/integration/programmatic-credit-notes
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from payments.billing.totals import Discount, Tax
from payments.money import allocate, rounded


@dataclass(frozen=True, slots=True)
class Share:
    """A line, or a part of one. Amounts are minor units.

    Args:
        amount: before discounts and before tax that is added.
        discounts: the line's own, and the invoice's.
        taxes: all on the same taxable amount.
    """

    amount: int
    discounts: tuple[Discount, ...] = ()
    taxes: tuple[Tax, ...] = ()

    @property
    def discounted(self) -> int:
        """What discounts leave of the amount."""
        return self.amount - sum(discount.amount for discount in self.discounts)

    @property
    def total_excluding_tax(self) -> int:
        """What it comes to without any tax."""
        return self.taxes[0].taxable if self.taxes else self.discounted

    @property
    def total(self) -> int:
        """What it comes to with all taxes."""
        return self.total_excluding_tax + sum(tax.amount for tax in self.taxes)

    @property
    def waived(self) -> int:
        """What of the amount is tax that the customer does not owe: an exempt one's."""
        included = sum(tax.amount for tax in self.taxes if tax.inclusive)
        return self.discounted - included - self.total_excluding_tax


def together(whole: Share, parts: Iterable[Share]) -> Share:
    """Return the sum of a line's parts, with the line's discounts and taxes in the line's order."""
    found = list(parts)
    cuts = [discount for part in found for discount in part.discounts]
    taxes = [tax for part in found for tax in part.taxes]
    return Share(
        sum(part.amount for part in found),
        tuple(
            Discount(key, sum(cut.amount for cut in cuts if cut.key == key))
            for key, _amount in whole.discounts
        ),
        tuple(
            tax._replace(
                amount=sum(other.amount for other in taxes if other.key == tax.key),
                taxable=sum(other.taxable for other in taxes if other.key == tax.key),
            )
            for tax in whole.taxes
        ),
    )


def part(whole: Share, credited: Share, amount: int) -> Share:
    """Return what is credited with a further part of a line's amount.

    Args:
        whole: the line.
        credited: all that was credited of it before, as `together` returns it.
        amount: of the line's sign, at most what is left.

    Raises:
        ValueError: that is more than is left, or of the other sign.
    """
    if whole.amount < 0:
        return _turned(part(_turned(whole), _turned(credited), -amount))
    left = whole.amount - credited.amount
    if not 0 <= amount <= left:
        message = f"{amount} cannot be credited of {left}."
        raise ValueError(message)
    if whole.amount == 0:
        return together(whole, [])
    so_far = Fraction(credited.amount + amount, whole.amount)
    cuts = _divided(
        [cut.amount for cut in whole.discounts], [cut.amount for cut in credited.discounts],
        so_far, left=left, amount=amount,
    )  # fmt: skip
    discounted = amount - sum(cuts)
    *included, waived = _divided(
        _contained(whole), _contained(credited), so_far,
        left=whole.discounted - credited.discounted, amount=discounted,
    )  # fmt: skip
    net = discounted - sum(included) - waived
    taxes = tuple(
        tax._replace(
            amount=inside if tax.inclusive else _step(tax.amount, before.amount, so_far),
            taxable=net,
        )
        for tax, before, inside in zip(whole.taxes, credited.taxes, included, strict=True)
    )
    named = zip(whole.discounts, cuts, strict=True)
    return Share(amount, tuple(Discount(cut.key, share) for cut, share in named), taxes)


def of_quantity(amount: int, *, of: int, before: int, credited: int, quantity: int) -> int:
    """Return the amount that further pieces of a line come to.

    Args:
        amount: the line's.
        of: how many pieces the line has.
        before: how many were credited before, for `credited` minor units.
        quantity: how many more are.
    """
    sign = -1 if amount < 0 else 1
    so_far = rounded(Fraction(abs(amount) * (before + quantity), of))
    return sign * max(so_far - abs(credited), 0)


def _turned(share: Share) -> Share:
    return Share(
        -share.amount,
        tuple(Discount(key, -amount) for key, amount in share.discounts),
        tuple(tax._replace(amount=-tax.amount, taxable=-tax.taxable) for tax in share.taxes),
    )


def _contained(share: Share) -> list[int]:
    """Return what of the discounted amount is tax of each rate, nothing of those on top, and what is waived."""
    return [*(tax.amount if tax.inclusive else 0 for tax in share.taxes), share.waived]


def _divided(
    wholes: Sequence[int], before: Sequence[int], so_far: Fraction, *, left: int, amount: int
) -> list[int]:
    """Return this part's share of several things that all come out of an amount, of which `left` was left.

    Neither this part nor what stays behind it may come to less than nothing.
    """
    lefts = [whole - one for whole, one in zip(wholes, before, strict=True)]
    all_left = sum(lefts)
    taken = _step(sum(wholes), sum(before), so_far)
    taken = min(max(taken, all_left - (left - amount), 0), all_left, amount)
    return allocate(taken, lefts) if taken else [0] * len(lefts)


def _step(whole: int, before: int, so_far: Fraction) -> int:
    return max(rounded(whole * so_far) - before, 0)
