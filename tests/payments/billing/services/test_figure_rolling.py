"""Rolled-up figures: right to the minor unit, in whichever pieces they are added, and whatever dies between."""

import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from random import Random  # noqa: TID251 -- seeded, so that a life can be had again
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from customers.events.models import Event
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.services import retention
from payments.billing.models import (
    CustomerRevenue,
    DailyFigure,
    FigureBook,
    PendingFigure,
    Subscription,
    SubscriptionRevenue,
)
from payments.billing.services import figure_rolling, figure_sources
from payments.models import BalanceTransaction
from tests.payments.billing.subscribing import shop

__all__ = ["shop"]

SEEDS = range(6)
STEPS = 22
DECLINED = "pm_card_chargeCustomerFail"


def roll_up(at_once=figure_rolling.AT_ONCE):
    while figure_rolling.roll_up(at_once=at_once, at=clock.now()):
        pass


def figures():
    rows = DailyFigure.objects.order_by("day", "currency", "measure")
    return [(row.day.isoformat(), row.currency, row.measure, row.amount, row.count) for row in rows]


def standing():
    subscriptions = SubscriptionRevenue.objects.order_by("pk")
    customers = CustomerRevenue.objects.order_by("customer_id", "currency")
    return (
        list(subscriptions.values_list("pk", "customer_id", "currency", "amount")),
        list(customers.values_list("customer_id", "currency", "amount", "amount_before", "was_known", "moved_at")),
    )  # fmt: skip


# -- a life at random, added up from scratch ---------------------------------------------------------------------------


class Life:
    """Does things at random to some customers on a clock."""

    def __init__(self, shop, seed):
        self.shop, self.dice, self.day = shop, Random(f"figures {seed}"), 0
        self.prices = {
            "usd": [shop.price(1000), shop.price(12_999, interval="year"), shop.price(333, interval="week")],
            "jpy": [shop.price(1200, currency="jpy"), shop.price(77, currency="jpy", interval="day", count=10)],
        }  # fmt: skip
        shop.post("coupons", id="third", percent_off="33.3", duration="forever")
        shop.post("coupons", id="some", percent_off=50, duration="repeating", duration_in_months=2)
        shop.post("coupons", id="less", amount_off=150, currency="usd", duration="forever")
        rate = {"display_name": "VAT", "percentage": "7", "inclusive": True}
        self.rate = shop.post("tax_rates", **rate)["id"]
        self.people = [(shop.customer(), "usd"), (shop.customer(), "usd"), (shop.customer(), "jpy")]
        self.acts = [
            self.subscribe, self.subscribe, self.change, self.change, self.end, self.discount,
            self.charge, self.charge, self.refund, self.dispute, self.lose_card, self.find_card,
            self.wait, self.wait, self.wait, self.wait,
        ]  # fmt: skip
        self.subscribe()

    def step(self):
        self.dice.choice(self.acts)()

    def send(self, path, body=None, **params):
        answer = self.shop.api.post(path, body or {}, **params)
        assert answer.status in {200, 400, 402, 404}, answer.body

    def subscribe(self):
        customer, currency = self.dice.choice(self.people)
        price = self.dice.choice(self.prices[currency])
        body = {"items": [{"price": price, "quantity": self.dice.randint(1, 3)}]}
        more = self.dice.choice([{}, {"trial_period_days": 9}, {"default_tax_rates": [self.rate]}])
        if coupon := self.dice.choice(["", "", "third", "some"]):
            more["discounts"] = [{"coupon": coupon}]
        self.send("subscriptions", {**body, **more}, customer=customer)

    def any_subscription(self):
        rows = Subscription.objects.exclude(status__in=Subscription.ENDED).order_by("created_at")
        found = list(rows)
        return self.dice.choice(found) if found else None

    def change(self):
        row = self.any_subscription()
        if row is not None:
            item = row.items.filter(deleted_at=None).first()
            body = {"items": [{"id": item.pk, "quantity": self.dice.randint(0, 5)}]}
            if self.dice.randrange(2):
                body["discounts"] = self.dice.choice(
                    ["", [{"coupon": "less"}], [{"coupon": "third"}]]
                )
            self.send(f"subscriptions/{row.pk}", body)

    def end(self):
        row = self.any_subscription()
        if row is not None:
            self.shop.api.delete(f"subscriptions/{row.pk}")

    def discount(self):
        customer, _currency = self.dice.choice(self.people)
        if self.dice.randrange(2):
            self.send(f"customers/{customer}", coupon="third")
        else:
            self.shop.api.delete(f"customers/{customer}/discount")

    def charge(self):
        customer, currency = self.dice.choice(self.people)
        card = self.dice.choice(["", "", DECLINED, "pm_card_createDispute"])
        method = {"payment_method": card} if card else {"off_session": True}
        if not card:
            default = self.shop.get(f"customers/{customer}")["invoice_settings"][
                "default_payment_method"
            ]
            method["payment_method"] = default
        self.send(
            "payment_intents", customer=customer, amount=self.dice.randint(100, 9999), currency=currency,
            confirm=True, payment_method_types=["card"], **method,
        )  # fmt: skip

    def refund(self):
        rows = self.shop.get("charges", limit=100)["data"]
        if rows:
            charge = self.dice.choice(rows)
            self.send("refunds", charge=charge["id"], amount=self.dice.randint(1, 500))

    def dispute(self):
        rows = self.shop.get("disputes", limit=100)["data"]
        if rows:
            said = self.dice.choice(["winning_evidence", "losing_evidence"])
            body = {"evidence": {"uncategorized_text": said}, "submit": True}
            self.send(f"disputes/{self.dice.choice(rows)['id']}", body)

    def lose_card(self):
        self.shop.give_card(self.dice.choice(self.people)[0], DECLINED)

    def find_card(self):
        self.shop.give_card(self.dice.choice(self.people)[0], "pm_card_visa")

    def wait(self):
        self.day += self.dice.choice([1, 3, 8, 13])
        then = datetime(2030, 1, 31, 12, tzinfo=UTC) + timedelta(days=self.day)
        self.shop.advance(then.year, then.month, then.day, then.hour)


