from datetime import UTC, date, datetime, timedelta

import pytest

from customers.kit import clock
from payments.models import Schedule
from payments.services import occurrences
from tests.factories.customers import CustomerFactory
from tests.factories.payments import (
    ChargeFactory,
    OccurrenceFactory,
    PaymentMethodFactory,
    ScheduleFactory,
)
from tests.omise_client import OmiseClient

_PLACES = "give first, second, third, fourth or last, an underscore and an English weekday."
AT = datetime(2027, 1, 4, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)


def theirs(pk):
    prefix, key = pk.split("_")
    spelled = {"cus": "cust", "pm": "card", "schd": "schd", "occu": "occu", "ch": "chrg"}[prefix]
    return f"{spelled}_test_{key}"


def listed(data, location, **more):
    return {
        "object": "list", "data": data, "limit": 20, "offset": 0, "total": len(data), "location": location,
        "order": "chronological", "from": "1970-01-01T00:00:00Z", "to": "2027-01-04T09:30:00Z", **more,
    }  # fmt: skip


@pytest.fixture
def body(payer):
    return {
        "every": 1,
        "period": "month",
        "on": {"weekday_of_month": "2nd_monday"},
        "start_date": "2027-01-04",
        "end_date": "2027-05-01",
        "charge": {
            "customer": theirs(payer.pk),
            "amount": 100_000,
            "currency": "THB",
            "description": "Membership fee",
            "metadata": {"plan": {"seats": 3}, "note": None},
        },
    }


def test_a_schedule_is_made_as_the_python_client_makes_it(omise, body, payer):
    answer = omise.post("schedules", body)

    schedule = Schedule.objects.get()
    spelled = theirs(schedule.pk)
    assert (answer.status, answer.body) == (
        200,
        {
            "object": "schedule",
            "id": spelled,
            "livemode": False,
            "location": f"/omise/schedules/{spelled}",
            "status": "active",
            "active": True,
            "deleted": False,
            "every": 1,
            "period": "month",
            "on": {"weekday_of_month": "second_monday"},
            "in_words": "Every month on the second Monday",
            "start_on": "2027-01-04",
            "start_date": "2027-01-04",
            "end_on": "2027-05-01",
            "end_date": "2027-05-01",
            "ended_at": None,
            "charge": {
                "object": "scheduled_charge",
                "id": spelled.replace("schd", "rchg"),
                "livemode": False,
                "currency": "THB",
                "amount": 100_000,
                "default_card": True,
                "card": theirs(payer.default_payment_method_id),
                "customer": theirs(payer.pk),
                "description": "Membership fee",
                "metadata": {"plan": {"seats": 3}, "note": None},
                "created_at": "2027-01-04T09:30:00Z",
            },
            "transfer": None,
            "occurrences": listed([], f"/omise/schedules/{spelled}/occurrences"),
            "next_occurrences_on": ["2027-01-11", "2027-02-08", "2027-03-08", "2027-04-12"],
            "created_at": "2027-01-04T09:30:00Z",
        },
    )
    assert omise.get(f"schedules/{spelled}").body == answer.body
    assert omise.get(f"schedules/{schedule.pk}").body == answer.body


