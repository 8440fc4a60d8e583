"""The sandbox acquirer's page, and those of links, in a real browser, whose policy for forms also judges redirects."""

import secrets

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from customers.services import demo
from payments.gateways.base import Authorization, MethodReference
from payments.money import Money
from payments.services import gateway_accounts, hosted_links, sandbox

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(server):
    """A page of another origin than ours."""
    return f"{server.replace('127.0.0.1', 'localhost')}/admin/login/"


@pytest.fixture
def scope(transactional_db):
    with scoped_to(demo.site(), livemode=False):
        yield


@pytest.fixture
def challenge(scope, shop):
    """The path of a challenge, and our reference of what waits for it."""
    account = gateway_accounts.active()
    gateway = gateway_accounts.gateway_of(account)
    token = sandbox.well_known(account, "pm_card_threeDSecure2Required", at=clock.now())
    reference = f"ch_{secrets.token_hex(8)}"
    saved = gateway.save(token.reference, reference=f"{reference}/method", customer={})
    outcome = gateway.authorize(
        Authorization(
            reference, Money(2500, "gbp"), MethodReference(saved.reference), return_url=shop
        )
    )
    return "/sandbox/" + outcome.action_url.rsplit("/", 1)[1], reference


def status(reference):
    return {line["reference"]: line["status"] for line in sandbox.ledger()}[reference]


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize(("choice", "expected"), [("Complete", "succeeded"), ("Fail", "failed")])
def test_customer_answers_and_is_back_at_the_shop(
    open_page, challenge, shop, choice, expected, script
):
    path, reference = challenge
    page = open_page(width=390, height=800, script=script)
    page.goto(path)

    page.get_by_role("button", name=choice).click()

    page.wait_for_url(shop)
    assert status(reference) == expected


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_small_phone(open_page, challenge, scope, server, settings, scheme):
    settings.PUBLIC_URL = server
    page = open_page(width=320, height=700, scheme=scheme)
    link = hosted_links.make(Customer.objects.get(name="Freya Sørensen"), at=clock.now())

    for path in (challenge[0], *(f"{link}?kind={kind}" for kind in hosted_links.KINDS)):
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        heights = [box.bounding_box()["height"] for box in page.get_by_role("button").all()]

        assert width <= 320
        assert min(heights) >= 44
