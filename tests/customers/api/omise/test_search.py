"""`/omise/search`: what is found of customers and events, and what is refused."""

from datetime import UTC, datetime

import pytest

from customers.api.omise import search
from customers.kit import clock
from customers.kit.filter_conditions import Criteria
from customers.models import Site
from customers.services import api_keys
from tests.factories.customers import CustomerFactory
from tests.omise_client import OmiseClient


def theirs(customer):
    return f"cust_test_{customer.pk.removeprefix('cus_')}"


@pytest.fixture
def people(scope):
    """Three customers, a month apart, the oldest first."""
    return [
        CustomerFactory(
            email=f"{name.lower()}@example.com",
            name=f"{name} Rosen",
            description=description,
            metadata=metadata,
            created_at=datetime(2026, month, 10, 12, tzinfo=UTC),
        )
        for month, (name, description, metadata) in enumerate(
            [
                ("Jenny", "Buys books", {"user_id": "42", "vip": True}),
                ("Lee", "", {"user_id": 42}),
                ("Somchai", "Likes 100% cotton", {"user_id": "7"}),
            ],
            start=1,
        )
    ]


@pytest.fixture
def found(omise, people):
    """Searches for customers and returns the places of those found among the three."""

    def places(**params):
        answer = omise.get("search", scope="customer", **params)
        assert answer.status == 200, answer.body
        by_id = {theirs(customer): place for place, customer in enumerate(people)}
        return [by_id[each["id"]] for each in answer.body["data"]]

    return places


# -- the answer --------------------------------------------------------------------------------------------------------


def test_a_search(omise, people):
    pk = theirs(people[0])

    answer = omise.get(
        "search",
        scope="customer",
        query="jenny",
        filters={"created": "2026"},
        order="chronological",
    ).body
    customer = omise.get(f"customers/{pk}").body
    for each in (customer, *answer["data"]):
        each["cards"].pop("to")
    assert answer == {
        "object": "search",
        "scope": "customer",
        "query": "jenny",
        "filters": {"created": "2026"},
        "page": 1,
        "per_page": 30,
        "total": 1,
        "total_pages": 1,
        "location": "/omise/search",
        "order": "chronological",
        "data": [customer],
    }


def test_a_search_for_everything(found):
    assert found() == [2, 1, 0]
    assert found(order="chronological") == [0, 1, 2]


def test_the_python_client_s_way(keys, people):
    client = OmiseClient(keys["skey_test"], mount="")
    query = "scope=customer&query=Rosen&filters[created]=2026-01-01..2026-02-28&page=1"

    answer = client.send("GET", "search/", {}, query=query).body
    assert [each["id"] for each in answer["data"]] == [theirs(people[1]), theirs(people[0])]
    assert (answer["location"], answer["filters"]) == (
        "/search", {"created": "2026-01-01..2026-02-28"},
    )  # fmt: skip


def test_what_is_null_is_absent(omise, people):
    answer = omise.get("search", scope="customer", query=None, filters=None, page=None).body

    assert (answer["query"], answer["filters"], answer["page"], answer["total"]) == (None, {}, 1, 3)


# -- free text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("JENNY@EXAMPLE.COM", [0]),
        ("chai", [2]),
        ("books", [0]),
        ("100% cot", [2]),
        ("100_ cot", []),
        ("nobody", []),
    ],
)
def test_a_free_text_is_found_in_any_part(found, query, places):
    assert found(query=query) == places


def test_a_free_text_may_be_an_id_in_any_spelling(found, people):
    key = people[1].pk.removeprefix("cus_")

    assert [found(query=f"{prefix}{key}") for prefix in ("cus_", "cust_", "cust_test_")] == [
        [1]
    ] * 3


def test_a_free_text_and_filters_narrow_together(found):
    assert found(
        query="rosen", filters={"created": "2026-02..", "metadata": {"user_id": "42"}}
    ) == [1]


