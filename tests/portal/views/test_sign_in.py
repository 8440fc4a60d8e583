"""The pages for signing in: what they show to whom, and where they lead."""

from datetime import timedelta

import pytest
from django.core import mail

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Message, Site
from customers.services import messages
from portal.models import PortalSession, SignIn, TrustedDevice
from portal.services import configurations, devices, sessions, sign_ins
from portal.views import doors
from tests.factories.customers import CustomerFactory
from tests.factories.portal import PortalSessionFactory

FRONT = "/portal/acme?mode=test"


def _ask(client, address="jenny@example.com", query=""):
    return client.post(FRONT + query, {"email": address})


def _mailed():
    """Do what the worker does, and return the code and the link's path."""
    row = SignIn.objects.order_by("-created_at").first()
    message = sign_ins.send(row.pk, at=clock.now())
    messages.send(message, at=clock.now())
    lines = mail.outbox[-1].body.splitlines()
    code = next(line for line in lines if line.isdigit())
    return code, next("/portal/" + line.partition("/portal/")[2] for line in lines if "/s/" in line)


def test_a_customer_signs_in_by_code_and_comes_to_where_they_wanted(client, customer):
    asked = _ask(client, query="&next=/portal/acme/invoices")
    code, _link = _mailed()

    page = client.get(asked["Location"])
    entered = client.post("/portal/acme/code", {"code": f"{code[:3]} {code[3:]}"})

    assert (asked.status_code, asked["Location"]) == (302, "/portal/acme/code")
    assert "jenny@example.com" in page.content.decode()
    assert 'autocomplete="one-time-code"' in page.content.decode()
    assert "maxlength" not in page.content.decode()
    assert entered["Location"] == "/portal/acme/invoices"
    assert client.get("/portal/acme/invoices").status_code == 200
    assert TrustedDevice.objects.count() == 0
    assert client.get(FRONT)["Location"] == "/portal/acme/overview"


def test_known_and_unknown_addresses_are_answered_alike(client, customer):
    answers = [_ask(client, address) for address in ("jenny@example.com", "jerry@example.com")]
    pages = [client.get(answers[0]["Location"]).content.decode() for _ in answers]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, "/portal/acme/code")
    ] * 2
    assert pages[0].count("jerry@example.com") == pages[1].count("jerry@example.com") == 1


def test_cookies_are_for_this_host_and_for_no_script(client, customer):
    asked = _ask(client)
    code, _link = _mailed()
    entered = client.post("/portal/acme/code", {"code": code, "trust": "on"})

    cookies = {**asked.cookies, **entered.cookies}
    kept = {name: one for name, one in cookies.items() if name != "csrf" and one.value}
    assert {n: (one["httponly"], one["samesite"], one["path"]) for n, one in kept.items()} == {
        "portal-acme": (True, "Lax", "/"),
        "device-acme": (True, "Lax", "/"),
    }
    assert cookies["code-acme"].value == ""
    assert cookies["device-acme"]["max-age"] == 30 * 24 * 3600


def test_a_device_is_trusted_where_the_customer_says_so(client, customer):
    _ask(client)
    code, _link = _mailed()

    entered = client.post("/portal/acme/code", {"code": code, "trust": "on"})

    value = entered.cookies["device-acme"].value
    assert devices.trusted(value, at=clock.now())[0] == customer


def test_a_wrong_code_is_told_beside_its_field(client, customer):
    _ask(client)
    code, _link = _mailed()

    page = client.post("/portal/acme/code", {"code": f"{(int(code) + 1) % 10**6:06}"})

    assert page.status_code == 200
    assert "This code is not right." in page.content.decode()
    assert 'aria-invalid="true"' in page.content.decode()
    assert PortalSession.objects.count() == 0


def test_another_browser_has_no_use_for_the_code(client, customer):
    _ask(client)
    code, _link = _mailed()
    client.cookies.clear()

    answer = client.post("/portal/acme/code", {"code": code})

    assert answer["Location"] == "/portal/acme"
    assert PortalSession.objects.count() == 0


