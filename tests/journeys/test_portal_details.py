"""What customers look after themselves: details, addresses, consents, their email address; with and without a mouse."""

import json
import re

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Address, Consent, Customer
from customers.services import customers, demo
from portal.models import EmailChange
from portal.services import email_changes
from tests.factories.customers import AddressFactory, ConsentFactory, TaxIdFactory

pytestmark = pytest.mark.browser
PAGES = [
    "details", "details/business", "details/tax-ids", "details/email",
    "addresses", "addresses/add/billing", "addresses/add/shipping", "consent", "consent/export", "consent/erasure",
]  # fmt: skip


@pytest.fixture
def customer(transactional_db):
    with scoped_to(demo.site(), livemode=False):
        details = {"name": "Nora Lind", "email": "nora@example.com"}
        yield customers.create(details=details, at=clock.now())


@pytest.fixture
def portal(portal_page, customer):
    """Open a page of the portal in a browser of its own, in which Nora has just typed a code."""

    def portal(path, **options):
        now = clock.now()
        page = portal_page(customer, columns={"verified_at": now, "seen_at": now}, **options)
        page.goto(f"/portal/{demo.site().slug}/{path}")
        return page

    return portal


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_details_are_changed_by_keyboard(portal, customer, script):
    page = portal("details", script=script)

    page.get_by_label("Phone").fill("+44 117 496 0000")
    page.get_by_label("Time zone").select_option("Europe/Stockholm")
    page.get_by_label("Phone").press("Enter")

    expect(page.get_by_role("status")).to_have_text("Your details are saved.")
    row = Customer.objects.get(pk=customer.pk)
    assert (row.phone_e164, row.timezone) == ("+441174960000", "Europe/Stockholm")


def test_an_address_takes_the_form_of_its_country(portal, customer):
    page = portal("addresses/add/billing", width=390, script=False)

    page.get_by_label("Country or region").select_option("JP")
    page.get_by_role("button", name="Show the fields for this country").click()
    page.get_by_label("Prefecture").select_option("東京都")
    page.get_by_label("Postal code").fill("12")
    page.get_by_label("Address", exact=True).fill("世田谷区若林4-31-8")
    page.get_by_label("Postal code").press("Enter")
    page.get_by_role("alert").get_by_role("link", name="Postal code").click()
    expect(page.get_by_label("Postal code")).to_be_focused()
    page.get_by_label("Postal code").fill("154-0023")
    page.get_by_role("button", name="Save").last.click()

    expect(page.get_by_role("status")).to_have_text("The address is saved.")
    row = Address.objects.get(customer=customer)
    assert (row.country, row.state, row.is_default) == ("JP", "東京都", True)


def test_an_answer_is_kept_with_the_words_that_were_read(portal, customer):
    page = portal("consent", script=False)
    label = page.get_by_label(re.compile("news and offers by email"))

    label.check()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status")).to_have_text("Your answers are saved.")
    expect(page.locator("blockquote")).to_have_count(2)
    row = Consent.objects.get(customer=customer, channel="mail_marketing")
    assert (row.granted, row.actor) == (True, "nora@example.com")
    assert row.wording.startswith("Willow & Pine may send me news and offers by email.")


def test_a_copy_of_the_data_is_a_file(portal, customer):
    page = portal("consent")

    page.get_by_role("link", name="Get a copy of my data").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()

    with open(download.value.path(), encoding="utf-8") as file:  # noqa: PTH123 -- as playwright gives it
        assert json.load(file)["customer"]["id"] == customer.pk


def test_the_email_address_is_changed_and_taken_back(portal, open_page, customer):
    page = portal("details", script=False)

    page.get_by_role("link", name="Change email address").click()
    page.get_by_label("New email address").fill("lind@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_label("6-digit code")).to_be_visible()
    change = EmailChange.objects.get(customer=customer)
    EmailChange.objects.filter(pk=change.pk).update(code_hash=make_password("314159"))
    page.get_by_label("6-digit code").fill("314 159")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Your email address is changed.")
    elsewhere = open_page(script=False)
    token = email_changes.undo_token(change)
    elsewhere.goto(f"/portal/{demo.site().slug}/email-undo/{token}")
    elsewhere.get_by_role("button", name="Take the change back").click()

    expect(elsewhere.get_by_role("heading", level=1)).to_have_text("The change is taken back")
    assert Customer.objects.get(pk=customer.pk).email == "nora@example.com"
    page.reload()
    expect(page).to_have_url(re.compile(r"/portal/[^/]+\?"))


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark"), (320, "light")])
def test_nothing_keeps_anybody_from_using_the_pages(portal, customer, barriers, width, scheme):
    row = AddressFactory(customer=customer, kind="shipping", name="N" * 60, line1="1 Quay Road")
    AddressFactory(customer=customer, kind="billing", is_default=True, line1="1 Quay Road")
    tax_id = TaxIdFactory(customer=customer, kind="eu_vat", value="DE123456788")
    ConsentFactory(customer=customer, granted=True, wording="Word for word. " * 20)
    page = portal("details", width=width, scheme=scheme)
    faults = {}

    for path in [*PAGES, f"addresses/{row.pk}/remove", f"details/tax-ids/{tax_id.pk}/remove"]:
        page.goto(f"/portal/{demo.site().slug}/{path}")
        found = barriers(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append("too wide")
        if found:
            faults[path] = found

    assert faults == {}


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light"), (320, "dark")])
def test_an_address_that_is_refused_keeps_nobody_out(portal, barriers, width, scheme):
    page = portal("addresses/add/billing", width=width, scheme=scheme)

    page.get_by_label("Country or region").select_option("JP")
    page.get_by_role("button", name="Show the fields for this country").click()
    page.get_by_label("Prefecture").select_option("東京都")
    page.get_by_label("Postal code").fill("12")
    page.get_by_label("Postal code").press("Enter")

    expect(page.get_by_role("alert").get_by_role("link", name="Postal code")).to_be_visible()
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
