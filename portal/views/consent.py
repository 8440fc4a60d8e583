"""The page "Marketing and data" of the portal: consents with their history, and all that is kept of the customer."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from customers.models import Consent
from customers.services import consents, erasures, privacy
from payments.emails import shown
from portal.forms.consent import ConsentForm
from portal.views import doors
from portal.views.doors import Visit

_MOST = 50
"""How many answers of the history are shown."""


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show and take what the customer allows."""
    sent = request.POST if request.method == "POST" else None
    form = ConsentForm(visit.reader, visit.customer, sent)
    if form.is_valid():
        for channel, granted, wording in form.answers():
            consents.record(visit.customer, channel, granted=granted, wording=wording, at=visit.at)
        messages.success(request, pgettext("page", "Your answers are saved."))
        return HttpResponseRedirect(visit.address("consent"))
    rows = Consent.objects.filter(customer=visit.customer).order_by("-created_at", "-id")
    context = {
        "form": form,
        "history": [_told(row, visit) for row in rows[:_MOST]],
        "asked": _asked(visit),
    }
    return doors.shown(request, visit, "portal/consent.html", context)


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Say what the file has, and hand it out to whoever has just shown who they are."""
    if not doors.is_fresh(visit):
        return doors.step_up(request, visit)
    if request.method != "POST":
        return doors.shown(request, visit, "portal/consent_export.html", {})
    name = f"{visit.site.slug}-{visit.now:%Y-%m-%d}.json"
    return StreamingHttpResponse(
        privacy.export_own(visit.customer, at=visit.now),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def erasure(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Say what asking for erasure means, and take the wish of whoever has just shown who they are."""
    if not doors.is_fresh(visit):
        return doors.step_up(request, visit)
    if erasures.latest_open(visit.customer) is not None:
        return HttpResponseRedirect(visit.address("consent"))
    if request.method != "POST":
        context = {"name": visit.site.name}
        return doors.shown(request, visit, "portal/consent_erasure.html", context)
    erasures.request(visit.customer, at=visit.now)
    messages.success(request, pgettext("page", "Your wish was passed on."))
    return HttpResponseRedirect(visit.address("consent"))


def _asked(visit: Visit) -> dict[str, str] | None:
    """Return when the customer asked for erasure, and until when it is answered; None where they did not."""
    known = erasures.latest_open(visit.customer)
    if known is None:
        return None
    due = known.due_at or known.created_at + erasures.ANSWERED_WITHIN
    return {
        "day": shown.day(known.created_at, visit.reader),
        "due": shown.day(due, visit.reader),
    }


def _told(row: Consent, visit: Visit) -> dict[str, str]:
    """Return one line of the history."""
    return {
        "channel": _CHANNELS[row.channel](),
        "answer": _answer(row),
        "tone": "ok" if row.granted else "",
        "day": shown.day(row.created_at, visit.reader),
        "by": _by(row, visit),
        "wording": row.wording,
    }


def _answer(row: Consent) -> str:
    if row.granted is None:
        return pgettext("page", "Not asked")
    return pgettext("page", "Yes") if row.granted else pgettext("page", "No")


def _by(row: Consent, visit: Visit) -> str:
    """Return who answered: the customer, or somebody at the merchant's, whose name is nobody's business."""
    if row.door == "portal":
        return pgettext("page", "by you, on these pages")
    return pgettext("page", "entered by %(site)s") % {"site": visit.site.name}


_CHANNELS: dict[str, Callable[[], str]] = {
    Consent.Channel.MAIL: lambda: pgettext("page", "Email"),
    Consent.Channel.TELEPHONE: lambda: pgettext("page", "Phone"),
}
