"""`/v1/customers/{customer}/cash_balance`, its transactions, and money that comes into it."""

import pytest

from customers.kit import clock
from customers.services import cash_balances, customers
from tests.v1_client import V1Client


@pytest.fixture
def at():
    return clock.now()


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


@pytest.fixture
def fund(api, customer):
    def fund(**said):
        wanted = {"amount": 5000, "currency": "usd", **said}
        return api.post(f"test_helpers/customers/{customer}/fund_cash_balance", wanted)

    return fund


def _funding(**said):
    empty = dict.fromkeys(("eu_bank_transfer", "gb_bank_transfer", "jp_bank_transfer"))
    return {"bank_transfer": {**empty, "us_bank_transfer": None, **said}}


def test_money_comes_in(api, customer, path, fund):
    answer = fund(reference="Invoice 7")

    wire = dict(answer.body)
    assert wire.pop("id").startswith("ccsbtxn_")
    assert wire.pop("created") > 0
    assert wire == {
        "object": "customer_cash_balance_transaction",
        "adjusted_for_overdraft": None,
        "applied_to_payment": None,
        "currency": "usd",
        "customer": customer,
        "customer_account": None,
        "ending_balance": 5000,
        "funded": _funding(reference="Invoice 7", type="us_bank_transfer"),
        "livemode": False,
        "net_amount": 5000,
        "refunded_from_payment": None,
        "transferred_to_balance": None,
        "type": "funded",
        "unapplied_from_payment": None,
    }
    assert api.get(path).body["available"] == {"usd": 5000}
    listed = api.get(f"customers/{customer}/cash_balance_transactions").body["data"]
    assert listed == [answer.body]
    again = api.get(f"customers/{customer}/cash_balance_transactions/{answer.body['id']}").body
    assert again == answer.body


@pytest.mark.parametrize(
    ("currency", "type_"), [("eur", "eu_bank_transfer"), ("thb", "bank_transfer")]
)
def test_each_currency_has_its_transfers(fund, currency, type_):
    assert fund(currency=currency).body["funded"] == _funding(reference=None, type=type_)


def test_what_it_was_used_for_is_shown(api, customer, fund, scope, at):
    fund()
    owner = customers.get(customer)
    cash_balances.use(owner, amount=300, currency="usd", invoice_id="in_1", at=at)
    cash_balances.give_back(owner, amount=100, currency="usd", invoice_id="in_1", at=at)

    rows = api.get(f"customers/{customer}/cash_balance_transactions").body["data"]

    used = {"invoice": "in_1", "payment_intent": None}
    assert {row["type"]: row[row["type"]] for row in rows} == {
        "unapplied_from_payment": used,
        "applied_to_payment": used,
        "funded": _funding(reference=None, type="us_bank_transfer"),
    }


def test_the_customer_shows_what_there_is(api, customer, fund):
    fund()
    fund(amount=70, currency="eur")

    shown = api.get("customers", expand=["data.cash_balance"]).body["data"][0]["cash_balance"]

    assert shown["available"] == {"usd": 5000, "eur": 70}


def test_events_tell_of_it(api, customer, path, fund):
    entry = fund().body

    newest = api.get("events", limit=2).body["data"]

    assert {event["type"]: event["data"]["object"] for event in newest} == {
        "cash_balance.funds_available": api.get(path).body,
        "customer_cash_balance_transaction.created": entry,
    }


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": 10**12 + 1}, "amount"),
        ({"amount": ""}, "amount"),
        ({"currency": "dollars"}, "currency"),
        ({"reference": "x" * 256}, "reference"),
        ({"customer": "cus_1"}, "customer"),
    ],
)
def test_money_is_refused(fund, nothing_written, params, param):
    with nothing_written():
        answer = fund(**params)

    assert (answer.status, answer.error["param"]) == (400, param)


def test_live_money_is_refused(keys):
    live = V1Client(keys["sk_live"])
    customer = live.post("customers").body["id"]

    answer = live.post(
        f"test_helpers/customers/{customer}/fund_cash_balance", amount=5000, currency="usd"
    )

    assert (answer.status, answer.error["code"]) == (400, "testmode_only")


def test_money_of_who_lives_by_a_clock_has_its_time(api):
    clock = api.post("test_helpers/test_clocks", frozen_time=2_000_000_000).body["id"]
    customer = api.post("customers", test_clock=clock).body["id"]

    entry = api.post(
        f"test_helpers/customers/{customer}/fund_cash_balance", amount=5000, currency="usd"
    )

    assert entry.body["created"] == 2_000_000_000
