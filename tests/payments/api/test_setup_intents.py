"""`/v1/setup_intents` and `/v1/mandates`, as they are spoken."""

import pytest

BACK = "https://shop.example.com/back"
ONLINE = {
    "customer_acceptance": {
        "type": "online",
        "online": {"ip_address": "203.0.113.7", "user_agent": "Firefox"},
    }
}
BANK = {
    "type": "us_bank_account",
    "us_bank_account": {
        "account_number": "000123456789", "routing_number": "110000000", "account_holder_type": "individual",
    },
    "billing_details": {"name": "Jenny Rosen"},
}  # fmt: skip


@pytest.fixture
def jenny(api):
    return api.post("customers", name="Jenny Rosen").body["id"]


def test_a_new_intent(api, jenny):
    answer = api.post("setup_intents", customer=jenny, description="For later", metadata={"a": "1"})

    body = answer.body
    assert answer.status == 200
    assert body == {
        "id": body["id"],
        "object": "setup_intent",
        "application": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "cancellation_reason": None,
        "client_secret": body["client_secret"],
        "created": body["created"],
        "customer": jenny,
        "customer_account": None,
        "description": "For later",
        "excluded_payment_method_types": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": {"a": "1"},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card", "us_bank_account", "sepa_debit"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": "off_session",
    }
    assert api.get(f"setup_intents/{body['id']}").body == body


def test_an_intent_that_is_confirmed_at_once(api, jenny):
    answer = api.post("setup_intents", customer=jenny, payment_method="pm_card_visa", confirm=True)

    assert (answer.status, answer.body["status"]) == (200, "succeeded")
    assert api.get(f"customers/{jenny}/payment_methods").ids == [answer.body["payment_method"]]


def test_the_same_request_confirms_once(api, jenny):
    headers = {"Idempotency-Key": "setup-1"}
    body = {"customer": jenny, "payment_method": "pm_card_visa", "confirm": True}

    one = api.post("setup_intents", body, headers=headers)
    two = api.post("setup_intents", body, headers=headers)

    assert one.body == two.body
    assert len(api.get(f"customers/{jenny}/payment_methods").ids) == 1


def test_types_that_the_request_chooses(api):
    answer = api.post("setup_intents", payment_method_types=["card"])

    assert (answer.body["payment_method_types"], answer.body["automatic_payment_methods"]) == (
        ["card"],
        None,
    )


def test_a_decline(api, jenny):
    intent = api.post("setup_intents", customer=jenny).body["id"]

    answer = api.post(
        f"setup_intents/{intent}/confirm", payment_method="pm_card_visa_chargeDeclined"
    )

    error = answer.error
    assert (answer.status, error["type"], error["code"], error["decline_code"]) == (
        402, "card_error", "card_declined", "generic_decline",
    )  # fmt: skip
    shown = error["setup_intent"]
    assert (shown["id"], shown["status"], shown["last_setup_error"]["code"]) == (
        intent, "requires_payment_method", "card_declined",
    )  # fmt: skip
    assert error["payment_method"]["card"]["last4"] == "0002"
    assert (
        api.get(f"setup_intents/{intent}")
        .body["last_setup_error"]["doc_url"]
        .endswith("/card-declined")
    )


def test_a_challenge(api, jenny, scope):
    answer = api.post(
        "setup_intents", customer=jenny, payment_method="pm_card_authenticationRequired", confirm=True, return_url=BACK,
    )  # fmt: skip

    action = answer.body["next_action"]
    assert (answer.status, answer.body["status"]) == (200, "requires_action")
    assert action == {
        "type": "redirect_to_url", "redirect_to_url": {"return_url": BACK, "url": action["redirect_to_url"]["url"]},
    }  # fmt: skip


def test_a_challenge_without_an_address_to_come_back_to(api, jenny):
    answer = api.post(
        "setup_intents",
        customer=jenny,
        payment_method="pm_card_authenticationRequired",
        confirm=True,
    )

    assert (answer.body["status"], answer.body["next_action"]["type"]) == (
        "requires_action",
        "use_stripe_sdk",
    )


