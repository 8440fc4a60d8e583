"""`/v1/payment_intents` as it is spoken, against the sandbox."""

import pytest

from customers.models import IdempotencyRecord
from payments.services import sandbox

ONCE = {"Idempotency-Key": "payment-1"}
MONEY = {"amount": 1099, "currency": "usd"}
AUTOMATIC = {"automatic_payment_methods": {"enabled": True}}
BACK = "https://shop.example.com/thanks"
CARD = {"number": "4242424242424242", "exp_month": 8, "exp_year": 2030, "cvc": "314"}
IBAN = {
    "type": "sepa_debit",
    "sepa_debit": {"iban": "AT611904300234573201"},
    "billing_details": {"name": "Jo", "email": "jo@example.com"},
}
ACCEPTED = {
    "customer_acceptance": {
        "type": "online",
        "online": {"ip_address": "203.0.113.7", "user_agent": "Mozilla"},
    }
}


@pytest.fixture
def intent(api, jenny):
    """A payment of Jenny's that nothing was done for yet."""
    return api.post("payment_intents", MONEY, customer=jenny).body


def paid(api, **params):
    """Make a payment and confirm it."""
    return api.post(
        "payment_intents", {**MONEY, "payment_method": "pm_card_visa", **params}, confirm=True
    )


NOTHING = dict.fromkeys(
    (
        "application", "application_fee_amount", "canceled_at", "cancellation_reason", "customer_account",
        "excluded_payment_method_types", "last_payment_error", "latest_charge", "next_action", "on_behalf_of",
        "payment_method", "payment_method_configuration_details", "processing", "review", "source",
        "statement_descriptor", "transfer_data", "transfer_group",
    )
)  # fmt: skip
"""Members that a new intent has not."""


def test_an_intent(api, jenny):
    answer = api.post(
        "payment_intents", MONEY, customer=jenny, description="Two tickets", metadata={"order": "6735"},
        automatic_payment_methods={"enabled": True, "allow_redirects": "never"}, receipt_email="jenny@example.com",
        setup_future_usage="off_session", statement_descriptor_suffix="TICKETS",
        shipping={"name": "Jenny Rosen", "address": {"line1": "1 Harbour Street"}},
    )  # fmt: skip

    body = answer.body
    assert answer.status == 200
    assert body == {
        **NOTHING,
        "id": body["id"],
        "object": "payment_intent",
        "amount": 1099,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": {"allow_redirects": "never", "enabled": True},
        "capture_method": "automatic",
        "client_secret": body["client_secret"],
        "confirmation_method": "automatic",
        "created": body["created"],
        "currency": "usd",
        "customer": jenny,
        "description": "Two tickets",
        "livemode": False,
        "metadata": {"order": "6735"},
        "payment_method_options": {
            "card": {
                **dict.fromkeys(("installments", "mandate_options", "network")), "request_three_d_secure": "automatic",
            },
            "us_bank_account": {"verification_method": "automatic"},
        },
        "payment_method_types": ["card", "us_bank_account"],
        "receipt_email": "jenny@example.com",
        "setup_future_usage": "off_session",
        "shipping": {
            "address": {
                **dict.fromkeys(("city", "country", "line2", "postal_code", "state")), "line1": "1 Harbour Street",
            },
            "carrier": None, "name": "Jenny Rosen", "phone": None, "tracking_number": None,
        },
        "statement_descriptor_suffix": "TICKETS",
        "status": "requires_payment_method",
    }  # fmt: skip
    assert body["client_secret"].startswith(f"{body['id']}_secret_")
    assert api.get(f"payment_intents/{body['id']}").body == body


def test_a_payment_in_two_steps(api, jenny, intent):
    confirmed = api.post(
        f"payment_intents/{intent['id']}/confirm",
        payment_method="pm_card_visa",
        expand=["latest_charge", "payment_method"],
    ).body

    charge, method = confirmed["latest_charge"], confirmed["payment_method"]
    assert {**confirmed, "latest_charge": charge["id"], "payment_method": method["id"]} == {
        **intent, "amount_received": 1099, "latest_charge": charge["id"], "payment_method": method["id"],
        "status": "succeeded",
    }  # fmt: skip
    assert (charge["payment_intent"], charge["customer"], charge["amount"]) == (
        intent["id"],
        jenny,
        1099,
    )
    assert (charge["status"], charge["payment_method"]) == ("succeeded", method["id"])
    assert api.get("charges", payment_intent=intent["id"]).ids == [charge["id"]]


