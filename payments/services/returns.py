"""Where a gateway sends a customer back to after they authenticated: a door of ours, which looks up what happened."""

import hmac

from django.conf import settings

from customers.kit import sealing

_LENGTH = 32  # hexadecimal digits


def url_for(reference: str) -> str:
    """Return the address of our door for the customer of a payment or setup intent, or of a bare charge.

    Args:
        reference: `pi_…`, `ch_…` or `seti_…/<try>`; only whom we gave the address can come through the door.
    """
    return f"{settings.PUBLIC_URL}/returns/{_seal(reference)}/{reference}"


def is_ours(reference: str, seal: str) -> bool:
    """Tell whether `url_for` made the address that has this seal."""
    return hmac.compare_digest(_seal(reference).encode(), seal.encode())


def _seal(reference: str) -> str:
    return sealing.digest("return of a customer", reference).hex()[:_LENGTH]