def test_a_bank_account(api, jenny):
    waiting = api.post(
        "setup_intents", customer=jenny, payment_method_data=BANK, confirm=True, mandate_data=ONLINE
    ).body
    path = f"setup_intents/{waiting['id']}/verify_microdeposits"

    wrong = api.post(path, amounts=[1, 2])
    saved = api.post(path, descriptor_code="SM11AA", expand=["mandate", "payment_method"]).body

    deposits = waiting["next_action"]["verify_with_microdeposits"]
    assert (waiting["status"], set(deposits)) == (
        "requires_action", {"arrival_date", "hosted_verification_url", "microdeposit_type"},
    )  # fmt: skip
    assert (wrong.status, wrong.error["param"]) == (400, "amounts")
    assert (saved["status"], saved["payment_method"]["customer"]) == ("succeeded", jenny)
    mandate = saved["mandate"]
    assert mandate == {
        "id": mandate["id"],
        "object": "mandate",
        "customer_acceptance": {
            "accepted_at": mandate["customer_acceptance"]["accepted_at"],
            "online": {"ip_address": "203.0.113.7", "user_agent": "Firefox"},
            "type": "online",
        },
        "livemode": False,
        "multi_use": {},
        "on_behalf_of": None,
        "payment_method": saved["payment_method"]["id"],
        "payment_method_details": {"type": "us_bank_account", "us_bank_account": {}},
        "status": "active",
        "type": "multi_use",
    }
    assert api.get(f"mandates/{mandate['id']}").body == mandate


def test_changing_and_canceling(api, jenny):
    intent = api.post("setup_intents").body["id"]

    changed = api.post(
        f"setup_intents/{intent}",
        customer=jenny,
        payment_method="pm_card_visa",
        metadata={"a": "1"},
    )
    canceled = api.post(f"setup_intents/{intent}/cancel", cancellation_reason="duplicate")

    assert (changed.body["status"], changed.body["metadata"]) == (
        "requires_confirmation",
        {"a": "1"},
    )
    assert (canceled.body["status"], canceled.body["cancellation_reason"]) == (
        "canceled",
        "duplicate",
    )
    again = api.post(f"setup_intents/{intent}/confirm")
    assert (again.status, again.error["code"]) == (400, "setup_intent_unexpected_state")


def test_lists(api, jenny):
    mine = api.post("setup_intents", customer=jenny).body["id"]
    other = api.post("setup_intents").body["id"]

    assert api.get("setup_intents").ids == [other, mine]
    assert api.get("setup_intents", customer=jenny).ids == [mine]


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        pytest.param({"return_url": BACK}, None, "return_url", id="return_url without confirm"),
        pytest.param({"confirm": True}, "parameter_missing", "payment_method", id="no method"),
        pytest.param(
            {"automatic_payment_methods": {"enabled": True},
            "payment_method_types": ["card"]}, None, "automatic_payment_methods", id="both choose",
        ),
        pytest.param({"payment_method": "pm_nothing"}, "resource_missing", "payment_method", id="unknown method"),
        pytest.param({"customer": "cus_nothing"}, "resource_missing", "customer", id="unknown customer"),
        pytest.param(
            {"payment_method_data": BANK,
            "confirm": True}, "parameter_missing", "mandate_data", id="no mandate",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(api, body, code, param):
    answer = api.post("setup_intents", body)

    assert (answer.status in {400, 404}, answer.error.get("code"), answer.error["param"]) == (
        True,
        code,
        param,
    )


def test_what_is_another_sites_is_not_there(api, other_api):
    intent = api.post("setup_intents").body["id"]

    for answer in (
        other_api.get(f"setup_intents/{intent}"),
        other_api.post(f"setup_intents/{intent}/confirm", payment_method="pm_card_visa"),
        other_api.post(f"setup_intents/{intent}/cancel"),
    ):
        assert (answer.status, answer.error["message"]) == (404, f"No such setupintent: '{intent}'")
