"""`/v1/payment_methods` and a customer's, as they are spoken."""

import pytest

from customers.models import IdempotencyRecord
from payments.models import PaymentMethod

CARD = {"number": "4242424242424242", "exp_month": 8, "exp_year": 2030, "cvc": "314"}
BANK = {
    "account_number": "000123456789",
    "routing_number": "110000000",
    "account_holder_type": "company",
}


@pytest.fixture
def jenny(api):
    return api.post("customers", name="Jenny Rosen", email="jenny@example.com").body["id"]


@pytest.fixture
def method(api, jenny):
    return api.post("payment_methods/pm_card_visa/attach", customer=jenny).body["id"]


def test_a_card(api):
    answer = api.post(
        "payment_methods",
        type="card",
        card=CARD,
        billing_details={"name": "Jenny Rosen"},
        metadata={"a": "1"},
    )

    card = answer.body["card"]
    assert answer.status == 200
    assert answer.body == {
        "id": answer.body["id"],
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
            "email": None, "name": "Jenny Rosen", "phone": None, "tax_id": None,
        },
        "card": {
            "brand": "visa",
            "checks": {
                "address_line1_check": None, "address_postal_code_check": None,
                "cvc_check": card["checks"]["cvc_check"],
            },
            "country": "US", "display_brand": "visa", "exp_month": 8, "exp_year": 2030,
            "fingerprint": card["fingerprint"], "funding": "credit", "generated_from": None, "last4": "4242",
            "networks": {"available": ["visa"], "preferred": None}, "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True}, "wallet": None,
        },
        "created": answer.body["created"],
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {"a": "1"},
        "type": "card",
    }  # fmt: skip
    assert api.get(f"payment_methods/{answer.body['id']}").body == answer.body


def test_a_card_from_a_token(api):
    answer = api.post("payment_methods", type="card", card={"token": "tok_mastercard"})

    assert (answer.status, answer.body["card"]["brand"], answer.body["id"][:3]) == (
        200,
        "mastercard",
        "pm_",
    )


def test_a_bank_account(api):
    answer = api.post(
        "payment_methods",
        type="us_bank_account",
        us_bank_account=BANK,
        billing_details={"name": "Jenny Rosen"},
    )

    shown = answer.body["us_bank_account"]
    assert (answer.status, "card" in answer.body) == (200, False)
    assert shown == {
        "account_holder_type": "company", "account_type": "checking", "bank_name": "Test Bank",
        "financial_connections_account": None, "fingerprint": shown["fingerprint"], "last4": "6789",
        "networks": {"preferred": "ach", "supported": ["ach"]}, "routing_number": "110000000",
        "status_details": None,
    }  # fmt: skip


def test_a_sepa_debit(api):
    answer = api.post(
        "payment_methods", type="sepa_debit", sepa_debit={"iban": "DE89370400440532013000"}
    )

    shown = answer.body["sepa_debit"]
    assert answer.status == 200
    assert (shown["country"], shown["last4"], shown["bank_code"]) == ("DE", "3000", "37040044")


