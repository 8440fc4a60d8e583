"""The door through which customers come back from a gateway's pages."""

from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from customers.kit import clock
from customers.kit.errors import NotFound
from customers.kit.provenance import Provenance, acting
from payments.services import returning


@never_cache
@require_GET
def come_back(request: HttpRequest, seal: str, reference: str) -> HttpResponse:
    """Settle what the customer went away for, and send them on."""
    origin = Provenance("gateway", "", getattr(request, "request_id", ""))
    try:
        with acting(origin):
            url = returning.come_back(reference, seal, at=clock.now())
    except NotFound as error:
        raise Http404 from error
    if urlsplit(url).scheme in HttpResponseRedirect.allowed_schemes:
        return HttpResponseRedirect(url)
    return render(request, "sandbox/over.html", {"url": ""})
