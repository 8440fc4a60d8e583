"""`/v1/customers/{customer}/balance_transactions`, and the customer's `balance`."""

import pytest


@pytest.fixture
def customer(api):
    return api.post("customers").body["id"]


@pytest.fixture
def path(customer):
    return f"customers/{customer}/balance_transactions"


def test_the_balance_is_adjusted(api, customer, path):
    answer = api.post(
        path, amount=-500, currency="USD", description="Goodwill", metadata={"ticket": "42"}
    )

    wire = dict(answer.body)
    assert wire.pop("id").startswith("cbtxn_")
    assert wire.pop("created") > 0
    assert wire == {
        "object": "customer_balance_transaction",
        "amount": -500,
        "checkout_session": None,
        "credit_note": None,
        "currency": "usd",
        "customer": customer,
        "customer_account": None,
        "description": "Goodwill",
        "ending_balance": -500,
        "invoice": None,
        "livemode": False,
        "metadata": {"ticket": "42"},
        "type": "adjustment",
    }
    assert api.get(f"{path}/{answer.body['id']}").body == answer.body
    found = api.get(f"customers/{customer}", expand=["invoice_credit_balance"]).body
    assert (found["balance"], found["currency"]) == (-500, "usd")
    assert found["invoice_credit_balance"] == {"usd": -500}


def test_entries_add_up(api, customer, path):
    for amount in (1000, -300, -5000, 50):
        api.post(path, amount=amount, currency="usd")

    ledger = [(wire["amount"], wire["ending_balance"]) for wire in api.get(path).body["data"]]

    assert ledger == [(50, -4250), (-5000, -4300), (-300, 700), (1000, 1000)]
    assert api.get(f"customers/{customer}").body["balance"] == -4250


def test_a_balance_that_is_set_is_an_entry(api):
    customer = api.post("customers", balance=1000).body["id"]
    api.post(f"customers/{customer}", balance=250)
    api.post(f"customers/{customer}", balance=250)

    ledger = api.get(f"customers/{customer}/balance_transactions").body["data"]

    assert [(wire["type"], wire["amount"], wire["ending_balance"]) for wire in ledger] == [
        ("adjustment", -750, 250),
        ("initial", 1000, 1000),
    ]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"currency": "usd"}, "amount"),
        ({"amount": 1}, "currency"),
        ({"amount": 1, "currency": "xyz"}, "currency"),
        ({"amount": 1, "currency": "thb"}, "currency"),
        ({"amount": 10**18, "currency": "usd"}, "amount"),
        ({"amount": "1.5", "currency": "usd"}, "amount"),
        ({"amount": 1, "currency": "usd", "type": "initial"}, "type"),
        ({"amount": 1, "currency": "usd", "description": "x" * 351}, "description"),
    ],
)
def test_an_entry_is_refused(api, path, nothing_written, params, param):
    api.post(path, amount=100, currency="usd")

    with nothing_written():
        answer = api.post(path, params)

    assert (answer.status, answer.error["param"]) == (400, param)


def test_words_about_an_entry_change_and_nothing_else(api, path, nothing_written):
    made = api.post(path, amount=100, currency="usd", metadata={"a": "1", "b": "2"}).body

    changed = api.post(f"{path}/{made['id']}", description="Goodwill", metadata={"a": ""}).body

    assert changed == made | {"description": "Goodwill", "metadata": {"b": "2"}}
    with nothing_written():
        refused = [api.post(f"{path}/{made['id']}", amount=1), api.delete(f"{path}/{made['id']}")]
    assert [answer.status for answer in refused] == [400, 405]


def test_an_entry_is_its_customers_alone(api, path, nothing_written):
    made = api.post(path, amount=100, currency="usd").body["id"]
    other = api.post("customers").body["id"]

    with nothing_written():
        answers = [
            getattr(api, method)(f"customers/{other}/balance_transactions/{made}")
            for method in ("get", "post")
        ]

    assert [answer.status for answer in answers] == [404, 404]
