"""Many at the same moment, each with a connection of its own: a schedule's date and a link are paid once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from customers.kit import clock
from customers.kit.errors import InvalidState
from customers.kit.tenancy import scoped_to
from payments.models import Charge, Occurrence
from payments.money import Money
from payments.recurrence import Recurrence
from payments.services import links, occurrences, payment_methods, sandbox, schedules, tokens
from tests.factories.customers import CustomerFactory

AT_ONCE = 6
DAY = datetime(2027, 1, 4, 9, 30, tzinfo=UTC)
CARD = {
    "kind": "card",
    "number": "4242 4242 4242 4242",
    "exp_month": "12",
    "exp_year": "2040",
    "cvc": "123",
}


@pytest.fixture
def site(transactional_db, made):
    return made[0]


@pytest.fixture
def scope(transactional_db, site):
    with scoped_to(site, livemode=False) as chosen:
        yield chosen


def at_once(site, act):
    def run(number):
        with closing(connection), scoped_to(site, livemode=False):
            return act(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def taken():
    return [line["amount"] for line in sandbox.ledger() if line["kind"] == "charge"]


@pytest.mark.django_db(transaction=True)
def test_workers_who_meet_at_a_schedule(scope, site):
    payer = CustomerFactory()
    payment_methods.attach(payment_methods.resolve("pm_card_visa", at=DAY), payer, at=DAY)
    payer.refresh_from_db()
    rhythm = Recurrence(1, "day", date(2027, 1, 4), date(2027, 1, 31))
    money = Money(29900, "thb")
    made = [schedules.create(payer, money=money, rhythm=rhythm, at=DAY) for _ in range(3)]

    at_once(site, lambda _number: occurrences.run_due(at=DAY))

    assert taken() == [29900] * 3
    assert [row.status for row in Charge.objects.all()] == ["succeeded"] * 3
    assert sorted(Occurrence.objects.values_list("schedule_id", "status")) == sorted(
        (schedule.pk, "succeeded") for schedule in made
    )


@pytest.mark.django_db(transaction=True)
def test_workers_who_meet_at_a_date(scope, site):
    """The lease of the first one is over while it still is at work."""
    payer = CustomerFactory()
    payment_methods.attach(payment_methods.resolve("pm_card_visa", at=DAY), payer, at=DAY)
    payer.refresh_from_db()
    rhythm = Recurrence(1, "day", date(2027, 1, 4), date(2027, 1, 31))
    schedule = schedules.create(payer, money=Money(29900, "thb"), rhythm=rhythm, at=DAY)
    occurrence = occurrences.begin(schedule, at=DAY)

    at_once(site, lambda _number: occurrences.carry_out(occurrence, at=DAY))

    assert (taken(), Charge.objects.count()) == ([29900], 1)
    assert Occurrence.objects.get().status == "succeeded"
    assert schedules.get(schedule.pk).next_on == date(2027, 1, 5)


@pytest.mark.django_db(transaction=True)
def test_payers_who_meet_at_a_link(scope, site):
    now = clock.now()
    link = links.create(money=Money(120_000, "thb"), title="Bicycle", at=now)

    def pay(number):
        token = tokens.create_card(CARD, at=now)
        try:
            return links.pay(link, token.pk, act_key=f"payer {number}", at=now).status
        except InvalidState as refusal:
            return refusal.code

    results = at_once(site, pay)

    assert results.count("succeeded") == 1
    assert set(results) <= {"succeeded", "link_busy", "link_used"}
    assert (taken(), Charge.objects.count()) == ([120_000], 1)
