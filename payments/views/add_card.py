"""Where a customer follows a link to save a card: on to the vault's page, and back from it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from customers.kit import clock
from customers.kit.errors import DomainError, NotFound
from customers.kit.provenance import Provenance, acting
from payments.services import hosted_links
from payments.services.hosted_links import HostedLink


@never_cache
@require_GET
def begin(request: HttpRequest, sealed: str) -> HttpResponse:
    """Lead to the page that takes the card's number."""
    found = _opened(sealed)
    if found is None:
        return _too_old(request)
    visit = hosted_links.visit(found)
    if visit.state != "open":
        text = _("A card was saved with it already. Ask for a new link to save another one.")
        return _said(request, found, _("This link was used"), text, status=410)
    return redirect("sandbox-visit", visit_id=visit.id)


@never_cache
@require_GET
def finish(request: HttpRequest, sealed: str) -> HttpResponse:
    """Save the card that was typed, and say so."""
    found = _opened(sealed)
    if found is None:
        return _too_old(request)
    origin = Provenance("portal", found.customer.email, getattr(request, "request_id", ""))
    try:
        with acting(origin):
            method = hosted_links.save(found, at=clock.now())
    except NotFound as error:
        raise Http404 from error
    except DomainError as refusal:
        text = f"{refusal.message} " + _("Ask for a new link to use another card.")
        return _said(request, found, _("The card was not saved"), text, status=402)
    text = _(
        "The card ending in %(last4)s can be used for your payments now. You can close this page."
    )
    return _said(request, found, _("Your card is saved"), text % {"last4": method.last4})


def _opened(sealed: str) -> HostedLink | None:
    """Return the link; None where its time is over.

    Raises:
        Http404: it is none of ours.
    """
    try:
        return hosted_links.opened(sealed, at=clock.now())
    except NotFound as error:
        raise Http404 from error
    except DomainError:
        return None


def _too_old(request: HttpRequest) -> HttpResponse:
    context = {"title": _("This link is too old"), "text": _("Ask for a new one.")}
    return render(request, "payments/add_card.html", context, status=410)


def _said(
    request: HttpRequest, found: HostedLink, title: str, text: str, *, status: int = 200
) -> HttpResponse:
    context = {"site": found.customer.site.name, "title": title, "text": text}
    return render(request, "payments/add_card.html", context, status=status)
