"""Money: whole minor units of a currency, added and split without losing any.

A currency's digits are in `customers.kit.currencies`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

MOST = 99_999_999  # minor units of one charge, Stripe's limit of eight digits


@dataclass(frozen=True, slots=True)
class Money:
    """An amount.

    Args:
        amount: minor units; negative where money goes the other way.
        currency: lowercase ISO 4217.
    """

    amount: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            message = f"{self.currency} and {other.currency} cannot be added."
            raise ValueError(message)
        return other.amount


def rounded(value: Fraction) -> int:
    """Return the nearest whole number; halves go away from zero."""
    sign = -1 if value < 0 else 1
    return sign * int(abs(value) + Fraction(1, 2))


def share(amount: int, basis_points: int) -> int:
    """Return that many ten-thousandths of an amount, rounded half away from zero."""
    return rounded(Fraction(amount * basis_points, 10_000))


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights so that the parts add up to it: largest remainder first, ties to the front.

    Raises:
        ValueError: a weight is negative, or all are zero.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        message = "Weights must be positive, at least one of them."
        raise ValueError(message)
    sign, whole = (-1, -amount) if amount < 0 else (1, amount)
    parts = [whole * weight // total for weight in weights]
    rests = [whole * weight % total for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: (-rests[place], place))
    for place in order[: whole - sum(parts)]:
        parts[place] += 1
    return [sign * part for part in parts]