def from_scratch(zone):
    """Return what the figures must be, from the ledger's rows and all events, one after the other."""
    sums = defaultdict(lambda: [0, 0])

    def add(at, currency, measure, amount, count=1):
        both = sums[at.astimezone(zone).date().isoformat(), currency, measure]
        both[0] += amount
        both[1] += count

    names = {"charge": "charges", "payment": "charges", "adjustment": "disputes"}
    for row in BalanceTransaction.objects.all():
        add(row.created_at, row.currency, names.get(row.kind, "refunds"), row.amount)
        if row.fee:
            add(row.created_at, row.currency, "fees", row.fee)
    for event in Event.objects.order_by("sequence"):
        told = event.snapshot
        if event.type == "charge.failed" and told["failure_code"] not in {"canceled", "superseded"}:
            add(event.created_at, told["currency"], "failed", told["amount"])
        if event.type == "invoice.paid" and told["attempt_count"] > 1 and told["amount_paid"]:
            add(event.created_at, told["currency"], "recovered", told["amount_paid"])
    return {key: tuple(both) for key, both in sums.items()}


def money_figures():
    return {
        (day, currency, measure): (amount, count)
        for day, currency, measure, amount, count in figures()
        if not measure.startswith("mrr_")
    }


def mrr():
    """Return the monthly recurring revenue by currency, as the movements add up to it."""
    sums = defaultdict(int)
    for _day, currency, measure, amount, _count in figures():
        if measure.startswith("mrr_"):
            sums[currency] += amount
    return {currency: amount for currency, amount in sums.items() if amount}


def active():
    """Return the number of active customers by currency, as the movements add up to it."""
    signs = {"mrr_new": 1, "mrr_reactivation": 1, "mrr_churn": -1}
    sums = defaultdict(int)
    for _day, currency, measure, _amount, count in figures():
        sums[currency] += signs.get(measure, 0) * count
    return {currency: count for currency, count in sums.items() if count}


PER_MONTH = {"day": (365, 12), "week": (52, 12), "month": (1, 1), "year": (1, 12)}


def half_up(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)


def brought_in(shop):
    """Return by customer and currency what living subscriptions bring in a month, by what `/v1/` says of them now."""
    sums = defaultdict(int)
    for row in Subscription.objects.filter(status__in=["active", "past_due"]):
        subscription = shop.get(f"subscriptions/{row.pk}")
        (item,) = subscription["items"]["data"]
        price, every = item["price"], item["price"]["recurring"]
        net = price["unit_amount"] * item["quantity"]
        net -= taken_off(shop, subscription, net)
        if any(rate["inclusive"] for rate in subscription["default_tax_rates"]):
            net -= half_up(net * 7, 107)
        times, by = PER_MONTH[every["interval"]]
        sums[subscription["customer"], price["currency"]] += half_up(
            net * times, by * every["interval_count"]
        )
    return {key: amount for key, amount in sums.items() if amount}


