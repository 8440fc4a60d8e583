"""A customer changes, pauses, cancels and keeps a subscription in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.factories.coupons import CouponFactory
from tests.journeys.subscribing import shoot, subscriber

__all__ = ["subscriber"]

pytestmark = pytest.mark.browser
SIZES = [(1280, 900), (390, 800)]
TAILS = ["", "/plan", "/plan/preview?price={large}", "/pause", "/cancel"]


@pytest.fixture
def visit(portal_page, subscriber):
    """A function that opens a page of a new subscriber's subscription; returns the page and the subscriber."""

    def visit(tail="", *, language="en", details=None, **options):
        jenny = subscriber(language, **(details or {}))
        page = portal_page(
            jenny.customer, columns={"configuration": jenny.configuration}, **options
        )
        page.goto(jenny.path + tail.format(large=jenny.large.pk))
        return page, jenny

    return visit


def test_customer_cancels_with_a_reason_and_thinks_better_of_it(visit):
    page, jenny = visit()
    page.get_by_role("link", name="Cancel subscription").click()
    page.get_by_label("It is too expensive").check()
    page.get_by_label("Anything else you want to tell us?").fill("Too dear for me.")

    page.get_by_role("button", name="Cancel subscription").click()

    expect(page.get_by_role("status")).to_contain_text("Your subscription is canceled.")
    expect(page.locator(".heading .badge")).to_contain_text("Ends on")
    shoot(page, "canceled-en-1280-light")
    assert (jenny.now.cancellation_feedback, jenny.now.cancellation_comment) == (
        "too_expensive", "Too dear for me.",
    )  # fmt: skip

    page.get_by_role("button", name="Keep the subscription").click()

    expect(page.get_by_role("status")).to_have_text("Your subscription continues.")
    expect(page.locator(".heading .badge")).to_have_text(["Active"])
    assert jenny.now.cancel_at is None


def test_customer_pauses_and_resumes(visit):
    page, jenny = visit(width=390, height=800)
    page.get_by_role("link", name="Pause", exact=True).click()
    page.get_by_label("skips 2 payments").check()

    page.get_by_role("button", name="Pause subscription").click()

    expect(page.get_by_role("status")).to_have_text("Your subscription is paused.")
    expect(page.locator(".heading .badge")).to_have_text(["Paused"])
    shoot(page, "paused-en-390-light")
    assert jenny.now.pause_resumes_at is not None

    page.get_by_role("link", name="Resume").click()
    page.get_by_role("button", name="Resume subscription").click()

    expect(page.get_by_role("status")).to_have_text("Your subscription continues.")
    assert jenny.now.pause_behavior == ""


def test_a_day_is_asked_for_only_where_one_is_to_be_chosen(visit):
    page, jenny = visit("/pause")
    expect(page.get_by_label("Until another day")).to_be_hidden()

    page.get_by_label("Until a day of your choice").check()
    field = page.get_by_label("Until another day")
    expect(field).to_be_visible()
    shoot(page, "pause-day-en-1280-light")
    field.fill(field.get_attribute("max"))
    page.get_by_role("button", name="Pause subscription").click()

    expect(page.get_by_role("status")).to_have_text("Your subscription is paused.")
    assert jenny.now.pause_resumes_at is not None


def test_customer_sees_what_a_plan_costs_and_pays_that(visit):
    page, jenny = visit()
    page.get_by_role("link", name="Change plan").click()
    page.get_by_label("Plants by post · Large").check()
    page.get_by_role("button", name="See what it costs").click()
    amount = page.locator(".due .amount")
    expect(amount).to_contain_text("$")
    said = amount.inner_text()

    page.get_by_role("button", name=f"Confirm and pay {said}").click()

    expect(page.get_by_role("status")).to_have_text("Your subscription is changed.")
    expect(page.locator(".kv").first).to_contain_text("Plants by post · Large")
    assert jenny.now.items.get().price_id == jenny.large.pk


def test_everything_works_by_keyboard(visit):
    page, jenny = visit("/cancel")
    page.get_by_label("I do not use it enough").focus()

    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Rarely")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("Your subscription is canceled.")
    assert (jenny.now.cancellation_feedback, jenny.now.cancellation_comment) == ("unused", "Rarely")


def test_everything_works_without_scripts(visit):
    page, jenny = visit("/plan/preview?price={large}", script=False, width=390, height=800)

    page.get_by_role("button", name="Confirm and pay").click()
    expect(page.get_by_role("status")).to_have_text("Your subscription is changed.")
    page.get_by_role("link", name="Pause", exact=True).click()
    page.get_by_role("button", name="Pause subscription").click()
    expect(page.get_by_role("status")).to_have_text("Your subscription is paused.")
    page.get_by_role("link", name="Cancel subscription").click()
    page.get_by_role("button", name="Cancel subscription").click()

    expect(page.get_by_role("status")).to_contain_text("Your subscription is canceled.")
    assert jenny.now.cancels_at_period_end


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("language", ["en", "th", "ko"])
def test_pages_fit_everywhere_and_stop_nobody(visit, barriers, tail, language):
    page, _jenny = visit(tail, language=language)
    name = tail.strip("/").partition("?")[0].replace("/", "-") or "subscription"
    found = []

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            shoot(page, f"{name}-{language}-{width}-{scheme}")
            found += barriers(page)
            too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            found += [(name, width, too_wide)] if too_wide > 0 else []

    assert found == []


def test_list_and_states_stop_nobody(visit, barriers):
    page, jenny = visit(details={"trial_period_days": 20})
    found = barriers(page)
    shoot(page, "trial-en-1280-light")
    jenny.customer.default_payment_method_id = None
    jenny.customer.save()

    for width, _height in SIZES:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(jenny.path.rpartition("/")[0])
        shoot(page, f"subscriptions-en-{width}-light")
        found += barriers(page)
        page.goto(jenny.path)
        shoot(page, f"trial-no-card-en-{width}-light")
        found += barriers(page)

    assert found == []


def test_offer_stands_beside_the_way_out(portal_page, subscriber, barriers):
    jenny = subscriber()
    CouponFactory(
        id="STAY", percent_off=30, duration="repeating", duration_months=3,
        site=jenny.customer.site, livemode=False,
    )  # fmt: skip
    retention = {"type": "coupon_offer", "coupon_offer": {"coupon": "STAY"}}
    columns = jenny.flow("subscription_cancel", {"type": "portal_homepage"}, retention=retention)
    page = portal_page(jenny.customer, columns=columns)

    page.goto(jenny.path + "/cancel")

    expect(page.get_by_role("button", name="Cancel subscription")).to_be_visible()
    shoot(page, "offer-en-1280-light")
    page.set_viewport_size({"width": 390, "height": 800})
    shoot(page, "offer-en-390-light")
    found = barriers(page)
    page.get_by_role("button", name="Take the offer").click()
    expect(page).to_have_url(
        f"{page.url.partition('/portal/')[0]}{jenny.path.rpartition('/subscriptions/')[0]}/overview"
    )
    assert found == []