def test_a_schedule_as_curl_and_node_send_it(keys, payer):
    card = PaymentMethodFactory(customer=payer, attached_at=AT)
    root = OmiseClient(keys["skey_test"], mount="")

    answer = root.form(
        "schedules", every="2", period="week", on={"weekdays": ["friday", "monday"]}, end_on="2027-2-1",
        charge={"customer": theirs(payer.pk), "card": theirs(card.pk), "amount": "29900"},
    )  # fmt: skip

    wire = answer.body
    assert answer.status == 200
    assert wire["location"] == f"/schedules/{wire['id']}"
    assert (wire["start_on"], wire["on"]) == ("2027-01-04", {"weekdays": ["monday", "friday"]})
    assert wire["next_occurrences_on"] == [
        "2027-01-04",
        "2027-01-08",
        "2027-01-18",
        "2027-01-22",
        "2027-02-01",
    ]
    assert (wire["charge"]["card"], wire["charge"]["default_card"]) == (theirs(card.pk), False)
    assert (wire["charge"]["currency"], wire["charge"]["description"]) == ("USD", None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"every": None}, "Missing required param: every."),
        ({"every": 0}, "This value must be greater than or equal to 1 (every)."),
        ({"every": 1001}, "`every` must be 1 to 1000."),
        ({"period": "year"}, "Invalid period: must be one of day, week, month"),
        ({"period": "week"}, "A schedule by the week takes no weekday_of_month (on[weekday_of_month])."),
        ({"on": {"weekday_of_month": "fifth_monday"}},
         f"Invalid on[weekday_of_month]: {_PLACES}"),
        ({"on": {"days_of_month": [32]}}, "This value must be less than or equal to 31 (on[days_of_month][0])."),
        ({"on": {"hours": [1]}}, "Received unknown parameter: on[hours]"),
        ({"end_date": None}, "Missing required param: end_date."),
        ({"end_date": "01.05.2027"}, "Invalid end_date: give a date like 2027-01-31."),
        ({"end_date": "2027-02-30"}, "Invalid end_date: give a date like 2027-01-31."),
        ({"end_date": "9999-01-01"}, "Invalid end_date: the year must be 2 to 9998."),
        ({"end_date": "2027-01-05"}, "The schedule has no date between its start and its end (end_date)."),
        ({"start_date": "2027-01-03"},
         "The start date must not lie in the past; today is 2027-01-04 in the account's time zone (start_date)."),
        ({"charge": None}, "Missing required param: charge."),
        ({"charge": {"amount": 100}}, "Missing required param: charge[customer]."),
        ({"transfer": {"recipient": "recp_test_1"}},
         "Keeptab does not offer transfers: money is paid out by the payment gateway."),
        ({"state": "Active"}, "Received unknown parameter: state"),
    ],
)  # fmt: skip
def test_what_cannot_be(omise, body, nothing_written, change, message):
    with nothing_written():
        answer = omise.post("schedules", {**body, **change})

    assert (answer.status, answer.body["object"]) == (400, "error")
    assert (answer.body["code"], answer.body["message"]) == ("bad_request", message)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"amount": 0}, 400, "bad_request"),
        ({"amount": 10**9}, 400, "bad_request"),
        ({"currency": "XXY"}, 400, "bad_request"),
        ({"customer": "cust_test_missing"}, 404, "not_found"),
        ({"card": "card_test_missing"}, 404, "not_found"),
    ],
)
def test_a_charge_that_cannot_be(omise, body, nothing_written, change, status, code):
    with nothing_written():
        answer = omise.post("schedules", {**body, "charge": {**body["charge"], **change}})

    assert (answer.status, answer.body["code"]) == (status, code)


def test_a_customer_without_a_card(omise, body, nothing_written):
    nobody = CustomerFactory()
    charge = {**body["charge"], "customer": theirs(nobody.pk)}

    with nothing_written():
        answer = omise.post("schedules", {**body, "charge": charge})

    assert answer.body["message"] == (
        f"The customer {theirs(nobody.pk)} has no default card to charge."
    )


def test_a_default_that_is_no_card_is_not_shown(omise, scope):
    customer = CustomerFactory()
    account = PaymentMethodFactory(customer=customer, attached_at=AT, kind="sepa_debit", brand="")
    customer.default_payment_method_id = account.pk
    customer.save()
    schedule = ScheduleFactory(customer=customer)

    charge = omise.get(f"schedules/{schedule.pk}").body["charge"]

    assert (charge["card"], charge["default_card"]) == (None, False)


def test_a_preview_makes_nothing(omise, body, nothing_written):
    asked = {name: value for name, value in body.items() if name != "charge"}

    with nothing_written():
        answer = omise.post("schedules/preview", asked)

    assert (answer.status, answer.body) == (
        200,
        {
            "object": "schedule_preview",
            "livemode": False,
            "every": 1,
            "period": "month",
            "on": {"weekday_of_month": "second_monday"},
            "in_words": "Every month on the second Monday",
            "start_on": "2027-01-04",
            "end_on": "2027-05-01",
            "next_occurrences_on": ["2027-01-11", "2027-02-08", "2027-03-08", "2027-04-12"],
        },
    )


def test_a_schedule_is_destroyed(omise, body, told):
    spelled = omise.post("schedules", body).body["id"]
    told()

    answer = omise.delete(f"schedules/{spelled}")

    shown = {name: answer.body[name] for name in ("id", "status", "active", "deleted", "ended_at")}
    assert shown == {
        "id": spelled, "status": "deleted", "active": False, "deleted": True, "ended_at": "2027-01-04T09:30:00Z",
    }  # fmt: skip
    assert answer.body["next_occurrences_on"] == []
    assert omise.get(f"schedules/{spelled}").body == answer.body
    assert told() == ["schedule.canceled"]


def test_a_schedule_is_destroyed_once(omise, body):
    spelled = omise.post("schedules", body).body["id"]
    omise.delete(f"schedules/{spelled}")

    again = omise.delete(f"schedules/{spelled}")

    assert (again.status, again.body["code"], again.body["message"]) == (
        400, "bad_request", "This schedule is canceled, so it cannot be canceled.",
    )  # fmt: skip


