"""Answers of the installation itself: health, errors, and the way to the dashboard."""

from django.contrib import admin
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.exceptions import TemplateDoesNotExist
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config import dialects

_INSIDE = {400, 403, 404}  # after a bug, as little as possible is asked of anything
WORKER_SILENCE = 60  # seconds without a heartbeat after which the worker counts as down


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
    checks = {"database": _database, "migrations": _migrations, "worker": _worker}
    findings: dict[str, str] = {}
    for name, check in checks.items():
        try:
            findings[name] = check()
        except DatabaseError as error:
            findings[name] = f"the database does not answer ({type(error).__name__})"
    is_ready = all(finding == "ok" for finding in findings.values())
    return JsonResponse(
        {"status": "ok" if is_ready else "unavailable", "checks": findings},
        status=200 if is_ready else 503,
    )


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} migrations are missing: run manage.py migrate" if missing else "ok"


def _worker() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s) LIMIT 1",
            [WORKER_SILENCE],
        )
        return (
            "ok"
            if cursor.fetchone()
            else "no worker has been heard of for a minute: run manage.py worker"
        )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that cannot be read."""
    return _error(request, 400, _("This request cannot be read."))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request for what this person may not see."""
    hint = _("An owner can give you another role.")
    return _error(request, 403, _("Your role does not allow this here."), hint)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that did not come from our own page."""
    return _error(
        request,
        403,
        _("This form is out of date. Go back, load the page again and send it once more."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request for what is not there."""
    if said := dialects.not_found(request):
        return said
    hint = _("It may belong to another site or to the other mode, or it was deleted.")
    return _error(request, 404, _("There is no such page."), hint)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a request that met a bug."""
    if said := dialects.server_error(request):
        return said
    return _error(request, 500, _("Something went wrong on our side. It has been noted."))


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
    }
    try:
        if status in _INSIDE and _is_inside(request):
            context |= {**admin.site.each_context(request), "title": message, "hint": hint}
            return render(request, "admin/error.html", context, status=status)
        return render(request, "errors/error.html", context, status=status)
    except TemplateDoesNotExist:
        return HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")
