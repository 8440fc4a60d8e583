"""Answers of the installation itself: health, errors, and the way to the dashboard."""

import sys

from django.conf import settings
from django.contrib import admin
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.exceptions import TemplateDoesNotExist
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from config import dialects, health
from config import metrics as figures
from customers.kit import clock
from customers.restkit import outages

_OF_STAFF = (
    "/admin/",
    "/docs/",
)  # on other pages are customers, whom the dashboard does not concern
_PAUSE = 5  # seconds after which a request that met no database, or too many others, is worth another try
_INSIDE = {400, 403, 404, 405, 413}  # after a bug, as little as possible is asked of anything


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead people to the dashboard."""
    return redirect("admin:index")


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether the installation can work: database, migrations, worker."""
    findings = health.findings()
    is_ready = all(finding == "ok" for finding in findings.values())
    return JsonResponse(
        {"status": "ok" if is_ready else "unavailable", "checks": findings},
        status=200 if is_ready else 503,
    )


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the figures to who has METRICS_TOKEN; where none is set, there is no such page."""
    if not settings.METRICS_TOKEN:
        return not_found(request)
    _scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not constant_time_compare(token, settings.METRICS_TOKEN):
        refusal = HttpResponse(
            "Send METRICS_TOKEN as a bearer token.", status=401, content_type="text/plain"
        )
        refusal["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return refusal
    return HttpResponse(figures.text(at=clock.now()), content_type=figures.CONTENT_TYPE)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that cannot be read."""
    return _error(request, 400, pgettext("page", "This request cannot be read."))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request for what this person may not see."""
    hint = "An owner can give you another role."
    return _error(request, 403, "Your role does not allow this here.", hint)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that did not come from our own page."""
    return _error(
        request,
        403,
        pgettext(
            "page", "This form is out of date. Go back, load the page again and send it once more."
        ),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request for what is not there."""
    if said := dialects.not_found(request):
        return said
    hint = "It may belong to another site or to the other mode, or it was deleted."
    return _error(request, 404, pgettext("page", "There is no such page."), hint)


def method_not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """Answer a request by a method that its page does not take.

    Args:
        allowed: those that it does take, as the header `Allow` lists them.
    """
    answer = _error(request, 405, pgettext("page", "This page cannot be asked for in this way."))
    answer["Allow"] = allowed
    return answer


def too_large(request: HttpRequest) -> HttpResponse:
    """Answer a request with more than any form of ours sends."""
    return _error(
        request, 413, pgettext("page", "That is more than this page takes. Send less at once.")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a request that met a bug, or a database that cannot be used right now."""
    error = sys.exception()
    if isinstance(error, outages.ERRORS) and outages.is_outage(error):
        return _out_of_order(request, error)
    if said := dialects.server_error(request):
        return said
    return _error(
        request, 500, pgettext("page", "Something went wrong on our side. It has been noted.")
    )


def busy(request: HttpRequest) -> HttpResponse:
    """Answer a request for a file while too many are on their way."""
    return _again(dialects.busy(request) or _closed(request))


def _out_of_order(request: HttpRequest, error: Error) -> HttpResponse:
    """Answer a request that met a database which cannot do its part."""
    return dialects.refused(request, outages.refusal(error)) or _again(_closed(request))


def _closed(request: HttpRequest) -> HttpResponse:
    return _error(
        request, 503, pgettext("page", "This is out of order for a moment. Try again shortly.")
    )


def _again(answer: HttpResponse) -> HttpResponse:
    answer["Retry-After"] = str(_PAUSE)
    return answer


def _is_inside(request: HttpRequest) -> bool:
    """Tell whether a request was for the dashboard, from somebody whom it is open to."""
    is_there = request.path_info.startswith(reverse("admin:index"))
    return is_there and hasattr(request, "user") and admin.site.has_permission(request)


def _error(request: HttpRequest, status: int, message: str, hint: str = "") -> HttpResponse:
    """Answer with the page for errors.

    Args:
        hint: what staff may want to know; shown in the dashboard only.
    """
    context = {
        "status": status,
        "message": message,
        "request_id": getattr(request, "request_id", ""),
        "is_for_staff": request.path_info.startswith(_OF_STAFF),
    }
    try:
        if status in _INSIDE and _is_inside(request):
            context |= {**admin.site.each_context(request), "title": message, "hint": hint}
            return render(request, "admin/error.html", context, status=status)
        return render(request, "errors/error.html", context, status=status)
    except TemplateDoesNotExist:
        return HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")
