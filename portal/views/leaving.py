"""Leaving the portal, and the language of its pages: small acts that every page offers."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from customers.kit import clock
from customers.models import Site
from customers.services import letters
from portal.services import sessions
from portal.views import doors

_YEAR = 365 * 24 * 3600  # seconds


@require_POST
def sign_out(request: HttpRequest, slug: str) -> HttpResponse:
    """Sign this browser out."""
    site = get_object_or_404(Site, slug=slug)
    name = doors.cookie_name(site.slug)
    session = sessions.with_token(site.slug, request.COOKIES.get(name, ""))
    livemode = True
    if session is not None:
        with sessions.scope_of(session):
            sessions.end(session, at=clock.now())
        livemode = session.livemode
    response = HttpResponseRedirect(doors.entry(site, livemode=livemode))
    response.delete_cookie(name, samesite="Lax")
    return doors.secured(response)


@require_POST
def language(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the pages in another language from now on, to this browser."""
    site = get_object_or_404(Site, slug=slug)
    chosen = request.POST.get("language", "")
    response = HttpResponseRedirect(_back(site, request.POST.get("next", "")))
    if chosen in letters.offered(site):
        session = sessions.with_token(
            site.slug, request.COOKIES.get(doors.cookie_name(site.slug), "")
        )
        if session is not None:
            sessions.speak(session, chosen)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=_YEAR,
            path="/portal/",
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
    return doors.secured(response)


def _back(site: Site, wanted: str) -> str:
    """Return the page on which the language was chosen."""
    front = reverse("portal:front", args=[site.slug])
    if wanted == front or wanted.startswith(f"{front}?"):
        return wanted if wanted.isprintable() and "\\" not in wanted else front
    return doors.where_next(site.slug, wanted)
