"""A working day with bills, in a real browser: a subscription from its first price to its end, an invoice, a phone."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from customers.services import demo
from payments.billing.models import Invoice, Subscription
from payments.services import attachments, payment_methods
from tests.factories.billing import (
    CreditNoteFactory,
    DiscountFactory,
    InvoiceFactory,
    InvoiceItemFactory,
    InvoiceLineFactory,
    InvoicePaymentFactory,
    PriceFactory,
    ProductFactory,
    SubscriptionFactory,
    SubscriptionItemFactory,
)
from tests.factories.payments import ChargeFactory, PaymentIntentFactory

pytestmark = pytest.mark.browser

CUSTOMERS, SUBSCRIPTIONS = "/admin/customers/customer/", "/admin/billing/subscription/"
INVOICES = "/admin/billing/invoice/"
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def scope(transactional_db):
    with scoped_to(demo.site(), livemode=False):
        yield


@pytest.fixture
def ada(scope):
    """A customer with a card."""
    at, customer = clock.now(), Customer.objects.get(name="Ada Whitfield")
    card = payment_methods.attach(payment_methods.resolve("pm_card_visa", at=at), customer, at=at)
    attachments.set_default(Customer.objects.get(pk=customer.pk), card, at=at)
    return customer


def price(name, amount, **columns):
    return PriceFactory(product=ProductFactory(name=name), unit_amount=amount, **columns)


def test_customer_subscribes_changes_the_plan_and_leaves(sign_in, ada):
    gold, silver = price("Gold plan", 4900), price("Silver plan", 1900)
    page = sign_in()
    page.goto(f"{CUSTOMERS}{ada.pk}/")
    page.get_by_role("link", name="New subscription").click()
    page.get_by_label("Price").select_option(gold.pk)
    page.get_by_role("button", name="Show what it costs").click()
    page.get_by_role("heading", name="Billed now").wait_for()
    page.get_by_role("button", name="Subscribe").click()
    page.get_by_text("The subscription has begun.").wait_for()

    page.get_by_role("link", name="Change").first.click()
    page.get_by_label("Price").first.select_option(silver.pk)
    page.get_by_label("Bill the difference now").check()
    page.get_by_role("button", name="Show what it costs").click()
    page.get_by_role("button", name="Change subscription").click()
    page.get_by_text("The subscription was changed.").wait_for()

    page.get_by_role("link", name="Cancel subscription").click()
    page.get_by_label("Why").select_option("too_expensive")
    page.get_by_role("button", name="Cancel subscription").click()
    page.get_by_text("The subscription will end on").wait_for()

    pk = page.url.rstrip("/").rpartition("/")[2]  # other tests of this module subscribe her, too
    subscription = Subscription.objects.get(customer=ada, pk=pk)
    assert (subscription.cancels_at_period_end, subscription.cancellation_feedback) == (
        True, "too_expensive",
    )  # fmt: skip
    assert page.locator("h1").inner_text().startswith("Silver plan")


def test_customer_is_billed_for_something_and_charged(sign_in, ada):
    page = sign_in()
    page.goto(f"{CUSTOMERS}{ada.pk}/")
    page.get_by_role("link", name="New invoice").click()
    page.get_by_label("Description").first.fill("Two lamps")
    page.get_by_label("Unit price").first.fill("24.50")
    page.get_by_label("Quantity").first.fill("2")
    page.get_by_role("button", name="Make the draft").click()
    page.get_by_role("link", name="Finalize").click()
    page.get_by_role("button", name="Finalize").click()
    page.get_by_role("link", name="Charge now").click()
    page.get_by_role("button", name="Charge").click()
    page.get_by_text("was charged.").wait_for()

    invoice = Invoice.objects.get(customer=ada, subscription=None)
    assert (invoice.status, invoice.total) == ("paid", 4900)
    expect(page.locator("h1 .badge")).to_have_text(["Paid"])


@pytest.fixture
def pages(scope):
    """Addresses of billing's pages, with something on each."""
    at, plan = clock.now(), price("Gold plan", 4900)
    for customer in Customer.objects.order_by("created_at")[:8]:
        start = at - timedelta(days=3)
        subscription = SubscriptionFactory(
            customer=customer, created_at=start, period_end=start + timedelta(days=30)
        )
        SubscriptionItemFactory(subscription=subscription, price=plan, quantity=3)
    DiscountFactory(subscription=subscription, customer=customer)
    InvoiceItemFactory(customer=customer)
    draft = InvoiceFactory(customer=customer, status="draft", subscription=subscription)
    InvoiceLineFactory(invoice=draft)
    due = at + timedelta(days=2)
    late = InvoiceFactory(customer=customer, due_at=due, collection_method="send_invoice")
    late.description = "Thank you for your business."
    intent = PaymentIntentFactory(customer=customer)
    InvoicePaymentFactory(invoice=late, payment_intent=intent)
    ChargeFactory(payment_intent=intent, customer=customer, status="failed", amount_captured=0)
    CreditNoteFactory(invoice=late)
    one, bill, new = f"{SUBSCRIPTIONS}{subscription.pk}/", f"{INVOICES}{late.pk}/", customer.pk
    return {
        "subscriptions": SUBSCRIPTIONS, "subscription": one, "subscription-change": f"{one}update/",
        "subscription-cancel": f"{one}cancel/", "subscription-pause": f"{one}pause/",
        "subscription-new": f"{SUBSCRIPTIONS}new/?customer={new}", "invoices": INVOICES,
        "invoice": bill, "invoice-pay": f"{bill}pay/", "invoice-draft": f"{INVOICES}{draft.pk}/",
        "invoice-line": f"{INVOICES}{draft.pk}/add-line/", "invoice-new": f"{INVOICES}new/?customer={new}",
        "billing-calendar": f"{INVOICES}calendar/", "billing-customer": f"{CUSTOMERS}{new}/",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"), (320, "light")]
    if PICTURES
    else [(1280, "light"), (390, "dark"), (320, "light")],
)
def test_no_page_is_wider_than_the_screen_and_none_breaks_the_policy(sign_in, pages, width, scheme):
    page = sign_in(width=width, scheme=scheme)

    widths = {}
    for name, address in pages.items():
        page.goto(address)
        widths[name] = page.evaluate("document.documentElement.scrollWidth")
        assert page.locator("h1").count() == 1, name
        if PICTURES:
            page.screenshot(path=Path(PICTURES, f"{name}_{width}_{scheme}.png"), full_page=True)

    assert widths == dict.fromkeys(pages, width)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_nothing_keeps_people_from_using_a_page(sign_in, barriers, pages, width, scheme):
    page = sign_in(width=width, scheme=scheme)

    found = {}
    for name, address in pages.items():
        page.goto(address)
        found[name] = barriers(page)

    assert {name: what for name, what in found.items() if what} == {}
