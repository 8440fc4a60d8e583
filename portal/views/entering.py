"""Entering by a session's link: once, and in exchange for a cookie, so that its secret leaves the address."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from customers.kit import clock
from customers.models import Site
from portal.models import PortalSession
from portal.services import agents, sessions
from portal.views import doors, sign_in


@sensitive_variables("secret")
@require_safe
def page(request: HttpRequest, slug: str, secret: str) -> HttpResponse:
    """Let a browser in that comes with a fresh link; ask all others for a code, and go on after it."""
    site = get_object_or_404(Site, slug=slug)
    at = clock.now()
    session = sessions.with_link(site, secret)
    if session is None:
        return doors.secured(_moved(reverse("portal:front", args=[slug])))
    with sessions.scope_of(session):
        agent = agents.named(request.headers.get("User-Agent", ""))
        token = sessions.use(session, agent=agent, at=at) if request.method == "GET" else ""
        if not token:
            return doors.secured(_moved(_where_else(request, slug, session, at)))
        response = _moved(doors.first_page(session, ""))
        doors.give_cookie(response, doors.cookie_name(slug), token)
        return doors.secured(response)


def _where_else(request: HttpRequest, slug: str, session: PortalSession, at: datetime) -> str:
    """Return where a link leads that is good no more: inside for the browser that used it, else to a code."""
    own = sessions.with_token(slug, request.COOKIES.get(doors.cookie_name(slug), ""))
    if own is not None and own.pk == session.pk and sessions.is_open(own, at=at):
        return doors.first_page(session, "")
    return sign_in.late_address(session)


def _moved(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address, status=303)
    response["Referrer-Policy"] = "no-referrer"
    return response
