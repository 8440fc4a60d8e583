"""`/v1/events`: what is told of a change, and how it is found."""

import pytest

from tests.v1_routes import seed


def told(api, **asked):
    return [
        (event["type"], event["data"]["object"]["id"])
        for event in api.get("events", limit=100, **asked).body["data"]
    ]


def test_an_event_has_stripes_shape(api, site):
    customer = api.post(
        "customers", email="jenny@example.com", headers={"Idempotency-Key": "order-1"}
    )

    (event,) = api.get("events").body["data"]

    assert event.pop("id").startswith("evt_")
    assert event.pop("created") == customer.body["created"]
    assert event.pop("sequence") > 0
    assert event == {
        "object": "event",
        "api_version": "2026-10-28.endive",
        "data": {"object": customer.body},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": customer.headers["Request-Id"], "idempotency_key": "order-1"},
        "type": "customer.created",
    }


def test_one_event_is_retrieved_by_its_id(api):
    api.post("customers")
    (event,) = api.get("events").body["data"]

    assert api.get(f"events/{event['id']}").body == event


def test_previous_attributes_are_of_what_changed_alone(api):
    customer = api.post(
        "customers",
        name="Jenny",
        metadata={"a": "1", "b": "2"},
        address={"city": "Bangkok", "country": "TH"},
    ).body["id"]

    changed = api.post(
        f"customers/{customer}",
        name="Lee",
        metadata={"a": "3", "c": "4"},
        address={"city": "Chiang Mai", "country": "TH"},
    ).body

    (event,) = api.get("events", type="customer.updated").body["data"]
    assert event["data"] == {
        "object": changed,
        "previous_attributes": {
            "name": "Jenny",
            "metadata": {"a": "1", "c": None},
            "address": {"city": "Bangkok"},
        },
    }


def test_what_changes_nothing_tells_nothing(api, nothing_written):
    customer = api.post("customers", name="Jenny", metadata={"a": "1"}).body["id"]

    with nothing_written():
        answer = api.post(f"customers/{customer}", name="Jenny", metadata={"a": "1"})

    assert answer.status == 200


def test_every_change_is_told_of(api):
    organization = api.post("organizations", name="Lee Books").body["id"]
    api.post(f"organizations/{organization}", legal_name="Lee Books Ltd")
    field = api.post("custom_fields", key="seats", label="Seats", type="number").body["id"]
    api.post(f"custom_fields/{field}", label="Places")
    customer = api.post("customers", organization=organization).body["id"]
    path = f"customers/{customer}"
    address = api.post(f"{path}/addresses", type="billing", city="Bangkok").body["id"]
    api.post(f"{path}/addresses/{address}", city="Chiang Mai")
    tax_id = api.post(f"{path}/tax_ids", type="us_ein", value="12-3456789").body["id"]
    consent = api.post(f"{path}/consents", channel="mail_marketing", granted=True).body["id"]
    entry = api.post(f"{path}/balance_transactions", amount=5, currency="usd").body["id"]
    api.post(f"{path}/balance_transactions/{entry}", description="Goodwill")
    api.delete(f"{path}/tax_ids/{tax_id}")
    api.delete(f"{path}/addresses/{address}")
    api.delete(path)
    api.delete(f"custom_fields/{field}")

    assert told(api)[::-1] == [
        ("organization.created", organization),
        ("organization.updated", organization),
        ("custom_field.created", field),
        ("custom_field.updated", field),
        ("customer.created", customer),
        ("customer.address.created", address),
        ("customer.updated", customer),
        ("customer.address.updated", address),
        ("customer.updated", customer),
        ("customer.tax_id.created", tax_id),
        ("customer.consent.created", consent),
        ("customer.updated", customer),
        ("customer.balance_transaction.created", entry),
        ("customer.updated", customer),
        ("customer.balance_transaction.updated", entry),
        ("customer.tax_id.deleted", tax_id),
        ("customer.address.deleted", address),
        ("customer.updated", customer),
        ("customer.deleted", customer),
        ("custom_field.deleted", field),
    ]


def test_events_are_filtered(api):
    ids = seed(api)
    other = api.post("customers").body["id"]

    assert told(api, type="customer.created") == [
        ("customer.created", other),
        ("customer.created", ids["customer"]),
    ]
    assert {type_ for type_, _ in told(api, type="customer.consent.*")} == {
        "customer.consent.created"
    }
    assert told(api, types=["customer.tax_id.created", "organization.created"]) == [
        ("customer.tax_id.created", ids["tax_id"]),
        ("organization.created", ids["organization"]),
    ]
    assert told(api, customer=other) == [("customer.created", other)]
    assert told(api, created={"lt": 1}) == []
    assert told(api, type="charge.captured") == []


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_events_are_never_changed(api, nothing_written, method):
    api.post("customers")
    (event,) = api.get("events").ids

    with nothing_written():
        answers = [
            getattr(api, method)(f"events/{event}").status,
            getattr(api, method)("events").status,
        ]

    assert answers == [405, 405]


def test_a_refused_change_tells_nothing(api, nothing_written):
    api.post("customers", username="jenny")

    with nothing_written():
        answer = api.post(
            "customers", username="jenny", address={"city": "Bangkok"}, mail_marketing=True
        )

    assert answer.status == 400
