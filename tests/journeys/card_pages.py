"""A page that takes a card, for tests to type one into."""

import pytest
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import AllowanceCount
from customers.services import demo
from payments.money import Money
from payments.services import links


@pytest.fixture
def scope(transactional_db, server, settings):
    """The demonstration merchant's test mode, whose addresses are those that the browser is at."""
    settings.PUBLIC_URL = server
    AllowanceCount.objects.all().delete()
    with scoped_to(demo.site(), livemode=False):
        yield


@pytest.fixture
def link(scope):
    return links.create(money=Money(120_000, "thb"), title="Bicycle", is_multiple=True, at=clock.now())  # fmt: skip


@pytest.fixture
def pay(open_page, link):
    """Opens the page of a link, when its script is ready."""

    def opened(**options):
        page = open_page(**options)
        page.goto(f"/pay/{link.key}")
        expect(page.get_by_label("Card number")).to_be_visible()
        return page

    return opened