# -- filters -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("created", "places"),
    [
        ("2026-01-10", [0]),
        ("2026/01/10", [0]),
        ("2026-1", [0]),
        ("2026", [2, 1, 0]),
        ("2025", []),
        ("2026-01-11..2026-03-10", [2, 1]),
        ("2026-02..", [2, 1]),
        ("..2026-01", [0]),
        ("2026-02-10T12:00:00Z", [1]),
        ("2026-02-10T12:00:01Z..2026-12-31", [2]),
        ("2026-03..2026-01", []),
        ("today", []),
    ],
)
@pytest.mark.parametrize("name", ["created", "created_at"])
def test_by_time(found, name, created, places):
    assert found(filters={name: created}) == places


@pytest.mark.parametrize(
    ("word", "places"),
    [
        ("today", [0]), ("yesterday", [1]), ("this_week", [0, 1, 2]), ("last_week", [3]),
        ("this_month", [0, 1, 2, 3, 4]), ("last_month", [5]),
    ],
)  # fmt: skip
def test_by_time_in_words(omise, scope, monkeypatch, word, places):
    days = (20, 19, 16, 12, 1)  # the 20th is a Friday
    made = [CustomerFactory(created_at=datetime(2026, 2, day, 8, tzinfo=UTC)) for day in days]
    made.append(CustomerFactory(created_at=datetime(2026, 1, 31, 8, tzinfo=UTC)))
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 2, 20, 12, tzinfo=UTC))

    answer = omise.get("search", scope="customer", filters={"created": word}).body
    assert [each["id"] for each in answer["data"]] == [theirs(made[place]) for place in places]


def test_days_are_those_of_the_sites_time_zone(keys, site, scope):
    made = CustomerFactory(created_at=datetime(2026, 1, 31, 20, tzinfo=UTC))
    Site.objects.filter(pk=site.pk).update(timezone="Asia/Bangkok")
    omise = OmiseClient(keys["skey_test"])

    totals = [
        omise.get("search", scope="customer", filters={"created": day}).body["total"]
        for day in ("2026-01-31", "2026-02-01")
    ]
    assert totals == [0, 1]
    assert made.created_at.day == 31


def test_by_email_whole_and_in_either_case(found):
    assert found(filters={"email": "LEE@example.com"}) == [1]
    assert found(filters={"email": "lee@example"}) == []


def test_by_id_in_any_spelling(found, people):
    key = people[1].pk.removeprefix("cus_")

    assert [found(filters={"id": f"{prefix}{key}"}) for prefix in ("cus_", "cust_test_")] == [
        [1]
    ] * 2
    assert found(filters={"id": "cust_test_nobody"}) == []


@pytest.mark.parametrize(
    ("metadata", "places"),
    [
        ({"user_id": "42"}, [1, 0]),
        ({"user_id": 42}, [1, 0]),
        ({"vip": "true"}, [0]),
        ({"vip": True, "user_id": "42"}, [0]),
        ({"user_id": "4"}, []),
        ({"plan": "gold"}, []),
    ],
)
def test_by_metadata(found, metadata, places):
    assert found(filters={"metadata": metadata}) == places


def test_by_metadata_in_a_query_string(omise, people):
    answer = omise.send("GET", "search", query="scope=customer&filters[metadata][user_id]=7").body

    assert [each["id"] for each in answer["data"]] == [theirs(people[2])]


# -- pages -------------------------------------------------------------------------------------------------------------


def test_pages_are_walked(omise, people):
    pages = [
        omise.query("search", scope="customer", per_page=2, page=page).body for page in (1, 2, 3)
    ]

    assert [[each["id"] for each in page["data"]] for page in pages] == [
        [theirs(people[2]), theirs(people[1])], [theirs(people[0])], [],
    ]  # fmt: skip
    assert [(page["total"], page["total_pages"]) for page in pages] == [(3, 2)] * 3


