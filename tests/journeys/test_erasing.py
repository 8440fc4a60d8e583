"""Erasing a customer from the wish to the report, and the periods for which data is kept."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer, Erasure
from customers.services import customers, demo, erasures, retention
from payments.services import payment_intents, payment_methods

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("PICTURES", "")
EACH = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]


@pytest.fixture
def scope(transactional_db):
    with scoped_to(demo.site(), livemode=False):
        yield


@pytest.fixture
def imani(scope):
    """A customer who has paid, and asks to be erased."""
    found = customers.create(
        details={
            "name": "Imani Okonjo",
            "email": "imani@example.com",
            "mail_marketing": True,
            "address": {"line1": "27 Loop Street", "city": "Cape Town", "country": "ZA"},
        },
        at=clock.now() - timedelta(days=40),
    )
    card = payment_methods.attach(
        payment_methods.resolve("pm_card_visa", at=clock.now()), found, at=clock.now()
    )
    payment_intents.create_and_confirm(
        {"amount": 5000, "currency": "gbp", "customer": found, "payment_method": card,
         "payment_method_types": ["card"], "description": "Premium plan"},
        {"off_session": True}, at=clock.now(),
    )  # fmt: skip
    erasures.request(found, at=clock.now())
    return Customer.objects.get(pk=found.pk)


def pictures(page, name):
    """Take a picture of a page at each width, in light and dark."""
    if not PICTURES:
        return
    for width, scheme in EACH:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=Path(PICTURES) / f"{name}-{width}-{scheme}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")


def test_a_wish_is_carried_out(sign_in, imani):
    page = sign_in()
    page.get_by_role("link", name="Imani Okonjo Asks for the erasure").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Erasure of Imani Okonjo")
    page.get_by_role("link", name="See the plan and erase").click()
    expect(page.locator(".fate h2")).to_have_text(["Removed", "Redacted", "Kept"])
    pictures(page, "erase-plan")

    page.get_by_role("button", name="Erase personal data").click()
    expect(page.get_by_role("alert")).to_contain_text("Type “erase” to confirm")
    page.get_by_label("Type “erase” to confirm").fill("erase")
    page.get_by_role("button", name="Erase personal data").click()
    expect(page.get_by_text("The erasure was asked for.")).to_be_visible()

    erasure = Erasure.objects.get(customer=imani)
    erasures.run(erasure.pk, until=clock.now() + timedelta(minutes=5), now=clock.now)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Done")
    expect(page.locator("main")).to_contain_text("Nothing found")
    expect(page.locator("main")).not_to_contain_text("Imani")
    pictures(page, "erase-report")


def test_periods_are_chosen(sign_in, scope):
    retention.run_all(at=clock.now())
    page = sign_in()
    page.goto("/admin/customers/site/")
    page.get_by_role("link", name="Privacy").click()
    page.get_by_label("Events, in days").fill("400")
    page.get_by_role("button", name="Save").click()
    row = page.locator(".periods tr", has_text="They are the customers' history")

    expect(row).to_contain_text("400 days")
    pictures(page, "periods")
