"""A checkout in a real browser, whose policy for forms also judges redirects: paid, declined, at the bank, on trial."""

import pytest
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.services import demo
from portal.services import checkouts

pytestmark = pytest.mark.browser
PAYS, DECLINED, ASKS = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0000 0000 3220"
CLUB = {
    "price_data": {
        "currency": "gbp", "unit_amount": 1000, "product_data": {"name": "Tea club"},
        "recurring": {"interval": "month"},
    },
    "quantity": 1,
}  # fmt: skip
POT = {
    "price_data": {"currency": "gbp", "unit_amount": 3400, "product_data": {"name": "Teapot"}},
    "quantity": 1,
    "adjustable_quantity": {"enabled": True, "minimum": 1, "maximum": 9},
}


@pytest.fixture
def till(transactional_db, server, settings):
    """A function that makes a session, whose addresses are of another origin than the one that the payer is at."""
    settings.PUBLIC_URL = server.replace("127.0.0.1", "localhost")

    def make(*items, mode="payment", **more):
        details = {"mode": mode, "payment_method_types": ["card"], **more}
        return checkouts.create(
            details={"success_url": "", **details}, line_items=items, at=clock.now()
        )

    with scoped_to(demo.site(), livemode=False):
        yield make


def describe(page, session, email="nora@example.com"):
    page.goto(f"/checkout/{session.secret}")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Name (optional)").fill("Nora Lind")
    page.keyboard.press("Enter")


def type_card(page, number):
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Nora Lind")
    page.keyboard.press("Enter")


def status_of(session):
    return checkouts.get(session.pk).status


def test_a_new_customer_pays_by_keyboard(open_page, till):
    session = till(POT)
    page = open_page(width=390, height=800)

    describe(page, session)
    type_card(page, PAYS)

    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    assert status_of(session) == "complete"


def test_a_declined_card_is_followed_by_one_whose_bank_asks(open_page, till):
    session = till(POT)
    page = open_page()
    describe(page, session)

    type_card(page, DECLINED)
    expect(page.get_by_role("alert").first).to_contain_text("Your bank refused this card.")
    type_card(page, ASKS)
    page.get_by_role("button", name="Complete").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    assert status_of(session) == "complete"


def test_a_subscription_begins_with_a_trial(open_page, till):
    session = till(CLUB, mode="subscription", subscription_data={"trial_period_days": 14})
    page = open_page()
    describe(page, session)
    expect(page.get_by_text("The first 14 days cost nothing.")).to_be_visible()

    type_card(page, PAYS)

    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for subscribing")
    assert checkouts.get(session.pk).subscription.status == "trialing"


def test_a_card_is_saved(open_page, till):
    session = till(mode="setup", currency="gbp")
    page = open_page()
    describe(page, session)

    type_card(page, PAYS)

    expect(page.get_by_role("heading", level=1)).to_have_text("Your card is saved")
    assert status_of(session) == "complete"


def test_without_scripts_all_but_the_card_can_be_given(open_page, till):
    session = till(POT)
    page = open_page(script=False)

    page.goto(f"/checkout/{session.secret}")
    page.get_by_label("Quantity of Teapot").fill("3")
    page.get_by_role("button", name="Change Teapot").click()
    expect(page.locator(".bought .amount")).to_have_text("£102.00")
    describe(page, session)

    expect(page.get_by_text("this page needs JavaScript")).to_be_visible()
    expect(page.get_by_label("Card number")).to_be_hidden()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark"), (320, "light")])
def test_nothing_keeps_anybody_from_paying(open_page, till, barriers, width, scheme):
    session = till(
        POT,
        collects={
            "allow_promotion_codes": True,
            "shipping_address_collection": {"allowed_countries": ["GB", "JP"]},
            "tax_id_collection": {"enabled": True},
            "consent_collection": {"terms_of_service": "required", "promotions": "auto"},
        },
    )
    plain = till(POT)
    page = open_page(width=width, scheme=scheme)
    found = []

    page.goto(f"/checkout/{session.secret}")
    found += barriers(page)
    describe(page, session)  # without the rest, which is asked for
    expect(page.get_by_role("alert").first).to_be_visible()
    found += barriers(page)
    describe(page, plain)
    expect(page.get_by_label("Card number")).to_be_visible()
    found += barriers(page)

    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light"), (320, "dark")])
def test_the_pages_around_a_payment_keep_nobody_out(open_page, till, barriers, width, scheme):
    paid, expired = till(POT), till(POT, cancel_url="https://shop.example.com/cart")
    checkouts.expire(expired, at=clock.now())
    page = open_page(width=width, height=900, scheme=scheme)
    found = []

    describe(page, paid)
    type_card(page, DECLINED)
    expect(page.get_by_role("alert").first).to_contain_text("Your bank refused this card.")
    found += barriers(page)
    type_card(page, PAYS)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    found += barriers(page)
    page.goto(f"/checkout/{expired.secret}")
    expect(page.get_by_role("heading", level=1)).to_have_text("This page has expired")
    found += barriers(page)

    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
