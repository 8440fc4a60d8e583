"""`/v1/customers/{customer}/tax_ids` (rules S2, C16)."""

import pytest


@pytest.fixture
def customer(api):
    return api.post("customers").body["id"]


@pytest.fixture
def path(customer):
    return f"customers/{customer}/tax_ids"


def test_a_tax_id_is_added(api, customer, path):
    answer = api.post(path, type="eu_vat", value="DE136695976")

    wire = dict(answer.body)
    assert wire.pop("id").startswith("txi_")
    assert wire.pop("created") > 0
    assert wire == {
        "object": "tax_id",
        "country": "DE",
        "customer": customer,
        "customer_account": None,
        "livemode": False,
        "owner": {"customer": customer, "customer_account": None, "type": "customer"},
        "type": "eu_vat",
        "value": "DE136695976",
        "verification": {
            "status": "unavailable",
            "verified_address": None,
            "verified_name": None,
        },
    }
    assert api.get(f"{path}/{answer.body['id']}").body == answer.body
    assert api.get(path).body["data"] == [answer.body]


@pytest.mark.parametrize(
    ("kind", "value", "country", "status"),
    [
        ("eu_vat", "DE136695976", "DE", "unavailable"),
        ("eu_vat", "EL094259216", "GR", "unavailable"),
        ("eu_vat", "DE123456789", "DE", "unverified"),
        ("gb_vat", "GB980780684", "GB", "unavailable"),
        ("th_vat", "1234545678781", "TH", "unavailable"),
        ("us_ein", "12-3456789", "US", "unavailable"),
        ("jp_trn", "T1234567890123", "JP", "unavailable"),
    ],
)
def test_the_form_is_checked(api, path, kind, value, country, status):
    wire = api.post(path, type=kind, value=value).body

    assert (wire["country"], wire["verification"]["status"]) == (country, status)


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"value": "DE136695976"}, "parameter_missing", "type"),
        ({"type": "eu_vat"}, "parameter_missing", "value"),
        ({"type": "xx_vat", "value": "1"}, None, "type"),
        ({"type": "eu_vat", "value": "136695976"}, "tax_id_invalid", "value"),
        ({"type": "us_ein", "value": "12"}, "tax_id_invalid", "value"),
        ({"type": "eu_vat", "value": ""}, "parameter_invalid_empty", "value"),
    ],
)
def test_a_tax_id_is_refused(api, path, nothing_written, params, code, param):
    with nothing_written():
        answer = api.post(path, params)

    assert (answer.status, answer.error.get("code"), answer.error["param"]) == (400, code, param)


def test_a_tax_id_is_added_once(api, path, nothing_written):
    api.post(path, type="us_ein", value="12-3456789")

    with nothing_written():
        answer = api.post(path, type="us_ein", value="12-3456789")

    assert (answer.status, answer.error["code"]) == (400, "resource_already_exists")


def test_a_customer_has_five(api, path, nothing_written):
    for number in range(5):
        api.post(path, type="us_ein", value=f"12-345678{number}")

    with nothing_written():
        answer = api.post(path, type="us_ein", value="12-3456789")

    assert (answer.status, answer.error["code"]) == (400, "customer_max_tax_ids")


def test_a_tax_id_is_removed(api, path):
    made = api.post(path, type="us_ein", value="12-3456789").body["id"]

    answer = api.delete(f"{path}/{made}")

    assert answer.body == {"id": made, "object": "tax_id", "deleted": True}
    assert (api.get(f"{path}/{made}").status, api.get(path).body["data"]) == (404, [])
    assert api.delete(f"{path}/{made}").status == 404


def test_a_tax_id_is_its_customers_alone(api, path, nothing_written):
    made = api.post(path, type="us_ein", value="12-3456789").body["id"]
    other = api.post("customers").body["id"]

    with nothing_written():
        answers = [
            getattr(api, method)(f"customers/{other}/tax_ids/{made}")
            for method in ("get", "delete")
        ]

    assert [answer.status for answer in answers] == [404, 404]
