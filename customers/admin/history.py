"""What the pages of the dashboard have to do with the audit log: their acts are entered, and it is shown from them."""

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse

from customers.kit import clock, ids
from customers.services import audit

T = TypeVar("T")


def entered(request: HttpRequest, made: T, row: Any, before: Mapping[str, Any]) -> T:
    """Enter an act under its page's name, where no event and no service has entered it, and return what came of it.

    Args:
        row: what the page was about.
        before: its picture before the act.
    """
    if not audit.is_anything_written():
        audit.record_page(name_of(request), made, row, before, at=clock.now())
    return made


def name_of(request: HttpRequest) -> str:
    """Return what the act of a request's page is called: that of `customers_apikey_roll` is `apikey.roll`."""
    found = request.resolver_match
    app, _, name = str(found.url_name if found else "").partition("_")
    return name.replace("_", ".", 1) if app in _APPS else f"{app}_{name}".strip("_")


def url(row: Model) -> str:
    """Return where it is listed what staff did to a row."""
    log = reverse("admin:customers_auditentry_changelist")
    return f"{log}?{urlencode({'object': ids.shown(str(row.pk))})}"


_APPS = {"customers", "payments", "billing", "events"}
