"""Webhook endpoints, their deliveries and events, as RevKeen's library asks for them."""

import pytest

from customers.events.models import Delivery
from customers.kit import clock
from customers.kit.tenancy import every_site

URL = "https://shop.example.com/hook"
NAMES = ["customer.created", "customer.payment_method.attached"]


@pytest.fixture
def endpoint(revkeen):
    """An endpoint as it was made, with its secret."""
    answer = revkeen.post("webhook-endpoints", url=URL, enabled_events=NAMES, description="Ours")
    assert answer.status == 201, answer.body
    return answer.body["data"]


@pytest.fixture
def told(revkeen, endpoint):
    """The newest delivery, which tells the endpoint of a customer."""
    revkeen.post("customers", email="john@example.com")
    return revkeen.get("webhook-deliveries").body["data"][0]


def end(status, **columns):
    """Let all deliveries be over."""
    now = clock.now()
    over = {"status": status, "next_try_at": None, "last_try_at": now, "tries": 3, **columns}
    with every_site():
        Delivery.objects.update(**over)


def test_an_endpoint_is_made_with_its_secret(endpoint):
    assert endpoint.pop("secret").startswith("rk_wh_")
    assert endpoint == {
        "id": endpoint["id"], "url": URL, "description": "Ours", "enabled_events": NAMES, "status": "enabled",
        "circuit_breaker_state": "closed", "total_deliveries": 0, "successful_deliveries": 0, "failed_deliveries": 0,
        "last_delivery_at": None, "created_at": endpoint["created_at"], "updated_at": endpoint["created_at"],
    }  # fmt: skip


def test_an_endpoint_is_shown_changed_and_deleted(revkeen, endpoint):
    path, secret = f"webhook-endpoints/{endpoint['id']}", endpoint.pop("secret")

    shown = revkeen.get(path).body["data"]
    changed = revkeen.patch(path, enabled=False, enabledEvents=["*"], description=None).body["data"]
    rotated = revkeen.post(f"{path}/rotate-secret").body["data"]
    deleted = revkeen.delete(path)

    assert shown == endpoint
    assert changed == {
        **endpoint, "status": "disabled", "enabled_events": ["*"], "description": None,
        "updated_at": changed["updated_at"],
    }  # fmt: skip
    assert rotated.pop("secret") not in ("", secret)
    assert rotated == {**changed, "updated_at": rotated["updated_at"]}
    assert (deleted.status, deleted.body) == (
        200, {"data": {"id": endpoint["id"], "deleted": True}},
    )  # fmt: skip
    assert revkeen.get(path).status == 404


def test_an_address_has_one_endpoint(revkeen, endpoint, nothing_written):
    with nothing_written():
        again = revkeen.post("webhook-endpoints", url=URL, enabled_events=["*"])

    assert (again.status, again.body["error"]["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"url": URL}, "Missing required param: enabled_events."),
        ({"enabled_events": NAMES}, "Missing required param: url."),
        ({"url": URL, "enabled_events": []}, "Name at least one event"),
        ({"url": URL, "enabled_events": ["payment_method.attached"]}, "is no event"),
        ({"url": "ftp://example.com", "enabled_events": NAMES}, "Invalid URL"),
        ({"url": URL, "enabled_events": NAMES, "description": "x" * 501}, "500"),
        ({"url": URL, "enabled_events": NAMES, "metadata": {}}, "unknown parameter: metadata"),
    ],
    ids=str,
)
def test_endpoints_that_cannot_be(revkeen, nothing_written, body, message):
    with nothing_written():
        answer = revkeen.post("webhook-endpoints", body)

    assert (answer.status, message in answer.body["message"]) == (400, True)


