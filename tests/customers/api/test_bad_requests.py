"""Requests that no route takes: parameters, paths, methods, headers and ids, each tried on every route it can be."""

import pytest

from tests.seeded import ids, made, seeded
from tests.v1_client import FORM, form
from tests.v1_routes import ROUTES, of_groups, seed

__all__ = ["ids", "made", "seeded"]
JSON = "application/json"
HUGE = "9" * 30
TEMPLATES = {
    template: [route for route in ROUTES if route.template == template]
    for template in sorted({route.template for route in ROUTES})
}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
NEEDED = {  # by route: parameters with which it has no other complaint
    "GET customers/search": {"query": 'name:"jenny"'},
    "GET charges/search": {"query": "amount>1"},
    "GET payment_intents/search": {"query": "amount>1"},
    "POST charges": {"amount": 100, "currency": "usd"},
    "POST customers/<id:customer>/sources": {"source": "tok_visa"},
    "POST customers/<id:customer>/sources/<id:pk>/verify": {"amounts": [32, 45]},
    "POST customers/credit_from_payment_method": {
        "customer_id": "cus_1",
        "amount": 100,
        "currency": "usd",
    },
    "POST payment_intents": {"amount": 100, "currency": "usd"},
    "POST payment_methods/<id:pk>/attach": {"customer": "cus_1"},
    "POST customers/<id:customer>/addresses": {"type": "billing"},
    "POST customers/<id:customer>/balance_transactions": {"amount": 1, "currency": "usd"},
    "POST customers/<id:customer>/consents": {"channel": "mail_marketing", "granted": True},
    "POST customers/<id:customer>/tax_ids": {"type": "us_ein", "value": "12-3456789"},
    "POST custom_fields": {"key": "colour", "label": "Colour", "type": "text"},
    "POST organizations": {"name": "Lee Books"},
    **of_groups("NEEDED"),
}


def sending(route, ids, **params):
    """Return the arguments of `refused` for a route and parameters beside those that it needs."""
    where = "query" if route.method in {"GET", "DELETE"} else "body"
    text = form({**NEEDED.get(route.name, {}), **params})
    return {"method": route.method, "path": route.path(ids), where: text}


# -- everywhere --------------------------------------------------------------------------------------------------------


def test_every_route_refuses_an_unknown_parameter(each_refused, ids):
    found = each_refused({route.name: sending(route, ids, colour="red") for route in ROUTES})

    assert found == {route.name: (400, "parameter_unknown", "colour") for route in ROUTES}


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        pytest.param(b"{", JSON, 400, id="malformed"),
        pytest.param(b'{"a": "\\u0000"}', JSON, 400, id="null"),
        pytest.param(b"a=%ff", FORM, 400, id="no-utf-8"),
        pytest.param(b"a" + b"[b]" * 50 + b"=1", FORM, 400, id="brackets"),
        pytest.param(b"<a/>", "application/xml", 400, id="xml"),
        pytest.param(b"a=" + b"x" * 300_000, FORM, 413, id="large"),
    ],
)
def test_every_route_refuses_what_it_cannot_read(each_refused, ids, body, content_type, status):
    sent = {"body": body, "content_type": content_type}

    found = each_refused(
        {route.name: {"method": route.method, "path": route.path(ids), **sent} for route in ROUTES}
    )

    assert {name: refusal[0] for name, refusal in found.items()} == dict.fromkeys(found, status)


def test_every_route_refuses_what_cannot_be_expanded(each_refused, ids):
    def path(route):
        return "data.nothing" if route.action in {"list", "search"} else "nothing"

    found = each_refused({r.name: sending(r, ids, expand=[path(r)]) for r in ROUTES})

    assert found == dict.fromkeys(found, (400, None, "expand"))


LISTS = [route for route in ROUTES if route.action == "list"]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        (f"limit={HUGE}", "limit"),
        ("limit[]=1", "limit"),
        ("limit=1&limit=2", "limit"),
        ("page=0", "page"),
        (f"page={10**17}", "page"),
        ("page=2&starting_after=x", "page"),
        ("starting_after=x&ending_before=y", "ending_before"),
        ("starting_after=missing_1", "starting_after"),
        ("ending_before=missing_1", "ending_before"),
        ("starting_after=", "starting_after"),
        ("starting_after=%00", "starting_after"),
        ("starting_after[a]=b", "starting_after[a]"),
        ("created=yesterday", "created"),
        ("created[gte]=-1", "created[gte]"),
        (f"created[lt]={HUGE}", "created[lt]"),
        ("created[gt]=253402300800", "created[gt]"),
        ("created[near]=1", "created[near]"),
        ("created[gte][a]=1", "created[gte]"),
        ("created[]=1", "created"),
    ],
)
def test_every_list_refuses(each_refused, ids, query, param):
    is_missing = query.endswith("missing_1")
    # A list of what is only previewed begins with being told of what.
    lists = [route for route in LISTS if not (is_missing and "list" in route.view.inputs)]

    found = each_refused(
        {
            route.name: {
                "method": "GET",
                "path": route.path(ids),
                "query": _with_needed(route, query),
            }
            for route in lists
        }
    )

    assert {name: (status, named) for name, (status, _code, named) in found.items()} == {
        route.name: (404 if is_missing else 400, param) for route in lists
    }


def _with_needed(route, query):
    """Return a query with what its list has to be told in any case."""
    needed = of_groups("NEEDED").get(route.name, {})
    return "&".join(filter(None, [form(needed), query]))


