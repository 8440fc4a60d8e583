"""`Idempotency-Key`, one request after the other; what happens at once is in `tests/wire/test_concurrency.py`."""

from datetime import timedelta

import pytest

from customers.events.models import Event
from customers.kit import clock, tenancy
from customers.models import Customer, IdempotencyRecord
from customers.services import api_keys, idempotency
from tests.v1_client import V1Client

KEY = {"Idempotency-Key": "order-1"}


def test_the_same_request_gets_the_same_answer(api, scope):
    first = api.post("customers", email="jenny@example.com", headers=KEY)
    second = api.post("customers", email="jenny@example.com", headers=KEY)

    assert (second.status, second.body) == (first.status, first.body)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]
    assert second.headers["Request-Id"] != first.headers["Request-Id"]
    assert (first.headers["Idempotency-Key"], second.headers["Idempotency-Key"]) == ("order-1",) * 2
    assert Customer.objects.count() == 1
    assert list(Event.objects.values_list("type", "idempotency_key")) == [
        ("customer.created", "order-1")
    ]


def test_the_answer_stays_though_the_object_changes(api):
    first = api.post("customers", name="Jenny", headers=KEY)
    api.post(f"customers/{first.body['id']}", name="Lee")

    again = api.post("customers", name="Jenny", headers=KEY)

    assert again.body == first.body


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"email": "lee@example.com"}, id="value"),
        pytest.param({"email": "jenny@example.com", "name": "Jenny"}, id="more"),
        pytest.param({}, id="less"),
        pytest.param({"email": "jenny@example.com", "expand": ["tax"]}, id="expand"),
    ],
)
def test_another_body_is_refused(api, nothing_written, other):
    api.post("customers", email="jenny@example.com", headers=KEY)

    with nothing_written():
        answer = api.post("customers", other, headers=KEY)

    assert (answer.status, answer.error["type"], answer.error["code"]) == (
        400, "idempotency_error", "idempotency_key_in_use",
    )  # fmt: skip


def test_another_path_is_refused(api, nothing_written):
    customer = api.post("customers", headers=KEY).body["id"]

    with nothing_written():
        answer = api.post(f"customers/{customer}", headers=KEY)

    assert (answer.status, answer.error["type"]) == (400, "idempotency_error")


@pytest.mark.parametrize(
    "order", [{"name": "Jenny", "phone": "1"}, {"phone": "1", "name": "Jenny"}]
)
def test_the_order_of_parameters_does_not_matter(api, order):
    first = api.post("customers", name="Jenny", phone="1", headers=KEY)

    assert api.post("customers", order, headers=KEY).body == first.body


@pytest.mark.parametrize("method", ["put", "patch"])
def test_aliases_of_post_are_the_same_request(api, method):
    customer = api.post("customers").body["id"]
    first = api.post(f"customers/{customer}", name="Jenny", headers=KEY)

    again = getattr(api, method)(f"customers/{customer}", name="Jenny", headers=KEY)

    assert (again.body, again.headers["Idempotent-Replayed"]) == (first.body, "true")


@pytest.mark.parametrize("path", ["customers", "organizations", "customers/{customer}/tax_ids"])
def test_a_refusal_that_came_from_doing_it_is_kept(api, nothing_written, path):
    customer = api.post(
        "customers", username="jenny", tax_id_data=[{"type": "us_ein", "value": "12-3456789"}]
    ).body["id"]
    api.post("organizations", name="Lee Books")
    body = {
        "customers": {"username": "jenny"},
        "organizations": {"name": "Lee Books"},
        "customers/{customer}/tax_ids": {"type": "us_ein", "value": "12-3456789"},
    }[path]

    with nothing_written(answers_kept=1):
        first = api.post(path.format(customer=customer), body, headers=KEY)
        again = api.post(path.format(customer=customer), body, headers=KEY)

    assert (first.status, first.error["code"]) == (400, "resource_already_exists")
    assert (again.status, again.body, again.headers["Idempotent-Replayed"]) == (
        400,
        first.body,
        "true",
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"colour": "red"}, 400, id="unknown-parameter"),
        pytest.param({"balance": "many"}, 400, id="wrong-value"),
        pytest.param({"email": "jenny@example.com", "expand": ["nothing"]}, 400, id="expand"),
    ],
)
def test_a_refusal_of_the_parameters_is_not_kept(api, scope, body, status):
    refused = api.post("customers", body, headers=KEY)
    accepted = api.post("customers", email="jenny@example.com", headers=KEY)

    assert (refused.status, accepted.status) == (status, 200)
    assert Customer.objects.count() == 1


def test_a_refusal_of_the_key_is_not_kept(api, site, nothing_written):
    _, text = api_keys.issue(
        site, livemode=False, kind="restricted", permissions={"customers": "read"}, at=clock.now()
    )

    with nothing_written():
        answer = V1Client(text).post("customers", headers=KEY)

    assert answer.status == 403
    assert api.post("customers", headers=KEY).status == 200


@pytest.mark.parametrize("method", ["get", "delete"])
def test_get_and_delete_take_no_notice_of_it(api, nothing_written, method):
    customer = api.post("customers").body["id"]
    reader = V1Client(api.key, **KEY)

    answers = [getattr(reader, method)(f"customers/{customer}").status for _ in range(2)]

    assert answers == {"get": [200, 200], "delete": [200, 404]}[method]
    assert not IdempotencyRecord.objects.exists()


def test_an_empty_key_is_no_key(api, scope):
    for _ in range(2):
        assert api.post("customers", headers={"Idempotency-Key": ""}).status == 200

    assert Customer.objects.count() == 2


def test_answers_are_sealed(api):
    api.post("customers", email="jenny@example.com", headers=KEY)

    record = IdempotencyRecord.objects.get()

    assert b"jenny" not in bytes(record.body)
    assert b"jenny" not in bytes(record.request_digest)


def test_an_answer_is_kept_for_a_day(api, scope):
    api.post("customers", headers=KEY)
    made = IdempotencyRecord.objects.get().created_at

    assert idempotency.expire(at=made + timedelta(hours=23, minutes=59)) == 0
    assert idempotency.expire(at=made + timedelta(hours=24, seconds=1)) == 1
    assert api.post("customers", headers=KEY).status == 200
    with tenancy.every_site():
        assert Customer.objects.count() == 2


def test_get_or_create_is_replayed_as_well(api, scope):
    body = {"email": "jenny@example.com", "match": {"on": "email"}}

    first = api.post("customers", body, headers=KEY)
    again = api.post("customers", body, headers=KEY)
    anew = api.post("customers", body)

    assert again.body == first.body
    assert anew.body == first.body
    assert [answer.headers.get("Idempotent-Replayed") for answer in (first, again, anew)] == [
        None,
        "true",
        None,
    ]
