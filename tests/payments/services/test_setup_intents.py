"""Setup intents: every state, with cards that save, ask for the customer, or refuse, and with bank accounts."""

import pytest

from customers.kit.errors import (
    CardDeclined,
    GatewayUnavailable,
    InvalidRequest,
    InvalidState,
    NotFound,
)
from payments.models import Mandate, PaymentMethod, SetupIntent
from payments.services import payment_methods, sandbox, setup_intents
from tests.factories.payments import PaymentMethodFactory, SetupIntentFactory

ONLINE = {"type": "online", "ip_address": "203.0.113.7", "user_agent": "Firefox"}
BANK = {
    "account_number": "000123456789",
    "routing_number": "110000000",
    "account_holder_type": "individual",
}


@pytest.fixture
def intent(customer, at):
    return setup_intents.create(
        details={"customer": customer, "return_url": "https://shop.example.com/back"}, at=at
    )


@pytest.fixture
def confirm(intent, at):
    """Confirms the intent with a card of that test id."""

    def with_card(name="pm_card_visa"):
        method = payment_methods.resolve(name, at=at)
        return setup_intents.confirm(intent, details={"payment_method": method}, at=at)

    return with_card


def visit_of(intent):
    """The id of the sandbox's page for the customer, as its address ends."""
    return intent.next_action["url"].rstrip("/").rpartition("/")[2]


def test_a_new_intent_waits_for_a_method(customer, at, told):
    intent = setup_intents.create(details={"customer": customer}, at=at)

    stored = SetupIntent.objects.get()
    assert (stored.pk, stored.status, stored.usage, stored.payment_method_types) == (
        intent.pk, "requires_payment_method", "off_session", ["card", "us_bank_account", "sepa_debit"],
    )  # fmt: skip
    assert stored.client_secret.startswith(f"{intent.pk}_secret_")
    assert told() == ["setup_intent.created"]


def test_the_same_request_finds_the_intent_it_made(customer, at):
    one = setup_intents.create(details={"customer": customer}, request_key="request-1", at=at)

    two = setup_intents.create(details={"customer": customer}, request_key="request-1", at=at)

    assert one == two
    assert SetupIntent.objects.count() == 1


def test_a_card_is_saved(intent, confirm, customer, told):
    told()

    confirmed = confirm()

    assert (confirmed.status, confirmed.next_action, confirmed.last_error) == (
        "succeeded",
        None,
        None,
    )
    assert [method.pk for method in payment_methods.of_customer(customer)] == [
        confirmed.payment_method_id
    ]
    assert told() == ["payment_method.attached", "customer.updated", "setup_intent.succeeded"]


def test_a_card_is_saved_without_a_customer(scope, at):
    intent = setup_intents.create(details={}, at=at)
    method = payment_methods.resolve("pm_card_visa", at=at)

    confirmed = setup_intents.confirm(intent, details={"payment_method": method}, at=at)

    assert (confirmed.status, confirmed.payment_method.customer_id) == ("succeeded", None)


def test_a_declined_card_leaves_the_intent_waiting_for_another(intent, confirm, customer, told):
    told()

    with pytest.raises(CardDeclined) as refusal:
        confirm("pm_card_visa_chargeDeclined")

    row = setup_intents.get(intent.pk)
    assert (row.status, row.payment_method, row.last_error["code"]) == (
        "requires_payment_method", None, "card_declined",
    )  # fmt: skip
    extra = refusal.value.extra
    assert (extra["decline_code"], extra["setup_intent"]["id"], extra["payment_method"]["object"]) == (
        "generic_decline", intent.pk, "payment_method",
    )  # fmt: skip
    assert payment_methods.of_customer(customer) == []
    assert told() == ["setup_intent.setup_failed"]
    assert confirm().status == "succeeded"


def test_a_customer_has_to_authenticate(intent, confirm, customer, told):
    told()

    waiting = confirm("pm_card_authenticationRequired")

    assert waiting.status == "requires_action"
    assert waiting.next_action["type"] == "redirect_to_url"
    assert waiting.next_action["url"].startswith("http")
    assert payment_methods.of_customer(customer) == []
    assert told() == ["setup_intent.requires_action"]


