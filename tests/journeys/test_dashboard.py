"""A working day of a merchant's staff, in a real browser, under the strict content security policy."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from customers.kit.tenancy import scoped_to
from customers.models import Customer
from customers.services import demo

pytestmark = pytest.mark.browser

CUSTOMERS = "/admin/customers/customer/"
PICTURES = os.environ.get("PICTURES", "")
"""A folder for pictures of every page, for people who want to look."""


def stored(name):
    with scoped_to(demo.site(), livemode=False):
        return Customer.objects.with_defaults().get(name=name)


def test_from_signing_in_to_a_new_customer_and_back(sign_in):
    page = sign_in()
    page.get_by_role("link", name="Customers", exact=True).click()
    page.get_by_role("link", name=re.compile("Sophie Castellan")).click()
    page.get_by_role("heading", name="Sophie Castellan").wait_for()
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Customers").click()
    page.get_by_role("link", name="New customer").click()
    page.get_by_label("Name", exact=True).fill("Ada Whitfield")
    page.get_by_label("Email", exact=True).fill("not an address")
    page.get_by_role("button", name="New customer").click()

    assert (
        page.get_by_role("alert").inner_text().split("\n")[-1]
        == "Email: Invalid email address: not an address"
    )
    page.locator("[role=alert]:focus").wait_for()

    page.get_by_label("Email", exact=True).fill("ada@example.com")
    page.get_by_label("Country").select_option("TH")
    page.get_by_role("heading", name="Metadata").click()
    metadata = page.get_by_role("group", name="Metadata")
    metadata.get_by_label("Key 1").fill("plan")
    metadata.get_by_label("Value 1").fill("gold")
    page.get_by_role("button", name="New customer").click()
    page.get_by_text("The customer was made.").wait_for()
    page.get_by_role("link", name="Edit", exact=True).first.click()
    page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.", exact=True).wait_for()

    customer = stored("Ada Lovelace")
    assert page.url.endswith(f"{CUSTOMERS}{customer.pk}/")
    assert (customer.email, customer.billing.country, customer.metadata) == (
        "ada@example.com",
        "TH",
        {"plan": "gold"},
    )


def test_what_belongs_to_a_customer_is_kept_on_its_page(sign_in):
    page = sign_in()
    page.goto(f"{CUSTOMERS}?q=oliver.hartigan@example.com")
    page.get_by_role("link", name=re.compile("Oliver Hartigan")).click()
    page.get_by_role("link", name="Adjust balance").first.click()
    page.get_by_label("Amount").fill("12.50")
    page.get_by_label("Currency").select_option("eur")
    page.get_by_label("Reason").fill("Late delivery")
    page.get_by_role("button", name="Adjust").click()
    page.get_by_role("link", name="Record consent").click()
    page.get_by_label("Refused").check()
    page.get_by_role("button", name="Record").click()

    page.get_by_text("The consent was recorded.").wait_for()
    expect(page.locator(".figures > div")).to_have_text(
        [
            "Balance\n€12.50\ncredit",
            "Country\nIreland\nEnglish",
            "Email marketing\nRefused",
            "Phone marketing\nRefused",
        ],
        use_inner_text=True,
    )


def test_rows_for_metadata_are_added(sign_in):
    page = sign_in()
    page.goto(f"{CUSTOMERS}add/")
    page.get_by_role("heading", name="Metadata").click()
    page.get_by_label("Name", exact=True).fill("Grace Okonkwo")
    for number in range(5):
        if number > 2:
            page.get_by_role("group", name="Metadata").get_by_role("button").click()
        row = page.locator(".field-metadata .pair").nth(number + 1)
        row.locator("input").first.fill(f"key{number}")
        row.locator("input").last.fill(str(number))

    page.get_by_role("button", name="New customer").click()
    page.get_by_text("The customer was made.").wait_for()

    assert stored("Grace Okonkwo").metadata == {f"key{number}": str(number) for number in range(5)}


def test_the_mode_is_unmistakable_and_apart(sign_in):
    page = sign_in()
    page.goto(CUSTOMERS)
    band = page.get_by_text("Test data: nothing here concerns real customers.")
    in_test = (band.count(), page.locator("tbody tr").count())

    page.get_by_role("button", name="Live").click()
    page.get_by_text("There is nothing here yet.").wait_for()
    page.wait_for_load_state()

    assert in_test == (1, 25)
    assert (band.count(), page.url.endswith(CUSTOMERS)) == (0, True)


def test_the_list_goes_on_and_is_narrowed(sign_in):
    page = sign_in()
    page.goto(CUSTOMERS)
    first = page.locator("tbody th").first.inner_text()

    page.get_by_role("link", name="Older").click()
    older = page.locator("tbody th").first.inner_text()
    page.get_by_role("link", name="Newer").click()
    newer = page.locator("tbody th").first.inner_text()
    page.locator("summary", has_text="Balance").click()
    page.get_by_role("link", name="Has credit").click()
    page.get_by_text("Balance: Has credit").wait_for()
    page.wait_for_load_state()

    assert (first == newer, first == older) == (True, False)
    assert all("credit" in text for text in page.locator("tbody tr").all_inner_texts())


def test_everything_works_without_scripts(open_page):
    from tests.journeys.conftest import EMAIL, PASSWORD  # noqa: PLC0415 -- values, not fixtures

    page = open_page(script=False)
    page.goto("/admin/")
    page.get_by_label("Email address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="New customer").click()
    page.get_by_label("Name", exact=True).fill("Noor Haddad")
    page.get_by_role("button", name="New customer").click()

    page.get_by_text("The customer was made.").wait_for()
    assert stored("Noor Haddad").name == "Noor Haddad"


def test_the_keyboard_is_enough(sign_in):
    page = sign_in()
    page.goto(CUSTOMERS)

    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'main'")
    page.locator("summary", has_text="Created").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Escape")

    assert (skip, inside) == ("Skip to the content", "All")
    expect(page.locator("details.filter[open]")).to_have_count(0)
    expect(page.locator("summary:focus")).to_have_count(1)


def test_an_id_is_copied(sign_in):
    page = sign_in()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(CUSTOMERS)
    page.locator("tbody th a").first.click()

    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()

    assert (
        page.evaluate("navigator.clipboard.readText()") == page.url.rstrip("/").rpartition("/")[2]
    )


def test_the_menu_opens_on_a_phone(sign_in):
    page = sign_in(width=390, height=800)
    menu = page.get_by_role("navigation", name="Main menu")
    hidden = menu.is_hidden()

    page.get_by_role("button", name="Menu").click()
    menu.get_by_role("link", name="Customers").click()

    page.wait_for_url(f"**{CUSTOMERS}")
    assert (hidden, menu.is_hidden()) == (True, True)


PAGES = {
    "home": "/admin/",
    "customers": CUSTOMERS,
    "nothing": f"{CUSTOMERS}?q=nobody-at-all",
    "customer": f"{CUSTOMERS}{{pk}}/",
    "edit": f"{CUSTOMERS}{{pk}}/change/",
    "delete": f"{CUSTOMERS}{{pk}}/delete/",
    "address": f"{CUSTOMERS}{{pk}}/addresses/add/",
    "tax_id": f"{CUSTOMERS}{{pk}}/tax-ids/add/",
    "consent": f"{CUSTOMERS}{{pk}}/consents/add/",
    "balance": f"{CUSTOMERS}{{pk}}/balance/",
    "new": f"{CUSTOMERS}add/",
    "password": "/admin/password/",
    "organizations": "/admin/customers/organization/",
    "events": "/admin/events/event/",
    "keys": "/admin/customers/apikey/",
    "site": "/admin/customers/site/",
    "operators": "/admin/customers/membership/",
    "custom_fields": "/admin/customers/customfield/",
}


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"), (320, "light")]
    if PICTURES
    else [(1280, "light"), (390, "dark"), (320, "light")],
)
def test_no_page_is_wider_than_the_screen_and_none_breaks_the_policy(sign_in, width, scheme):
    page = sign_in(width=width, scheme=scheme)
    page.goto(f"{CUSTOMERS}?q=thandiwe.nkosi@example.com")
    page.locator("tbody th a").first.click()
    pk = page.url.rstrip("/").rpartition("/")[2]

    widths = {}
    for name, address in PAGES.items():
        page.goto(address.format(pk=pk))
        widths[name] = page.evaluate("document.documentElement.scrollWidth")
        assert page.locator("h1").count() == 1, name
        if PICTURES:
            page.screenshot(path=Path(PICTURES, f"{name}_{width}_{scheme}.png"), full_page=True)

    assert widths == dict.fromkeys(PAGES, width)


def test_the_doors_are_ours_as_well(open_page):
    page = open_page()
    answer = page.goto("/admin/nowhere/")
    page.get_by_role("heading", name="Sign in").wait_for()

    assert answer.status == 200