def test_no_more_is_counted_than_pages_reach(omise, people, monkeypatch):
    monkeypatch.setattr(search, "COUNTED_UP_TO", 2)

    answer = omise.get("search", scope="customer", per_page=1).body
    assert (answer["total"], answer["total_pages"], len(answer["data"])) == (2, 2, 1)
    assert omise.get("search", scope="customer", per_page=1, page=3).body["code"] == "invalid_page"


@pytest.mark.parametrize("many", [1, 3])
def test_a_page_of_any_length_costs_the_same(omise, scope, many, django_assert_num_queries):
    CustomerFactory.create_batch(many)
    omise.get("search", scope="customer")

    with django_assert_num_queries(3):  # the key, the customers, their cards
        answer = omise.get("search", scope="customer", query="example.com")
    assert answer.body["total"] == many


def test_a_full_page_is_counted(omise, people, django_assert_num_queries):
    omise.get("search", scope="customer")

    with django_assert_num_queries(4):  # and how many there are
        answer = omise.get("search", scope="customer", per_page=2)
    assert answer.body["total"] == 3


# -- what is fresh, and whose it is ------------------------------------------------------------------------------------


def test_what_changed_is_found_at_once(omise):
    pk = omise.post("customers", email="jenny@example.com").body["id"]

    def totals():
        return [
            omise.get("search", scope="customer", query=text).body["total"]
            for text in ("jenny", "lee@")
        ]

    seen = [totals()]
    omise.patch(f"customers/{pk}", email="lee@example.com")
    seen.append(totals())
    omise.delete(f"customers/{pk}")
    seen.append(totals())
    assert seen == [[1, 0], [0, 1], [0, 0]]
    assert omise.get("search", scope="customer", filters={"id": pk}).body["data"] == []


def test_nobody_else_finds_it(strangers, people, omise):
    omise.post("customers")
    for stranger in strangers:
        answers = [
            stranger.get("search", scope="customer").body,
            stranger.get("search", scope="customer", query="rosen").body,
            stranger.get("search", scope="customer", filters={"id": theirs(people[0])}).body,
            stranger.get("search", scope="event").body,
        ]
        assert [(each["data"], each["total"], each["total_pages"]) for each in answers] == [
            ([], 0, 0)
        ] * 4


def test_a_key_searches_what_it_may_read(site, people):
    _, text = api_keys.issue(
        site, livemode=False, kind="restricted", permissions={"customers": "read"}, at=clock.now()
    )
    client = OmiseClient(text)

    answers = [client.get("search", scope=scope) for scope in ("customer", "event", "nothing")]
    assert [each.status for each in answers] == [200, 403, 403]
    by_query = client.send("GET", "search", {"scope": "event"}, query="scope=customer")
    assert (by_query.status, by_query.body["code"]) == (403, "authorization_failure")


def test_a_public_key_searches_nothing(keys, people):
    answer = OmiseClient(keys["pkey_test"]).get("search", scope="customer")

    assert (answer.status, answer.body["code"]) == (403, "authorization_failure")


# -- events ------------------------------------------------------------------------------------------------------------


