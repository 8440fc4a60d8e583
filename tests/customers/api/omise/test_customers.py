"""`/omise/customers`: made, shown, changed, deleted."""

import pytest

from customers.events.models import Event
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from tests.omise_client import OmiseClient

EPOCH = "1970-01-01T00:00:00Z"


@pytest.fixture
def john(omise):
    return omise.post("customers", email="john@example.com", description="John Doe").body


def test_a_new_customer_needs_nothing(omise):
    wire = omise.post("customers").body

    pk, at = wire["id"], wire["created_at"]
    assert pk.startswith("cust_test_")
    assert wire == {
        "object": "customer",
        "id": pk,
        "livemode": False,
        "location": f"/omise/customers/{pk}",
        "deleted": False,
        "default_card": None,
        "email": None,
        "description": None,
        "created_at": at,
        "cards": {
            "object": "list",
            "data": [],
            "limit": 20,
            "offset": 0,
            "total": 0,
            "location": f"/omise/customers/{pk}/cards",
            "order": None,
            "from": EPOCH,
            "to": wire["cards"]["to"],
        },
        "linked_accounts": [],
        "metadata": {},
    }


def test_a_form_and_json_say_the_same(omise):
    given = {"email": "john@example.com", "description": "John", "metadata": {"user_id": "12345"}}

    made = [omise.post("customers", given).body, omise.form("customers", **given).body]

    for wire in made:
        for name in ("id", "location", "created_at", "cards"):
            wire.pop(name)
    assert made[0] == made[1]


def test_a_card_comes_with_the_customer_and_is_the_default(omise, token):
    made = omise.post("customers", email="john@example.com", card=token()).body

    (card,) = made["cards"]["data"]
    assert made["cards"]["total"] == 1
    assert made["default_card"] == card["id"]
    assert card == {
        "object": "card",
        "id": card["id"],
        "livemode": False,
        "location": f"/omise/customers/{made['id']}/cards/{card['id']}",
        "deleted": False,
        "street1": None,
        "street2": None,
        "city": None,
        "state": None,
        "phone_number": None,
        "postal_code": None,
        "country": "US",
        "financing": "credit",
        "bank": "",
        "brand": "Visa",
        "fingerprint": card["fingerprint"],
        "first_digits": None,
        "last_digits": "4242",
        "name": "JOHN DOE",
        "expiration_month": 12,
        "expiration_year": 2030,
        "security_code_check": True,
        "tokenization_method": None,
        "created_at": card["created_at"],
    }
    assert omise.get(f"customers/{made['id']}").body == made | {"cards": made["cards"]}


def test_the_same_customer_in_both_dialects(omise, api, john):
    key = john["id"].removeprefix("cust_test_")

    assert api.get(f"customers/cus_{key}").body["email"] == "john@example.com"
    assert api.get(f"customers/{john['id']}").body["id"] == f"cus_{key}"
    assert omise.get(f"customers/cus_{key}").body["id"] == john["id"]


def test_a_card_that_is_added_is_shown_first_and_is_no_default(omise, token):
    made = omise.post("customers", card=token()).body

    changed = omise.patch(f"customers/{made['id']}", card=token("5555555555554444")).body

    assert changed["default_card"] == made["default_card"]
    assert [card["brand"] for card in changed["cards"]["data"]] == ["MasterCard", "Visa"]
    assert changed["cards"]["total"] == 2


def test_the_first_card_of_an_update_is_the_default(omise, token, john):
    changed = omise.patch(f"customers/{john['id']}", card=token()).body

    assert changed["default_card"] == changed["cards"]["data"][0]["id"]


def test_another_card_becomes_the_default(omise, token):
    made = omise.post("customers", card=token()).body
    path = f"customers/{made['id']}"
    newer = omise.patch(path, card=token("5555555555554444")).body["cards"]["data"][0]["id"]

    changed = omise.patch(path, default_card=newer).body

    assert changed["default_card"] == newer
    assert omise.get(path).body["default_card"] == newer


def test_a_default_that_is_not_the_customers_is_refused(omise, token, john):
    other = omise.post("customers", card=token()).body

    answer = omise.patch(f"customers/{john['id']}", default_card=other["default_card"])

    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert "default_card" in answer.body["message"]
    assert omise.get(f"customers/{john['id']}").body["default_card"] is None


def test_a_default_that_is_a_bank_account_is_no_card(omise, api, john):
    key = john["id"].removeprefix("cust_test_")
    account = {"country": "US", "currency": "usd", "routing_number": "110000000"}
    bank = api.post("tokens", bank_account=account | {"account_number": "000123456789"}).body["id"]
    api.post(f"customers/cus_{key}/sources", source=bank)

    shown = omise.get(f"customers/{john['id']}").body

    assert (shown["default_card"], shown["cards"]["total"]) == (None, 0)


def test_a_token_is_good_once(omise, token, john):
    once = token()
    omise.patch(f"customers/{john['id']}", card=once)

    again = omise.patch(f"customers/{john['id']}", card=once)

    assert (again.status, again.body["code"]) == (400, "used_token")
    assert once in again.body["message"]
    assert omise.get(f"customers/{john['id']}").body["cards"]["total"] == 1


