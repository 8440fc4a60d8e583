"""The home page in a real browser: how business went, in which days and currency, and what needs somebody."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import expect

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from customers.services import demo
from payments.billing.models import DailyFigure, FigureBook
from tests.factories.billing import (
    DailyFigureFactory,
    PriceFactory,
    ProductFactory,
    SubscriptionFactory,
    SubscriptionItemFactory,
)
from tests.factories.payments import ChargeFactory, DisputeFactory
from tests.factories.webhooks import WebhookEndpointFactory

pytestmark = pytest.mark.browser

CHARTS = [
    "Gross and net volume", "Monthly recurring revenue", "MRR movements", "Active customers",
    "Failed payments", "Recovered revenue",
]  # fmt: skip
PICTURES = os.environ.get("PICTURES", "")
Measure = DailyFigure.Measure


@pytest.fixture(scope="module")
def transactional_db(transactional_db):
    """The demonstration merchant, with two years of figures, and something of each kind that needs somebody."""
    at, site = clock.now(), demo.site()
    with scoped_to(site, livemode=False):
        fill_book(site, localdate(at))
        ada = Customer.objects.get(name="Ada Whitfield")
        price = PriceFactory(product=ProductFactory(name="Gold plan"), unit_amount=4900)
        late = SubscriptionFactory(customer=ada, status="past_due")
        SubscriptionItemFactory(subscription=late, price=price)
        DisputeFactory(
            charge=ChargeFactory(customer=ada), evidence_due_at=at + timedelta(days=5), reason="fraudulent"
        )  # fmt: skip
        WebhookEndpointFactory(url="https://shop.example.com/hook", failing_since=at)


def fill_book(site, today):
    FigureBook(
        id=FigureBook.new_id(), site=site, livemode=False, created_at=clock.now(), timezone="UTC",
        currencies=["eur", "usd"],
    ).save()  # fmt: skip
    for days_ago in range(0, 700, 7):
        day, size = today - timedelta(days=days_ago), 700 - days_ago
        for measure, amount in (
            (Measure.CHARGES, 900 * size), (Measure.REFUNDS, -40 * size), (Measure.FEES, 27 * size),
            (Measure.FAILED, 30 * size), (Measure.RECOVERED, 9 * size),
        ):  # fmt: skip
            DailyFigureFactory(day=day, measure=measure, amount=amount)
        movement = list(DailyFigure.MOVEMENTS)[days_ago // 7 % 5]
        amount = 9900 if movement in {Measure.NEW, Measure.EXPANSION} else -1900
        DailyFigureFactory(
            day=day, measure=movement, amount=abs(amount) if "re" in movement else amount
        )
    DailyFigureFactory(day=today, currency="eur", amount=123_400)


def tile(page, name):
    return page.locator(".tiles > div").filter(has=page.get_by_text(name, exact=True))


def value_of(page, name):
    return tile(page, name).locator("dd").first


def picture(page, name):
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def test_days_and_currency_are_chosen_without_a_script(open_page, sign_in):
    page = sign_in(script=False)
    expect(page.locator(".chart h2")).to_have_text(CHARTS)
    expect(tile(page, "Gross volume").locator(".change")).to_have_text(re.compile("up"))

    page.locator(".range-bar summary").first.click()
    page.get_by_role("link", name="Today", exact=True).click()
    expect(value_of(page, "Payments")).to_have_text("1")

    page.locator(".range-bar summary").last.click()
    page.get_by_role("link", name="EUR", exact=True).click()
    expect(value_of(page, "Gross volume")).to_have_text("€1,234.00")

    page.locator(".range-bar summary").first.click()
    page.get_by_label("From", exact=True).fill("2020-01-01")
    page.get_by_label("Until", exact=True).fill("2020-01-31")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("There is nothing in EUR to draw yet.")).to_be_visible()
    expect(page.locator(".range-bar summary strong").first).to_have_text(
        "1 Jan \N{EN DASH} 31 Jan 2020"
    )


def test_chart_is_told_to_those_who_do_not_see_it(sign_in):
    page = sign_in()
    page.goto("/admin/?range=7d")
    volume = page.locator(".chart").first
    expect(volume.get_by_role("img", name="Gross and net volume")).to_have_count(1)

    volume.get_by_text("As a table").click()

    expect(volume.get_by_role("columnheader")).to_have_text(
        ["Time", "Gross", "Net", "Gross before"]
    )
    expect(volume.get_by_role("row")).to_have_count(8)


def test_what_needs_somebody_leads_to_it(sign_in):
    page = sign_in()
    expect(page.locator(".concerns h3")).to_have_text(
        ["Disputes to answer", "Past-due subscriptions", "Webhooks that fail"]
    )

    page.get_by_role("link", name=re.compile("See all.*Past-due subscriptions")).click()

    expect(page).to_have_url(re.compile(r"/billing/subscription/\?status=past_due$"))
    expect(page.get_by_role("link", name="Gold plan")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_home_has_no_barriers(sign_in, barriers, width, scheme):
    page = sign_in(width=width, scheme=scheme)
    page.goto("/admin/?range=12m")
    expect(page.locator(".chart")).to_have_count(6)
    picture(page, f"home_{width}_{scheme}")

    for summary in page.locator(".as-table summary, .counted summary").all():
        summary.click()

    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
