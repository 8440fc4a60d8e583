"""Signing in: the address, the code, the link of the letter, and which of several customers it is."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import pgettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from customers.kit import clock
from customers.kit.errors import DomainError, InvalidRequest, RateLimited
from customers.models import Customer, Site
from portal.emails.addresses import masked
from portal.forms.sign_in import CodeForm, EmailForm
from portal.models import PortalConfiguration, PortalSession, SignIn
from portal.services import agents, configurations, devices, sessions, sign_ins
from portal.views import doors, statement
from portal.views.doors import Stranger

_SALT, _LATE = "portal sign-in", "portal late link"
_REMEMBERED = 3600  # seconds


@require_http_methods(["GET", "HEAD", "POST"])
def front(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask whose account it is, and have a code sent."""
    site = get_object_or_404(Site, slug=slug)
    late = _late(request, site)
    livemode = late.livemode if late else request.GET.get("mode") != "test"
    with doors.outside(request, site, livemode=livemode) as stranger:
        wanted = doors.where_next(slug, request.GET.get("next", ""))
        if late is None and _is_in(request, stranger):
            return doors.secured(HttpResponseRedirect(wanted))
        named = request.GET.get("configuration", "")
        configuration = late.configuration if late else configurations.for_entry(named)
        has_form = bool(late and late.customer.email) or (
            configuration is None or configuration.has_login_page
        )
        form = EmailForm(request.POST if request.method == "POST" and late is None else None)
        if request.method != "POST" or not has_form or not (late or form.is_valid()):
            return _asked(request, stranger, form, late, configuration, has_form=has_form)
        try:
            row = sign_ins.ask(
                late.customer.email if late else form.cleaned_data["email"],
                language=stranger.reader.language,
                ip=doors.ip_of(request),
                wanted=wanted,
                configuration=configuration,
                resumes=late,
                at=stranger.now,
            )
        except RateLimited:
            messages.error(request, _too_often())
            return _asked(request, stranger, form, late, configuration, has_form=True, status=429)
        return remembered(stranger, row)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the code that was sent to the address which this browser asked for."""
    site = get_object_or_404(Site, slug=slug)
    pk, livemode = _cookie(request, site)
    with doors.outside(request, site, livemode=livemode) as stranger:
        row = sign_ins.get(pk) if pk else None
        if row is None or row.used_at is not None:
            return doors.secured(HttpResponseRedirect(doors.entry(site, livemode=livemode)))
        form = CodeForm(request.POST if request.method == "POST" else None)
        if row.renews_id:
            form.without_trust()
        if form.is_valid():
            refusal = _guessed(request, stranger, row, form)
            if refusal is None:
                trust = bool(form.cleaned_data.get("trust"))
                return _let_in(request, stranger, row, trust=trust)
            form.add_error("code", refusal)
        form.focus_on_error()
        is_over = not sign_ins.is_open(row, at=stranger.now) and row.verified_at is None
        context = {
            "form": form,
            "address": _shown_address(row),
            "is_over": is_over,
            "can_ask_again": row.resends < sign_ins.MOST_RESENDS,
            "front_url": doors.entry(site, livemode=livemode),
            "legal": doors.legal(site, row.configuration),
        }
        return doors.shown_outside(request, stranger, "portal/code.html", context)


@require_POST
def again(request: HttpRequest, slug: str) -> HttpResponse:
    """Have another code sent."""
    site = get_object_or_404(Site, slug=slug)
    pk, livemode = _cookie(request, site)
    with doors.outside(request, site, livemode=livemode) as stranger:
        row = sign_ins.get(pk) if pk else None
        if row is None or row.used_at is not None:
            return doors.secured(HttpResponseRedirect(doors.entry(site, livemode=livemode)))
        try:
            fresh = sign_ins.ask(
                sign_ins.address_of(row),
                language=stranger.reader.language,
                ip=doors.ip_of(request),
                wanted=row.wanted,
                configuration=row.configuration,
                resumes=row.resumes,
                renews=row.renews,
                again=row,
                at=stranger.now,
            )
        except RateLimited:
            messages.error(request, _too_often())
            return doors.secured(HttpResponseRedirect(reverse("portal:code", args=[slug])))
        messages.success(
            request, pgettext("page", "Another code is on its way. Earlier ones no longer work.")
        )
        return remembered(stranger, fresh)


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask which of the customers with one address it is."""
    site = get_object_or_404(Site, slug=slug)
    pk, livemode = _cookie(request, site)
    with doors.outside(request, site, livemode=livemode) as stranger:
        row = sign_ins.get(pk) if pk else None
        if row is None or row.verified_at is None or row.used_at is not None:
            return doors.secured(HttpResponseRedirect(doors.entry(site, livemode=livemode)))
        found = sign_ins.customers_of(row)
        chosen = request.POST.get("customer", "")
        customer = next((one for one in found if one.pk == chosen), None)
        if customer is not None:
            trust = request.GET.get("trust") == "1"
            return _entered(request, stranger, row, customer, trust=trust)
        customers = [(one, statement.day(one.created_at, stranger.reader)) for one in found]
        context = {
            "customers": customers,
            "is_missing": request.method == "POST",
            "legal": doors.legal(site, row.configuration),
        }
        return doors.shown_outside(request, stranger, "portal/choose.html", context)


