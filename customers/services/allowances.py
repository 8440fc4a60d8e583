"""Allowances: how often something may be done in a while, by whom or from where; in the memory of each process.

They keep a flood from being worth its while. Behind several processes each has its own count, and a restart forgets.
"""

import time
from dataclasses import dataclass

from customers.kit.errors import RateLimited

_MOST_KNOWN = 20_000  # of which the oldest are forgotten


@dataclass(frozen=True, slots=True)
class Allowance:
    """How often something may be done.

    Args:
        name: what is done, and whose count it is.
        most: at once; so often again in each `seconds`.
    """

    name: str
    most: int
    seconds: int


_left: dict[tuple[str, str], tuple[float, float]] = {}
"""By allowance and whose it is: what is left, and when that was counted."""


def spend(allowance: Allowance, whose: str) -> None:
    """Take one off what is left, which grows back evenly.

    Args:
        whose: an address of the network, the id of a key, …

    Raises:
        RateLimited: nothing is left.
    """
    now, key = time.monotonic(), (allowance.name, whose)
    left, counted = _left.pop(key, (float(allowance.most), now))
    left = min(allowance.most, left + (now - counted) * allowance.most / allowance.seconds)
    _left[key] = (left - 1 if left >= 1 else left, now)
    if len(_left) > _MOST_KNOWN:
        del _left[next(iter(_left))]
    if left < 1:
        raise RateLimited(
            "There were too many requests. Wait some minutes, then try again.",
            retry_after=int((1 - left) * allowance.seconds / allowance.most) + 1,
        )


def forget() -> None:
    """Forget what was spent."""
    _left.clear()