def test_an_authenticated_card_is_saved(intent, confirm, customer, at, told):
    waiting = confirm("pm_card_authenticationRequired")
    sandbox.complete(visit_of(waiting))
    told()

    saved = setup_intents.resume(waiting, at=at)

    assert (saved.status, saved.next_action) == ("succeeded", None)
    assert len(payment_methods.of_customer(customer)) == 1
    assert told() == ["payment_method.attached", "customer.updated", "setup_intent.succeeded"]


def test_who_comes_second_finds_it_settled(intent, confirm, at, nothing_written):
    waiting = confirm("pm_card_authenticationRequired")
    sandbox.complete(visit_of(waiting))
    setup_intents.resume(waiting, at=at)

    with nothing_written():
        again = setup_intents.resume(waiting, at=at)

    assert again.status == "succeeded"


def test_a_failed_authentication_asks_for_another_method(intent, confirm, at, told):
    waiting = confirm("pm_card_authenticationRequired")
    sandbox.fail(visit_of(waiting))
    told()

    failed = setup_intents.resume(waiting, at=at)

    assert (failed.status, failed.payment_method, failed.last_error["code"]) == (
        "requires_payment_method", None, "setup_intent_authentication_failure",
    )  # fmt: skip
    assert told() == ["setup_intent.setup_failed"]


def test_while_the_customer_is_away_nothing_changes(confirm, at, nothing_written):
    waiting = confirm("pm_card_authenticationRequired")

    with nothing_written():
        again = setup_intents.resume(waiting, at=at)

    assert again.status == "requires_action"


def test_a_gateway_that_does_not_answer_can_be_asked_again(intent, confirm, at):
    with (
        sandbox.faults("timeout_before", act="authenticate", times=1),
        pytest.raises(GatewayUnavailable),
    ):
        confirm()

    assert setup_intents.get(intent.pk).status == "requires_confirmation"
    assert (
        setup_intents.confirm(setup_intents.get(intent.pk), details={}, at=at).status == "succeeded"
    )


def test_the_same_request_finds_what_came_of_it(intent, at, nothing_written):
    method = payment_methods.resolve("pm_card_authenticationRequired", at=at)
    details = {"payment_method": method}
    setup_intents.confirm(intent, details=details, request_key="request-1", at=at)

    with nothing_written():
        again = setup_intents.confirm(
            setup_intents.get(intent.pk), details=details, request_key="request-1", at=at
        )

    assert (again.status, again.tries) == ("requires_action", 1)


def test_the_same_request_is_declined_again(intent, at, nothing_written):
    method = payment_methods.resolve("pm_card_visa_chargeDeclined", at=at)
    details = {"payment_method": method}
    with pytest.raises(CardDeclined):
        setup_intents.confirm(intent, details=details, request_key="request-1", at=at)

    with nothing_written(), pytest.raises(CardDeclined):
        setup_intents.confirm(
            setup_intents.get(intent.pk), details=details, request_key="request-1", at=at
        )


def test_an_intent_is_found_by_what_its_gateway_calls_it(confirm):
    waiting = confirm("pm_card_authenticationRequired")

    assert setup_intents.of_reference(f"{waiting.pk}/1") == waiting


def test_a_confirmation_needs_a_method(intent, at, refused):
    with refused(InvalidRequest, param="payment_method", code="parameter_missing"):
        setup_intents.confirm(intent, details={}, at=at)


def test_a_strangers_method_is_refused(intent, at, refused):
    stranger = PaymentMethodFactory(attached=True)

    with refused(InvalidRequest, param="payment_method"):
        setup_intents.confirm(intent, details={"payment_method": stranger}, at=at)


def test_a_type_that_is_not_allowed_is_refused(at, scope, refused):
    intent = SetupIntentFactory(payment_method_types=["us_bank_account"])
    method = PaymentMethodFactory()

    with refused(InvalidRequest, param="payment_method"):
        setup_intents.confirm(intent, details={"payment_method": method}, at=at)