@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, slug: str, secret: str) -> HttpResponse:
    """Take the link of the letter for the code, once somebody presses the button: programs that read mail do not."""
    site = get_object_or_404(Site, slug=slug)
    row = sign_ins.by_link(secret)
    if row is not None and row.site_id != site.pk:
        row = None
    livemode = row.livemode if row else True
    with doors.outside(request, site, livemode=livemode) as stranger:
        is_here = row is not None and _cookie(request, site)[0] == row.pk
        is_good = row is not None and sign_ins.is_open(row, at=stranger.now)
        if row is None or not is_good or (row.renews_id and not is_here):
            context = {"front_url": doors.entry(site, livemode=livemode)}
            return doors.shown_outside(request, stranger, "portal/link_over.html", context, 410)
        if request.method != "POST":
            shown = {
                "address": masked(sign_ins.address_of(row)),
                "is_here": is_here,
                "legal": doors.legal(site, row.configuration),
            }
            return doors.shown_outside(request, stranger, "portal/link.html", shown)
        try:
            row = sign_ins.confirm(row, at=stranger.now)
        except DomainError:
            return doors.secured(HttpResponseRedirect(request.path))
        return _let_in(request, stranger, row, trust=False)


def late_address(session: PortalSession) -> str:
    """Return where whoever comes with a session's link too late can show who they are, and go on."""
    asked = urlencode({"late": signing.dumps(session.pk, salt=_LATE)})
    return f"{reverse('portal:front', args=[session.site.slug])}?{asked}"


def remembered(stranger: Stranger, row: SignIn) -> HttpResponse:
    """Lead to where the code is typed, in this browser only."""
    site = stranger.site
    response = HttpResponseRedirect(reverse("portal:code", args=[site.slug]))
    value = signing.dumps([row.pk, row.livemode], salt=_SALT)
    doors.give_cookie(response, _cookie_name(site), value, seconds=_REMEMBERED)
    return doors.secured(response)


def _asked(
    request: HttpRequest,
    stranger: Stranger,
    form: EmailForm,
    late: PortalSession | None,
    configuration: PortalConfiguration | None,
    *,
    has_form: bool,
    status: int = 200,
) -> HttpResponse:
    form.focus_on_error()
    context = {
        "form": form if has_form else None,
        "late_address": masked(late.customer.email) if late and late.customer.email else "",
        "is_late": late is not None,
        "headline": configuration.headline if configuration else "",
        "legal": doors.legal(stranger.site, configuration),
        "action": request.get_full_path(),
        "front_url": doors.entry(stranger.site, livemode=stranger.livemode),
    }
    return doors.shown_outside(request, stranger, "portal/front.html", context, status)


def _guessed(request: HttpRequest, stranger: Stranger, row: SignIn, form: CodeForm) -> str | None:
    """Return why a code lets nobody in; None where it does."""
    typed = form.cleaned_data["code"]
    try:
        sign_ins.guess(row, typed, ip=doors.ip_of(request), at=stranger.now)
    except InvalidRequest:
        return pgettext("page", "This code is not right. Look at the newest email.")
    except RateLimited:
        return _too_often()
    except DomainError:
        return pgettext("page", "This code no longer works. Ask for a new one.")
    return None


def _let_in(request: HttpRequest, stranger: Stranger, row: SignIn, *, trust: bool) -> HttpResponse:
    found = sign_ins.customers_of(row)
    if len(found) == 1:
        return _entered(request, stranger, row, found[0], trust=trust)
    query = "?trust=1" if trust else ""
    response = remembered(stranger, row)
    response["Location"] = f"{reverse('portal:choose', args=[stranger.site.slug])}{query}"
    return response


def _entered(
    request: HttpRequest, stranger: Stranger, row: SignIn, customer: Customer, *, trust: bool
) -> HttpResponse:
    slug, at = stranger.site.slug, stranger.now
    agent = agents.named(request.headers.get("User-Agent", ""))
    try:
        session, token = sign_ins.enter(row, customer, agent=agent, at=at)
    except DomainError:
        return doors.secured(
            HttpResponseRedirect(doors.entry(stranger.site, livemode=row.livemode))
        )
    response = HttpResponseRedirect(doors.first_page(session, row.wanted))
    doors.give_cookie(response, doors.cookie_name(slug), token)
    response.delete_cookie(_cookie_name(stranger.site), samesite="Lax")
    if trust:
        value = devices.trust(customer, agent=agent, at=at)
        seconds = int(devices.LIVES.total_seconds())
        doors.give_cookie(response, doors.device_cookie_name(slug), value, seconds=seconds)
    return doors.secured(response)


def _is_in(request: HttpRequest, stranger: Stranger) -> bool:
    slug = stranger.site.slug
    session = sessions.with_token(slug, request.COOKIES.get(doors.cookie_name(slug), ""))
    return (
        session is not None
        and session.livemode == stranger.livemode
        and sessions.is_open(session, at=stranger.now)
    )


def _late(request: HttpRequest, site: Site) -> PortalSession | None:
    """Return the session whose link came too late, where the browser was led here from it."""
    said = request.GET.get("late", "")
    if not said:
        return None
    try:
        pk = signing.loads(said, salt=_LATE, max_age=sessions.KEPT)
    except signing.BadSignature:
        return None
    return sessions.late(site, pk, at=clock.now())


def _cookie(request: HttpRequest, site: Site) -> tuple[str, bool]:
    """Return what this browser asked for, and in which mode; an empty id where it did not."""
    try:
        pk, livemode = signing.loads(
            request.COOKIES.get(_cookie_name(site), ""), salt=_SALT, max_age=_REMEMBERED
        )
    except (signing.BadSignature, ValueError):
        return "", True
    return str(pk), bool(livemode)


def _cookie_name(site: Site) -> str:
    return doors.host_cookie(f"code-{site.slug}")


def _shown_address(row: SignIn) -> str:
    """Return the address as far as this browser knows it."""
    address = sign_ins.address_of(row)
    return masked(address) if row.resumes_id or row.renews_id else address


def _too_often() -> str:
    return pgettext("page", "Too many codes were asked for or tried. Try again in an hour.")
