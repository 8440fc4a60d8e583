"""Events and deliveries in monthly tables: made ahead, found by their ids, and let go of when they were kept."""

from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from customers.events.models import Delivery, Event
from customers.events.models.partitions import EVENTS
from customers.events.services import events, partitions, replays
from customers.kit import bulk, clock, copying, ids
from customers.kit import partitions as tables
from customers.kit.partitions import following, month_of, start_of
from customers.kit.tenancy import scoped_to
from customers.models import Site
from customers.services import retention
from tests.factories.customers import CustomerFactory
from tests.factories.webhooks import WebhookEndpointFactory
from tests.v1_client import V1Client

pytestmark = pytest.mark.django_db
EVENT, DELIVERY = EVENTS.tables
NOW = clock.now()
THIS = month_of(NOW)
NEXT = following(THIS)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _made(db):
    """What the worker makes, wherever the database is older."""
    partitions.make(at=NOW)


@pytest.fixture
def present(monkeypatch):
    """Sets what time it is."""

    def be(at):
        monkeypatch.setattr(clock, "now", lambda: at)
        return at

    return be


@pytest.fixture
def publish(scope, present):
    """Publishes an event at an instant that is the present one then, and returns its id."""

    def make(at):
        customer = CustomerFactory()
        events.publish("customer.updated", customer, at=present(at))
        return Event.objects.get(object_id=customer.pk).pk

    return make


def settled():
    """Let what waits for the transaction's end happen, as in those that change tables; here there is but one."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def let_go(**before):
    settled()
    return partitions.let_go(**{"events": None, "deliveries": None, **before})


def places(table=EVENT):
    """Return by key the names of the tables in which rows are."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {table.key}, tableoid::regclass::text FROM {table.name}")
        return dict(cursor.fetchall())


def in_month(month, days=3):
    return start_of(month) + days * DAY


