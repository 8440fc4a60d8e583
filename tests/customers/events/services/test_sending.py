"""Claiming what is due, and recording what became of it, without anything being sent."""

from datetime import timedelta
from math import inf

import pytest
from django.db import transaction

from customers.events.models import Delivery
from customers.events.services import events, retries, sending
from customers.events.services.sending import Tried
from customers.events.services.signing import Signer
from customers.kit import clock
from customers.kit.safe_http import Answer
from tests.factories.customers import CustomerFactory
from tests.factories.webhooks import SECRET, WebhookEndpointFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def publish(scope, bare_bodies, at):
    """Makes so many events in one transaction, and returns the ids of their deliveries in order."""
    customer = CustomerFactory()

    def make(count=1):
        with transaction.atomic():
            for _ in range(count):
                events.publish("customer.updated", customer, at=at)
        return list(Delivery.objects.order_by("next_try_at").values_list("pk", flat=True))

    return make


@pytest.fixture
def claim(at):
    def take(most=500, **rooms):
        return sending.claim(most=most, rooms=rooms, at=at)

    return take


@pytest.fixture
def middling(monkeypatch):
    """Waits that are neither shorter nor longer than said."""
    monkeypatch.setattr(retries.secrets, "randbelow", lambda _below: 20)


def tried(errand, at, status=200, *, text="ok", retry_after="", error=""):
    answer = Answer(status, retry_after, text) if status else None
    return Tried(errand, at, 12, answer, error)


def seconds_to_next_try(row):
    """Return the wait, without what the test took."""
    return round((row.next_try_at - clock.now()).total_seconds())


def test_what_is_claimed_has_all_that_a_try_needs(publish, claim, at):
    endpoint = WebhookEndpointFactory()
    (pk,) = publish()
    signed = Signer(endpoint, [SECRET])

    (errand,) = claim()

    row = Delivery.objects.get()
    assert (errand.id, errand.lane, errand.tries) == (pk, endpoint.pk, 0)
    assert errand.body == f"{row.event_id} 1".encode()
    assert errand.until == row.claimed_until
    assert errand.signer.headers(errand.event, errand.body, at=at) == signed.headers(
        errand.event, errand.body, at=at
    )


def test_what_is_claimed_is_left_to_its_claimer(publish, claim):
    WebhookEndpointFactory()
    publish(3)
    first = claim(most=1)

    second = claim()

    assert len(first) == 1
    assert len({errand.id for errand in first + second}) == 3
    assert claim() == []


def test_only_late_events_are_looked_for_where_that_is_asked(publish, at):
    WebhookEndpointFactory()
    before, after = publish(), publish()[1:]
    since = Delivery.objects.get(pk=after[0]).event_id

    late = sending.claim(most=9, rooms={}, since=since, at=at)
    rest = sending.claim(most=9, rooms={}, at=at)

    assert ([errand.id for errand in late], [errand.id for errand in rest]) == (after, before)
    assert since >= sending.recent(at=at) > sending.recent(at=at - timedelta(days=40))


@pytest.mark.parametrize("column", ["claimed_until", "next_try_at"])
def test_a_claim_that_ran_out_is_taken_over_and_what_is_not_due_waits(publish, claim, column):
    WebhookEndpointFactory()
    (pk,) = publish()
    Delivery.objects.update(**{column: clock.now() + timedelta(hours=1)})
    before = claim()

    Delivery.objects.update(**{column: clock.now() - timedelta(seconds=1)})

    assert before == []
    assert [errand.id for errand in claim()] == [pk]


def test_what_was_given_back_is_claimed_again(publish, claim):
    WebhookEndpointFactory()
    ids = publish(2)
    sending.give_back(claim())

    assert [errand.id for errand in claim()] == ids


def test_what_waits_for_a_disabled_endpoint_is_canceled_and_not_claimed(publish, claim):
    endpoint = WebhookEndpointFactory()
    publish(2)
    endpoint.status, endpoint.disabled_reason = "disabled", "merchant"
    endpoint.save()

    claimed, canceled = claim(), sending.cancel_late()

    assert (claimed, canceled) == ([], 2)
    assert set(Delivery.objects.values_list("status", flat=True)) == {"canceled"}


