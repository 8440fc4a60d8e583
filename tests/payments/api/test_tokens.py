"""`/v1/tokens` as it is spoken."""

import pytest

CARD = {
    "number": "4242424242424242",
    "exp_month": "8",
    "exp_year": "2030",
    "cvc": "314",
    "name": "Jenny Rosen",
}


def test_a_cards_token(api):
    answer = api.post("tokens", card={**CARD, "address_zip": "10110"})

    card = answer.body["card"]
    assert answer.status == 200
    assert {name: value for name, value in answer.body.items() if name not in {"card", "created"}} == {
        "id": answer.body["id"], "object": "token", "client_ip": "127.0.0.1", "livemode": False,
        "type": "card", "used": False,
    }  # fmt: skip
    assert card == {
        "id": card["id"], "object": "card", "address_city": None, "address_country": None,
        "address_line1": None, "address_line1_check": None, "address_line2": None, "address_state": None,
        "address_zip": "10110", "address_zip_check": None, "brand": "Visa", "country": "US",
        "cvc_check": "unchecked", "dynamic_last4": None, "exp_month": 8, "exp_year": 2030,
        "fingerprint": card["fingerprint"], "funding": "credit", "last4": "4242", "metadata": {},
        "name": "Jenny Rosen", "networks": {"preferred": None}, "regulated_status": "unregulated",
        "tokenization_method": None,
    }  # fmt: skip
    assert api.get(f"tokens/{answer.body['id']}").body == answer.body


def test_a_bank_accounts_token(api):
    account = {
        "account_number": "000123456789", "routing_number": "110000000", "country": "US", "currency": "usd",
        "account_holder_name": "Jenny Rosen", "account_holder_type": "individual",
    }  # fmt: skip

    answer = api.post("tokens", bank_account=account)

    shown = answer.body["bank_account"]
    assert (answer.status, answer.body["type"]) == (200, "bank_account")
    assert shown == {
        "id": shown["id"], "object": "bank_account", "account_holder_name": "Jenny Rosen",
        "account_holder_type": "individual", "account_type": "checking", "bank_name": "Test Bank",
        "country": "US", "currency": "usd", "fingerprint": shown["fingerprint"], "last4": "6789",
        "routing_number": "110000000", "status": "new",
    }  # fmt: skip


def test_a_used_token_says_so(api):
    token = api.post("tokens", card=CARD).body["id"]

    api.post("customers", source=token)

    assert api.get(f"tokens/{token}").body["used"] is True


@pytest.mark.parametrize(
    ("body", "status", "code", "param"),
    [
        pytest.param(
            {"card": {**CARD, "number": "4242424242424241"}},
            402, "incorrect_number", "number", id="number",
        ),
        pytest.param({"card": {**CARD, "exp_month": 13}}, 402, "invalid_expiry_month", "exp_month", id="month"),
        pytest.param({"card": {"number": CARD["number"]}}, 400, "parameter_missing", "card[exp_month]", id="no date"),
        pytest.param(
            {"card": {**CARD, "number": "4" * 60}}, 400, "parameter_invalid_string", "card[number]", id="long"
        ),
        pytest.param(
            {"card": {**CARD, "number": {"a": "4242"}}},
            400, "parameter_invalid_string", "card[number]", id="hash",
        ),
        pytest.param({}, 400, "parameter_missing", "card", id="nothing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_never_shown(api, nothing_written, body, status, code, param):
    with nothing_written():
        answer = api.post("tokens", body)

    assert (answer.status, answer.error["code"], answer.error["param"]) == (status, code, param)
    assert "4242" not in answer.error["message"]
    assert "4444" not in answer.error["message"]


def test_a_number_in_another_place_is_refused(api, nothing_written):
    with nothing_written():
        answer = api.post("tokens", card={**CARD, "name": CARD["number"]})

    assert (answer.status, answer.error["code"], answer.error["param"]) == (
        400, "sensitive_data_rejected", "card[name]",
    )  # fmt: skip


def test_tokens_are_not_listed(api):
    assert api.get("tokens").status == 405
