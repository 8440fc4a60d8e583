"""From a new endpoint to an event that arrives, and to sending it once more, in a real browser."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from customers.events.models import Delivery, WebhookEndpoint
from customers.events.services import replays, webhook_endpoints
from customers.kit import clock
from customers.kit.provenance import Provenance, acting
from customers.kit.tenancy import scoped_to
from customers.services import customers, demo

pytestmark = pytest.mark.browser

EVENTS, ENDPOINTS = "/admin/events/event/", "/admin/events/webhookendpoint/"
PICTURES = os.environ.get("PICTURES", "")
"""A folder for pictures of the pages, for people who want to look."""


@pytest.fixture
def at_the_demo(transactional_db):
    with scoped_to(demo.site(), livemode=False):
        yield
        Delivery.objects.all().delete()
        WebhookEndpoint.objects.all().delete()


def tried(status, code, text, error="", **columns):
    """Record a try of every delivery, as the sender does."""
    at = clock.now()
    over = {"next_try_at": None} if status != "pending" else {"next_try_at": at}
    Delivery.objects.update(
        status=status, last_try_at=at, last_status_code=code, last_response=text, last_error=error,
        last_duration_ms=84, delivered_at=at if status == "succeeded" else None, **{"tries": 1, **over, **columns},
    )  # fmt: skip


def test_from_a_new_endpoint_to_an_event_that_is_sent_again(sign_in, at_the_demo):
    page = sign_in()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    menu = page.get_by_role("navigation", name="Main menu")
    menu.get_by_role("link", name="Webhooks").click()
    page.get_by_role("link", name="New endpoint").click()
    page.get_by_role("link", name=re.compile("Stripe")).click()
    page.get_by_label("URL").fill("https://shop.example.com/webhooks")
    page.get_by_role("button", name="New endpoint").click()
    page.get_by_text("Name at least one event").first.wait_for()
    page.locator("summary", has_text="Customers").click()
    page.get_by_label("customer.created", exact=False).first.check()
    page.get_by_role("button", name="New endpoint").click()

    page.get_by_role("heading", name="Copy the signing secret now").wait_for()
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    secret = page.evaluate("navigator.clipboard.readText()")
    page.reload()
    endpoint = WebhookEndpoint.objects.get()
    assert webhook_endpoints.secrets(endpoint, at=clock.now()) == [secret]
    assert secret not in page.content()

    page.get_by_role("link", name="Send a test event").click()
    page.get_by_role("button", name="Send a test event").click()
    page.get_by_text("The event is on its way.").wait_for()
    tried("succeeded", 200, '{"received": true}')
    page.reload()
    assert page.locator(".figures dd").first.inner_text() == "100 % of 1"
    page.get_by_role("link", name="Customer created").click()
    page.get_by_text('{"received": true}').wait_for()
    page.get_by_role("link", name=re.compile("^Resend to")).click()
    page.get_by_role("button", name="Resend").click()
    page.get_by_text("The event is on its way.").wait_for()

    page.get_by_text("Sent again once by hand").wait_for()
    assert [(one.status, one.replays) for one in Delivery.objects.all()] == [("pending", 1)]


def test_a_secret_is_rotated_and_an_endpoint_disabled_and_deleted_by_keyboard(sign_in, at_the_demo):
    endpoint, before = webhook_endpoints.create(
        url="https://shop.example.com/webhooks", enabled_events=["*"], at=clock.now()
    )
    page = sign_in()
    page.goto(f"{ENDPOINTS}{endpoint.pk}/")

    for link, button, told in (
        ("Rotate the secret", "Rotate the secret", "The secret was rotated."),
        ("Disable", "Disable", "The endpoint is disabled."),
        ("Enable", "Enable", "The endpoint is enabled."),
        ("Delete", "Delete", "was deleted."),
    ):
        page.get_by_role("link", name=link, exact=True).focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name=button, exact=True).focus()
        page.keyboard.press("Enter")
        page.get_by_text(told).wait_for()

    assert page.url.endswith(ENDPOINTS)
    page.get_by_text("There is nothing here yet.").wait_for()
    assert before not in page.content()


def test_many_events_are_sent_again_once_their_number_was_seen(sign_in, at_the_demo):
    webhook_endpoints.create(
        url="https://shop.example.com/webhooks", enabled_events=["*"], at=clock.now()
    )
    for name in ("Ada", "Grace"):
        customers.create(details={"name": name}, at=clock.now())
    tried("failed", 503, "busy")
    page = sign_in()
    page.goto(EVENTS)
    page.locator("summary", has_text="Delivery").click()
    page.get_by_role("link", name="Given up").click()
    page.get_by_text("Delivery: Given up").wait_for()
    expect(page.locator("tbody tr")).to_have_count(2)

    page.get_by_role("link", name="Resend events").click()
    page.get_by_role("button", name="Show how many").click()
    page.get_by_text("2 deliveries will be made.").wait_for()
    page.get_by_role("button", name="Make 2 deliveries").click()
    page.get_by_text("The events are on their way.").wait_for()

    assert list(Delivery.objects.values_list("status", "replays")) == [("pending", 1)] * 2


@pytest.fixture
def busy(at_the_demo):
    """An endpoint that is fine, one that fails, one that is disabled; an event that was tried several times."""
    urls = {
        "The shop": "https://shop.example.com/webhooks/stripe",
        "": "https://erp.example.com/integrations/billing/incoming-events?tenant=willow-and-pine",
        "Old shop": "https://old-shop.example.com/hook",
    }
    at = clock.now()
    made = [
        webhook_endpoints.create(
            url=url, description=name, enabled_events=["*"] if name else ["customer.updated", "invoice.paid"],
            metadata={"team": "web"}, at=at,
        )[0]
        for name, url in urls.items()
    ]  # fmt: skip
    with acting(Provenance(door="api", actor="sk_test_a1b2", request_id="req_7hf20sk4n1zq8")):
        customer = customers.create(details={"name": "Ada Whitfield"}, at=at)
        customers.update(
            customer, details={"name": "Ada Lovelace", "metadata": {"plan": "gold"}}, at=clock.now()
        )
    tried("pending", None, "", "There was no answer within 10 seconds.")
    tried("pending", 503, "<h1>Service unavailable</h1>", tries=2)
    Delivery.objects.filter(endpoint=made[0]).update(
        status="succeeded", next_try_at=None, delivered_at=at, last_status_code=200, last_response="ok"
    )  # fmt: skip
    webhook_endpoints.update(made[2], details={"is_enabled": False}, at=at)
    WebhookEndpoint.objects.filter(pk=made[0].pk).update(last_success_at=at)
    WebhookEndpoint.objects.filter(pk=made[1].pk).update(failing_since=at, last_failure_at=at)
    event = Delivery.objects.filter(endpoint=made[1], event__type="customer.updated").get().event
    replays.retry(event, endpoint=made[0], at=at)
    return {"endpoint": made[1].pk, "event": event.pk}


PAGES = {
    "webhooks": ENDPOINTS,
    "webhook": f"{ENDPOINTS}{{endpoint}}/",
    "webhook_kinds": f"{ENDPOINTS}add/",
    "webhook_new": f"{ENDPOINTS}add/?kind=stripe",
    "webhook_edit": f"{ENDPOINTS}{{endpoint}}/change/",
    "webhook_rotate": f"{ENDPOINTS}{{endpoint}}/rotate/",
    "webhook_test": f"{ENDPOINTS}{{endpoint}}/test/",
    "webhook_delete": f"{ENDPOINTS}{{endpoint}}/delete/",
    "events": EVENTS,
    "events_in_a_time": f"{EVENTS}?from=2026-01-01&until=2099-12-31&delivery=undelivered",
    "event": f"{EVENTS}{{event}}/",
    "resend": f"{EVENTS}{{event}}/resend/",
    "replay": f"{EVENTS}replay/",
}


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"), (320, "light")]
    if PICTURES
    else [(1280, "light"), (390, "dark"), (320, "light")],
)
def test_the_pages_fit_and_bar_nobody(sign_in, busy, barriers, width, scheme):
    page = sign_in(width=width, scheme=scheme)

    widths, found = {}, {}
    for name, address in PAGES.items():
        page.goto(address.format(**busy))
        for group in page.locator("details.panel:not([open]) > summary").all()[:1]:
            group.click()
        widths[name] = page.evaluate("document.documentElement.scrollWidth")
        found |= {name: complaints} if (complaints := barriers(page)) else {}
        if PICTURES:
            page.screenshot(path=Path(PICTURES, f"{name}_{width}_{scheme}.png"), full_page=True)

    assert widths == dict.fromkeys(PAGES, width)
    assert found == {}