def test_errands_come_in_the_order_in_which_they_are_due(publish, claim):
    WebhookEndpointFactory()
    WebhookEndpointFactory()

    ids = publish(6)

    assert [errand.id for errand in claim()] == ids


def test_each_endpoint_gets_no_more_than_it_has_room_for(publish, claim):
    some, none, unknown = [WebhookEndpointFactory() for _ in range(3)]
    publish(12)

    lanes = [errand.lane for errand in claim(**{some.pk: 5, none.pk: 0})]

    assert [lanes.count(end.pk) for end in (some, none, unknown)] == [5, 0, 8]


def test_where_there_is_little_room_each_endpoint_gets_its_share(publish, claim):
    ends = [WebhookEndpointFactory() for _ in range(3)]
    publish(9)

    lanes = [errand.lane for errand in claim(most=6)]

    assert [lanes.count(end.pk) for end in ends] == [2, 2, 2]


@pytest.mark.usefixtures("middling")
def test_what_became_of_many_is_recorded_together(publish, claim, at, django_assert_num_queries):
    good, bad = WebhookEndpointFactory(), WebhookEndpointFactory()
    publish(2)
    errands = claim()

    with django_assert_num_queries(1):
        wait = sending.record(
            [
                tried(one, at) if one.lane == good.pk else tried(one, at, 500, text="sorry")
                for one in errands
            ]
        )

    columns = ["status", "tries", "last_status_code", "last_response", "last_duration_ms"]
    rows = Delivery.objects.values_list(*columns, "claimed_until", "last_try_at", "delivered_at")
    assert list(rows.filter(endpoint=good)) == [("succeeded", 1, 200, "ok", 12, None, at, at)] * 2
    assert list(rows.filter(endpoint=bad)) == [("pending", 1, 500, "sorry", 12, None, at, None)] * 2
    assert wait == 10
    for end in (good, bad):
        end.refresh_from_db()
    assert (good.last_success_at, good.last_failure_at, good.failing_since) == (at, None, None)
    assert (bad.last_success_at, bad.last_failure_at, bad.failing_since) == (None, at, at)


@pytest.mark.usefixtures("middling")
@pytest.mark.parametrize(
    ("tries", "retry_after", "seconds"), [(0, "", 10), (1, "", 60), (0, "120", 120), (1, "5", 60)]
)
def test_a_failure_waits_longer_each_time_and_as_long_as_it_was_asked_to(
    publish, claim, at, tries, retry_after, seconds
):
    WebhookEndpointFactory()
    publish()
    Delivery.objects.update(tries=tries)
    (errand,) = claim()

    wait = sending.record([tried(errand, at, 503, retry_after=retry_after)])

    row = Delivery.objects.get()
    assert (wait, row.status, row.tries) == (seconds, "pending", tries + 1)
    assert abs(seconds_to_next_try(row) - seconds) <= 2


def test_the_last_failure_gives_up(publish, claim, at):
    WebhookEndpointFactory()
    publish()
    Delivery.objects.update(tries=2)
    (errand,) = claim()

    wait = sending.record([tried(errand, at, None, error="Nobody was there.")])

    row = Delivery.objects.get()
    assert (wait, row.status, row.next_try_at) == (inf, "failed", None)
    assert (row.tries, row.last_status_code, row.last_error) == (3, None, "Nobody was there.")


def test_who_answers_410_is_disabled_and_told_no_more(publish, claim, at):
    endpoint = WebhookEndpointFactory()
    first, second = publish(2)
    (errand,) = claim(most=1)

    wait = sending.record([tried(errand, at, 410)])

    endpoint.refresh_from_db()
    assert (endpoint.status, endpoint.disabled_reason) == ("disabled", "gone")
    assert dict(Delivery.objects.values_list("pk", "status")) == {
        first: "failed",
        second: "canceled",
    }
    assert wait == inf


def test_what_somebody_else_claimed_meanwhile_is_not_recorded(publish, claim, at):
    WebhookEndpointFactory()
    publish()
    (errand,) = claim()
    Delivery.objects.update(claimed_until=clock.now() + timedelta(minutes=1))

    sending.record([tried(errand, at)])

    row = Delivery.objects.get()
    assert (row.status, row.tries, row.last_try_at) == ("pending", 0, None)
