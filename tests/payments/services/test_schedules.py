from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from customers.events.models import Event
from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from customers.kit.tenancy import scoped_to
from customers.kit.whole import Whole
from customers.services import customers
from payments.models import Occurrence, Schedule
from payments.money import Money
from payments.recurrence import Recurrence
from payments.services import occurrences, schedules
from tests.factories.customers import CustomerFactory
from tests.factories.payments import ChargeFactory, PaymentMethodFactory

MONDAY = datetime(2027, 1, 4, 9, 30, tzinfo=UTC)
RHYTHM = Recurrence(1, "month", date(2027, 1, 10), date(2027, 12, 31), days_of_month=[10])


@pytest.fixture
def payer(customer, method):
    """A customer whose default payment method is a card."""
    customer.default_payment_method_id = method.pk
    customer.save()
    return customer


@pytest.fixture
def create(payer):
    def make(rhythm=RHYTHM, *, customer=None, amount=29900, **details):
        money = Money(amount, "thb")
        return schedules.create(customer or payer, money=money, rhythm=rhythm, at=MONDAY, **details)

    return make


def test_a_schedule_waits_for_its_first_date(create, payer, told):
    schedule = create(description="Premium", metadata=Whole(plan={"seats": 3}))

    stored = schedules.get(schedule.pk)
    assert (stored.status, stored.customer, stored.payment_method) == ("active", payer, None)
    assert (stored.amount, stored.currency, stored.description) == (29900, "thb", "Premium")
    assert stored.metadata == {"plan": {"seats": 3}}
    assert stored.recurrence == replace(RHYTHM, weekdays=[])
    assert (stored.next_on, stored.due_at) == (
        date(2027, 1, 10),
        datetime(2027, 1, 10, 8, tzinfo=UTC),
    )
    assert told() == ["schedule.created"]


def test_its_event_shows_it(create, payer, last_event):
    schedule = create()

    assert last_event().snapshot == {
        "id": schedule.pk,
        "object": "schedule",
        "amount": 29900,
        "created": int(MONDAY.timestamp()),
        "currency": "thb",
        "customer": payer.pk,
        "description": None,
        "end_date": "2027-12-31",
        "ended_at": None,
        "failed_tries": 0,
        "livemode": False,
        "metadata": {},
        "next_date": "2027-01-10",
        "payment_method": None,
        "recurring": {
            "days_of_month": [10],
            "interval": "month",
            "interval_count": 1,
            "weekday_of_month": None,
            "weekdays": [],
        },
        "start_date": "2027-01-10",
        "status": "active",
    }
    assert last_event().customer_id == payer.pk


def test_days_come_in_order_and_once(create):
    rhythm = replace(
        RHYTHM, period="week", days_of_month=[], weekdays=["friday", "monday", "friday"]
    )

    assert create(rhythm).weekdays == ["monday", "friday"]


def test_dates_are_the_sites(create, site):
    site.timezone = "Asia/Bangkok"
    site.save()

    with scoped_to(site, livemode=False):
        schedule = create()

    assert schedule.due_at == datetime(2027, 1, 10, 1, tzinfo=UTC)


def test_a_single_date_is_the_last_one(create, told):
    schedule = create(replace(RHYTHM, end_on=date(2027, 1, 31)))

    assert schedule.status == "expiring"
    assert told() == ["schedule.created", "schedule.expiring"]


@pytest.mark.parametrize(
    ("change", "param", "message"),
    [
        ({"every": 0}, "every", "`every` must be 1 to 1000."),
        ({"every": 1001}, "every", "`every` must be 1 to 1000."),
        ({"start_on": date(2027, 1, 3)}, "start_date",
         "The start date must not lie in the past; today is 2027-01-04 in the account's time zone."),
        ({"end_on": date(2027, 1, 9)}, "end_date", "The end date must not lie before the start date."),
        ({"start_on": date(2027, 1, 11), "end_on": date(2027, 2, 9)}, "end_date",
         "The schedule has no date between its start and its end."),
        ({"weekdays": ["monday"]}, "on[weekdays]", "A schedule by the month takes no weekdays."),
        ({"period": "day"}, "on[days_of_month]", "A schedule by the day takes no days_of_month."),
        ({"weekday_of_month": "last_monday"}, "on[weekday_of_month]",
         "Give either days_of_month or weekday_of_month, not both."),
        ({"days_of_month": [0]}, "on[days_of_month]", "Days of a month are 1 to 31."),
        ({"days_of_month": [], "period": "week", "weekdays": ["moonday"]}, "on[weekdays]",
         "Weekdays have their English names."),
    ],
)  # fmt: skip
def test_a_rhythm_that_makes_no_sense(create, refused, change, param, message):
    with refused(InvalidRequest, param=param, message=message):
        create(replace(RHYTHM, **change))


