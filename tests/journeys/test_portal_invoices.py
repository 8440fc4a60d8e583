"""Invoices in a real browser: listed, read, paid with and without the bank, and back in the portal."""

import pytest
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.services import demo
from payments.billing.models import Invoice
from tests.journeys.test_portal_home import fits  # noqa: F401 -- a fixture
from tests.journeys.test_portal_methods import AUTHENTICATES, DECLINES, PAYS, type_card
from tests.seeds import statements as seeds

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _scope(transactional_db, server, settings):
    settings.PUBLIC_URL = server
    with scoped_to(demo.site(), livemode=False):
        yield


@pytest.fixture
def path(server):
    return f"/portal/{demo.site().slug}/invoices"


@pytest.fixture
def customer():
    made = seeds.customer()
    seeds.invoice(
        made, "Oak bookshelf", ago=2, amount=24_000, status="open",
        collection_method="send_invoice", days_until_due=30, due_at=clock.now(),
    )  # fmt: skip
    return made


def is_paid(customer):
    return not Invoice.objects.filter(customer=customer, status="open").exists()


def test_invoice_is_paid_by_keyboard_on_a_phone(portal_page, path, customer):
    page = portal_page(customer, width=390, height=800)
    page.goto(path)
    page.get_by_role("link", name="Pay $240.00").click()

    type_card(page, PAYS)

    expect(page.get_by_role("status").first).to_contain_text("Thank you, it is paid")
    expect(page.get_by_role("link", name="Download receipt")).to_be_visible()
    assert is_paid(customer)


def test_payer_goes_to_the_bank_and_comes_back_to_the_portal(portal_page, path, customer):
    page = portal_page(customer)
    page.goto(path)
    page.get_by_role("link", name="Oak bookshelf").click()
    type_card(page, AUTHENTICATES)

    page.get_by_role("button", name="Complete").click()

    expect(page.locator(".messages")).to_contain_text("Thank you, it is paid")
    assert is_paid(customer)


def test_another_card_pays_after_a_decline(portal_page, path, customer):
    page = portal_page(customer)
    page.goto(path)
    page.get_by_role("link", name="Oak bookshelf").click()
    type_card(page, DECLINES)
    expect(page.locator(".messages")).to_contain_text("No money was taken.")

    type_card(page, PAYS)

    expect(page.locator(".messages")).to_contain_text("Thank you, it is paid")
    assert is_paid(customer)


@pytest.mark.parametrize("language", ["en", "th", "ko"])
def test_pages_fit_everywhere(portal_page, path, language, fits):  # noqa: F811 -- the fixture
    customer = seeds.troubled(language)
    seeds.invoice(customer, "Acme Premium", ago=90)
    bill = Invoice.objects.filter(customer=customer, status="open").order_by("created_at").first()
    page = portal_page(customer)

    for name, address in (("invoices", path), ("invoice", f"{path}/{bill.pk}")):
        page.goto(address)
        fits(page, f"{name}-{language}")
