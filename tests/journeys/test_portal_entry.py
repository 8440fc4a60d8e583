"""Entering the portal in a real browser: by code, by link, by keyboard alone, without scripts; for everybody."""

import pytest
from django.core import mail
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from customers.services import customers, demo, messages
from portal.models import SignIn
from portal.services import session_links, sign_ins

pytestmark = pytest.mark.browser
ENTRY = "/portal/demo?mode=test"


@pytest.fixture
def customer(transactional_db):
    with scoped_to(demo.site(), livemode=False):
        return Customer.objects.get(name="Ada Whitfield")


@pytest.fixture
def mailed(server):
    """Does what the worker does, and returns the code and the link's path."""

    def mailed():
        with scoped_to(demo.site(), livemode=False):
            row = SignIn.objects.order_by("-created_at").first()
            messages.send(sign_ins.send(row.pk, at=clock.now()), at=clock.now())
        lines = mail.outbox[-1].body.splitlines()
        code = next(line for line in lines if line.isdigit())
        return code, next(
            "/portal/" + line.partition("/portal/")[2] for line in lines if "/s/" in line
        )

    return mailed


def _overview(page):
    return page.get_by_role("navigation", name="Your account")


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without"])
def test_a_customer_signs_in_by_code(open_page, customer, mailed, script):
    page = open_page(script=script)
    page.goto(ENTRY)

    page.get_by_label("Email address").fill(customer.email)
    page.get_by_role("button", name="Send a code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    code, _link = mailed()
    page.get_by_label("6-digit code").fill(f"{code[:3]} {code[3:]}")
    page.get_by_label("Trust this device").check()
    page.get_by_role("button", name="Continue").click()

    expect(_overview(page)).to_be_visible()
    page.goto("/portal/demo/devices")
    expect(page.get_by_role("heading", level=2)).to_have_text(
        ["Where you are signed in", "Trusted devices"]
    )
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    expect(page.get_by_label("Email address")).to_be_visible()


def test_a_customer_signs_in_by_keyboard_alone(open_page, customer, mailed):
    page = open_page()
    page.goto(ENTRY)

    page.get_by_label("Email address").focus()
    page.keyboard.type(customer.email)
    page.keyboard.press("Enter")
    expect(page.get_by_label("6-digit code")).to_be_focused()
    code, _link = mailed()
    page.keyboard.type(code)
    page.keyboard.press("Enter")

    expect(_overview(page)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()


def test_a_wrong_code_is_told_where_it_was_typed(open_page, customer, mailed, barriers):
    page = open_page()
    page.goto(ENTRY)
    page.get_by_label("Email address").fill(customer.email)
    page.get_by_role("button", name="Send a code").click()
    expect(page.get_by_label("6-digit code")).to_be_visible()
    code, _link = mailed()

    page.get_by_label("6-digit code").fill(f"{(int(code) + 1) % 10**6:06}")
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_text("This code is not right.")).to_be_visible()
    expect(page.get_by_label("6-digit code")).to_be_focused()
    assert barriers(page) == []


def test_the_link_of_the_letter_signs_in_another_browser(open_page, customer, mailed):
    page = open_page()
    page.goto(ENTRY)
    page.get_by_label("Email address").fill(customer.email)
    page.get_by_role("button", name="Send a code").click()
    expect(page.get_by_label("6-digit code")).to_be_visible()
    _code, link = mailed()

    phone = open_page(width=390, height=844)
    phone.goto(link)
    expect(phone.get_by_text("This signs in this browser.")).to_be_visible()
    phone.get_by_role("button", name="Continue as").click()

    expect(_overview(phone)).to_be_visible()


def test_a_session_s_link_leaves_no_secret_in_the_address(open_page, server, customer):
    with scoped_to(demo.site(), livemode=False):
        session = session_links.create(customer, details={}, at=clock.now())
    page = open_page()

    page.goto(session.url[session.url.index("/portal/") :])

    expect(_overview(page)).to_be_visible()
    expect(page).to_have_url(f"{server}/portal/demo/overview")


def test_the_entry_and_its_frame_keep_nobody_out(
    open_page, portal_page, customer, mailed, barriers
):
    for scheme in ("light", "dark"):
        for width in (1280, 390, 320):
            page = portal_page(customer, width=width, scheme=scheme)
            page.goto("/portal/demo/devices")
            expect(page.get_by_role("heading", level=1)).to_have_text("Devices")
            assert barriers(page) == []
            stranger = open_page(width=width, scheme=scheme)
            stranger.goto(ENTRY)
            expect(stranger.get_by_label("Email address")).to_be_visible()
            assert barriers(stranger) == []
            for one in (page, stranger):
                assert one.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light"), (320, "dark")])
def test_the_ways_to_a_code_keep_nobody_out(
    open_page, portal_page, customer, barriers, width, scheme
):
    page = portal_page(customer, width=width, scheme=scheme)
    stranger = open_page(width=width, scheme=scheme)

    page.goto("/portal/demo/verify")
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it you?")
    stranger.goto("/portal/demo/s/nothing")
    expect(stranger.get_by_role("heading", level=1)).to_have_text("This link no longer works")

    for one in (page, stranger):
        assert barriers(one) == []
        assert one.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark"), (320, "light")])
def test_the_choice_between_accounts_keeps_nobody_out(
    open_page, customer, mailed, barriers, width, scheme
):
    email = f"shared-{width}@example.com"
    with scoped_to(demo.site(), livemode=False):
        for name in ("Nora Lind", "Lind & Daughters, makers of tea caddies since 1911"):
            customers.create(details={"name": name, "email": email}, at=clock.now())
    page = open_page(width=width, scheme=scheme)
    page.goto(ENTRY)
    page.get_by_label("Email address").fill(email)
    page.get_by_role("button", name="Send a code").click()
    expect(page.get_by_label("6-digit code")).to_be_visible()
    code, _link = mailed()

    page.get_by_label("6-digit code").fill(code)
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Which account?")
    expect(page.get_by_role("radio")).to_have_count(2)
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_staff_look_at_the_portal_and_change_nothing(sign_in, customer):
    page = sign_in()
    page.goto(f"/admin/customers/customer/{customer.pk}/")
    page.locator(".more-acts > summary").click()
    page.get_by_role("link", name="View the portal").click()
    page.get_by_role("button", name="View the portal").click()

    expect(page.get_by_text("Nothing can be changed here.")).to_be_visible()
    page.goto("/portal/demo/devices")
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("status")).to_have_text("You are only looking: nothing was changed.")
