"""Payment methods in a real browser: added with and without the bank, made the default, renewed, removed."""

import pytest
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.services import demo
from payments.models import PaymentMethod
from tests.journeys.test_portal_home import fits  # noqa: F401 -- a fixture
from tests.seeds import statements as seeds

pytestmark = pytest.mark.browser
PAYS, AUTHENTICATES, DECLINES = "4242424242424242", "4000000000003220", "4000000000000002"


@pytest.fixture(autouse=True)
def _scope(transactional_db, server, settings):
    settings.PUBLIC_URL = server
    with scoped_to(demo.site(), livemode=False):
        yield


@pytest.fixture
def path(server):
    return f"/portal/{demo.site().slug}/methods"


def type_card(page, number):
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Jenny Rosen")
    page.keyboard.press("Enter")


def kept(customer):
    rows = PaymentMethod.objects.of_customer(customer)
    return sorted(rows.values_list("last4", flat=True))


def test_card_is_added_by_keyboard(portal_page, path):
    customer = seeds.customer()
    page = portal_page(customer, width=390, height=800)
    page.goto(f"{path}/add")

    type_card(page, PAYS)

    expect(page.get_by_role("status")).to_contain_text("Visa •••• 4242 was added.")
    assert kept(customer) == ["4242"]


def test_bank_is_asked_and_the_card_pays_from_then_on(portal_page, path):
    customer = seeds.customer()
    seeds.card(customer, exp_year=2020, last4="1111")
    page = portal_page(customer)
    page.goto(f"{path}/add")
    expect(page.get_by_label("Pay everything with it from now on")).to_be_checked()
    type_card(page, AUTHENTICATES)

    page.get_by_role("button", name="Complete").click()

    expect(page.get_by_role("status")).to_contain_text("From now on, it pays for everything.")
    expect(page.locator(".methods li").first).to_contain_text("3220")


def test_declined_card_is_told_of(portal_page, path):
    customer = seeds.customer()
    page = portal_page(customer)
    page.goto(f"{path}/add")

    with page.expect_response(
        lambda answer: answer.request.method == "POST" and "/methods/add" in answer.url
    ):
        type_card(page, DECLINES)

    expect(page.locator(".errors:not([hidden])")).to_contain_text("Your bank refused this card.")
    assert kept(customer) == []


def test_bank_account_is_added_and_verified_without_scripts(portal_page, path):
    customer = seeds.customer()
    page = portal_page(customer, script=False)
    page.goto(f"{path}/add")
    page.get_by_role("link", name="US bank account").click()
    page.get_by_label("Routing number").fill("110000000")
    page.get_by_label("Account number").fill("000123456789")
    page.get_by_label("I authorize these debits").check()
    page.get_by_role("button", name="Save").click()

    page.get_by_label("First amount, in cents").fill("32")
    page.get_by_label("Second amount, in cents").fill("45")
    page.get_by_role("button", name="Verify").click()

    expect(page.locator(".methods li")).to_have_count(1)
    assert kept(customer) == ["6789"]


def test_methods_are_managed_without_scripts(portal_page, path):
    customer = seeds.contented()
    page = portal_page(customer, script=False, columns={"verified_at": clock.now()})
    page.goto(path)

    page.get_by_role("button", name="Make default Mastercard •••• 4444").click()
    expect(page.locator(".methods li").first).to_contain_text("Mastercard •••• 4444 Default")
    page.get_by_role("link", name="Update Visa •••• 4242").click()
    page.get_by_label("Expiry").fill("01/40")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".methods li").last).to_contain_text("Expires 01/40")
    page.get_by_role("link", name="Remove Visa •••• 4242").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".methods li")).to_have_count(1)
    page.get_by_role("link", name="Remove Mastercard •••• 4444").click()

    expect(page.get_by_role("alert")).to_contain_text("This is your only payment method")
    expect(page.get_by_role("button", name="Remove")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "th", "ko"])
def test_pages_fit_everywhere(portal_page, path, language, fits):  # noqa: F811 -- the fixture
    customer = seeds.contented(language)
    seeds.card(customer, exp_year=2020, last4="0005", brand="amex")
    seeds.waiting(customer)
    page = portal_page(customer)
    first = PaymentMethod.objects.of_customer(customer).newest_first().last()

    for name, address in (
        ("methods", path),
        ("add-card", f"{path}/add"),
        ("add-bank", f"{path}/add?kind=sepa_debit"),
        ("edit", f"{path}/{first.pk}/edit"),
        ("remove", f"{path}/{first.pk}/remove"),
    ):
        page.goto(address)
        fits(page, f"{name}-{language}")