def taken_off(shop, subscription, net):
    def coupons(wires):
        return [wire["source"]["coupon"] for wire in wires if wire["source"]["coupon"] != "some"]

    expanded = shop.get(f"subscriptions/{subscription['id']}", expand=["discounts", "customer"])
    own = coupons(expanded["discounts"])
    of_customer = expanded["customer"]["discount"]
    taken = 0
    for coupon in own or coupons([of_customer] if of_customer else []):
        if coupon == "third":
            taken += half_up((net - taken) * 333, 1000)
        elif subscription["currency"] == "usd":
            taken += min(150, net - taken)
    return taken


@pytest.mark.parametrize("seed", SEEDS)
def test_figures_of_any_life_are_what_its_books_say(shop, site, seed):
    site.timezone = "Asia/Bangkok"
    site.save()
    life, dice = Life(shop, seed), Random(seed)

    for _number in range(STEPS):
        life.step()
        for _batch in range(dice.randint(0, 3)):
            figure_rolling.roll_up(at_once=dice.choice([1, 2, 7]), at=clock.now())
        if dice.randrange(4) == 0:
            die_while_rolling_up()
    roll_up(at_once=dice.choice([1, 5, 500]))

    assert money_figures() == from_scratch(ZoneInfo("Asia/Bangkok"))
    net = {currency: 0 for _customer, currency in life.people}
    for row in BalanceTransaction.objects.all():
        net[row.currency] += row.net
    signs = {"charges": 1, "refunds": 1, "disputes": 1, "fees": -1}
    for _day, currency, measure, amount, _count in figures():
        net[currency] -= signs.get(measure, 0) * amount
    assert set(net.values()) == {0}
    standing_now = brought_in(shop)
    rows = CustomerRevenue.objects.exclude(amount=0)
    assert {(row.customer_id, row.currency): row.amount for row in rows} == standing_now
    by_currency, people = defaultdict(int), defaultdict(int)
    for (_customer, currency), amount in standing_now.items():
        by_currency[currency] += amount
        people[currency] += 1
    assert (mrr(), active()) == (by_currency, people)
    assert not PendingFigure.objects.exists()

    as_it_was, stood = figures(), standing()
    assert figure_rolling.rebuild(at=clock.now()) > 0
    assert (figures(), standing()) == (as_it_was, stood)


def die_while_rolling_up():
    """Let a worker add things up, and die before its transaction ends."""
    with transaction.atomic():
        figure_rolling.roll_up(at_once=3, at=clock.now())
        transaction.set_rollback(True)


# -- one thing at a time -----------------------------------------------------------------------------------------------


def moves(currency="usd"):
    return [
        (day, measure.removeprefix("mrr_"), amount, count)
        for day, its, measure, amount, count in figures()
        if its == currency and measure.startswith("mrr_")
    ]


def test_trial_counts_from_its_first_payment_on(shop):
    customer = shop.customer()
    shop.subscribe(customer, shop.price(1200), trial_period_days=10)
    roll_up()
    before = moves()

    shop.advance(2030, 2, 11)
    roll_up()

    assert (before, moves()) == ([], [("2030-02-10", "new", 1200, 1)])


def test_customer_who_grows_shrinks_leaves_and_comes_back(shop):
    customer, price = shop.customer(), shop.price(1200)
    first = shop.subscribe(customer, price)
    (item,) = first["items"]["data"]
    shop.advance(2030, 2, 1)
    shop.change(first, items=[{"id": item["id"], "quantity": 3}])
    shop.advance(2030, 2, 2)
    shop.change(first, items=[{"id": item["id"], "quantity": 2}])
    shop.advance(2030, 2, 3)
    shop.ok(shop.api.delete(f"subscriptions/{first['id']}"))
    shop.advance(2030, 2, 4)
    shop.subscribe(customer, shop.price(12_000, interval="year"))
    roll_up()

    assert moves() == [
        ("2030-01-31", "new", 1200, 1), ("2030-02-01", "expansion", 2400, 1),
        ("2030-02-02", "contraction", -1200, 1), ("2030-02-03", "churn", -2400, 1),
        ("2030-02-04", "reactivation", 1000, 1),
    ]  # fmt: skip


