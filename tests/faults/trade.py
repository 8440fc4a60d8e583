"""What a merchant's programs do all day, and how to tell afterwards that nothing of it was lost or done twice."""

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import omise
import stripe

from tests.at_work import AtWork
from tests.shop import Shop
from tests.start import within

CARD = {
    "name": "Somchai Prasert", "number": "4242424242424242", "expiration_month": 10, "expiration_year": 2034,
    "security_code": "123",
}  # fmt: skip
DELIVERED_WITHIN = 120  # seconds
_TELLERS = 3
_BREATH = 0.5  # seconds between two stories of one program
_REPEATED = 200  # acts, the newest among them


@dataclass
class Act:
    """A call that was acknowledged."""

    call: Any
    ids: tuple
    key: str
    params: dict
    answer: Any


class Trade(AtWork):
    """The merchant's side of everything: what was asked for, and what was acknowledged.

    Args:
        keys: `sk_test`, `skey_test` and `pkey_test`.
    """

    def __init__(self, url, keys):
        super().__init__()
        self.url, self.keys = url, keys
        self.acts, self.of_omise = [], []
        self.shop = Shop(url, keys["sk_test"], retries=0)
        self.v1 = self.shop.v1
        self.tasks = [*[self._stories] * _TELLERS, self._omise_stories]
        self._numbers = iter(range(1_000_000))
        self._lock = threading.Lock()

    def open_for_business(self, *, tells=""):
        """Make what the stories need: a price, an account at Omise's library, and an address that is told of it all."""
        if tells:
            hook = {"url": tells, "enabled_events": ["*"]}
            self.act(self.v1.webhook_endpoints.create, key="hook", **hook)
        product = self.act(self.v1.products.create, key="product", name="Paper")
        self.price = self.act(
            self.v1.prices.create, key="price", product=product.id, currency="usd", unit_amount=900,
            recurring={"interval": "month"},
        ).id  # fmt: skip
        omise.api_main = omise.api_vault = f"{self.url}/omise/"
        omise.api_secret, omise.api_public = self.keys["skey_test"], self.keys["pkey_test"]

    def act(self, call, *ids, key, **params):
        """Do something until it is acknowledged; return what was made of it."""
        answer = self.shop.act(call, *ids, key=key, **params)
        if isinstance(answer, stripe.StripeError):
            raise answer
        with self._lock:
            self.acts.append(Act(call, ids, key, params, answer))
        return answer

    def story(self):
        """A customer comes, leaves a card, pays, and sometimes subscribes."""
        with self._lock:
            number = next(self._numbers)
        story = {"story": str(number)}
        customer = self.act(
            self.v1.customers.create, key=f"customer {number}", metadata=story,
            email=f"customer{number}@example.com",
        )  # fmt: skip
        method = self.act(
            self.v1.payment_methods.attach, "pm_card_visa", key=f"card {number}",
            customer=customer.id,
        )  # fmt: skip
        self.act(
            self.v1.payment_intents.create, key=f"pay {number}", amount=1000 + number, currency="usd",
            customer=customer.id, payment_method=method.id, confirm=True, metadata=story,
        )  # fmt: skip
        if number % 3 == 0:
            self.act(
                self.v1.subscriptions.create, key=f"subscribe {number}", customer=customer.id,
                default_payment_method=method.id, items=[{"price": self.price}], metadata=story,
            )  # fmt: skip

    def follow_a_clock(self, months):
        """A customer of another time pays for months, one after the other."""
        clock = self.act(
            self.v1.test_helpers.test_clocks.create, key="clock", frozen_time=1_900_000_000
        )
        customer = self.act(
            self.v1.customers.create, key="of a clock", test_clock=clock.id,
            payment_method="pm_card_visa", metadata={"story": "clock"},
            invoice_settings={"default_payment_method": "pm_card_visa"},
        )  # fmt: skip
        self.act(
            self.v1.subscriptions.create, key="by a clock", customer=customer.id,
            items=[{"price": self.price}], metadata={"story": "clock"},
        )  # fmt: skip
        for month in range(1, months + 1):
            self.act(
                self.v1.test_helpers.test_clocks.advance, clock.id, key=f"month {month}",
                frozen_time=1_900_000_000 + month * 2_680_000,
            )  # fmt: skip
            assert within(120, lambda: self._is_there(clock.id))

    def _is_there(self, clock):
        time.sleep(0.2)
        return self.shop.read(self.v1.test_helpers.test_clocks.retrieve, clock).status == "ready"

    def _stories(self):
        while not self.ends.wait(_BREATH):
            self.story()

    def _omise_stories(self):
        """Charge cards through Omise's library, which knows no keys for asking again: what fails is given up."""
        while not self.ends.wait(_BREATH):
            try:
                token = omise.Token.create(**CARD)
                charge = omise.Charge.create(amount=2000, currency="thb", card=token.id)
                self.of_omise.append(charge._attributes)
            except Exception as silence:  # noqa: BLE001 -- the library lets through what its own library raises
                self.shop.silences[f"omise: {type(silence).__name__}"] += 1