def test_a_forged_cookie_is_none(client, customer):
    _ask(client)
    client.cookies["code-acme"] = client.cookies["code-acme"].value + "x"

    assert client.get("/portal/acme/code").status_code == 302


def test_another_code_can_be_asked_for(client, customer):
    _ask(client)
    _mailed()

    again = client.post("/portal/acme/code/again")
    second, _link = _mailed()
    page = client.get("/portal/acme/code").content.decode()

    assert again["Location"] == "/portal/acme/code"
    assert "Another code is on its way." in page
    assert client.post("/portal/acme/code", {"code": second}).status_code == 302


def test_too_many_mails_are_refused_alike_for_everybody(client, customer):
    for address in ("jenny@example.com", "nobody@example.com"):
        answers = [_ask(client, address) for _ in range(7)]

        assert [answer.status_code for answer in answers] == [302] * 6 + [429]
        assert "Try again in an hour." in answers[-1].content.decode()


def test_no_address_is_told_beside_its_field(client, site):
    page = _ask(client, "no address")

    assert page.status_code == 200
    assert "Write an email address" in page.content.decode()


def test_the_link_of_the_letter_signs_in_once_somebody_presses_the_button(client, customer):
    _ask(client, query="&next=/portal/acme/details")
    _code, link = _mailed()

    shown = client.get(link)
    again = client.get(link)
    entered = client.post(link)

    assert "Continue as j•••@example.com" in shown.content.decode()
    assert "in another browser" not in again.content.decode()
    assert entered["Location"] == "/portal/acme/details"
    assert client.get(link).status_code == 410


def test_the_link_says_where_it_was_opened_elsewhere(client, customer):
    _ask(client)
    _code, link = _mailed()
    client.cookies.clear()

    page = client.get(link)

    assert "This signs in this browser." in page.content.decode()


@pytest.mark.parametrize("path", ["/portal/acme/s/unknown", "/portal/acme/s/" + "a" * 500])
def test_an_unknown_link_leads_to_a_new_code(client, site, path):
    assert client.get(path).status_code == 410


def test_a_link_of_one_site_is_none_of_another(client, customer, other):
    _ask(client)
    _code, link = _mailed()

    assert client.post(link.replace("acme", "other")).status_code == 410
    assert PortalSession.objects.count() == 0


def test_several_customers_with_an_address_choose(client, customer):
    second = CustomerFactory(name="Rosen Ltd", email="jenny@example.com")
    stranger = CustomerFactory()
    _ask(client)
    code, _link = _mailed()

    answer = client.post("/portal/acme/code", {"code": code, "trust": "on"})
    page = client.get(answer["Location"]).content.decode()
    refused = client.post(answer["Location"], {"customer": stranger.pk})
    entered = client.post(answer["Location"], {"customer": second.pk})

    assert answer["Location"] == "/portal/acme/choose?trust=1"
    assert ("Jenny Rosen" in page, "Rosen Ltd" in page, stranger.name in page) == (
        True,
        True,
        False,
    )
    assert "Choose one of them." in refused.content.decode()
    assert entered["Location"] == "/portal/acme/overview"
    assert PortalSession.objects.get().customer == second
    assert devices.of_customer(second, at=clock.now()) != []


def test_nobody_chooses_before_the_code(client, customer):
    CustomerFactory(email="jenny@example.com")
    _ask(client)

    answer = client.post("/portal/acme/choose", {"customer": customer.pk})

    assert answer["Location"] == FRONT
    assert PortalSession.objects.count() == 0


def test_live_customers_sign_in_at_the_address_without_a_mode(client, site, scope):
    with scoped_to(site, livemode=True):
        customer = CustomerFactory(email="jenny@example.com")
    client.post("/portal/acme", {"email": "jenny@example.com"})

    with scoped_to(site, livemode=True):
        code, _link = _mailed()
        client.post("/portal/acme/code", {"code": code})
        assert PortalSession.objects.get().customer == customer
    assert SignIn.objects.count() == 0


def test_a_site_whose_portal_has_no_sign_in_page_says_whom_to_ask(client, site, scope):
    configuration = configurations.default(at=clock.now())
    type(configuration).objects.update(has_login_page=False)

    page = client.get(FRONT)
    answer = _ask(client)

    assert 'name="email"' not in page.content.decode()
    assert answer.status_code == 200
    assert SignIn.objects.count() == 0


