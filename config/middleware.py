"""Layers around every request.

The stock layers are for pages; a request for the API goes round them, since it would pay for each.
"""

import secrets
import string
from collections.abc import Callable
from ipaddress import ip_address
from time import perf_counter
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils import translation

from config import dialects, downloads, metrics, pages

GetResponse = Callable[[HttpRequest], HttpResponse]
API_PREFIXES = ("/v1/", "/omise/", "/webhooks/", "/healthz", "/readyz", "/metrics")
_LETTERS = string.ascii_letters + string.digits


def is_api(request: HttpRequest) -> bool:
    """Tell whether a request is for a program rather than for a person with a browser."""
    return request.path_info.startswith(API_PREFIXES)


class RequestId:
    """Gives every request an id, in `request.request_id` and in the answer's `Request-Id`, and counts it.

    It stands first, and takes requests for the API past the other layers straight to their view.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.view = _innermost(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = perf_counter()
        translation.deactivate()  # the language of whom this thread answered before
        number = secrets.randbits(83)
        letters = []
        for _ in range(14):
            number, digit = divmod(number, 62)
            letters.append(_LETTERS[digit])
        if settings.BEHIND_PROXY:
            _believe_proxy(request)
        request.request_id = "req_" + "".join(letters)  # type: ignore[attr-defined]  # the name that views read
        is_at_root = dialects.is_omise_at_root(request)
        if is_at_root:
            request.urlconf = dialects.OMISE_URLS  # Django's resolver reads it
        is_for_api = is_at_root or is_api(request)
        said = self.view(request) if is_for_api else self.get_response(request)
        response = downloads.admitted(request, said)
        response["Request-Id"] = request.request_id  # type: ignore[attr-defined]  # as above
        if is_for_api:
            response["X-Content-Type-Options"] = "nosniff"
            response.setdefault("Cache-Control", "no-store")
        metrics.note(request, response, seconds=perf_counter() - begun)
        return response


class InputEdge:
    """Refuses pages' requests that no view could read: text with null characters or that is not UTF-8, or too much.

    What a page answers without a word, since it takes no such method, gets the page for errors.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            if not _is_readable(request):
                return pages.bad_request(request)
        except (RequestDataTooBig, TooManyFieldsSent):
            return pages.too_large(request)
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            return pages.method_not_allowed(request, response["Allow"])
        return response


def _believe_proxy(request: HttpRequest) -> None:
    """Let the sender's address be what our proxy says: the last one, since those before can be forged."""
    said = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    try:
        request.META["REMOTE_ADDR"] = str(ip_address(said))
    except ValueError:
        return


def _innermost(handler: GetResponse) -> GetResponse:
    """Return what the layers are wrapped around; Django leaves each layer's `get_response` on its wrapping."""
    while hasattr(handler, "get_response"):
        handler = handler.get_response
    return handler


def _is_readable(request: HttpRequest) -> bool:
    query = unquote_to_bytes(request.META.get("QUERY_STRING", ""))
    if b"\0" in query or "\0" in request.path_info:
        return False
    if request.method != "POST":
        return True
    try:
        return not any(
            "\0" in text for values in request.POST.lists() for text in (values[0], *values[1])
        )
    except (RequestDataTooBig, TooManyFieldsSent):
        raise
    except (SuspiciousOperation, UnicodeError):
        return False
