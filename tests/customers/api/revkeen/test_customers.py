"""`/revkeen/v2/customers`: made, found, changed and deleted as RevKeen's library and its documentation do it."""

import pytest

from customers.models import Customer, EmailUniqueness, TaxId
from customers.services import sites
from tests.omise_client import OmiseClient

DOCUMENTED = {
    "email": "john@example.com",
    "name": "John Smith",
    "phone": "+1-555-123-4567",
    "currency": "USD",
    "address": {
        "line1": "123 Main St",
        "line2": "Suite 100",
        "city": "San Francisco",
        "state": "CA",
        "postalCode": "94102",
        "country": "US",
    },
    "taxId": "US123456789",
    "metadata": {"salesRep": "jane@example.com", "tier": "enterprise"},
}
"""A body as the documentation shows it."""
SHOWN = {
    "email": "john@example.com",
    "name": "John Smith",
    "phone": "+1-555-123-4567",
    "address_line1": "123 Main St",
    "address_line2": "Suite 100",
    "city": "San Francisco",
    "state": "CA",
    "postal_code": "94102",
    "country": "US",
    "address": {
        "line1": "123 Main St",
        "line2": "Suite 100",
        "city": "San Francisco",
        "country": "US",
        "postal_code": "94102",
        "state": "CA",
    },
    "currency": "USD",
    "metadata": {"salesRep": "jane@example.com", "tier": "enterprise"},
    "custom_fields": {},
    "tax_id": "US123456789",
}
FLAT = {
    "email": "john@example.com",
    "name": "John Smith",
    "companyName": "Smith Paper",
    "addressLine1": "123 Main St",
    "addressLine2": "Suite 100",
    "city": "San Francisco",
    "state": "CA",
    "postalCode": "94102",
    "country": "us",
}
"""A body as the library's types say."""


@pytest.fixture
def john(revkeen):
    return revkeen.post("customers", DOCUMENTED).body["data"]


def test_a_customer_is_made_as_the_documentation_shows_it(revkeen, site):
    answer = revkeen.post("customers", DOCUMENTED)

    made = answer.body["data"]
    assert (answer.status, answer.body.keys()) == (201, {"data"})
    assert made == {
        **SHOWN,
        "id": made["id"],
        "merchant_id": site.pk,
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
    }
    assert made["id"].startswith("cus_")
    assert made["created_at"].endswith("Z")
    assert revkeen.get(f"customers/{made['id']}").body["data"] == made


def test_snake_case_is_understood_as_well(revkeen, john):
    address = {**DOCUMENTED["address"], "postal_code": "94102"}
    del address["postalCode"]
    in_snake_case = {**DOCUMENTED, "address": address, "tax_id": "US123456789", "email": "j@example.com"}  # fmt: skip
    del in_snake_case["taxId"]

    made = revkeen.post("customers", in_snake_case).body["data"]

    own = {"id", "email", "created_at", "updated_at"}
    assert {name: value for name, value in made.items() if name not in own} == {
        name: value for name, value in john.items() if name not in own
    }


def test_a_customer_is_made_as_the_library_does_it(revkeen, api):
    made = revkeen.post("customers", FLAT).body["data"]

    assert (made["company_name"], made["address_line1"], made["country"]) == (
        "Smith Paper", "123 Main St", "US",
    )  # fmt: skip
    stripes = api.get(f"customers/{made['id']}").body
    assert (stripes["business_name"], stripes["address"]) == (
        "Smith Paper",
        {
            "city": "San Francisco", "country": "US", "line1": "123 Main St", "line2": "Suite 100",
            "postal_code": "94102", "state": "CA",
        },
    )  # fmt: skip


def test_what_there_is_nothing_of_is_left_out(revkeen, site):
    made = revkeen.post("customers", email="john@example.com").body["data"]

    assert made == {
        "id": made["id"], "merchant_id": site.pk, "email": "john@example.com", "metadata": {}, "custom_fields": {},
        "created_at": made["created_at"], "updated_at": made["created_at"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        pytest.param({"name": "John"}, 400, "Missing required param: email.", id="no email"),
        pytest.param({"email": ""}, 400, "'email' cannot be unset", id="empty email"),
        pytest.param({"email": "john"}, 400, "Invalid email address: john", id="no address"),
        pytest.param({"colour": "red"}, 400, "unknown parameter: colour", id="unknown"),
        pytest.param({"addressColour": "x"}, 400, "unknown parameter: addressColour", id="as sent"),
        pytest.param(
            {"address": {"street": "x"}}, 400, "unknown parameter: address[street]", id="inside"
        ),
        pytest.param(
            {"postalCode": "1", "postal_code": "2"}, 400, "'postal_code' is there twice", id="twice"
        ),
        pytest.param(
            {"city": "Rome", "address": {"city": "Bonn"}}, 400, "flat and as a hash", id="both"
        ),
        pytest.param({"currency": "usdollar"}, 400, "Invalid currency: usdollar", id="currency"),
        pytest.param({"metadata": "tier"}, 400, "Metadata must be an object (metadata).", id="metadata"),
        pytest.param({"metadata": {"": 1}}, 400, "Metadata keys have 1 to 255", id="key"),
        pytest.param({"taxId": "!"}, 400, "This is no tax ID (tax_id).", id="tax id"),
        pytest.param({"phone": 5}, 400, "Invalid string: 5 (phone).", id="number"),
        pytest.param({"customFields": {"shoe": 1}}, 400, "shoe", id="custom field"),
        pytest.param({"page": 1}, 400, "unknown parameter: page", id="of lists"),
    ],
)  # fmt: skip
def test_what_is_refused(revkeen, nothing_written, body, status, message):
    email = {} if body.keys() & {"name", "email"} else {"email": "john@example.com"}

    with nothing_written():
        answer = revkeen.post("customers", {**email, **body})

    assert (answer.status, answer.body.keys()) == (status, {"error", "message"})
    assert answer.body["error"].keys() == {"code", "message"}
    assert answer.body["message"] == answer.body["error"]["message"]
    assert message in answer.body["message"]


