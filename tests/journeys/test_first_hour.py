"""A new merchant's first hour, in a real browser: from a bare site to money and to the first program."""

import os
import re
from pathlib import Path

import pytest
import stripe
from playwright.sync_api import expect

from customers.events.models import WebhookEndpoint
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Role, Site
from customers.services import operators, sites
from tests.factories.pictures import png
from tests.journeys.conftest import PASSWORD

pytestmark = pytest.mark.browser

EMAIL = "noa@example.com"
PICTURES = os.environ.get("PICTURES", "")
"""A folder for pictures of the pages, for people who want to look."""


@pytest.fixture
def bare(transactional_db, server, settings):
    """A site with nothing but its owner, Noa."""
    settings.PUBLIC_URL = server
    at = clock.now()
    site = sites.create_bare(name="Harbour Books", at=at)
    operators.invite(
        email=EMAIL, name="Noa Field", site=site, role=Role.OWNER, password=PASSWORD, at=at
    )
    return site


@pytest.fixture
def page(open_page, bare):
    """A browser in which Noa is signed in."""
    page = open_page()
    page.goto("/admin/")
    page.get_by_label("Email address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Main menu")).to_be_visible()
    return page


def go(page, *names):
    menu = page.get_by_role("navigation", name="Main menu")
    menu.get_by_role("link", name=names[0], exact=True).click()
    for name in names[1:]:
        page.get_by_role("main").get_by_role("link", name=name, exact=True).click()


def done(page, words):
    expect(page.get_by_role("main").get_by_text(words).first).to_be_visible()


def branded(page):
    go(page, "Settings", "Branding")
    logo = {"name": "logo.png", "mimeType": "image/png", "buffer": png(160, 40)}
    page.get_by_label("Logo", exact=True).set_input_files(logo)
    page.get_by_label("Brand colour").fill("#7a1f3d")
    page.get_by_label("Support email").fill("help@example.com")
    page.get_by_label("Terms of service").fill("https://example.com/terms")
    page.get_by_role("button", name="Save").click()
    done(page, "Saved.")
    expect(page.locator(".look img")).to_have_count(2)
    if PICTURES:
        page.screenshot(path=Path(PICTURES, "branding.png"), full_page=True)


def reworded(page):
    go(page, "Settings", "Emails")
    page.get_by_role("link", name=re.compile("^Invoice paid")).click()
    page.get_by_label("Text", exact=True).fill("We got your {amount}, {name}.")
    page.get_by_role("button", name="Preview").click()
    letter = page.frame_locator("iframe[name=letter]")
    expect(letter.get_by_text("We got your $49.00, Ada Whitfield.").last).to_be_visible()
    expect(letter.get_by_role("img", name="Harbour Books")).to_have_js_property("naturalWidth", 160)
    page.get_by_role("button", name="Save").click()
    done(page, "Saved. The next email says so.")
    if PICTURES:
        page.screenshot(path=Path(PICTURES, "wording.png"), full_page=True)


def sold(page):
    go(page, "Products", "New product")
    page.get_by_label("Name", exact=True).fill("Book a month")
    page.get_by_label("Amount", exact=True).fill("19")
    page.get_by_label("Currency", exact=True).select_option("usd")
    page.get_by_label("Billed").select_option("month")
    page.get_by_role("button", name="New product").click()
    done(page, "$19.00")


def subscribed(page, open_page):
    go(page, "Customers", "New customer")
    page.get_by_label("Name", exact=True).fill("Grace Okonkwo")
    page.get_by_label("Email", exact=True).fill("grace@example.com")
    page.get_by_role("button", name="New customer").click()
    done(page, "The customer was made.")
    customer_url = page.url
    page.get_by_role("link", name="Add by link").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.locator(".once code")
    expect(link).to_be_visible()
    saved_by_phone(open_page, link.inner_text())
    page.goto(customer_url)
    page.get_by_role("link", name="New subscription").first.click()
    page.get_by_label("Price").select_option(index=0)
    page.get_by_role("button", name="Show what it costs").click()
    expect(page.get_by_role("heading", name="Billed now")).to_be_visible()
    page.get_by_role("button", name="Subscribe").click()
    done(page, "The subscription has begun.")


def saved_by_phone(open_page, link):
    phone = open_page(width=390, height=800, scheme="dark")
    phone.goto(link)
    expect(phone.get_by_role("img", name="Harbour Books")).to_be_visible()
    phone.get_by_label("Card number").fill("4242 4242 4242 4242")
    phone.get_by_label("Expiry").fill("12/34")
    phone.get_by_label("Security code").fill("123")
    phone.get_by_label("Name on the card").fill("Grace Okonkwo")
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_role("heading", name="Your payment method is saved")).to_be_visible()
    if PICTURES:
        phone.screenshot(path=Path(PICTURES, "saved.png"), full_page=True)


def billed(page):
    go(page, "Invoices")
    page.locator("tbody th a").first.click()
    expect(page.locator("h1 .badge")).to_have_text(["Paid"])
    hosted = page.get_by_role("link", name="Hosted page").get_attribute("href")
    page.goto(hosted)
    expect(page.get_by_role("img", name="Harbour Books")).to_be_visible()
    expect(page.get_by_role("link", name="Terms of service")).to_be_visible()
    if PICTURES:
        page.screenshot(path=Path(PICTURES, "hosted.png"), full_page=True)
    page.goto("/admin/")
    go(page, "Payments")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text(["$19.00"])


def asked_by_a_program(page, server):
    go(page, "API keys", "New API key")
    page.get_by_role("link", name=re.compile("Secret key")).click()
    page.get_by_label("Name", exact=True).fill("Shop")
    page.get_by_role("button", name="New API key").click()
    text = page.locator(".once code")
    expect(text).to_contain_text("sk_test_")
    v1 = stripe.StripeClient(text.inner_text(), base_addresses={"api": server}).v1
    (subscription,) = v1.subscriptions.list({"status": "active"}).data
    (charge,) = v1.charges.list().data
    return subscription, charge


def told_of(page):
    go(page, "Webhooks", "New endpoint")
    page.get_by_role("link", name=re.compile("Stripe")).click()
    page.get_by_label("URL").fill("https://shop.example.com/webhooks")
    page.get_by_label("All events", exact=False).first.check()
    page.get_by_role("button", name="New endpoint").click()
    expect(page.get_by_role("heading", name="Copy the signing secret now")).to_be_visible()


def test_first_hour(page, open_page, bare, server):
    branded(page)
    reworded(page)
    sold(page)
    subscribed(page, open_page)
    billed(page)
    subscription, charge = asked_by_a_program(page, server)
    told_of(page)

    assert (subscription.status, charge.amount, charge.paid) == ("active", 1900, True)
    assert charge.customer == subscription.customer
    site = Site.objects.get(pk=bare.pk)
    assert (site.brand_color, site.support_email) == ("#7a1f3d", "help@example.com")
    with scoped_to(site, livemode=False):
        assert WebhookEndpoint.objects.get().enabled_events == ["*"]
    go(page, "Settings")
    cards = page.locator(".card", has_text="Webhook endpoints")
    expect(cards).to_contain_text(["1 endpoint"])
    if PICTURES:
        page.screenshot(path=Path(PICTURES, "settings.png"), full_page=True)
