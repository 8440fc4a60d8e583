"""Layers around every request. Those that only pages need step aside for the API, which pays for each of them."""

import logging
import secrets
import string
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.locale import LocaleMiddleware
from django.middleware.security import SecurityMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware

from config import pages

GetResponse = Callable[[HttpRequest], HttpResponse]
API_PREFIXES = ("/v1/", "/healthz", "/readyz")
_LETTERS = string.ascii_letters + string.digits
_log = logging.getLogger(__name__)


def is_api(request: HttpRequest) -> bool:
    """Tell whether a request is for a program rather than for a person with a browser."""
    return request.path_info.startswith(API_PREFIXES)


class RequestId:
    """Gives every request an id, in `request.request_id` and in the answer's `Request-Id`."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = secrets.randbits(83)
        letters = []
        for _ in range(14):
            number, digit = divmod(number, 62)
            letters.append(_LETTERS[digit])
        request.request_id = "req_" + "".join(letters)  # type: ignore[attr-defined]  # the name that views read
        response = self.get_response(request)
        response["Request-Id"] = request.request_id  # type: ignore[attr-defined]
        if is_api(request):
            response["X-Content-Type-Options"] = "nosniff"
            response["Cache-Control"] = "no-store"
        return response


class PagesOnly:
    """Lets API requests pass by a layer."""

    get_response: GetResponse

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_api(request):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc,no-any-return]  # the layer beside this mixin


class InputEdge(PagesOnly):
    """Refuses pages' requests that no view could read: text with null characters or that is not UTF-8, or too much."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_api(request):
            return self.get_response(request)
        if not self._is_readable(request):
            return pages.bad_request(request)
        return self.get_response(request)

    @staticmethod
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
        except (RequestDataTooBig, TooManyFieldsSent, SuspiciousOperation, UnicodeError):
            return False


class Security(PagesOnly, SecurityMiddleware):
    """HTTPS, `nosniff`, referrer and opener policies."""


class StaticFiles(PagesOnly, WhiteNoiseMiddleware):
    """CSS, scripts and images, with far-future caching."""


class ContentSecurityPolicy(PagesOnly, CSPMiddleware):
    """The policy of settings.CONTENT_SECURITY_POLICY."""


class Sessions(PagesOnly, SessionMiddleware):
    """Staff sessions."""


class Locale(PagesOnly, LocaleMiddleware):
    """The language of a page."""


class Common(PagesOnly, CommonMiddleware):
    """Content length and the like."""


class Csrf(PagesOnly, CsrfViewMiddleware):
    """Forms come from our own pages."""


class Authentication(PagesOnly, AuthenticationMiddleware):
    """Who is signed in."""

    def process_view(self, *args: object, **kwargs: object) -> None:
        """Leave it to the dashboard which of its pages need a sign-in."""


class Messages(PagesOnly, MessageMiddleware):
    """What the last action did, shown on the next page."""


class Clickjacking(PagesOnly, XFrameOptionsMiddleware):
    """No page in a frame."""
