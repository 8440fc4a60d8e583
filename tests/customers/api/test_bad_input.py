"""Nasty input (reliability.md 4.9), through the real layers: JSON in Stripe's shape, never a 500, nothing written."""

import gzip
import json

import pytest

from customers.kit.tenancy import scoped_to
from customers.models import IdempotencyRecord
from tests.v1_client import FORM, form
from tests.v1_routes import ROUTES, seed

JSON = "application/json"
TEMPLATES = {
    template: [route for route in ROUTES if route.template == template]
    for template in sorted({route.template for route in ROUTES})
}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
NEEDED = {  # by route: parameters with which it has no other complaint
    "GET customers/search": {"query": 'name:"jenny"'},
    "POST customers/<id:customer>/addresses": {"type": "billing"},
    "POST customers/<id:customer>/balance_transactions": {"amount": 1, "currency": "usd"},
    "POST customers/<id:customer>/consents": {"channel": "mail_marketing", "granted": True},
    "POST customers/<id:customer>/tax_ids": {"type": "us_ein", "value": "12-3456789"},
    "POST custom_fields": {"key": "colour", "label": "Colour", "type": "text"},
    "POST organizations": {"name": "Lee Books"},
}


@pytest.fixture
def api(api):
    """The client, answering as a server does where a view raises."""
    api.client.raise_request_exception = False
    return api


@pytest.fixture
def ids(api):
    return seed(api)


@pytest.fixture
def refused(api, nothing_written):
    """Sends one request, checks that it was refused and wrote nothing, and returns (status, code, param)."""

    def send(method="POST", path="customers", body=b"", content_type=FORM, *, kept=0, **options):
        with nothing_written(answers_kept=kept):
            answer = api.send(method, path, body, content_type, **options)
        assert answer.headers["Content-Type"] == JSON
        assert answer.headers["Request-Id"].startswith("req_")
        error = answer.error
        assert error.pop("message")
        assert error.pop("type") == "invalid_request_error"
        return answer.status, error.pop("code", None), error.pop("param", None)

    return send


def sending(route, ids, **params):
    """Return the arguments of `refused` for a route and parameters beside those that it needs."""
    where = "query" if route.method in {"GET", "DELETE"} else "body"
    text = form({**NEEDED.get(route.name, {}), **params})
    return {"method": route.method, "path": route.path(ids), where: text}


def as_json(**members):
    return json.dumps(members).encode()


def deep(levels, opening="[", closing="]"):
    return (opening * levels + closing * levels).encode()


# -- what cannot be read at all ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="unfinished"),
        pytest.param(b'{"name": }', id="without-value"),
        pytest.param(b"{'name': 'x'}", id="single-quotes"),
        pytest.param(b'{"name": "x"} trailing', id="trailing"),
        pytest.param(b"[]", id="list"),
        pytest.param(b'"name"', id="text"),
        pytest.param(b"null", id="null"),
        pytest.param(b"1", id="number"),
        pytest.param(b" ", id="blank"),
        pytest.param(b'{"name": "\xff"}', id="no-utf-8"),
        pytest.param('{"name": "x"}'.encode("utf-16"), id="utf-16"),
        pytest.param('{"name": "x"}'.encode("utf-32"), id="utf-32"),
        pytest.param(b'{"metadata": {"a": NaN}}', id="nan"),
        pytest.param(b'{"metadata": {"a": Infinity}}', id="infinity"),
        pytest.param(b'{"metadata": {"a": -Infinity}}', id="minus-infinity"),
        pytest.param(b'{"metadata": {"a": 1e400}}', id="number-that-becomes-infinite"),
        pytest.param(b'{"balance": ' + b"9" * 5000 + b"}", id="number-of-5000-digits"),
        pytest.param(b'{"metadata": ' + deep(100_000) + b"}", id="100000-deep"),
        pytest.param(b'{"a":' * 3000 + b"1" + b"}" * 3000, id="3000-objects-deep"),
        pytest.param(b'{"a": [' + b"1," * 6000 + b"1]}", id="6000-elements"),
        pytest.param(gzip.compress(b'{"name": "x"}'), id="compressed"),
    ],
)
def test_json_that_cannot_be_read(refused, body):
    status, code, _param = refused(body=body, content_type=JSON)

    assert (status, code) in {(400, None), (400, "parameter_unknown")}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"name=%ff", id="escaped"),
        pytest.param(b"name=\xff", id="raw"),
        pytest.param("name=é".encode("latin-1"), id="latin-1"),
        pytest.param(b"name=%ed%a0%80", id="surrogate"),
        pytest.param(b"%ff=x", id="name"),
        pytest.param(b"metadata[%ff]=x", id="key"),
        pytest.param(gzip.compress(b"name=x"), id="compressed"),
        pytest.param(b"&".join(b"a%d=1" % n for n in range(5000)), id="5000-fields"),
        pytest.param(b"&".join(b"metadata[a%d]=1" % n for n in range(1001)), id="1001-pairs"),
    ],
)
def test_a_form_that_cannot_be_read(refused, body):
    assert refused(body=body) == (400, None, None)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        "application/xml",
        "application/json-patch+json",
        "\x00\xff",
        "x" * 10_000,
    ],
)
def test_a_wrong_content_type(refused, content_type):
    assert refused(body=b"name=x", content_type=content_type) == (400, None, "Content-Type")


