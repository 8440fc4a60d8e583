"""Limits: how often an hour codes may be asked for and guessed, for one address and from one network."""

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.db import connection

from customers.kit import sealing
from portal.models import SignInCount

HOUR = timedelta(hours=1)
MAILS, GUESSES = "mails", "guesses"
OF_ADDRESS = {MAILS: 6, GUESSES: 10}
OF_NETWORK = {MAILS: 60, GUESSES: 120}
"""Of a /24 or a /64: as many as an office or a train may need."""
_SPEND = """
    INSERT INTO portal_signincount AS known (key, count, since) VALUES (%(key)s, 1, %(at)s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN known.since <= %(old)s THEN 1 ELSE known.count + 1 END,
        since = CASE WHEN known.since <= %(old)s THEN %(at)s ELSE known.since END
    RETURNING count
"""


def allow(what: str, *, address_hash: bytes, ip: str, at: datetime) -> bool:
    """Count one more, and tell whether it is within both limits.

    Args:
        what: `MAILS` or `GUESSES`.
        address_hash: of an email address of one site in one mode.
        ip: where the request came from.
    """
    of_network = _spend(what, network_of(ip), at=at) <= OF_NETWORK[what]
    return of_network and _spend(what, address_hash.hex(), at=at) <= OF_ADDRESS[what]


def network_of(ip: str) -> str:
    """Return the /24 or the /64 of an address; the text itself where it is none."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    address = getattr(address, "ipv4_mapped", None) or address
    return str(ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False))  # noqa: PLR2004 -- IPv4


def forget(*, at: datetime) -> int:
    """Delete the counts of hours that are over."""
    return SignInCount.objects.filter(since__lte=at - HOUR).delete()[0]


def _spend(what: str, whose: str, *, at: datetime) -> int:
    key = sealing.digest(f"limit of {what}", whose)
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, {"key": key, "at": at, "old": at - HOUR})
        (count,) = cursor.fetchone()
    return int(count)
