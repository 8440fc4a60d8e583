"""Records that contradict each other: an alert, a page that says what is wrong, and another look once it is mended."""

import pytest
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer, InvariantCheck, Message
from customers.services import customers, demo, invariant_rounds
from tests.breaches import HOUR, ago
from tests.factories.customers import MessageFactory
from tests.journeys.test_merging import picture

pytestmark = pytest.mark.browser
LIST = "/admin/customers/finding/"


@pytest.fixture
def torn(transactional_db):
    """A customer whose balance nothing explains, and a letter that nobody sends; nobody has looked for such things."""
    InvariantCheck.objects.all().delete()
    with scoped_to(demo.site(), livemode=False):
        customer = customers.create(
            details={"name": "Imani Okonjo", "email": "imani@example.com"}, at=clock.now()
        )
        Customer.objects.filter(pk=customer.pk).update(balance=-1500, currency="gbp")
        letter = MessageFactory(customer=customer)
        Message.objects.filter(pk=letter.pk).update(next_attempt_at=ago(2 * HOUR))
        yield customer
        Message.objects.filter(pk=letter.pk).delete()
        customers.delete(customer, at=clock.now())
    InvariantCheck.objects.all().delete()


def look():
    """Do what the worker does at night."""
    invariant_rounds.work(until=clock.now() + HOUR, now=clock.now)


def test_what_contradicts_itself_is_told_looked_at_and_mended(sign_in, server, torn):
    page = sign_in()
    page.goto(f"{server}{LIST}")
    expect(page.locator(".lead")).to_contain_text("for the first time")
    picture(page, "integrity-new")

    look()
    page.goto(f"{server}/admin/")
    expect(page.locator(".integrity strong")).to_have_text("Records contradict each other.")
    picture(page, "integrity-home")
    page.get_by_role("link", name="See the 2 findings").click()
    expect(page.locator(".list tbody tr")).to_have_count(2)
    picture(page, "integrity-found")
    page.get_by_role("link", name="A customer's balance is").click()
    expect(page.locator("h1")).to_have_text(torn.pk)
    picture(page, "integrity-finding")

    Customer.objects.filter(pk=torn.pk).update(balance=0)
    page.goto(f"{server}{LIST}")
    page.get_by_role("link", name="Check again now").click()
    picture(page, "integrity-check")
    page.get_by_role("button", name="Check again now").click()
    expect(page.locator(".messages")).to_contain_text("The worker has been asked.")
    look()
    page.reload()
    expect(page.locator(".list tbody tr")).to_have_count(1)
    picture(page, "integrity-mended")
