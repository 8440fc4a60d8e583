"""Which dialect a request speaks, where no view answers it: by its path, or by its host."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

from customers.kit.errors import DomainError
from customers.restkit import omise_errors, revkeen_errors, v1_errors

OMISE_URLS = "config.urls_omise"
OMISE_ROOTS = frozenset(
    {
        "account", "balance", "capability", "chains", "charges", "customers", "disputes", "events", "forex",
        "links", "occurrences", "receipts", "recipients", "refunds", "schedules", "search", "sources", "tokens",
        "transactions", "transfers",
    }
)  # fmt: skip
"""The first segments of the Omise dialect's paths: at the root, since its Node client knows no other place (F1)."""

_BUSY = "This server is handing out as many files as it can at once; try again in a few seconds."
_FAULT = "Something went wrong on our side; it has been noted under this answer's Request-Id."


def is_omise_at_root(request: HttpRequest) -> bool:
    """Tell whether a request is for the Omise dialect at the root."""
    first = request.path_info[1:].partition("/")[0]
    return first in OMISE_ROOTS and _is_for_omise(request)


def not_found(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a path of an API that leads nowhere; None for other paths."""
    said = f"Unrecognized request URL ({request.method}: {request.path})."
    if request.path_info.startswith("/v1/"):
        return v1_errors.plain(404, said)
    if _speaks_revkeen(request):
        return revkeen_errors.plain(404, "not_found", said, type_="not_found_error")
    if _speaks_omise(request):
        return omise_errors.plain(404, "not_found", said)
    return None


def server_error(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a request for an API that met a bug; None for other requests."""
    return _fault(request, 500, "internal_error", _FAULT)


def busy(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a request for an API that has to wait for others; None for other requests."""
    return _fault(request, 503, "service_unavailable", _BUSY)


def _fault(request: HttpRequest, status: int, code: str, said: str) -> HttpResponse | None:
    if request.path_info.startswith("/v1/"):
        return v1_errors.plain(status, said, type_="api_error")
    if _speaks_revkeen(request):
        return revkeen_errors.plain(status, code, said, type_="api_error")
    if _speaks_omise(request):
        return omise_errors.plain(status, code, said)
    return None


def refused(request: HttpRequest, error: DomainError) -> HttpResponse | None:
    """Return the answer to a request for an API that cannot be served; None for other requests."""
    if request.path_info.startswith("/v1/"):
        return v1_errors.response(error)
    if _speaks_revkeen(request):
        return revkeen_errors.response(error)
    if _speaks_omise(request):
        return omise_errors.response(error)
    return None


def _speaks_revkeen(request: HttpRequest) -> bool:
    return request.path_info.startswith("/revkeen/")


def _speaks_omise(request: HttpRequest) -> bool:
    return request.path_info.startswith("/omise/") or is_omise_at_root(request)


def _is_for_omise(request: HttpRequest) -> bool:
    if not settings.OMISE_HOSTS:
        return True
    host, _port = split_domain_port(request.META.get("HTTP_HOST", ""))
    return host in settings.OMISE_HOSTS
