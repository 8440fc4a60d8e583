"""Where gateways may connect to: their own hosts, and what OUTBOUND_ALLOW names."""

from urllib.parse import urlsplit

import requests
from django.conf import settings
from urllib3.exceptions import MaxRetryError, NewConnectionError

from payments.gateways.base import Refused

TIMEOUT = (5, 30)  # seconds: to connect, and to answer
_PORTS = {"http": 80, "https": 443}


def checked(url: str, *, own: str) -> str:
    """Return an address without its last slash, having made sure that we may connect to it.

    Args:
        own: the gateway's own address, which is always allowed.

    Raises:
        Refused: OUTBOUND_ALLOW does not name its host and port.
    """
    url = url.rstrip("/")
    if url == own:
        return url
    try:
        parts = urlsplit(url)
        place = f"{parts.hostname}:{parts.port or _PORTS[parts.scheme]}"
    except (ValueError, KeyError):
        raise Refused(f"'{url}' is no web address.", code="outbound_refused") from None
    if place not in settings.OUTBOUND_ALLOW:
        raise Refused(
            f"Connections to {place} are not allowed; OUTBOUND_ALLOW can name it.",
            code="outbound_refused",
        )
    return url


def was_not_sent(error: BaseException | None) -> bool:
    """Tell whether a failed request never left this machine: no name, no connection, no TLS."""
    if isinstance(error, requests.exceptions.SSLError | requests.exceptions.ConnectTimeout):
        return True
    if not isinstance(error, requests.exceptions.ConnectionError) or not error.args:
        return False
    cause = error.args[0]
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