@pytest.mark.parametrize("content_type", [FORM, JSON])
def test_a_body_of_a_megabyte(refused, content_type):
    text = "x" * 1_000_000
    body = as_json(metadata={"a": text}) if content_type == JSON else form({"metadata": {"a": text}})

    assert refused(body=body, content_type=content_type) == (413, None, None)


@pytest.mark.parametrize("content_type", [FORM, JSON])
def test_metadata_that_is_too_long(refused, content_type):
    text = "x" * 200_000
    body = as_json(metadata={"a": text}) if content_type == JSON else form({"metadata": {"a": text}})

    assert refused(body=body, content_type=content_type) == (400, None, "metadata[a]")


@pytest.mark.parametrize("length", ["abc", "-5", "1e3", "٣", ""])
def test_a_body_without_a_proper_length(api, length):
    answer = api.send("POST", "customers", b"colour=red", headers={"Content-Length": length})

    assert answer.status in ({400} if length else {200})


def test_a_body_in_chunks(refused):
    headers = {"Transfer-Encoding": "chunked"}

    assert refused(body=b"name=x", headers=headers) == (411, None, None)


# -- brackets ----------------------------------------------------------------------------------------------------------


def test_brackets_50_deep(refused):
    name = "metadata" + "[a]" * 50

    assert refused(body=f"{name}=x") == (400, None, name)


def test_brackets_10000_deep_are_named_in_part(refused):
    name = "metadata" + "[a]" * 10_000

    assert refused(body=f"{name}=x") == (400, None, name[:200])


