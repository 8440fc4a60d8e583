"""What a customer's browser does with a publishable key: tokens, methods, and intents whose secret it was given."""

import pytest

from tests.v1_client import V1Client

MONEY = {"amount": 2000, "currency": "usd"}
CARD = {"number": "4242424242424242", "exp_month": 8, "exp_year": 2030, "cvc": "314"}
ACCOUNT = {
    "type": "us_bank_account",
    "us_bank_account": {
        "routing_number": "110000000", "account_number": "000123456789", "account_holder_type": "individual",
    },
    "billing_details": {"name": "Jenny Rosen"},
}  # fmt: skip
ACCEPTED = {
    "customer_acceptance": {"type": "online", "online": {"ip_address": "203.0.113.7", "user_agent": "Firefox"}}
}  # fmt: skip
HIDDEN = {"customer", "metadata", "latest_charge", "amount_received"}


@pytest.fixture
def browser(keys):
    return V1Client(keys["pk_test"])


@pytest.fixture
def intent(api, jenny):
    return api.post("payment_intents", MONEY, customer=jenny, metadata={"order": "6735"}).body


@pytest.fixture
def setup(api, jenny):
    return api.post("setup_intents", customer=jenny, metadata={"order": "6735"}).body


def test_a_browser_makes_tokens_and_methods(browser):
    token = browser.post("tokens", card=CARD)
    method = browser.post("payment_methods", type="card", card={"token": token.body["id"]})

    assert (token.status, token.body["card"]["last4"]) == (200, "4242")
    assert (method.status, method.body["card"]["last4"]) == (200, "4242")


def test_a_browser_sees_a_part_of_an_intent(browser, intent):
    answer = browser.get(f"payment_intents/{intent['id']}", client_secret=intent["client_secret"])

    assert answer.status == 200
    assert answer.body == {name: value for name, value in intent.items() if name in answer.body}
    assert HIDDEN & answer.body.keys() == set()
    assert len(answer.body) == 24


def test_a_browser_pays(api, browser, intent):
    paid = browser.post(
        f"payment_intents/{intent['id']}/confirm",
        client_secret=intent["client_secret"],
        payment_method_data={"type": "card", "card": CARD},
        expand=["payment_method"],
    )

    assert (paid.status, paid.body["status"]) == (200, "succeeded")
    assert paid.body["payment_method"]["card"]["last4"] == "4242"
    assert HIDDEN & paid.body.keys() == set()
    assert api.get(f"payment_intents/{intent['id']}").body["amount_received"] == 2000


def test_a_refusal_tells_a_browser_no_more_than_an_answer(browser, intent):
    refused = browser.post(
        f"payment_intents/{intent['id']}/confirm",
        client_secret=intent["client_secret"],
        payment_method="pm_card_visa_chargeDeclined",
    )

    assert (refused.status, refused.error["code"]) == (402, "card_declined")
    assert refused.error["payment_intent"]["status"] == "requires_payment_method"
    assert HIDDEN & refused.error["payment_intent"].keys() == set()


def test_a_browser_saves_an_account(api, browser, setup):
    path, secret = f"setup_intents/{setup['id']}", {"client_secret": setup["client_secret"]}
    waiting = browser.post(
        f"{path}/confirm", secret, payment_method_data=ACCOUNT, mandate_data=ACCEPTED
    )
    verified = browser.post(f"{path}/verify_microdeposits", secret, amounts=[32, 45])
    seen = browser.get(path, secret)

    assert (waiting.status, waiting.body["status"]) == (200, "requires_action")
    assert (verified.status, verified.body["status"]) == (200, "succeeded")
    assert seen.body == verified.body
    assert HIDDEN & seen.body.keys() == set()
    assert api.get(path).body["mandate"].startswith("mandate_")


@pytest.mark.parametrize("secret", ["", "pi_1_secret_2", "\u0e01"])
def test_a_wrong_secret_is_refused(browser, intent, nothing_written, secret):
    path = f"payment_intents/{intent['id']}"

    with nothing_written():
        answers = [
            browser.get(path, client_secret=secret),
            browser.post(f"{path}/confirm", client_secret=secret, payment_method="pm_card_visa"),
        ]

    assert [(answer.status, answer.error["param"]) for answer in answers] == [
        (400, "client_secret"), (400, "client_secret"),
    ]  # fmt: skip


def test_a_wrong_secret_is_refused_with_a_secret_key_too(api, intent, nothing_written):
    with nothing_written():
        answer = api.get(f"payment_intents/{intent['id']}", client_secret="pi_1_secret_2")

    assert (answer.status, answer.error["param"]) == (400, "client_secret")


@pytest.mark.parametrize(
    "param",
    [{"off_session": True}, {"capture_method": "manual"}, {"error_on_requires_action": True}],
    ids=lambda param: next(iter(param)),
)
def test_what_a_server_decides_is_not_for_a_browser(browser, intent, nothing_written, param):
    with nothing_written():
        answer = browser.post(
            f"payment_intents/{intent['id']}/confirm", param,
            client_secret=intent["client_secret"], payment_method="pm_card_visa",
        )  # fmt: skip

    assert (answer.status, answer.error["code"], answer.error["param"]) == (
        400, "secret_key_required", next(iter(param)),
    )  # fmt: skip


@pytest.mark.parametrize("path", ["customer", "latest_charge", "payment_method.customer"])
def test_a_browser_expands_the_method_alone(browser, intent, nothing_written, path):
    with nothing_written():
        answer = browser.get(
            f"payment_intents/{intent['id']}", client_secret=intent["client_secret"], expand=[path]
        )

    assert (answer.status, answer.error["param"]) == (400, "expand")


def test_a_payment_that_a_server_confirms(api, browser, jenny, nothing_written):
    intent = api.post("payment_intents", MONEY, customer=jenny, confirmation_method="manual").body

    with nothing_written():
        answer = browser.post(
            f"payment_intents/{intent['id']}/confirm",
            client_secret=intent["client_secret"], payment_method="pm_card_visa",
        )  # fmt: skip

    assert (answer.status, answer.error["code"]) == (400, "payment_intent_unexpected_state")


def test_a_browser_is_not_answered_what_a_server_was(api, browser, intent):
    once = {"Idempotency-Key": "order-6735"}
    asked = {"client_secret": intent["client_secret"], "payment_method": "pm_card_visa"}
    paid = api.post(f"payment_intents/{intent['id']}/confirm", asked, headers=once)

    answer = browser.post(f"payment_intents/{intent['id']}/confirm", asked, headers=once)

    assert paid.body["status"] == "succeeded"
    assert (answer.status, answer.error["type"]) == (400, "idempotency_error")
