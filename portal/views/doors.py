"""The door of the customer's pages: who they are, whose customer, in which language, and what every page has in common.

A page of a signed-in customer is a view `page(request, visit, …)` under `@customer_page`. Its site's rows are chosen,
what it does is done in the customer's name, and what it shows goes through `shown`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language, override, pgettext

from customers.kit import clock
from customers.kit.provenance import Provenance, acting
from customers.kit.tenancy import scoped_to
from customers.models import Customer, Site
from customers.services import letters, test_clocks
from customers.services.letters import Reader
from portal.models import PortalConfiguration, PortalSession
from portal.services import flows, sessions

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
SAFE = {"GET", "HEAD", "OPTIONS"}
_LONGEST_NEXT = 500
_HEADERS = {
    # Not `no-referrer`: under it browsers say `Origin: null` with a form, and Django takes it for a forgery.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(self)",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer on a page of the portal.

    Args:
        reader: the language and the locale of what they read.
        at: what time it is for the customer, whose test clock may show another than ours.
        now: what time it is.
    """

    site: Site
    customer: Customer
    session: PortalSession
    configuration: PortalConfiguration
    reader: Reader
    at: datetime
    now: datetime

    @property
    def flow(self) -> Mapping[str, Any]:
        """What the customer was sent here for, spelled as on the wire; empty where it is for the whole portal."""
        flow: Mapping[str, Any] = self.session.flow
        return flow

    def address(self, name: str, *args: str) -> str:
        """Return the path of a page of this portal, such as `invoices`."""
        return reverse(f"portal:{name}", args=[self.site.slug, *args])

    def feature(self, name: str) -> Mapping[str, Any]:
        """Return what the configuration says of a feature, such as `subscription_cancel`."""
        return sessions.feature(self.session, name)

    def may(self, name: str) -> bool:
        """Tell whether the configuration offers a feature."""
        return bool(self.feature(name)["enabled"])


