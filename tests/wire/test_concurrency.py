"""What holds when many ask at once, against the production server with its two workers."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import psycopg
import pytest
from django.db import connection

from customers.events.models import Event
from customers.kit.tenancy import scoped_to
from customers.models import Address, Customer, CustomerBalanceTransaction, IdempotencyRecord
from customers.services import sites
from tests.wire.burst import Burst

pytestmark = pytest.mark.server
CROWD = 50


@pytest.fixture
def burst(production, keys):
    return Burst(production, keys["sk_test"])


@pytest.fixture
def scope(site):
    with scoped_to(site, livemode=False) as chosen:
        yield chosen


@contextmanager
def row_lock(table, pk):
    """Hold a row's lock from a connection of the test's own."""
    settings = connection.get_connection_params()
    settings.pop("cursor_factory", None)
    settings.pop("context", None)
    settings["dbname"] = connection.settings_dict["NAME"]
    with psycopg.connect(**{**settings, "autocommit": False}) as link:
        link.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE", [pk])
        yield link
        link.rollback()


def event_types():
    return list(Event.objects.order_by("created_at", "id").values_list("type", flat=True))


def test_one_idempotency_key_makes_one_customer(burst, scope):
    headers = {"Idempotency-Key": "order-1"}
    create = partial(burst.post, "customers", headers=headers, email="jenny@example.com")

    answers = burst.together(*[lambda gate: create(gate=gate)] * CROWD)

    (customer,) = Customer.objects.all()
    assert event_types() == ["customer.created"]
    assert {answer.status for answer in answers} <= {200, 409}
    made = [answer for answer in answers if answer.status == 200]
    assert {answer.body["id"] for answer in made} == {customer.pk}
    assert len([answer for answer in made if "Idempotent-Replayed" not in answer.headers]) == 1
    for answer in answers:
        if answer.status == 409:
            assert answer.error["code"] == "idempotency_key_in_use"
    assert IdempotencyRecord.objects.filter(site=scope.site).count() == 1


def test_one_idempotency_key_with_two_bodies_makes_one_customer(burst, scope):
    headers = {"Idempotency-Key": "order-2"}
    calls = [
        partial(burst.post, "customers", headers=headers, email=f"{name}@example.com")
        for name in ("jenny", "lee")
        for _ in range(CROWD // 2)
    ]

    answers = burst.together(*[lambda gate, call=call: call(gate=gate) for call in calls])

    (customer,) = Customer.objects.all()
    assert event_types() == ["customer.created"]
    outcomes = {
        email: [
            answer
            for answer, call in zip(answers, calls, strict=True)
            if call.keywords["email"] == email
        ]
        for email in ("jenny@example.com", "lee@example.com")
    }
    winners = outcomes.pop(customer.email)
    (losers,) = outcomes.values()
    assert {answer.status for answer in winners} <= {200, 409}
    assert {answer.status for answer in losers} <= {400, 409}
    refused = {answer.error["type"] for answer in losers if answer.status == 400}
    assert refused <= {"idempotency_error"}
    late = burst.post("customers", headers=headers, email="somebody@example.com")
    assert (late.status, late.error["type"]) == (400, "idempotency_error")


@pytest.mark.parametrize(
    ("match_on", "params"),
    [
        pytest.param("email", {"email": "jenny@example.com"}, id="email"),
        pytest.param("external_id", {"external_id": "user-1"}, id="external-id"),
        pytest.param("metadata[user]", {"metadata": {"user": "1"}}, id="metadata"),
    ],
)
def test_get_or_create_makes_one_customer(burst, scope, match_on, params):
    create = partial(burst.post, "customers", match={"on": match_on}, **params)

    answers = burst.together(*[lambda gate: create(gate=gate)] * CROWD)

    (customer,) = Customer.objects.all()
    seen = Counter((answer.status, answer.body.get("id")) for answer in answers)
    assert seen == {(200, customer.pk): CROWD}
    assert event_types() == ["customer.created"]


def test_an_email_is_given_once_in_revkeens_dialect(production, keys, scope):
    burst = Burst(production, keys["sk_test"], mount="/revkeen/v2")
    emails = ("jenny@example.com", "JENNY@EXAMPLE.COM") * 10
    calls = [partial(burst.post, "customers", email=email) for email in emails]

    answers = burst.together(*[lambda gate, call=call: call(gate=gate) for call in calls])

    assert Customer.objects.count() == 1
    assert Counter(answer.status for answer in answers) == {201: 1, 409: 19}
    assert event_types() == ["customer.created"]


def test_get_or_create_by_email_knows_no_letter_case(burst, scope):
    emails = ("jenny@example.com", "Jenny@Example.com", "JENNY@EXAMPLE.COM")
    calls = [
        partial(burst.post, "customers", match={"on": "email"}, email=email)
        for email in emails * 10
    ]

    answers = burst.together(*[lambda gate, call=call: call(gate=gate) for call in calls])

    (customer,) = Customer.objects.all()
    seen = Counter((answer.status, answer.body.get("id")) for answer in answers)
    assert seen == {(200, customer.pk): 30}


@pytest.mark.parametrize("name", ["external_id", "username"])
def test_a_unique_name_is_given_once(burst, scope, name):
    create = partial(burst.post, "customers", **{name: "jenny"})

    answers = burst.together(*[lambda gate: create(gate=gate)] * 20)

    assert Counter(answer.status for answer in answers) == {200: 1, 400: 19}
    refusals = [answer.error for answer in answers if answer.status == 400]
    assert {(error["code"], error["param"]) for error in refusals} == {
        ("resource_already_exists", name)
    }
    assert Customer.objects.count() == 1
    assert event_types() == ["customer.created"]


def test_an_enforced_email_is_given_once(burst, scope):
    sites.update(scope.site, details={"email_uniqueness": "enforce"})
    create = partial(burst.post, "customers", email="jenny@example.com")

    answers = burst.together(*[lambda gate: create(gate=gate)] * 20)

    assert Counter(answer.status for answer in answers) == {200: 1, 400: 19}
    assert Customer.objects.count() == 1


def test_a_twin_of_a_running_request_is_told_to_wait(burst, scope):
    customer = burst.post("customers", email="jenny@example.com").body
    path, headers = f"customers/{customer['id']}", {"Idempotency-Key": "rename-1"}
    rename = partial(burst.post, path, headers=headers, name="Jenny Rosen")

    with ThreadPoolExecutor(21) as pool:
        with row_lock("customers_customer", customer["id"]):
            first = pool.submit(rename)
            _wait_until_blocked()
            twins = [pool.submit(rename) for _ in range(20)]
            refused = first.result()
        answers = [twin.result() for twin in twins]

    assert (refused.status, refused.error["code"]) == (429, "lock_timeout")
    # Twins that the other worker took are told at once; those that queued behind the first come when it is over.
    told = [answer.error for answer in answers if answer.status == 409]
    assert told
    assert {(error["type"], error["code"]) for error in told} == {
        ("invalid_request_error", "idempotency_key_in_use")
    }
    assert {answer.status for answer in answers} <= {200, 409, 429}
    assert rename().body["name"] == "Jenny Rosen"
    assert event_types() == ["customer.created", "customer.updated"]


def test_a_locked_customer_gives_up_and_writes_nothing(burst, scope):
    customer = burst.post("customers", email="jenny@example.com").body
    path = f"customers/{customer['id']}"
    headers = {"Idempotency-Key": "rename-2"}

    with row_lock("customers_customer", customer["id"]):
        started = time.monotonic()
        refused = burst.post(path, headers=headers, name="Jenny Rosen")
        took = time.monotonic() - started

    assert (refused.status, refused.error["code"]) == (429, "lock_timeout")
    assert refused.headers["Retry-After"] == "1"
    assert 1 < took < 5
    assert burst.get(path).body == customer
    assert event_types() == ["customer.created"]
    assert not IdempotencyRecord.objects.filter(site=scope.site).exists()
    again = burst.post(path, headers=headers, name="Jenny Rosen")
    assert (again.status, again.body["name"]) == (200, "Jenny Rosen")


def test_balance_transactions_add_up(burst, scope):
    customer = burst.post("customers").body["id"]
    amounts = [(-1) ** n * (n + 1) * 7 for n in range(40)]
    calls = [
        partial(
            burst.post, f"customers/{customer}/balance_transactions", amount=amount, currency="usd"
        )
        for amount in amounts
    ]

    answers = burst.together(*[lambda gate, call=call: call(gate=gate) for call in calls])

    assert [answer.status for answer in answers] == [200] * 40
    assert burst.get(f"customers/{customer}").body["balance"] == sum(amounts)
    ledger = CustomerBalanceTransaction.objects.order_by("sequence")
    entries = list(ledger.values_list("sequence", "amount", "ending_balance"))
    assert [sequence for sequence, _, _ in entries] == list(range(1, 41))
    balance = 0
    for _, amount, ending in entries:
        balance += amount
        assert ending == balance
    assert sorted(amount for _, amount, _ in entries) == sorted(amounts)


def test_metadata_of_all_writers_is_kept(burst, scope):
    customer = burst.post("customers").body["id"]
    calls = [
        partial(burst.post, f"customers/{customer}", metadata={f"key{n}": str(n)})
        for n in range(30)
    ]

    answers = burst.together(*[lambda gate, call=call: call(gate=gate) for call in calls])

    assert [answer.status for answer in answers] == [200] * 30
    metadata = burst.get(f"customers/{customer}").body["metadata"]
    assert metadata == {f"key{n}": str(n) for n in range(30)}
    assert event_types() == ["customer.created"] + ["customer.updated"] * 30


def test_one_address_is_the_default(burst, scope):
    customer = burst.post("customers").body["id"]
    create = partial(
        burst.post,
        f"customers/{customer}/addresses",
        type="billing",
        line1="1 Main Street",
        is_default=True,
    )

    answers = burst.together(*[lambda gate: create(gate=gate)] * 15)

    assert [answer.status for answer in answers] == [200] * 15
    assert Address.objects.count() == 15
    assert Address.objects.filter(is_default=True).count() == 1


def test_an_organization_is_made_once(burst, scope):
    create = partial(burst.post, "customers", organization="Acme Trading")

    answers = burst.together(*[lambda gate: create(gate=gate)] * 20)

    assert [answer.status for answer in answers] == [200] * 20
    assert len({answer.body["organization"] for answer in answers}) == 1
    assert Counter(event_types()) == {"customer.created": 20, "organization.created": 1}


def test_a_customer_is_deleted_once(burst, scope):
    customer = burst.post("customers").body["id"]

    answers = burst.together(*[lambda gate: burst.delete(f"customers/{customer}", gate=gate)] * 10)

    assert Counter(answer.status for answer in answers) == {200: 1, 404: 9}
    assert event_types() == ["customer.created", "customer.deleted"]


def test_each_change_follows_one_other(burst, scope):
    customer = burst.post("customers").body["id"]
    calls = [partial(burst.post, f"customers/{customer}", name=f"Name {n}") for n in range(20)]

    burst.together(*[lambda gate, call=call: call(gate=gate) for call in calls])

    updates = Event.objects.filter(type="customer.updated")
    followers = {event.previous_attributes["name"]: event.snapshot["name"] for event in updates}
    chain = [None]
    while chain[-1] in followers:
        chain.append(followers.pop(chain[-1]))
    assert followers == {}
    assert len(chain) == 21
    assert chain[-1] == burst.get(f"customers/{customer}").body["name"]


def _wait_until_blocked():
    """Return once a session of this database waits for a lock."""
    give_up_at = time.monotonic() + 10
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while True:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < give_up_at, "nobody waits for the lock"
        time.sleep(0.01)
