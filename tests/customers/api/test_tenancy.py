"""Every route of `/v1/` with keys that may not use it: another site's, the other mode's, none, a publishable one."""

from urllib.parse import quote

import pytest
from django.urls import URLResolver, get_resolver

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import IdempotencyRecord
from customers.services import api_keys
from tests.seeded import ids, made, seeded
from tests.v1_client import V1Client, form
from tests.v1_routes import ROUTES, of_groups

__all__ = ["ids", "made", "seeded"]
OPEN = {"v1/openapi.json"}  # the document says nothing of any site
OF_ONE_SITE = {"account", "accounts"}  # without an id: always the key's own
OF_OWNERS = {"subscription_items": "subscription", "credit_notes/preview/lines": "invoice"}
"""Lists that have to be told whose they are, and by which parameter."""

MEMBERS = [route for route in ROUTES if "<" in route.template]
COLLECTIONS = [route for route in ROUTES if "<" not in route.template]
BODIES = {  # what a route needs to get as far as asking for its object
    "customers/<id:customer>/addresses": {"type": "billing", "line1": "1 Main Street"},
    "customers/<id:customer>/balance_transactions": {"amount": 100, "currency": "usd"},
    "customers/<id:customer>/consents": {"channel": "mail_marketing", "granted": True},
    "customers/<id:customer>/tax_ids": {"type": "us_ein", "value": "12-3456789"},
    "customers/<id:customer>/balance_transactions/<id:pk>": {"description": "Theirs"},
    "customers/<id:customer>/addresses/<id:pk>": {"city": "Theirs"},
    "customers/<id:pk>": {"name": "Theirs"},
    "customers/<id:pk>/cash_balance": {"settings": {"reconciliation_mode": "manual"}},
    "custom_fields/<id:pk>": {"label": "Theirs"},
    "organizations/<id:pk>": {"name": "Theirs"},
    "charges/<id:charge>/refunds": {"amount": 100},
    "charges/<id:charge>/refunds/<id:pk>": {"metadata": {"a": "1"}},
    "charges/<id:pk>": {"description": "Theirs"},
    "customers/<id:customer>/sources": {"source": "tok_visa"},
    "customers/<id:customer>/sources/<id:pk>": {"name": "Theirs"},
    "customers/<id:customer>/sources/<id:pk>/verify": {"amounts": [32, 45]},
    "disputes/<id:pk>": {"metadata": {"a": "1"}},
    "payment_intents/<id:pk>": {"description": "Theirs"},
    "payment_intents/<id:pk>/confirm": {"payment_method": "pm_card_visa"},
    "payment_intents/<id:pk>/verify_microdeposits": {"amounts": [32, 45]},
    "payment_methods/<id:pk>": {"metadata": {"a": "1"}},
    "payment_methods/<id:pk>/attach": {"customer": "<id:customer>"},
    "refunds/<id:pk>": {"metadata": {"a": "1"}},
    "setup_intents/<id:pk>": {"description": "Theirs"},
    "setup_intents/<id:pk>/confirm": {"payment_method": "pm_card_visa"},
    "setup_intents/<id:pk>/verify_microdeposits": {"amounts": [32, 45]},
    **of_groups("BODIES"),
}


_GAPS = (
    "customer", "line_item", "other_line", "attachable_intent", "mergeable_customer", "previewed_customer",
)  # fmt: skip


def ask(client, route, ids, **headers):
    body = b""
    if route.method in {"POST", "PUT", "PATCH"}:
        body = form(BODIES.get(route.template, {}))
        for gap in _GAPS:
            body = body.replace(quote(f"<id:{gap}>"), ids[gap])
    return client.send(route.method, route.path(ids), body, headers=headers)


def test_no_route_is_forgotten():
    mounted = {path for path in _paths(get_resolver()) if path.startswith("v1/")}

    assert mounted == OPEN | {f"v1/{route.template}" for route in ROUTES}


def _paths(resolver, prefix=""):
    for each in resolver.url_patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _paths(each, path)
        else:
            yield path


def test_the_seeded_objects_are_there(api, ids):
    """What is refused below is not refused for want of an object."""
    found = {
        route.name: ask(api, route, ids).status for route in MEMBERS if route.method != "DELETE"
    }

    assert found.pop("POST refunds/<id:pk>/cancel") == 400  # no refund waits for its customer
    assert found.pop("POST customers/<id:customer>/merges/<id:pk>/undo") == 400  # not the last one
    assert found == dict.fromkeys(found, 200)


@pytest.mark.parametrize("whose", ["another-site", "live-mode"])
def test_no_route_shows_or_changes_what_is_not_the_keys(keys, other, ids, nothing_written, whose):
    stranger = V1Client({"another-site": other[1]["sk_test"], "live-mode": keys["sk_live"]}[whose])
    routes = [
        route for route in MEMBERS if whose == "another-site" or "account" not in route.template
    ]

    with nothing_written():
        answers = {route.name: ask(stranger, route, ids) for route in routes}

    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(answers, 404)
    codes = {name: answer.error["code"] for name, answer in answers.items()}
    assert set(codes.values()) <= {"resource_missing", "account_invalid"}


