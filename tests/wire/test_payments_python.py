"""Payments through the official `stripe` package, unmodified, in both of its styles."""

import pytest
import stripe

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from payments.services import notifications
from tests.wire import payments_sdk  # noqa: F401 -- it adds its operations to the SDK's
from tests.wire.sdk import ClientStyle, ModuleStyle

STYLES = {"client": ClientStyle, "module": ModuleStyle}
CARD = {"number": "4242424242424242", "exp_month": 8, "exp_year": 2030, "cvc": "314"}
MONEY = {"amount": 2000, "currency": "usd"}


@pytest.fixture(params=STYLES)
def sdk(request, live, keys):
    before = stripe.api_base, stripe.api_key
    yield STYLES[request.param](live, keys["sk_test"])
    stripe.api_base, stripe.api_key = before


@pytest.fixture
def jenny(sdk):
    """A customer whose default is a Visa card, given by its number."""
    customer = sdk("customers.create", name="Jenny Rosen", email="jenny@example.com")
    method = sdk(
        "payment_methods.create", type="card", card=CARD, billing_details={"name": "Jenny Rosen"}
    )
    sdk("payment_methods.attach", method.id, customer=customer.id)
    return customer.id


def test_a_charge_from_hold_to_refund(sdk, jenny):
    held = sdk("charges.create", **MONEY, customer=jenny, capture=False, metadata={"order": "6735"})
    taken = sdk("charges.capture", held.id, amount=1500)
    changed = sdk("charges.update", held.id, description="Two tickets")
    refund = sdk("refunds.create", charge=held.id, amount=500, reason="requested_by_customer")
    sdk("refunds.update", refund.id, metadata={"case": "7"})
    whole = sdk("charges.retrieve", held.id, expand=["refunds", "customer", "balance_transaction"])

    assert isinstance(whole, stripe.Charge)
    assert (held.captured, taken.captured, taken.amount_captured) == (False, True, 1500)
    assert (changed.description, refund.status) == ("Two tickets", "succeeded")
    assert (whole.amount_refunded, whole.refunded, whole.customer.id) == (1000, False, jenny)
    assert [each.id for each in whole.refunds.data] == [refund.id]
    assert (whole.balance_transaction.amount, whole.balance_transaction.net) == (
        1500,
        1500 - whole.balance_transaction.fee,
    )
    assert [each.id for each in sdk("charges.list", customer=jenny)] == [held.id]
    assert [each.id for each in sdk("charges.search", query="metadata['order']:'6735'")] == [
        held.id
    ]
    assert [each.metadata["case"] for each in sdk("refunds.list", charge=held.id)] == ["7"]


