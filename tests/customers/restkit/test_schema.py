"""The OpenAPI document: valid, complete, and true to what the operations answer."""

import json
import shlex

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from stripe import HTTPClient, StripeClient

from customers.api.v1.reference import examples, operations, texts
from customers.restkit import schema_document
from customers.restkit.schema_objects import views
from tests.seeded import ids, made, seeded
from tests.seeds import merges
from tests.v1_client import V1Client, form
from tests.v1_routes import ROUTES as EVERY_ROUTE
from tests.v1_routes import of_groups

__all__ = ["ids", "made", "seeded"]
ROUTES = [route for route in EVERY_ROUTE if route.view.is_described]
DOCUMENT = schema_document.document()
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for method, path, operation in operations(DOCUMENT)
}
SCHEMAS = DOCUMENT["components"]["schemas"]


def _fits(schema, value):
    """Return what is wrong with a value."""
    whole = {**schema, "components": DOCUMENT["components"]}
    return [
        f"{error.json_path}: {error.message[:200]}"
        for error in Draft202012Validator(whole).iter_errors(value)
    ]


def _answered(path, method, status):
    """Return the schema of an operation's answers with a status."""
    response = DOCUMENT["paths"][path][method]["responses"][status]
    if "$ref" in response:
        response = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return response["content"]["application/json"]["schema"]


def _documented(route):
    """Return a route's path as the document writes it."""
    parents = {
        "customers/<id:pk>": "customer",
        "charges/<id:pk>": "charge",
        "credit_notes/<id:pk>": "credit_note",
        "invoices/<id:pk>": "invoice",
        "checkout/sessions/<id:pk>": "session",
        "payment_links/<id:pk>": "payment_link",
    }
    parent = next(
        (name for start, name in parents.items() if route.template.startswith(start)), "id"
    )
    gaps = {
        **{f"<id:{name}>": f"{{{name}}}" for name in parents.values()},
        "<id:pk>": f"{{{parent}}}",
        "<metadata_key:key>": "{key}",
    }
    path = f"/v1/{route.template}"
    for gap, name in gaps.items():
        path = path.replace(gap, name)
    return path


def test_document_is_valid():
    assert validate(DOCUMENT) is None
    assert DOCUMENT["openapi"] == "3.1.1"


def test_every_route_is_in_the_document_and_nothing_else():
    routes = [(_documented(route), route.method.lower()) for route in ROUTES]
    documented = [(path, method.lower()) for method, path, _operation in operations(DOCUMENT)]

    assert sorted(documented) == sorted(routes)


def test_document_comes_out_the_same_each_time(db):
    V1Client("").get("customers/search")  # DRF adds to a route's methods with its first request
    schema_document.document.cache_clear()

    again = schema_document.document()

    assert json.dumps(again, indent=1).splitlines() == json.dumps(DOCUMENT, indent=1).splitlines()


def test_operations_are_called_as_stripe_calls_them():
    names = {"PostCustomers", "GetCustomersSearch", "DeleteCustomersCustomer"}
    names |= {"GetCustomersCustomerTaxIdsId", "GetCustomersCustomerCashBalance", "GetEventsId"}

    assert names <= set(OPERATIONS)
    assert len(OPERATIONS) == len(ROUTES)


def _members(name, schema):
    """Yield every member of a schema and of the hashes in it, with the name of what it is a member of."""
    for member, inner in schema.get("properties", {}).items():
        yield name, member, inner
        yield from _members(f"{name}.{member}", inner)
        yield from _members(f"{name}.{member}", inner.get("items", {}))


MEMBERS = [each for name, schema in SCHEMAS.items() for each in _members(name, schema)]
PARAMETERS = [
    (name, parameter)
    for name, (_method, _path, operation) in OPERATIONS.items()
    for parameter in operation.get("parameters", ())
    if "name" in parameter
]


def test_everything_is_described():
    members = [f"{owner}.{name}" for owner, name, inner in MEMBERS if not inner.get("description")]
    parameters = [name for name, parameter in PARAMETERS if not parameter.get("description")]

    assert members + parameters == []
    assert [tag["name"] for tag in DOCUMENT["tags"]] == list(texts.TAGS)


