"""Which websites' pages may call: those that the key's site names, and our own.

A browser asks first, without the key, so that any site's word counts for that; the call itself is held to its key's
site.

Source: https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from django.http import HttpRequest, HttpResponse

from customers.kit.errors import Forbidden
from customers.models import Site

_ASKED_FOR = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Stripe-Version",
    "Access-Control-Max-Age": "600",
}


def answer_to_question(request: HttpRequest) -> HttpResponse:
    """Return what a browser is told that asks whether it may call."""
    response = HttpResponse(status=204)
    origin = _origin_of(request)
    if origin and Site.objects.filter(allowed_origins__contains=[origin]).exists():
        for name, value in _ASKED_FOR.items():
            response[name] = value
        return shared(response, origin)
    return response


def allowed(request: HttpRequest, site: Site) -> str:
    """Return the origin to which an answer is to be shown; empty for our own pages and for what is no browser.

    Raises:
        Forbidden: the site does not name it.
    """
    origin = _origin_of(request)
    if not origin or origin == f"{request.scheme}://{request.get_host()}":
        return ""
    if origin not in site.allowed_origins:
        raise Forbidden(
            "This website may not use the key: name its origin in the dashboard, under Settings, Policies.",
            code="origin_not_allowed",
        )
    return origin


def shared(response: HttpResponse, origin: str) -> HttpResponse:
    """Return an answer that the pages of an origin can read; they send no cookies with their calls."""
    response["Access-Control-Allow-Origin"] = origin
    response["Vary"] = "Origin"
    return response


def _origin_of(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_ORIGIN", ""))
