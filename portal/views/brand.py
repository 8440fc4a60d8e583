"""How a merchant looks to its customers: its colour and its logos."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from customers.kit.errors import NotFound
from customers.models import Site
from customers.services import branding


@require_safe
def style_sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the style sheet with a merchant's colour."""
    site = get_object_or_404(Site, slug=slug)
    response = HttpResponse(branding.style_sheet(site), content_type="text/css")
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
def logo(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Return a merchant's picture; its address is made of its content, so it may be kept for good."""
    try:
        found = branding.logo(get_object_or_404(Site, slug=slug), name)
    except NotFound as error:
        raise Http404 from error
    response = HttpResponse(bytes(found.content), content_type=found.media_type)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
