"""Another email address: asked for, proved by a code, and taken back by whoever reads the old one."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language, override, pgettext
from django.views.decorators.http import require_http_methods

from customers.kit import clock
from customers.kit.errors import DomainError, InvalidState, NotFound
from customers.kit.provenance import Provenance, acting
from customers.kit.tenancy import scoped_to
from customers.models import Site
from customers.services import letters
from portal.forms.details import CodeForm, EmailForm
from portal.models import EmailChange
from portal.services import email_changes
from portal.views import details, doors
from portal.views.doors import Visit


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for the new address, of whoever has just shown that the old one is theirs."""
    if "email" not in details.may_change(visit):
        raise Http404
    if visit.customer.email and not doors.is_fresh(visit):
        return doors.step_up(request, visit)
    form = EmailForm(visit.reader, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            email_changes.begin(
                visit.session,
                email=form.cleaned_data["email"],
                ip=doors.ip_of(request),
                at=visit.now,
            )
        except DomainError as error:
            form.refuse(error)
        else:
            return HttpResponseRedirect(visit.address("details-email-code"))
    context = {"form": form, "email": visit.customer.email}
    status = 400 if form.errors else 200
    return doors.shown(request, visit, "portal/details_email.html", context, status)


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take the code that was sent to the new address."""
    change = email_changes.pending(visit.session, at=visit.now)
    if change is None or "email" not in details.may_change(visit):
        return HttpResponseRedirect(visit.address("details-email"))
    form = CodeForm(visit.reader, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            email_changes.confirm(
                change, code=form.cleaned_data["code"], ip=doors.ip_of(request), at=visit.now
            )
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, pgettext("page", "Your email address is changed."))
            return HttpResponseRedirect(visit.address("details"))
    context = {"form": form, "email": change.new_email}
    status = 400 if form.errors else 200
    return doors.shown(request, visit, "portal/details_code.html", context, status)


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Take a change back, for who has the link; opening it changes nothing, since mail scanners open links."""
    doors.prepare(request)
    site = get_object_or_404(Site, slug=slug)
    now = clock.now()
    try:
        change = email_changes.to_undo(site, token, at=now)
    except NotFound as error:
        raise Http404 from error
    except InvalidState:
        with override(letters.reader_of([get_language() or "en"], site, livemode=True).language):
            return _told(request, site, "old", 410)
    reader = letters.reader(change.customer, site, livemode=change.livemode)
    origin = Provenance(
        "portal",
        change.old_email,
        getattr(request, "request_id", ""),
        ip_address=doors.ip_of(request),
    )
    with (
        scoped_to(site, livemode=change.livemode),
        override(reader.language),
        acting(origin),
    ):
        if request.method == "POST":
            return _undone(request, site, change)
        return _told(request, site, "ask", 200, email=change.old_email)


def _undone(request: HttpRequest, site: Site, change: EmailChange) -> HttpResponse:
    try:
        email_changes.undo(change, at=clock.now())
    except DomainError:
        return _told(request, site, "late", 409)
    return _told(request, site, "done", 200, email=change.old_email)


def _told(
    request: HttpRequest, site: Site, state: str, status: int, *, email: str = ""
) -> HttpResponse:
    context = {
        "site": site,
        "state": state,
        "email": email,
        "languages": [],
        "entry_url": f"/portal/{site.slug}",
    }
    return doors.secured(render(request, "portal/email_undo.html", context, status=status))
