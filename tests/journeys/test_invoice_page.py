"""An invoice is paid on its page in a real browser, whose policy for forms also judges redirects."""

import os

import pytest
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from customers.services import demo
from payments.billing.models import Invoice
from payments.billing.services import invoice_links, invoices
from payments.billing.services.invoice_lines import NewLine

pytestmark = pytest.mark.browser
AUTHENTICATES, DECLINES, PAYS = "4000 0000 0000 3220", "4000 0000 0000 9995", "4242 4242 4242 4242"


@pytest.fixture
def make(transactional_db, server, settings):
    """Makes an invoice that is due in 30 days, whose addresses are of another origin than the one the payer is at."""
    settings.PUBLIC_URL = server.replace("127.0.0.1", "localhost")
    at = clock.now()

    def made(language="en"):
        customer = (
            Customer.objects.filter(deleted_at=None, default_payment_method_id=None)
            .order_by("id")
            .first()
        )
        customer.preferred_locales = [language]
        customer.save()
        lines = [
            NewLine(
                amount=amount, currency="usd", period_start=at, period_end=at, description=text, quantity=count,
                unit_amount_decimal=amount // count,
            )
            for text, amount, count in (("Oak bookshelf", 24_000, 1), ("Assembly", 4_500, 3))
        ]  # fmt: skip
        draft = invoices.draft(
            customer=customer, currency="usd", lines=lines, period_start=at, period_end=at, at=at,
            collection_method="send_invoice", days_until_due=30, description="Thank you for your order.",
            takes_pending=False,
        )  # fmt: skip
        return invoices.finalize(draft, at=at)

    with scoped_to(demo.site(), livemode=False):
        yield made


def path_of(invoice):
    return f"/invoices/{invoice_links.sealed(invoice.pk)}"


def type_card(page, number):
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Jenny Rosen")
    page.keyboard.press("Enter")


def status_of(invoice):
    return Invoice.objects.values_list("status", flat=True).get(pk=invoice.pk)


def shoot(page, name):
    folder = os.environ.get("SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_invoice_is_paid_by_keyboard(open_page, make):
    invoice = make()
    page = open_page(width=390, height=800)
    page.goto(path_of(invoice))

    type_card(page, PAYS)

    page.get_by_text("Thank you, it is paid").wait_for()
    shoot(page, "paid-en-390-light")
    assert status_of(invoice) == "paid"
    expect(page.get_by_role("link", name="Download receipt")).to_be_visible()


def test_without_scripts_no_card_is_asked_for(open_page, make):
    page = open_page(width=390, height=800, script=False)

    page.goto(path_of(make()))

    expect(page.get_by_text("For that, this page needs JavaScript")).to_be_visible()
    shoot(page, "unscripted-en-390-light")
    expect(page.get_by_label("Card number")).to_be_hidden()
    expect(page.locator("button[type=submit]")).to_be_hidden()


def test_payer_goes_to_the_bank_and_comes_back(open_page, make):
    invoice = make()
    page = open_page()
    page.goto(path_of(invoice))
    type_card(page, AUTHENTICATES)

    page.get_by_role("button", name="Complete").click()

    page.get_by_text("Thank you, it is paid").wait_for()
    shoot(page, "paid-en-1280-light")
    assert status_of(invoice) == "paid"


def test_another_card_pays_after_a_decline(open_page, make):
    invoice = make()
    page = open_page(width=390, height=800)
    page.goto(path_of(invoice))
    type_card(page, DECLINES)
    page.get_by_text("There is not enough money on the card.").wait_for()
    shoot(page, "declined-en-390-light")

    page.get_by_role("link", name="Try again").click()
    type_card(page, PAYS)

    page.get_by_text("Thank you, it is paid").wait_for()
    assert status_of(invoice) == "paid"


def test_files_are_downloaded(open_page, make):
    invoice = make()
    page = open_page()
    page.goto(path_of(invoice))

    with page.expect_download() as download:
        page.evaluate("document.querySelector('.files a').href = location.pathname + '/pdf'")
        page.get_by_role("link", name="Download invoice").click()

    assert download.value.suggested_filename == f"Invoice-{invoice.number}.pdf"


@pytest.mark.parametrize("language", ["en", "th", "ja"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_page_fits(open_page, make, scheme, width, language):
    page = open_page(width=width, height=800, scheme=scheme)

    page.goto(path_of(make(language)))

    shoot(page, f"open-{language}-{width}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("button[type=submit]").bounding_box()["height"] >= 44


def test_nothing_keeps_people_from_using_the_page(open_page, make, barriers):
    page = open_page()

    page.goto(path_of(make()))

    assert barriers(page) == []
