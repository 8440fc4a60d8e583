"""`/v1/webhook_endpoints`, and what `/v1/events` knows of deliveries."""

import pytest
from django.conf import settings
from django.db import connection

from customers.events.models import Delivery
from customers.events.services import listening
from customers.kit import clock
from customers.kit.tenancy import every_site
from tests.v1_client import V1Client, form

URL = "https://shop.example.com/hook"


@pytest.fixture
def endpoint(api):
    """An endpoint that asks for everything, with its secret."""
    return api.post("webhook_endpoints", url=URL, enabled_events=["*"]).body


def deliver(**those):
    """Record that deliveries have arrived."""
    now = clock.now()
    with every_site():
        Delivery.objects.filter(**those).update(
            status="succeeded", next_try_at=None, last_try_at=now, delivered_at=now
        )


def test_an_endpoint_has_stripe_s_shape_and_its_secret_once(api):
    made = api.post(
        "webhook_endpoints", url=URL, enabled_events=["customer.created", "invoice.paid"],
        description="Ours", metadata={"a": "1"}, api_version=settings.API_VERSION,
    ).body  # fmt: skip

    secret = made.pop("secret")
    assert made.pop("created") <= clock.now().timestamp()
    assert secret.startswith("whsec_")
    assert made.pop("id").startswith("we_")
    assert made == {
        "object": "webhook_endpoint", "api_version": settings.API_VERSION, "application": None,
        "description": "Ours", "enabled_events": ["customer.created", "invoice.paid"],
        "livemode": False, "metadata": {"a": "1"}, "spelling": "stripe", "status": "enabled",
        "url": URL,
    }  # fmt: skip


def test_a_secret_is_shown_where_it_was_made_and_nowhere_else(api, endpoint):
    path = f"webhook_endpoints/{endpoint['id']}"

    rotated = api.post(f"{path}/rotate_secret", expires_in=3600).body

    assert rotated["secret"] not in ("", endpoint["secret"])
    assert {**rotated, "secret": None} == {**endpoint, "secret": None}
    shown = [api.get(path).body, api.post(path, description="Ours").body]
    shown += api.get("webhook_endpoints").body["data"]
    assert ["secret" in one for one in shown] == [False, False, False]


def test_a_secret_is_replayed_with_its_request(api):
    key = {"Idempotency-Key": "hook-1"}

    answers = [
        api.post("webhook_endpoints", url=URL, enabled_events=["*"], headers=key).body
        for _ in range(2)
    ]

    assert answers[0] == answers[1]
    assert len(api.get("webhook_endpoints").ids) == 1


def test_an_endpoint_is_changed_disabled_and_enabled(api, endpoint):
    path = f"webhook_endpoints/{endpoint['id']}"
    api.post(path, metadata={"a": "1", "b": "2"})

    api.post(path, url=f"{URL}/2", enabled_events=["customer.deleted"], metadata={"a": ""})
    disabled = api.post(path, disabled=True, description="Ours").body
    enabled = api.post(path, disabled=False, description="").body

    changed = {
        **endpoint, "url": f"{URL}/2", "enabled_events": ["customer.deleted"],
        "metadata": {"b": "2"},
    }  # fmt: skip
    del changed["secret"]
    assert disabled == {**changed, "status": "disabled", "description": "Ours"}
    assert enabled == api.get(path).body == changed


def test_a_deleted_endpoint_is_gone(api, endpoint):
    path = f"webhook_endpoints/{endpoint['id']}"

    answer = api.delete(path).body

    assert answer == {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}
    assert api.get("webhook_endpoints").ids == []
    assert [api.get(path).status, api.post(path).status, api.delete(path).status] == [404] * 3


@pytest.mark.parametrize(
    ("params", "error"),
    [
        pytest.param({"connect": True}, ("parameter_unknown", "connect"), id="connect"),
        pytest.param({"api_version": "2020-08-27"}, (None, "api_version"), id="version"),
        pytest.param({"spelling": "paddle"}, (None, "spelling"), id="spelling"),
        pytest.param(
            {"enabled_events": ["customer.created", "customer.made"]},
            (None, "enabled_events[1]"),
            id="unknown event",
        ),
        pytest.param(
            {"enabled_events": "*"},
            ("parameter_invalid_array", "enabled_events"),
            id="no array",
        ),
        pytest.param(
            {"enabled_events": ["x" * 81]},
            ("parameter_invalid_string_too_long", "enabled_events[0]"),
            id="long name",
        ),
        pytest.param({"url": "shop"}, ("url_invalid", "url"), id="no url"),
        pytest.param({"url": "https://10.0.0.1/"}, ("url_invalid", "url"), id="a private address"),
    ],
)
def test_what_an_endpoint_cannot_be_is_refused(refused, params, error):
    body = form({"url": URL, "enabled_events": ["*"], **params})

    assert refused("POST", "webhook_endpoints", body) == (400, *error)