@pytest.mark.parametrize("whose", ["another-site", "live-mode"])
def test_a_foreign_id_looks_like_one_that_never_was(keys, other, ids, whose):
    stranger = V1Client({"another-site": other[1]["sk_test"], "live-mode": keys["sk_live"]}[whose])
    missing = {name: f"{pk.partition('_')[0]}_{'0' * 24}" for name, pk in ids.items()}
    routes = [
        route for route in MEMBERS if whose == "another-site" or "account" not in route.template
    ]

    def told(of, route):
        error = ask(stranger, route, of).error
        for pk in of.values():
            error["message"] = error["message"].replace(pk, f"<{pk.partition('_')[0]}>")
        return error

    assert {r.name: told(ids, r) for r in routes} == {r.name: told(missing, r) for r in routes}


@pytest.mark.parametrize("whose", ["another-site", "live-mode"])
def test_no_list_shows_what_is_not_the_keys(keys, other, ids, whose):
    stranger = V1Client({"another-site": other[1]["sk_test"], "live-mode": keys["sk_live"]}[whose])
    lists = [
        route for route in COLLECTIONS
        if route.action in {"list", "search"} and route.template not in OF_ONE_SITE | set(OF_OWNERS)
    ]  # fmt: skip
    searches = ("charges/search", "customers/search", "payment_intents/search")
    query = dict.fromkeys(searches, form({"query": "created>0"}))
    query |= {path: form({"query": text}) for path, text in of_groups("SEARCHES").items()}

    found = {
        route.template: stranger.send("GET", route.template, query=query.get(route.template, ""))
        for route in lists
    }

    shown = {template: answer.body["data"] for template, answer in found.items()}
    assert shown == {route.template: [] for route in lists}


@pytest.mark.parametrize(("path", "owner"), OF_OWNERS.items())
def test_lists_of_an_owner_do_not_show_a_strangers(other, ids, path, owner):
    stranger = V1Client(other[1]["sk_test"])

    answer = stranger.get(path, **{owner: ids[owner]})

    assert answer.status == 404 or answer.body["data"] == []


def test_the_account_is_the_keys_own(site, other, keys):
    mine, theirs = V1Client(keys["sk_test"]), V1Client(other[1]["sk_live"])

    assert (mine.get("account").body["id"], theirs.get("account").body["id"]) == (
        site.pk,
        other[0].pk,
    )
    assert (mine.get("accounts").ids, theirs.get("accounts").ids) == ([site.pk], [other[0].pk])


@pytest.mark.parametrize(
    "narrowing",
    [
        {"email": "jenny.rosen@example.com"},
        {"external_id": "user_1042"},
        {"username": "jenny"},
        {"organization": "their organization"},
        {"created": {"gte": 0}},
    ],
    ids=lambda narrowing: next(iter(narrowing)),
)
def test_no_filter_widens_a_list(other_api, ids, narrowing):
    if "organization" in narrowing:
        narrowing = {"organization": ids["organization"]}

    assert other_api.get("customers", narrowing).body["data"] == []


@pytest.mark.parametrize(
    "query",
    [
        'email:"jenny.rosen@example.com"',
        '-email:"nobody@example.com"',
        'name~"rosen" OR created>0',
        'metadata["tier"]:"gold"',
        'external_id:"user_1042"',
        'organization:"Rosen Paper"',
        "phone:null OR -phone:null",
    ],
)
def test_no_search_reaches_across_sites(other_api, ids, query):
    assert other_api.get("customers/search", query=query).body["data"] == []


@pytest.mark.parametrize("match_on", ["email", "external_id", "metadata[tier]"])
def test_get_or_create_does_not_find_across_sites(other_api, api, ids, match_on):
    values = {
        "email": "jenny.rosen@example.com",
        "external_id": "user_1042",
        "metadata": {"tier": "gold"},
    }

    mine = api.post("customers", values, match={"on": match_on})
    theirs = other_api.post("customers", values, match={"on": match_on})

    assert mine.body["id"] == ids["customer"]
    assert theirs.status == 200
    assert theirs.body["id"] != ids["customer"]


def test_names_that_are_given_once_are_given_once_per_site(api, other_api, keys):
    names = {"username": "jessie", "external_id": "user_9", "invoice_prefix": "JESSIE"}
    live = V1Client(keys["sk_live"])

    answers = [client.post("customers", names).status for client in (api, other_api, live, api)]

    assert answers == [200, 200, 200, 400]


def test_idempotency_keys_are_a_sites_own(api, other_api, site, keys):
    live = V1Client(keys["sk_live"])
    headers = {"Idempotency-Key": "order-1"}

    answers = [
        client.post("customers", name="Jenny", headers=headers)
        for client in (api, other_api, live, api)
    ]

    ids = [answer.body["id"] for answer in answers]
    assert len(set(ids)) == 3
    assert ids[3] == ids[0]
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [
        None,
        None,
        None,
        "true",
    ]
    assert IdempotencyRecord.objects.filter(site=site, key="order-1").count() == 2