def repeated(trade):
    """Ask for much of it again under the same keys; return what was answered otherwise than the first time."""
    again = [
        (act, trade.shop.act(act.call, *act.ids, key=act.key, **act.params))
        for act in trade.acts[-_REPEATED:]
    ]
    return [
        (act.key, answer)
        for act, answer in again
        if isinstance(answer, stripe.StripeError) or answer.to_dict() != act.answer.to_dict()
    ]


def lost(trade):
    """Return what was acknowledged and is not there, or is not as it was acknowledged."""
    found = []
    for act in trade.acts:
        kind = act.answer.object.replace("test_helpers.", "")
        if kind in _STAYS and getattr(act.answer, "status", "") not in _UNDER_WAY:
            service = getattr(trade.v1, f"{kind}s")
            now = trade.shop.read(service.retrieve, act.answer.id)
            if _kept(now, kind) != _kept(act.answer, kind):
                found.append((act.key, act.answer.id))
    charges = {charge.id: charge for charge in trade.shop.every(trade.v1.charges)}
    for told in trade.of_omise:
        key = told["id"].rpartition("_")[2]
        ours = charges.get(f"ch_{key}")
        if ours is None or (ours.amount, ours.currency) != (
            told["amount"],
            told["currency"].lower(),
        ):
            found.append(told["id"])
    return found


_STAYS = {
    "customer": ("email", "metadata", "created"),
    "payment_method": ("customer", "card", "created"),
    "payment_intent": ("amount", "customer", "latest_charge", "metadata", "status", "created"),
    "subscription": ("customer", "metadata", "created", "start_date"),
}
"""What of an object nobody changes."""
_UNDER_WAY = {"processing", "incomplete"}


def _kept(thing, kind):
    told = thing.to_dict()
    return {name: told[name] for name in _STAYS[kind]}


def doubled(trade):
    """Return what was made more often than it was asked for."""
    every = trade.shop.every
    made = Counter(
        (thing.object, thing.metadata["story"])
        for service in (trade.v1.customers, trade.v1.payment_intents, trade.v1.subscriptions)
        for thing in every(service)
        if "story" in thing.metadata
    )
    periods = Counter(
        (invoice.parent.subscription_details.subscription, invoice.lines.data[0].period.start)
        for invoice in every(trade.v1.invoices)
    )
    return [name for name, times in (made + periods).items() if times > 1]


def books(trade):
    """Return our charges and our account's movements beside what the acquirer has in its own book."""
    paid = [charge for charge in trade.shop.every(trade.v1.charges) if charge.status == "succeeded"]
    ours = sorted((charge.id, charge.amount) for charge in paid)
    moved = trade.shop.every(trade.v1.balance_transactions)
    account = sorted((one.source, one.amount) for one in moved)
    book = sorted(
        (line["reference"], line["amount"])
        for line in trade.shop.ledger()
        if line["status"] == "succeeded"
    )
    return ours, account, book


def unpaid(trade):
    """Return invoices that nobody collected."""
    invoices = trade.shop.every(trade.v1.invoices)
    return [(invoice.id, invoice.status) for invoice in invoices if invoice.status != "paid"]


def untold(trade):
    """Return the events that are missing, and those that are there twice, by what happened to which object."""
    events = trade.shop.every(trade.v1.events)
    told = Counter((event.type, event.data.object.to_dict().get("id")) for event in events)
    wanted = {("customer.created", thing.id) for thing in trade.shop.every(trade.v1.customers)} | {
        ("customer.subscription.created", thing.id)
        for thing in trade.shop.every(trade.v1.subscriptions)
    }
    for name, service in _TELLING.items():
        wanted |= {
            (name, thing.id)
            for thing in trade.shop.every(service(trade.v1))
            if thing.status in {"succeeded", "paid"}
        }
    return [(name, told[name]) for name in wanted if told[name] != 1]


_TELLING = {
    "charge.succeeded": lambda v1: v1.charges,
    "payment_intent.succeeded": lambda v1: v1.payment_intents,
    "invoice.paid": lambda v1: v1.invoices,
}


def undelivered(trade, receiver):
    """Return the events that an endpoint has not been told of in time."""
    events = {event.id for event in trade.shop.every(trade.v1.events)}

    def left():
        return events - {json.loads(request.body)["id"] for request in list(receiver.requests)}

    within(DELIVERED_WITHIN, lambda: not left())
    return left()