def test_a_payment_in_one_step_with_a_card(api, counted):
    answer = api.post(
        "payment_intents", MONEY, confirm=True, payment_method_data={"type": "card", "card": CARD},
    )  # fmt: skip

    assert (answer.status, answer.body["status"], answer.body["amount_received"]) == (
        200,
        "succeeded",
        1099,
    )
    assert counted() == (1, 0, 1, 1)


def test_a_debit_needs_a_mandate(api, jenny, counted):
    params = {"amount": 1099, "currency": "eur", "confirm": True, "payment_method_data": IBAN}

    refused = api.post("payment_intents", params)
    taken = api.post("payment_intents", params, mandate_data=ACCEPTED)

    assert (refused.status, refused.error["param"]) == (400, "mandate_data")
    assert (taken.status, taken.body["status"]) == (200, "processing")
    assert taken.body["payment_method_types"] == ["card", "sepa_debit"]
    charge = api.get(f"charges/{taken.body['latest_charge']}").body
    assert (charge["status"], charge["paid"], charge["payment_method_details"]["type"]) == (
        "pending",
        False,
        "sepa_debit",
    )
    assert counted() == (1, 0, 1, 1)


def test_a_decline_tells_everything(api):
    answer = paid(api, payment_method="pm_card_visa_chargeDeclinedInsufficientFunds")

    error = answer.error
    intent = error["payment_intent"]
    assert answer.status == 402
    assert {name: error[name] for name in ("code", "decline_code", "type", "charge")} == {
        "code": "card_declined", "decline_code": "insufficient_funds", "type": "card_error",
        "charge": intent["latest_charge"],
    }  # fmt: skip
    assert error["payment_method"]["object"] == "payment_method"
    assert (intent["object"], intent["status"], intent["payment_method"]) == (
        "payment_intent", "requires_payment_method", None,
    )  # fmt: skip
    assert (intent["last_payment_error"]["code"], intent["last_payment_error"]["type"]) == (
        "card_declined",
        "card_error",
    )
    assert api.get(f"payment_intents/{intent['id']}").body == intent


def test_a_declined_payment_is_tried_again(api, counted):
    intent = paid(api, payment_method="pm_card_visa_chargeDeclined").error["payment_intent"]["id"]

    answer = api.post(f"payment_intents/{intent}/confirm", payment_method="pm_card_visa")

    assert (answer.body["status"], answer.body["last_payment_error"]) == ("succeeded", None)
    assert counted() == (2, 0, 1, 2)


# -- authentication ----------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(api, jenny):
    """A payment whose bank wants Jenny to authenticate."""
    return paid(
        api, customer=jenny, payment_method="pm_card_threeDSecure2Required", return_url=BACK
    ).body


def test_the_customer_is_sent_to_authenticate(waiting):
    action = waiting["next_action"]

    assert (waiting["status"], waiting["latest_charge"]) == ("requires_action", None)
    assert action == {
        "redirect_to_url": {"return_url": BACK, "url": action["redirect_to_url"]["url"]},
        "type": "redirect_to_url",
    }
    assert "/sandbox/" in action["redirect_to_url"]["url"]


@pytest.mark.parametrize(
    ("end", "status"), [("complete", "succeeded"), ("fail", "requires_payment_method")]
)
def test_the_customer_comes_back(api, scope, waiting, end, status):
    visit = waiting["next_action"]["redirect_to_url"]["url"].rstrip("/").rpartition("/")[2]

    getattr(sandbox, end)(visit)
    answer = api.post(f"payment_intents/{waiting['id']}/confirm")

    intent = api.get(f"payment_intents/{waiting['id']}").body
    assert (intent["status"], intent["next_action"]) == (status, None)
    assert answer.status == (200 if end == "complete" else 402)


@pytest.mark.parametrize("said", [{}, {"payment_method": "pm_card_threeDSecure2Required"}])
def test_another_try_sends_the_customer_anew(api, waiting, said):
    again = api.post(f"payment_intents/{waiting['id']}/confirm", **said).body

    assert (again["status"], again["latest_charge"]) == ("requires_action", None)
    urls = {each["next_action"]["redirect_to_url"]["url"] for each in (waiting, again)}
    assert len(urls) == 2
    assert api.get(f"payment_intents/{waiting['id']}").body == again


