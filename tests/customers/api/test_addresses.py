"""`/v1/customers/{customer}/addresses` (rules R14, C15)."""

import pytest

ADDRESS = {
    "city": "Bangkok",
    "country": "TH",
    "line1": "1 Sukhumvit Road",
    "line2": "Floor 2",
    "postal_code": "10110",
    "state": "Bangkok",
}
NOWHERE = dict.fromkeys(ADDRESS)


@pytest.fixture
def customer(api):
    return api.post("customers").body["id"]


@pytest.fixture
def path(customer):
    return f"customers/{customer}/addresses"


def test_an_address_is_made(api, customer, path):
    answer = api.post(
        path, ADDRESS, type="billing", name="Jenny Rosen", company="Rosen Paper",
        phone="+66 2 123 4567", metadata={"floor": "2"},
    )  # fmt: skip

    wire = dict(answer.body)
    assert wire.pop("id").startswith("addr_")
    assert wire.pop("created") > 0
    assert wire == {
        "object": "address",
        **ADDRESS,
        "company": "Rosen Paper",
        "customer": customer,
        "is_default": True,
        "livemode": False,
        "metadata": {"floor": "2"},
        "name": "Jenny Rosen",
        "phone": "+66 2 123 4567",
        "type": "billing",
    }
    assert api.get(f"{path}/{answer.body['id']}").body == answer.body
    assert api.get(path).body["data"] == [answer.body]


def test_the_first_of_a_type_is_the_default_until_another_is(api, customer, path):
    first = api.post(path, type="billing", city="Bangkok").body["id"]
    second = api.post(path, type="billing", city="Chiang Mai").body["id"]
    third = api.post(path, type="billing", city="Phuket", is_default=True).body["id"]

    defaults = {wire["id"]: wire["is_default"] for wire in api.get(path).body["data"]}
    assert defaults == {first: False, second: False, third: True}
    assert api.get(f"customers/{customer}").body["address"] == NOWHERE | {"city": "Phuket"}

    api.post(f"{path}/{second}", is_default=True)

    defaults = {wire["id"]: wire["is_default"] for wire in api.get(path).body["data"]}
    assert defaults == {first: False, second: True, third: False}
    assert api.get(f"customers/{customer}").body["address"]["city"] == "Chiang Mai"


def test_types_have_defaults_of_their_own(api, customer, path):
    api.post(path, type="billing", city="Bangkok")
    api.post(path, type="shipping", city="Phuket", name="Jenny Rosen", phone="1")

    wire = api.get(f"customers/{customer}").body

    assert wire["address"] == NOWHERE | {"city": "Bangkok"}
    assert wire["shipping"] == {
        "address": NOWHERE | {"city": "Phuket"},
        "name": "Jenny Rosen",
        "phone": "1",
    }


def test_stripes_address_writes_the_default_row(api, customer, path):
    api.post(f"customers/{customer}", address=ADDRESS)
    (made,) = api.get(path).body["data"]
    api.post(f"{path}/{made['id']}", name="Jenny Rosen", company="Rosen Paper")

    api.post(f"customers/{customer}", address=ADDRESS | {"city": "Phuket"})

    (changed,) = api.get(path).body["data"]
    assert changed == made | {"name": "Jenny Rosen", "company": "Rosen Paper", "city": "Phuket"}


def test_an_emptied_address_takes_the_row_away(api, customer, path):
    api.post(
        f"customers/{customer}", address=ADDRESS, shipping={"name": "Jenny", "address": ADDRESS}
    )

    wire = api.post(f"customers/{customer}", address="", shipping="").body

    assert (wire["address"], wire["shipping"], api.get(path).body["data"]) == (None, None, [])


def test_the_newest_other_one_becomes_the_default_when_it_is_deleted(api, customer, path):
    ids = [
        api.post(path, type="billing", city=city).body["id"]
        for city in ("Bangkok", "Phuket", "Krabi")
    ]

    answer = api.delete(f"{path}/{ids[0]}")

    assert answer.body == {"id": ids[0], "object": "address", "deleted": True}
    defaults = {wire["id"]: wire["is_default"] for wire in api.get(path).body["data"]}
    assert defaults == {ids[1]: False, ids[2]: True}
    assert api.get(f"customers/{customer}").body["address"]["city"] == "Krabi"
    assert api.get(f"{path}/{ids[0]}").status == 404


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_an_address_is_changed(api, path, method):
    made = api.post(path, ADDRESS, type="billing", metadata={"a": "1", "b": "2"}).body

    changed = getattr(api, method)(f"{path}/{made['id']}", line2="", metadata={"a": "", "c": "3"})

    assert changed.body == made | {"line2": None, "metadata": {"b": "2", "c": "3"}}


def test_a_country_code_is_written_in_capitals(api, path):
    assert api.post(path, type="billing", country="th").body["country"] == "TH"
    assert api.post(path, type="billing", country="Thailand").body["country"] == "Thailand"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, "type"),
        ({"type": "office"}, "type"),
        ({"type": "billing", "line1": "x" * 501}, "line1"),
        ({"type": "billing", "is_default": "maybe"}, "is_default"),
        ({"type": "billing", "street": "x"}, "street"),
    ],
)
def test_an_address_is_refused(api, path, nothing_written, params, param):
    with nothing_written():
        answer = api.post(path, params)

    assert (answer.status, answer.error["param"]) == (400, param)


def test_the_type_never_changes(api, path, nothing_written):
    made = api.post(path, type="billing").body["id"]

    with nothing_written():
        answer = api.post(f"{path}/{made}", type="shipping")

    assert (answer.status, answer.error["code"]) == (400, "parameter_unknown")


def test_an_address_is_its_customers_alone(api, path, nothing_written):
    made = api.post(path, type="billing").body["id"]
    other = api.post("customers").body["id"]

    with nothing_written():
        answers = [
            getattr(api, method)(f"customers/{other}/addresses/{made}")
            for method in ("get", "post", "delete")
        ]

    assert [answer.status for answer in answers] == [404, 404, 404]


def test_a_deleted_customer_has_no_addresses(api, customer, path, nothing_written):
    made = api.post(path, type="billing").body["id"]
    api.delete(f"customers/{customer}")

    with nothing_written():
        answers = [api.get(path), api.post(path, type="billing"), api.get(f"{path}/{made}")]

    assert [answer.status for answer in answers] == [404, 404, 404]