def test_a_custom_field_of_another_site_is_unknown(other_api, ids, nothing_written):
    with nothing_written():
        answer = other_api.post("customers", custom_fields={"seats": 1})

    assert (answer.status, answer.error["code"], answer.error["param"]) == (
        400, "parameter_unknown", "custom_fields[seats]",
    )  # fmt: skip


# -- who may ask at all ------------------------------------------------------------------------------------------------


def test_every_route_wants_a_key(ids, nothing_written):
    nobody = V1Client("")

    with nothing_written():
        answers = {route.name: ask(nobody, route, ids, Authorization="") for route in ROUTES}

    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert {answer.headers["WWW-Authenticate"] for answer in answers.values()} == {
        'Basic realm="Keeptab"'
    }


SECRET = [route for route in ROUTES if route.action not in route.view.public]
"""What browsers may not ask for; what they may is in tests/payments/api/test_publishable_keys.py."""


def test_every_route_refuses_a_publishable_key(keys, ids, nothing_written):
    for name in ("pk_test", "pkey_test"):
        with nothing_written():
            answers = {route.name: ask(V1Client(keys[name]), route, ids) for route in SECRET}
        found = {name: (answer.status, answer.error["code"]) for name, answer in answers.items()}
        assert found == dict.fromkeys(found, (403, "secret_key_required"))


def test_what_a_publishable_key_may_ask_for():
    assert {route.name for route in ROUTES} - {route.name for route in SECRET} == {
        "GET payment_intents/<id:pk>",
        "GET setup_intents/<id:pk>",
        "POST payment_intents/<id:pk>/confirm",
        "POST payment_intents/<id:pk>/verify_microdeposits",
        "POST payment_methods",
        "POST setup_intents/<id:pk>/confirm",
        "POST setup_intents/<id:pk>/verify_microdeposits",
        "POST tokens",
    }


def test_a_publishable_key_needs_the_intents_own_secret(keys, ids, nothing_written):
    client = V1Client(keys["pk_test"])
    routes = [route for route in ROUTES if route not in SECRET and "<id:pk>" in route.template]

    with nothing_written():
        answers = {route.name: ask(client, route, ids) for route in routes}

    found = {name: (answer.status, answer.error["param"]) for name, answer in answers.items()}
    assert found == dict.fromkeys(found, (400, "client_secret"))


def test_every_route_refuses_a_restricted_key_without_permissions(site, ids, nothing_written):
    key = restricted(site, {})

    with nothing_written():
        answers = {route.name: ask(key, route, ids) for route in ROUTES}

    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(answers, 403)


@pytest.mark.parametrize("level", ["read", "write"])
def test_a_restricted_key_does_what_it_may(site, ids, level):
    resources = {route.view.resource for route in ROUTES}
    key = restricted(site, dict.fromkeys(resources, level))
    routes = [route for route in ROUTES if route.method != "DELETE"]

    answers = {route.name: ask(key, route, ids).status for route in routes}

    may = {route.name: level == "write" or route.method == "GET" for route in routes}
    assert {name: status != 403 for name, status in answers.items()} == may


@pytest.mark.parametrize("resource", sorted({route.view.resource for route in ROUTES}))
def test_a_permission_is_for_its_resource_alone(site, ids, resource):
    key = restricted(site, {resource: "read"})
    routes = [route for route in ROUTES if route.method == "GET"]

    allowed = {route.name for route in routes if ask(key, route, ids).status != 403}

    assert allowed == {
        route.name
        for route in routes
        if {route.view.resource, *route.view.also_shown} == {resource}
    }


def test_a_key_works_from_its_networks_alone(site, ids, nothing_written):
    _, text = api_keys.issue(
        site, livemode=False, kind="secret", allowed_ips=["203.0.113.0/24"], at=clock.now()
    )

    with nothing_written():
        answers = {route.name: ask(V1Client(text), route, ids) for route in ROUTES}

    found = {name: (answer.status, answer.error["code"]) for name, answer in answers.items()}
    assert found == dict.fromkeys(found, (403, "ip_not_allowed"))


def restricted(site, permissions):
    _, text = api_keys.issue(
        site, livemode=False, kind="restricted", permissions=permissions, at=clock.now()
    )
    return V1Client(text)


def test_an_omise_key_of_the_site_sees_the_same(keys, api, ids):
    omise = V1Client(keys["skey_test"])

    found = omise.get("customers").ids

    assert ids["customer"] in found
    assert found == api.get("customers").ids


def test_a_key_decides_whatever_was_chosen_around_it(api, site, ids):
    with scoped_to(site, livemode=True):
        found = api.get("customers").ids

    assert ids["customer"] in found
    assert found == api.get("customers").ids