def test_another_method_is_confirmed_instead(api, waiting):
    changed = api.post(f"payment_intents/{waiting['id']}", payment_method="pm_card_visa").body
    confirmed = api.post(f"payment_intents/{waiting['id']}/confirm").body

    assert (changed["status"], changed["next_action"]) == ("requires_confirmation", None)
    assert (confirmed["status"], confirmed["payment_method"]) == (
        "succeeded", changed["payment_method"],
    )  # fmt: skip
    listed = api.get("charges", payment_intent=waiting["id"]).body["data"]
    assert [(each["status"], each["failure_code"]) for each in listed] == [
        ("succeeded", None), ("failed", "superseded"),
    ]  # fmt: skip


def test_without_an_address_to_come_back_to(api):
    body = paid(api, payment_method="pm_card_threeDSecure2Required").body

    action = body["next_action"]
    assert (body["status"], action["type"], list(action)) == (
        "requires_action", "use_stripe_sdk", ["type", "use_stripe_sdk"],
    )  # fmt: skip
    assert action["use_stripe_sdk"]["type"] == "three_d_secure_redirect"


@pytest.mark.parametrize(
    "params",
    [{"off_session": True}, {"off_session": "recurring"}, {"error_on_requires_action": True}],
)
def test_nobody_can_authenticate(api, params):
    answer = paid(api, payment_method="pm_card_threeDSecure2Required", **params)

    assert (answer.status, answer.error["code"]) == (402, "authentication_required")
    assert answer.error["payment_intent"]["status"] == "requires_payment_method"


# -- holding, canceling, changing --------------------------------------------------------------------------------------


def test_money_is_held_and_taken_in_part(api):
    held = paid(api, capture_method="manual").body

    taken = api.post(
        f"payment_intents/{held['id']}/capture", amount_to_capture=1000, metadata={"a": "1"}
    ).body

    assert (held["status"], held["amount_capturable"], held["amount_received"]) == (
        "requires_capture",
        1099,
        0,
    )
    assert taken == {
        **held, "amount_capturable": 0, "amount_received": 1000, "metadata": {"a": "1"}, "status": "succeeded",
    }  # fmt: skip


def test_what_is_held_is_released(api):
    held = paid(api, capture_method="manual").body

    canceled = api.post(
        f"payment_intents/{held['id']}/cancel", cancellation_reason="duplicate"
    ).body

    charge = api.get(f"charges/{held['latest_charge']}").body
    assert canceled == {
        **held, "amount_capturable": 0, "canceled_at": canceled["canceled_at"], "cancellation_reason": "duplicate",
        "status": "canceled",
    }  # fmt: skip
    assert (charge["refunded"], charge["captured"], charge["amount_refunded"]) == (
        True,
        False,
        1099,
    )


def test_a_payment_that_nothing_was_done_for_is_canceled(api, intent):
    canceled = api.post(f"payment_intents/{intent['id']}/cancel").body

    again = api.post(f"payment_intents/{intent['id']}/cancel")
    assert (canceled["status"], canceled["cancellation_reason"]) == ("canceled", None)
    assert (again.status, again.error["code"]) == (400, "payment_intent_unexpected_state")
    assert again.error["payment_intent"] == canceled


def test_an_intent_is_changed(api, jenny, card, intent):
    changed = api.post(
        f"payment_intents/{intent['id']}",
        amount=2000,
        payment_method=card,
        metadata={"a": "1"},
        description="Three",
    ).body
    back = api.post(f"payment_intents/{intent['id']}", payment_method="", description="").body

    assert changed == {
        **intent, "amount": 2000, "payment_method": card, "metadata": {"a": "1"}, "description": "Three",
        "status": "requires_confirmation",
    }  # fmt: skip
    assert back == {**intent, "amount": 2000, "metadata": {"a": "1"}}


@pytest.mark.parametrize(
    ("params", "status", "param", "code"),
    [
        ({}, 400, "amount", "parameter_missing"),
        ({**MONEY, "return_url": BACK}, 400, "return_url", None),
        ({**MONEY, "off_session": True}, 400, "off_session", None),
        ({**MONEY, "confirm": True}, 400, "payment_method", "payment_intent_unexpected_state"),
        ({**MONEY, "confirm": True, "payment_method": "pm_nothing"}, 404, "payment_method", "resource_missing"),
        ({**MONEY, "confirm": True, "return_url": "javascript://x"}, 400, "return_url", "url_invalid"),
        ({**MONEY, "payment_method_types": ["card"], **AUTOMATIC}, 400, "automatic_payment_methods", None),
        ({**MONEY, "payment_method_types": ["bitcoin"]}, 400, "payment_method_types[0]", None),
        ({**MONEY, "capture_method": "later"}, 400, "capture_method", None),
        ({**MONEY, "description": "4242 4242 4242 4242"}, 400, "description", "sensitive_data_rejected"),
    ],
)  # fmt: skip
def test_what_is_refused(api, counted, params, status, param, code):
    answer = api.post("payment_intents", params)

    assert (answer.status, answer.error["param"], answer.error.get("code")) == (status, param, code)
    assert counted() == (0, 0, 0, 0)


