"""A browser, a server for it, and the demonstration merchant to look at."""

import re
import secrets

import pytest
from django.db import connection
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from config.env import BASE_DIR
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Role
from customers.services import demo, operators
from portal.views import doors
from tests.emptying import empty_queue, empty_sandbox
from tests.factories.portal import PortalSessionFactory

EMAIL, PASSWORD = "robin@example.com", "quiet-harbour-lantern"
PATIENCE = 20_000  # milliseconds that a page may take on a busy machine
_REFUSED = re.compile("status of (400|402|410)")
"""What a browser says of a form that comes back with its errors, a card that is refused, a page whose time is over."""
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def transactional_db(chromium, django_db_setup, django_db_blocker):
    """The test database with the demonstration merchant, whose owner is Robin; emptied once per module."""
    with django_db_blocker.unblock():
        _empty()  # of what a run that was broken off may have left
        demo.fill(at=clock.now())
        operators.invite(
            email=EMAIL,
            name="Robin Ashdown",
            site=demo.site(),
            role=Role.OWNER,
            password=PASSWORD,
            at=clock.now(),
        )
        yield
        _empty()
        connection.close()


def _empty():
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE customers_site, customers_operator, customers_idempotencyrecord CASCADE"
        )
    empty_queue()
    empty_sandbox()


@pytest.fixture(scope="module")
def server(transactional_db):
    """The address of a server that the browser talks to."""
    running = LiveServer("127.0.0.1:0")
    yield running.url
    running.stop()


@pytest.fixture
def open_page(chromium, server):
    """Open browsers of a given size and colour scheme; a test fails for whatever their consoles complain about."""
    contexts, complaints = [], []

    def open_one(*, width=1280, height=900, scheme="light", script=True):
        context = chromium.new_context(
            base_url=server,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            java_script_enabled=script,
            reduced_motion="reduce",
            locale="en-US",
        )
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type in {"error", "warning"} and not _REFUSED.search(message.text)
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_default_timeout(PATIENCE)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def barriers():
    """A function that returns what keeps people from using the page that is open, by the rules of WCAG and axe."""
    script = BASE_DIR / "tests" / "wire" / "node" / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        pytest.skip("needs axe-core: npm install --prefix tests/wire/node")

    def barriers(page):
        page.evaluate(f"{script.read_text(encoding='utf-8')}; 0")
        found = page.evaluate("axe.run(document)")["violations"]
        return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]

    return barriers


@pytest.fixture
def sign_in(open_page):
    """Open a browser and sign Robin in."""

    def sign_in(**options):
        page = open_page(**options)
        page.goto("/admin/")
        page.get_by_label("Email address").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Willow & Pine").wait_for()
        page.wait_for_load_state()  # with its scripts
        return page

    return sign_in


@pytest.fixture
def portal_page(open_page, server):
    """Open a browser in which a customer of the demonstration merchant is signed in to the portal.

    Args of the function: the customer, columns of the session such as `flow`, and options of the browser.
    """

    def portal_page(customer, *, columns=None, **options):
        page = open_page(**options)
        token = secrets.token_urlsafe()
        with scoped_to(demo.site(), livemode=customer.livemode):
            PortalSessionFactory(
                customer=customer, site=demo.site(), token=token, **(columns or {})
            )
        name = doors.cookie_name(demo.site().slug)
        page.context.add_cookies([{"name": name, "value": token, "url": server}])
        return page

    return portal_page
