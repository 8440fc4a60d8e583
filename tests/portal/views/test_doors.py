"""The door of the portal: whom it lets in, whose rows it chooses, and what every page carries."""

from datetime import timedelta

import pytest
from django.contrib import messages
from django.http import HttpResponse
from django.test import RequestFactory

from customers.kit import clock, provenance, tenancy
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from portal.models import PortalSession
from portal.services import sessions
from portal.views import doors
from tests.factories.customers import CustomerFactory

PAGES = [
    "overview",
    "invoices",
    "subscriptions",
    "methods",
    "details",
    "addresses",
    "consent",
    "devices",
]


@pytest.mark.parametrize("name", PAGES)
def test_a_signed_in_customer_sees_each_page(client, session, name):
    page = client.get(f"/portal/acme/{name}")

    assert page.status_code == 200
    assert page.content.decode().count("<h1") == 1
    assert page.content.decode().count('aria-current="page"') == 1


@pytest.mark.parametrize("name", PAGES)
def test_everybody_else_is_led_to_the_entry_and_keeps_where_they_were_going(client, site, name):
    page = client.get(f"/portal/acme/{name}?open=1")

    assert (page.status_code, page["Location"]) == (
        302,
        f"/portal/acme?next=%2Fportal%2Facme%2F{name}%3Fopen%3D1",
    )
    assert "no-store" in page["Cache-Control"]


def test_pages_are_kept_nowhere_and_tell_others_nothing(client, session):
    page = client.get("/portal/acme/overview")

    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cross-Origin-Resource-Policy"] == "same-origin"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"
    assert page["X-Frame-Options"] == "DENY"
    assert page["Content-Language"] == "en"
    assert "no-store" in page["Cache-Control"]
    assert "default-src 'none'" in page["Content-Security-Policy"]


def test_a_cookie_of_another_site_opens_nothing(client, session, other):
    client.cookies[doors.cookie_name("other")] = f"token of {session.customer_id}"

    page = client.get("/portal/other/overview")

    assert page["Location"] == "/portal/other?next=%2Fportal%2Fother%2Foverview"


def test_each_mode_has_its_own_customers(client, site, sign_in):
    with scoped_to(site, livemode=True):
        sign_in(CustomerFactory(name="Live Lively"))

    page = client.get("/portal/acme/overview")

    assert page.status_code == 200
    assert "This is a test" not in page.content.decode()


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"ended_at": clock.now()}, id="signed out"),
        pytest.param({"seen_at": clock.now() - sessions.IDLE}, id="idle"),
        pytest.param({"expires_at": clock.now()}, id="old"),
    ],
)
def test_a_session_that_is_over_lets_nobody_in(client, sign_in, customer, columns):
    sign_in(customer, **columns)

    page = client.get("/portal/acme/overview")

    assert page["Location"] == "/portal/acme?mode=test&next=%2Fportal%2Facme%2Foverview"


def test_a_deleted_customer_is_not_let_in(client, session, customer):
    Customer.objects.filter(pk=customer.pk).update(deleted_at=clock.now())

    page = client.get("/portal/acme/overview")

    assert page.status_code == 302


def test_a_link_s_secret_is_no_cookie(client, sign_in, customer):
    PortalSession.objects.filter(pk=sign_in(customer).pk).update(
        link_hash=sessions.hash_of("in the link")
    )
    client.cookies[doors.cookie_name("acme")] = "in the link"

    assert client.get("/portal/acme/overview").status_code == 302


def test_a_page_acts_in_the_customer_s_name_and_mode(site, session, customer):
    seen = []

    @doors.customer_page
    def view(request, visit):
        origin, scope = provenance.current(), tenancy.current()
        seen.append((origin.door, origin.actor, origin.ip_address, scope.livemode, visit.customer))
        return HttpResponse()

    view(_request("/portal/acme/overview", session), "acme")

    assert seen == [("portal", "jenny@example.com", "127.0.0.1", False, customer)]