@pytest.mark.parametrize("at_once", [1, 500])
def test_what_changes_at_one_instant_is_one_movement(shop, at_once):
    customer = shop.customer()
    old = shop.subscribe(customer, shop.price(1200))
    shop.advance(2030, 2, 3)
    shop.ok(shop.api.delete(f"subscriptions/{old['id']}"))
    shop.subscribe(customer, shop.price(1500))
    roll_up(at_once)

    assert [move for move in moves() if any(move[2:])] == [
        ("2030-01-31", "new", 1200, 1), ("2030-02-03", "expansion", 300, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("terms", "monthly"),
    [
        pytest.param({"duration": "forever", "percent_off": 25}, 900, id="forever"),
        pytest.param({"duration": "once", "percent_off": 25}, 1200, id="once"),
        pytest.param({"duration": "repeating", "duration_in_months": 3, "amount_off": 100, "currency": "usd"}, 1200,
                     id="repeating"),
    ],
)  # fmt: skip
def test_only_coupons_that_hold_for_ever_count(shop, terms, monthly):
    shop.post("coupons", id="off", **terms)

    shop.subscribe(shop.customer(), shop.price(1200), discounts=[{"coupon": "off"}])
    roll_up()

    assert mrr() == {"usd": monthly}


def test_customer_s_own_discount_moves_all_that_is_theirs(shop):
    shop.post("coupons", id="off", duration="forever", percent_off=50)
    customer = shop.customer()
    shop.subscribe(customer, shop.price(1200))
    shop.advance(2030, 2, 1)
    shop.post(f"customers/{customer}", coupon="off")
    shop.advance(2030, 2, 2)
    shop.ok(shop.api.delete(f"customers/{customer}/discount"))
    roll_up()

    assert moves()[1:] == [
        ("2030-02-01", "contraction", -600, 1), ("2030-02-02", "expansion", 600, 1),
    ]  # fmt: skip


def test_invoice_that_a_further_try_pays_is_recovered(shop):
    customer = shop.customer()
    shop.subscribe(customer, shop.price(1200))
    shop.give_card(customer, DECLINED)
    shop.advance(2030, 2, 28, 14)
    shop.give_card(customer, "pm_card_visa")
    shop.advance(2030, 3, 10)
    roll_up()

    told = [figure for figure in figures() if figure[2] in {"failed", "recovered"}]
    assert told == [
        ("2030-02-28", "usd", "failed", 1200, 1), ("2030-03-01", "usd", "recovered", 1200, 1),
    ]  # fmt: skip


def test_late_event_lands_on_its_own_day(shop, site):
    shop.subscribe(shop.customer(), shop.price(1200))
    roll_up()
    row = BalanceTransaction.objects.get()
    late = BalanceTransaction.belonging_to(
        row, source_id="ch_late", kind="charge", amount=700, fee=0, net=700, currency="usd",
        available_on=row.available_on, created_at=row.created_at - timedelta(days=30),
    )  # fmt: skip
    late.save()

    roll_up()

    assert [figure for figure in figures() if figure[2] == "charges"] == [
        ("2030-01-01", "usd", "charges", 700, 1), ("2030-01-31", "usd", "charges", 1200, 1),
    ]  # fmt: skip


def test_other_time_zone_makes_other_days(shop, site):
    shop.subscribe(shop.customer(), shop.price(1200))
    roll_up()
    site.timezone = "Pacific/Kiritimati"  # 14 hours ahead
    site.save()

    assert figure_rolling.run(at=clock.now()) > 0

    days = set(DailyFigure.objects.values_list("day", flat=True))
    assert days == {date(2030, 2, 1)}
    assert FigureBook.objects.get().timezone == "Pacific/Kiritimati"
    assert figure_rolling.run(at=clock.now()) == 0


def test_what_events_are_gone_for_is_kept_through_another_time_zone(
    shop, site, capsys, monkeypatch
):
    shop.subscribe(shop.customer(), shop.price(1200))
    roll_up()
    as_they_were = figures()
    monkeypatch.setattr(retention, "events_since", clock.now)
    site.timezone = "Pacific/Kiritimati"
    site.save()

    figure_rolling.run(at=clock.now())
    with pytest.raises(CommandError, match=r"Events of before 20[0-9-]+ were let go of"):
        call_command("figures", "rebuild", site=site.slug)

    assert figures() == as_they_were
    assert FigureBook.objects.get().timezone == "Pacific/Kiritimati"


def test_command_makes_the_same_figures_anew(shop, site, capsys):
    shop.subscribe(shop.customer(), shop.price(1200))
    roll_up()
    as_they_were = figures()
    DailyFigure.objects.update(amount=1)

    call_command("figures", "rebuild", site=site.slug)

    assert figures() == as_they_were
    assert capsys.readouterr().out.splitlines()[0].startswith("acme, test mode: ")


def test_sites_and_modes_stay_apart(shop, site, other):
    shop.subscribe(shop.customer(), shop.price(1200))

    figure_rolling.run(at=clock.now())

    with scoped_to(other[0], livemode=False):
        assert figures() == []
    with scoped_to(site, livemode=True):
        assert figures() == []
    assert mrr() == {"usd": 1200}


def test_trigger_knows_the_events_that_figures_are_made_of(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'billing_event_is_pending'"
        )
        (definition,) = cursor.fetchone()

    named = set(re.findall(r"'([a-z._]+)'", definition))
    assert named == set(figure_sources.EVENTS)