def test_endpoints_are_listed(revkeen, api, endpoint):
    others = api.post("webhook_endpoints", url=URL, enabled_events=["*"]).body["id"]
    second = revkeen.post("webhook-endpoints", url=f"{URL}2", enabled_events=["*"]).body["data"]
    revkeen.patch(f"webhook-endpoints/{second['id']}", enabled=False)

    all_ = revkeen.get("webhook-endpoints")
    first = revkeen.get("webhook-endpoints", limit=1)
    disabled = revkeen.get("webhook-endpoints", status="disabled")

    assert all_.ids == [second["id"], endpoint["id"]]
    assert "secret" not in all_.body["data"][0]
    assert all_.body["meta"] == {"total": 2, "limit": 20, "offset": 0, "has_more": False}
    assert first.body["meta"] == {"total": 2, "limit": 1, "offset": 0, "has_more": True}
    assert disabled.ids == [second["id"]]
    assert revkeen.get(f"webhook-endpoints/{others}").status == 404
    assert api.get(f"webhook_endpoints/{endpoint['id']}").body["spelling"] == "revkeen"


def test_a_delivery_waits(told, endpoint):
    assert told == {
        "id": told["id"], "object": "webhook_delivery", "endpoint_id": endpoint["id"], "event_id": told["event_id"],
        "event_type": "customer.created", "status": "pending", "attempts": 0, "max_attempts": 3,
        "last_status_code": None, "last_error": None, "last_error_code": None, "last_duration_ms": None,
        "last_attempt_at": None, "next_retry_at": told["next_retry_at"], "delivered_at": None,
        "dead_lettered_at": None, "dead_letter_reason": None, "created_at": told["created_at"],
        "updated_at": told["created_at"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "shown", "counted"),
    [("succeeded", "succeeded", (1, 1, 0)), ("failed", "dead_lettered", (1, 0, 1)), ("canceled", "failed", (1, 0, 1))],
)  # fmt: skip
def test_a_delivery_is_over(revkeen, told, endpoint, status, shown, counted):
    delivered = {"delivered_at": clock.now()} if status == "succeeded" else {}
    end(status, last_status_code=500, **delivered)

    one = revkeen.get(f"webhook-deliveries/{told['id']}").body["data"]

    of_endpoint = revkeen.get(f"webhook-endpoints/{endpoint['id']}").body["data"]
    assert (one["status"], one["attempts"], one["last_status_code"]) == (shown, 3, 500)
    assert (one["dead_lettered_at"], one["dead_letter_reason"]) == (
        (one["last_attempt_at"], "The endpoint answered with status 500.")
        if shown == "dead_lettered"
        else (None, None)
    )
    assert counted == tuple(
        of_endpoint[f"{which}_deliveries"] for which in ("total", "successful", "failed")
    )
    assert of_endpoint["last_delivery_at"] == one["last_attempt_at"]


def test_what_was_given_up_is_tried_again(revkeen, told):
    end("failed")

    again = revkeen.post(f"webhook-deliveries/{told['id']}/retry")

    assert (again.status, again.body["data"]["status"], again.body["data"]["attempts"]) == (
        200, "pending", 0,
    )  # fmt: skip


def test_what_has_arrived_is_not_tried_again(revkeen, told, nothing_written):
    end("succeeded", delivered_at=clock.now())

    with nothing_written():
        refused = revkeen.post(f"webhook-deliveries/{told['id']}/retry")

    assert (refused.status, refused.body["error"]["type"], refused.body["error"]["code"]) == (
        409, "conflict_error", "conflict",
    )  # fmt: skip


def test_deliveries_are_walked_and_filtered(revkeen, endpoint, api):
    second = revkeen.post("webhook-endpoints", url=f"{URL}2", enabled_events=["*"]).body["data"]
    api.post("webhook_endpoints", url=URL, enabled_events=["*"])
    for number in range(3):
        revkeen.post("customers", email=f"no{number}@example.com")

    all_ = revkeen.get("webhook-deliveries").ids
    first = revkeen.get("webhook-deliveries", limit=4)
    rest = revkeen.get("webhook-deliveries", limit=4, starting_after=first.ids[-1])
    back = revkeen.get("webhook-deliveries", limit=4, ending_before=rest.ids[0])
    of_second = revkeen.get("webhook-deliveries", endpoint_id=second["id"])
    event = of_second.body["data"][0]["event_id"]

    assert len(all_) == 6
    assert (first.ids, first.body["has_more"]) == (all_[:4], True)
    assert (rest.ids, rest.body["has_more"]) == (all_[4:], False)
    assert (back.ids, back.body["url"]) == (all_[:4], "/revkeen/v2/webhook-deliveries")
    assert {one["endpoint_id"] for one in of_second.body["data"]} == {second["id"]}
    assert len(revkeen.get("webhook-deliveries", event_id=event).ids) == 2
    assert revkeen.get("webhook-deliveries", status="pending").ids == all_
    assert revkeen.get("webhook-deliveries", status="dead_lettered").ids == []