def test_another_customer_s_card(api, jenny, card, counted):
    other = api.post("customers").body["id"]

    answers = [
        paid(api, payment_method=card),
        paid(api, payment_method=card, customer=other),
    ]

    assert [(answer.status, answer.error["param"]) for answer in answers] == [
        (400, "payment_method")
    ] * 2
    assert counted() == (0, 0, 0, 0)


# -- the same request, the same act ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["pm_card_visa", "pm_card_visa_chargeDeclined"])
def test_a_request_whose_answer_was_lost_finds_its_payment(api, counted, method):
    params = {**MONEY, "payment_method": method, "confirm": True}
    first = api.post("payment_intents", params, headers=ONCE)
    IdempotencyRecord.objects.update(status=IdempotencyRecord.UNANSWERED)

    second = api.post("payment_intents", params, headers=ONCE)

    assert (second.status, second.body) == (first.status, first.body)
    assert counted() == (1, 0, 1, 1)


def test_a_confirmation_whose_answer_was_lost_is_not_made_twice(api, intent, counted):
    path = f"payment_intents/{intent['id']}/confirm"
    first = api.post(path, payment_method="pm_card_visa", headers=ONCE)
    IdempotencyRecord.objects.update(status=IdempotencyRecord.UNANSWERED)

    second = api.post(path, payment_method="pm_card_visa", headers=ONCE)

    assert second.body == first.body
    assert counted() == (1, 0, 1, 1)


def test_a_gateway_that_answers_too_late_leaves_the_payment_processing(api, scope, counted):
    with sandbox.faults("timeout_after", act="authorize", times=1):
        answer = paid(api)

    assert (answer.status, answer.body["status"]) == (200, "processing")
    assert counted() == (1, 0, 1, 1)


# -- lists and search --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status:'succeeded'", ["paid"]),
        ("amount>=1099 AND currency:'usd'", ["paid", "open"]),
        ("metadata['order']:'6735'", ["paid"]),
        ("-customer:null", ["open"]),
    ],
)
def test_payments_are_searched(api, intent, query, found):
    ids = {"open": intent["id"], "paid": paid(api, metadata={"order": "6735"}).body["id"]}

    answer = api.get("payment_intents/search", query=query)

    assert answer.ids == [ids[name] for name in found]


def test_a_customer_s_payments(api, jenny, intent):
    paid(api)

    assert api.get("payment_intents", customer=jenny).body["data"] == [intent]


def test_a_payment_that_is_not_there(api):
    answer = api.get("payment_intents/pi_nothing")

    assert (answer.status, answer.error["message"]) == (404, "No such payment_intent: 'pi_nothing'")


def test_no_more_is_captured_than_is_held(api):
    held = paid(api, capture_method="manual").body["id"]

    refused = api.post(f"payment_intents/{held}/capture", amount_to_capture=2001)

    assert (refused.status, refused.error["param"]) == (400, "amount_to_capture")
    assert api.get(f"payment_intents/{held}").body["status"] == "requires_capture"


def test_a_capture_is_final(api, nothing_written):
    held = paid(api, capture_method="manual").body["id"]

    with nothing_written():
        refused = api.post(f"payment_intents/{held}/capture", final_capture=False)
    captured = api.post(f"payment_intents/{held}/capture", final_capture=True)

    assert (refused.status, refused.error["param"]) == (400, "final_capture")
    assert (captured.status, captured.body["status"]) == (200, "succeeded")


def test_options_of_the_method_come_with_the_confirmation(api, intent):
    options = {"us_bank_account": {"verification_method": "microdeposits"}}

    confirmed = api.post(
        f"payment_intents/{intent['id']}/confirm",
        payment_method="pm_card_visa",
        payment_method_options=options,
    )

    assert (confirmed.status, confirmed.body["status"]) == (200, "succeeded")
    assert confirmed.body["payment_method_options"]["us_bank_account"] == {
        "verification_method": "microdeposits"
    }
