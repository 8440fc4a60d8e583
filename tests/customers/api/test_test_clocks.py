"""`/v1/test_helpers/test_clocks`, and the customers who live by a clock."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.kit import clock
from customers.models import Customer
from customers.models import TestClock as Clock
from customers.services import clock_removal, test_clocks
from payments.services import clock_advances
from tests.v1_client import V1Client

PATH = "test_helpers/test_clocks"
MONDAY = int(datetime(2027, 1, 4, 9, 30, tzinfo=UTC).timestamp())
DAY = 86_400


@pytest.fixture
def wire(api):
    """A clock as it was answered when it was made."""
    return api.post(PATH, frozen_time=MONDAY, name="Renewals").body


@pytest.fixture
def path(wire):
    return f"{PATH}/{wire['id']}"


@pytest.fixture
def customer(api, wire):
    return api.post("customers", test_clock=wire["id"], email="jenny@example.com").body


def _work(wire):
    clock_advances.carry_on(wire["id"], at=clock.now())


def test_a_clock_stands_still(api, path, wire):
    shown = dict(wire)

    assert shown.pop("id").startswith("clock_")
    assert shown.pop("deletes_after") - shown.pop("created") == 30 * DAY
    assert shown == {
        "object": "test_helpers.test_clock",
        "frozen_time": MONDAY,
        "livemode": False,
        "name": "Renewals",
        "status": "ready",
        "status_details": {},
    }
    assert api.get(path).body == wire
    assert api.get(PATH).body["data"] == [wire]


def test_a_clock_needs_no_name(api):
    assert api.post(PATH, frozen_time=MONDAY).body["name"] is None


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, "frozen_time"),
        ({"frozen_time": "soon"}, "frozen_time"),
        ({"frozen_time": 253_402_300_799}, "frozen_time"),
        ({"frozen_time": MONDAY, "name": "x" * 301}, "name"),
        ({"frozen_time": MONDAY, "customer": "cus_1"}, "customer"),
    ],
)
def test_a_clock_is_refused(refused, params, param):
    body = "&".join(f"{name}={value}" for name, value in params.items()).encode()

    assert refused("POST", PATH, body)[::2] == (400, param)


def test_live_mode_has_none(keys, nothing_written):
    live = V1Client(keys["sk_live"])

    with nothing_written():
        made = live.post(PATH, frozen_time=MONDAY)

    assert (made.status, made.error["code"]) == (400, "testmode_only")
    assert live.get(PATH).body["data"] == []


def test_an_advance_is_the_workers(api, path, wire):
    began = api.post(f"{path}/advance", frozen_time=MONDAY + DAY)
    _work(wire)

    assert began.body == wire | {
        "status": "advancing",
        "status_details": {"advancing": {"target_frozen_time": MONDAY + DAY}},
    }
    assert api.get(path).body == wire | {"frozen_time": MONDAY + DAY}
    assert [event["type"] for event in api.get("events").body["data"]] == [
        "test_helpers.test_clock.ready",
        "test_helpers.test_clock.advancing",
        "test_helpers.test_clock.created",
    ]


@pytest.mark.parametrize("target", [MONDAY, MONDAY - 1, MONDAY + 733 * DAY, 253_402_300_799])
def test_a_clock_goes_forward_and_not_too_far(refused, path, target):
    answer = refused("POST", f"{path}/advance", f"frozen_time={target}".encode())

    assert answer[::2] == (400, "frozen_time")


def test_how_far_it_goes_the_shortest_subscription_says(api, path, monkeypatch):
    limit = datetime.fromtimestamp(MONDAY, UTC) + timedelta(days=14)
    hook = type(test_clocks.limits)("test_clocks.limits")
    monkeypatch.setattr(test_clocks, "limits", hook)
    hook.register(lambda clock: None)
    hook.register(lambda clock: limit)

    too_far = api.post(f"{path}/advance", frozen_time=MONDAY + 14 * DAY + 1)
    far = api.post(f"{path}/advance", frozen_time=MONDAY + 14 * DAY)

    assert (too_far.status, far.status) == (400, 200)


def test_a_clock_that_advances_is_left_alone(api, path, refused, customer):
    api.post(f"{path}/advance", frozen_time=MONDAY + DAY)

    refusals = [
        refused("POST", f"{path}/advance", f"frozen_time={MONDAY + 2 * DAY}".encode()),
        refused("DELETE", path),
        refused("POST", f"customers/{customer['id']}", b"name=Jenny"),
        refused("DELETE", f"customers/{customer['id']}"),
        refused("POST", "customers", f"test_clock={customer['test_clock']}".encode()),
    ]

    assert refusals == [(409, "test_clock_advancing", None)] * 5


def test_customers_of_a_clock_live_by_it(api, path, wire, customer):
    own = f"customers/{customer['id']}"
    api.post(f"{path}/advance", frozen_time=MONDAY + DAY)
    _work(wire)
    entry = api.post(f"{own}/balance_transactions", amount=-500, currency="usd").body
    tax_id = api.post(f"{own}/tax_ids", type="us_ein", value="12-3456789").body
    api.post(own, name="Jenny Rosen")

    updated = api.get("events", type="customer.updated").body["data"][0]

    assert customer["test_clock"] == wire["id"]
    assert customer["created"] == MONDAY
    assert [entry["created"], tax_id["created"], updated["created"]] == [MONDAY + DAY] * 3


def test_the_clock_is_shown_with_its_customer(api, wire, customer):
    shown = api.get(f"customers/{customer['id']}", expand=["test_clock"]).body

    assert shown["test_clock"] == wire


def test_a_clock_has_three_customers(api, wire, refused):
    for _ in range(3):
        api.post("customers", test_clock=wire["id"])

    answer = refused("POST", "customers", f"test_clock={wire['id']}".encode())

    assert answer == (400, None, "test_clock")


def test_a_customer_may_make_room_for_another(api, wire):
    first, *_ = [api.post("customers", test_clock=wire["id"]).body for _ in range(3)]
    api.delete(f"customers/{first['id']}")

    assert api.post("customers", test_clock=wire["id"]).status == 200


def test_live_customers_have_no_clock(keys, wire, nothing_written):
    live = V1Client(keys["sk_live"])

    with nothing_written():
        answer = live.post("customers", test_clock=wire["id"])

    assert (answer.status, answer.error["param"]) == (400, "test_clock")
    assert answer.error["code"] == "testmode_only"


def test_a_clock_is_given_once(refused, customer, wire):
    answer = refused("POST", f"customers/{customer['id']}", f"test_clock={wire['id']}".encode())

    assert answer == (400, "parameter_unknown", "test_clock")


def test_lists_show_the_customers_of_one_clock_or_of_none(api, wire, customer):
    plain = api.post("customers").body

    assert api.get("customers").ids == [plain["id"]]
    assert api.get("customers", test_clock=wire["id"]).ids == [customer["id"]]
    assert api.get("customers", test_clock=wire["id"], ending_before=customer["id"]).ids == []
    assert api.get("customers", test_clock="clock_none").ids == []


def test_its_customers_go_with_a_clock(api, path, wire, customer):
    answer = api.delete(path)

    assert answer.body == {
        "id": wire["id"],
        "object": "test_helpers.test_clock",
        "deleted": True,
    }
    assert [api.get(path).status, api.delete(path).status] == [404, 404]
    assert api.get(PATH).body["data"] == []
    assert api.get(f"customers/{customer['id']}").body["deleted"] is True
    gone = api.get("events", types=["test_helpers.test_clock.deleted", "customer.deleted"]).body
    assert [(event["type"], event["created"] == MONDAY) for event in gone["data"]] == [
        ("customer.deleted", True),
        ("test_helpers.test_clock.deleted", False),
    ]
    assert api.post("customers", test_clock=wire["id"]).error["param"] == "test_clock"


def test_a_failed_clock_can_be_deleted(api, path, wire, customer):
    Clock._base_manager.filter(pk=wire["id"]).update(status="internal_failure")

    refusal = api.post(f"customers/{customer['id']}", name="Jenny").error["code"]
    answer = api.delete(path)

    assert (refusal, answer.status) == ("test_clock_failed", 200)


def test_clocks_go_by_themselves_after_a_month(api, wire, customer):
    ends = datetime.fromtimestamp(wire["deletes_after"] + 1, UTC)

    counts = [clock_removal.delete_due(at=at) for at in (ends - timedelta(seconds=2), ends, ends)]

    assert counts == [0, 1, 0]
    assert api.get(PATH).body["data"] == []
    assert Customer._base_manager.get(pk=customer["id"]).is_deleted


def test_a_customer_on_a_clock_gets_a_token_of_now(api, wire):
    """Tokens live by real time, whatever the clock of who uses them says."""
    paying = api.post("customers", test_clock=wire["id"], source="tok_visa").body

    assert paying["default_source"].startswith("card_")