def test_an_email_address_is_one_customers(revkeen, john, nothing_written):
    with nothing_written():
        again = revkeen.post("customers", email="JOHN@example.com")

    assert (again.status, again.body["error"]["code"]) == (409, "resource_already_exists")
    other = revkeen.post("customers", email="jane@example.com").body["data"]["id"]
    with nothing_written():
        taken = revkeen.patch(f"customers/{other}", email="john@example.com")
    assert (taken.status, taken.body["message"]) == (
        409, "Another customer has the email 'john@example.com'.",
    )  # fmt: skip
    assert revkeen.patch(f"customers/{john['id']}", email="John@example.com").status == 200


def test_a_deleted_customers_email_address_is_free(revkeen, john):
    revkeen.delete(f"customers/{john['id']}")

    assert revkeen.post("customers", email="john@example.com").status == 201


@pytest.mark.parametrize(
    "how", [EmailUniqueness.OFF, EmailUniqueness.WARN, EmailUniqueness.ENFORCE]
)
def test_an_email_address_is_one_customers_whatever_the_site_says(revkeen, site, john, how):
    sites.update(site, details={"email_uniqueness": how})

    again = revkeen.post("customers", email="john@example.com")

    assert (again.status, again.body["error"]["code"]) == (409, "resource_already_exists")


def test_who_matches_is_found_instead_of_made(revkeen, john, nothing_written):
    with nothing_written():
        found = revkeen.post(
            "customers", email="john@example.com", match={"on": "email"}, taxId="1"
        )

    assert (found.status, found.body["data"]) == (200, john)
    assert revkeen.post("customers", email="jane@example.com", match={"on": "email"}).status == 201


def test_a_change_leaves_the_rest(revkeen, john):
    changed = revkeen.patch(
        f"customers/{john['id']}", name="John Lee", metadata={"plan": "pro", "tier": None, "n": [1]}
    ).body["data"]

    assert changed == {
        **john,
        "name": "John Lee",
        "metadata": {"salesRep": "jane@example.com", "plan": "pro", "n": [1]},
        "updated_at": changed["updated_at"],
    }


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"city": "Oakland"}, id="flat"),
        pytest.param({"address": {"city": "Oakland"}}, id="hash"),
    ],
)
def test_a_part_of_the_address_changes(revkeen, john, body):
    changed = revkeen.patch(f"customers/{john['id']}", body).body["data"]

    assert changed["address"] == {**john["address"], "city": "Oakland"}
    assert (changed["city"], changed["address_line1"]) == ("Oakland", "123 Main St")


def test_what_is_emptied_is_left_out(revkeen, john):
    emptied = revkeen.patch(
        f"customers/{john['id']}", name="", phone=None, address=None, taxId="", currency=""
    ).body["data"]

    gone = {
        "name",
        "phone",
        "tax_id",
        "currency",
        "address",
        *john["address"],
        "address_line1",
        "address_line2",
    }
    assert emptied.keys() == john.keys() - gone


def test_metadata_keeps_empty_texts(revkeen, john, api):
    changed = revkeen.patch(f"customers/{john['id']}", metadata={"note": "", "deep": {"a": None}})

    assert changed.body["data"]["metadata"] == {
        "salesRep": "jane@example.com", "tier": "enterprise", "note": "", "deep": {"a": None},
    }  # fmt: skip
    assert api.get(f"customers/{john['id']}").body["metadata"] == {
        "salesRep": "jane@example.com", "tier": "enterprise", "note": "", "deep": '{"a":null}',
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "country", "kind"),
    [
        ("DE136695976", "", "eu_vat"),
        ("GB980780684", "", "gb_vat"),
        ("04-2103594", "US", "us_ein"),
        ("US123456789", "US", "unknown"),
        ("whatever", "", "unknown"),
    ],
)
def test_a_tax_id_is_of_the_type_that_it_looks_like(revkeen, scope, value, country, kind):
    revkeen.post("customers", email="john@example.com", country=country, taxId=value)

    assert list(TaxId.objects.values_list("kind", "value")) == [(kind, value)]


