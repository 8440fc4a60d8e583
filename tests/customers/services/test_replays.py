from datetime import timedelta

import pytest
from django.db.models import F

from customers.events.models import Delivery, Event
from customers.events.services import events, replays
from customers.kit import clock
from customers.kit.errors import InvalidRequest, InvalidState
from customers.kit.tenancy import scoped_to
from tests.factories.customers import CustomerFactory, SiteFactory
from tests.factories.webhooks import WebhookEndpointFactory


@pytest.fixture
def publish(scope, at):
    """Returns the event that it publishes, some hours ago."""

    def one(type_="customer.updated", *, hours_ago=0):
        events.publish(type_, CustomerFactory(), at=at - timedelta(hours=hours_ago))
        return Event.objects.order_by("-sequence")[0]

    return one


def finish(at, status, **those):
    """Record a last try of deliveries."""
    delivered = {"delivered_at": at} if status == "succeeded" else {}
    Delivery.objects.filter(**those).update(
        status=status, next_try_at=None, claimed_until=None, tries=3, last_try_at=at,
        last_status_code=200 if delivered else 500, **delivered,
    )  # fmt: skip


def statuses():
    """Return the deliveries' statuses and replays, in the order of events and endpoints."""
    rows = Delivery.objects.order_by("event__sequence", "endpoint__created_at")
    return list(rows.values_list("status", "replays"))


def test_a_replay_begins_anew_and_keeps_what_was(publish, at):
    endpoint = WebhookEndpointFactory()
    event = publish()
    finish(at, "succeeded")

    count = replays.retry(event, at=at)

    row = Delivery.objects.get()
    assert count == 1
    assert (row.endpoint_id, row.status, row.tries, row.replays) == (endpoint.pk, "pending", 0, 1)
    assert (row.last_try_at, row.last_status_code, row.delivered_at) == (at, 200, at)
    Delivery.objects.update(last_try_at=at + timedelta(minutes=1), tries=F("tries") + 1)
    assert [one["status_code"] for one in Delivery.objects.get().earlier_tries] == [200]


def test_one_endpoint_alone_is_told_again(publish, at):
    first, second = WebhookEndpointFactory(), WebhookEndpointFactory()
    event = publish()
    finish(at, "succeeded")

    replays.retry(event, endpoint=second, at=at)

    again = Delivery.objects.filter(status="pending")
    assert [row.endpoint_id for row in again] == [second.pk]
    assert Delivery.objects.get(endpoint=first).status == "succeeded"


def test_an_endpoint_that_came_later_is_told_too(publish, at):
    event = publish()
    endpoint = WebhookEndpointFactory()

    replays.retry(event, at=at)

    row = Delivery.objects.get()
    assert (row.endpoint_id, row.event_id, row.status, row.replays) == (
        endpoint.pk, event.pk, "pending", 0,
    )  # fmt: skip


def test_what_waits_for_its_next_try_is_tried_at_once(publish, at):
    WebhookEndpointFactory()
    event = publish()
    later = at + timedelta(hours=5)
    Delivery.objects.update(next_try_at=later, tries=4)

    replays.retry(event, at=at)

    row = Delivery.objects.get()
    assert row.next_try_at < later
    assert (row.status, row.tries) == ("pending", 0)


def test_what_is_on_its_way_is_left_alone(publish, at):
    WebhookEndpointFactory()
    event = publish()
    Delivery.objects.update(claimed_until=at + timedelta(minutes=1))
    before = Delivery.objects.values().get()

    count = replays.retry(event, at=at)

    assert (count, Delivery.objects.values().get()) == (0, before)


def test_a_disabled_endpoint_is_told_nothing(publish, at, refused):
    endpoint = WebhookEndpointFactory(status="disabled", disabled_reason="merchant")
    event = publish()

    with refused(InvalidState, param="webhook_endpoint"):
        replays.retry(event, endpoint=endpoint, at=at)
    with refused(InvalidRequest, param="id"):
        replays.retry(event, at=at)


def test_an_endpoint_that_did_not_ask_is_told_nothing(publish, at, refused):
    endpoint = WebhookEndpointFactory(enabled_events=["customer.deleted"])
    event = publish()

    with refused(InvalidRequest, param="webhook_endpoint"):
        replays.retry(event, endpoint=endpoint, at=at)


def test_a_time_s_events_are_told_again(publish, at):
    WebhookEndpointFactory()
    for hours in (4, 3, 2, 1):
        publish(hours_ago=hours)
    finish(at, "succeeded")

    count = replays.replay(since=at - timedelta(hours=3), until=at - timedelta(hours=1), at=at)

    assert count == 2
    assert statuses() == [("succeeded", 0), ("pending", 1), ("pending", 1), ("succeeded", 0)]
    due = Delivery.objects.filter(status="pending").order_by("next_try_at")
    assert [row.event_id for row in due] == sorted(row.event_id for row in due)


def test_a_replay_is_narrowed_by_type_and_endpoint(publish, at):
    first = WebhookEndpointFactory()
    WebhookEndpointFactory()
    publish("customer.created", hours_ago=1)
    publish("customer.updated", hours_ago=1)
    finish(at, "succeeded")

    count = replays.replay(
        since=at - timedelta(hours=2), until=at, endpoint=first, types=["customer.created"], at=at
    )

    again = Delivery.objects.filter(status="pending").values_list("endpoint_id", "event__type")
    assert (count, list(again)) == (1, [(first.pk, "customer.created")])


def test_only_what_did_not_arrive_is_told_again(publish, at):
    WebhookEndpointFactory()
    for status in ("succeeded", "failed", "canceled"):
        finish(at, status, event=publish(hours_ago=1))
    publish(hours_ago=1)
    WebhookEndpointFactory()  # was not there, and is not told of what it did not miss

    count = replays.replay(since=at - timedelta(hours=2), until=at, only_failed=True, at=at)

    assert count == 2
    assert statuses() == [("succeeded", 0), ("pending", 1), ("pending", 1), ("pending", 0)]


@pytest.mark.parametrize("only_failed", [False, True])
def test_a_replay_makes_as_many_as_were_foretold(publish, at, only_failed):
    first = WebhookEndpointFactory()
    for status in ("succeeded", "failed", "canceled"):
        finish(at, status, event=publish(hours_ago=1))
    WebhookEndpointFactory(enabled_events=["invoice.paid"])
    publish("customer.created", hours_ago=1)
    publish(hours_ago=3)
    on_its_way = publish(hours_ago=1)
    Delivery.objects.filter(event=on_its_way).update(
        claimed_until=clock.now() + timedelta(minutes=1)
    )
    wanted = {
        "since": at - timedelta(hours=2), "until": at, "endpoint": first,
        "types": ["customer.updated"], "only_failed": only_failed,
    }  # fmt: skip

    foretold = replays.count(**wanted)
    made = replays.replay(**wanted, at=at)

    assert foretold == made == (2 if only_failed else 3)


def test_a_replay_touches_no_other_site(publish, at):
    with scoped_to(SiteFactory(), livemode=False):
        WebhookEndpointFactory()
    publish(hours_ago=1)

    count = replays.replay(since=at - timedelta(hours=2), until=at, at=at)

    assert (count, statuses()) == (0, [])


def test_a_time_without_length_is_refused(scope, at, refused):
    with refused(InvalidRequest, param="until"):
        replays.replay(since=at, until=at, at=at)