@pytest.mark.parametrize("status", ["succeeded", "canceled", "processing"])
def test_an_intent_that_is_over_is_not_confirmed_or_canceled(scope, at, refused, status):
    intent = SetupIntentFactory(status=status)
    method = PaymentMethodFactory()

    with refused(InvalidState, code="setup_intent_unexpected_state"):
        setup_intents.confirm(intent, details={"payment_method": method}, at=at)
    with refused(InvalidState, code="setup_intent_unexpected_state"):
        setup_intents.cancel(intent, at=at)
    with refused(InvalidState, code="setup_intent_unexpected_state"):
        setup_intents.update(intent, details={"payment_method": method}, at=at)


@pytest.mark.parametrize(
    "status", ["requires_payment_method", "requires_confirmation", "requires_action"]
)
def test_an_intent_is_canceled(scope, at, told, status):
    intent = SetupIntentFactory(
        status=status, next_action={"type": "redirect_to_url", "url": "https://example.com"}
    )

    canceled = setup_intents.cancel(intent, reason="abandoned", at=at)

    assert (canceled.status, canceled.cancellation_reason, canceled.next_action) == (
        "canceled", "abandoned", None,
    )  # fmt: skip
    assert told() == ["setup_intent.canceled"]


def test_an_intent_is_given_a_method(intent, at, told):
    told()
    method = payment_methods.resolve("pm_card_visa", at=at)

    changed = setup_intents.update(
        intent,
        details={"payment_method": method, "metadata": {"a": "1"}, "description": "Later"},
        at=at,
    )

    assert (changed.status, changed.payment_method, changed.metadata, changed.description) == (
        "requires_confirmation", method, {"a": "1"}, "Later",
    )  # fmt: skip
    assert told() == []


def test_an_unknown_intent_is_not_found(scope):
    with pytest.raises(NotFound) as refusal:
        setup_intents.get("seti_nothing")

    assert refusal.value.message == "No such setupintent: 'seti_nothing'"


# -- bank accounts -----------------------------------------------------------------------------------------------------


@pytest.fixture
def debit(intent, at):
    method = payment_methods.create(kind="us_bank_account", details=BANK, at=at)
    return setup_intents.confirm(
        intent, details={"payment_method": method}, acceptance=ONLINE, at=at
    )


def test_a_debit_needs_a_mandate(intent, at, refused):
    method = payment_methods.create(kind="us_bank_account", details=BANK, at=at)

    with refused(InvalidRequest, param="mandate_data"):
        setup_intents.confirm(intent, details={"payment_method": method}, at=at)


def test_a_bank_account_waits_for_its_microdeposits(debit):
    assert (debit.status, debit.next_action["type"]) == (
        "requires_action",
        "verify_with_microdeposits",
    )
    assert (Mandate.objects.get().pk, Mandate.objects.get().status) == (debit.mandate_id, "pending")


def test_a_verified_bank_account_is_saved(debit, customer, at, told):
    told()

    saved = setup_intents.verify_microdeposits(debit, amounts=[32, 45], descriptor_code="", at=at)

    assert saved.status == "succeeded"
    assert Mandate.objects.get().status == "active"
    (method,) = payment_methods.of_customer(customer)
    assert method.verification == PaymentMethod.Verification.VERIFIED
    assert told() == [
        "payment_method.attached", "customer.updated", "mandate.updated", "setup_intent.succeeded",
    ]  # fmt: skip


def test_wrong_amounts_leave_it_waiting(debit, at, refused):
    with refused(InvalidRequest, param="amounts"):
        setup_intents.verify_microdeposits(debit, amounts=[1, 2], descriptor_code="", at=at)


def test_a_card_waits_for_no_microdeposits(confirm, at, refused):
    saved = confirm()

    with refused(InvalidState):
        setup_intents.verify_microdeposits(saved, amounts=[32, 45], descriptor_code="", at=at)


def test_a_sepa_debit_is_saved_with_its_mandate(intent, customer, at):
    method = payment_methods.create(
        kind="sepa_debit", details={"iban": "DE89370400440532013000"},
        billing_details={"name": "Jenny Rosen", "email": "jenny@example.com"}, at=at,
    )  # fmt: skip

    saved = setup_intents.confirm(
        intent, details={"payment_method": method}, acceptance={"type": "offline"}, at=at
    )

    assert saved.status == "succeeded"
    assert (Mandate.objects.get().pk, Mandate.objects.get().status) == (saved.mandate_id, "active")