def test_json_30_deep(refused):
    status, _code, param = refused(body=b'{"metadata": {"a": ' + deep(30) + b"}}", content_type=JSON)

    assert status == 400
    assert param.startswith("metadata[a][0]")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        pytest.param("address[city=x", "address[city", id="open"),
        pytest.param("[address]=x", "[address]", id="no-name"),
        pytest.param("address[city]x=1", "address[city]x", id="behind"),
        pytest.param("address[a[b]]=1", "address[a[b]]", id="nested"),
        pytest.param("address]=1", "address]", id="closed"),
        pytest.param("preferred_locales[1000]=en", "preferred_locales[1000]", id="index"),
        pytest.param("preferred_locales[9999999999]=en", "preferred_locales[9999999999]", id="long-index"),
        pytest.param("preferred_locales[²]=en", "preferred_locales", id="no-index"),
        pytest.param("name=a&name=b", "name", id="twice"),
        pytest.param("name=a&metadata[a]=b&name=c", "name", id="twice-beside-brackets"),
        pytest.param("metadata[a]=1&metadata[a]=2", "metadata[a]", id="key-twice"),
        pytest.param("name=a&name[b]=c", "name", id="text-and-hash"),
        pytest.param("name[b]=c&name=a", "name", id="hash-and-text"),
        pytest.param("name[]=a", "name", id="list-for-text"),
        pytest.param("name[first]=a", "name", id="hash-for-text"),
        pytest.param("address=Bangkok", "address", id="text-for-hash"),
        pytest.param("address[]=Bangkok", "address", id="list-for-hash"),
        pytest.param("metadata=x", "metadata", id="text-for-metadata"),
        pytest.param("metadata[]=x", "metadata", id="list-for-metadata"),
        pytest.param("metadata[a][b]=x", "metadata[a]", id="hash-in-metadata"),
        pytest.param("custom_fields=x", "custom_fields", id="text-for-values"),
        pytest.param("preferred_locales=en", "preferred_locales", id="text-for-list"),
        pytest.param("preferred_locales[a]=en", "preferred_locales", id="hash-for-list"),
        pytest.param("tax_id_data[0]=eu_vat", "tax_id_data[0]", id="text-in-list-of-hashes"),
        pytest.param("tax_id_data[0][type]=eu_vat", "tax_id_data[0][value]", id="missing-in-list"),
        pytest.param("expand[0][a]=b", "expand", id="hash-in-expand"),
        pytest.param("expand[]=", "expand", id="nothing-in-expand"),
    ],
)  # fmt: skip
def test_brackets_that_make_no_sense(refused, body, param):
    status, _code, named = refused(body=body.encode())

    assert (status, named) == (400, param)


# -- text that cannot be stored ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content_type", "param"),
    [
        pytest.param(b"name=a%00b", FORM, "name", id="form"),
        pytest.param(b"metadata[a]=%00", FORM, "metadata[a]", id="metadata"),
        pytest.param(b"metadata[%00]=a", FORM, "metadata[\ufffd]", id="key"),
        pytest.param(b"na%00me=a", FORM, "na\ufffdme", id="name"),
        pytest.param(as_json(name="a\0b"), JSON, "name", id="json"),
        pytest.param(as_json(metadata={"a": "\0"}), JSON, "metadata[a]", id="json-metadata"),
        pytest.param(as_json(metadata={"\0": "a"}), JSON, "metadata[\ufffd]", id="json-key"),
        pytest.param(as_json(preferred_locales=["\0"]), JSON, "preferred_locales[0]", id="json-list"),
        pytest.param(as_json(name="\ud800"), JSON, "name", id="surrogate"),
        pytest.param(as_json(metadata={"a": "x\udfff"}), JSON, "metadata[a]", id="surrogate-in-metadata"),
        pytest.param(as_json(metadata={"\ud800": "a"}), JSON, "metadata[\ufffd]", id="surrogate-in-key"),
        pytest.param(b'{"\\ud800": 1, "\\ud800": 2}', JSON, "\ufffd", id="surrogate-twice"),
    ],
)  # fmt: skip
def test_null_characters_and_halves_of_surrogate_pairs(refused, body, content_type, param):
    assert refused(body=body, content_type=content_type) == (400, None, param)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        pytest.param(b'{"name": "a", "name": "b"}', "name", id="top"),
        pytest.param(b'{"name": "a", "name": "a"}', "name", id="equal"),
        pytest.param(b'{"metadata": {"a": "1", "a": "2"}}', "a", id="inside"),
    ],
)
def test_a_member_that_is_there_twice(refused, body, param):
    assert refused(body=body, content_type=JSON) == (400, None, param)


# -- values ------------------------------------------------------------------------------------------------------------

