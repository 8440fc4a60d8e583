"""Tokens: with one a program calls for a customer, as long as the session lasts that came with it.

Nothing of a token is kept: it is the session's id with a seal that only this server can make.
"""

import hmac
import re
from datetime import datetime

from customers.kit import sealing
from customers.kit.tenancy import every_site
from portal.models import PortalSession

_TOKEN = re.compile(r"cpt_([0-9a-z]{24})_([0-9a-f]{64})")


def of(session: PortalSession) -> str:
    """Return a session's token."""
    return f"cpt_{str(session.pk).partition('_')[2]}_{_seal(session.pk)}"


def looks_like_one(text: str) -> bool:
    """Tell whether a text can be a token."""
    return _TOKEN.fullmatch(text) is not None


def session_of(text: str, *, at: datetime) -> PortalSession | None:
    """Return the session of a token, with its customer; None where there is none, or it is over.

    Args:
        at: real time.
    """
    parts = _TOKEN.fullmatch(text)
    if parts is None:
        return None
    pk = f"{PortalSession.PREFIX}_{parts[1]}"
    if not hmac.compare_digest(parts[2], _seal(pk)):
        return None
    with every_site():
        rows = PortalSession.objects.select_related("site", "customer", "configuration")
        found = rows.filter(pk=pk, closes_at__gt=at, ended_at=None).first()
    return None if found is None or found.customer.is_deleted else found


def _seal(pk: str) -> str:
    return sealing.digest("portal token", pk).hex()