# -- ids, paths, methods, headers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "customers/%00",
        "customers/%ff",
        "customers/%ed%a0%80",
        "customers/" + "a" * 65,
        "customers/" + "a" * 5000,
        "customers/cus_x%0a",
        "customers/cus_x'--",
        "customers/../account",
        "customers/",
        "customers//tax_ids",
        "customers/cus_x/nothing",
        "customers/cus_x/metadata/",
        "customers/cus_x/metadata/a%00",
        "customers/cus_x/metadata/" + "k" * 41,
        "",
        "%00",
        "nothing",
        "memberships",
        "openapi.json/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_path_that_leads_nowhere(refused, method, path):
    assert refused(method=method, path=path) == (404, None, None)


@pytest.mark.parametrize("key", ["%ff", "%0a", "k", "%F0%9F%98%80", "a.b", "%25"])
def test_a_metadata_key_that_is_not_there(refused, ids, key):
    path = f"customers/{ids['customer']}/metadata/{key}"

    assert refused(method="DELETE", path=path) == (404, "resource_missing", "key")


NAMED_LIKE_METHODS = [
    "LIST",
    "CREATE",
    "RETRIEVE",
    "UPDATE",
    "DESTROY",
    "FETCH",
    "DISPATCH",
    "MODEL",
    "READ",
    "SPELL",
]


@pytest.mark.parametrize(
    "method", ["OPTIONS", "TRACE", "CONNECT", "PROPFIND", "FOO", *METHODS, *NAMED_LIKE_METHODS]
)
def test_a_method_that_a_route_has_not(api, ids, nothing_written, method):
    without = {
        template: routes
        for template, routes in TEMPLATES.items()
        if method not in {route.method for route in routes}
    }
    paths = {template: routes[0].path(ids) for template, routes in without.items()}

    with nothing_written():
        answers = {template: api.send(method, path) for template, path in paths.items()}

    assert {
        template: (answer.status, answer.error["type"], answer.headers["Allow"])
        for template, answer in answers.items()
    } == {
        template: (405, "invalid_request_error", _allowed(routes))
        for template, routes in without.items()
    }


def _allowed(routes):
    known = {route.method for route in routes}
    return ", ".join(method for method in METHODS if method in known)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("k" * 256, id="256-characters"),
        pytest.param("k" * 60_000, id="60000-characters"),
        pytest.param("a\0b", id="null"),
        pytest.param("a\x1bb", id="control-character"),
        pytest.param("4242424242424242", id="card-number"),
    ],
)
def test_an_idempotency_key_that_cannot_be_kept(refused, key):
    status, _code, param = refused(body=b"name=x", headers={"Idempotency-Key": key})

    assert (status, param) == (400, "Idempotency-Key")


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param("", id="empty"),
        pytest.param("Bearer", id="bearer-alone"),
        pytest.param("Bearer " + "x" * 100_000, id="long"),
        pytest.param("Bearer \x00", id="null"),
        pytest.param("Bearer ÿþ", id="latin-1"),
        pytest.param("Basic !!!", id="no-base64"),
        pytest.param("Basic \xe9\xff", id="no-ascii"),
        pytest.param("Basic /w==", id="no-utf-8"),
        pytest.param("Basic Og==", id="empty-user"),
        pytest.param("Digest username=x", id="digest"),
        pytest.param("sk_test_" + "0" * 38, id="without-scheme"),
        pytest.param("Bearer sk_test_" + "0" * 38, id="unknown"),
        pytest.param("Bearer sk_test_' OR 1=1 --", id="injection"),
    ],
)
def test_credentials_that_are_none(refused, authorization):
    status, _code, _param = refused(body=b"name=x", headers={"Authorization": authorization})

    assert status == 401


def test_headers_that_are_huge(api):
    answer = api.send(
        "GET", "customers", headers={"X-Padding": "x" * 200_000, "Stripe-Version": "y" * 5000}
    )

    assert (answer.status, answer.headers["Stripe-Version"]) == (200, "2026-10-28.endive")


@pytest.mark.parametrize("account", ["acct_missing", "\0", "x" * 5000, "é"])
def test_an_account_that_is_not_the_keys(refused, account):
    found = refused(body=b"name=x", headers={"Stripe-Account": account})

    assert found == (404, "account_invalid", "Stripe-Account")


# -- ids of others -----------------------------------------------------------------------------------------------------


def test_an_organization_of_another_site(refused, other_api):
    theirs = other_api.post("organizations", name="Theirs").body["id"]

    assert refused(body=form({"organization": theirs})) == (404, "resource_missing", "organization")


@pytest.mark.parametrize("kind", ["customer", "organization", "event", "custom_field"])
def test_a_cursor_of_another_site(refused, other_api, kind):
    theirs = seed(other_api)

    for cursor in ("starting_after", "ending_before"):
        found = refused(method="GET", path=f"{kind}s", query=form({cursor: theirs[kind]}))
        assert found == (404, "resource_missing", cursor)


@pytest.mark.parametrize("kind", ["addresses", "balance_transactions", "consents", "tax_ids"])
def test_a_cursor_of_another_customer(refused, api, ids, kind):
    mine = api.post("customers", email="lee@example.com").body["id"]
    theirs = api.get(f"customers/{ids['customer']}/{kind}").ids[0]

    for cursor in ("starting_after", "ending_before"):
        path, query = f"customers/{mine}/{kind}", form({cursor: theirs})
        assert refused(method="GET", path=path, query=query) == (404, "resource_missing", cursor)
