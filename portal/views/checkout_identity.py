"""Who is at a checkout: a returning customer shows it by a code, or by a device that was trusted before (rule R13).

What a browser has shown stands in a cookie of its own: whoever else has the page's address sees nothing of it.
"""

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import pgettext

from customers.kit.errors import DomainError, RateLimited
from customers.models import Customer
from payments.models import PaymentMethod
from portal.forms.sign_in import CodeForm
from portal.models import CheckoutSession, SignIn
from portal.services import agents, checkout_visits, devices, sign_ins
from portal.views import doors
from portal.views.doors import Stranger

_ASKED, _SHOWN = "checkout-code", "checkout-shown"
_LIVES = 24 * 60 * 60  # seconds, as long as a session


def methods_of(request: HttpRequest, session: CheckoutSession) -> list[PaymentMethod]:
    """Return the saved methods that this browser may see."""
    return checkout_visits.methods_of(session) if is_shown(request, session) else []


def is_shown(request: HttpRequest, session: CheckoutSession) -> bool:
    """Tell whether this browser has shown that it is the session's customer who sits at it."""
    said = _read(request, _SHOWN)
    return session.customer_id is not None and said == [session.pk, session.customer_id]


def is_trusted(request: HttpRequest, stranger: Stranger, session: CheckoutSession) -> bool:
    """Tell whether the browser that has shown who its customer is, is one that they trust."""
    if session.customer is None or not is_shown(request, session):
        return False
    cookie = request.COOKIES.get(doors.device_cookie_name(session.site.slug), "")
    return devices.is_trusted(cookie, session.customer, at=stranger.now)


def by_device(
    request: HttpRequest, stranger: Stranger, session: CheckoutSession
) -> HttpResponse | None:
    """Know a trusted device, and come back to the page; None where there is none, or it is somebody else's."""
    name = doors.device_cookie_name(session.site.slug)
    cookie = request.COOKIES.get(name, "")
    if not cookie or is_shown(request, session):
        return None
    # Looked at before the secret changes: the device may be another customer's of this site.
    if not devices.is_of(cookie, session.email):
        return None
    found = devices.trusted(cookie, at=stranger.now)
    if found is None:
        return None
    customer, value = found
    response = HttpResponseRedirect(request.path)
    seconds = int(devices.LIVES.total_seconds())
    doors.give_cookie(response, name, value, seconds=seconds)
    _identified(response, stranger, session, customer)
    return doors.secured(response)


def ask(request: HttpRequest, stranger: Stranger, session: CheckoutSession) -> HttpResponse:
    """Send a code to the session's address, whether somebody has it or not."""
    response = HttpResponseRedirect(f"{request.path}?step=code")
    try:
        row = sign_ins.ask(
            session.email,
            language=stranger.reader.language,
            ip=doors.ip_of(request),
            at=stranger.now,
        )
    except RateLimited:
        messages.error(request, _too_often())
        return doors.secured(HttpResponseRedirect(request.path))
    _give(response, _ASKED, [session.pk, row.pk])
    return doors.secured(response)


def guess(
    request: HttpRequest, stranger: Stranger, session: CheckoutSession, form: CodeForm
) -> HttpResponse | None:
    """Take the code that was typed; None where it is not right, which the form says then."""
    row = asked(request, session)
    if row is None:
        return doors.secured(HttpResponseRedirect(request.path))
    try:
        typed = form.cleaned_data["code"]
        row = sign_ins.guess(row, typed, ip=doors.ip_of(request), at=stranger.now)
    except RateLimited:
        form.add_error("code", _too_often())
        return None
    except DomainError:
        form.add_error("code", pgettext("page", "This code is not right."))
        return None
    found = sign_ins.customers_of(row)
    theirs = [one for one in found if session.customer_id in (None, one.pk)]
    response = HttpResponseRedirect(request.path)
    is_known = bool(theirs) and _identified(response, stranger, session, theirs[0])
    if is_known and form.cleaned_data.get("trust"):
        agent = agents.named(request.headers.get("User-Agent", ""))
        value = devices.trust(theirs[0], agent=agent, at=stranger.now)
        name = doors.device_cookie_name(session.site.slug)
        seconds = int(devices.LIVES.total_seconds())
        doors.give_cookie(response, name, value, seconds=seconds)
    return doors.secured(response)


def asked(request: HttpRequest, session: CheckoutSession) -> SignIn | None:
    """Return the code that this browser asked for at this session; None where it did not."""
    said = _read(request, _ASKED)
    return sign_ins.get(said[1]) if said and said[0] == session.pk else None


def _identified(
    response: HttpResponse,
    stranger: Stranger,
    session: CheckoutSession,
    customer: Customer,
) -> bool:
    """Let a session be a customer's, and the browser know that it has shown so."""
    if session.begun_at is None:
        try:
            checkout_visits.identify(session, customer, at=stranger.now)
        except DomainError:
            return False
    elif session.customer_id != customer.pk:
        return False
    _give(response, _SHOWN, [session.pk, customer.pk])
    return True


def _give(response: HttpResponse, name: str, value: list[str]) -> None:
    signed = signing.dumps(value, salt=name)
    doors.give_cookie(response, doors.host_cookie(name), signed, seconds=_LIVES)


def _read(request: HttpRequest, name: str) -> list[str]:
    try:
        said = signing.loads(
            request.COOKIES.get(doors.host_cookie(name), ""), salt=name, max_age=_LIVES
        )
    except signing.BadSignature:
        return []
    return list(said)


def _too_often() -> str:
    return pgettext("page", "Too many codes were asked for. Try again in an hour.")
