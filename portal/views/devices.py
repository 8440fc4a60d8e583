"""Devices: where the customer is signed in, and which browsers they trust; each can be signed out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from customers.kit.errors import NotFound
from portal.services import devices, sessions
from portal.views import doors, statement
from portal.views.doors import Visit


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the customer's browsers, and sign out what they name."""
    if request.method == "POST":
        return _signed_out(request, visit)
    to = visit.reader
    context = {
        "sessions": [
            (row, statement.moment(row.seen_at or row.created_at, to))
            for row in sessions.of_customer(visit.customer, at=visit.now)
        ],
        "devices": [
            (row, statement.day(row.expires_at, to))
            for row in devices.of_customer(visit.customer, at=visit.now)
        ],
    }
    return doors.shown(request, visit, "portal/devices.html", context)


def _signed_out(request: HttpRequest, visit: Visit) -> HttpResponse:
    customer, at = visit.customer, visit.now
    if "everywhere" in request.POST:
        sessions.end_all(customer, at=at)
        devices.revoke_all(customer, at=at)
        messages.success(request, pgettext("page", "You are signed out everywhere."))
        return HttpResponseRedirect(doors.entry(visit.site, livemode=visit.session.livemode))
    try:
        if pk := request.POST.get("session", ""):
            sessions.end_one(customer, pk, at=at)
        else:
            devices.revoke(customer, request.POST.get("device", ""), at=at)
    except NotFound:
        messages.error(request, pgettext("page", "This was signed out already."))
    else:
        messages.success(request, pgettext("page", "Signed out."))
    return HttpResponseRedirect(visit.address("devices"))
