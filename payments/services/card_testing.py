"""Against trying out stolen cards: how often tokens may be made by browsers, from one place, for one page, of one card.

A server's secret key is not counted: it answers for itself.
"""

from ipaddress import ip_address, ip_network

from customers.services import allowances
from customers.services.allowances import Allowance
from payments.models import Token

_WINDOW = 600  # seconds
OF_NETWORK = Allowance("tokens from a network", 60, _WINDOW)
"""Of a /24 or a /64: as many as an office may need."""
OF_PAGE = Allowance("tokens for a page or with a key", 120, _WINDOW)
OF_CARD = Allowance("tokens of a card", 30, _WINDOW)


def note(ip: str, *, page: str) -> None:
    """Count a token that a browser asks for, before its number is looked at.

    Args:
        page: of which page, or with which publishable key.

    Raises:
        RateLimited: there were too many.
    """
    allowances.spend(OF_NETWORK, _network_of(ip))
    allowances.spend(OF_PAGE, page)


def note_card(token: Token) -> None:
    """Count a token that a browser was made, by its card.

    Raises:
        RateLimited: there were too many of the same card; this one is told to nobody.
    """
    allowances.spend(OF_CARD, f"{token.site_id} {token.details['fingerprint']}")


def _network_of(ip: str) -> str:
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    length = 24 if address.version == 4 else 64  # noqa: PLR2004 -- IPv4
    return str(ip_network(f"{address}/{length}", strict=False))
