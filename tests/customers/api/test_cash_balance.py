"""`/v1/customers/{customer}/cash_balance`: the settings; money comes with payments."""

import pytest


@pytest.fixture
def customer(api):
    return api.post("customers").body["id"]


@pytest.fixture
def path(customer):
    return f"customers/{customer}/cash_balance"


@pytest.mark.parametrize("method", ["post", "put", "patch"])
@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        ("manual", {"reconciliation_mode": "manual", "using_merchant_default": False}),
        ("automatic", {"reconciliation_mode": "automatic", "using_merchant_default": False}),
        ("merchant_default", {"reconciliation_mode": "automatic", "using_merchant_default": True}),
    ],
)
def test_the_mode_is_set(api, customer, path, method, mode, shown):
    answer = getattr(api, method)(path, settings={"reconciliation_mode": mode})

    assert answer.body == {
        "object": "cash_balance",
        "available": None,
        "customer": customer,
        "customer_account": None,
        "livemode": False,
        "settings": shown,
    }
    assert api.get(path).body == answer.body


def test_the_merchants_default_holds_at_first(api, path):
    assert api.get(path).body["settings"] == {
        "reconciliation_mode": "automatic",
        "using_merchant_default": True,
    }


def test_it_is_set_with_the_customer_too(api):
    made = api.post(
        "customers",
        cash_balance={"settings": {"reconciliation_mode": "manual"}},
        expand=["cash_balance"],
    ).body

    assert made["cash_balance"]["settings"]["reconciliation_mode"] == "manual"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"settings": {"reconciliation_mode": "never"}}, "settings[reconciliation_mode]"),
        ({"settings": {"mode": "manual"}}, "settings[mode]"),
        ({"available": {"usd": 5}}, "available"),
        ({"settings": ""}, "settings"),
    ],
)
def test_a_setting_is_refused(api, path, nothing_written, params, param):
    with nothing_written():
        answer = api.post(path, params)

    assert (answer.status, answer.error["param"]) == (400, param)


def test_a_deleted_customer_has_none(api, customer, path):
    api.delete(f"customers/{customer}")

    assert [api.get(path).status, api.post(path).status] == [404, 404]