def test_a_token_that_is_not_there(omise, nothing_written):
    with nothing_written():
        answer = omise.post("customers", email="john@example.com", card="tokn_test_nothing")

    assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert "tokn_test_nothing" in answer.body["message"]


def test_a_card_that_its_issuer_refuses_is_not_saved(omise, token, john):
    answer = omise.patch(f"customers/{john['id']}", card=token("4000000000000002"))

    assert (answer.status, answer.body["code"]) == (400, "invalid_card")
    assert omise.get(f"customers/{john['id']}").body["cards"]["total"] == 0


def test_metadata_is_replaced_and_may_hold_any_json(omise, api, john):
    path = f"customers/{john['id']}"
    omise.patch(path, metadata={"user_id": "12345", "plan": "basic"})

    changed = omise.patch(
        path, metadata={"plan": "premium", "seats": 3, "nested": {"a": [1, None]}}
    )

    wanted = {"plan": "premium", "seats": 3, "nested": {"a": [1, None]}}
    assert changed.body["metadata"] == omise.get(path).body["metadata"] == wanted
    key = john["id"].removeprefix("cust_test_")
    assert api.get(f"customers/cus_{key}").body["metadata"] == {
        "plan": "premium",
        "seats": "3",
        "nested": '{"a":[1,null]}',
    }


def test_what_is_not_sent_stays(omise, john):
    changed = omise.patch(f"customers/{john['id']}", description="Enterprise", email=None).body

    assert (changed["email"], changed["description"]) == ("john@example.com", "Enterprise")


def test_a_deleted_customer_is_gone_with_its_cards(omise, token, site):
    made = omise.post("customers", card=token()).body

    gone = omise.delete(f"customers/{made['id']}")

    assert gone.body == {
        "object": "customer",
        "id": made["id"],
        "livemode": False,
        "deleted": True,
    }
    later = omise.get(f"customers/{made['id']}")
    assert (later.status, later.body["code"]) == (404, "not_found")
    assert omise.get("customers").body["total"] == 0
    assert omise.get(f"customers/{made['id']}/cards").status == 404
    with scoped_to(site, livemode=False):
        assert Customer.objects.get().default_payment_method_id is None


def test_the_events_are_those_of_any_door(omise, site, john):
    omise.patch(f"customers/{john['id']}", description="Enterprise")
    omise.delete(f"customers/{john['id']}")

    with scoped_to(site, livemode=False):
        types = Event.objects.order_by("id").values_list("type", flat=True)
        assert list(types) == ["customer.created", "customer.updated", "customer.deleted"]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        pytest.param({"email": "no address"}, "email", id="an address that is none"),
        pytest.param({"colour": "red"}, "colour", id="what there is not"),
        pytest.param({"metadata": "text"}, "metadata", id="metadata that is no object"),
        pytest.param({"metadata": {"a": "x" * 15_000}}, "metadata", id="too much metadata"),
        pytest.param({"description": ["a"]}, "description", id="a list for a text"),
        pytest.param({"card": {"number": "1"}}, "card", id="a hash for a token"),
    ],
)
def test_bad_values_are_refused_by_name(omise, given, named, nothing_written):
    with nothing_written():
        answer = omise.post("customers", given)

    assert (answer.status, answer.body["object"], answer.body["code"]) == (
        400,
        "error",
        "bad_request",
    )
    assert named in answer.body["message"]
    assert answer.body["location"] == "https://www.omise.co/api-errors#bad-request"


def test_a_card_number_in_free_text_is_refused(omise, nothing_written):
    with nothing_written():
        answer = omise.post("customers", description="Pays with 4242 4242 4242 4242")

    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert "description" in answer.body["message"]


def test_another_merchants_customer_is_not_there(other, john):
    stranger = OmiseClient(other[1]["skey_test"])

    answers = [
        stranger.get(f"customers/{john['id']}"),
        stranger.patch(f"customers/{john['id']}", description="Mine"),
        stranger.delete(f"customers/{john['id']}"),
        stranger.get(f"customers/{john['id']}/cards"),
    ]

    assert {(answer.status, answer.body["code"]) for answer in answers} == {(404, "not_found")}


def test_live_and_test_customers_are_apart(keys, john):
    live = OmiseClient(keys["skey_live"])

    made = live.post("customers", email="john@example.com").body

    assert (made["id"][:5], made["id"][:10] == "cust_test_", made["livemode"]) == (
        "cust_",
        False,
        True,
    )
    assert live.get("customers").body["total"] == 1
    assert live.get(f"customers/{john['id']}").status == 404


def test_the_same_key_makes_one_customer(omise):
    headers = {"Idempotency-Key": "once"}

    made = [
        omise.send("POST", "customers", {"email": "john@example.com"}, headers=headers)
        for _ in range(2)
    ]

    assert made[0].body == made[1].body
    assert omise.get("customers").body["total"] == 1