HUGE = "9" * 30
EMAIL_OF_513 = "a" * 64 + "@" + ".".join(["b" * 63] * 7)[: 513 - 65 - 4] + ".com"


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        pytest.param({"balance": HUGE}, "parameter_invalid_integer", "balance", id="huge-integer"),
        pytest.param({"balance": "-" + HUGE}, "parameter_invalid_integer", "balance", id="huge-negative"),
        pytest.param({"balance": 2**63}, "parameter_invalid_integer", "balance", id="2**63"),
        pytest.param({"balance": 5 * 10**18}, "parameter_invalid_integer", "balance", id="19-digits"),
        pytest.param({"balance": "1.5"}, "parameter_invalid_integer", "balance", id="fraction"),
        pytest.param({"balance": "0x10"}, "parameter_invalid_integer", "balance", id="hexadecimal"),
        pytest.param({"balance": "1_000"}, "parameter_invalid_integer", "balance", id="underscore"),
        pytest.param({"balance": "١"}, "parameter_invalid_integer", "balance", id="arabic-digit"),
        pytest.param({"balance": ""}, "parameter_invalid_empty", "balance", id="empty"),
        pytest.param({"next_invoice_sequence": -1}, "parameter_invalid_integer", "next_invoice_sequence", id="negative"),
        pytest.param({"next_invoice_sequence": 10**15}, "parameter_invalid_integer", "next_invoice_sequence", id="large"),
        pytest.param({"email": EMAIL_OF_513}, "parameter_invalid_string_too_long", "email", id="email-of-513"),
        pytest.param({"email": "nobody"}, "email_invalid", "email", id="email"),
        pytest.param({"email": "a@b@c.com"}, "email_invalid", "email", id="email-twice"),
        pytest.param({"email": "<a@example.com>"}, "email_invalid", "email", id="email-in-brackets"),
        pytest.param({"email": "a@example.com\nBcc: b@example.com"}, "email_invalid", "email", id="email-of-two-lines"),
        pytest.param({"name": "x" * 5001}, "parameter_invalid_string_too_long", "name", id="long-name"),
        pytest.param({"mail_marketing": "perhaps"}, "parameter_invalid_boolean", "mail_marketing", id="boolean"),
        pytest.param({"tax_exempt": "always"}, None, "tax_exempt", id="choice"),
        pytest.param({"preferred_locales": ["xx-not-one"]}, None, "preferred_locales[0]", id="locale"),
        pytest.param({"preferred_locales": ["en"] * 21}, None, "preferred_locales", id="many-locales"),
        pytest.param({"timezone": "Mars/Olympus"}, None, "timezone", id="time-zone"),
        pytest.param({"timezone": "../../etc/passwd"}, None, "timezone", id="time-zone-path"),
        pytest.param({"preferred_currency": "xyz"}, None, "preferred_currency", id="currency"),
        pytest.param({"language": "xx"}, None, "language", id="language"),
        pytest.param({"tax": {"ip_address": "300.1.1.1"}}, None, "tax[ip_address]", id="ip-address"),
        pytest.param({"invoice_prefix": "ab"}, None, "invoice_prefix", id="prefix"),
        pytest.param({"invoice_prefix": "A" * 13}, "parameter_invalid_string_too_long", "invoice_prefix", id="long-prefix"),
        pytest.param({"username": "jen ny"}, None, "username", id="username"),
        pytest.param({"shipping": {"name": "x"}}, "parameter_missing", "shipping[address]", id="missing"),
        pytest.param({"match": {"on": "phone"}}, None, "match[on]", id="match-on-what"),
        pytest.param({"match": {"on": "email"}}, "parameter_missing", "email", id="match-on-nothing"),
        pytest.param({"metadata": {"k" * 41: "x"}}, None, f"metadata[{'k' * 41}]", id="long-key"),
        pytest.param({"metadata": {"k": "x" * 501}}, None, "metadata[k]", id="long-value"),
        pytest.param({"metadata": {f"k{n}": "x" for n in range(51)}}, None, "metadata", id="51-keys"),
        pytest.param({"custom_fields": {"nobody": "1"}}, "parameter_unknown", "custom_fields[nobody]", id="custom-field"),
        pytest.param({"tax_id_data": [{"type": "xx_vat", "value": "1"}]}, None, "tax_id_data[0][type]", id="tax-id-type"),
        pytest.param({"organization": "o" * 151}, "parameter_invalid_string_too_long", "organization", id="organization"),
        pytest.param({"name": "4242 4242 4242 4242"}, "sensitive_data_rejected", "name", id="card-number"),
        pytest.param({"metadata": {"pan": "4242424242424242"}}, "sensitive_data_rejected", "metadata[pan]", id="card-number-in-metadata"),
        pytest.param({"metadata": {"4242424242424242": "pan"}}, "sensitive_data_rejected", "metadata", id="card-number-as-key"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("content_type", [FORM, JSON])
def test_a_value_that_cannot_be(refused, params, code, param, content_type):
    body = as_json(**params) if content_type == JSON else form(params)
    if content_type == JSON and params.get("balance") in (2**63, 5 * 10**18):
        code = None if params["balance"] == 2**63 else code  # JSON's own edge refuses what no column can hold

    assert refused(body=body, content_type=content_type) == (400, code, param)


@pytest.mark.parametrize(
    ("value", "param"),
    [
        pytest.param({"name": 5}, "name", id="number-for-text"),
        pytest.param({"name": True}, "name", id="boolean-for-text"),
        pytest.param({"name": ["a"]}, "name", id="list-for-text"),
        pytest.param({"name": {"a": "b"}}, "name", id="hash-for-text"),
        pytest.param({"balance": 1.0}, "balance", id="float-for-integer"),
        pytest.param({"balance": True}, "balance", id="boolean-for-integer"),
        pytest.param({"balance": [1]}, "balance", id="list-for-integer"),
        pytest.param({"mail_marketing": 1}, "mail_marketing", id="number-for-boolean"),
        pytest.param({"address": "x"}, "address", id="text-for-hash"),
        pytest.param({"address": []}, "address", id="list-for-hash"),
        pytest.param({"metadata": []}, "metadata", id="list-for-metadata"),
        pytest.param({"metadata": {"a": ["b"]}}, "metadata[a]", id="list-in-metadata"),
        pytest.param({"metadata": {"a": {"b": "c"}}}, "metadata[a]", id="hash-in-metadata"),
        pytest.param({"preferred_locales": "en"}, "preferred_locales", id="text-for-list"),
        pytest.param({"preferred_locales": [5]}, "preferred_locales[0]", id="number-in-list"),
        pytest.param({"preferred_locales": [None]}, "preferred_locales[0]", id="null-in-list"),
        pytest.param({"tax_id_data": [["eu_vat"]]}, "tax_id_data[0]", id="list-in-list"),
        pytest.param({"expand": 5}, "expand", id="number-for-expand"),
        pytest.param({"expand": [["tax"]]}, "expand", id="list-in-expand"),
        pytest.param({"expand": ["tax"] * 21}, "expand", id="much-to-expand"),
        pytest.param({"preferred_currency": ["usd"]}, "preferred_currency", id="list-for-currency"),
        pytest.param({"timezone": {"a": 1}}, "timezone", id="hash-for-time-zone"),
        pytest.param({"tax_exempt": ["none"]}, "tax_exempt", id="list-for-choice"),
    ],
)
def test_json_of_the_wrong_shape(refused, value, param):
    status, _code, named = refused(body=as_json(**value), content_type=JSON)

    assert (status, named) == (400, param)


LATER = ["card", "coupon", "default_source", "payment_method", "promotion_code", "source", "test_clock"]


@pytest.mark.parametrize("name", [*LATER, "id", "object", "livemode", "created", "site", "colour"])
def test_an_unknown_parameter(refused, name):
    expected = (400, "parameter_unknown", name)

    assert refused(body=form({name: "x"})) == expected
    assert refused(body=as_json(**{name: "x"}), content_type=JSON) == expected
    assert refused(body=form({"name": "Jenny", name: "x"})) == expected
    assert refused(query=form({name: "x"})) == expected


# -- everywhere --------------------------------------------------------------------------------------------------------


def test_every_route_refuses_an_unknown_parameter(refused, ids):
    found = {route.name: refused(**sending(route, ids, colour="red")) for route in ROUTES}

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
def test_every_route_refuses_what_it_cannot_read(refused, ids, body, content_type, status):
    found = {
        route.name: refused(route.method, route.path(ids), body, content_type)[0]
        for route in ROUTES
    }

    assert found == dict.fromkeys(found, status)


def test_every_route_refuses_what_cannot_be_expanded(refused, ids):
    def path(route):
        return "data.nothing" if route.action in {"list", "search"} else "nothing"

    found = {
        route.name: refused(**sending(route, ids, expand=[path(route)])) for route in ROUTES
    }

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
def test_every_list_refuses(refused, ids, query, param):
    found = {
        route.name: refused(method="GET", path=route.path(ids), query=query) for route in LISTS
    }

    is_missing = query.endswith("missing_1")
    assert {name: (status, named) for name, (status, _code, named) in found.items()} == {
        route.name: (404 if is_missing else 400, param) for route in LISTS
    }


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
        "charges",
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


NAMED_LIKE_METHODS = ["LIST", "CREATE", "RETRIEVE", "UPDATE", "DESTROY", "FETCH", "DISPATCH", "MODEL", "READ", "SPELL"]  # fmt: skip


@pytest.mark.parametrize(
    "method", ["OPTIONS", "TRACE", "CONNECT", "PROPFIND", "FOO", *METHODS, *NAMED_LIKE_METHODS]
)
def test_a_method_that_a_route_has_not(api, ids, nothing_written, method):
    without = {
        template: routes
        for template, routes in TEMPLATES.items()
        if method not in {route.method for route in routes}
    }

    with nothing_written():
        answers = {
            template: api.send(method, routes[0].path(ids)) for template, routes in without.items()
        }

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
    answer = api.send("GET", "customers", headers={"X-Padding": "x" * 200_000, "Stripe-Version": "y" * 5000})

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


def test_nothing_refused_is_remembered_under_its_key_before_it_runs(api, site):
    headers = {"Idempotency-Key": "order-1"}

    refusal = api.post("customers", colour="red", headers=headers)
    accepted = api.post("customers", name="Jenny", headers=headers)

    assert (refusal.status, accepted.status) == (400, 200)
    with scoped_to(site, livemode=False):
        assert list(IdempotencyRecord.objects.values_list("key", "status")) == [("order-1", 200)]


# -- what looks nasty and is not ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "'; DROP TABLE customers_customer; --",
        "<script>alert(1)</script>",
        "${jndi:ldap://example.com/a}",
        "{{ 7 * 7 }} %s %(name)s",
        "\u202eright to left",
        "\U0001f600 ก็ 漢字 ﷽",
        "a\tb\nc",
        "\ufeffmark",
        "=1+1",
    ],
)
def test_text_comes_back_as_it_went_in(api, name):
    by_form = api.post("customers", name=name, metadata={"a": name})
    by_json = api.json("customers", {"name": name, "metadata": {"a": name}})

    assert (by_form.body["name"], by_form.body["metadata"]) == (name, {"a": name})
    assert (by_json.body["name"], by_json.body["metadata"]) == (name, {"a": name})
    again = api.get(f"customers/{by_json.body['id']}")
    assert again.body == by_json.body


def test_metadata_may_have_numbers_for_keys(api):
    answer = api.post("customers", metadata={"0": "a", "1001": "b", "20260131": "c"})

    assert answer.body["metadata"] == {"0": "a", "1001": "b", "20260131": "c"}


def test_a_query_string_may_come_unescaped(api):
    made = api.post("organizations", name="Café 漢字").body

    found = api.send("GET", "organizations", query="name=Café 漢字".encode().decode("latin-1"))

    assert found.ids == [made["id"]]


def test_an_unescaped_query_string_must_be_utf_8(refused):
    assert refused(method="GET", query="email=\xff") == (400, None, None)
