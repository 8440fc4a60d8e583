"""A support agent's day on a customer's page: why a payment failed, the update link, a refund, a note, a file."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer, CustomerBalanceTransaction, Message
from customers.services import customers, demo, messages
from payments.models import Charge
from payments.services import hosted_links, payment_intents, payment_methods, spending

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("PICTURES", "")
LIST = "/admin/customers/customer/"


@pytest.fixture
def scope(transactional_db):
    with scoped_to(demo.site(), livemode=False):
        yield


def saved(customer, name="pm_card_visa"):
    at = clock.now()
    return payment_methods.attach(payment_methods.resolve(name, at=at), customer, at=at)


def paid(customer, method, *, amount=5000, description="Premium plan, monthly"):
    intent = payment_intents.create_and_confirm(
        {"amount": amount, "currency": "gbp", "customer": customer, "payment_method": method,
         "payment_method_types": ["card"], "description": description},
        {"off_session": True}, at=clock.now(),
    )  # fmt: skip
    return payment_intents.charge_of(intent)


@pytest.fixture
def imani(scope):
    """A customer with a good card and one that is declined, and a payment with each."""
    found = customers.create(
        details={
            "name": "Imani Okonjo", "email": "imani@example.com", "external_id": "user_7",
            "preferred_locales": ["fr"], "metadata": {"plan": "premium"},
            "address": {"line1": "27 Loop Street", "city": "Cape Town", "country": "ZA"},
        },
        at=clock.now() - timedelta(days=40),
    )  # fmt: skip
    good = saved(found)
    paid(found, good)
    paid(found, saved(found, "pm_card_chargeCustomerFail"))
    yield Customer.objects.get(pk=found.pk)
    customers.delete(found, at=clock.now())


def picture(page, name):
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def test_an_agent_helps_a_customer_whose_payment_failed(sign_in, imani):
    page = sign_in()
    page.locator("#find").fill("imani okonjo")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Imani Okonjo imani@example.com").click()
    strip = page.locator(".urgent li")
    expect(strip).to_have_text(
        ["The last payment, of £50.00, failed: Your card was declined.", *_of_card(strip)]
    )
    expect(page.locator(".paid .reason")).to_have_text(["Your card was declined."])

    page.locator(".person").get_by_role("link", name="Ask for another card").click()
    page.get_by_text("imani@example.com gets an email").wait_for()
    page.get_by_role("button", name="Send the email").click()
    page.get_by_text("The email to imani@example.com is on its way.").wait_for()
    (request,) = Message.objects.filter(customer=imani, kind="card_update")
    assert (request.door, request.actor) == ("dashboard", "robin@example.com")

    page.get_by_role("link", name="Refund £50.00").click()
    page.get_by_label("Amount in GBP").fill("20")
    page.get_by_role("button", name="Refund").click()
    page.get_by_text("£20.00 was refunded.").wait_for()
    page.get_by_role("link", name="Imani Okonjo").first.click()
    figures = page.locator(".figures > div").first
    expect(figures).to_contain_text("£30.00")

    page.get_by_role("link", name="Add note").click()
    page.get_by_label("Note").fill("Called: will use another card from Monday on.")
    page.get_by_label("Keep it on top").check()
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".notes .said")).to_have_text(
        ["Called: will use another card from Monday on."]
    )
    expect(page.locator(".timeline li").first).to_contain_text("Robin Ashdown")
    picture(page, "customer-after")


def _of_card(strip):
    """What is said of the card's expiry, which depends on the day."""
    strip.first.wait_for()
    return strip.all_inner_texts()[1:]


def test_a_double_click_charges_once(sign_in, imani):
    page = sign_in()
    page.goto(f"{LIST}{imani.pk}/")
    page.locator(".person").get_by_role("link", name="Charge").click()
    page.get_by_label("Amount").fill("12.50")
    page.get_by_label("Currency").select_option("gbp")
    page.get_by_label("Payment method").select_option(label="Visa •••• 4242")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Charge £12.50?").wait_for()
    picture(page, "confirm")
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Amount").fill("13.50")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Charge £13.50 to Visa •••• 4242").dblclick()
    page.get_by_text("£13.50 was charged.").wait_for()

    assert Charge.objects.filter(customer=imani, amount=1350).count() == 1


def test_the_balance_is_adjusted_once_for_a_reason(sign_in, imani):
    page = sign_in()
    page.goto(f"{LIST}{imani.pk}/balance/")
    page.get_by_label("Amount").fill("5")
    page.get_by_label("Currency").select_option("gbp")
    page.get_by_label("Reason").fill("The delay in June")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Give £5.00 of credit").dblclick()
    page.get_by_text("The balance was adjusted.").wait_for()

    (entry,) = CustomerBalanceTransaction.objects.filter(customer=imani)
    assert (entry.amount, entry.description) == (-500, "The delay in June")


def test_the_link_in_the_letter_saves_another_card(sign_in, open_page, server, settings, imani):
    settings.PUBLIC_URL = server
    page = sign_in()
    page.goto(f"/admin/payments/paymentmethod/ask/?customer={imani.pk}")
    page.get_by_role("button", name="Send the email").click()
    page.get_by_text("is on its way").wait_for()
    (request,) = Message.objects.filter(customer=imani, kind="card_update")
    messages.send(request, at=clock.now())
    request.refresh_from_db()
    link = next(word for word in request.text.split() if "/add-method/" in word)

    phone = open_page(width=390, height=800)
    phone.goto(link.replace(settings.PUBLIC_URL, server))
    expect(phone.locator("h1")).to_be_visible()
    assert request.subject.startswith("[Test] ")
    assert hosted_links.opened(link.rpartition("/")[2], at=clock.now()).becomes_default


def test_all_that_is_kept_is_downloaded(sign_in, imani):
    page = sign_in()
    page.goto(f"{LIST}{imani.pk}/export/")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the file").click()

    said = json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert said["customer"]["id"] == imani.pk
    assert [charge["status"] for charge in said["charges"]] == ["succeeded", "failed"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nobody_is_kept_from_using_it(sign_in, imani, barriers, scheme, width):
    spending.add_up()
    page = sign_in(width=width, scheme=scheme)
    found = {}
    for name, address in {
        "customer": "", "timeline": "timeline/", "note": "notes/add/", "metadata": "metadata/",
        "export": "export/", "delete": "delete/",
    }.items():  # fmt: skip
        page.goto(f"{LIST}{imani.pk}/{address}")
        picture(page, f"{name}-{width}-{scheme}")
        found[name] = barriers(page)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) <= 0, name
    page.goto(f"/admin/payments/charge/credit/?customer={imani.pk}")
    page.get_by_label("Amount").fill("10")
    page.get_by_label("Currency").select_option("gbp")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Charge £10.00").wait_for()
    picture(page, f"confirm-{width}-{scheme}")
    found["confirmation"] = barriers(page)

    assert {name: said for name, said in found.items() if said} == {}