def test_whoever_only_looks_changes_nothing(client, sign_in, customer):
    sign_in(
        customer,
        origin=PortalSession.Origin.STAFF,
        is_read_only=True,
        actor="robin@example.com",
        verified_at=None,
    )

    answer = client.post("/portal/acme/details", {"name": "Somebody else"})

    assert (answer.status_code, answer["Location"]) == (302, "/portal/acme/details")
    page = client.get("/portal/acme/details").content.decode()
    assert "You are only looking: nothing was changed." in page
    assert "You see what Jenny Rosen sees." in page


def test_a_use_is_noted_once_a_minute(client, session):
    client.get("/portal/acme/overview")

    session.refresh_from_db()
    first = session.seen_at
    client.get("/portal/acme/overview")
    session.refresh_from_db()
    assert clock.now() - first < timedelta(minutes=1)
    assert session.seen_at == first


def test_signing_out_ends_the_session(client, session):
    answer = client.post("/portal/acme/sign-out")

    session.refresh_from_db()
    assert answer["Location"] == "/portal/acme?mode=test"
    assert session.ended_at is not None
    assert client.cookies[doors.cookie_name("acme")].value == ""


def test_a_page_of_the_portal_makes_no_session_of_staff(client, session):
    client.get("/portal/acme/overview")

    assert "staff" not in client.cookies


@pytest.mark.parametrize(
    ("locale", "preferred", "asked", "language"),
    [
        pytest.param("ja", ["fr"], "ko", "ja", id="chosen"),
        pytest.param("", ["fr-CA"], "ko", "fr", id="the customer's"),
        pytest.param("", [], "ko-KR,ko;q=0.9", "ko", id="the browser's"),
        pytest.param("", ["tlh"], "ko", "en", id="none that is offered"),
    ],
)
def test_the_language_is_the_first_that_is_known(
    client, sign_in, customer, locale, preferred, asked, language
):
    Customer.objects.filter(pk=customer.pk).update(preferred_locales=preferred)
    sign_in(customer, locale=locale)

    page = client.get("/portal/acme/overview", headers={"Accept-Language": asked})

    assert page["Content-Language"] == language
    assert f'<html lang="{language}"' in page.content.decode()


def test_another_language_can_be_chosen(client, session):
    answer = client.post(
        "/portal/acme/language", {"language": "th", "next": "/portal/acme/details?a=1"}
    )

    assert answer["Location"] == "/portal/acme/details?a=1"
    assert client.get("/portal/acme/overview")["Content-Language"] == "th"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/portal/acme/\\evil.example",
        "/portal/other/overview",
        "/admin/",
        "/portal/acme/a\r\nb",
        "/portal/acme/" + "a" * 500,
        "",
    ],
)
def test_nobody_is_led_outside_of_a_portal(client, session, wanted):
    answer = client.post("/portal/acme/language", {"language": "th", "next": wanted})

    assert answer["Location"] == "/portal/acme/overview"


def test_a_code_is_fresh_for_ten_minutes(site, sign_in, customer):
    now = clock.now()
    found = []

    @doors.customer_page
    def view(request, visit):
        found.append(doors.is_fresh(visit))
        return doors.step_up(request, visit)

    answers = [
        view(
            _request(f"/portal/acme/{age}", sign_in(CustomerFactory(), verified_at=now - age)),
            "acme",
        )
        for age in (timedelta(minutes=9), timedelta(minutes=10))
    ]

    assert found == [True, False]
    assert answers[0]["Location"] == "/portal/acme/verify?next=%2Fportal%2Facme%2F0%3A09%3A00"


def test_what_is_said_stays_in_a_cookie_of_the_portal(site, session):
    @doors.customer_page
    def view(request, visit):
        messages.success(request, "Saved.")
        return HttpResponse()

    request = _request("/portal/acme/overview", session)
    answer = view(request, "acme")
    request._messages.update(answer)

    assert list(answer.cookies) == ["said"]


def test_over_https_cookies_are_kept_to_the_host(settings):
    settings.HTTPS = True

    assert doors.cookie_name("acme") == "__Host-portal-acme"


def _request(path, session):
    request = RequestFactory().get(path)
    request.COOKIES[doors.cookie_name("acme")] = f"token of {session.customer_id}"
    return request
