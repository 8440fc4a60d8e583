"""Renewals that are drafted and finalized together have to become what each one would become alone."""

import re
from dataclasses import replace

import pytest

from customers.events.models import Event
from customers.models import Customer
from customers.services import cash_balances
from payments.billing.models import Invoice, InvoiceLine, Subscription
from payments.services import due_work
from tests.payments.billing.subscribing import START, Shop, shop

__all__ = ["shop"]

_KEY = re.compile(r"\b(?:[a-z]+_)+[a-z0-9]{24}(?:_secret_[a-z0-9]{24})?\b")
_PREFIX = re.compile(r"^[A-Z0-9]{8}(?=$|-\d{4}$)")
_ADDRESS = re.compile(r"invoices/[a-z0-9]{24}-[a-z0-9]{24}")
_ITS_OWN = {"authorization_code", "created", "fingerprint", "network_transaction_id"}
"""Members that differ from one object to the next."""


def _plain(shop, customer):
    shop.subscribe(customer, shop.price())


def _several(shop, customer):
    shop.subscribe(customer, shop.price(), shop.price(250))
    shop.advance(2030, 1, 31, 13)
    shop.subscribe(
        customer, {"price": shop.price(700), "quantity": 3}, metadata={"said": 'a "b" \\'}
    )


def _taxed(shop, customer):
    rate = shop.post("tax_rates", display_name="VAT", percentage="7", inclusive="false")["id"]
    other = shop.post("tax_rates", display_name="Tax", percentage="3", inclusive="true")["id"]
    shop.post(f"customers/{customer}/tax_ids", type="eu_vat", value="DE123456789")
    item = {"price": shop.price(), "tax_rates": [other]}
    shop.subscribe(customer, item, shop.price(300), default_tax_rates=[rate])


def _discounted(shop, customer):
    forever = shop.post("coupons", percent_off=10, duration="forever")["id"]
    once = shop.post("coupons", amount_off=100, currency="usd", duration="once")["id"]
    shop.subscribe(customer, shop.price(), discounts=[{"coupon": forever}])
    shop.advance(2030, 1, 31, 13)
    shop.post(f"customers/{customer}", coupon=once)
    shop.subscribe(customer, shop.price(400))


def _pending(shop, customer):
    shop.subscribe(customer, shop.price())
    shop.post("invoiceitems", customer=customer, amount=321, currency="usd", description="Paper")


def _with_credit(shop, customer):
    shop.post(f"customers/{customer}/balance_transactions", amount=-1500, currency="usd")
    shop.subscribe(customer, shop.price(1200), trial_period_days=10)


def _with_cash(shop, customer):
    shop.subscribe(customer, shop.price())
    row = Customer.objects.get(pk=customer)
    cash_balances.fund(row, amount=1600, currency="usd", at=START)


def _free(shop, customer):
    shop.subscribe(customer, shop.price(0))


def _tiny(shop, customer):
    shop.subscribe(customer, shop.price(20))


def _trial(shop, customer):
    shop.subscribe(customer, shop.price(), trial_period_days=5)


def _sent(shop, customer):
    shop.subscribe(customer, shop.price(), collection_method="send_invoice", days_until_due=10)


def _paused(shop, customer):
    subscription = shop.subscribe(customer, shop.price())
    shop.change(subscription, pause_collection={"behavior": "void"})


def _ending(shop, customer):
    subscription = shop.subscribe(customer, shop.price())
    shop.change(subscription, cancel_at_period_end="true")


def _scheduled(shop, customer):
    made = shop.subscribe(customer, shop.price())
    shop.post("subscription_schedules", from_subscription=made["id"])


def _numbered_again(shop, customer):
    shop.subscribe(customer, shop.price())
    shop.post(f"customers/{customer}", next_invoice_sequence=1)


_SCENARIOS = [
    _plain, _several, _taxed, _discounted, _pending, _with_credit, _with_cash, _free, _tiny, _trial, _sent, _paused,
    _ending, _scheduled, _numbered_again,
]  # fmt: skip


def _told(customer):
    """Return what was told of a customer, with each id replaced by the place where it first stood."""
    names = {}

    def name(found):
        return names.setdefault(found[0], f"id {len(names)}")

    def normal(value):
        if isinstance(value, dict):
            kept = sorted(value.items())
            return {key: normal(inner) for key, inner in kept if key not in _ITS_OWN}
        if isinstance(value, list):
            return [normal(inner) for inner in value]
        if isinstance(value, str):
            return _KEY.sub(name, _PREFIX.sub("a prefix", _ADDRESS.sub("an address", value)))
        return value

    rows = Event.objects.filter(customer_id=customer, created_at__gt=START).order_by("id")
    return [
        (row.type, row.created_at, normal(row.snapshot), normal(row.previous_attributes))
        for row in rows
    ]


def _state(customer):
    """Return the columns of which events tell nothing."""
    subscriptions = Subscription.objects.filter(customer=customer).order_by("created_at", "id")
    invoices = Invoice.objects.filter(customer=customer).order_by("created_at", "number", "id")
    lines = InvoiceLine.objects.filter(invoice__in=invoices).order_by(
        "created_at", "position", "amount"
    )
    return [
        sorted(subscriptions.values_list("status", "next_step_at", "period_end")),
        sorted(invoices.values_list("status", "total", "amount_due", "starting_balance", "ending_balance")),
        sorted(lines.values_list("amount", "description", "unit_amount_decimal")),
        list(Customer.objects.filter(pk=customer).values_list("balance", "next_invoice_sequence", "currency")),
    ]  # fmt: skip


@pytest.fixture
def carried_out(monkeypatch):
    """Lets rows be carried out together, or alone; returns how many of the kinds for both."""
    counts = {"together": 0, "alone": 0}

    def watch(kind, *, are_many):
        def carry_out(row, at):
            counts["alone"] += kind.carry_out_many is not None
            return kind.carry_out(row, at)

        def carry_out_many(rows, at):
            left = list(kind.carry_out_many(rows, at))
            counts["together"] += len(rows) - len(left)
            return left

        many = carry_out_many if are_many and kind.carry_out_many else None
        return replace(kind, carry_out=carry_out, carry_out_many=many)

    original = dict(due_work.kinds)

    def choose(*, are_many):
        counts.update(together=0, alone=0)
        watched = {name: watch(kind, are_many=are_many) for name, kind in original.items()}
        monkeypatch.setattr(due_work, "kinds", watched)
        return counts

    return choose


@pytest.mark.parametrize("scenario", _SCENARIOS, ids=lambda each: each.__name__.strip("_"))
def test_what_is_renewed_from_memory_is_what_is_renewed_alone(api, scope, carried_out, scenario):
    found = []

    for are_many in (False, True):
        shop = Shop(api)
        customer = shop.customer(name="Jenny")
        scenario(shop, customer)
        carried_out(are_many=are_many)
        shop.advance(2030, 3, 1)
        shop.advance(2030, 4, 2)
        found.append((_told(customer), _state(customer)))

    alone, together = found
    assert together == alone


def test_a_plain_renewal_is_drafted_finalized_and_collected_from_memory(shop, carried_out):
    shop.subscribe(shop.customer(), shop.price())
    counts = carried_out(are_many=True)

    shop.advance(2030, 3, 1)

    assert counts == {"together": 4, "alone": 0}