def test_a_tax_id_takes_the_newests_place(revkeen, api, john, scope):
    api.post(f"customers/{john['id']}/tax_ids", type="eu_vat", value="DE136695976")

    changed = revkeen.patch(f"customers/{john['id']}", taxId="GB980780684").body["data"]

    assert changed["tax_id"] == "GB980780684"
    assert set(TaxId.objects.values_list("value", flat=True)) == {"US123456789", "GB980780684"}
    assert revkeen.patch(f"customers/{john['id']}", taxId="GB980780684").body["data"] == changed


def test_a_deleted_customer_is_there_no_more(revkeen, api, john, scope):
    deleted = revkeen.delete(f"customers/{john['id']}")

    assert (deleted.status, deleted.body) == (200, {"data": {"id": john["id"], "deleted": True}})
    gone = revkeen.get(f"customers/{john['id']}")
    assert (gone.status, gone.body["error"]) == (
        404, {"code": "not_found", "message": f"No such customer: '{john['id']}'"},
    )  # fmt: skip
    assert revkeen.get("customers").body["data"] == []
    assert api.get(f"customers/{john['id']}").body["deleted"] is True
    assert Customer.objects.filter(pk=john["id"], email="john@example.com").exists()


def test_a_customers_id_is_understood_in_any_spelling(revkeen, keys, john):
    omises = f"cust_test_{john['id'].removeprefix('cus_')}"

    assert revkeen.get(f"customers/{omises}").body["data"] == john
    assert OmiseClient(keys["skey_test"]).get(f"customers/{john['id']}").body["id"] == omises


@pytest.fixture
def five(revkeen):
    """The ids of five customers, the newest first."""
    made = [
        revkeen.post(
            "customers", email=f"no{number}@example.com", name=f"Number {number}",
            companyName="Even Ltd" if number % 2 == 0 else "Odd Ltd", phone=f"+66 2 123 000{number}",
        ).body["data"]["id"]
        for number in range(5)
    ]  # fmt: skip
    return made[::-1]


@pytest.mark.parametrize(
    ("params", "shown", "offset"),
    [
        pytest.param({}, slice(0, 5), 0, id="all"),
        pytest.param({"limit": 2}, slice(0, 2), 0, id="limit"),
        pytest.param({"limit": 2, "offset": 1}, slice(1, 3), 1, id="offset"),
        pytest.param({"limit": 2, "page": 1}, slice(0, 2), 0, id="first page"),
        pytest.param({"limit": 2, "page": 3}, slice(4, 5), 4, id="last page"),
        pytest.param({"limit": 2, "page": 9}, slice(0, 0), 16, id="beyond"),
    ],
)
def test_lists_have_pages_and_offsets(revkeen, five, params, shown, offset):
    answer = revkeen.get("customers", **params)

    assert (answer.status, answer.ids) == (200, five[shown])
    assert answer.body["pagination"] == {
        "limit": params.get("limit", 20), "offset": offset, "total": 5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"limit": 0}, "(limit)"),
        ({"limit": 101}, "(limit)"),
        ({"offset": -1}, "(offset)"),
        ({"page": 0}, "(page)"),
        ({"page": 1, "offset": 1}, "not both"),
        ({"page": 100_000, "limit": 100}, "100000 objects deep"),
        ({"email": ""}, "'email' cannot be unset"),
        ({"starting_after": "cus_1"}, "unknown parameter: starting_after"),
    ],
    ids=str,
)
def test_lists_that_cannot_be(revkeen, params, message):
    answer = revkeen.get("customers", **params)

    assert (answer.status, message in answer.body["message"]) == (400, True)


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"email": "no3@example.com"}, [1]),
        ({"email": "NO3@example.com"}, [1]),
        ({"email": "no3"}, []),
        ({"search": "NO3@"}, [1]),
        ({"search": "number 4"}, [0]),
        ({"search": "even"}, [0, 2, 4]),
        ({"search": "123 0001"}, [3]),
        ({"search": "+6621230001"}, [3]),
        ({"search": "100%"}, []),
        ({"search": "ltd", "email": "no0@example.com"}, [4]),
        ({"search": ""}, [0, 1, 2, 3, 4]),
    ],
    ids=str,
)
def test_customers_are_found(revkeen, five, params, found):
    answer = revkeen.get("customers", **params)

    assert answer.ids == [five[place] for place in found]
    assert answer.body["pagination"]["total"] == len(found)


def test_strangers_see_nothing(strangers, john, nothing_written):
    with nothing_written():
        answers = [
            stranger.send(method, f"customers/{john['id']}", {})
            for stranger in strangers
            for method in ("GET", "PATCH", "DELETE")
        ]

    assert [answer.status for answer in answers] == [404] * 6
    assert [stranger.get("customers").body["data"] for stranger in strangers] == [[], []]