def test_no_text_is_about_what_is_not_there():
    names = {name for _owner, name, _inner in MEMBERS}
    asked = {parameter["name"].removesuffix("[]") for _name, parameter in PARAMETERS}

    assert set(texts.MEMBERS) - names - asked == set()
    assert set(texts.MEMBERS_OF) - {(owner, name) for owner, name, _inner in MEMBERS} == set()
    assert set(texts.PARAMETERS) - {(name, each["name"]) for name, each in PARAMETERS} == set()
    assert set(texts.OPERATIONS) - set(OPERATIONS) == set()


def test_inputs_refuse_what_they_do_not_name():
    named = [
        name
        for name, schema in SCHEMAS.items()
        if name.endswith(("_params", "_hash", "_datum")) and name != "metadata_hash"
    ]

    assert {SCHEMAS[name]["additionalProperties"] for name in named} == {False}


@pytest.mark.parametrize("name", OPERATIONS)
def test_examples_fit(name):
    _method, _path, operation = OPERATIONS[name]
    answer = operation["responses"]["200"]["content"]["application/json"]

    assert _fits(answer["schema"], answer["example"]) == []
    for content in operation.get("requestBody", {}).get("content", {}).values():
        assert content["example"] != {}
        assert _fits(content["schema"], content["example"]) == []


# A refund never waits for its customer, so that canceling one is always refused.
ANSWERED = [
    route
    for route in ROUTES
    if route.method != "DELETE" and route.name != "POST refunds/<id:pk>/cancel"
]


SEEDED = {"invoice": "creditable_invoice", "line_item": "creditable_line"}
"""What the examples of credit notes need."""


@pytest.mark.parametrize("route", ANSWERED, ids=lambda route: route.name)
def test_answers_fit(route, api, ids):
    path = _documented(route)
    body = _example(route, ids)

    answer = api.send(route.method, route.path(ids), *body, query=form(_query(route, ids)))

    assert (answer.status, answer.body.get("error")) == (200, None)
    assert _fits(_answered(path, route.method.lower(), "200"), answer.body) == []


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "DELETE"], ids=lambda r: r.name)
def test_answers_of_deletions_fit(route, api, ids):
    path = _documented(route)
    if route.thing == "organization":
        api.post(f"customers/{ids['customer']}", organization="")
    if route.name == "DELETE customers/<id:pk>":
        ids = _deletable(api, ids)

    answer = api.delete(route.path(ids))

    assert (answer.status, answer.body.get("error")) == (200, None)
    assert _fits(_answered(path, "delete", "200"), answer.body) == []


def _deletable(api, ids):
    """Return the ids with a customer's who has no money here."""
    return {**ids, "customer": api.post("customers", email="gone@example.com").body["id"]}


def _example(route, ids):
    path = _documented(route)
    operation = DOCUMENT["paths"][path][route.method.lower()]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return ()
    example = content["example"]
    if path == "/v1/organizations":
        example = {**example, "name": "Another"}
    if path.endswith("/tax_ids"):
        example = {"type": "gb_vat", "value": "GB980780684"}
    return (_real(json.dumps(example), route, ids), "application/json")


def _query(route, ids):
    """Return what an action of GET has to be asked for."""
    if route.action == "search":
        return {"query": of_groups("SEARCHES").get(route.template, "created>0")}
    path = _documented(route)
    operation = DOCUMENT["paths"][path][route.method.lower()]["operationId"]
    if route.thing.startswith("credit_note") and operation in examples.QUERIES:
        return json.loads(_real(json.dumps(examples.QUERIES[operation]), route, ids))
    return of_groups("NEEDED").get(route.name, {}) if route.action == "list" else {}


