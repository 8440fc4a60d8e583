"""What tests of subscriptions begin with: prices, customers on a test clock with a card, and the clock's advance."""

from datetime import UTC, datetime

import pytest

from customers.kit import clock as system_clock
from customers.models import TestClock
from payments.billing.api.v1 import invoices
from payments.billing.models import Invoice
from payments.services import clock_advances

START = datetime(2030, 1, 31, 12, tzinfo=UTC)


def unix(*when):
    return int(datetime(*when, tzinfo=UTC).timestamp())


def at_of(*when):
    """Return an instant in seconds; of a year alone, its beginning."""
    return unix(*(when if len(when) > 1 else (*when, 1, 1)))


def lines_of(invoice):
    """Return an invoice's lines: amount, description, from, until."""
    return [
        (line["amount"], line["description"], line["period"]["start"], line["period"]["end"])
        for line in invoice["lines"]["data"]
    ]


class Shop:
    """A merchant's point of view: `/v1/`, and a test clock that begins at `START`."""

    def __init__(self, api):
        self.api = api
        self._clock = None

    def ok(self, answer):
        assert answer.status == 200, answer.body
        return answer.body

    def post(self, path, body=None, /, **params):
        return self.ok(self.api.post(path, body, **params))

    def get(self, path, **params):
        return self.ok(self.api.get(path, params))

    @property
    def clock(self):
        if self._clock is None:
            self._clock = self.post("test_helpers/test_clocks", frozen_time=int(START.timestamp()))[
                "id"
            ]
        return self._clock

    def price(self, amount=1000, *, currency="usd", interval="month", count=1, **more):
        recurring = {"interval": interval, "interval_count": count}
        return self.post(
            "prices", unit_amount=amount, currency=currency, recurring=recurring,
            product_data={"name": "Gold"}, **more,
        )["id"]  # fmt: skip

    def customer(self, card="pm_card_visa", **more):
        """Make a customer on the clock, with a card that is their default."""
        made = self.post("customers", email="jenny@example.com", test_clock=self.clock, **more)[
            "id"
        ]
        if card:
            self.give_card(made, card)
        return made

    def give_card(self, customer, card):
        method = self.post(f"payment_methods/{card}/attach", customer=customer)["id"]
        self.post(f"customers/{customer}", {"invoice_settings": {"default_payment_method": method}})
        return method

    def subscribe(self, customer, *prices, **more):
        items = [{"price": price} if isinstance(price, str) else price for price in prices]
        return self.post("subscriptions", {"items": items}, customer=customer, **more)

    def change(self, subscription, **what):
        return self.post(f"subscriptions/{subscription['id']}", what)

    def again(self, subscription):
        return self.get(f"subscriptions/{subscription['id']}")

    def invoices(self, subscription):
        """Return a subscription's invoices, the oldest first."""
        rows = Invoice.objects.filter(subscription=subscription["id"])
        return [invoices.spelled(row) for row in rows.order_by("created_at", "id")]

    def advance(self, *when):
        """Let it be that time."""
        at = system_clock.now()
        row = TestClock.objects.get(pk=self.clock)
        moved = clock_advances.advance(row, to=datetime(*when, tzinfo=UTC), at=at)
        assert moved.status == TestClock.Status.READY


@pytest.fixture
def shop(api, scope):
    return Shop(api)
