"""Against trying out stolen cards: how often tokens may be made by browsers, from one place, for one page, of one card.

A server's secret key is not counted: it answers for itself.
"""

from datetime import datetime

from customers.services import allowances
from customers.services.allowances import Allowance
from payments.models import Token

_WINDOW = 600  # seconds
OF_NETWORK = Allowance("tokens from a network", 60, _WINDOW)
"""Of a /24 or a /64: as many as an office may need."""
OF_PAGE = Allowance("tokens for a page or with a key", 120, _WINDOW)
OF_CARD = Allowance("tokens of a card", 30, _WINDOW)


def note(ip: str, *, page: str, at: datetime) -> None:
    """Count a token that a browser asks for, before its number is looked at.

    Args:
        page: of which page, or with which publishable key.

    Raises:
        RateLimited: there were too many.
    """
    allowances.spend(OF_NETWORK, allowances.network_of(ip), at=at)
    allowances.spend(OF_PAGE, page, at=at)


def note_card(token: Token, *, at: datetime) -> None:
    """Count a token that a browser was made, by its card.

    Raises:
        RateLimited: there were too many of the same card; this one is told to nobody.
    """
    allowances.spend(OF_CARD, f"{token.site_id} {token.details['fingerprint']}", at=at)
