from datetime import UTC, date, datetime, timedelta

import pytest

from customers.kit.tenancy import scoped_to
from payments.gateways.base import NotSent, Outcome, Refused, Result, Unknown
from payments.models import Charge, Occurrence
from payments.money import Money
from payments.recurrence import Recurrence
from payments.services import attachments, charges, occurrences, reconciling, schedules
from tests.factories.payments import PaymentMethodFactory
from tests.payments.fake_gateway import Acted

MONDAY = datetime(2027, 1, 4, 9, 30, tzinfo=UTC)
DECLINED = Outcome(Result.DECLINED, code="card_declined", message="Your card was declined.")


@pytest.fixture
def payer(customer, method, gateway):
    gateway.idempotency_window = timedelta(days=1)  # as Stripe has it
    customer.default_payment_method_id = method.pk
    customer.save()
    return customer


@pytest.fixture
def schedule(payer):
    """Charges 299.00 THB each Monday of January 2027."""
    return _made(payer, Recurrence(1, "week", date(2027, 1, 4), date(2027, 1, 31)))


def _made(payer, rhythm, **details):
    money = Money(29900, "thb")
    return schedules.create(payer, money=money, rhythm=rhythm, at=MONDAY, **details)


def _stands(schedule):
    row = schedules.get(schedule.pk)
    return row.status, row.next_on and row.next_on.isoformat(), row.failures


def _dates(schedule):
    rows = Occurrence.objects.filter(schedule=schedule).order_by("created_at", "id")
    return [
        (
            row.scheduled_on.isoformat(), row.status, row.tries, row.retry_on and row.retry_on.isoformat(),
        )
        for row in rows
    ]  # fmt: skip


def _charges():
    rows = Charge.objects.order_by("created_at")
    return list(rows.values_list("status", "amount", "schedule"))


def _run(day, month=1, hour=9):
    return occurrences.run_due(at=datetime(2027, month, day, hour, tzinfo=UTC))


def test_a_date_comes_and_the_customer_is_charged(schedule, payer, method, gateway, told):
    told()

    assert occurrences.run_due(at=MONDAY) == 1

    (charge,) = Charge.objects.all()
    (occurrence,) = Occurrence.objects.all()
    assert (charge.status, charge.amount, charge.currency) == ("succeeded", 29900, "thb")
    assert (charge.customer, charge.payment_method, charge.schedule) == (payer, method, schedule)
    assert (charge.off_session, charge.captures_later) == (True, False)
    assert (occurrence.charge, occurrence.status, occurrence.processed_at) == (
        charge, "succeeded", MONDAY,
    )  # fmt: skip
    assert _stands(schedule) == ("active", "2027-01-11", 0)
    assert told() == ["charge.succeeded", "schedule.updated"]


def test_nothing_is_done_before_the_hour(schedule):
    assert occurrences.run_due(at=MONDAY - timedelta(hours=2)) == 0
    assert _charges() == []


def test_a_schedule_goes_on_to_its_end(schedule, told):
    told()

    for day in (4, 5, 11, 18, 25, 26):
        _run(day)

    assert [status for status, _amount, _by in _charges()] == ["succeeded"] * 4
    assert _dates(schedule) == [
        ("2027-01-04", "succeeded", 1, None),
        ("2027-01-11", "succeeded", 1, None),
        ("2027-01-18", "succeeded", 1, None),
        ("2027-01-25", "succeeded", 1, None),
    ]
    assert _stands(schedule) == ("expired", None, 0)
    assert [type_ for type_ in told() if type_.startswith("schedule")] == [
        "schedule.updated", "schedule.updated", "schedule.expiring", "schedule.expired",
    ]  # fmt: skip


def test_a_failure_is_tried_again_on_the_next_day(schedule, gateway, told):
    gateway.plan("authorize", DECLINED)
    told()
    _run(4)

    assert _dates(schedule) == [("2027-01-04", "failed", 1, "2027-01-05")]
    assert Occurrence.objects.get().message == "Your card was declined."
    assert _stands(schedule) == ("active", "2027-01-05", 1)

    _run(5)

    assert _dates(schedule) == [("2027-01-04", "succeeded", 2, None)]
    assert Occurrence.objects.get().message == ""
    assert [status for status, _amount, _by in _charges()] == ["failed", "succeeded"]
    assert _stands(schedule) == ("active", "2027-01-11", 0)
    assert told() == [
        "charge.failed", "schedule.updated", "charge.succeeded", "schedule.updated",
    ]  # fmt: skip