@pytest.mark.parametrize(
    ("body", "status", "code", "param"),
    [
        pytest.param({"type": "card"}, 400, "parameter_missing", "card", id="no card"),
        pytest.param(
            {"card": {"exp_month": 1, "exp_year": 2030}},
            400, "parameter_missing", "card[number]", id="no number",
        ),
        pytest.param(
            {"type": "us_bank_account", "us_bank_account": {"routing_number": "110000000"}},
            400, "parameter_missing", "us_bank_account[account_number]", id="no account",
        ),
        pytest.param({}, 400, "parameter_missing", "type", id="nothing"),
        pytest.param({"type": "card", "card": {**CARD, "cvc": "1"}}, 402, "invalid_cvc", "cvc", id="cvc"),
        pytest.param(
            {"type": "card", "card": CARD, "metadata": {"n": CARD["number"]}},
            400, "sensitive_data_rejected", "metadata[n]", id="a number in metadata",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(api, nothing_written, body, status, code, param):
    with nothing_written():
        answer = api.post("payment_methods", body)

    assert (answer.status, answer.error.get("code"), answer.error["param"]) == (status, code, param)


def test_attaching(api, jenny):
    answer = api.post("payment_methods/pm_card_visa/attach", customer=jenny)

    shown = api.get(f"customers/{jenny}").body
    assert (answer.status, answer.body["customer"]) == (200, jenny)
    assert shown["invoice_settings"]["default_payment_method"] == answer.body["id"]
    assert shown["default_source"] is None


def test_attaching_the_same_request_twice_attaches_once(api, jenny):
    headers = {"Idempotency-Key": "attach-1"}

    one = api.post("payment_methods/pm_card_visa/attach", customer=jenny, headers=headers)
    two = api.post("payment_methods/pm_card_visa/attach", customer=jenny, headers=headers)

    assert one.body == two.body
    assert two.headers["Idempotent-Replayed"] == "true"
    assert api.get(f"customers/{jenny}/payment_methods").ids == [one.body["id"]]
    assert CARD["number"] not in str(list(IdempotencyRecord.objects.values()))


def test_a_declined_card_is_not_attached(api, jenny):
    answer = api.post(
        "payment_methods/pm_card_visa_chargeDeclinedInsufficientFunds/attach", customer=jenny
    )

    assert (answer.status, answer.error["type"], answer.error["code"], answer.error["decline_code"]) == (
        402, "card_error", "card_declined", "insufficient_funds",
    )  # fmt: skip
    assert api.get(f"customers/{jenny}/payment_methods").ids == []


def test_detaching(api, jenny, method):
    answer = api.post(f"payment_methods/{method}/detach")

    assert (answer.status, answer.body["customer"]) == (200, None)
    assert api.get(f"customers/{jenny}/payment_methods").ids == []
    assert api.get(f"customers/{jenny}").body["invoice_settings"]["default_payment_method"] is None
    assert api.post(f"payment_methods/{method}/detach").status == 400


def test_changing(api, method):
    answer = api.post(
        f"payment_methods/{method}",
        card={"exp_month": 12, "exp_year": 2031},
        billing_details={
            "address": {"city": "Paris", "country": "FR"},
            "email": "jenny@example.com",
        },
        metadata={"order": "6735"},
        allow_redisplay="always",
    )

    body = answer.body
    assert (body["card"]["exp_month"], body["card"]["exp_year"], body["metadata"], body["allow_redisplay"]) == (
        12, 2031, {"order": "6735"}, "always",
    )  # fmt: skip
    assert body["billing_details"]["address"]["city"] == "Paris"


def test_a_card_has_no_bank_account_to_change(api, method, nothing_written):
    with nothing_written():
        answer = api.post(f"payment_methods/{method}", us_bank_account={"account_type": "savings"})

    assert (answer.status, answer.error["param"]) == (400, "us_bank_account")


@pytest.fixture
def three(api, jenny):
    """Two cards and a bank account of a customer, the newest first."""
    ids = [
        api.post(f"payment_methods/{name}/attach", customer=jenny).body["id"]
        for name in ("pm_card_visa", "pm_card_mastercard", "pm_usBankAccount_success")
    ]
    return ids[::-1]


def test_a_customers_methods(api, jenny, three):
    bank, *cards = three

    assert api.get(f"customers/{jenny}/payment_methods").ids == three
    assert api.get(f"customers/{jenny}/payment_methods", type="card").ids == cards
    assert api.get("payment_methods", customer=jenny, type="us_bank_account").ids == [bank]
    page = api.get("payment_methods", customer=jenny, limit=1, starting_after=bank)
    assert (page.ids, page.body["has_more"]) == (cards[:1], True)
    assert api.get(f"customers/{jenny}/payment_methods/{bank}").body["id"] == bank


def test_a_customers_methods_are_nobody_elses(api, three):
    other = api.post("customers", name="Ada").body["id"]

    assert api.get("payment_methods", customer=other).ids == []
    assert api.get(f"customers/{other}/payment_methods/{three[0]}").status == 404


def test_an_unknown_customer_has_no_list(api):
    answer = api.get("payment_methods", customer="cus_nothing")

    assert (answer.status, answer.error["code"], answer.error["param"]) == (
        404,
        "resource_missing",
        "customer",
    )


def test_the_customer_is_expanded(api, jenny, method):
    answer = api.get(f"payment_methods/{method}", expand=["customer"])

    assert answer.body["customer"]["name"] == "Jenny Rosen"


def test_what_is_another_sites_is_not_there(other_api, method):
    for answer in (
        other_api.get(f"payment_methods/{method}"),
        other_api.post(f"payment_methods/{method}", metadata={"a": "1"}),
        other_api.post(f"payment_methods/{method}/detach"),
    ):
        assert (answer.status, answer.error["message"]) == (
            404,
            f"No such PaymentMethod: '{method}'",
        )


def test_a_list_costs_the_same_for_one_and_three(api, jenny, django_assert_max_num_queries):
    for _ in range(3):
        api.post("payment_methods/pm_card_visa/attach", customer=jenny)

    for limit in (1, 3):
        with django_assert_max_num_queries(4):
            assert len(api.get("payment_methods", customer=jenny, limit=limit).ids) == limit


def test_nothing_is_left_of_a_deleted_customers_cards(api, scope, jenny, method):
    api.delete(f"customers/{jenny}")

    assert api.get(f"payment_methods/{method}").body["card"]["last4"] is None
    assert PaymentMethod.objects.get(pk=method).customer_id is None
