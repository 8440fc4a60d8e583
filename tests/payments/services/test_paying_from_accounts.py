"""Payments from bank accounts that their customers verify first, against the sandbox and a gateway in memory."""

from datetime import timedelta

import pytest

from customers.kit.errors import CardDeclined, GatewayUnavailable, InvalidRequest, InvalidState
from payments.gateways.base import Outcome, Result, Unknown
from payments.gateways.sandbox.gateway import Sandbox
from payments.models import Charge, Mandate, PaymentIntent, PaymentMethod
from payments.services import charges, payment_intents, payment_methods, reconciling, sandbox

BANK = {
    "account_number": "000123456789",
    "routing_number": "110000000",
    "account_holder_type": "individual",
}
ONLINE = {"type": "online", "ip_address": "203.0.113.7", "user_agent": "Firefox"}
GIVEN = {"acceptance": ONLINE}
STATES = PaymentMethod.Verification
LATER = timedelta(days=9)


@pytest.fixture
def account(scope, at):
    return payment_methods.create(kind="us_bank_account", details=BANK, at=at)


@pytest.fixture
def wanted(customer, account):
    return {"amount": 2000, "currency": "usd", "customer": customer, "payment_method": account}


@pytest.fixture
def waiting(wanted, told, at):
    """A payment that waits for the microdeposits that its account gets."""
    made = payment_intents.create_and_confirm(wanted, GIVEN, at=at)
    told()
    return made


def verify(intent, *amounts, **said):
    return payment_intents.verify_microdeposits(
        payment_intents.get(intent.pk), amounts=list(amounts), **said
    )


def stored(intent):
    return payment_intents.get(intent.pk)


def verification():
    return PaymentMethod.objects.get(kind="us_bank_account").verification


@pytest.mark.parametrize("at_once", [True, False])
def test_an_unverified_account_gets_microdeposits(wanted, told, at_once, at):
    if at_once:
        made = payment_intents.create_and_confirm(wanted, GIVEN, at=at)
    else:
        made = payment_intents.confirm(payment_intents.create(wanted, at=at), GIVEN, at=at)

    assert stored(made).status == made.status == "requires_action"
    assert made.next_action == {
        "type": "verify_with_microdeposits",
        "verify_with_microdeposits": {
            "arrival_date": int((at + timedelta(days=2)).timestamp()),
            "hosted_verification_url": "",
            "microdeposit_type": "amounts",
        },
    }
    assert (Charge.objects.count(), made.latest_charge_id, verification()) == (0, "", "pending")
    assert (Mandate.objects.get().pk, Mandate.objects.get().status) == (made.mandate_id, "pending")
    assert told() == ["payment_intent.created", "payment_intent.requires_action"]


def test_a_verified_account_is_debited(waiting, told, at):
    started = verify(waiting, 32, 45, at=at)

    charge = charges.get(started.latest_charge_id)
    assert (started.status, started.next_action, verification()) == ("processing", None, "verified")
    assert charge.method_details["us_bank_account"]["mandate"] == Mandate.objects.get().pk
    assert Mandate.objects.get().status == "active"
    assert told() == ["mandate.updated", "charge.pending", "payment_intent.processing"]


def test_a_code_verifies_as_well(waiting, at):
    assert verify(waiting, descriptor_code="SM11AA", at=at).status == "processing"


def test_wrong_amounts_leave_it_waiting(waiting, refused, at):
    with refused(InvalidRequest, param="amounts"):
        verify(waiting, 1, 2, at=at)

    assert (stored(waiting).status, Charge.objects.count()) == ("requires_action", 0)


def test_after_too_many_tries_another_method_is_needed(waiting, told, at):
    code = "payment_method_microdeposit_verification_attempts_exceeded"

    with pytest.raises(InvalidRequest) as refusal:
        verify(waiting, 10, 11, at=at)

    failed = stored(waiting)
    assert refusal.value.code == failed.last_error["code"] == code
    assert (failed.status, failed.payment_method, failed.next_action) == (
        "requires_payment_method", None, None,
    )  # fmt: skip
    assert failed.last_error["payment_method"]["object"] == "payment_method"
    assert told() == ["payment_intent.payment_failed"]
    with pytest.raises(InvalidState):
        payment_methods.payable(waiting.payment_method_id, waiting.customer, at=at)


def test_the_same_request_debits_once(waiting, at):
    started = verify(waiting, 32, 45, request_key="one", at=at)
    again = verify(waiting, 32, 45, request_key="one", at=at)

    assert (again.status, again.latest_charge_id) == ("processing", started.latest_charge_id)
    assert Charge.objects.count() == 1


