"""Secrets that are shown once: sealed in the operator's session from their making to the page that shows them."""

from base64 import b64decode, b64encode

from django.db.models import Model
from django.http import HttpRequest

from customers.kit import clock, sealing
from customers.services import audit

_KEY = "once"


def keep(request: HttpRequest, row: Model, secret: str) -> None:
    """Keep a row's secret for the next page that shows the row."""
    request.session[_KEY] = [_name(row), b64encode(sealing.seal(secret.encode())).decode()]


def take(request: HttpRequest, row: Model) -> str:
    """Return a row's secret, and forget it; empty when there is none, or it was shown already."""
    name, sealed = request.session.get(_KEY) or ("", "")
    if name != _name(row):
        return ""
    del request.session[_KEY]
    audit.record("secret.shown", row, at=clock.now())
    return sealing.unseal(b64decode(sealed)).decode()


def _name(row: Model) -> str:
    return f"{row._meta.label} {row.pk}"
