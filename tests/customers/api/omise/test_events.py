"""`/omise/events`: what is told of customers, and how it is found."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.events.models import Delivery, Event
from customers.events.services import bodies
from customers.events.services.events import omise_names
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from tests.factories.webhooks import WebhookEndpointFactory
from tests.omise_client import OmiseClient


def moved(site, **by):
    """Put the events so far back in time, so that each later one is later on the wire, too."""
    with scoped_to(site, livemode=False):
        for event in Event.objects.all():
            Event.objects.filter(pk=event.pk).update(created_at=event.created_at - timedelta(**by))


def test_an_event(omise):
    customer = omise.post(
        "customers", email="jenny@example.com", description="Jenny", metadata={"tier": "gold"}
    ).body

    (event,) = omise.get("events").body["data"]
    pk = event["id"]
    assert pk.startswith("evnt_test_")
    assert event == {
        "object": "event",
        "id": pk,
        "livemode": False,
        "location": f"/omise/events/{pk}",
        "webhook_deliveries": [],
        "data": {**customer, "cards": None},
        "key": "customer.create",
        "created_at": customer["created_at"],
    }
    key = pk.removeprefix("evnt_test_")
    assert [omise.get(f"events/{each}").body for each in (pk, f"evt_{key}")] == [event] * 2


def test_an_event_shows_what_became_of_telling_endpoints(omise, site, scope):
    end = WebhookEndpointFactory(spelling="omise", url="https://shop.example.com/omise")
    WebhookEndpointFactory(spelling="stripe")
    omise.post("customers", email="jenny@example.com")
    untried = omise.get("events").body["data"][0]
    told = Delivery.objects.filter(endpoint=end)
    body = bodies.body(Event.objects.get(), end, pending=1).decode()
    told.update(last_try_at=clock.now(), last_status_code=404, tries=1)

    (event,) = omise.get("events").body["data"]

    assert untried["webhook_deliveries"] == []
    assert event["webhook_deliveries"] == [
        {
            "object": "webhook_delivery",
            "id": f"whdl_test_{told.get().pk.removeprefix('dlv_')}",
            "uri": "https://shop.example.com/omise",
            "status": 404,
            "key": "customer.create",
            "error": None,
            "payload": body,
        }
    ]
    assert omise.get(f"events/{event['id']}").body == event


def test_an_event_shows_what_was(omise):
    pk = omise.post("customers", email="jenny@example.com").body["id"]
    omise.patch(f"customers/{pk}", email="lee@example.com")
    omise.delete(f"customers/{pk}")

    data = omise.get("events").body["data"]
    assert [(event["key"], event["data"]["email"], event["data"]["deleted"]) for event in data] == [
        ("customer.create", "jenny@example.com", False),
        ("customer.update", "lee@example.com", False),
        ("customer.destroy", "lee@example.com", True),
    ]
    assert {event["data"]["id"] for event in data} == {pk}


def test_locations_are_the_mounts(keys, omise):
    omise.post("customers")

    (event,) = OmiseClient(keys["skey_test"], mount="").get("events").body["data"]
    assert event["location"] == f"/events/{event['id']}"
    assert event["data"]["location"] == f"/customers/{event['data']['id']}"


def test_what_omise_has_no_word_for_is_neither_listed_nor_counted(omise, api):
    pk = api.post("customers").body["id"]
    api.post(f"customers/{pk}/balance_transactions", amount=5, currency="usd")
    api.post("organizations", name="Lee Books")
    (hidden,) = api.get("events", type="organization.created").body["data"]

    answer = omise.get("events").body
    assert [event["key"] for event in answer["data"]] == ["customer.create", "customer.update"]
    assert answer["total"] == 2
    assert omise.get("events", limit=1, offset=5).body["total"] == 2
    missing = omise.get(f"events/{hidden['id']}")
    assert (missing.status, missing.body["code"]) == (404, "not_found")


def test_events_are_walked(omise, site):
    for _ in range(5):
        omise.post("customers")
    found, offset = [], 0
    while page := omise.get("events", limit=2, offset=offset, order=None).body["data"]:
        found += [event["data"]["id"] for event in page]
        offset += 2

    newest_first = omise.query("events", order="reverse_chronological", limit=100).body["data"]
    assert found == [each["id"] for each in omise.get("customers").body["data"]]
    assert [event["data"]["id"] for event in newest_first] == found[::-1]


def test_events_are_narrowed_by_time(omise, site):
    omise.post("customers")
    moved(site, days=2)
    pk = omise.post("customers").body["id"]
    yesterday = (clock.now() - timedelta(days=1)).isoformat()

    late = omise.query("events", **{"from": yesterday}).body
    early = omise.query("events", to=yesterday).body
    assert ([event["data"]["id"] for event in late["data"]], late["total"]) == ([pk], 1)
    assert early["total"] == 1
    assert early["data"][0]["data"]["id"] != pk


@pytest.mark.parametrize(
    ("params", "said"),
    [({"limit": 101}, "limit"), ({"offset": "x"}, "offset"), ({"order": "newest"}, "order"), ({"from": "now"}, "from"),
     ({"key": "customer.create"}, "key")],
)  # fmt: skip
def test_a_list_takes_pages_alone(omise, params, said):
    answer = omise.get("events", params)

    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert said in answer.body["message"]


def test_nobody_else_sees_an_event(omise, strangers):
    omise.post("customers")
    (event,) = omise.get("events").body["data"]

    for stranger in strangers:
        answer, page = stranger.get(f"events/{event['id']}"), stranger.get("events").body
        assert (answer.status, answer.body["code"]) == (404, "not_found")
        assert (page["data"], page["total"]) == ([], 0)


@pytest.mark.parametrize("many", [1, 3])
def test_a_list_of_any_length_costs_the_same(omise, many, django_assert_num_queries):
    for _ in range(many):
        omise.post("customers")
    omise.get("events")

    with django_assert_num_queries(3):  # the key, the events, their deliveries
        answer = omise.get("events")
    assert len(answer.body["data"]) == many


def _leave_one_index(cursor):
    """Take the other indexes away for this transaction: of so few rows any of them may look like the cheapest."""
    cursor.execute(
        "SELECT conname FROM pg_constraint JOIN pg_index ON indexrelid = conindid "
        "WHERE indrelid = 'events_event'::regclass AND conrelid = indrelid"
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE events_event DROP CONSTRAINT {name} CASCADE")
    cursor.execute(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'events_event'::regclass "
        "AND indexrelid <> 'event_newest'::regclass"
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP INDEX {name}")


def test_skipping_and_counting_read_an_index_alone(omise, site):
    with connection.cursor() as cursor:
        _leave_one_index(cursor)
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    for _ in range(3):
        omise.post("customers")

    with CaptureQueriesContext(connection) as seen:
        omise.get("events", limit=1, offset=1)

    plans = []
    for query in seen.captured_queries:
        if "omise_key" in query["sql"] and "events_delivery" not in query["sql"]:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN " + query["sql"])
                plans.append("\n".join(row for (row,) in cursor.fetchall()))
    assert len(plans) == 2
    assert ["Only Scan" in plan and "event_newest" in plan for plan in plans] == [True, True], plans


def test_a_name_may_depend_on_what_is_told():
    assert omise_names["charge.refunded"]({"captured": True}) == "charge.update"
    assert omise_names["charge.refunded"]({"captured": False}) == "charge.reverse"
    assert "payment_intent.created" not in omise_names