def customer_page(
    view: Callable[Concatenate[HttpRequest, Visit, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Make a view one for customers who are signed in; all others are led to where they can, and back afterwards."""

    @wraps(view)
    def page(
        request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        prepare(request)
        now = clock.now()
        session = sessions.with_token(slug, request.COOKIES.get(cookie_name(slug), ""))
        if session is None or not sessions.is_open(session, at=now):
            return secured(_to_entry(request, slug, session))
        with scoped_to(session.site, livemode=session.livemode):
            sessions.note(session, at=now)
            visit = _visit(session, now)
            with acting(_origin(request, session)), override(visit.reader.language):
                if session.is_read_only and request.method not in SAFE:
                    return secured(_refused(request))
                elsewhere = _detour(request, visit)
                if elsewhere is not None:
                    return secured(HttpResponseRedirect(elsewhere))
                response = view(request, visit, *args, **kwargs)
                response["Content-Language"] = visit.reader.language
                return secured(response)

    return page


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who is not signed in, on a page of a site's portal."""

    site: Site
    livemode: bool
    reader: Reader
    now: datetime


@contextmanager
def outside(request: HttpRequest, site: Site, *, livemode: bool) -> Iterator[Stranger]:
    """Choose a site, a mode and a language for somebody who is not signed in."""
    prepare(request)
    reader = letters.reader_of([_asked()], site, livemode=livemode)
    origin = Provenance("portal", "", getattr(request, "request_id", ""), ip_address=ip_of(request))
    with scoped_to(site, livemode=livemode), acting(origin), override(reader.language):
        yield Stranger(site, livemode, reader, clock.now())


def shown_outside(
    request: HttpRequest,
    stranger: Stranger,
    template: str,
    context: Mapping[str, Any],
    status: int = 200,
) -> HttpResponse:
    """Render a page for somebody who is not signed in."""
    frame = {
        "site": stranger.site,
        "legal": legal(stranger.site),
        "languages": languages(stranger.site),
        "language": stranger.reader.language,
        "is_test": not stranger.livemode,
    }
    response = render(request, template, {**frame, **context}, status=status)
    response["Content-Language"] = stranger.reader.language
    return secured(response)


def shown(
    request: HttpRequest,
    visit: Visit,
    template: str,
    context: Mapping[str, Any],
    status: int = 200,
) -> HttpResponse:
    """Render a page with the frame around it: the merchant, the way to the other pages, the languages."""
    back_url = visit.session.return_url or visit.configuration.default_return_url
    frame = {
        "site": visit.site,
        "customer": visit.customer,
        "visit": visit,
        "tabs": _tabs(request, visit),
        "languages": languages(visit.site),
        "language": visit.reader.language,
        "back_url": back_url,
        "back_host": urlsplit(back_url).hostname,
        "legal": legal(visit.site, visit.configuration),
        "is_test": not visit.session.livemode,
    }
    return render(request, template, {**frame, **context}, status=status)


def legal(site: Site, configuration: PortalConfiguration | None = None) -> dict[str, str]:
    """Return where the terms and the privacy policy stand: a configuration's own before the site's."""
    terms, privacy = (
        (configuration.terms_of_service_url, configuration.privacy_policy_url)
        if configuration is not None
        else ("", "")
    )
    return {"terms_url": terms or site.terms_url, "privacy_url": privacy or site.privacy_url}


def is_fresh(visit: Visit) -> bool:
    """Tell whether the customer typed a code just now, and so may do what is sensitive."""
    return sessions.is_fresh(visit.session, at=visit.now)


def step_up(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask the customer for a fresh code, and come back to this page afterwards."""
    asked = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{visit.address('verify')}?{asked}")


def languages(site: Site) -> list[tuple[str, str]]:
    """Return the languages that a site's customers can choose, with what each calls itself."""
    names = dict(settings.LANGUAGES)
    return [(code, names[code]) for code in letters.offered(site)]


def prepare(request: HttpRequest) -> None:
    """Keep what is said to the customer in a cookie of the portal, not in the session of staff."""
    request._messages = _Said(request)  # type: ignore[attr-defined]  # noqa: SLF001 -- where Django looks for them


def secured(response: R) -> R:
    """Give an answer the headers that every page of the portal has."""
    add_never_cache_headers(response)
    for name, value in _HEADERS.items():
        response.setdefault(name, value)
    return response


def cookie_name(slug: str) -> str:
    """Return the name of the cookie that signs customers of a site in."""
    return host_cookie(f"portal-{slug}")


def host_cookie(name: str) -> str:
    """Return a cookie's name with the prefix by which browsers keep it to this host; they do so with HTTPS only."""
    return f"__Host-{name}" if settings.HTTPS else name


def give_cookie(
    response: HttpResponse, name: str, value: str, *, seconds: int | None = None
) -> None:
    """Set a cookie that only this host gets, and no script.

    Args:
        seconds: how long the browser keeps it; until it is closed when absent.
    """
    response.set_cookie(
        name, value, max_age=seconds, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )


def device_cookie_name(slug: str) -> str:
    """Return the name of the cookie by which a site knows a trusted device."""
    return host_cookie(f"device-{slug}")


def ip_of(request: HttpRequest) -> str:
    """Return where a request came from."""
    return str(request.META.get("REMOTE_ADDR", ""))


def entry(site: Site, *, livemode: bool) -> str:
    """Return the path where a site's customers sign in."""
    return f"{reverse('portal:front', args=[site.slug])}{'' if livemode else '?mode=test'}"


def first_page(session: PortalSession, wanted: str) -> str:
    """Return the page on which a session begins: what the customer wanted, else the portal's first one."""
    return where_next(session.site.slug, wanted)


def where_next(slug: str, wanted: str) -> str:
    """Return the page of a portal that somebody wanted; its first one where that is none of them."""
    home = reverse("portal:home", args=[slug])
    inside = wanted.startswith(f"/portal/{slug}/") and "\\" not in wanted and wanted.isprintable()
    return wanted if inside and len(wanted) <= _LONGEST_NEXT else home


class _Said(CookieStorage):
    cookie_name = host_cookie("said")


def _visit(session: PortalSession, now: datetime) -> Visit:
    customer, site = session.customer, session.site
    is_chosen = session.locale not in {"", "auto"}
    tags = [session.locale] if is_chosen else customer.preferred_locales or [_asked()]
    return Visit(
        site=site,
        customer=customer,
        session=session,
        configuration=session.configuration,
        reader=letters.reader_of(tags, site, livemode=session.livemode),
        at=test_clocks.now_for(customer, now),
        now=now,
    )


def _asked() -> str:
    """Return the language that the browser asks for."""
    return get_language() or "en"


def _origin(request: HttpRequest, session: PortalSession) -> Provenance:
    actor = session.actor or session.customer.email
    request_id = getattr(request, "request_id", "")
    return Provenance("portal", actor, request_id, ip_address=ip_of(request))


def _to_entry(request: HttpRequest, slug: str, session: PortalSession | None) -> HttpResponse:
    """Lead to where customers sign in, in the mode in which they were or asked for."""
    is_test = not session.livemode if session else request.GET.get("mode") == "test"
    asked = {"mode": "test"} if is_test else {}
    if request.method in SAFE:
        asked["next"] = request.get_full_path()
    return HttpResponseRedirect(f"{reverse('portal:front', args=[slug])}?{urlencode(asked)}")


def _detour(request: HttpRequest, visit: Visit) -> str | None:
    """Return where somebody has to be who was sent here for one thing; None where they are there."""
    match = request.resolver_match
    if match is None:
        return None
    named = {name: value for name, value in match.kwargs.items() if name != "slug"}
    return flows.detour(visit, match.url_name or "", named)


def _refused(request: HttpRequest) -> HttpResponse:
    messages.error(request, pgettext("page", "You are only looking: nothing was changed."))
    return HttpResponseRedirect(request.get_full_path())


def _tabs(request: HttpRequest, visit: Visit) -> list[dict[str, Any]]:
    """Return the way to the other pages; a page belongs to the tab whose name its own begins with."""
    if visit.flow:
        return []
    here = request.resolver_match.url_name if request.resolver_match else ""
    current = (here or "").partition("-")[0]
    names = {
        "home": pgettext("page", "Overview"),
        "invoices": pgettext("page", "Invoices"),
        "subscriptions": pgettext("page", "Subscriptions"),
        "methods": pgettext("page", "Payment methods"),
        "details": pgettext("page", "Details"),
        "addresses": pgettext("page", "Addresses"),
        "consent": pgettext("page", "Marketing and data"),
        "devices": pgettext("page", "Devices"),
    }
    if not visit.may("invoice_history"):
        del names["invoices"]
    return [
        {"label": label, "url": visit.address(name), "is_current": name == current}
        for name, label in names.items()
    ]