def _real(text, route, ids):
    """Replace the ids of examples by those of real objects."""
    for component, schema in SCHEMAS.items():
        example = schema.get("examples", [{}])[0].get("id")
        if example and example in text:
            needed = route.needed if component == route.thing else component
            if route.template.startswith("credit_notes"):
                needed = SEEDED.get(needed, needed)
            if route.action == "attach_payment" and component == "payment_intent":
                needed = "attachable_intent"
            text = text.replace(example, ids[needed])
    if merges.MERGED in text:
        text = text.replace(merges.MERGED, ids["mergeable_customer"])
    return text


@pytest.mark.parametrize("in_list", [False, True])
def test_expanded_answers_fit(in_list, api, ids):
    members = ["addresses", "cash_balance", "invoice_credit_balance", "organization", "sources"]
    members += ["subscriptions", "tax", "tax_ids", "tax_ids.data.customer"]
    path = "customers" if in_list else f"customers/{ids['customer']}"
    prefix = "data." if in_list else ""

    answer = api.get(path, expand=[f"{prefix}{member}" for member in members])

    assert answer.status == 200

    listed = answer.body["data"] if in_list else [answer.body]
    (shown,) = [each for each in listed if each["id"] == ids["customer"]]
    assert set(members[:-1]) <= set(shown)
    assert (
        _fits(
            _answered("/v1/customers", "get", "200")
            if in_list
            else {"$ref": "#/components/schemas/customer"},
            answer.body,
        )
        == []
    )


def test_plain_objects_fit(api):
    """What uses none of the optional members, and what is left of the deleted."""
    bare = api.post("customers").body
    api.delete(f"customers/{bare['id']}")

    deleted = api.get(f"customers/{bare['id']}").body
    organization = api.post("organizations", name="Bare").body
    event = api.get("events", limit=1, type="organization.created").body

    assert _fits({"$ref": "#/components/schemas/customer"}, bare) == []
    assert _fits(_answered("/v1/customers/{customer}", "get", "200"), deleted) == []
    assert _fits({"$ref": "#/components/schemas/organization"}, organization) == []
    assert _fits(_answered("/v1/events", "get", "200"), event) == []


@pytest.mark.parametrize(
    ("status", "ask"),
    [
        pytest.param(
            400, lambda api, keys: api.get("customers", emial="x"), id="unknown parameter"
        ),
        pytest.param(401, lambda api, keys: V1Client("").get("customers"), id="no key"),
        pytest.param(
            403, lambda api, keys: V1Client(keys["pk_test"]).get("customers"), id="publishable key"
        ),
        pytest.param(
            404, lambda api, keys: api.get("customers", starting_after="cus_none"), id="unknown id"
        ),
    ],
)
def test_refusals_fit(status, ask, api, keys):
    answer = ask(api, keys)

    assert answer.status == status
    assert _fits(_answered("/v1/customers", "get", str(status)), answer.body) == []
    assert answer.headers["Request-Id"].startswith("req_")


def test_unknown_parameters_are_refused_as_the_document_says(api):
    body = {"emial": "jenny@example.com"}
    schema = DOCUMENT["paths"]["/v1/customers"]["post"]["requestBody"]["content"][
        "application/json"
    ]

    answer = api.json("customers", body)

    assert answer.status == 400
    assert len(_fits(schema["schema"], body)) == 1


TAKE_NOTHING = [
    "POST checkout/sessions/<id:pk>/expire",
    "POST credit_notes/<id:pk>/void",
    "POST customers/<id:customer>/merges/<id:pk>/undo",
    "POST customers/<id:pk>/erase",
    "POST customers/<id:pk>/erasure/cancel",
    "POST disputes/<id:pk>/close",
    "POST invoices/<id:pk>/mark_uncollectible",
    "POST invoices/<id:pk>/send",
    "POST invoices/<id:pk>/void",
    "POST payment_methods/<id:pk>/detach",
    "POST refunds/<id:pk>/cancel",
]


def test_every_view_says_what_its_writing_actions_take():
    silent = [
        route.name
        for route in ROUTES
        if route.method in {"POST", "PUT", "PATCH"} and route.action not in route.view.inputs
    ]

    assert silent == TAKE_NOTHING
    assert len(views()) >= 10


