"""A fresh code from a customer who is signed in, before what is sensitive."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from customers.kit.errors import RateLimited
from portal.emails.addresses import masked
from portal.services import sign_ins
from portal.views import doors, sign_in
from portal.views.doors import Stranger, Visit


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for a code, and lead back to what was wanted."""
    wanted = doors.where_next(visit.site.slug, request.GET.get("next", ""))
    if doors.is_fresh(visit):
        return HttpResponseRedirect(wanted)
    address = visit.customer.email
    status = 200
    if request.method == "POST" and address:
        try:
            row = sign_ins.ask(
                address,
                language=visit.reader.language,
                ip=doors.ip_of(request),
                wanted=wanted,
                configuration=visit.configuration,
                renews=visit.session,
                at=visit.now,
            )
        except RateLimited:
            said = pgettext("page", "Too many codes were asked for or tried. Try again in an hour.")
            messages.error(request, said)
            status = 429
        else:
            stranger = Stranger(visit.site, visit.session.livemode, visit.reader, visit.now)
            return sign_in.remembered(stranger, row)
    context = {"address": masked(address) if address else "", "back": wanted}
    return doors.shown(request, visit, "portal/verify.html", context, status)