def test_the_third_failure_stops_the_schedule(schedule, gateway, told):
    gateway.plan("authorize", DECLINED, DECLINED, DECLINED)
    told()

    for day in (4, 5, 6, 7, 11):
        _run(day)

    assert _dates(schedule) == [("2027-01-04", "failed", 3, None)]
    assert _stands(schedule) == ("suspended", None, 3)
    assert len(_charges()) == 3
    assert told() == [
        "charge.failed", "schedule.updated", "charge.failed", "schedule.updated", "charge.failed",
        "schedule.suspended",
    ]  # fmt: skip


def test_another_date_takes_the_place_of_a_retry(payer, gateway):
    daily = _made(payer, Recurrence(1, "day", date(2027, 1, 4), date(2027, 1, 31)))
    gateway.plan("authorize", DECLINED, DECLINED)

    for day in (4, 5, 6):
        _run(day)

    assert _dates(daily) == [
        ("2027-01-04", "failed", 1, None),
        ("2027-01-05", "failed", 1, None),
        ("2027-01-06", "succeeded", 1, None),
    ]
    assert _stands(daily) == ("active", "2027-01-07", 0)


def test_the_last_date_is_tried_again_behind_the_end(payer, gateway, told):
    once = _made(payer, Recurrence(1, "month", date(2027, 1, 31), date(2027, 2, 1)))
    gateway.plan("authorize", DECLINED)
    _run(31)

    assert _stands(once) == ("expiring", "2027-02-01", 1)

    _run(1, month=2)

    assert _dates(once) == [("2027-01-31", "succeeded", 2, None)]
    assert _stands(once) == ("expired", None, 0)


def test_dates_that_nobody_carried_out_are_skipped(payer):
    daily = _made(payer, Recurrence(1, "day", date(2027, 1, 4), date(2027, 1, 7)))

    _run(6)

    assert _dates(daily) == [
        ("2027-01-04", "skipped", 0, None),
        ("2027-01-05", "skipped", 0, None),
        ("2027-01-06", "succeeded", 1, None),
    ]
    assert len(_charges()) == 1
    assert _stands(daily) == ("expiring", "2027-01-07", 0)


def test_a_worker_that_comes_late_retries_no_twice(schedule, gateway):
    gateway.plan("authorize", DECLINED)
    _run(4)

    _run(12)

    assert _dates(schedule) == [
        ("2027-01-04", "failed", 1, None),
        ("2027-01-11", "succeeded", 1, None),
    ]


class Crash(BaseException):
    """The worker's end."""


@pytest.mark.parametrize("where", ["create", "carry_out"])
def test_a_worker_that_dies_never_charges_twice(schedule, gateway, monkeypatch, where):
    def die(*args, **kwargs):
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(charges, where, die)
        with pytest.raises(Crash):
            occurrences.run_due(at=MONDAY)

    assert occurrences.run_due(at=MONDAY + timedelta(minutes=9)) == 0
    assert occurrences.run_due(at=MONDAY + timedelta(minutes=11)) == 1
    assert [status for status, _amount, _by in _charges()] == ["succeeded"]
    assert [act for act, _reference, _amount in gateway.asked] == ["authorize"]
    assert _dates(schedule) == [("2027-01-04", "succeeded", 1, None)]


def test_a_worker_that_dies_behind_the_charge(schedule, gateway, monkeypatch):
    def die(*args, **kwargs):
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(occurrences, "settle", die)
        with pytest.raises(Crash):
            occurrences.run_due(at=MONDAY)

    occurrences.run_due(at=MONDAY + timedelta(minutes=11))

    assert [status for status, _amount, _by in _charges()] == ["succeeded"]
    assert [act for act, _reference, _amount in gateway.asked] == ["authorize"]
    assert _stands(schedule) == ("active", "2027-01-11", 0)


def test_two_workers_at_the_same_date_charge_once(schedule, gateway):
    first = occurrences.begin(schedule, at=MONDAY)
    second = occurrences.begin(schedule, at=MONDAY)

    ended = [occurrences.carry_out(occurrence, at=MONDAY) for occurrence in (first, second)]

    assert [occurrence.pk for occurrence in ended] == [first.pk] * 2
    assert [act for act, _reference, _amount in gateway.asked] == ["authorize"]
    assert len(_charges()) == 1
    assert _stands(schedule) == ("active", "2027-01-11", 0)


def test_what_nobody_knows_is_followed_until_it_is_known(schedule, gateway):
    gateway.plan("authorize", Acted(), Unknown("silence"))
    occurrences.run_due(at=MONDAY)

    assert _dates(schedule) == [("2027-01-04", "pending", 1, None)]
    assert [status for status, _amount, _by in _charges()] == ["pending"]

    reconciling.run(at=MONDAY + timedelta(minutes=1))
    occurrences.run_due(at=MONDAY + timedelta(minutes=6))

    assert _dates(schedule) == [("2027-01-04", "succeeded", 1, None)]
    assert len(_charges()) == 1


