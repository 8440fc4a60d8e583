"""The portal's front page: which merchant this is, and how its customers reach it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from customers.models import Site


@require_safe
def front(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a merchant's customers whom to ask."""
    site = get_object_or_404(Site, slug=slug)
    return render(request, "portal/front.html", {"site": site})


@require_safe
def brand(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the style sheet with a merchant's colour, which the database keeps to six hexadecimal digits."""
    site = get_object_or_404(Site, slug=slug)
    response = HttpResponse(f":root {{ --brand: {site.brand_color}; }}\n", content_type="text/css")
    response["Cache-Control"] = "public, max-age=300"
    return response
