"""Credit and debit where something changes inside a period that was billed in advance.

The time that is left is measured in whole seconds against the whole period. What an amount leaves for that time is
rounded; what is credited for the old price and what is debited for the new one are both such remainders, never the
part that was used up. So a change that is undone at the same instant costs nothing, and of a price that is debited at
one instant and credited at a later one exactly the difference stays: over any number of changes nothing is lost.

Stripe counts a discount into the amounts: give what the line cost after it.

Source: https://docs.stripe.com/billing/subscriptions/prorations
"""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from payments.money import rounded

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def fraction(period_start: datetime, period_end: datetime, at: datetime) -> Fraction:
    """Return how much of a period is left, from 1 at its start and before to 0 at its end and after."""
    start, end, now = (_seconds(instant) for instant in (period_start, period_end, at))
    if now >= end:
        return Fraction(0)
    return Fraction(end - max(now, start), end - start)


def debit(amount: int, left: Fraction) -> int:
    """Return what an amount for a whole period comes to for what is left of it, in minor units.

    Args:
        left: see `fraction`.
    """
    return rounded(amount * left)


def credit(amount: int, left: Fraction) -> int:
    """Return what is given back of an amount that was billed for the whole period: negative minor units.

    Args:
        left: see `fraction`.
    """
    return -debit(amount, left)


def _seconds(at: datetime) -> int:
    return (at - _EPOCH) // _SECOND