def test_a_gateway_that_cannot_be_reached_leaves_it_open(schedule, gateway):
    gateway.plan("authorize", NotSent("no route"), NotSent("no route"))

    occurrences.run_due(at=MONDAY)

    assert _dates(schedule) == [("2027-01-04", "pending", 1, None)]

    occurrences.run_due(at=MONDAY + timedelta(minutes=6))

    assert _dates(schedule) == [("2027-01-04", "succeeded", 1, None)]
    assert len(_charges()) == 1


def test_what_the_gateway_never_received_is_a_failure(schedule, gateway):
    gateway.plan("authorize", NotSent("no route"), NotSent("no route"))
    gateway.idempotency_window = timedelta(minutes=1)
    occurrences.run_due(at=MONDAY)

    for minutes in (3, 5):
        reconciling.run(at=MONDAY + timedelta(minutes=minutes))
    occurrences.run_due(at=MONDAY + timedelta(minutes=6))

    assert _dates(schedule) == [("2027-01-04", "failed", 1, "2027-01-05")]
    assert _stands(schedule) == ("active", "2027-01-05", 1)


def test_the_gateways_refusal_is_a_failure(schedule, gateway):
    gateway.plan("authorize", Refused("No such card.", code="resource_missing"))

    _run(4)

    assert _dates(schedule) == [("2027-01-04", "failed", 1, "2027-01-05")]
    assert Occurrence.objects.get().message == "No such card."


def test_a_card_that_was_removed(payer, method, gateway):
    card = PaymentMethodFactory(customer=payer, attached_at=MONDAY)
    rhythm = Recurrence(1, "week", date(2027, 1, 4), date(2027, 1, 31))
    schedule = _made(payer, rhythm, method=card)
    attachments.detach(card, at=MONDAY)

    _run(4)

    occurrence = Occurrence.objects.get()
    assert (occurrence.status, occurrence.charge) == ("failed", None)
    assert occurrence.message == "The card was removed from the customer."
    assert (_stands(schedule), _charges()) == (("active", "2027-01-05", 1), [])


def test_the_card_that_is_the_default_on_the_day(schedule, payer, method):
    newer = PaymentMethodFactory(customer=payer, attached_at=MONDAY)
    attachments.set_default(payer, newer, at=MONDAY)

    _run(4)

    assert Charge.objects.get().payment_method == newer


def test_a_customer_whose_last_card_was_removed(schedule, method):
    attachments.detach(method, at=MONDAY)

    _run(4)

    assert Occurrence.objects.get().message == "The customer has no default card."


def test_a_schedule_that_is_canceled_while_its_charge_is_on_its_way(schedule, gateway):
    gateway.plan("authorize", Acted(), Unknown("silence"))
    occurrences.run_due(at=MONDAY)
    schedules.cancel(schedule, at=MONDAY)

    reconciling.run(at=MONDAY + timedelta(minutes=1))
    occurrences.run_due(at=MONDAY + timedelta(minutes=6))

    row = schedules.get(schedule.pk)
    assert (row.status, row.due_at) == ("canceled", None)
    assert _dates(schedule) == [("2027-01-04", "succeeded", 1, None)]


def test_a_schedule_that_is_canceled_before_its_charge_was_made(schedule, gateway):
    occurrences.begin(schedule, at=MONDAY)
    schedules.cancel(schedule, at=MONDAY)

    _run(4, hour=10)

    assert _dates(schedule) == [("2027-01-04", "skipped", 1, None)]
    assert (_charges(), gateway.asked) == ([], [])
    assert schedules.get(schedule.pk).due_at is None


def test_a_site_that_moves_to_another_time_zone(schedule, site):
    site.timezone = "Pacific/Honolulu"
    site.save()

    with scoped_to(site, livemode=False):
        assert _run(4) == 1

    assert _charges() == []
    assert schedules.get(schedule.pk).due_at == datetime(2027, 1, 4, 18, tzinfo=UTC)


def test_one_schedule_in_trouble_does_not_hold_up_another(payer, schedule, gateway):
    second = _made(payer, Recurrence(1, "week", date(2027, 1, 4), date(2027, 1, 31)))
    gateway.plan("authorize", Unknown("silence"))

    assert occurrences.run_due(at=MONDAY) == 2

    assert sorted(status for status, _amount, _by in _charges()) == ["pending", "succeeded"]
    assert {_stands(row)[0] for row in (schedule, second)} == {"active"}
