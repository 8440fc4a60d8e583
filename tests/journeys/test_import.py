"""Customers are imported in a browser: a file is dropped, its columns matched, checked, mended, and imported."""

import pytest
from playwright.sync_api import expect

from customers import tasks
from customers.kit.tenancy import scoped_to
from customers.models import Customer, Import
from customers.services import demo
from tests.journeys.test_finding import SIZES, picture

pytestmark = pytest.mark.browser

LIST = "/admin/customers/import/"
PEOPLE = """\
Customer ID,Full name,Email,Company,Country,Colour
k-1,Ada Lovelace,ada.lovelace@example.com,Analytical Ltd,GB,blue
k-2,Noor Haddad,noor at example.com,,EG,
k-3,สมชาย วัฒนกุล,somchai@example.com,,TH,green
"""


def work_off():
    """Do what the worker would do next."""
    with scoped_to(demo.site(), livemode=False):
        row = Import.objects.latest("created_at")
    tasks.run_import(import_id=row.pk)


def bring(page, text, name="people.csv"):
    page.get_by_label("File").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Go on").click()


def test_a_file_becomes_customers_and_its_refused_row_is_mended(sign_in):
    page = sign_in()
    page.get_by_role("link", name="Imports").click()
    page.get_by_role("link", name="Import customers").click()
    bring(page, PEOPLE)
    expect(page.get_by_label("Full name")).to_have_value("name")
    page.get_by_label("Colour").select_option("Keep as “Colour”")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Being checked: ")).to_be_visible()
    work_off()
    expect(page.get_by_text("Checked", exact=True)).to_be_visible()
    expect(page.locator("#refused tbody th")).to_have_text(["2"])
    with page.expect_download() as refused:
        page.get_by_role("link", name="Download refused rows").click()
    page.get_by_role("link", name="Import", exact=True).click()
    expect(page.get_by_text("2 new customers")).to_be_visible()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("Running: ")).to_be_visible()
    work_off()
    expect(page.locator(".tally dd")).to_have_text(["2", "0", "0", "1"])

    text = refused.value.path().read_text("utf-8-sig").replace(" at ", "@")
    page.get_by_role("link", name="Bring the mended file").click()
    bring(page, text, "mended.csv")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Being checked: ")).to_be_visible()
    work_off()
    expect(page.get_by_text("every row is good")).to_be_visible()
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("Running: ")).to_be_visible()
    work_off()
    expect(page.locator(".tally dd")).to_have_text(["1", "0", "0", "0"])

    with scoped_to(demo.site(), livemode=False):
        found = Customer.objects.filter(external_id__startswith="k-").order_by("external_id")
        assert list(found.values_list("name", "email", "metadata")) == [
            ("Ada Lovelace", "ada.lovelace@example.com", {"Colour": "blue"}),
            ("Noor Haddad", "noor@example.com", {}),
            ("สมชาย วัฒนกุล", "somchai@example.com", {"Colour": "green"}),
        ]


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_everybody_can_use_these_pages(sign_in, barriers, width, scheme):
    page = sign_in(width=width, scheme=scheme)
    found = {}

    def look(name):
        found[name] = barriers(page), page.evaluate("document.documentElement.scrollWidth")
        picture(page, name, width, scheme)

    page.goto(f"{LIST}add/")
    look("import_new")
    bring(page, PEOPLE)
    expect(page.get_by_label("Full name")).to_be_visible()
    page.goto(page.url)  # without the message
    look("import_columns")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Being checked: ")).to_be_visible()
    page.goto(page.url)
    look("import_checking")
    work_off()
    expect(page.get_by_text("Checked", exact=True)).to_be_visible()
    page.goto(page.url)  # without the message
    look("import_checked")
    page.get_by_role("link", name="Import", exact=True).click()
    look("import_sure")
    page.goto(LIST)
    look("imports")
    page.goto("/admin/customers/customer/export/?consent=yes")
    look("export")
    page.goto("/admin/takeout/")
    look("takeout")

    assert found == dict.fromkeys(found, ([], width))
