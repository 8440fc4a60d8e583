"""Limits: how often an hour codes may be asked for and guessed, for one address and from one network."""

from datetime import datetime, timedelta

from customers.services import allowances
from customers.services.allowances import Allowance

HOUR = timedelta(hours=1)
MAILS, GUESSES = "mails", "guesses"
_SECONDS = int(HOUR.total_seconds())
OF_ADDRESS = {
    MAILS: Allowance("mails to an address", 6, _SECONDS),
    GUESSES: Allowance("guesses for an address", 10, _SECONDS),
}
OF_NETWORK = {
    MAILS: Allowance("mails for a network", 60, _SECONDS),
    GUESSES: Allowance("guesses from a network", 120, _SECONDS),
}
"""Of a /24 or a /64: as many as an office or a train may need."""


def allow(what: str, *, address_hash: bytes, ip: str, at: datetime) -> bool:
    """Count one more, and tell whether it is within both limits.

    Args:
        what: `MAILS` or `GUESSES`.
        address_hash: of an email address of one site in one mode.
        ip: where the request came from.
    """
    of_network = allowances.take(OF_NETWORK[what], allowances.network_of(ip), at=at)
    return of_network and allowances.take(OF_ADDRESS[what], address_hash.hex(), at=at)
