"""Every route of the Omise dialect with what it must not take: others' ids, publishable keys, unknown parameters."""

import pytest

from customers.restkit import omise_ids
from tests.omise_client import OmiseClient
from tests.omise_routes import ROUTES, seed

MEMBERS = [route for route in ROUTES if "<id:" in route.template]
OF_A_DOCUMENT = "disputes/<id:dispute>/documents/<id:pk>"  # never one that is there
BODIES = {"POST charges/<id:charge>/refunds": {"amount": 100}}
"""What a route needs to get as far as asking for its object."""
PUBLIC = {"GET capability", "GET tokens/<id:pk>", "POST sources", "POST tokens"}
READ_UNLIKE_OTHERS = {
    "GET search": "Name a scope",
    "GET search/": "Name a scope",
    "POST disputes/<id:dispute>/documents": "Keeptab does not keep documents",
    "POST sources": "Sources are not offered",
}
"""What is said where an unknown parameter is not looked at, since something else is wrong in any case."""


@pytest.fixture
def ids(omise, api, scope):
    return seed(omise, api)


@pytest.fixture
def strangers(keys, other):
    """Clients that must not see what is the test mode's, by name."""
    return {
        "another-site": OmiseClient(other[1]["skey_test"]),
        "live-mode": OmiseClient(keys["skey_live"]),
    }


def ask(client, route, ids, **params):
    return client.send(route.method, route.path(ids), {**BODIES.get(route.name, {}), **params})


def in_our_spelling(pk):
    """Return an id as `/v1/` spells it."""
    return f"{omise_ids.canonical(pk).partition('_')[0]}_{pk.rpartition('_')[2]}"


def told(answers):
    """Return the status and the code of each answer."""
    return {name: (answer.status, answer.body.get("code")) for name, answer in answers.items()}


def test_the_seeded_objects_are_there(omise, ids):
    """What is refused below is not refused for want of an object."""
    routes = [
        route
        for route in ROUTES
        if route.method == "GET" and not route.template.startswith("search")
    ]

    found = {route.name: ask(omise, route, ids) for route in routes}

    assert found.pop(f"GET {OF_A_DOCUMENT}").status == 404
    assert told(found) == dict.fromkeys(found, (200, None))


@pytest.mark.parametrize("whose", ["another-site", "live-mode"])
def test_no_route_shows_or_changes_what_is_not_the_keys(strangers, ids, nothing_written, whose):
    with nothing_written():
        answers = {route.name: ask(strangers[whose], route, ids) for route in MEMBERS}

    assert told(answers) == dict.fromkeys(answers, (404, "not_found"))


def test_what_is_not_there_is_named_as_it_was_asked_for(omise, ids, nothing_written):
    absent = {kind: f"{pk.rpartition('_')[0]}_absent" for kind, pk in ids.items()}

    with nothing_written():
        answers = {route.name: ask(omise, route, absent) for route in MEMBERS}

    assert told(answers) == dict.fromkeys(answers, (404, "not_found"))
    for answer in answers.values():
        noun, pk, *rest = answer.body["message"].split(" ")
        assert (pk, rest) == (absent[noun], ["was", "not", "found"])


def test_every_id_is_understood_in_our_spelling_too(omise, ids):
    ours = {kind: in_our_spelling(pk) if "_" in pk else pk for kind, pk in ids.items()}
    routes = [route for route in MEMBERS if route.method == "GET"]

    by_theirs = {route.name: ask(omise, route, ids) for route in routes}
    by_ours = {route.name: ask(omise, route, ours) for route in routes}

    assert told(by_ours) == told(by_theirs)
    assert [answer.body.get("id") for answer in by_ours.values()] == [
        answer.body.get("id") for answer in by_theirs.values()
    ]


def test_publishable_keys_do_next_to_nothing(browser, ids, nothing_written):
    routes = [route for route in ROUTES if route.name not in PUBLIC]

    with nothing_written():
        answers = {route.name: ask(browser, route, ids) for route in routes}

    assert told(answers) == dict.fromkeys(answers, (403, "authorization_failure"))


def test_parameters_that_there_are_not_are_refused_by_name(omise, ids, nothing_written):
    with nothing_written():
        answers = {route.name: ask(omise, route, ids, colour="red") for route in ROUTES}

    assert {answer.body["object"] for answer in answers.values()} == {"error"}
    for name, answer in answers.items():
        assert (
            READ_UNLIKE_OTHERS.get(name, "Received unknown parameter: colour")
            in answer.body["message"]
        )


def test_a_deleted_customers_routes_lead_nowhere(omise, ids, nothing_written):
    omise.delete(f"customers/{ids['customer']}")
    routes = [route for route in MEMBERS if route.template.startswith("customers/")]

    with nothing_written():
        answers = {route.name: ask(omise, route, ids) for route in routes}

    assert told(answers) == dict.fromkeys(answers, (404, "not_found"))
    assert {answer.body["message"] for answer in answers.values()} == {
        f"customer {ids['customer']} was not found"
    }
