"""A link is paid in a real browser, whose policy for forms also judges redirects."""

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.services import demo
from payments.models import Charge
from payments.money import Money
from payments.services import links

pytestmark = pytest.mark.browser
AUTHENTICATES, PAYS = "4000 0000 0000 3220", "4242 4242 4242 4242"


@pytest.fixture
def link(transactional_db, server, settings):
    """A link, whose addresses are of another origin than the one that the payer is at."""
    settings.PUBLIC_URL = server.replace("127.0.0.1", "localhost")
    with scoped_to(demo.site(), livemode=False):
        yield links.create(
            money=Money(120_000, "thb"),
            title="Bicycle",
            description="Cool and nice",
            at=clock.now(),
        )


def type_card(page, link, number):
    page.goto(f"/pay/{link.key}")
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Jenny Rosen")
    page.keyboard.press("Enter")


def statuses(link):
    return list(Charge.objects.filter(link=link).values_list("status", flat=True))


def test_link_is_paid_by_keyboard(open_page, link):
    page = open_page(width=390, height=800)

    type_card(page, link, PAYS)

    page.get_by_role("heading", name="Thank you, it is paid").wait_for()
    assert statuses(link) == ["succeeded"]


def test_payer_goes_to_the_bank_and_comes_back(open_page, link):
    page = open_page(width=390, height=800)
    type_card(page, link, AUTHENTICATES)

    page.get_by_role("button", name="Complete").click()

    page.get_by_role("heading", name="Thank you, it is paid").wait_for()
    assert statuses(link) == ["succeeded"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_a_small_phone(open_page, link, scheme):
    page = open_page(width=320, height=700, scheme=scheme)

    page.goto(f"/pay/{link.key}")

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.get_by_role("button").bounding_box()["height"] >= 44
