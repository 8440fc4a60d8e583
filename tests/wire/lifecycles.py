"""A merchant's two years through the official Python SDK: a test clock, customers on it, and what they subscribe to."""

from datetime import UTC, datetime

from customers.kit import clock
from payments.services import clock_advances

HOUR, DAY = 3600, 86_400
STRIDE = 59 * DAY  # two months at the least, which is as far as a clock moves at once
DRAFT_FOR = HOUR  # as long as an invoice of a renewal stays a draft


def unix(*when):
    """Return an instant in seconds; of a day alone, 10 o'clock."""
    return int(datetime(*(when if len(when) > 3 else (*when, 10)), tzinfo=UTC).timestamp())


START = unix(2027, 1, 31)


class Life:
    """What happens to a merchant's customers from `START` on."""

    def __init__(self, v1):
        self.v1 = v1
        self.now = START
        self.clock = v1.test_helpers.test_clocks.create({"frozen_time": START}).id

    def advance(self, until, stride=STRIDE):
        """Let it be that time, in strides as long as they may be, and do the worker's part of it."""
        while self.now < until:
            self.now = min(until, self.now + stride)
            self.v1.test_helpers.test_clocks.advance(self.clock, {"frozen_time": self.now})
            while clock_advances.carry_on_all(at=clock.now()):
                pass
            assert self.v1.test_helpers.test_clocks.retrieve(self.clock).status == "ready"

    def customer(self, source="tok_visa", **details):
        more = {**({"source": source} if source else {}), **details}
        wanted = {"email": "jenny@example.com", "test_clock": self.clock, **more}
        return self.v1.customers.create(wanted).id

    def price(self, amount, interval="month", currency="usd"):
        return self.v1.prices.create({
            "currency": currency, "unit_amount": amount, "recurring": {"interval": interval},
            "product_data": {"name": "Gold"},
        }).id  # fmt: skip

    def subscribe(self, customer, price, **terms):
        items = [{"price": price, **terms.pop("item", {})}]
        wanted = {"customer": customer, "items": items, **terms}
        return self.v1.subscriptions.create(wanted)

    def again(self, subscription):
        return self.v1.subscriptions.retrieve(subscription.id)

    def invoices(self, subscription):
        """Return a subscription's invoices, the oldest first."""
        found = self.v1.invoices.list({"subscription": subscription.id, "limit": 100})
        return list(found.auto_paging_iter())[::-1]

    def totals(self, subscription):
        return [invoice.total for invoice in self.invoices(subscription)]

    def customers_invoices(self, customer):
        found = self.v1.invoices.list({"customer": customer, "limit": 100})
        return list(found.auto_paging_iter())[::-1]

    def events(self, kind, thing):
        """Return when events of a kind happened to an object, the earliest first."""
        found = self.v1.events.list({"type": kind, "limit": 100}).auto_paging_iter()
        return [event.created for event in found if event.data.object.id == thing.id][::-1]

    def preview(self, subscription, **details):
        more = {"subscription_details": details} if details else {}
        return self.v1.invoices.create_preview({"subscription": subscription.id, **more})


def lines(invoice):
    """Return what an invoice bills: amount, description, from, until, in order."""
    return [
        (line.amount, line.description, line.period.start, line.period.end)
        for line in invoice.lines.data
    ]


def sums(invoice):
    return (invoice.subtotal, invoice.total, invoice.amount_due, invoice.currency)
