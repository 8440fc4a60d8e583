"""Every published card that is declined, through the official `stripe` package: Stripe's code and decline code."""

import pytest
import stripe

from tests.wire.payments_sdk import CARD, MONEY

DECLINES = {
    "chargeDeclined": ("4000000000000002", "card_declined", "generic_decline"),
    "chargeDeclinedInsufficientFunds": (
        "4000000000009995", "card_declined", "insufficient_funds",
    ),
    "chargeDeclinedLostCard": ("4000000000009987", "card_declined", "lost_card"),
    "chargeDeclinedStolenCard": ("4000000000009979", "card_declined", "stolen_card"),
    "chargeDeclinedExpiredCard": ("4000000000000069", "expired_card", "expired_card"),
    "chargeDeclinedIncorrectCvc": ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
    "chargeDeclinedProcessingError": ("4000000000000119", "processing_error", "processing_error"),
    "chargeDeclinedVelocityLimitExceeded": (
        "4000000000006975", "card_declined", "card_velocity_exceeded",
    ),
    "radarBlock": ("4100000000000019", "card_declined", "fraudulent"),
}  # fmt: skip
"""By what follows `tok_` or `pm_card_visa_`: number, code and decline code.

Source: https://docs.stripe.com/testing#declined-payments
"""
WRONG = {
    "number": ({"number": "4242424242424241"}, "incorrect_number", "number"),
    "month": ({"exp_month": 13}, "invalid_expiry_month", "exp_month"),
    "year": ({"exp_year": 1999}, "invalid_expiry_year", "exp_year"),
    "cvc": ({"cvc": "99"}, "invalid_cvc", "cvc"),
}


def method_of(name):
    return "pm_card_radarBlock" if name == "radarBlock" else f"pm_card_visa_{name}"


def details_of(refusal):
    error = refusal.value.error
    return refusal.value.http_status, error.type, error.code, error.to_dict().get("decline_code")


@pytest.mark.parametrize("name", DECLINES)
def test_a_charge_of_a_token(sdk, name):
    _, code, decline_code = DECLINES[name]

    with pytest.raises(stripe.CardError) as refusal:
        sdk("charges.create", **MONEY, source=f"tok_{name}")

    failed = sdk("charges.retrieve", refusal.value.error.charge)
    assert details_of(refusal) == (402, "card_error", code, decline_code)
    assert (failed.status, failed.paid, failed.failure_code) == ("failed", False, code)


@pytest.mark.parametrize("name", DECLINES)
def test_a_charge_of_a_number(sdk, name):
    number, code, decline_code = DECLINES[name]
    token = sdk("tokens.create", card={**CARD, "number": number})

    with pytest.raises(stripe.CardError) as refusal:
        sdk("charges.create", **MONEY, source=token.id)

    assert details_of(refusal) == (402, "card_error", code, decline_code)


@pytest.mark.parametrize("name", DECLINES)
def test_a_payment(sdk, name):
    _, code, decline_code = DECLINES[name]

    with pytest.raises(stripe.CardError) as refusal:
        sdk("payment_intents.create", **MONEY, payment_method=method_of(name), confirm=True)

    intent = sdk("payment_intents.retrieve", refusal.value.error.payment_intent.id)
    assert details_of(refusal) == (402, "card_error", code, decline_code)
    assert (intent.status, intent.last_payment_error.code, intent.last_payment_error.decline_code) == (
        "requires_payment_method", code, decline_code,
    )  # fmt: skip


@pytest.mark.parametrize("name", DECLINES)
def test_saving(sdk, name):
    _, code, decline_code = DECLINES[name]
    customer = sdk("customers.create", email="jenny@example.com").id

    with pytest.raises(stripe.CardError) as refusal:
        sdk("payment_methods.attach", method_of(name), customer=customer)
    with pytest.raises(stripe.CardError) as refused_setup:
        sdk("setup_intents.create", customer=customer, payment_method=method_of(name), confirm=True)

    assert details_of(refusal) == (402, "card_error", code, decline_code)
    assert details_of(refused_setup) == (402, "card_error", code, decline_code)
    assert refused_setup.value.error.setup_intent.status == "requires_payment_method"
    assert sdk("payment_methods.list", customer=customer).data == []


def test_a_card_that_is_saved_and_declined_later(sdk):
    customer = sdk("customers.create", email="jenny@example.com", source="tok_chargeCustomerFail")

    with pytest.raises(stripe.CardError) as refusal:
        sdk("charges.create", **MONEY, customer=customer.id)

    assert customer.default_source.startswith("card_")
    assert details_of(refusal) == (402, "card_error", "card_declined", "generic_decline")
    assert [each.status for each in sdk("charges.list", customer=customer.id)] == ["failed"]


@pytest.mark.parametrize("what", WRONG)
def test_a_card_that_cannot_be_right(sdk, what):
    changed, code, param = WRONG[what]

    with pytest.raises(stripe.CardError) as refusal:
        sdk("tokens.create", card={**CARD, **changed})

    assert (refusal.value.http_status, refusal.value.code, refusal.value.param) == (
        402,
        code,
        param,
    )