def _with_policy(name, **columns):
    """Change the default configuration, whose policy is its own."""
    policy = f"https://example.com/{name}/privacy"
    configuration = configurations.default(at=clock.now())
    return configurations.update(
        configuration, details={"privacy_policy_url": policy, **columns}, at=clock.now()
    )


def test_whoever_signs_in_reads_the_headline_and_the_policies(client, customer):
    CustomerFactory(email="jenny@example.com")
    Site.objects.filter(pk=customer.site_id).update(terms_url="https://example.com/terms")
    _with_policy("plants", headline="Everything about your plants")

    front = client.get(FRONT)
    code_page = client.get(_ask(client)["Location"])
    code, link = _mailed()
    link_page = client.get(link)
    choice = client.get(client.post("/portal/acme/code", {"code": code})["Location"])

    assert "Everything about your plants" in front.content.decode()
    assert [page.context["legal"] for page in (front, code_page, link_page, choice)] == [
        {
            "terms_url": "https://example.com/terms",
            "privacy_url": "https://example.com/plants/privacy",
        }
    ] * 4
    assert 'href="https://example.com/plants/privacy"' in front.content.decode()


def test_the_sign_in_page_of_another_configuration_has_its_own_headline(client, customer):
    _with_policy("plants", headline="Everything about your plants")
    details = {"headline": "Everything about your pots", "has_login_page": True}
    pots = configurations.create(details=details, at=clock.now())

    page = client.get(f"{FRONT}&configuration={pots.pk}").content.decode()
    _ask(client, query=f"&configuration={pots.pk}")
    code, _link = _mailed()
    client.post("/portal/acme/code", {"code": code})

    assert "Everything about your pots" in page
    assert "plants" not in page
    assert PortalSession.objects.get().configuration == pots


def test_a_late_link_shows_the_policies_of_its_session(client, customer):
    configuration = _with_policy("plants")
    own = configurations.create(
        details={"privacy_policy_url": "https://example.com/pots/privacy"}, at=clock.now()
    )
    long_ago = clock.now() - timedelta(minutes=6)
    _session, secret = sessions.make_link(customer, configuration=own, at=long_ago)

    page = client.get(client.get(f"/portal/acme/enter/{secret}")["Location"])

    assert configuration.privacy_policy_url not in page.content.decode()
    assert page.context["legal"]["privacy_url"] == "https://example.com/pots/privacy"


def _link_of(customer, **more):
    configuration = configurations.default(at=clock.now())
    at = more.pop("at", clock.now())
    session, secret = sessions.make_link(customer, configuration=configuration, at=at, **more)
    return session, f"/portal/acme/enter/{secret}"


def test_a_session_s_link_is_swapped_for_a_cookie_once(client, customer):
    session, link = _link_of(customer, flow={"type": "payment_method_update"})

    entered = client.get(link)

    assert (entered.status_code, entered["Location"]) == (303, "/portal/acme/overview")
    assert entered["Referrer-Policy"] == "no-referrer"
    assert (
        client.get("/portal/acme/overview")["Location"] == "/portal/acme/methods"
    )  # where its flow begins
    assert client.get("/portal/acme/methods").status_code == 200
    session.refresh_from_db()
    assert (session.verified_at, session.used_at is None) == (None, False)
    assert client.get(link)["Location"] == "/portal/acme/overview"
    client.cookies.clear()
    assert client.get(link)["Location"].startswith("/portal/acme?late=")


def test_a_link_that_is_asked_for_by_head_is_not_used(client, customer):
    _session, link = _link_of(customer)

    client.head(link)

    assert client.get(link)["Location"] == "/portal/acme/overview"


