"""`expand`, of one object and of lists: nested, in brackets and with commas, and its errors."""

import pytest

from customers.kit import clock
from customers.services import customers

EMPTY = {"object": "list", "data": [], "has_more": False}


@pytest.fixture
def path(ids):
    return f"customers/{ids['customer']}"


def test_members_are_left_out_until_asked_for(api, path, ids):
    plain = api.get(path).body

    expanded = api.get(
        path, expand=["tax", "tax_ids", "cash_balance", "invoice_credit_balance"]
    ).body

    assert plain["organization"] == ids["organization"]
    assert expanded.pop("tax") == {
        "automatic_tax": "not_collecting",
        "ip_address": "203.0.113.7",
        "location": {"country": "TH", "source": "billing_address", "state": None},
        "provider": "stripe",
    }
    assert expanded.pop("tax_ids") == api.get(f"{path}/tax_ids").body
    assert expanded.pop("cash_balance") == api.get(f"{path}/cash_balance").body
    assert expanded.pop("invoice_credit_balance") == {"usd": -500}
    assert expanded == plain


def test_what_nobody_has_made_is_empty(api, path):
    expanded = api.get(path, expand=["sources", "subscriptions"]).body

    assert expanded["sources"] == {**EMPTY, "url": f"/v1/{path}/sources"}
    assert expanded["subscriptions"] == {**EMPTY, "url": f"/v1/{path}/subscriptions"}


@pytest.mark.parametrize(
    "asked",
    [
        "default_source",
        "defaultSource",
        "test_clock",
        "invoice_settings.default_payment_method",
        "default_source.customer",
    ],
)
def test_references_to_nothing_stay_null(api, path, asked):
    assert api.get(path, expand=[asked]).body == api.get(path).body


def test_what_a_customers_lists_hold_is_expanded_too(api, path, ids):
    ids.make_all()
    paying = {"default_payment_method": ids["payment_method"]}
    api.post(f"subscriptions/{ids['subscription']}", paying)
    asked = ["subscriptions.data.default_payment_method", "subscriptions.data.latest_invoice"]
    subscriptions = api.get(path, expand=asked).body["subscriptions"]["data"]
    sources = api.get(path, expand=["sources.data.customer"]).body["sources"]["data"]

    members = [each[path.rpartition(".")[2]] for each in subscriptions for path in asked]
    assert {member["object"] for member in members if member} == {"payment_method", "invoice"}
    assert {(each["object"], each["customer"]["id"]) for each in sources} == {
        ("card", ids["customer"]),
        ("bank_account", ids["customer"]),
    }


def test_a_path_through_a_customers_list_to_nothing_is_refused(api, path):
    answer = api.get(path, expand=["sources.data.nothing"])

    assert (answer.status, answer.error["param"]) == (400, "expand")


@pytest.mark.parametrize(
    "asked", ["subscriptions.data.default_payment_method", "sources.data.customer"]
)
def test_paths_through_empty_lists_show_the_lists(api, path, asked):
    name = asked.partition(".")[0]

    assert api.get(path, expand=[asked]).body[name] == {**EMPTY, "url": f"/v1/{path}/{name}"}


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("expand[]=addresses&expand[]=organization", id="brackets"),
        pytest.param("expand[0]=addresses&expand[1]=organization", id="indexes"),
        pytest.param("expand=addresses,organization", id="commas"),
        pytest.param("expand[]=addresses,organization", id="both"),
        pytest.param("expand=addresses,%20organization", id="space"),
    ],
)
def test_every_spelling_asks_for_the_same(api, path, query, ids):
    wire = api.get(path, query).body

    assert wire["addresses"] == api.get(f"{path}/addresses").body
    assert wire["organization"] == api.get(f"organizations/{ids['organization']}").body


def test_a_json_body_may_ask(api, path, ids):
    wire = api.json(path, {"description": "Changed", "expand": ["organization"]}).body

    assert wire["organization"] == api.get(f"organizations/{ids['organization']}").body
    assert wire["description"] == "Changed"


def test_references_become_objects(api, path, ids):
    customer = api.get(path).body

    for kind in ("addresses", "balance_transactions", "consents", "tax_ids"):
        (thing, *_) = api.get(f"{path}/{kind}", expand=["data.customer"]).body["data"]
        assert thing["customer"] == customer
        one = api.get(f"{path}/{kind}/{thing['id']}", expand=["customer"]).body
        assert one == thing


def test_paths_are_followed_through_objects_and_lists(api, path, ids):
    customer = api.get(path, expand=["organization"]).body

    up = api.get(f"{path}/tax_ids/{ids['tax_id']}", expand=["customer.organization"]).body
    owner = api.get(f"{path}/tax_ids/{ids['tax_id']}", expand=["owner.customer"]).body
    down = api.get(path, expand=["tax_ids.data.customer.organization"]).body
    deepest = api.get("customers", expand=["data.tax_ids.data.customer"]).body

    assert up["customer"] == customer
    assert owner["owner"]["customer"]["id"] == ids["customer"]
    assert down["tax_ids"]["data"][0]["customer"] == customer
    assert deepest["data"][0]["tax_ids"]["data"][0]["customer"] == api.get(path).body


def test_a_list_expands_each_object(api, ids):
    other = api.post("customers", organization=ids["organization"]).body["id"]

    found = api.get("customers", expand=["data.organization", "data.tax_ids"]).body["data"]

    organization = api.get(f"organizations/{ids['organization']}").body
    assert [(wire["id"], wire["organization"]) for wire in found] == [
        (other, organization),
        (ids["customer"], organization),
    ]
    assert [len(wire["tax_ids"]["data"]) for wire in found] == [0, 1]