def test_what_came_of_it(omise, body, payer):
    body["on"] = {"days_of_month": [4]}
    spelled = omise.post("schedules", body).body["id"]

    occurrences.run_due(at=AT)

    (charge,) = payer.charges.all()
    (occurrence,) = Schedule.objects.get().occurrences.all()
    wire = {
        "object": "occurrence",
        "id": theirs(occurrence.pk),
        "livemode": False,
        "location": f"/omise/occurrences/{theirs(occurrence.pk)}",
        "schedule": spelled,
        "scheduled_on": "2027-01-04",
        "retry_on": "2027-01-05",
        "status": "failed",
        "message": charge.failure_message,
        "result": theirs(charge.pk),
        "processed_at": "2027-01-04T09:30:00Z",
        "created_at": "2027-01-04T09:30:00Z",
    }
    location = f"/omise/schedules/{spelled}/occurrences"
    schedule = omise.get(f"schedules/{spelled}").body
    assert schedule["occurrences"] == listed([wire], location)
    assert schedule["next_occurrences_on"] == ["2027-02-04", "2027-03-04", "2027-04-04"]
    assert omise.get(f"schedules/{spelled}/occurrences").body == listed([wire], location)
    assert omise.get(f"occurrences/{theirs(occurrence.pk)}").body == wire


@pytest.mark.parametrize("path", ["schedules", "charges/schedules", "customers/{}/schedules"])
def test_lists(omise, payer, path):
    mine = [ScheduleFactory(customer=payer, created_at=AT - timedelta(days=day)) for day in (2, 1)]

    answer = omise.query(path.format(theirs(payer.pk)), limit=1, offset=1)

    assert [row["id"] for row in answer.body["data"]] == [theirs(mine[1].pk)]
    assert (answer.body["total"], answer.body["location"]) == (
        2,
        f"/omise/{path.format(theirs(payer.pk))}",
    )


def test_a_customers_list_has_nobody_elses(omise, payer):
    ScheduleFactory()

    assert omise.get(f"customers/{payer.pk}/schedules").body["data"] == []
    assert omise.get("customers/cust_test_missing/schedules").status == 404


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_for_any_number(omise, payer, count, django_assert_num_queries):
    for _ in range(count):
        schedule = ScheduleFactory(customer=payer)
        OccurrenceFactory.create_batch(count, schedule=schedule, charge=ChargeFactory())
    omise.get("schedules")  # notes that the key is in use

    with django_assert_num_queries(4):  # the key, schedules, occurrences, cards
        answer = omise.get("schedules")

    assert [row["occurrences"]["total"] for row in answer.body["data"]] == [count] * count


def test_a_schedule_shows_its_first_twenty(omise, scope):
    schedule = ScheduleFactory()
    made = [
        OccurrenceFactory(schedule=schedule, created_at=AT + timedelta(minutes=number))
        for number in range(22)
    ]

    found = omise.get(f"schedules/{schedule.pk}").body["occurrences"]

    assert [row["id"] for row in found["data"]] == [theirs(row.pk) for row in made[:20]]
    assert (found["total"], found["limit"]) == (22, 20)


@pytest.mark.parametrize("status", Schedule.Status.values)
def test_every_status_has_a_word(omise, scope, status):
    schedule = ScheduleFactory(status=status, last_on=date(2050, 1, 1))

    wire = omise.get(f"schedules/{schedule.pk}").body

    assert wire["status"] == {"canceled": "deleted"}.get(status, status)
    assert wire["active"] is bool(wire["next_occurrences_on"]) is (status in {"active", "expiring"})


@pytest.mark.parametrize("path", ["schedules/{}", "schedules/{}/occurrences", "occurrences/{}"])
def test_what_is_not_there(omise, other, scope, path):
    schedule = ScheduleFactory()
    theirs_ = OccurrenceFactory(schedule=schedule)
    stranger = OmiseClient(other[1]["skey_test"])
    pk = theirs_.pk if path.startswith("occurrences") else schedule.pk

    for client, asked in ((omise, "schd_test_missing"), (stranger, pk)):
        answer = client.get(path.format(asked))
        assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_a_publishable_key_may_not(keys, body):
    answer = OmiseClient(keys["pkey_test"]).post("schedules", body)

    assert (answer.status, answer.body["code"]) == (403, "authorization_failure")
    assert Schedule.objects.count() == 0


def test_the_same_request_makes_one_schedule(keys, body):
    client = OmiseClient(keys["skey_test"], **{"Idempotency-Key": "once"})

    answers = [client.post("schedules", body) for _ in range(2)]

    assert answers[0].body == answers[1].body
    assert Schedule.objects.count() == 1
