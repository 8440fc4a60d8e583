"""Products and prices in the dashboard, in a real browser."""

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("width", [1280, 390])
def test_a_product_is_made_and_priced_again(sign_in, width):
    page = sign_in(width=width)
    page.goto("/admin/billing/product/")
    page.get_by_role("link", name="New product").click()
    page.get_by_label("Name", exact=True).fill(f"Museum pass {width}")
    page.get_by_label("Amount", exact=True).fill("15.50")
    page.get_by_label("Currency", exact=True).select_option("gbp")
    page.get_by_label("Billed").select_option("month")
    page.get_by_role("button", name="New product").click()
    page.get_by_text("£15.50").wait_for()
    page.get_by_role("link", name="New price").click()
    page.get_by_label("Amount", exact=True).fill("150")
    page.get_by_label("Currency", exact=True).select_option("gbp")
    page.get_by_label("Billed").select_option("year")
    page.get_by_role("button", name="New price").click()
    page.get_by_role("link", name="Make it the default").click()
    page.get_by_role("button", name="Make it the default").click()
    page.get_by_text("This price is the default now.").wait_for()
    page.get_by_role("link", name=f"Museum pass {width}").click()

    prices = page.locator("ul.payments li")
    expect(prices).to_have_text(
        ["£150.00 Default every year", "£15.50 every month"], use_inner_text=True
    )