def test_an_amount_that_cannot_be(create, refused):
    with refused(InvalidRequest, param="amount"):
        create(amount=0)


def test_a_customer_without_a_card(create, refused):
    nobody = CustomerFactory()

    with refused(InvalidRequest, param="customer"):
        create(customer=nobody)


def test_a_customer_whose_default_is_no_card(create, refused, at):
    owner = CustomerFactory()
    account = PaymentMethodFactory(customer=owner, attached_at=at, kind="us_bank_account", brand="")
    owner.default_payment_method_id = account.pk
    owner.save()

    with refused(InvalidRequest, param="customer"):
        create(customer=owner)


def test_a_deleted_customer(create, payer, refused, at):
    customers.delete(payer, at=at)

    with refused(NotFound):
        create()


def test_another_customers_card(create, refused):
    foreign = PaymentMethodFactory(attached=True)

    with refused(InvalidRequest, param="payment_method"):
        create(method=foreign)


def test_a_schedule_is_canceled(create, told):
    schedule = create()
    told()

    canceled = schedules.cancel(schedule, at=MONDAY)

    assert (canceled.status, canceled.next_on, canceled.due_at, canceled.ended_at) == (
        "canceled", None, None, MONDAY,
    )  # fmt: skip
    assert told() == ["schedule.canceled"]
    assert schedules.upcoming(canceled) == []


def test_a_schedule_is_canceled_once(create, refused):
    schedule = create()
    schedules.cancel(schedule, at=MONDAY)

    with refused(InvalidState, message="This schedule is canceled, so it cannot be canceled."):
        schedules.cancel(schedule, at=MONDAY)


def test_deleting_the_customer_ends_the_schedules(create, payer, told):
    ended, running = create(), create()
    schedules.cancel(ended, at=MONDAY)
    other = CustomerFactory()
    card = PaymentMethodFactory(customer=other, attached_at=MONDAY)
    kept = create(customer=other, method=card)
    told()

    customers.delete(payer, at=MONDAY)

    assert [row.status for row in map(schedules.get, (ended.pk, running.pk, kept.pk))] == [
        "canceled", "canceled", "active",
    ]  # fmt: skip
    assert told() == ["customer.deleted", "schedule.canceled", "payment_method.detached"]
    assert Event.objects.get(type="schedule.canceled", object_id=running.pk).customer_id == payer.pk


def test_dates_ahead_are_bounded(create):
    daily = create(Recurrence(1, "day", date(2027, 1, 5), date(2028, 1, 1)))

    found = schedules.upcoming(daily)

    assert (len(found), found[0], found[-1]) == (30, date(2027, 1, 5), date(2027, 2, 3))


def test_charges_know_their_schedule(create, django_assert_num_queries):
    schedule = create()
    made = [ChargeFactory(schedule=schedule) for _ in range(2)]
    other = ChargeFactory()

    with django_assert_num_queries(1):
        found = schedules.of_charges([*(charge.pk for charge in made), other.pk])

    assert found == dict.fromkeys((charge.pk for charge in made), schedule.pk)


def test_another_sites_schedule_is_not_found(create, other):
    schedule = create()

    with scoped_to(other[0], livemode=False), pytest.raises(NotFound):
        schedules.get(schedule.pk)
    with pytest.raises(NotFound):
        occurrences.get("occu_missing")
    assert Schedule.objects.count() == 1
    assert Occurrence.objects.count() == 0
