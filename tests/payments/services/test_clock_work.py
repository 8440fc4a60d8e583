"""What of payments happens as a test clock comes to it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from customers.events.models import Event
from customers.kit.errors import Conflict
from customers.kit.provenance import Provenance, acting
from customers.models import Message
from customers.services import customers, test_clocks
from payments.models import BalanceTransaction, Charge, Occurrence, Operation, PaymentMethod
from payments.money import Money
from payments.recurrence import Recurrence
from payments.services import (
    charges,
    clock_advances,
    expiring_cards,
    occurrences,
    payment_methods,
    reconciling,
    sandbox,
    schedules,
)

FROZEN = datetime(2027, 1, 4, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
USD = Money(2000, "usd")


@pytest.fixture
def clock(scope, at):
    return test_clocks.create(frozen_at=FROZEN, at=at)


@pytest.fixture
def customer(clock, at):
    return customers.create(
        details={"test_clock": clock, "email": "jenny@example.com"}, at=test_clocks.read(clock, at)
    )


@pytest.fixture
def now(customer, at):
    """What time it is for the customer."""
    return lambda: test_clocks.now_for(customer, at)


@pytest.fixture
def card(customer, now):
    method = payment_methods.resolve("pm_card_visa", at=now())
    return payment_methods.attach(method, customer, at=now())


@pytest.fixture
def advance(clock, at):
    return lambda to: clock_advances.advance(test_clocks.get(clock.pk), to=to, at=at)


def _created(*models):
    return {model.__name__: model.objects.get().created_at for model in models}


def test_a_charge_is_dated_by_the_clock_and_asked_for_in_real_time(customer, card, now, at):
    charge = charges.create(money=USD, method=card, customer=customer, at=now())

    movement = BalanceTransaction.objects.get()
    asked = Operation.objects.get()
    assert _created(Charge, BalanceTransaction, PaymentMethod) == {
        "Charge": FROZEN,
        "BalanceTransaction": FROZEN,
        "PaymentMethod": FROZEN,
    }
    assert (asked.created_at, asked.settled_at, movement.available_on) == (at, at, at + 2 * DAY)
    assert Event.objects.get(type="charge.succeeded", object_id=charge.pk).created_at == FROZEN
    assert [message.next_attempt_at for message in Message.objects.all()] in ([], [at])


def test_a_charge_whose_answer_was_lost_is_settled_by_the_clock_s_time(customer, card, now, at):
    with sandbox.faults("timeout_after", act="authorize", times=2):
        pending = charges.create(money=USD, method=card, customer=customer, at=now())

    reconciling.run(at=at + timedelta(minutes=1))

    settled = charges.get(pending.pk)
    assert (pending.status, settled.status, settled.settled_at) == ("pending", "succeeded", FROZEN)


def test_a_hold_is_released_as_the_clock_comes_to_its_end(customer, card, now, advance):
    held = charges.create(money=USD, method=card, customer=customer, takes_now=False, at=now())

    in_real_time = charges.expire_due(at=FROZEN + 30 * DAY)
    advance(FROZEN + 5 * DAY)
    before = charges.get(held.pk).status
    advance(FROZEN + 8 * DAY)

    assert (in_real_time, before, charges.get(held.pk).status) == (0, "authorized", "expired")
    assert Event.objects.get(type="charge.expired").created_at == held.capture_before


def test_a_schedule_charges_as_its_days_come(customer, card, now, advance, at):
    schedule = schedules.create(
        customer,
        money=Money(29900, "thb"),
        rhythm=Recurrence(1, "week", date(2027, 1, 11), date(2027, 2, 28)),
        method=card,
        at=now(),
    )

    in_real_time = occurrences.run_due(at=FROZEN + 30 * DAY)
    advance(FROZEN + 20 * DAY)

    made = Occurrence.objects.order_by("scheduled_on").values_list("scheduled_on", "status")
    assert in_real_time == 0
    assert list(made) == [
        (date(2027, 1, 11), "succeeded"),
        (date(2027, 1, 18), "succeeded"),
    ]
    hours = [charge.created_at.date() for charge in Charge.objects.order_by("created_at")]
    assert hours == [date(2027, 1, 11), date(2027, 1, 18)]
    assert schedules.get(schedule.pk).next_on == date(2027, 1, 25)


def test_an_expiring_card_is_announced_as_its_days_come(customer, card, advance, at):
    PaymentMethod.objects.filter(pk=card.pk).update(exp_year=2027, exp_month=12)

    in_real_time = expiring_cards.announce_due(at=datetime(2027, 12, 20, tzinfo=UTC))
    advance(datetime(2027, 11, 15, tzinfo=UTC))
    early = _announced()
    advance(datetime(2028, 3, 1, tzinfo=UTC))

    assert (in_real_time, early) == (0, [date(2027, 11, 2)])
    assert _announced() == [date(2027, 11, 2), date(2027, 12, 2), date(2027, 12, 25)]


def test_a_card_that_has_expired_on_the_clock_holds_nothing_up(customer, card, advance):
    PaymentMethod.objects.filter(pk=card.pk).update(exp_year=2026, exp_month=12)

    moved = advance(FROZEN + DAY)

    assert (moved.status, _announced()) == ("ready", [])


def _announced():
    rows = Event.objects.filter(type="customer.source.expiring").order_by("created_at")
    return [event.created_at.date() for event in rows]


def test_the_worker_settles_what_a_gateway_says_while_the_clock_advances(
    clock, customer, card, now, at
):
    with sandbox.faults("timeout_after", act="authorize", times=2):
        pending = charges.create(
            money=USD, method=card, customer=customer, credits_customer=True, at=now()
        )
    test_clocks.advance(clock, to=FROZEN + DAY, at=at)

    with pytest.raises(Conflict), transaction.atomic():
        charges.create(money=USD, method=card, customer=customer, at=now())
    with acting(Provenance(door="worker")):
        reconciling.run(at=at + timedelta(minutes=1))

    assert charges.get(pending.pk).status == "succeeded"
    assert customers.get(customer.pk).balance == -2000