def test_events(omise, api):
    pk = omise.post("customers").body["id"]
    omise.patch(f"customers/{pk}", email="jenny@example.com")
    api.post("organizations", name="Lee Books")
    created, updated = omise.get("events").body["data"]

    def found(**params):
        return omise.get("search", scope="event", **params).body["data"]

    assert found() == [updated, created]
    assert found(filters={"key": "customer.create"}) == [created]
    assert found(query=pk) == found(filters={"customer": pk}) == [updated, created]
    assert found(query=created["id"]) == found(filters={"id": created["id"]}) == [created]
    assert found(filters={"key": "organization.created"}) == []


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "code", "said"),
    [
        ({}, "invalid_scope", "scope"),
        ({"scope": "nothing"}, "invalid_scope", "scope"),
        ({"scope": ""}, "invalid_scope", "scope"),
        ({"scope": ["customer"]}, "invalid_scope", "scope"),
        ({"scope": 7}, "invalid_scope", "scope"),
        ({"scope": "recipient"}, "invalid_scope", "scope"),
        ({"scope": "customer", "filters": "x"}, "invalid_filter", "filters"),
        ({"scope": "customer", "filters": ["x"]}, "invalid_filter", "filters"),
        ({"scope": "customer", "filters": {"amount": 1}}, "invalid_filter", "filters[amount]"),
        ({"scope": "customer", "filters": {"x" * 500: 1}}, "invalid_filter", "filters["),
        ({"scope": "customer", "filters": {"email": {"a": "b"}}}, "invalid_filter", "filters[email]"),
        ({"scope": "customer", "filters": {"email": ["a"]}}, "invalid_filter", "filters[email]"),
        ({"scope": "customer", "filters": {"email": ""}}, "invalid_filter", "filters[email]"),
        ({"scope": "customer", "filters": {"email": "x" * 501}}, "invalid_filter", "filters[email]"),
        ({"scope": "customer", "filters": {"id": 7}}, "invalid_filter", "filters[id]"),
        ({"scope": "customer", "filters": {"id": ["cust_1"]}}, "invalid_filter", "filters[id]"),
        ({"scope": "customer", "filters": {"id": ""}}, "invalid_filter", "filters[id]"),
        ({"scope": "customer", "filters": {"metadata": "x"}}, "invalid_filter", "filters[metadata]"),
        ({"scope": "customer", "filters": {"metadata": {}}}, "invalid_filter", "filters[metadata]"),
        ({"scope": "customer", "filters": {"metadata": {"a": {}}}}, "invalid_filter", "filters[metadata]"),
        ({"scope": "customer", "filters": {"metadata": {"a": "x" * 501}}}, "invalid_filter", "filters[metadata]"),
        (
            {"scope": "customer", "filters": {"metadata": {str(number): "x" for number in range(11)}}},
            "invalid_filter", "filters[metadata]",
        ),
        ({"scope": "customer", "page": 0}, "invalid_page", "page"),
        ({"scope": "customer", "page": -1}, "invalid_page", "page"),
        ({"scope": "customer", "page": "two"}, "invalid_page", "page"),
        ({"scope": "customer", "page": 10**15}, "invalid_page", "page"),
        ({"scope": "customer", "page": 334}, "invalid_page", "10000"),
        ({"scope": "customer", "page": ""}, "invalid_page", "page"),
        ({"scope": "customer", "per_page": 0}, "bad_request", "per_page"),
        ({"scope": "customer", "per_page": 101}, "bad_request", "per_page"),
        ({"scope": "customer", "order": "newest"}, "bad_request", "order"),
        ({"scope": "customer", "query": "ab"}, "bad_request", "query"),
        ({"scope": "customer", "query": "x" * 501}, "bad_request", "query"),
        ({"scope": "customer", "query": {"description": "x"}}, "bad_request", "query"),
        ({"scope": "customer", "limit": 10}, "bad_request", "limit"),
    ],
)  # fmt: skip
def test_what_is_refused(omise, people, params, code, said):
    answer = omise.get("search", params)

    assert (answer.status, answer.body["object"], answer.body["code"]) == (400, "error", code)
    assert said in answer.body["message"]


@pytest.mark.parametrize(
    "created",
    ["soon", "2026-13", "2026-02-30", "..", "2026-01-01...2026-01-02", "9999", "9999-12", "9999-12-31", "0000",
     "99999-01-01", "2026-01-01T25:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "7", 7, True],
)  # fmt: skip
def test_what_is_no_time(omise, created):
    answer = omise.get("search", scope="customer", filters={"created": created})

    assert (answer.status, answer.body["code"]) == (400, "invalid_filter")
    assert "filters[created]" in answer.body["message"]


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_it_is_only_read(omise, method):
    assert omise.send(method, "search", {"scope": "customer"}).status == 405


def test_a_scope_has_one_name():
    taken = search.scopes["customer"]

    with pytest.raises(ValueError, match="customer"):
        search.enter("customer", search.scopes["event"].view, Criteria(ids=("id",)))
    assert search.scopes["customer"] == taken
