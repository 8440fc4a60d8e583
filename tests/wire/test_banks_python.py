"""Bank accounts through the official `stripe` package: saved, verified, debited under a mandate."""

import time

import pytest
import stripe

from tests.wire.payments_sdk import ACCEPTED, ACCOUNT, MONEY, work

IBAN = {
    "type": "sepa_debit",
    "sepa_debit": {"iban": "DE89370400440532013000"},
    "billing_details": {"name": "Jenny Rosen", "email": "jenny@example.com"},
}
SECONDS = 20
"""How long a debit may take here."""


@pytest.fixture(autouse=True)
def _quick(settings):
    settings.DRILL_TIME_FACTOR = 0.01


@pytest.fixture
def jenny(sdk):
    return sdk("customers.create", name="Jenny Rosen", email="jenny@example.com").id


@pytest.fixture
def saved(sdk, jenny):
    """Saves and verifies an account of hers by its number."""

    def save(number="000123456789"):
        held = {**ACCOUNT["us_bank_account"], "account_number": number}
        setup = sdk(
            "setup_intents.create", customer=jenny, payment_method_types=["us_bank_account"],
            payment_method_data={**ACCOUNT, "us_bank_account": held}, mandate_data=ACCEPTED, confirm=True,
        )  # fmt: skip
        return sdk("setup_intents.verify", setup.id, amounts=[32, 45])

    return save


def settled(sdk, intent):
    """Return a payment once the bank has told what became of its debit."""
    give_up_at = time.monotonic() + SECONDS
    while intent.status == "processing" and time.monotonic() < give_up_at:
        time.sleep(0.05)
        work()
        intent = sdk("payment_intents.retrieve", intent.id, expand=["latest_charge"])
    return intent


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"amounts": [32, 45]}, id="amounts"),
        pytest.param({"descriptor_code": "SM11AA"}, id="code"),
    ],
)
def test_an_account_is_verified_by_its_statement(sdk, jenny, said):
    setup = sdk(
        "setup_intents.create", customer=jenny, payment_method_types=["us_bank_account"],
        payment_method_data=ACCOUNT, mandate_data=ACCEPTED, confirm=True,
    )  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError) as wrong:
        sdk("setup_intents.verify", setup.id, amounts=[1, 2])
    done = sdk("setup_intents.verify", setup.id, **said, expand=["payment_method", "mandate"])

    assert (setup.status, setup.next_action.type) == (
        "requires_action",
        "verify_with_microdeposits",
    )
    assert wrong.value.code == "payment_method_microdeposit_verification_amounts_mismatch"
    assert (done.status, done.payment_method.us_bank_account.last4) == ("succeeded", "6789")
    assert (done.mandate.status, done.mandate.payment_method) == ("active", done.payment_method.id)
    assert sdk("mandates.retrieve", done.mandate.id).customer_acceptance.type == "online"


def test_an_account_that_is_verified_at_once(sdk, jenny):
    account = sdk("sources.create", jenny, source="btok_us_verified")
    charge = sdk("charges.create", **MONEY, customer=jenny)

    assert (account.object, account.status) == ("bank_account", "verified")
    assert (charge.status, charge.source.id) == ("pending", account.id)


def test_a_source_is_verified_by_its_amounts(sdk, jenny):
    token = sdk(
        "tokens.create",
        bank_account={
            "country": "US", "currency": "usd", "routing_number": "110000000", "account_number": "000123456789",
            "account_holder_name": "Jenny Rosen", "account_holder_type": "individual",
        },
    )  # fmt: skip
    account = sdk("sources.create", jenny, source=token.id)
    with pytest.raises(stripe.InvalidRequestError) as early:
        sdk("charges.create", **MONEY, customer=jenny)
    verified = sdk("sources.verify", jenny, account.id, amounts=[32, 45])

    assert (account.status, verified.status) == ("new", "verified")
    assert early.value.code == "bank_account_unverified"