@pytest.mark.parametrize(
    ("params", "status"),
    [({"status": "lost"}, 400), ({"limit": 0}, 400), ({"starting_after": "dlv_1"}, 404), ({"offset": 1}, 400)],
    ids=str,
)  # fmt: skip
def test_lists_of_deliveries_that_cannot_be(revkeen, params, status):
    answer = revkeen.get("webhook-deliveries", **params)

    assert (answer.status, set(answer.body["error"])) == (status, {"type", "code", "message"})


def test_an_event_stands_in_no_envelope(revkeen, api, told):
    answer = revkeen.get(f"events/{told['event_id']}")

    assert (answer.status, answer.body) == (200, api.get(f"events/{told['event_id']}").body)


@pytest.fixture
def happened(revkeen, api):
    """A customer who got a payment method, in the names of RevKeen, the newest first."""
    customer = revkeen.post("customers", email="john@example.com").body["data"]["id"]
    api.post("payment_methods/pm_card_visa/attach", customer=customer)
    api.post("invoices", customer=customer)
    return customer


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({}, ["invoice.created", "customer.payment_method.attached", "customer.created"]),
        ({"limit": 1}, ["invoice.created"]),
        ({"type": "customer.payment_method.attached"}, ["customer.payment_method.attached"]),
        ({"type": "payment_method.attached"}, ["customer.payment_method.attached"]),
        ({"types": "customer.created,invoice.created"}, ["invoice.created", "customer.created"]),
        ({"created_gte": 9_999_999_999}, []),
        ({"created_lte": 1}, []),
    ],
    ids=str,
)
def test_events_are_listed_by_revkeens_names(revkeen, happened, params, names):
    answer = revkeen.get("events", **params)

    assert [
        event["type"] for event in answer.body["data"] if event["type"] != "customer.updated"
    ] == names
    assert (answer.body["object"], answer.body["url"]) == ("list", "/revkeen/v2/events")


def test_events_are_found_by_their_customer_and_invoice(revkeen, api, happened):
    invoice = api.get("invoices", customer=happened).ids[0]
    revkeen.post("customers", email="jane@example.com")

    of_customer = revkeen.get("events", customer_id=f"cust_test_{happened.removeprefix('cus_')}")
    of_invoice = revkeen.get("events", invoice_id=invoice)
    walked = revkeen.get("events", limit=1, starting_after=of_invoice.ids[0])

    assert len(of_customer.ids) >= 3
    assert [event["type"] for event in of_invoice.body["data"]] == ["invoice.created"]
    assert (len(walked.ids), walked.body["has_more"]) == (1, True)


def test_an_order_is_nothing_here(revkeen):
    refused = revkeen.get("events", order_id="ord_1")

    assert (refused.status, refused.body["error"]) == (
        400,
        {
            "type": "invalid_request_error", "code": "parameter_unknown", "param": "order_id",
            "message": "Received unknown parameter: order_id",
        },
    )  # fmt: skip


def test_an_event_is_sent_again(revkeen, told, endpoint):
    end("succeeded", delivered_at=clock.now())

    answer = revkeen.post(f"events/{told['event_id']}/resend")

    assert (answer.status, answer.body) == (
        200,
        {"success": True, "webhook_endpoint_id": endpoint["id"], "message": "The event is on its way."},
    )  # fmt: skip
    assert revkeen.get("webhook-deliveries", status="pending").ids == [told["id"]]


def test_an_event_that_nobody_asks_for_is_not_sent(revkeen, happened):
    event = revkeen.get("events", limit=1).ids[0]

    refused = revkeen.post(f"events/{event}/resend")

    assert (refused.status, "No enabled webhook endpoint" in refused.body["message"]) == (400, True)
