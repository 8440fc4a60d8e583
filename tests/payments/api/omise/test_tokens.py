"""`/omise/tokens` as it is spoken."""

import pytest

from payments.models import Token
from tests.omise_client import CARD, OmiseClient

ADDRESS = {
    "city": "Bangkok", "country": "th", "email": "somchai@example.com", "phone_number": "+66812345678",
    "postal_code": "10320", "state": "Bangkok", "street1": "1 Silom Road", "street2": "Floor 2",
}  # fmt: skip


def test_a_token(browser):
    answer = browser.post("tokens", card={**CARD, **ADDRESS})

    token, card = answer.body, answer.body["card"]
    assert answer.status == 200
    assert token == {
        "object": "token",
        "id": token["id"],
        "livemode": False,
        "location": f"/omise/tokens/{token['id']}",
        "used": False,
        "charge_status": "unknown",
        "card": {
            "object": "card", "id": card["id"], "livemode": False, "location": None, "deleted": False,
            "street1": "1 Silom Road", "street2": "Floor 2", "city": "Bangkok", "state": "Bangkok",
            "phone_number": "+66812345678", "postal_code": "10320", "country": "US", "financing": "credit",
            "bank": "", "brand": "Visa", "fingerprint": card["fingerprint"], "first_digits": None,
            "last_digits": "4242", "name": "Somchai Prasert", "expiration_month": 10, "expiration_year": 2034,
            "security_code_check": True, "tokenization_method": None, "created_at": token["created_at"],
        },
        "created_at": token["created_at"],
    }  # fmt: skip
    assert (token["id"][:10], card["id"][:10]) == ("tokn_test_", "card_test_")
    assert browser.get(f"tokens/{token['id']}").body == token


@pytest.mark.parametrize("client", ["omise", "browser"])
def test_both_keys_make_and_read_tokens(request, client):
    client = request.getfixturevalue(client)

    made = client.post("tokens", card=CARD)

    assert (made.status, client.get(f"tokens/{made.body['id']}").body) == (200, made.body)


@pytest.mark.parametrize(
    ("card", "checked"),
    [
        pytest.param({}, True, id="right"),
        pytest.param({"number": "4111111111160001"}, False, id="wrong"),
        pytest.param({"security_code": None}, False, id="none"),
    ],
)
def test_a_token_tells_of_the_security_code(browser, card, checked):
    answer = browser.post("tokens", card={**CARD, **card})

    assert answer.body["card"]["security_code_check"] is checked


def test_numbers_may_come_as_numbers(browser):
    card = {**CARD, "number": 4242424242424242, "security_code": 123, "postal_code": 10320}

    answer = browser.post("tokens", card=card)

    assert (answer.status, answer.body["card"]["postal_code"]) == (200, "10320")


def test_a_form_is_understood(browser):
    answer = browser.form("tokens", **{f"card[{name}]": value for name, value in CARD.items()})

    assert (answer.status, answer.body["card"]["last_digits"]) == (200, "4242")


def test_the_cards_owner_is_kept(omise, browser):
    token = browser.post("tokens", card={**CARD, **ADDRESS}).body

    customer = omise.post("customers", card=token["id"]).body

    (card,) = customer["cards"]["data"]
    assert card["id"] == token["card"]["id"]
    told = {name: card[name] for name in ADDRESS if name not in {"country", "email"}}
    assert told == {name: ADDRESS[name] for name in told}
    assert card["name"] == "Somchai Prasert"


def test_a_token_is_used_once(omise, token, nothing_written):
    used = token()
    charge = omise.post("charges", amount=2000, currency="thb", card=used).body

    with nothing_written():
        again = omise.post("charges", amount=2000, currency="thb", card=used)
        saved = omise.post("customers", card=used)

    shown = omise.get(f"tokens/{used}").body
    assert (shown["used"], shown["charge_status"]) == (True, charge["status"])
    assert [(answer.status, answer.body["code"]) for answer in (again, saved)] == [
        (400, "used_token"),
        (400, "used_token"),
    ]


def test_a_token_tells_what_became_of_its_charge(omise, token):
    broke, saved = token("4111111111140011"), token()
    omise.post("charges", amount=2000, currency="thb", card=broke)
    omise.post("customers", card=saved)

    words = [omise.get(f"tokens/{pk}").body["charge_status"] for pk in (broke, saved)]

    assert words == ["failed", "unknown"]


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        pytest.param({"card": {**CARD, "number": "4242424242424241"}}, "invalid_card", "card[number]", id="number"),
        pytest.param({"card": {**CARD, "number": "5105105105105106"}}, "invalid_card", "card[number]", id="unknown"),
        pytest.param({"card": {**CARD, "number": "4" * 60}}, "invalid_card", "card[number]", id="long"),
        pytest.param({"card": {**CARD, "number": {"a": "4242"}}}, "invalid_card", "card[number]", id="hash"),
        pytest.param(
            {"card": {**CARD, "expiration_month": 13}}, "invalid_card", "card[expiration_month]", id="month"
        ),
        pytest.param(
            {"card": {**CARD, "expiration_year": 2019}}, "invalid_card", "card[expiration_year]", id="year"
        ),
        pytest.param(
            {"card": {**CARD, "security_code": "12"}}, "invalid_card", "card[security_code]", id="code"
        ),
        pytest.param({"card": {"number": CARD["number"]}}, "invalid_card", "card[expiration_month]", id="no date"),
        pytest.param({"card": {**CARD, "cvc": "123"}}, "invalid_card", "card[cvc]", id="unknown parameter"),
        pytest.param({"card": "4242"}, "invalid_card", "card", id="no hash"),
        pytest.param({}, "invalid_card", "card", id="nothing"),
        pytest.param({"card": None}, "invalid_card", "card", id="null"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_never_shown(browser, nothing_written, body, code, param):
    with nothing_written():
        answer = browser.post("tokens", body)

    assert (answer.status, answer.body["object"], answer.body["code"]) == (400, "error", code)
    assert param in answer.body["message"]
    assert "4242" not in answer.body["message"]
    assert "4444" not in answer.body["message"]


def test_a_number_in_another_place_is_refused(browser, nothing_written):
    with nothing_written():
        answer = browser.post("tokens", card={**CARD, "name": CARD["number"]})

    assert (answer.status, "card[name]" in answer.body["message"]) == (400, True)


@pytest.mark.parametrize("pk", ["tokn_test_nothing", "tok_nothing", "cust_test_1"])
def test_a_token_that_is_not_there(browser, pk):
    answer = browser.get(f"tokens/{pk}")

    assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_another_sites_token_is_not_there(other, token):
    pk = token()

    answer = OmiseClient(other[1]["skey_test"]).get(f"tokens/{pk}")

    assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_a_bank_accounts_token_is_none_of_omises(api, omise):
    account = {"country": "US", "account_number": "000123456789", "routing_number": "110000000"}
    pk = api.post("tokens", bank_account=account).body["id"]

    assert omise.get(f"tokens/{pk}").status == 404


def test_tokens_are_not_listed(omise):
    assert omise.get("tokens").status == 405


def test_a_token_keeps_no_number(browser, scope):
    browser.post("tokens", card={**CARD, "security_code": "739"})

    (kept,) = Token.objects.values_list("details", flat=True)
    assert CARD["number"] not in str(kept)
    assert {"number", "cvc", "security_code"} & kept.keys() == set()
