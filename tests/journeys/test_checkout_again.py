"""Customers who have bought before, at a checkout in a real browser: their code, saved card, and security code."""

from itertools import count

import pytest
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.services import customers, demo
from payments.services import payment_methods
from portal.services import checkouts
from tests.journeys.test_checkout import POT, describe, till
from tests.journeys.test_portal_entry import mailed

__all__ = ["mailed", "till"]
pytestmark = pytest.mark.browser
_NUMBERS = count(1)
THANKS = "Thank you for your order"


@pytest.fixture
def email(transactional_db):
    """The address of a customer with a saved card; another one each time, since letters to one are limited."""
    at = clock.now()
    email = f"ines.{next(_NUMBERS)}@example.com"
    with scoped_to(demo.site(), livemode=False):
        customer = customers.create(details={"email": email, "name": "Ines Duarte"}, at=at)
        card = payment_methods.resolve("pm_card_visa", at=at)
        payment_methods.attach(card, customer, at=at)
    return email


@pytest.fixture
def policy():
    """Sets when the site asks for the security code of a saved card; as it was afterwards."""
    site = demo.site()
    before = site.asks_security_codes

    def policy(value):
        site.asks_security_codes = value
        site.save(update_fields=["asks_security_codes"])

    yield policy
    policy(before)


def show_code(page, mailed, *, trusts=False):
    """Ask for the code, and type it from the letter."""
    page.get_by_role("button", name="Send the code").click()
    field = page.get_by_label("6-digit code")
    expect(field).to_be_visible()
    code, _link = mailed()
    field.fill(code)
    if trusts:
        page.get_by_label("Trust this device").check()
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(page.get_by_label("Saved card", exact=True)).to_be_visible()


def saved_code(page):
    return page.get_by_label("Security code of the saved card")


def title(page):
    return page.get_by_role("heading", level=1)


def payer_of(session):
    row = checkouts.get(session.pk)
    return row.status, row.customer.email


def test_a_saved_card_is_shown_after_the_code_and_pays_with_its_own(open_page, till, email, mailed):
    session = till(POT)
    page = open_page()

    describe(page, session, email)
    expect(page.get_by_label("Card number")).to_be_visible()
    expect(page.get_by_text("4242")).to_have_count(0)
    show_code(page, mailed)
    expect(page.get_by_role("option")).to_have_text(["Visa •••• 4242"])
    page.get_by_role("button", name="Pay £34.00").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the security code of your card.")
    saved_code(page).fill("123")
    page.get_by_role("button", name="Pay £34.00").click()

    expect(title(page)).to_have_text(THANKS)
    assert payer_of(session) == ("complete", email)


def test_a_trusted_device_needs_the_security_code_only(open_page, till, email, mailed):
    first, second = till(POT), till(POT)
    page = open_page(width=390, height=800)
    describe(page, first, email)
    show_code(page, mailed, trusts=True)
    saved_code(page).fill("123")
    page.keyboard.press("Enter")
    expect(title(page)).to_have_text(THANKS)

    describe(page, second, email)
    expect(page.get_by_role("button", name="Send the code")).to_have_count(0)
    expect(page.get_by_label("Saved card", exact=True)).to_be_visible()
    saved_code(page).fill("123")
    page.keyboard.press("Enter")

    expect(title(page)).to_have_text(THANKS)
    assert payer_of(second) == ("complete", email)


def test_a_trusted_device_needs_nothing_where_the_site_says_so(
    open_page, till, email, mailed, policy
):
    policy("unless_trusted")
    session = till(POT)
    page = open_page()
    describe(page, session, email)
    show_code(page, mailed, trusts=True)

    expect(saved_code(page)).to_have_count(0)
    page.get_by_role("button", name="Pay £34.00").click()

    expect(title(page)).to_have_text(THANKS)
    assert payer_of(session) == ("complete", email)


def test_another_browser_with_the_same_address_sees_no_saved_card(open_page, till, email, mailed):
    session = till(POT)
    page, other = open_page(), open_page()
    describe(page, session, email)
    show_code(page, mailed)

    other.goto(f"/checkout/{session.secret}")

    expect(other.get_by_label("Card number")).to_be_visible()
    expect(other.get_by_label("Saved card", exact=True)).to_have_count(0)


def test_another_card_pays_as_well(open_page, till, email, mailed):
    session = till(POT)
    page = open_page()
    describe(page, session, email)
    show_code(page, mailed)

    page.get_by_label("Another card").check()
    expect(saved_code(page)).to_be_hidden()
    page.get_by_label("Card number").fill("5555 5555 5555 4444")
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("Security code", exact=True).fill("123")
    page.get_by_label("Name on the card").fill("Ines Duarte")
    page.keyboard.press("Enter")

    expect(title(page)).to_have_text(THANKS)
    assert payer_of(session) == ("complete", email)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light"), (320, "dark")])
def test_the_code_and_the_saved_card_keep_nobody_out(
    open_page, till, email, mailed, barriers, width, scheme
):
    session = till(POT)
    page = open_page(width=width, scheme=scheme)
    describe(page, session, email)
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_label("6-digit code")).to_be_visible()
    found = barriers(page)
    page.get_by_role("link", name="Cancel").click()
    show_code(page, mailed)

    found += barriers(page)

    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
