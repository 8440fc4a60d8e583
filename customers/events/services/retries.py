"""Retries: after how long a delivery that failed is tried again, and when it is given up."""

import secrets
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.conf import settings

_HOUR = 3600
LIVE_WAITS = (10, 60, 300, 1800, *(hours * _HOUR for hours in (2, 5, 10, 12, 12, 12, 12, 12)))
"""Seconds after each failed try: some three days in all."""
TEST_WAITS = (10, 60)
LONGEST_ASKED = _HOUR
"""Seconds; who asks for more with `Retry-After` gets no more."""
_SPREAD = 20
"""Per cent by which a wait may be shorter or longer, so that what failed together does not come together again."""


def most_tries(*, livemode: bool) -> int:
    """Return how often a delivery is tried before it is given up."""
    return len(LIVE_WAITS if livemode else TEST_WAITS) + 1


def wait(tries: int, *, livemode: bool, retry_after: str, at: datetime) -> float | None:
    """Return after how many seconds a delivery is tried again; None where that was its last try.

    Args:
        tries: how many have failed, this one among them.
        retry_after: the header of the answer: seconds or a date; empty where there was none.
        at: when the answer came, in real time, whatever clock the event's customer is on.
    """
    waits = LIVE_WAITS if livemode else TEST_WAITS
    if tries > len(waits):
        return None
    factor = 1 if livemode else settings.DRILL_TIME_FACTOR
    ours = waits[tries - 1] * factor * (100 + secrets.randbelow(2 * _SPREAD + 1) - _SPREAD) / 100
    return max(ours, min(_asked(retry_after, at=at), LONGEST_ASKED))


def _asked(retry_after: str, *, at: datetime) -> float:
    """Return for how many seconds a receiver asked to be left alone; 0 where it said nothing that can be read."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0
    return ((until if until.tzinfo else until.replace(tzinfo=UTC)) - at).total_seconds()
