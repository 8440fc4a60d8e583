"""`/v1/tax_rates`, as they are spoken."""

import pytest

NEW = {
    "object": "tax_rate",
    "active": True,
    "country": None,
    "description": None,
    "display_name": "VAT",
    "effective_percentage": None,
    "flat_amount": None,
    "inclusive": False,
    "jurisdiction": None,
    "jurisdiction_level": None,
    "livemode": False,
    "metadata": {},
    "percentage": 7,
    "rate_type": None,
    "state": None,
    "tax_type": None,
}
VAT = {"display_name": "VAT", "percentage": 7, "inclusive": False}


@pytest.fixture
def make(api):
    """Makes a rate of seven per cent unless told otherwise, and returns it."""

    def send(**params):
        answer = api.post("tax_rates", {**VAT, **params})
        assert answer.status == 200, answer.body
        return answer.body

    return send


def told(api):
    """Return the types of the events so far, the oldest first."""
    return [event["type"] for event in api.get("events").body["data"]][::-1]


def test_a_tax_rate(api, make):
    rate = make()

    assert rate == {"id": rate["id"], "created": rate["created"], **NEW}
    assert rate["id"].startswith("txr_")
    assert api.get(f"tax_rates/{rate['id']}").body == rate
    assert told(api) == ["tax_rate.created"]


def test_a_tax_rate_of_which_everything_is_said(make):
    said = {
        "active": False, "country": "TH", "description": "Value added tax", "inclusive": True, "jurisdiction": "TH",
        "metadata": {"a": "1"}, "percentage": 7.1234, "state": "10", "tax_type": "vat",
    }  # fmt: skip

    rate = make(**said)

    assert rate == {"id": rate["id"], "created": rate["created"], **NEW, **said}


def test_a_change(api, make):
    rate = make(metadata={"a": "1"}, tax_type="vat", country="TH")

    changed = api.post(
        f"tax_rates/{rate['id']}", active=False, display_name="Tax", description="Old", metadata={"b": "2"},
        jurisdiction="US", country="us", state="NY", tax_type="",
    ).body  # fmt: skip

    event = api.get("events", type="tax_rate.updated").body["data"][0]
    assert changed == {
        **rate, "active": False, "display_name": "Tax", "description": "Old", "metadata": {"a": "1", "b": "2"},
        "jurisdiction": "US", "country": "US", "state": "NY", "tax_type": None,
    }  # fmt: skip
    assert (event["data"]["object"], event["data"]["previous_attributes"]["active"]) == (
        changed,
        True,
    )
    assert told(api) == ["tax_rate.created", "tax_rate.updated"]


@pytest.mark.parametrize("params", [{"percentage": 8}, {"inclusive": True}])
def test_what_a_rate_takes_stays(api, make, params):
    rate = make()

    answer = api.post(f"tax_rates/{rate['id']}", params)

    assert (answer.status, answer.error["code"]) == (400, "parameter_unknown")
    assert api.get(f"tax_rates/{rate['id']}").body == rate


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param({"active": "true"}, ["VAT", "GST"], id="active"),
        pytest.param({"active": "false"}, ["Old"], id="archived"),
        pytest.param({"inclusive": "true"}, ["GST"], id="inclusive"),
        pytest.param({"inclusive": "false"}, ["VAT", "Old"], id="exclusive"),
        pytest.param({"limit": 1, "page": 2}, ["Old"], id="page"),
    ],
)
def test_lists_are_narrowed(api, make, filters, found):
    make(display_name="GST", inclusive=True)
    make(display_name="Old", active=False)
    make()

    listed = api.get("tax_rates", filters).body["data"]

    assert [rate["display_name"] for rate in listed] == found


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"display_name": ""}, "display_name"),
        ({"display_name": "x" * 51}, "display_name"),
        ({"percentage": -1}, "percentage"),
        ({"percentage": 100.1}, "percentage"),
        ({"percentage": "7.12345"}, "percentage"),
        ({"percentage": "nan"}, "percentage"),
        ({"percentage": "seven"}, "percentage"),
        ({"percentage": ""}, "percentage"),
        ({"inclusive": "perhaps"}, "inclusive"),
        ({"country": "Thailand"}, "country"),
        ({"tax_type": "tithe"}, "tax_type"),
    ],
)
def test_what_a_rate_cannot_be(api, params, param):
    answer = api.post("tax_rates", {**VAT, **params})

    assert (answer.status, answer.error["param"]) == (400, param)
    assert api.get("tax_rates").ids == []
