"""Paying from a bank account at a checkout, in a real browser: no script is needed; and a business says who it is."""

import pytest
from playwright.sync_api import expect

from portal.services import checkouts
from tests.journeys.test_checkout import POT, describe, till

__all__ = ["till"]
pytestmark = pytest.mark.browser
EURO_POT = {**POT, "price_data": {**POT["price_data"], "currency": "eur"}}
DOLLAR_POT = {**POT, "price_data": {**POT["price_data"], "currency": "usd"}}
SEPA, BANK = ["card", "sepa_debit"], ["us_bank_account"]
IBAN = "DE08 3704 0044 0532 0130 03"


def state_of(session):
    row = checkouts.get(session.pk)
    return row.status, row.payment_status


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without"])
def test_a_debit_is_agreed_to_by_keyboard(open_page, till, script):
    session = till(EURO_POT, payment_method_types=SEPA)
    page = open_page(script=script)
    describe(page, session)

    page.get_by_role("link", name="SEPA debit").press("Enter")
    expect(page.get_by_label("Account holder")).to_have_value("Nora Lind")
    page.get_by_label("IBAN").fill(IBAN)
    page.get_by_label("I authorize these debits").press("Space")
    page.get_by_label("IBAN").press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    expect(page.get_by_role("status")).to_have_text(
        "The payment is on its way. Your bank takes some days for it."
    )
    assert state_of(session) == ("complete", "unpaid")


def test_an_account_is_verified_on_the_same_page(open_page, till):
    session = till(DOLLAR_POT, payment_method_types=BANK)
    page = open_page(script=False)
    describe(page, session)

    page.get_by_label("Routing number").fill("110000000")
    page.get_by_label("Account number").fill("000123456789")
    page.get_by_role("button", name="Pay $34.00").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick this to go on.")
    page.get_by_label("Account number").fill("000123456789")
    page.get_by_label("Routing number").fill("110000000")
    page.get_by_label("I authorize these debits").check()
    page.get_by_role("button", name="Pay $34.00").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Verify your bank account")
    page.get_by_label("First amount, in cents").fill("32")
    page.get_by_label("Second amount, in cents").fill("45")
    page.get_by_role("button", name="Verify").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    assert state_of(session) == ("complete", "unpaid")


def test_a_business_says_its_address_without_scripts(open_page, till):
    session = till(POT, collects={"tax_id_collection": {"enabled": True}})
    page = open_page(script=False, width=390)

    page.goto(f"/checkout/{session.secret}")
    page.get_by_label("Email address").fill("nora@example.com")
    page.get_by_label("Name of the business").fill("Lind Ceramics")
    page.get_by_label("Country or region").select_option("GB")
    page.get_by_role("button", name="Show the fields for this country").click()
    page.get_by_label("Address", exact=True).fill("2 Dock Street")
    page.get_by_label("Town or city").fill("Leeds")
    page.get_by_label("Postal code").fill("LS10 1JF")
    page.get_by_role("button", name="Go on to the payment").click()

    expect(page.locator(".postal")).to_contain_text(["2 Dock Street"])
    said = checkouts.get(session.pk).collected
    assert (said["business_name"], said["business_address"]["city"]) == ("Lind Ceramics", "Leeds")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark"), (320, "light")])
def test_accounts_keep_nobody_out(open_page, till, barriers, width, scheme):
    sepa, bank = (
        till(EURO_POT, payment_method_types=SEPA),
        till(DOLLAR_POT, payment_method_types=BANK),
    )
    page = open_page(width=width, scheme=scheme)
    describe(page, sepa)
    page.get_by_role("link", name="SEPA debit").click()
    expect(page.get_by_label("IBAN")).to_be_visible()
    found = barriers(page)
    page.get_by_role("button", name="Pay €34.00").click()
    expect(page.get_by_role("alert")).to_contain_text("Fill this in.")
    found += barriers(page)
    describe(page, bank)
    page.get_by_label("Routing number").fill("110000000")
    page.get_by_label("Account number").fill("000123456789")
    page.get_by_label("I authorize these debits").check()
    page.get_by_role("button", name="Pay $34.00").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Verify your bank account")
    found += barriers(page)

    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
