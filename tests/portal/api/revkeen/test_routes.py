"""Every route of the RevKeen dialect with what it must not take: others' ids, other keys, unknown parameters."""

import pytest

from tests.factories.customers import CustomerFactory
from tests.revkeen_client import RevkeenClient
from tests.revkeen_routes import ROUTES, seed

MEMBERS = [route for route in ROUTES if "<id:" in route.template]
BODIES = {
    "POST customer-portal/sessions": {"customer_id": "cus_0"},
    "POST billing-portal/sessions": {"customer_id": "cus_0"},
}
ROUTES_BY_NAME = {route.name: route for route in ROUTES}


@pytest.fixture
def revkeen(keys):
    return RevkeenClient(keys["sk_test"])


@pytest.fixture
def ids(revkeen, scope):
    return seed(revkeen)


def token_of(client, customer):
    return RevkeenClient(
        client.post("customer-portal/sessions", customer_id=customer).body["data"]["token"]
    )


@pytest.fixture
def own(revkeen, ids):
    """The seeded customer's own program."""
    return token_of(revkeen, ids["customers"])


@pytest.fixture
def strangers(keys, other, scope, revkeen):
    """By name: clients that must not see what is the test mode's, and another customer's program."""
    fellow = token_of(revkeen, CustomerFactory().pk)
    there = RevkeenClient(other[1]["sk_test"])
    theirs = there.post("customers", email="jane@example.com").body["data"]["id"]
    return {
        "another-site": (there, token_of(there, theirs)),
        "live-mode": (RevkeenClient(keys["sk_live"]), fellow),
    }


def ask(clients, route, ids, **params):
    """Send a request by whoever it is for: the merchant's program, or the customer's."""
    client = clients[route.is_own]
    body = {**BODIES.get(route.name, {}), **params}
    if route.method in {"GET", "DELETE"}:
        return client.send(
            route.method, route.path(ids), query="&".join(f"{k}={v}" for k, v in body.items())
        )
    return client.send(route.method, route.path(ids), body)


def told(answers):
    """Return the status and the code of each answer."""
    return {
        name: (answer.status, answer.body.get("error", {}).get("code"))
        for name, answer in answers.items()
    }


def test_the_seeded_objects_are_there(revkeen, own, ids):
    """What is refused below is not refused for want of an object."""
    routes = [route for route in ROUTES if route.method == "GET"]

    answers = {route.name: ask((revkeen, own), route, ids) for route in routes}

    assert told(answers) == dict.fromkeys(answers, (200, None))


@pytest.mark.parametrize("whose", ["another-site", "live-mode"])
def test_no_route_shows_or_changes_what_is_not_the_callers(strangers, ids, nothing_written, whose):
    with nothing_written():
        answers = {route.name: ask(strangers[whose], route, ids) for route in MEMBERS}

    assert told(answers) == dict.fromkeys(answers, (404, "not_found"))


def test_what_is_not_there_is_named_as_it_was_asked_for(revkeen, own, ids, nothing_written):
    absent = {kind: f"{pk.partition('_')[0]}_absent" for kind, pk in ids.items()}

    with nothing_written():
        answers = {route.name: ask((revkeen, own), route, absent) for route in MEMBERS}

    assert told(answers) == dict.fromkeys(answers, (404, "not_found"))
    assert {answer.body["message"].endswith("_absent'") for answer in answers.values()} == {True}


def test_publishable_keys_do_nothing(keys, ids, nothing_written):
    browser = RevkeenClient(keys["pk_test"])

    with nothing_written():
        answers = {route.name: ask((browser, browser), route, ids) for route in ROUTES}

    assert {(answer.status, ROUTES_BY_NAME[name].is_own) for name, answer in answers.items()} == {
        (403, False), (401, True),
    }  # fmt: skip


def test_parameters_that_there_are_not_are_refused_by_name(revkeen, own, ids, nothing_written):
    with nothing_written():
        answers = {route.name: ask((revkeen, own), route, ids, colour="red") for route in ROUTES}

    assert {answer.status for answer in answers.values()} == {400}
    assert {answer.body["message"] for answer in answers.values()} == {
        "Received unknown parameter: colour"
    }


def test_errors_hold_what_their_resource_s_do(revkeen, own, ids):
    answers = {route: ask((revkeen, own), route, ids, colour="red") for route in ROUTES}

    for route, answer in answers.items():
        kept = {name for name in route.view.error_members if name != "param"}
        assert answer.body["error"].keys() - {"param"} == kept, route.name
        assert answer.body["message"] == answer.body["error"]["message"]


@pytest.mark.parametrize("method", ["PATCH", "POST"])
@pytest.mark.parametrize(
    "value", [None, "", [], {}, 0, True, 1e300, "x" * 6000, "\u202e\U0001f600", [[["x"]]]], ids=repr
)
def test_no_value_is_a_fault_of_ours(revkeen, own, ids, method, value):
    revkeen.client.raise_request_exception = own.client.raise_request_exception = False
    names = (
        "address", "address_line1", "cancel_at_period_end", "city", "companyName", "country", "currency",
        "customFields", "customer_id", "description", "email", "enabled", "enabled_events", "match", "metadata",
        "name", "phone", "reason", "return_url", "taxId", "ttl_minutes", "url",
    )  # fmt: skip
    routes = [route for route in ROUTES if route.method == method and route.action != "cancel"]

    answers = [
        ask((revkeen, own), route, ids, **{name: value}) for route in routes for name in names
    ]

    assert {answer.status for answer in answers} <= {200, 201, 400, 404, 409}


@pytest.mark.parametrize("value", ["", "x", "-1", "99999999999999999999", "1.5", "%00", "a[b]"])
def test_no_query_is_a_fault_of_ours(revkeen, own, ids, value):
    revkeen.client.raise_request_exception = own.client.raise_request_exception = False
    names = (
        "created_gte", "customer_id", "email", "ending_before", "endpoint_id", "limit", "offset", "page", "search",
        "starting_after", "status", "type", "types",
    )  # fmt: skip
    routes = [route for route in ROUTES if route.action == "list"]

    answers = [
        ask((revkeen, own), route, ids, **{name: value}) for route in routes for name in names
    ]

    assert {answer.status for answer in answers} <= {200, 400, 404}
