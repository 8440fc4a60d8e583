"""Charges that fail, with a failure code of Omise's, and those that are refused, by the parameter at fault."""

import pytest

from tests.payments.api.omise.conftest import MONEY, plain


def test_a_decline_is_an_answer_like_any_other(omise, token):
    answer = omise.post("charges", MONEY, card=token("4111111111140011"))

    body = answer.body
    assert answer.status == 200
    assert body == plain(
        body, authorized=False, authorized_amount=0, approval_code=None, captured_amount=0, disputable=False, fee=0,
        net=100_000, paid=False, paid_at=None, partially_refundable=False, refundable=False, status="failed",
        transaction=None, failure_code="insufficient_fund", failure_message="Your card has insufficient funds.",
        card={**body["card"], "country": "TH", "last_digits": "0011"},
    )  # fmt: skip
    assert omise.get(f"charges/{body['id']}").body["failure_code"] == "insufficient_fund"


DECLINED = {
    "insufficient_fund": (
        "4111111111140011", "5555551111110011", "3530111111190011", "6250947000000014",
    ),
    "stolen_or_lost_card": (
        "4111111111130012", "5555551111100012", "3530111111180012", "6250947000000022",
    ),
    "failed_processing": (
        "4111111111120013", "5555551111190013", "3530111111170013", "377138160000009", "6447032400001111005",
        "36021042111108", "6250947000000030",
    ),
    "payment_rejected": (
        "4111111111110014", "5555551111180014", "3530111111160014", "6250947000000048",
        # 3-D Secure cannot begin, or fails
        "4111111111150002", "5555551111120002", "3530111111100002", "6250947000000071", "4111111111140003",
        "5555551111110003", "3530111111190003", "377138161111003", "6250947000000089",
    ),
    "failed_fraud_check": (
        "4111111111190016", "5555551111160016", "3530111111140016", "6250947000000055",
    ),
    "invalid_account_number": (
        "4111111111180017", "5555551111150017", "3530111111130017", "6250947000000063",
    ),
    "invalid_security_code": ("4111111111160001", "5555551111130001", "3530111111110001"),
}  # fmt: skip
"""The test cards that Omise publishes, by the failure that they stand for."""
SUCCEEDING = (
    "4242424242424242", "4111111111111111", "5555555555554444", "5454545454545454", "3530111333300000",
    "3566111111111113", "378282246310005", "6447032400000000001", "36021042000004", "6250947000000006",
)  # fmt: skip


@pytest.mark.parametrize(
    ("number", "code"), [(number, code) for code, numbers in DECLINED.items() for number in numbers]
)
def test_published_cards_fail_as_published(omise, token, number, code):
    answer = omise.post("charges", MONEY, card=token(number))

    assert (answer.status, answer.body["status"]) == (200, "failed")
    assert (answer.body["failure_code"], answer.body["failure_message"] != "") == (code, True)


@pytest.mark.parametrize("number", SUCCEEDING)
def test_published_cards_pay_as_published(omise, token, number):
    code = "1234" if number.startswith("37") else "123"

    answer = omise.post("charges", MONEY, card=token(number, security_code=code))

    assert (answer.status, answer.body["status"]) == (200, "successful")


@pytest.mark.parametrize("code", ["insufficient_fund", "stolen_or_lost_card"])
def test_saved_cards_fail_as_published(omise, token, code):
    customer = omise.post("customers", card=token(DECLINED[code][0])).body["id"]

    body = omise.post("charges", MONEY, customer=customer).body

    assert (body["status"], body["failure_code"]) == ("failed", code)


