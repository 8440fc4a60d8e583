"""Customers who were sent to the portal for one thing do it in a real browser, and are led on."""

import pytest
from playwright.sync_api import expect

from customers.services import demo
from tests.journeys.subscribing import shoot, subscriber

__all__ = ["subscriber"]

pytestmark = pytest.mark.browser
WORDS = {
    "type": "hosted_confirmation",
    "hosted_confirmation": {"custom_message": "Thank you for the time with us."},
}


@pytest.fixture
def home(server):
    return f"/portal/{demo.site().slug}/overview"


@pytest.mark.parametrize("script", [True, False])
def test_cancellation_ends_where_the_merchant_wants(portal_page, subscriber, server, home, script):
    jenny = subscriber()
    elsewhere = server.replace("127.0.0.1", "localhost") + f"/portal/{demo.site().slug}"
    after = {"type": "redirect", "redirect": {"return_url": elsewhere}}
    page = portal_page(
        jenny.customer, columns=jenny.flow("subscription_cancel", after), script=script
    )

    page.goto(home)
    expect(page.locator("nav.tabs")).to_have_count(0)
    page.get_by_role("button", name="Cancel subscription").click()

    expect(page).to_have_url(elsewhere)
    assert jenny.now.cancels_at_period_end


def test_confirmation_is_the_merchants(portal_page, subscriber, home, barriers):
    jenny = subscriber()
    columns = jenny.flow("subscription_cancel", WORDS)
    columns["return_url"] = "https://shop.example.com/account"
    page = portal_page(jenny.customer, columns=columns)

    page.goto(home)
    page.get_by_role("button", name="Cancel subscription").click()

    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    expect(page.get_by_text("Thank you for the time with us.")).to_be_visible()
    shoot(page, "flow-done-en-1280-light")
    page.set_viewport_size({"width": 390, "height": 800})
    shoot(page, "flow-done-en-390-light")
    assert barriers(page) == []


def test_prepared_change_is_confirmed(portal_page, subscriber, home):
    jenny = subscriber()
    item = jenny.subscription.items.get()
    columns = jenny.flow(
        "subscription_update_confirm", {"type": "portal_homepage"},
        items=[{"id": item.pk, "price": jenny.large.pk, "quantity": 1}],
    )  # fmt: skip
    page = portal_page(jenny.customer, columns=columns)

    page.goto(home)
    page.get_by_role("button", name="Confirm and pay").click()

    expect(page.locator("nav.tabs")).to_be_visible()
    assert jenny.now.items.get().price_id == jenny.large.pk


def test_plan_is_chosen_and_nothing_else(portal_page, subscriber, home):
    jenny = subscriber()
    page = portal_page(jenny.customer, columns=jenny.flow("subscription_update", WORDS))

    page.goto(home)
    page.get_by_label("Plants by post · Large").check()
    page.get_by_role("button", name="See what it costs").click()
    page.get_by_role("button", name="Confirm and pay").click()

    expect(page.get_by_text("Thank you for the time with us.")).to_be_visible()
    page.goto(jenny.path + "/cancel")
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