@pytest.mark.parametrize(
    ("source", "code", "decline_code"),
    [
        ("tok_chargeDeclined", "card_declined", "generic_decline"),
        ("tok_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("tok_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("tok_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("tok_chargeDeclinedProcessingError", "processing_error", "processing_error"),
    ],
)
def test_declines_become_card_errors(sdk, source, code, decline_code):
    with pytest.raises(stripe.CardError) as refusal:
        sdk("charges.create", **MONEY, source=source)

    error = refusal.value
    assert (error.http_status, error.code, error.error.type) == (402, code, "card_error")
    assert error.error.to_dict().get("decline_code") == decline_code
    assert sdk("charges.retrieve", error.error.charge).failure_code == code


def test_a_payment_confirmed_at_once(sdk, jenny):
    intent = sdk(
        "payment_intents.create", **MONEY, customer=jenny, payment_method="pm_card_visa", confirm=True,
        automatic_payment_methods={"enabled": True, "allow_redirects": "never"}, expand=["latest_charge"],
    )  # fmt: skip

    assert isinstance(intent, stripe.PaymentIntent)
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert (intent.status, intent.amount_received, intent.latest_charge.status) == (
        "succeeded",
        2000,
        "succeeded",
    )


def test_a_payment_step_by_step(sdk, jenny):
    intent = sdk("payment_intents.create", **MONEY, customer=jenny, capture_method="manual")
    changed = sdk("payment_intents.update", intent.id, amount=2500, metadata={"order": "6736"})
    confirmed = sdk("payment_intents.confirm", intent.id, payment_method="pm_card_mastercard")
    captured = sdk("payment_intents.capture", intent.id, amount_to_capture=2400)
    refund = sdk("refunds.create", payment_intent=intent.id)

    assert (intent.status, changed.amount) == ("requires_payment_method", 2500)
    assert (confirmed.status, confirmed.amount_capturable) == ("requires_capture", 2500)
    assert (captured.status, captured.amount_received, refund.amount) == ("succeeded", 2400, 2400)
    assert [each.id for each in sdk("payment_intents.list", customer=jenny)] == [intent.id]
    assert [
        each.id for each in sdk("payment_intents.search", query="metadata['order']:'6736'")
    ] == [intent.id]


def test_a_declined_payment_and_a_canceled_one(sdk):
    with pytest.raises(stripe.CardError) as refusal:
        sdk(
            "payment_intents.create",
            **MONEY,
            payment_method="pm_card_visa_chargeDeclined",
            confirm=True,
        )
    intent = refusal.value.error.payment_intent

    canceled = sdk("payment_intents.cancel", intent.id, cancellation_reason="abandoned")

    assert (intent.status, intent.last_payment_error.code) == (
        "requires_payment_method",
        "card_declined",
    )
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError) as again:
        sdk("payment_intents.confirm", intent.id, payment_method="pm_card_visa")
    assert again.value.code == "payment_intent_unexpected_state"


def test_a_payment_that_wants_authentication(sdk, jenny):
    params = {
        **MONEY,
        "customer": jenny,
        "payment_method": "pm_card_threeDSecure2Required",
        "confirm": True,
    }

    waiting = sdk("payment_intents.create", **params, return_url="https://shop.example.com/thanks")
    with pytest.raises(stripe.CardError) as refusal:
        sdk("payment_intents.create", **params, off_session=True)

    assert (waiting.status, waiting.next_action.type) == ("requires_action", "redirect_to_url")
    assert waiting.next_action.redirect_to_url.return_url == "https://shop.example.com/thanks"
    assert refusal.value.code == "authentication_required"


def test_an_authentication_that_is_given_up(sdk, jenny):
    params = {**MONEY, "customer": jenny, "payment_method": "pm_card_threeDSecure2Required"}
    waiting = sdk("payment_intents.create", **params, confirm=True, return_url="https://a.example")
    again = sdk("payment_intents.confirm", waiting.id)
    changed = sdk("payment_intents.update", waiting.id, payment_method="pm_card_mastercard")
    paid = sdk("payment_intents.confirm", waiting.id)

    assert (again.status, changed.status, paid.status) == (
        "requires_action", "requires_confirmation", "succeeded",
    )  # fmt: skip
    assert waiting.next_action.redirect_to_url.url != again.next_action.redirect_to_url.url
    listed = sdk("charges.list", payment_intent=waiting.id)
    assert next((each.id, each.paid) for each in listed) == (paid.latest_charge, True)
    assert [each.status for each in listed] == ["succeeded", "failed", "failed"]


def test_a_token_is_used_once(sdk):
    token = sdk("tokens.create", card=CARD)
    charge = sdk("charges.create", **MONEY, source=token.id)

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk("charges.create", **MONEY, source=token.id)

    assert (charge.source.last4, charge.source.object) == ("4242", "card")
    assert refusal.value.code == "token_already_used"


def test_an_idempotency_key(sdk, jenny):
    once = {"idempotency_key": "order-6735"}
    first = sdk("charges.create", **MONEY, customer=jenny, options=once)
    second = sdk("charges.create", **MONEY, customer=jenny, options=once)

    with pytest.raises(stripe.IdempotencyError):
        sdk("charges.create", **{**MONEY, "amount": 2001}, customer=jenny, options=once)

    assert second.id == first.id
    assert [each.id for each in sdk("charges.list", customer=jenny)] == [first.id]


def test_the_ledger(sdk, jenny):
    charge = sdk("charges.create", **MONEY, customer=jenny)
    refund = sdk("refunds.create", charge=charge.id, amount=500)

    entries = sdk("ledger.list", expand=["data.source"])
    balance = sdk("balance.retrieve")

    assert [(each.type, each.amount, each.source.id) for each in entries] == [
        ("refund", -500, refund.id), ("charge", 2000, charge.id),
    ]  # fmt: skip
    assert sdk("ledger.retrieve", charge.balance_transaction).source == charge.id
    assert balance.available[0].amount + balance.pending[0].amount == sum(
        each.net for each in entries
    )


def test_a_dispute(sdk, site):
    charge = sdk("charges.create", **MONEY, source="tok_createDispute")
    notifications.deliver_from_sandbox(at=clock.now())
    with scoped_to(site, livemode=False):
        notifications.work_off_due(at=clock.now())

    (dispute,) = sdk("disputes.list", charge=charge.id)
    kept = sdk(
        "disputes.update", dispute.id, evidence={"customer_name": "Jenny Rosen"}, submit=False
    )
    closed = sdk("disputes.close", dispute.id)

    assert isinstance(dispute, stripe.Dispute)
    assert (dispute.status, kept.evidence.customer_name, closed.status) == (
        "needs_response",
        "Jenny Rosen",
        "lost",
    )
    assert [each.amount for each in sdk("disputes.retrieve", dispute.id).balance_transactions] == [
        -2000
    ]
