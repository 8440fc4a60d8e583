"""The sender: what is committed arrives, whatever receivers do."""

import hashlib
import hmac
import time
from functools import partial

import pytest
from django.db import OperationalError, transaction

from customers.events import sender as sender_module
from customers.events.models import WebhookEndpoint
from customers.events.models.partitions import EVENTS
from customers.events.services import bodies, partitions, retries, sending, webhook_endpoints
from customers.kit import clock, safe_http
from customers.kit import partitions as tables
from tests import receiver
from tests.factories.webhooks import SECRET
from tests.receiver import Receiver
from tests.start import within

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quick(monkeypatch, settings):
    """Waiting times that tests can wait for."""
    settings.DRILL_TIME_FACTOR = 0.01
    monkeypatch.setattr(safe_http, "DEADLINE", 0.5)
    monkeypatch.setattr(sender_module, "_PAUSE", 0.05)


def test_an_event_arrives_signed(sender, point, publish, rows):
    with Receiver(receiver.answer(200, b"ok")) as there:
        endpoint = point(there)
        (event,) = publish()
        (request,) = there.wait_for(1)
        assert within(10, lambda: rows("status") == ["succeeded"])

    parts = dict(part.split("=") for part in request.headers["stripe-signature"].split(","))
    signed = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + request.body, hashlib.sha256)
    assert (request.path, request.body) == ("/hook", f"{event} 1".encode())
    assert parts["v1"] == signed.hexdigest()
    assert abs(int(parts["t"]) - time.time()) < 60
    assert rows("tries", "last_status_code", "last_response", "last_error", "claimed_until") == [
        (1, 200, "ok", "", None)
    ]
    endpoint.refresh_from_db()
    assert endpoint.last_success_at is not None
    assert (endpoint.failing_since, endpoint.last_failure_at) == (None, None)


def test_each_endpoint_gets_what_it_asks_for_and_no_more(sender, point, publish, rows):
    with Receiver() as all_of_it, Receiver() as some, Receiver() as none:
        point(all_of_it)
        point(some, enabled_events=["customer.deleted"])
        point(none, status=WebhookEndpoint.Status.DISABLED, disabled_reason="merchant")
        updated = publish(20)
        deleted = publish(3, "customer.deleted")
        assert within(10, lambda: rows("status") == ["succeeded"] * 26)

    ids = [
        sorted({request.body.split()[0].decode() for request in there.requests})
        for there in (all_of_it, some, none)
    ]
    assert ids == [sorted(updated + deleted), sorted(deleted), []]
    assert len(all_of_it.requests) == 23


def test_an_event_is_told_again_after_a_failure(sender, point, publish, rows):
    answers = [
        receiver.answer(500, b"sorry", Connection="close"),
        receiver.reset,
        receiver.answer(),
    ]

    def act(link, request):
        return answers.pop(0)(link, request)

    with Receiver(act) as there:
        endpoint = point(there)
        publish()
        requests = there.wait_for(3)
        assert within(10, lambda: rows("status") == ["succeeded"])

    assert [request.body for request in requests] == [requests[0].body] * 3
    ((tries, earlier),) = rows("tries", "earlier_tries")
    assert tries == 3
    assert [(one["status_code"], one["response"], one["error"]) for one in earlier] == [
        (500, "sorry", ""),
        (None, "", "The connection was closed before the answer came."),
    ]
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None
    assert endpoint.last_failure_at is not None


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (receiver.answer(500), ""),
        (receiver.answer(301, Location="http://127.0.0.1:9/"), ""),
        (receiver.hang, "There was no answer within 10 seconds."),
        (receiver.drip, "There was no answer within 10 seconds."),
        (receiver.reset, "The connection was closed before the answer came."),
        (receiver.raw(b"hello\r\n"), "The answer was no HTTP."),
    ],
    ids=["error", "redirect", "hanging", "dripping", "reset", "junk"],
)
def test_in_test_mode_an_event_is_tried_three_times(sender, point, publish, rows, act, error):
    with Receiver(act) as there:
        endpoint = point(there)
        publish()
        assert within(20, lambda: rows("status") == ["failed"])

    assert len(there.requests) == 3
    assert rows("tries", "last_error", "next_try_at", "delivered_at") == [(3, error, None, None)]
    endpoint.refresh_from_db()
    assert endpoint.failing_since is not None
    assert endpoint.status == WebhookEndpoint.Status.ENABLED


def test_a_dead_endpoint_holds_nobody_else(sender, point, publish, rows):
    with Receiver(receiver.hang) as dead, Receiver() as good:
        point(dead)
        point(good)
        publish(100)
        good.wait_for(100)
        tried = len(dead.requests)

    assert tried < 20