def test_what_does_not_wait_is_not_verified(waiting, at, refused):
    verify(waiting, 32, 45, at=at)

    with refused(InvalidState, code="payment_intent_unexpected_state"):
        verify(waiting, 32, 45, at=at)


def test_a_process_may_die_between_verifying_and_debiting(waiting, monkeypatch, at):
    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(charges, "prepare", die)
        with pytest.raises(KeyboardInterrupt):
            verify(waiting, 32, 45, request_key="one", at=at)
    between = stored(waiting).status, verification(), Charge.objects.count()

    started = verify(waiting, 32, 45, request_key="one", at=at)

    assert between == ("requires_action", "verified", 0)
    assert (started.status, Charge.objects.count()) == ("processing", 1)


def test_an_account_that_was_verified_elsewhere_is_debited(waiting, account, at):
    payment_methods.verify_microdeposits(account, amounts=[32, 45], at=at)

    started = payment_intents.confirm(stored(waiting), {}, at=at)

    assert (started.status, Mandate.objects.get().status) == ("processing", "active")


def test_a_gateway_may_know_that_it_is_verified(wanted, monkeypatch, at):
    done = Outcome(Result.DONE)
    monkeypatch.setattr(Sandbox, "authenticate", lambda self, method, **asked: done)
    monkeypatch.setattr(
        Sandbox, "authorize", lambda self, request: Outcome(Result.WAITING, reference="d")
    )

    started = payment_intents.create_and_confirm(wanted, GIVEN, request_key="one", at=at)
    again = payment_intents.create_and_confirm(wanted, GIVEN, request_key="one", at=at)

    assert (started.status, verification()) == ("processing", "verified")
    assert (again.pk, Charge.objects.count()) == (started.pk, 1)


def test_confirming_again_leaves_it_waiting(waiting, told, at):
    again = payment_intents.confirm(waiting, {}, at=at)

    assert (again.status, again.next_action) == ("requires_action", waiting.next_action)
    assert told() == ["payment_intent.requires_action"]


def test_another_method_pays_instead(waiting, customer, at):
    card = payment_methods.resolve("pm_card_visa", at=at)

    paid = payment_intents.confirm(waiting, {"payment_method": card}, at=at)

    assert (paid.status, paid.next_action, paid.mandate_id) == ("succeeded", None, "")
    with pytest.raises(InvalidState):
        verify(waiting, 32, 45, at=at)


def test_another_method_is_to_be_confirmed(waiting, at):
    card = payment_methods.resolve("pm_card_visa", at=at)

    changed = payment_intents.update(waiting, details={"payment_method": card}, at=at)

    assert (changed.status, changed.next_action) == ("requires_confirmation", None)


def test_what_waits_is_canceled(waiting, told, at):
    canceled = payment_intents.cancel(waiting, at=at)

    assert (stored(canceled).status, stored(canceled).next_action) == ("canceled", None)
    assert told() == ["payment_intent.canceled"]


def test_a_mandate_is_needed_first(wanted, refused, at):
    made = payment_intents.create(wanted, at=at)

    with refused(InvalidRequest, param="mandate_data"):
        payment_intents.confirm(made, {}, at=at)

    assert (stored(made).status, verification()) == ("requires_confirmation", "pending")


def test_dollars_only(wanted, refused, at):
    made = payment_intents.create({**wanted, "currency": "eur"}, at=at)

    with refused(InvalidRequest, param="currency"):
        payment_intents.confirm(made, GIVEN, at=at)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Unknown(), GatewayUnavailable),
        (Outcome(Result.DECLINED, code="account_closed", message="It is closed."), CardDeclined),
    ],
)
def test_without_microdeposits_it_can_be_confirmed_again(wanted, monkeypatch, answer, error, at):
    def authenticate(self, method, **asked):
        if isinstance(answer, Exception):
            raise answer
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(Sandbox, "authenticate", authenticate)
        with pytest.raises(error):
            payment_intents.create_and_confirm(wanted, GIVEN, request_key="one", at=at)
    before = PaymentIntent.objects.get().status

    again = payment_intents.create_and_confirm(wanted, GIVEN, request_key="one", at=at)
    once_more = payment_intents.create_and_confirm(wanted, GIVEN, request_key="one", at=at)

    assert (before, again.status) == ("requires_confirmation", "requires_action")
    assert (once_more, PaymentIntent.objects.count()) == (again, 1)


def test_the_debit_comes_to_its_end(waiting, settings, at):
    settings.SANDBOX_DEBIT_SECONDS = 0
    verify(waiting, 32, 45, at=at)

    reconciling.run(at=at + LATER)

    assert stored(waiting).status == "succeeded"
    assert [line["status"] for line in sandbox.ledger()] == ["succeeded"]
