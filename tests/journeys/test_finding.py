"""Finding, keeping and changing many: the search in the top bar, saved views and bulk work in a real browser."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from customers.admin import bulk_worker
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import BulkJob, Customer, CustomField, SavedView
from customers.services import custom_fields, demo

pytestmark = pytest.mark.browser

CUSTOMERS = "/admin/customers/customer/"
PICTURES = os.environ.get("PICTURES", "")
SIZES = (
    [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
    if PICTURES
    else [(1280, "light"), (390, "dark")]
)


def picture(page, name, width, scheme):
    if PICTURES:
        page.screenshot(path=Path(PICTURES, f"{name}_{width}_{scheme}.png"), full_page=True)


def box(page):
    return page.get_by_role("combobox", name="Search")


@pytest.fixture
def tier(transactional_db):
    """A custom field of the demonstration merchant, which somebody has a value of."""
    with scoped_to(demo.site(), livemode=False):
        field = custom_fields.create(
            details={
                "key": "tier", "label": "Tier", "kind": CustomField.Kind.DROPDOWN,
                "constraints": {"options": ["gold", "silver"]},
            },
            at=clock.now(),
        )  # fmt: skip
        Customer.objects.filter(name="Sophie Castellan").update(custom_fields={"tier": "gold"})
        yield field
        Customer.objects.update(custom_fields={})
        custom_fields.delete(field, at=clock.now())
        SavedView.objects.all().delete()


def test_a_customer_is_found_by_keyboard_alone(sign_in):
    page = sign_in()
    expect(box(page)).to_be_visible()  # its role is given by the script that hears the key
    page.keyboard.press("Control+k")
    page.keyboard.type("castell")
    expect(page.get_by_role("option")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_contain_text("Sophie Castellan")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1, name="Sophie Castellan")).to_be_visible()


def test_escape_closes_what_was_found(sign_in):
    page = sign_in()
    box(page).fill("castell")
    expect(page.get_by_role("listbox", name="Found")).to_be_visible()
    box(page).press("Escape")

    expect(page.get_by_role("listbox", name="Found")).to_be_hidden()
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    expect(box(page)).to_have_value("castell")


def test_enter_leads_to_all_results_and_so_does_a_browser_without_script(sign_in):
    pages = [sign_in(), sign_in(script=False)]
    for page in pages:
        page.locator("#find").fill("castell")
        page.locator("#find").press("Enter")

    for page in pages:
        results = page.get_by_role("main").get_by_role("link", name=re.compile("Sophie Castellan"))
        expect(results).to_have_count(1)


def test_a_view_is_made_of_filter_and_columns_and_comes_back_as_a_tab(sign_in, tier):
    page = sign_in()
    page.goto(CUSTOMERS)
    page.get_by_role("group", name="Filters").get_by_text("Tier").click()
    page.get_by_role("link", name="gold", exact=True).click()
    page.get_by_text("Columns and order").click()
    page.get_by_role("checkbox", name="Tier").check()
    page.get_by_role("checkbox", name="Balance").uncheck()
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("link", name="Save this view").click()
    page.get_by_label("Name").fill("Gold customers")
    page.get_by_label("The whole team sees it").check()
    page.get_by_role("button", name="Save view").click()
    tabs = page.get_by_role("navigation", name="Saved views")
    expect(tabs.get_by_role("link", name="Gold customers")).to_have_attribute(
        "aria-current", "page"
    )
    page.goto(CUSTOMERS)
    tabs.get_by_role("link", name="Gold customers").click()

    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("thead th")).to_have_text(
        ["Choose", "Customer", "Organization", "Country", "Created", "Tier"]
    )


def test_customers_are_tagged_and_the_page_follows_the_worker(sign_in):
    page = sign_in()
    page.goto(CUSTOMERS)
    expect(page.get_by_role("button", name="Tag")).to_be_hidden()
    page.get_by_role("checkbox", name="Choose Sophie Castellan").check()
    page.get_by_role("button", name="Tag").click()
    expect(page.get_by_role("heading", name="Customers: 1")).to_be_visible()
    page.get_by_label("Tag", exact=True).fill("segment")
    page.get_by_label("Value").fill("winter")
    page.get_by_role("button", name="Tag").click()
    expect(page.get_by_text("Waiting: 0")).to_be_visible()

    with scoped_to(demo.site(), livemode=False):
        job = BulkJob.objects.latest("created_at")
    bulk_worker.run(job.pk)

    expect(page.get_by_text("Done: 1 / 1")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download result").click()
    assert download.value.suggested_filename.startswith("customer-tag-")
    with scoped_to(demo.site(), livemode=False):
        customer = Customer.objects.get(name="Sophie Castellan")
    assert customer.metadata["segment"] == "winter"


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_everybody_can_use_these_pages(sign_in, barriers, tier, width, scheme):
    page = sign_in(width=width, scheme=scheme)
    found = {}

    def look(name):
        found[name] = barriers(page), page.evaluate("document.documentElement.scrollWidth")
        picture(page, name, width, scheme)

    box(page).fill("ol")
    expect(page.get_by_role("listbox", name="Found")).to_be_visible()
    look("typing")
    page.goto("/admin/search/?q=ol")
    look("search")
    page.goto("/admin/search/?q=nobody-at-all")
    look("search_nothing")
    page.goto(f"{CUSTOMERS}?cf_tier=gold&columns=who,country,cf_tier,created")
    page.get_by_text("Columns and order").click()
    look("columns")
    page.goto(f"{CUSTOMERS}?cf_tier=gold")
    page.get_by_role("checkbox", name="All that match").check()
    look("chosen")
    for act in ("tag", "delete", "set_field"):
        page.goto(f"{CUSTOMERS}bulk/{act}/?all=1")
        look(f"bulk_{act}")
    page.goto(f"{CUSTOMERS}views/add/?cf_tier=gold")
    look("view")
    page.get_by_label("Name").fill(f"Gold, {width} {scheme}")
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("navigation", name="Saved views")).to_be_visible()
    page.goto(page.url)  # without the message
    look("tabs")
    page.get_by_role("link", name="Export").click()
    expect(page.get_by_role("radio", name="CSV")).to_be_checked()
    look("export")
    page.goto("/admin/customers/bulkjob/")
    look("jobs")

    assert found == dict.fromkeys(found, ([], width))
