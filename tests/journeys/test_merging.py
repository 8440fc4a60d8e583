"""Two customers who are one: found, looked at side by side, merged, and taken apart again."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from customers.services import balance_transactions, customers, demo, duplicates
from payments.services import payment_methods

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("PICTURES", "")
LIST = "/admin/customers/customer/"


@pytest.fixture
def scope(transactional_db):
    with scoped_to(demo.site(), livemode=False):
        yield


@pytest.fixture
def twins(scope):
    """Imani Okonjo twice: once with a phone number, a card and a credit."""
    at = clock.now()
    address = {
        "line1": "27 Loop Street",
        "city": "Cape Town",
        "postal_code": "8001",
        "country": "ZA",
    }
    kept = customers.create(
        details={"name": "Imani Okonjo", "email": "imani@example.com", "address": address},
        at=at - timedelta(days=40),
    )
    other = customers.create(
        details={"name": "I. Okonjo", "email": "IMANI@example.com", "phone": "+27 21 555 0100"},
        at=at,
    )
    method = payment_methods.resolve("pm_card_visa", at=at)
    payment_methods.attach(method, other, at=at)
    balance_transactions.create(other, amount=-1500, currency="gbp", at=at)
    duplicates.run(duplicates.start(at=at).pk, at=at)
    yield kept, other
    for customer in Customer.objects.living().filter(pk__in=[kept.pk, other.pk]):
        customers.delete(customer, at=clock.now())


def picture(page, name):
    if PICTURES:
        for scheme in ("light", "dark"):
            for width in (1280, 390):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 900})
                file = Path(PICTURES) / f"{name}-{width}-{scheme}.png"
                page.screenshot(path=file, full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})


def test_a_customer_who_is_there_twice_is_merged_and_taken_apart(sign_in, server, twins):
    kept, _other = twins
    page = sign_in()
    page.goto(f"{server}/admin/customers/duplicatepair/")
    picture(page, "pairs")
    page.goto(f"{server}{LIST}{kept.pk}/")
    page.get_by_role("link", name="This customer may be there twice.").click()
    expect(page.locator(".two.even h2")).to_have_count(2)
    picture(page, "pair")
    page.get_by_role("link", name="Merge", exact=True).click()
    expect(page.locator(".merging .name")).to_have_text(["Imani Okonjo", "I. Okonjo"])
    picture(page, "merge")
    page.locator("#id_email_1").check()
    page.get_by_role("button", name="Merge").click()
    expect(page.locator("h1")).to_contain_text("Imani Okonjo")
    expect(page.locator(".person")).to_contain_text("IMANI@example.com")
    picture(page, "merged")
    page.get_by_role("link", name="was merged into this customer").click()
    picture(page, "undo")
    page.get_by_role("button", name="Undo the merge").click()
    expect(page.locator("h1")).to_contain_text("I. Okonjo")
    page.goto(f"{server}{LIST}{kept.pk}/merge/")
    expect(page.locator(".choices a")).to_have_count(1)
    picture(page, "whom")
