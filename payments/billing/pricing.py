"""What a quantity costs: per unit, in packages, or in tiers.

Amounts are exact minor units, since a price may have twelve digits after the point; a line is rounded once, half away
from zero.

Source: https://docs.stripe.com/subscriptions/pricing-models/tiered-pricing;
https://docs.stripe.com/billing/subscriptions/usage-based/transform-quantities
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from payments.money import rounded


@dataclass(frozen=True, slots=True)
class Tier:
    """A range of quantities.

    Args:
        up_to: the last quantity in it; without end where absent, as the last tier's is.
        unit: for each unit in it.
        flat: once for the tier.
    """

    up_to: int | None
    unit: Fraction | None = None
    flat: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Pricing:
    """How a price is computed.

    Args:
        unit: of `per_unit`.
        tiers_mode: of `tiered`: the tier of the whole quantity holds for all units (`volume`), or each tier for those
            within it (`graduated`).
        tiers: of `tiered`, rising.
        divide_by: of `per_unit`: the units of a package, which `unit` then is for.
        round_up: a package that is begun counts as one, or else as none.
    """

    scheme: Literal["per_unit", "tiered"]
    unit: Fraction = Fraction(0)
    tiers_mode: Literal["", "graduated", "volume"] = ""
    tiers: tuple[Tier, ...] = ()
    divide_by: int = 1
    round_up: bool = False


class Piece(NamedTuple):
    """What one tier adds: `quantity` of its units, at `amount` exact minor units."""

    tier: Tier
    quantity: int
    amount: Fraction


def amount(pricing: Pricing, quantity: int) -> int:
    """Return what a quantity costs, in minor units.

    Args:
        quantity: from 0; where it is 0, the first tier's flat amount is due all the same.
    """
    if pricing.scheme == "tiered":
        return rounded(sum((piece.amount for piece in pieces(pricing, quantity)), Fraction(0)))
    return rounded(pricing.unit * _packages(pricing, quantity))


def pieces(pricing: Pricing, quantity: int) -> list[Piece]:
    """Return the tiers that a quantity touches; their amounts add up to what it costs before it is rounded."""
    if pricing.tiers_mode == "volume":
        return [_piece(_tier_of(pricing, quantity), quantity)]
    return list(_graduated(pricing, quantity))


def _packages(pricing: Pricing, quantity: int) -> int:
    if pricing.round_up:
        return -(-quantity // pricing.divide_by)
    return quantity // pricing.divide_by


def _tier_of(pricing: Pricing, quantity: int) -> Tier:
    return next(tier for tier in pricing.tiers if tier.up_to is None or quantity <= tier.up_to)


def _graduated(pricing: Pricing, quantity: int) -> Iterator[Piece]:
    below = 0
    for tier in pricing.tiers:
        last = quantity if tier.up_to is None else min(quantity, tier.up_to)
        yield _piece(tier, last - below)
        if last == quantity:
            return
        below = last


def _piece(tier: Tier, quantity: int) -> Piece:
    cost = (tier.unit or Fraction(0)) * quantity + (tier.flat or Fraction(0))
    return Piece(tier, quantity, cost)