def test_an_expired_saved_card_fails(omise, somchai):
    card = f"customers/{somchai['id']}/cards/{somchai['default_card']}"
    omise.patch(card, expiration_year=2020)

    body = omise.post("charges", MONEY, customer=somchai["id"]).body

    assert (body["status"], body["failure_code"], body["failure_message"]) == (
        "failed", "expired_card", "Your card has expired.",
    )  # fmt: skip


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "status", "code", "named"),
    [
        ({}, 400, "invalid_charge", "amount"),
        ({"amount": 0, "currency": "thb"}, 400, "invalid_charge", "amount"),
        ({"amount": "much", "currency": "thb"}, 400, "invalid_charge", "amount"),
        ({"amount": 100_000_000, "currency": "thb", "card": "tok_visa"}, 400, "invalid_charge", "amount"),
        ({"amount": 2000, "currency": "baht"}, 400, "invalid_charge", "currency"),
        ({"amount": 2000}, 400, "invalid_charge", "currency"),
        ({**MONEY}, 400, "invalid_charge", "card"),
        ({**MONEY, "card": "tokn_test_nothing"}, 404, "not_found", "card"),
        ({**MONEY, "card": ["tokn_test_nothing"]}, 400, "invalid_charge", "card"),
        ({**MONEY, "customer": "cust_test_nobody"}, 404, "not_found", "customer"),
        ({**MONEY, "card": "tok_visa", "source": "src_test_1"}, 400, "invalid_charge", "source"),
        ({**MONEY, "card": "tok_visa", "platform_fee": {"fixed": 1}}, 400, "invalid_charge", "platform_fee"),
        ({**MONEY, "card": "tok_visa", "linked_account": "lacc_1"}, 400, "invalid_charge", "linked_account"),
        ({**MONEY, "card": "tok_visa", "webhook_endpoints": ["https://a.example.com"]}, 400, "invalid_charge",
         "webhook_endpoints"),
        ({**MONEY, "card": "tok_visa", "zero_interest_installments": True}, 400, "invalid_charge",
         "zero_interest_installments"),
        ({**MONEY, "card": "tok_visa", "authentication": "PASSKEY"}, 400, "invalid_charge", "authentication"),
        ({**MONEY, "card": "tok_visa", "authorization_type": "pre_auth"}, 400, "invalid_charge",
         "authorization_type"),
        ({**MONEY, "card": "tok_visa", "recurring_reason": "hunger"}, 400, "invalid_charge", "recurring_reason"),
        ({**MONEY, "card": "tok_visa", "transaction_indicator": "XIT"}, 400, "invalid_charge",
         "transaction_indicator"),
        ({**MONEY, "card": "tok_visa", "first_charge": "chrg_test_nothing"}, 404, "not_found", "first_charge"),
        ({**MONEY, "card": "tok_visa", "return_uri": "javascript://a"}, 400, "invalid_charge", "return_uri"),
        ({**MONEY, "card": "tok_visa", "ip": "home"}, 400, "invalid_charge", "ip"),
        ({**MONEY, "card": "tok_visa", "expires_at": "2019-01-01T00:00:00Z"}, 400, "invalid_charge", "expires_at"),
        ({**MONEY, "card": "tok_visa", "expires_at": "soon"}, 400, "invalid_charge", "expires_at"),
        ({**MONEY, "card": "tok_visa", "metadata": "blue"}, 400, "invalid_charge", "metadata"),
        ({**MONEY, "card": "tok_visa", "metadata": {"card": "4242424242424242"}}, 400, "invalid_charge",
         "metadata[card]"),
        ({**MONEY, "card": "tok_visa", "colour": "blue"}, 400, "invalid_charge", "colour"),
        ({**MONEY, "source": "src_test_nothing"}, 404, "not_found", "source"),
        ({**MONEY, "source": {"type": "promptpay"}}, 400, "invalid_charge", "source[type]"),
        ({**MONEY, "source": {}}, 400, "invalid_charge", "source[type]"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named(omise, nothing_written, params, status, code, named):
    with nothing_written():
        answer = omise.post("charges", params)

    assert (answer.status, answer.body["object"], answer.body["code"]) == (status, "error", code)
    assert named in answer.body["message"]


def test_a_customer_without_a_card(omise, nothing_written):
    nobody = omise.post("customers", email="nobody@example.com").body["id"]

    with nothing_written():
        answer = omise.post("charges", MONEY, customer=nobody)

    assert (answer.status, answer.body["code"]) == (400, "missing_card")
    assert "no payment method is available" in answer.body["message"]


def test_another_customers_card_is_not_charged(omise, somchai, token, nothing_written):
    other = omise.post("customers", card=token()).body

    with nothing_written():
        named = omise.post("charges", MONEY, customer=somchai["id"], card=other["default_card"])
        alone = omise.post("charges", MONEY, card=other["default_card"])
        fresh = omise.post("charges", MONEY, customer=somchai["id"], card="tok_visa")

    assert [(answer.status, answer.body["code"]) for answer in (named, alone, fresh)] == [
        (404, "not_found"),
        (400, "invalid_charge"),
        (404, "not_found"),
    ]


def test_a_removed_card_is_not_charged(omise, somchai, nothing_written):
    card = somchai["default_card"]
    omise.delete(f"customers/{somchai['id']}/cards/{card}")

    with nothing_written():
        answers = [
            omise.post("charges", MONEY, customer=somchai["id"], card=card),
            omise.post("charges", MONEY, customer=somchai["id"]),
        ]

    assert [(answer.status, answer.body["code"]) for answer in answers] == [
        (404, "not_found"),
        (400, "missing_card"),
    ]


def test_a_browser_charges_nothing(browser, nothing_written):
    with nothing_written():
        answers = [browser.post("charges", MONEY, card="tok_visa"), browser.get("charges")]

    assert [answer.body["code"] for answer in answers] == ["authorization_failure"] * 2
