"""`/v1/organizations` (rules R10, C14)."""

import pytest

ADDRESS = {
    "city": "Bangkok",
    "country": "TH",
    "line1": "1 Sukhumvit Road",
    "line2": None,
    "postal_code": None,
    "state": None,
}


def test_an_organization_is_made(api):
    answer = api.post(
        "organizations",
        name="Rosen Paper",
        legal_name="Rosen Paper Ltd",
        address={"city": "Bangkok", "country": "TH", "line1": "1 Sukhumvit Road"},
        tax_id={"type": "th_vat", "value": "1234545678781"},
        metadata={"tier": "gold"},
    )

    wire = dict(answer.body)
    assert wire.pop("id").startswith("org_")
    assert wire.pop("created") > 0
    assert wire == {
        "object": "organization",
        "address": ADDRESS,
        "legal_name": "Rosen Paper Ltd",
        "livemode": False,
        "metadata": {"tier": "gold"},
        "name": "Rosen Paper",
        "tax_id": {"type": "th_vat", "value": "1234545678781"},
    }
    assert api.get(f"organizations/{answer.body['id']}").body == answer.body
    assert api.get("organizations").body["data"] == [answer.body]


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_an_organization_is_changed(api, method):
    made = api.post(
        "organizations",
        name="Rosen",
        address={"city": "Bangkok"},
        tax_id={"type": "us_ein", "value": "12-3456789"},
        metadata={"a": "1"},
    ).body

    changed = getattr(api, method)(
        f"organizations/{made['id']}",
        name="Lee",
        address="",
        tax_id="",
        metadata={"a": "", "b": "2"},
    )

    assert changed.body == made | {
        "name": "Lee",
        "address": dict.fromkeys(ADDRESS),
        "tax_id": None,
        "metadata": {"b": "2"},
    }


def test_a_name_is_given_once(api, nothing_written):
    api.post("organizations", name="Rosen Paper")
    other = api.post("organizations", name="Lee Books").body["id"]

    with nothing_written():
        answers = [
            api.post("organizations", name="Rosen Paper"),
            api.post(f"organizations/{other}", name="Rosen Paper"),
        ]

    found = [(answer.status, answer.error["code"], answer.error["param"]) for answer in answers]
    assert found == [(400, "resource_already_exists", "name")] * 2


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"name": "x", "tax_id": {"type": "us_ein"}}, "tax_id[value]"),
        ({"name": "x", "tax_id": {"type": "us_ein", "value": "1"}}, "tax_id[value]"),
        ({"name": "x", "tax_id": {"type": "xx", "value": "1"}}, "tax_id[type]"),
        ({"name": "x", "address": {"planet": "Mars"}}, "address[planet]"),
    ],
)
def test_an_organization_is_refused(api, nothing_written, params, param):
    with nothing_written():
        answer = api.post("organizations", params)

    assert (answer.status, answer.error["param"]) == (400, param)


def test_customers_name_their_organization(api):
    first = api.post("customers", organization="Rosen Paper").body
    second = api.post("customers", business_name="Rosen Paper").body
    third = api.post("customers", organization=first["organization"]).body

    assert {wire["organization"] for wire in (first, second, third)} == {first["organization"]}
    assert {wire["business_name"] for wire in (first, second, third)} == {"Rosen Paper"}
    (organization,) = api.get("organizations", name="Rosen Paper").body["data"]
    assert organization["id"] == first["organization"]


def test_a_renamed_organization_is_renamed_for_its_customers(api):
    customer = api.post("customers", organization="Rosen Paper").body

    api.post(f"organizations/{customer['organization']}", name="Rosen & Lee")

    assert api.get(f"customers/{customer['id']}").body["business_name"] == "Rosen & Lee"


def test_a_customer_leaves_its_organization(api):
    customer = api.post("customers", organization="Rosen Paper").body["id"]

    wire = api.post(f"customers/{customer}", organization="").body

    assert "organization" not in wire
    assert "business_name" not in wire
    assert len(api.get("organizations").ids) == 1


def test_an_organization_is_deleted_once_nobody_belongs_to_it(api, nothing_written):
    customer = api.post("customers", organization="Rosen Paper").body
    path = f"organizations/{customer['organization']}"

    with nothing_written():
        refused = api.delete(path)
    api.post(f"customers/{customer['id']}", organization="")
    deleted = api.delete(path)

    assert refused.status == 409
    assert deleted.body == {
        "id": customer["organization"],
        "object": "organization",
        "deleted": True,
    }
    assert api.get(path).status == 404