def test_who_says_that_it_is_gone_is_asked_no_more(sender, point, publish, rows):
    with Receiver(receiver.answer(410)) as there:
        endpoint = point(there)
        with transaction.atomic():
            publish(30)
        assert within(10, lambda: set(rows("status")) == {"failed", "canceled"})
        publish(2)

    endpoint.refresh_from_db()
    assert (endpoint.status, endpoint.disabled_reason) == ("disabled", "gone")
    assert len(rows("status")) == 30
    assert len(there.requests) < 30


def test_an_endpoint_that_comes_back_gets_everything(sender, point, publish, rows, monkeypatch):
    monkeypatch.setattr(retries, "TEST_WAITS", (10,) * 30)
    with Receiver() as before:
        port = before.port
        point(before)
        publish(2)
        assert within(10, lambda: rows("status") == ["succeeded"] * 2)
    sent = publish(40)
    assert within(10, lambda: "The connection was refused." in rows("last_error"))

    with Receiver(port=port) as again:
        assert within(20, lambda: set(rows("status")) == {"succeeded"})

    assert _arrived(again) == set(sent)


def test_both_secrets_sign_during_a_rotation(sender, point, publish):
    with Receiver() as there:
        endpoint = point(there)
        webhook_endpoints.rotate_secret(endpoint, at=clock.now())
        publish()
        (request,) = there.wait_for(1)

    stripe, standard = request.headers["stripe-signature"], request.headers["webhook-signature"]
    assert (stripe.count("v1="), standard.count("v1,")) == (2, 2)


def test_what_is_on_its_way_is_recorded_when_the_sender_stops(sender_thread, point, publish, rows):
    sender, thread = sender_thread
    with Receiver() as there:
        point(there)
        publish(30)
        there.wait_for(1)
        sender.stop()
        thread.join()

    assert [*filter(None, rows("claimed_until"))] == []
    assert _tried(rows) >= _arrived(there)


def test_a_failure_while_the_sender_stops_leaves_nothing_claimed(
    sender_thread, point, publish, rows, monkeypatch
):
    sender, thread = sender_thread
    record, failures = sending.record, [OperationalError("too many clients"), ValueError("a bug")]

    def fail_at_first(tried):
        if sender._is_stopping.is_set() and failures:
            raise failures.pop()
        return record(tried)

    monkeypatch.setattr(sending, "record", fail_at_first)
    with Receiver() as there:
        point(there)
        publish(30)
        there.wait_for(1)
        sender.stop()
        thread.join()

    assert (failures, [*filter(None, rows("claimed_until"))]) == ([], [])
    assert _tried(rows) >= _arrived(there)


def _arrived(there):
    return {request.body.split()[0].decode() for request in there.requests}


def _tried(rows):
    return {event for event, tries in rows("event_id", "tries") if tries}


def test_a_body_that_cannot_be_written_is_a_failure_of_its_own(
    sender, point, publish, rows, monkeypatch, caplog
):
    def write(event, pending):
        if event.type == "customer.deleted":
            raise ValueError("no such customer")
        return b"{}"

    with Receiver() as there:
        point(there)
        monkeypatch.setitem(bodies.spellings._functions, "stripe", write)
        publish(1, "customer.deleted")
        publish(2)
        assert within(10, lambda: sorted(rows("status")) == ["failed", "succeeded", "succeeded"])

    assert rows("last_error")[0] == "The event could not be written."
    assert "no such customer" in caplog.text


@pytest.fixture
def present_months(db):
    """The months of which there are tables, which are the same again when the test is over."""
    kept = tables.months(EVENTS)
    yield kept
    for month in tables.months(EVENTS)[len(kept) :]:
        assert within(30, partial(_dropped, month))


def _dropped(month):
    """Tell whether a month's tables could be dropped while others work on all of them."""
    return partitions._patiently(lambda: tables.drop(EVENTS, month, unless="false"))


def test_months_are_made_and_go_while_events_are_sent(present_months, sender, point, publish, rows):
    (*_, last) = present_months
    later = [tables.following(last, count) for count in (1, 2)]

    def made():
        partitions.make(at=tables.start_of(last))
        return tables.months(EVENTS) == [*present_months, *later]

    with Receiver() as there:
        point(there)
        publish(10)
        assert within(30, made)
        publish(10)
        assert [within(30, partial(_dropped, month)) for month in later] == [True, True]
        publish(10)
        assert within(10, lambda: rows("status") == ["succeeded"] * 30)

    assert tables.months(EVENTS) == present_months


def test_old_events_are_sent_again_within_a_sweep(monkeypatch, sender, point, publish, rows):
    monkeypatch.setattr(sending, "recent", lambda *, at: "evt_z")  # all are old
    monkeypatch.setattr(sender_module, "SWEEP", 0.05)
    with Receiver() as there:
        point(there)
        publish(3)
        assert within(10, lambda: rows("status") == ["succeeded"] * 3)