def test_a_publishable_key_sees_no_endpoint(keys, endpoint):
    answer = V1Client(keys["pk_test"]).get("webhook_endpoints")

    assert answer.status == 403


def test_an_event_counts_the_endpoints_that_have_not_received_it(api, endpoint):
    api.post("webhook_endpoints", url=URL, enabled_events=["customer.created"])
    api.post("webhook_endpoints", url=URL, enabled_events=["customer.deleted"])
    api.post("customers")
    (event,) = api.get("events").body["data"]
    deliver(endpoint=endpoint["id"])

    later = api.get(f"events/{event['id']}").body

    assert (event["pending_webhooks"], later["pending_webhooks"]) == (2, 1)


def test_events_are_filtered_by_whether_they_arrived(api, endpoint):
    first, second, third = [api.post("customers").body["id"] for _ in range(3)]
    deliver(event__object_id=first)
    with every_site():
        Delivery.objects.filter(event__object_id=third).update(status="failed", next_try_at=None)

    def of(**asked):
        return [one["data"]["object"]["id"] for one in api.get("events", **asked).body["data"]]

    assert of(delivery_success=True) == [first]
    assert of(delivery_success=False) == [third, second]
    assert of(delivery_success=False, starting_after=api.get("events").ids[0]) == [second]


def test_a_retried_event_is_pending_again(api, endpoint):
    customer = api.post("customers").body["id"]
    (event,) = api.get("events").body["data"]
    deliver()

    answer = api.post(f"events/{event['id']}/retry").body

    assert answer == {**event, "pending_webhooks": 1}
    assert answer["data"]["object"]["id"] == customer


def test_a_retry_goes_to_the_endpoint_that_is_named(api, endpoint):
    other = api.post("webhook_endpoints", url=URL, enabled_events=["*"]).body["id"]
    api.post("customers")
    (event,) = api.get("events").ids
    deliver()

    api.post(f"events/{event}/retry", webhook_endpoint=other)

    with every_site():
        assert [row.endpoint_id for row in Delivery.objects.filter(status="pending")] == [other]


@pytest.mark.parametrize(
    ("params", "status", "param"),
    [
        pytest.param({"webhook_endpoint": "we_none"}, 404, "webhook_endpoint", id="unknown"),
        pytest.param({}, 400, "id", id="nobody asks"),
        pytest.param({"for_stripecli": "true"}, 400, "for_stripecli", id="nobody listens"),
        pytest.param({"for_stripecli": "false"}, 400, "id", id="nobody asks but endpoints"),
        pytest.param({"account": "acct_other"}, 400, "account", id="another account"),
    ],
)
def test_a_retry_that_reaches_nobody_is_refused(api, nothing_written, params, status, param):
    api.post("customers")
    (event,) = api.get("events").ids

    with nothing_written():
        answer = api.post(f"events/{event}/retry", **params)

    assert (answer.status, answer.error["param"]) == (status, param)


@pytest.mark.parametrize("is_named", [False, True])
def test_a_retry_for_who_listens_goes_to_no_endpoint_that_is_not_named(
    api, site, endpoint, is_named
):
    """A lock stands for the listener, as which it would be known."""
    api.post("customers")
    (event,) = api.get("events").ids
    deliver()
    named = {"webhook_endpoint": endpoint["id"]} if is_named else {}
    with connection.cursor() as cursor:
        place = [listening._AT_SITE, site.pk]
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, hashtext(%s))", place)

    answer = api.post(f"events/{event}/retry", for_stripecli="true", **named)

    assert (answer.status, answer.body["pending_webhooks"]) == (200, int(is_named))


def test_endpoints_are_made_by_the_key_of_their_mode(keys, endpoint):
    live = V1Client(keys["sk_live"])
    made = live.post("webhook_endpoints", url=URL, enabled_events=["*"]).body

    assert made["livemode"] is True
    assert live.get("webhook_endpoints").ids == [made["id"]]
    assert live.get(f"webhook_endpoints/{endpoint['id']}").status == 404