def test_what_deletions_take_stands_in_the_address():
    parameters = {
        each["name"]: each
        for each in DOCUMENT["paths"]["/v1/subscriptions/{id}"]["delete"]["parameters"]
    }

    assert {*parameters} == {"cancellation_details", "expand[]", "id", "invoice_now", "prorate"}
    reasons = parameters["cancellation_details"]
    assert (reasons["in"], reasons["style"], reasons["explode"], reasons["schema"]) == (
        "query", "deepObject", True, {"$ref": "#/components/schemas/cancellation_details_hash"},
    )  # fmt: skip


class _Transport(HTTPClient):
    """Carries Stripe's SDK's requests to the application without a network."""

    name = "test"

    def __init__(self, api):
        super().__init__()
        self.api = api

    def request(self, method, url, headers, post_data=None):
        path, _, query = url.partition("/v1/")[2].partition("?")
        answer = self.api.send(
            method.upper(),
            path,
            post_data or b"",
            query=query,
            headers={"Authorization": headers["Authorization"]},
        )
        return json.dumps(answer.body), answer.status, answer.headers

    def close(self):
        pass


SAMPLES = [
    pytest.param(name, id=name)
    for name, (_method, _path, operation) in OPERATIONS.items()
    if "x-codeSamples" in operation
]


@pytest.fixture
def sampled(api, ids, name):
    """The seeded objects' ids, where every sample can do its work."""
    api.post(f"customers/{ids['customer']}", metadata={"order_id": "1"}, organization="")
    if "Eras" in name:
        api.post(f"customers/{ids['customer']}/erase")
    return _deletable(api, ids) if name == "DeleteCustomersCustomer" else ids


REFUSED = {"PostRefundsIdCancel"}
"""What no object is ever in a state for."""


@pytest.mark.parametrize(
    "name", [each for each in SAMPLES if not REFUSED.intersection(each.values)]
)
def test_python_samples_run(name, api, keys, sampled):
    scope = {"stripe": _Stripe(api)}
    code = _sample(name, "Python", sampled).replace("sk_test_YOUR_KEY", keys["sk_test"])

    exec(code.replace("import stripe\n", ""), scope)  # our own samples

    assert scope["answer"]["object"] == _example_of(name)["object"]


@pytest.mark.parametrize(
    "name", [each for each in SAMPLES if not REFUSED.intersection(each.values)]
)
def test_curl_samples_run(name, api, sampled):
    method, _path, _operation = OPERATIONS[name]
    words = shlex.split(_sample(name, "Shell", sampled))
    url = next(word for word in words if word.startswith("http"))
    sent = "&".join(
        words[position + 1]
        for position, word in enumerate(words)
        if word in {"-d", "--data-urlencode"}
    )

    asked = {"query": sent} if method == "GET" else {"body": sent}
    answer = api.send(method, url.partition("/v1/")[2], **asked)

    assert (answer.status, answer.body["object"]) == (200, _example_of(name)["object"])
    assert ("-X" in words) is (method == "DELETE")
    assert ("-G" in words) is (method == "GET" and sent != "")


class _Stripe:
    """Stands where samples import Stripe's SDK: the SDK's own client, over the test client."""

    def __init__(self, api):
        self._api = api

    def StripeClient(self, key, *, base_addresses):  # noqa: N802 -- the SDK's name
        return StripeClient(key, base_addresses=base_addresses, http_client=_Transport(self._api))


def _example_of(name):
    _method, _path, operation = OPERATIONS[name]
    return operation["responses"]["200"]["content"]["application/json"]["example"]


def _sample(name, language, ids):
    """Return a sample with the examples' ids replaced by those of real objects, and what must be new made new."""
    method, path, operation = OPERATIONS[name]
    code = next(each["source"] for each in operation["x-codeSamples"] if each["lang"] == language)
    route = next(r for r in ROUTES if (_documented(r), r.method) == (path, method))
    code = _real(code, route, ids)
    return code.replace("Rosen Paper", "Another").replace("DE136695976", "ATU13585627")
