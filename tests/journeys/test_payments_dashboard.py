"""A working day with payments, in a real browser: charge, refund, capture, try again, a card by link, a phone, keys."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from customers.services import demo
from payments.models import Charge, PaymentMethod
from payments.services import charges, hosted_links, payment_intents, payment_methods

pytestmark = pytest.mark.browser

PAYMENTS = "/admin/payments/charge/"
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def scope(transactional_db):
    with scoped_to(demo.site(), livemode=False):
        yield


@pytest.fixture
def sophie(scope):
    return Customer.objects.get(name="Sophie Castellan")


def saved(customer, name="pm_card_visa"):
    at = clock.now()
    return payment_methods.attach(payment_methods.resolve(name, at=at), customer, at=at)


def paid(customer, *, amount=5000, name="pm_card_visa", **details):
    """Charge the customer, and return the charge whatever became of it."""
    at, method = clock.now(), saved(customer, name)
    intent = payment_intents.create_and_confirm(
        {"amount": amount, "currency": "gbp", "customer": customer, "payment_method": method,
         "payment_method_types": ["card"], **details},
        {"off_session": True}, at=at,
    )  # fmt: skip
    return payment_intents.charge_of(intent)


def test_customer_is_charged_and_gets_part_of_it_back(sign_in, sophie):
    saved(sophie)
    page = sign_in()
    page.goto(f"/admin/customers/customer/{sophie.pk}/")
    page.locator(".person").get_by_role("link", name="Charge", exact=True).click()
    page.get_by_label("Amount").fill("48.20")
    page.get_by_label("Currency").select_option("gbp")
    page.get_by_label("Description").fill("Two mugs")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Charge £48.20 to Visa •••• 4242").click()
    page.get_by_text("£48.20 was charged.").wait_for()
    page.get_by_role("link", name="Refund").click()
    page.get_by_label("Amount in GBP").fill("24.10")
    page.get_by_label("Reason").select_option("requested_by_customer")
    page.get_by_role("button", name="Refund").click()
    page.get_by_text("£24.10 was refunded.").wait_for()

    charge = Charge.objects.get(description="Two mugs")
    assert page.url.endswith(f"{PAYMENTS}{charge.pk}/")
    assert (charge.status, charge.amount, charge.amount_refunded) == ("succeeded", 4820, 2410)
    expect(page.locator("h1 .badge")).to_have_text(["Partly refunded"])


def test_too_much_is_refused_beside_the_field(sign_in, sophie):
    charge = paid(sophie)
    page = sign_in()
    page.goto(f"{PAYMENTS}{charge.pk}/refund/")
    page.get_by_label("Amount in GBP").fill("50.01")
    page.get_by_role("button", name="Refund").click()

    assert page.locator(".field-amount .error").inner_text() == "At most £50.00 can be refunded."
    assert charges.get(charge.pk).amount_refunded == 0


def test_double_click_refunds_once(sign_in, sophie):
    charge = paid(sophie)
    page = sign_in()
    page.goto(f"{PAYMENTS}{charge.pk}/refund/")
    page.get_by_label("Amount in GBP").fill("10")
    page.get_by_role("button", name="Refund").dblclick()
    page.get_by_text("£10.00 was refunded.").wait_for()

    assert charges.get(charge.pk).amount_refunded == 1000


def test_held_money_is_captured_by_keyboard_alone(sign_in, sophie):
    charge = paid(sophie, captures_manually=True)
    page = sign_in()
    page.goto(f"{PAYMENTS}{charge.pk}/")
    page.get_by_role("link", name="Capture", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Amount in GBP").focus()
    page.keyboard.press("Enter")
    page.get_by_text("£50.00 was captured.").wait_for()

    assert charges.get(charge.pk).status == "succeeded"


def test_failed_payment_is_tried_again_with_another_card(sign_in, sophie):
    good = saved(sophie)
    charge = paid(sophie, name="pm_card_chargeCustomerFail")
    page = sign_in()
    page.goto(f"{PAYMENTS}{charge.pk}/")
    page.get_by_role("heading", name="Your card was declined.").wait_for()
    page.get_by_role("link", name="Try again").click()
    page.get_by_label("Payment method").select_option(good.pk)
    page.get_by_role("button", name="Charge £50.00").click()
    page.get_by_text("£50.00 was charged.").wait_for()

    assert payment_intents.get(charge.payment_intent_id).status == "succeeded"


def test_customer_saves_a_card_by_link_on_a_phone(sign_in, open_page, server, settings, scope):
    settings.PUBLIC_URL = server
    customer = Customer.objects.get(name="Callum Drysdale")
    page = sign_in()
    page.goto(f"/admin/customers/customer/{customer.pk}/")
    page.get_by_role("link", name="Add by link").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.locator(".once code").inner_text()

    phone = open_page(width=390, height=800)
    phone.goto(link)
    phone.get_by_label("Card number").fill("4242 4242 4242 4242")
    phone.get_by_label("Expiry").fill("12/34")
    phone.get_by_label("Security code").fill("123")
    phone.get_by_label("Name on the card").fill("Callum Drysdale")
    phone.get_by_role("button", name="Save").click()
    phone.get_by_role("heading", name="Your payment method is saved").wait_for()
    page.get_by_role("link", name="Back to the customer").click()

    page.get_by_role("link", name="Remove Visa •••• 4242").wait_for()
    assert PaymentMethod.objects.of_customer(customer).count() == 1


def test_bank_account_is_saved_by_keyboard_without_scripts(open_page, server, settings, scope):
    settings.PUBLIC_URL = server
    customer = Customer.objects.get(name="Freya Sørensen")
    page = open_page(width=390, height=800, script=False)
    page.goto(hosted_links.make(customer, at=clock.now()))
    page.get_by_role("link", name="US bank account").press("Enter")
    page.get_by_label("Account holder", exact=True).fill("Freya Sørensen")
    page.get_by_label("Routing number").fill("110000000")
    page.get_by_label("Account number").fill("000123456789")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("Tick this to go on.").wait_for()
    focused = page.locator(":focus").get_attribute("name")
    page.get_by_label("Routing number").fill("110000000")
    page.get_by_label("Account number").fill("000123456789")
    page.get_by_label("I authorize these debits").press("Space")
    page.keyboard.press("Enter")
    page.get_by_label("First amount").fill("32")
    page.get_by_label("Second amount").fill("45")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your payment method is saved").wait_for()

    assert focused == "agrees"
    method = PaymentMethod.objects.of_customer(customer).get()
    assert (method.kind, method.verification) == ("us_bank_account", "verified")


def test_method_is_removed_only_after_a_question(sign_in, scope):
    customer = Customer.objects.get(name="Aroha Ngata")
    saved(customer)
    page = sign_in()
    page.goto(f"/admin/customers/customer/{customer.pk}/")
    page.get_by_role("link", name=re.compile("Remove")).click()
    before = PaymentMethod.objects.of_customer(customer).count()
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("Visa •••• 4242 was removed.").wait_for()

    assert (before, PaymentMethod.objects.of_customer(customer).count()) == (1, 0)


PAGES = {
    "payments": PAYMENTS,
    "payment": f"{PAYMENTS}{{paid}}/",
    "failed": f"{PAYMENTS}{{failed}}/",
    "held": f"{PAYMENTS}{{held}}/",
    "refund": f"{PAYMENTS}{{paid}}/refund/",
    "capture": f"{PAYMENTS}{{held}}/capture/",
    "cancel": f"{PAYMENTS}{{held}}/cancel/",
    "new_payment": f"{PAYMENTS}new/?customer={{customer}}",
    "customer_with_payments": "/admin/customers/customer/{customer}/",
    "link": "/admin/payments/paymentmethod/link/?customer={customer}",
    "unpaid": "/admin/payments/paymentintent/",
    "disputes": "/admin/payments/dispute/",
    "gateway": "/admin/payments/gatewayaccount/",
    "gateway_stripe": "/admin/payments/gatewayaccount/add/?kind=stripe",
    "home_with_payments": "/admin/",
    "card": "{link}?kind=card",
    "us_bank_account": "{link}?kind=us_bank_account",
    "sepa_debit": "{link}?kind=sepa_debit",
}


@pytest.fixture
def pages(sophie, server, settings):
    """Addresses by name."""
    settings.PUBLIC_URL = server
    gaps = {
        "customer": sophie.pk,
        "paid": paid(sophie, description="A lamp of oak, made to measure").pk,
        "failed": paid(sophie, name="pm_card_chargeCustomerFail").pk,
        "held": paid(sophie, captures_manually=True).pk,
        "link": hosted_links.make(sophie, at=clock.now()),
    }
    return {name: address.format(**gaps) for name, address in PAGES.items()}


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"), (320, "light")],
)
def test_no_page_is_wider_than_the_screen(sign_in, pages, width, scheme):
    page = sign_in(width=width, scheme=scheme)

    widths = {}
    for name, address in pages.items():
        page.goto(address)
        widths[name] = page.evaluate("document.documentElement.scrollWidth")
        assert page.locator("h1").count() == 1, name
        if PICTURES:
            page.screenshot(path=Path(PICTURES, f"{name}_{width}_{scheme}.png"), full_page=True)

    assert widths == dict.fromkeys(pages, width)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_no_page_keeps_anybody_out(sign_in, pages, barriers, width, scheme):
    page = sign_in(width=width, scheme=scheme)

    found = {}
    for name, address in pages.items():
        page.goto(address)
        found[name] = barriers(page)

    assert found == {name: [] for name in pages}
