"""Ids in any dialect's spelling, wherever `/v1/` takes one (rule C23)."""

import pytest

from customers.restkit import omise_ids


def theirs(pk):
    return omise_ids.spelled(pk, livemode=False)


@pytest.fixture
def jenny(api):
    """A customer with a card as its default."""
    return api.post("customers", email="jenny@example.com", payment_method="pm_card_visa").body


@pytest.fixture
def method(jenny):
    return jenny["invoice_settings"]["default_payment_method"]


@pytest.fixture
def charge(api, jenny):
    return api.post("charges", amount=2000, currency="usd", customer=jenny["id"]).body


def test_an_object_is_found_by_its_id_in_omises_spelling(api, jenny, method, charge):
    found = [
        api.get(path).body["id"]
        for path in (
            f"customers/{theirs(jenny['id'])}",
            f"charges/{theirs(charge['id'])}",
            f"payment_methods/{theirs(method)}",
            f"customers/{theirs(jenny['id'])}/payment_methods/{theirs(method)}",
            f"balance_transactions/{theirs(charge['balance_transaction'])}",
        )
    ]

    assert found == [jenny["id"], charge["id"], method, method, charge["balance_transaction"]]


def test_a_payment_names_a_customer_and_its_card(api, jenny, method):
    charge = api.post("charges", amount=2000, currency="usd", customer=theirs(jenny["id"])).body
    chosen = api.post(
        "charges", amount=2000, currency="usd", customer=jenny["id"], source=theirs(method)
    ).body
    intent = api.post(
        "payment_intents", amount=2000, currency="usd", customer=theirs(jenny["id"]),
        payment_method=theirs(method), off_session=True, confirm=True,
    ).body  # fmt: skip

    assert (charge["customer"], charge["payment_method"]) == (jenny["id"], method)
    assert (chosen["payment_method"], chosen["status"]) == (method, "succeeded")
    assert (intent["customer"], intent["payment_method"], intent["status"]) == (
        jenny["id"], method, "succeeded",
    )  # fmt: skip


def test_a_card_is_set_up_and_attached(api, jenny):
    setup = api.post("setup_intents", customer=theirs(jenny["id"])).body
    second = api.post("payment_methods/pm_card_mastercard/attach", customer=theirs(jenny["id"])).body  # fmt: skip
    done = api.post(f"setup_intents/{setup['id']}/confirm", payment_method=theirs(second["id"])).body  # fmt: skip
    settings = {"default_payment_method": theirs(second["id"])}
    changed = api.post(f"customers/{jenny['id']}", invoice_settings=settings).body
    listed = api.get("setup_intents", payment_method=theirs(second["id"])).body

    assert (setup["customer"], second["customer"], done["status"]) == (
        jenny["id"], jenny["id"], "succeeded",
    )  # fmt: skip
    assert changed["invoice_settings"]["default_payment_method"] == second["id"]
    assert [each["id"] for each in listed["data"]] == [setup["id"]]


def test_a_refund_names_its_charge(api, charge):
    refund = api.post("refunds", charge=theirs(charge["id"]), amount=500).body

    assert (refund["charge"], refund["status"]) == (charge["id"], "succeeded")
    assert [each["id"] for each in api.get("refunds", charge=theirs(charge["id"])).body["data"]] == [
        refund["id"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    "noun", ["charges", "payment_intents", "payment_methods", "setup_intents", "events"]
)
def test_a_list_is_narrowed_to_a_customer(api, jenny, noun):
    api.post(
        "payment_intents", amount=2000, currency="usd", customer=jenny["id"], confirm=True,
        payment_method="pm_card_visa",
    )  # fmt: skip
    api.post("setup_intents", customer=jenny["id"])
    api.post("customers", email="nobody@example.com", payment_method="pm_card_visa")

    narrowed = api.get(noun, customer=theirs(jenny["id"])).body["data"]

    assert narrowed == api.get(noun, customer=jenny["id"]).body["data"]
    assert narrowed != []


def test_a_page_begins_behind_an_id(api):
    made = [api.post("customers", email=f"{n}@example.com").body["id"] for n in range(3)]

    after = api.get("customers", starting_after=theirs(made[1])).body
    before = api.get("customers", ending_before=theirs(made[1])).body

    assert [each["id"] for each in after["data"]] == [made[0]]
    assert [each["id"] for each in before["data"]] == [made[2]]


def test_an_id_that_nothing_has_is_named_in_our_spelling(api):
    answer = api.post("charges", amount=2000, currency="usd", customer="cust_test_absent")

    assert (answer.status, answer.body["error"]["message"], answer.body["error"]["param"]) == (
        404, "No such customer: 'cus_absent'", "customer",
    )  # fmt: skip
