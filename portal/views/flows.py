"""Deep links: the page that says that it is done and leads on, and the one on which an invoice is paid."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from portal.services import flows
from portal.views import doors
from portal.views.doors import Visit


@doors.customer_page
@require_safe
def done(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say that it is done; who is to go back to the merchant is taken there by this page, not by a form's answer."""
    if not visit.flow.get(flows.DONE):
        return HttpResponseRedirect(visit.address("home"))
    url = flows.return_url(visit.flow)
    context = {
        "text": flows.own_words(visit.flow) or _said(visit.flow[flows.DONE]),
        "next_url": url,
        "refresh": f"1; url={url}" if url else "",
        "next_host": urlsplit(url).hostname or "",
    }
    return doors.shown(request, visit, "portal/flow_done.html", context)


def _said(kind: str) -> str:
    return {
        "payment_method_update": pgettext("page", "Your payment method is saved."),
        "customer_update": pgettext("page", "Your details are saved."),
        "subscription_cancel": pgettext("page", "Your subscription is canceled."),
        "subscription_pause": pgettext("page", "Your subscription is paused."),
        "subscription_update": pgettext("page", "Your subscription is changed."),
        "subscription_update_confirm": pgettext("page", "Your subscription is changed."),
        "pay_invoice": pgettext("page", "Your invoice is paid."),
        flows.RETENTION: pgettext("page", "Thank you for staying. The discount is yours."),
    }[kind]