def test_a_debit_takes_its_time(sdk, jenny, saved):
    method = saved().payment_method
    started = sdk(
        "payment_intents.create", **MONEY, customer=jenny, payment_method=method,
        payment_method_types=["us_bank_account"], confirm=True,
    )  # fmt: skip

    ended = settled(sdk, started)

    assert started.status == "processing"
    assert (ended.status, ended.latest_charge.status) == ("succeeded", "succeeded")
    shown = ended.latest_charge.payment_method_details.us_bank_account
    assert shown.last4 == "6789"
    mandate = sdk("mandates.retrieve", shown.mandate)
    assert (mandate.payment_method, mandate.status) == (method, "active")


@pytest.mark.parametrize("said", [{"amounts": [32, 45]}, {"descriptor_code": "SM11AA"}])
def test_a_payment_verifies_its_account(sdk, jenny, said):
    waiting = sdk(
        "payment_intents.create", **MONEY, customer=jenny, payment_method_types=["us_bank_account"],
        payment_method_data=ACCOUNT, mandate_data=ACCEPTED, setup_future_usage="off_session", confirm=True,
    )  # fmt: skip
    deposits = waiting.next_action.verify_with_microdeposits
    with pytest.raises(stripe.InvalidRequestError) as wrong:
        sdk("payment_intents.verify", waiting.id, amounts=[1, 2])

    started = sdk("payment_intents.verify", waiting.id, **said)
    ended = settled(sdk, started)

    assert (waiting.status, waiting.next_action.type, waiting.latest_charge) == (
        "requires_action", "verify_with_microdeposits", None,
    )  # fmt: skip
    assert deposits.arrival_date > waiting.created
    assert (deposits.microdeposit_type, deposits.hosted_verification_url) == ("amounts", "")
    assert wrong.value.code == "payment_method_microdeposit_verification_amounts_mismatch"
    assert (started.status, started.next_action, ended.status) == ("processing", None, "succeeded")
    mandate = ended.latest_charge.payment_method_details.us_bank_account.mandate
    assert sdk("mandates.retrieve", mandate).status == "active"
    listed = sdk("payment_methods.list", customer=jenny, type="us_bank_account")
    assert [each.id for each in listed] == [started.payment_method]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("000111111113", "account_closed"),
        ("000111111116", "no_account"),
        ("000222222227", "insufficient_funds"),
        ("000333333335", "debit_not_authorized"),
        ("000444444440", "invalid_currency"),
    ],
)
def test_a_debit_that_comes_back(sdk, jenny, saved, number, code):
    method = saved(number).payment_method
    started = sdk(
        "payment_intents.create", **MONEY, customer=jenny, payment_method=method,
        payment_method_types=["us_bank_account"], confirm=True,
    )  # fmt: skip

    ended = settled(sdk, started)

    assert (ended.status, ended.last_payment_error.code) == ("requires_payment_method", code)
    assert ended.latest_charge.failure_code == code


def test_a_sepa_debit(sdk, jenny):
    started = sdk(
        "payment_intents.create", amount=2000, currency="eur", customer=jenny,
        payment_method_types=["sepa_debit"], payment_method_data=IBAN, mandate_data=ACCEPTED,
        setup_future_usage="off_session", confirm=True,
    )  # fmt: skip

    ended = settled(sdk, started)

    assert (started.status, ended.status) == ("processing", "succeeded")
    shown = ended.latest_charge.payment_method_details.sepa_debit
    assert shown.last4 == "3000"
    assert sdk("mandates.retrieve", shown.mandate).payment_method == started.payment_method
    listed = sdk("payment_methods.list", customer=jenny, type="sepa_debit")
    assert [each.id for each in listed] == [started.payment_method]


def test_a_debit_needs_a_mandate(sdk, jenny):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk(
            "payment_intents.create", amount=2000, currency="eur", customer=jenny,
            payment_method_types=["sepa_debit"], payment_method_data=IBAN, confirm=True,
        )  # fmt: skip

    assert refusal.value.param == "mandate_data"