def test_search_expands_too(api, ids):
    (found,) = api.get("customers/search", query='name:"jenny"', expand=["data.tax_ids"]).body[
        "data"
    ]

    assert [tax_id["id"] for tax_id in found["tax_ids"]["data"]] == [ids["tax_id"]]


def test_what_was_just_made_can_be_expanded(api):
    wire = api.post(
        "customers",
        organization="Lee Books",
        tax_id_data=[{"type": "us_ein", "value": "12-3456789"}],
        expand=["organization", "tax_ids", "tax"],
    ).body

    assert wire["organization"]["name"] == "Lee Books"
    assert [tax_id["value"] for tax_id in wire["tax_ids"]["data"]] == ["12-3456789"]
    assert wire["tax"]["automatic_tax"] == "unrecognized_location"


def test_a_deleted_customer_is_a_stub_where_it_is_referred_to(api, path, ids):
    api.delete(path)

    found = api.get(path, expand=["organization", "tax_ids"])

    assert (found.status, found.body) == (
        200,
        {"id": ids["customer"], "object": "customer", "deleted": True},
    )


def test_an_embedded_list_shows_ten(api):
    customer = api.post("customers").body["id"]
    for number in range(11):
        api.post(f"customers/{customer}/addresses", type="billing", line1=str(number))

    addresses = api.get(f"customers/{customer}", expand=["addresses"]).body["addresses"]

    assert [address["line1"] for address in addresses["data"]] == [str(n) for n in range(10, 0, -1)]
    assert addresses["has_more"] is True


@pytest.mark.parametrize(
    ("where", "asked"),
    [
        ("customers/{customer}", "nothing"),
        ("customers/{customer}", "email"),
        ("customers/{customer}", "address"),
        ("customers/{customer}", "metadata.tier"),
        ("customers/{customer}", "invoice_settings"),
        ("customers/{customer}", "invoice_settings.footer"),
        ("customers/{customer}", "tax.location"),
        ("customers/{customer}", "data.organization"),
        ("customers/{customer}", "organization.name"),
        ("customers/{customer}", "tax_ids.customer"),
        ("customers/{customer}", "tax_ids.data"),
        ("customers/{customer}", "subscriptions.items"),
        ("customers/{customer}", ""),
        ("customers/{customer}", "."),
        ("customers/{customer}", "organization."),
        ("customers", "organization"),
        ("customers", "data"),
        ("customers", "data."),
        ("customers", "data.nothing"),
        ("events", "data.data.object"),
    ],
)
def test_an_impossible_path(api, ids, where, asked):
    answer = api.get(where.format(**ids), expand=[asked])

    assert answer.status == 400
    assert answer.error["message"].startswith(f"This property cannot be expanded ({asked}).")
    assert {key: answer.error[key] for key in ("param", "type")} == {
        "param": "expand",
        "type": "invalid_request_error",
    }


def test_an_impossible_path_writes_nothing(api, nothing_written):
    with nothing_written():
        answer = api.post("customers", email="jenny@example.com", expand=["nothing"])

    assert (answer.status, answer.error["param"]) == (400, "expand")


@pytest.mark.parametrize("nothing", [None, ""])
def test_to_expand_nothing_is_fine(api, path, nothing):
    answer = api.json(path, {"description": "Changed", "expand": nothing})

    assert (answer.status, answer.body["description"]) == (200, "Changed")


@pytest.mark.parametrize("value", [{}, 3, True, [3], [["tax"]]], ids=str)
def test_what_is_no_list_of_names_is_refused(api, path, value):
    answer = api.json(path, {"description": "Changed", "expand": value})

    assert (answer.status, answer.error["code"]) == (400, "parameter_invalid_array")
    assert answer.error["param"] == "expand"


def test_a_path_has_four_levels(api, path):
    asked = "tax_ids.data.customer.tax_ids.data"

    answer = api.get(path, expand=[asked])

    assert answer.status == 400
    assert answer.error["message"] == (
        f"You cannot expand more than 4 levels of a property. Property: {asked}"
    )


# -- how many queries --------------------------------------------------------------------------------------------------

ONE_LEVEL = [
    "addresses",
    "cash_balance",
    "invoice_credit_balance",
    "organization",
    "sources",
    "subscriptions",
    "tax",
    "tax_ids",
]


def test_a_retrieve_with_a_known_key_costs_one_query(
    api, path, settings, django_assert_num_queries
):
    settings.API_KEY_CACHE_SECONDS = 60
    api.get(path)  # notes the key's use, which it does once a minute

    with django_assert_num_queries(1):
        api.get(path)


def test_a_retrieve_with_an_unknown_key_costs_two_queries(api, path, django_assert_num_queries):
    api.get(path)

    with django_assert_num_queries(2):
        api.get(path)


def test_a_list_of_100_costs_four_queries_whatever_is_expanded(
    api, ids, scope, django_assert_max_num_queries
):
    for number in range(100):
        tax_id = ("us_ein", f"12-34567{number:02}")
        details = {"organization": f"Organization {number % 7}", "tax_id_data": [tax_id]}
        customers.create(details=details, at=clock.now())
    api.get("customers")  # notes the key's use

    for member in ONE_LEVEL:
        with django_assert_max_num_queries(4):
            answer = api.get("customers", limit=100, expand=[f"data.{member}"])
        assert (member, answer.status, len(answer.body["data"])) == (member, 200, 100)
