"""Lists of the Omise dialect: by offset, in order, between instants, counted."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.kit.tenancy import scoped_to
from customers.restkit import omise_lists
from customers.services import customers
from tests.omise_client import OmiseClient

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def seven(site):
    """Seven customers, one a day."""
    with scoped_to(site, livemode=False):
        for number in range(7):
            details = {"email": f"customer{number}@example.com"}
            customers.create(details=details, at=FIRST + timedelta(days=number))


def _numbers(answer):
    return [int(wire["email"][len("customer")]) for wire in answer.body["data"]]


def _asked(omise, **params):
    """Ask as the Python client does and as Node's does, and return the one answer."""
    answers = [omise.get("customers", **params), omise.query("customers", **params)]
    assert _numbers(answers[0]) == _numbers(answers[1])
    return answers[0]


def test_a_list_begins_with_the_oldest(omise, seven):
    answer = omise.get("customers")

    assert _numbers(answer) == [0, 1, 2, 3, 4, 5, 6]
    envelope = {name: value for name, value in answer.body.items() if name not in {"data", "to"}}
    assert envelope == {
        "object": "list",
        "limit": 20,
        "offset": 0,
        "total": 7,
        "location": "/omise/customers",
        "order": "chronological",
        "from": "1970-01-01T00:00:00Z",
    }


@pytest.mark.parametrize(
    ("params", "shown", "total"),
    [
        pytest.param({"limit": 3}, [0, 1, 2], 7, id="the first page"),
        pytest.param({"limit": 3, "offset": 3}, [3, 4, 5], 7, id="a later page"),
        pytest.param({"limit": 3, "offset": 6}, [6], 7, id="the last page"),
        pytest.param({"limit": 3, "offset": 7}, [], 7, id="behind the end"),
        pytest.param({"limit": 7}, [0, 1, 2, 3, 4, 5, 6], 7, id="exactly all"),
        pytest.param({"limit": 2, "order": "reverse_chronological"}, [6, 5], 7, id="backwards"),
        pytest.param({"limit": 2, "order": "chronological"}, [0, 1], 7, id="forwards"),
        pytest.param({"from": "2026-01-03T00:00:00Z"}, [2, 3, 4, 5, 6], 5, id="from"),
        pytest.param({"to": "2026-01-03T00:00:00Z"}, [0, 1, 2], 3, id="to"),
        pytest.param({"from": "2026-01-02", "to": "2026-01-03"}, [1, 2], 2, id="days"),
        pytest.param(
            {"from": "2026-01-03T07:00:00+07:00", "to": "2026-01-04T07:00:00+07:00", "limit": 1},
            [2], 2, id="with a zone",
        ),
        pytest.param({"from": "2027-01-01T00:00:00Z"}, [], 0, id="nothing"),
        pytest.param({"limit": None, "offset": None, "order": None}, [0, 1, 2, 3, 4, 5, 6], 7, id="nulls"),
    ],
)  # fmt: skip
def test_pages(omise, seven, params, shown, total):
    answer = omise.get("customers", params) if None in params.values() else _asked(omise, **params)

    assert (_numbers(answer), answer.body["total"]) == (shown, total)


def test_a_walk_meets_everyone_once(omise, seven):
    seen, offset = [], 0
    while True:
        page = _numbers(omise.get("customers", limit=2, offset=offset))
        seen += page
        if len(page) < 2:
            break
        offset += 2

    assert seen == [0, 1, 2, 3, 4, 5, 6]


def test_the_root_is_another_place_for_the_same(keys, seven):
    at_root = OmiseClient(keys["skey_test"], mount="")

    answer = at_root.get("customers", limit=1)

    assert answer.body["location"] == "/customers"
    assert answer.body["data"][0]["location"] == f"/customers/{answer.body['data'][0]['id']}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", 0),
        ("limit", 101),
        ("limit", "many"),
        ("limit", [1]),
        ("offset", -1),
        ("offset", 10**12),
        ("order", "random"),
        ("from", "yesterday"),
        ("from", 7),
        ("to", "0001-01-01T00:00:00+14:00"),
        ("to", "9999-12-31T23:59:59-14:00"),
        ("starting_after", "cust_test_1"),
    ],
)
def test_bad_values_are_refused_by_name(omise, name, value):
    answer = omise.get("customers", {name: value})

    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert name in answer.body["message"]


def test_a_list_costs_the_same_however_long(omise, token, django_assert_num_queries):
    for _ in range(2):
        omise.post("customers", card=token())
    omise.get("customers")
    for limit in (1, 2):
        with django_assert_num_queries(4):  # key, page, total, cards
            assert len(omise.get("customers", limit=limit).body["data"]) == limit


def test_the_total_of_a_long_list_is_counted_now_and_then(omise, seven, monkeypatch):
    monkeypatch.setattr(omise_lists, "_COUNTED", 3)
    before = omise.get("customers", limit=2).body["total"]
    omise.post("customers", email="customer8@example.com")

    remembered = omise.get("customers", limit=2).body["total"]
    seen = omise.get("customers", limit=2, offset=6).body["total"]
    afterwards = omise.get("customers", limit=2).body["total"]

    assert (before, remembered, seen, afterwards) == (7, 7, 8, 8)


def test_what_a_test_clock_has_dated_ahead_is_shown_and_the_list_says_until_when(omise, site):
    ahead = datetime(2060, 5, 1, 12, tzinfo=UTC)
    with scoped_to(site, livemode=False):
        for number, at in enumerate((FIRST, ahead)):
            customers.create(details={"email": f"customer{number}@example.com"}, at=at)

    answer = _asked(omise)

    assert (_numbers(answer), answer.body["to"]) == ([0, 1], "2060-05-01T12:00:00Z")
    assert _numbers(_asked(omise, to=answer.body["to"])) == [0, 1]
    assert _asked(omise, to="2059-01-01").body["to"] == "2059-01-01T00:00:00Z"
