"""Recurring payments: listed, read, canceled."""

from datetime import date

import pytest

from payments.admin.schedules import in_words
from payments.models import Schedule
from tests.customers.admin.page import errors, fields, rows
from tests.factories.customers import CustomerFactory
from tests.factories.payments import (
    ChargeFactory,
    OccurrenceFactory,
    PaymentMethodFactory,
    ScheduleFactory,
)

LIST = "/admin/payments/schedule/"


@pytest.fixture
def schedule(scope):
    return ScheduleFactory(customer=CustomerFactory(name="Somchai"), description="Membership")


def test_list_says_who_pays_how_often(owner, schedule):
    ScheduleFactory(status="suspended")

    assert [cells[:5] for cells in rows(owner.get(f"{LIST}?status=running"))] == [
        ["THB 299.00", "Active", "Somchai", "Every month, on day 1", "1 Jan 2050"]
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    ScheduleFactory.create_batch(count)

    with django_assert_num_queries(4):  # session, operator, sites, schedules
        assert owner.get(LIST).status_code == 200


def test_page_tells_what_became_of_it(owner, schedule):
    charge = ChargeFactory(schedule=schedule)
    OccurrenceFactory(schedule=schedule, charge=charge, scheduled_on=date(2049, 12, 1))
    OccurrenceFactory(
        schedule=schedule, scheduled_on=date(2049, 11, 1), status="failed",
        message="The card was removed from the customer.", retry_on=date(2049, 11, 2),
    )  # fmt: skip

    page = owner.get(f"{LIST}{schedule.pk}/")

    assert page.context["occurrences"] == [
        {"words": "Paid", "style": "ok", "date": date(2049, 12, 1), "message": "", "retry_on": None,
         "url": f"/admin/payments/charge/{charge.pk}/"},
        {"words": "Failed", "style": "bad", "date": date(2049, 11, 1),
         "message": "The card was removed from the customer.", "retry_on": date(2049, 11, 2), "url": ""},
    ]  # fmt: skip
    assert page.context["upcoming"][:2] == [date(2050, 1, 1), date(2050, 2, 1)]
    facts = dict(page.context["facts"])
    assert (facts["Customer"], facts["Card"], facts["Rhythm"]) == (
        "Somchai", "The customer's default", "Every month, on day 1",
    )  # fmt: skip
    assert "It is tried again on" in page.content.decode()


def test_page_tells_that_a_card_was_removed(owner, scope):
    row = ScheduleFactory(payment_method=PaymentMethodFactory())

    facts = dict(owner.get(f"{LIST}{row.pk}/").context["facts"])

    assert facts["Card"] == "Visa •••• 4242, which was removed"


def test_schedule_is_canceled(owner, schedule, told):
    address = f"{LIST}{schedule.pk}/cancel/"

    answer = owner.post(address, fields(owner.get(address)))

    assert answer.url == f"{LIST}{schedule.pk}/"
    assert Schedule.objects.get().status == "canceled"
    assert told() == ["schedule.canceled"]
    assert owner.get(answer.url).context["links"] == []


def test_ended_schedule_is_left_alone(owner, scope, nothing_written):
    ended = ScheduleFactory(status="expired")
    address = f"{LIST}{ended.pk}/cancel/"

    with nothing_written():
        answer = owner.post(address, fields(owner.get(address)))

    assert errors(answer) == {"": ["This schedule is expired, so it cannot be canceled."]}
    assert owner.get(f"{LIST}{ended.pk}/").context["links"] == []


def test_reader_only_reads(reader, schedule, nothing_written):
    assert reader.get(f"{LIST}{schedule.pk}/").context["links"] == []
    with nothing_written():
        assert reader.post(f"{LIST}{schedule.pk}/cancel/").status_code == 403


def test_one_customers_schedules(owner, schedule):
    ScheduleFactory()

    assert len(rows(owner.get(f"{LIST}?customer={schedule.customer_id}"))) == 1


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"period": "day", "every": 3, "days_of_month": []}, "Every 3 days"),
        ({"period": "week", "days_of_month": [], "weekdays": ["monday", "friday"]},
         "Every week, Monday, Friday"),
        ({"period": "week", "every": 2, "days_of_month": []}, "Every 2 weeks, Saturday"),
        ({"days_of_month": [1, 15]}, "Every month, on days 1, 15"),
        ({"every": 2, "days_of_month": [], "weekday_of_month": "last_friday"},
         "Every 2 months, on the last Friday"),
    ],
)  # fmt: skip
def test_rhythms_in_words(scope, columns, words):
    assert in_words(ScheduleFactory(**columns)) == words


def test_customers_page_shows_what_runs(owner, schedule):
    ScheduleFactory(customer=schedule.customer, status="canceled")

    page = owner.get(f"/admin/customers/customer/{schedule.customer_id}/").content.decode()

    assert page.count("/admin/payments/schedule/schd_") == 1
    assert f"{LIST}{schedule.pk}/" in page
