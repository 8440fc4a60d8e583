"""Allowances: how often something may be done in a while, by whom or from where.

They keep a flood from being worth its while. The counts are in the database, so that they hold for any number of
processes together and across restarts; each costs one statement. Whoever counts has no transaction open whose failure
would take the count back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.db import connection

from customers.kit import sealing
from customers.kit.errors import RateLimited
from customers.models import AllowanceCount

LONGEST = timedelta(hours=1)
"""Within which every allowance is whole again: counts that are older mean nothing."""

_COUNT = """
    INSERT INTO customers_allowancecount AS known (key, count, since) VALUES (%(key)s, 1, %(at)s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN known.since <= %(old)s THEN 1 ELSE known.count + 1 END,
        since = CASE WHEN known.since <= %(old)s THEN %(at)s ELSE known.since END
    RETURNING count, since
"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How often something may be done.

    Args:
        name: what is done, and whose count it is.
        most: how often within `seconds`, counted from the first time.
        seconds: an hour at most.
    """

    name: str
    most: int
    seconds: int


def spend(allowance: Allowance, whose: str, *, at: datetime) -> None:
    """Count one more.

    Args:
        whose: an address of the network, the id of a key, …
        at: real time.

    Raises:
        RateLimited: it is one too many.
    """
    count, since = _counted(allowance, whose, at=at)
    if count > allowance.most:
        again = since + timedelta(seconds=allowance.seconds) - at
        raise RateLimited(
            "There were too many requests. Wait some minutes, then try again.",
            retry_after=int(again.total_seconds()) + 1,
        )


def take(allowance: Allowance, whose: str, *, at: datetime) -> bool:
    """Count one more, and tell whether it is not one too many.

    Args:
        whose: as for `spend`.
        at: real time.
    """
    return _counted(allowance, whose, at=at)[0] <= allowance.most


def network_of(ip: str) -> str:
    """Return the /24 or the /64 of an address; the text itself where it is none."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    address = getattr(address, "ipv4_mapped", None) or address
    return str(ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False))  # noqa: PLR2004 -- IPv4


def forget(*, at: datetime) -> int:
    """Delete the counts that mean nothing any more."""
    return AllowanceCount.objects.filter(since__lte=at - LONGEST).delete()[0]


def _counted(allowance: Allowance, whose: str, *, at: datetime) -> tuple[int, datetime]:
    """Return how often it was done, with this time, and since when."""
    key = sealing.digest(f"allowance: {allowance.name}", whose)
    old = at - timedelta(seconds=allowance.seconds)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"key": key, "at": at, "old": old})
        count, since = cursor.fetchone()
    return int(count), since