def read(text, params=()):
    """Return the tables that a query would read."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {text}", params)
        lines = [line for (line,) in cursor.fetchall()]
    words = {word.partition(".")[0] for line in lines if " on " in line for word in line.split()}
    return {
        word
        for word in words
        if word.startswith(("events_event_2", "events_event_d", "events_delivery_2", "events_delivery_d"))
    }  # fmt: skip


def test_there_are_tables_for_the_months_to_come(db):
    assert partitions.last_made() >= following(THIS, tables.AHEAD)
    assert partitions.kept_since() is None


def test_what_is_missing_is_made_once(db):
    last = partitions.last_made()
    at = start_of(last)

    assert [partitions.make(at=at), partitions.make(at=at)] == [2, 0]
    assert partitions.last_made() == following(last, 2)


def test_an_event_of_next_month_is_in_its_table_with_its_deliveries(scope, publish):
    WebhookEndpointFactory()

    pk = publish(in_month(NEXT))

    assert places() == {pk: EVENT.part(NEXT)}
    assert places(DELIVERY) == {pk: DELIVERY.part(NEXT)}


def test_what_came_before_its_table_moves_there_and_is_told_once(scope, publish):
    WebhookEndpointFactory()
    month = following(partitions.last_made(), 2)
    pk = publish(in_month(month))
    assert (places(), partitions.outside()) == ({pk: EVENT.rest}, 2)
    before = Event.objects.values().get(), Delivery.objects.values().get()

    settled()
    partitions.make(at=in_month(month))

    assert (places(), places(DELIVERY)) == ({pk: EVENT.part(month)}, {pk: DELIVERY.part(month)})
    assert (Event.objects.values().get(), Delivery.objects.values().get()) == before
    assert partitions.outside() == 0


@pytest.mark.parametrize("shown", [NOW - 4000 * DAY, NOW + 4000 * DAY], ids=["past", "future"])
def test_an_event_of_a_test_clock_is_kept_by_the_time_it_was_written(scope, shown):
    events.publish("customer.updated", CustomerFactory(), at=shown)

    event = Event.objects.get()
    assert event.created_at == shown
    assert abs(ids.written_at(event.pk) - clock.now()) < DAY
    assert set(places().values()) == {EVENT.part(month_of(clock.now()))}


def test_an_id_is_there_once(scope, publish):
    WebhookEndpointFactory()
    publish(in_month(NEXT))
    event, delivery = Event.objects.get(), Delivery.objects.get()

    for row in (event, delivery):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(row).objects.bulk_create([row])
    delivery.pk = "dlv_" + "0" * 24  # of another month than its event
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.bulk_create([delivery])


def test_a_delivery_needs_its_event(scope, publish):
    WebhookEndpointFactory()
    publish(in_month(NEXT))
    delivery = Delivery.objects.get()
    delivery.event_id = delivery.event_id[:-1] + "-"
    delivery.pk = delivery.pk[:-1] + "-"
    Delivery.objects.bulk_create([delivery])

    with pytest.raises(IntegrityError, match="events_delivery_event_id_same_tenant"):
        settled()


def test_events_go_when_their_month_was_over_for_long_enough(scope, publish):
    WebhookEndpointFactory()
    old, new = publish(in_month(THIS, 0.5)), publish(in_month(NEXT, 0))
    Delivery.objects.update(status="failed", next_try_at=None)
    moment = timedelta(microseconds=1)

    assert let_go(events=start_of(NEXT) - moment) == 0
    assert set(places()) == {old, new}
    assert let_go(events=start_of(NEXT)) >= 2

    assert (set(places()), set(places(DELIVERY))) == ({new}, {new})
    assert partitions.kept_since() == start_of(NEXT)


def test_what_is_still_to_be_tried_is_never_let_go(scope, publish):
    WebhookEndpointFactory()
    pk = publish(in_month(THIS))

    assert let_go(events=in_month(following(NEXT)), deliveries=in_month(following(NEXT))) >= 2
    assert (set(places()), set(places(DELIVERY))) == ({pk}, {pk})  # what went was next month's

    Delivery.objects.update(status="failed", next_try_at=None)
    assert let_go(events=in_month(NEXT)) >= 2
    assert (places(), places(DELIVERY)) == ({}, {})


def test_deliveries_go_and_their_events_stay(scope, publish):
    endpoint = WebhookEndpointFactory()
    old, new = publish(in_month(THIS, 0.5)), publish(in_month(NEXT))
    Delivery.objects.update(status="failed", next_try_at=None)

    assert let_go(deliveries=start_of(NEXT)) == 1

    assert (set(places()), set(places(DELIVERY))) == ({old, new}, {new})
    assert replays.retry(Event.objects.get(pk=old), endpoint=endpoint, at=in_month(NEXT)) == 1
    assert let_go(deliveries=start_of(NEXT)) == 0  # it is pending
    Delivery.objects.update(status="failed", next_try_at=None, last_try_at=in_month(NEXT))
    assert let_go(deliveries=start_of(NEXT)) == 0  # it was tried again lately
    assert set(places(DELIVERY)) == {old, new}


def test_a_clock_that_is_ahead_keeps_no_month(scope, publish):
    WebhookEndpointFactory()
    publish(in_month(THIS))
    ahead = in_month(THIS) + 4000 * DAY
    Delivery.objects.update(
        status="failed", next_try_at=None, created_at=ahead, last_try_at=in_month(THIS)
    )

    assert let_go(deliveries=start_of(NEXT)) == 1
    assert places(DELIVERY) == {}


@pytest.mark.parametrize(
    ("days", "chosen", "stays"),
    [
        pytest.param(30, {}, False, id="installation's"),
        pytest.param(0, {}, True, id="for good"),
        pytest.param(30, {"events": 900}, True, id="a site's longer one"),
        pytest.param(30, {"events": None}, True, id="a site's for good"),
        pytest.param(900, {"events": 30}, True, id="a site's shorter one"),
    ],
)
def test_a_month_goes_when_no_site_keeps_it(site, scope, publish, settings, days, chosen, stays):
    pk = publish(in_month(THIS))
    settings.EVENTS_RETENTION_DAYS = days
    Site.objects.filter(pk=site.pk).update(retention=chosen)

    settled()
    retention.let_months_go(at=start_of(NEXT) + 30 * DAY)

    assert (pk in places()) is stays


def test_an_event_that_was_let_go_is_not_found(api, publish):
    pk = publish(in_month(THIS))
    assert api.get(f"events/{pk}").status == 200

    let_go(events=start_of(NEXT))

    answer = api.get(f"events/{pk}")
    assert (answer.status, answer.body["error"]["message"]) == (404, f"No such event: '{pk}'")


def test_who_knows_an_id_looks_into_one_table(scope, publish):
    pk = publish(in_month(NEXT))

    by_id = read("SELECT * FROM events_event WHERE id = %s", [pk])
    of_event = read("SELECT * FROM events_delivery WHERE event_id = %s", [pk])

    assert (by_id, of_event) == ({EVENT.part(NEXT)}, {DELIVERY.part(NEXT)})


def test_a_list_since_an_instant_looks_into_the_tables_since_then(site, publish):
    least = "SELECT * FROM events_event WHERE id >= events_least_id(%s)"
    since = in_month(NEXT)

    found = read(least, [since])

    assert EVENT.part(THIS) not in found
    assert {EVENT.part(NEXT), EVENT.rest} <= found


def test_the_least_id_is_that_of_an_hour_before(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT events_least_id(%s)", [NOW])
        (found,) = cursor.fetchone()

    assert found == ids.least("evt", at=NOW - timedelta(hours=1))


def test_lists_of_live_mode_since_an_instant_are_complete(site, keys, present):
    with scoped_to(site, livemode=True):
        for days in (0, 1, 2):
            customer = CustomerFactory()
            events.publish("customer.updated", customer, at=present(in_month(NEXT, days)))
        found = list(Event.objects.order_by("created_at").values_list("pk", flat=True))
    since = int(in_month(NEXT, 1).timestamp())
    client = V1Client(keys["sk_live"])

    answers = [client.get("events", {f"created[{how}]": since}) for how in ("gte", "gt")]

    shown = [[row["id"] for row in answer.body["data"]] for answer in answers]
    assert shown == [[found[2], found[1]], [found[2]]]


def test_many_are_copied_into_the_table_of_their_month(scope):
    place = copying.places["events_event"]
    keys = [ids.new_in_order("evt", at=in_month(NEXT, day)) for day in (0, 20)]

    assert place(keys) == EVENT.part(NEXT)
    assert place([*keys, ids.new_in_order("evt", at=start_of(following(NEXT)))]) == EVENT.name
    assert place([ids.new_in_order("evt", at=NOW - 9000 * DAY)]) == EVENT.name  # it has none
    assert place(["evt_"]) == EVENT.name


def test_endpoints_are_told_of_what_is_copied(scope):
    WebhookEndpointFactory()
    customer = CustomerFactory()
    rows = [events.prepare("customer.updated", customer, at=clock.now()) for _ in range(40)]

    bulk.write(rows, [])

    pks = {row.values["id"] for row in rows}
    assert set(places(DELIVERY)) == set(places()) == pks
    assert Delivery.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_who_finds_tables_in_use_gives_up_soon(monkeypatch):
    monkeypatch.setattr(tables, "_PATIENCE", "10ms")
    month = following(partitions.last_made(), 1)
    made = partitions.make(at=start_of(following(month, -tables.AHEAD)))
    with psycopg.connect(
        **connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
    ) as reader:
        reader.execute("SELECT FROM events_event")

        kept = partitions._patiently(lambda: tables.drop(EVENTS, month, unless="false"))

    assert (made, kept, partitions.last_made()) == (1, 0, month)
    assert tables.drop(EVENTS, month, unless="false") is True