def test_a_link_is_good_for_five_minutes_and_then_leads_to_a_code_and_on(client, customer):
    at = clock.now() - timedelta(minutes=5)
    late, link = _link_of(customer, at=at, flow={"type": "payment_method_update"}, locale="fr")

    moved = client.get(link)
    page = client.get(moved["Location"])
    asked = client.post(moved["Location"])
    code, _link = _mailed()
    shown = client.get(asked["Location"]).content.decode()
    client.post("/portal/acme/code", {"code": code})

    assert "j•••@example.com" in page.content.decode()
    assert "jenny@" not in page.content.decode() + shown
    session = PortalSession.objects.exclude(pk=late.pk).get()
    assert (session.customer, session.flow, session.locale) == (
        customer,
        {"type": "payment_method_update"},
        "fr",
    )


def test_a_link_of_another_site_leads_to_that_site_s_entry(client, customer, other):
    _session, link = _link_of(customer)

    assert client.get(link.replace("acme", "other"))["Location"] == "/portal/other"


def test_a_late_link_cannot_be_made_up(client, customer):
    session, _link = _link_of(customer)

    page = client.get(f"/portal/acme?mode=test&late={session.pk}:x:y")

    assert "•••" not in page.content.decode()


def test_what_is_sensitive_asks_for_a_code_and_leads_back(client, session, customer):
    page = client.get("/portal/acme/verify?next=/portal/acme/details")
    asked = client.post("/portal/acme/verify?next=/portal/acme/details")
    code, _link = _mailed()

    shown = client.get("/portal/acme/code").content.decode()
    before = client.cookies[doors.cookie_name("acme")].value
    entered = client.post("/portal/acme/code", {"code": code})

    session.refresh_from_db()
    assert "j•••@example.com" in page.content.decode()
    assert asked["Location"] == "/portal/acme/code"
    assert "trust" not in shown
    assert entered["Location"] == "/portal/acme/details"
    assert client.cookies[doors.cookie_name("acme")].value != before
    assert sessions.is_fresh(session, at=clock.now())
    assert PortalSession.objects.count() == 1
    assert client.get("/portal/acme/verify")["Location"] == "/portal/acme/overview"


def test_the_link_of_such_a_letter_works_in_this_browser_only(client, session):
    client.post("/portal/acme/verify")
    _code, link = _mailed()
    client.cookies.clear()

    assert client.post(link).status_code == 410


def test_without_an_address_there_is_no_code(client, sign_in, scope):
    sign_in(CustomerFactory(email=""))

    page = client.get("/portal/acme/verify")
    client.post("/portal/acme/verify")

    assert "no email address" in page.content.decode()
    assert SignIn.objects.count() == 0


def test_the_customer_sees_and_signs_out_browsers_and_devices(client, session, customer):
    elsewhere = PortalSessionFactory(customer=customer, agent="Safari, iPhone")
    cookie = devices.trust(customer, agent="Edge, Windows", at=clock.now())
    stranger = PortalSessionFactory(agent="Opera, Linux")

    page = client.get("/portal/acme/devices").content.decode()
    client.post("/portal/acme/devices", {"session": elsewhere.pk})
    client.post("/portal/acme/devices", {"session": stranger.pk})
    client.post("/portal/acme/devices", {"device": cookie.partition(".")[0]})

    assert ("Safari, iPhone" in page, "Edge, Windows" in page, "Opera" in page) == (
        True,
        True,
        False,
    )
    elsewhere.refresh_from_db()
    stranger.refresh_from_db()
    assert (elsewhere.ended_at is None, stranger.ended_at) == (False, None)
    assert devices.trusted(cookie, at=clock.now()) is None


def test_signing_out_everywhere_leaves_nothing_open(client, session, customer):
    _late, link = _link_of(customer)
    cookie = devices.trust(customer, at=clock.now())

    answer = client.post("/portal/acme/devices", {"everywhere": "1"})

    assert answer["Location"] == FRONT
    assert client.get("/portal/acme/overview").status_code == 302
    assert client.get(link)["Location"].startswith("/portal/acme?late=")
    assert devices.trusted(cookie, at=clock.now()) is None


def test_the_letter_is_in_the_language_of_the_page(client, customer):
    client.post(FRONT, {"email": "jenny@example.com"}, headers={"Accept-Language": "ja"})
    _mailed()

    assert mail.outbox[-1].subject == "[Test] Acme のログインコード"
    assert Message.objects.get().language == "ja"
