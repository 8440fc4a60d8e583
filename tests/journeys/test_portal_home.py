"""The first page of the portal in a real browser: what needs the customer, the next payment, and what there is."""

import os

import pytest
from playwright.sync_api import expect

from customers.kit.tenancy import scoped_to
from customers.services import demo
from tests.seeds import statements as seeds

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _scope(transactional_db):
    with scoped_to(demo.site(), livemode=False):
        yield


@pytest.fixture
def home(server):
    return f"/portal/{demo.site().slug}/overview"


@pytest.fixture
def fits(barriers):
    """Look at the page that is open in all sizes and lights: nobody scrolls sideways, and nothing keeps people out."""

    def fits(page, name):
        for width in (1280, 390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                if folder := os.environ.get("SHOTS"):
                    page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                assert width == 320 or barriers(page) == []

    return fits


@pytest.mark.parametrize("script", [True, False], ids=["with-scripts", "without-scripts"])
def test_customer_sees_the_next_payment_and_goes_to_its_method(portal_page, home, script):
    page = portal_page(seeds.contented(), script=script)
    page.goto(home)
    due = page.locator("section", has=page.get_by_role("heading", name="Next payment"))

    expect(due.locator(".amount")).to_have_text("$29.00")
    expect(due).to_contain_text("Visa •••• 4242")
    expect(page.locator(".concerns")).to_have_count(0)
    due.get_by_role("link", name="Use a different one").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Payment methods")


def test_what_needs_the_customer_stands_first_and_leads_there(portal_page, home):
    page = portal_page(seeds.troubled())
    page.goto(home)

    expect(page.locator(".concerns .bad strong")).to_have_count(3)
    page.get_by_role("link", name="Update card").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Update Visa •••• 4242")


@pytest.mark.parametrize("language", ["en", "th", "ko"])
@pytest.mark.parametrize("make", [seeds.contented, seeds.troubled, seeds.customer])
def test_page_fits_everywhere(portal_page, home, make, language, fits):
    page = portal_page(make(language))

    page.goto(home)

    fits(page, f"home-{make.__name__}-{language}")
