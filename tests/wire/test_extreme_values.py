"""Values that no client means, over HTTP, in every parameter of billing: they are refused, and nothing breaks."""

import json
from http.client import HTTPConnection
from itertools import count
from urllib.parse import quote, urlsplit

import pytest

from customers.restkit.schema_document import document
from payments.billing.api.v1 import urls
from tests.v1_client import V1Client
from tests.v1_routes import ROUTES, seed

DOCUMENT = document()
BILLING = {pattern.callback.cls for pattern in urls.urlpatterns}
ASKED = [route for route in ROUTES if route.view in BILLING and route.method in {"GET", "POST"}]
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
DEEPEST = 3  # hashes in hashes
EXTREMES = (
    "9" * 400, "9223372036854775808", "-9223372036854775809", "1e400", "1e-400", "-0", "0.0000000000000001", "NaN",
    "-Infinity", "253402300800", "-62135596801", "99999999999999999", "\x00", "a\x00b", "\ud800", "\uffff",
    "x" * 20_000,
    "٣", "true", "[]", "{}", "' OR 1=1 --", "%s%(a)s{}",
)  # fmt: skip
LITERALS = (
    "NaN", "Infinity", "-Infinity", "9" * 400, "1e400", "-1e-400", '"\\ud800"', '"\\u0000"', "null", "true", "[]", "{}",
    "[[[[]]]]", '{"a": {"b": {"c": []}}}', "[" * 400 + "]" * 400, json.dumps(["x"] * 3000),
    json.dumps([{"id": "il_0"}] * 2000), json.dumps({str(number): number for number in range(2000)}),
)  # fmt: skip
PARTS = 12
"""A parameter is sent one in so many of the extremes, the next one others: together they are sent all."""


@pytest.fixture
def sent(live, keys):
    """Sends a request, and returns the status and the body."""
    address = urlsplit(live)
    connection = HTTPConnection(address.hostname, address.port, timeout=30)

    def send(method, path, body, media_type):
        headers = {"Authorization": f"Bearer {keys['sk_test']}", "Content-Type": media_type}
        if method == "GET":
            path, body = f"{path}?{body}", None
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    yield send
    connection.close()


def members(schema, depth=0):
    """Yield the paths of what a schema takes, each as a list of names."""
    schema = resolved(schema)
    for name, member in schema.get("properties", {}).items():
        yield [name]
        inner = resolved(member)
        head = [name, "0"] if "items" in inner else [name]
        if depth < DEEPEST:
            below = resolved(inner.get("items", inner))
            yield from ([*head, *rest] for rest in members(below, depth + 1))


def resolved(schema):
    for each in schema.get("anyOf", ()):
        found = resolved(each)
        if found.keys() & {"properties", "items"}:
            return found
    name = schema.get("$ref", "").rpartition("/")[2]
    return resolved(DOCUMENT["components"]["schemas"][name]) if name else schema


def operation_of(route):
    for path, methods in DOCUMENT["paths"].items():
        if path.count("{") == route.template.count("<") and route.method.lower() in methods:
            literal = [part for part in path.split("/")[2:] if "{" not in part]
            if literal == [part for part in route.template.split("/") if "<" not in part]:
                return methods[route.method.lower()]
    raise LookupError(route.name)


def params_of(route):
    operation = operation_of(route)
    if route.method == "GET":
        return [
            [each["name"]] for each in operation.get("parameters", ()) if each.get("in") == "query"
        ]
    content = operation.get("requestBody", {}).get("content", {}).get(JSON)
    return list(members(content["schema"])) if content else []


def spelled(path, value):
    name = path[0] + "".join(f"[{part}]" for part in path[1:])
    return f"{quote(name)}={quote(value.encode('utf-8', 'surrogatepass'))}"


def nested(path, literal):
    for part in reversed(path):
        literal = f"[{literal}]" if part == "0" else f"{{{json.dumps(part)}: {literal}}}"
    return literal


def chosen(values, turn):
    return [value for place, value in enumerate(values) if (place + turn) % PARTS == 0]


def test_no_extreme_value_breaks_anything(sent, keys):
    ids = seed(V1Client(keys["sk_test"]))
    ids.make_all()
    broken, turns = [], count()
    for route in ASKED:
        path = f"/v1/{route.path(ids)}"
        for param in params_of(route):
            turn = next(turns)
            bodies = [(spelled(param, value), FORM) for value in chosen(EXTREMES, turn)]
            if route.method == "POST":
                bodies += [(nested(param, text), JSON) for text in chosen(LITERALS, turn)]
            for body, media_type in bodies:
                status, said = sent(route.method, path, body, media_type)
                if status >= 500:
                    broken.append((route.name, body[:120], status, said[:200]))

    assert broken == []
