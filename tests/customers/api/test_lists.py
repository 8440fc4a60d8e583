"""Lists of `/v1/`: cursors, pages, ranges, filters, and what they cost."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.services import customers, organizations

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def crowd(scope):
    """Seven customers, the newest first; the third and fourth were made in the same instant."""
    seconds = (60, 50, 40, 40, 30, 20, 10)
    made = [
        customers.create(
            details={"name": f"Customer {second}"}, at=NOON + timedelta(seconds=second)
        )
        for second in seconds
    ]
    newest_first = sorted(
        made, key=lambda customer: (customer.created_at, customer.pk), reverse=True
    )
    return [customer.pk for customer in newest_first]


def test_a_list_of_nothing(api):
    assert api.get("customers").body == {
        "object": "list",
        "data": [],
        "has_more": False,
        "url": "/v1/customers",
    }


def test_the_newest_come_first(api, crowd):
    answer = api.get("customers").body

    assert [customer["id"] for customer in answer["data"]] == crowd
    assert answer["has_more"] is False


def test_ten_are_shown_unless_told_otherwise(api, scope):
    for second in range(11):
        customers.create(details={}, at=NOON + timedelta(seconds=second))

    usual, all_ = api.get("customers"), api.get("customers", limit=11)

    assert (len(usual.ids), usual.body["has_more"]) == (10, True)
    assert (len(all_.ids), all_.body["has_more"]) == (11, False)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_walking_forwards_and_backwards_meets_everyone_once(api, crowd, limit):
    forwards, backwards = [], []

    page = api.get("customers", limit=limit)
    forwards += page.ids
    while page.body["has_more"]:
        page = api.get("customers", limit=limit, starting_after=forwards[-1])
        forwards += page.ids
    page = api.get("customers", limit=limit, ending_before=crowd[-1])
    backwards[:0] = page.ids
    while page.body["has_more"]:
        page = api.get("customers", limit=limit, ending_before=backwards[0])
        backwards[:0] = page.ids

    assert forwards == crowd
    assert backwards == crowd[:-1]


def test_a_cursor_at_the_end_leads_to_nothing(api, crowd):
    after, before = (
        api.get("customers", starting_after=crowd[-1]),
        api.get("customers", ending_before=crowd[0]),
    )

    assert (after.ids, after.body["has_more"]) == ([], False)
    assert (before.ids, before.body["has_more"]) == ([], False)


def test_a_deleted_customer_still_is_a_cursor(api, crowd):
    api.delete(f"customers/{crowd[2]}")

    assert api.get("customers", starting_after=crowd[2]).ids == crowd[3:]
    assert api.get("customers", ending_before=crowd[2]).ids == crowd[:2]
    assert api.get("customers").ids == [*crowd[:2], *crowd[3:]]


def test_pages_are_counted_from_one(api, crowd):
    pages = [api.get("customers", limit=3, page=number) for number in (1, 2, 3, 4)]

    assert [page.ids for page in pages] == [crowd[:3], crowd[3:6], crowd[6:], []]
    assert [page.body["has_more"] for page in pages] == [True, True, False, False]


def test_pages_reach_so_deep(api, nothing_written):
    assert api.get("customers", limit=100, page=1001).status == 200

    answer = api.get("customers", limit=100, page=1002)

    assert (answer.status, answer.error["param"]) == (400, "page")


@pytest.mark.parametrize(
    ("created", "found"),
    [
        ({"gt": 40}, [60, 50]),
        ({"gte": 40}, [60, 50, 40, 40]),
        ({"lt": 20}, [10]),
        ({"lte": 20}, [20, 10]),
        ({"gt": 20, "lt": 50}, [40, 40, 30]),
        ({"gte": 20, "lte": 20}, [20]),
        ({"gt": 60}, []),
        (40, [40, 40]),
        (41, []),
    ],
)
def test_created_narrows(api, crowd, created, found):
    start = int(NOON.timestamp())
    asked = (
        {name: start + second for name, second in created.items()}
        if isinstance(created, dict)
        else start + created
    )

    names = [customer["name"] for customer in api.get("customers", created=asked).body["data"]]

    assert names == [f"Customer {second}" for second in found]


def test_a_filter_and_a_cursor_work_together(api, crowd):
    asked = {"created": {"gte": int(NOON.timestamp()) + 30}, "limit": 2}

    first = api.get("customers", asked)
    second = api.get("customers", asked, starting_after=first.ids[-1])
    third = api.get("customers", asked, starting_after=second.ids[-1])

    assert [*first.ids, *second.ids, *third.ids] == crowd[:5]
    assert [page.body["has_more"] for page in (first, second, third)] == [True, True, False]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"email": "Jenny@example.com"}, ["Upper"]),
        ({"email": "jenny@example.com"}, ["Lower"]),
        ({"email": "JENNY@example.com"}, []),
        ({"external_id": "user_1"}, ["Lower"]),
        ({"username": "jenny"}, ["Upper"]),
        ({"username": "Jenny"}, []),
    ],
)
def test_customers_are_filtered_to_the_letter(api, scope, asked, names):
    for details in (
        {"name": "Lower", "email": "jenny@example.com", "external_id": "user_1"},
        {"name": "Upper", "email": "Jenny@example.com", "username": "jenny"},
        {"name": "Other", "email": "lee@example.com"},
    ):
        customers.create(details=details, at=NOON)

    assert [customer["name"] for customer in api.get("customers", asked).body["data"]] == names


def test_customers_of_an_organization(api, scope):
    organization = organizations.create(details={"name": "Lee Books"}, at=NOON)
    member = customers.create(details={"organization": organization}, at=NOON)
    customers.create(details={}, at=NOON)

    assert api.get("customers", organization=organization.pk).ids == [member.pk]


def test_a_filter_may_come_in_a_json_body(api, crowd):
    answer = api.json("customers", {"limit": 2, "created": {"lt": 2_000_000_000}}, method="GET")

    assert answer.ids == crowd[:2]


@pytest.mark.parametrize(
    "asked", [{}, {"limit": 1}, {"page": 2, "limit": 2}, {"created": {"gt": 1}}]
)
def test_a_list_costs_two_queries_however_long_it_is(api, crowd, asked, django_assert_num_queries):
    api.get("customers")

    with django_assert_num_queries(2):
        api.get("customers", asked)


def test_a_page_by_cursor_costs_two_queries(api, crowd, django_assert_num_queries):
    api.get("customers")

    with django_assert_num_queries(2):
        answer = api.get("customers", starting_after=crowd[3])

    assert answer.ids == crowd[4:]


def test_head_answers_as_get_does_but_for_the_body(api, crowd):
    head, get = api.send("HEAD", "customers"), api.get("customers")

    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
