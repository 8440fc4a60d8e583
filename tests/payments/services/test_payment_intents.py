from datetime import timedelta

import pytest
from django.db import transaction

from customers.kit.errors import CardDeclined, InvalidRequest, InvalidState, NotFound
from payments.gateways.base import Outcome, Refused, Result, Unknown
from payments.models import Charge, Mandate, PaymentIntent
from payments.services import charges, payment_intents
from tests.factories.payments import PaymentIntentFactory, PaymentMethodFactory
from tests.payments.fake_gateway import Acted

DECLINED = Outcome(
    Result.DECLINED, code="card_declined", decline_code="generic_decline", message="Your card was declined."
)  # fmt: skip
PAID = ["charge.succeeded", "payment_intent.succeeded"]
FAILED = ["charge.failed", "payment_intent.payment_failed"]
CHALLENGED = Outcome(
    Result.ACTION_REQUIRED, reference="c", action_url="https://bank.example.com/3ds"
)


@pytest.fixture
def wanted(customer, method):
    return {
        "amount": 2000, "currency": "usd", "customer": customer, "payment_method": method,
        "return_url": "https://shop.example.com/back", "metadata": {"order": "7"},
    }  # fmt: skip


@pytest.fixture
def intent(wanted, at, told):
    made = payment_intents.create(wanted, at=at)
    told()
    return made


def stored(intent):
    return payment_intents.get(intent.pk)


def test_an_intent_with_a_method_needs_to_be_confirmed(wanted, gateway, told, at):
    intent = payment_intents.create(wanted, at=at)

    assert stored(intent).status == "requires_confirmation"
    assert intent.client_secret.startswith(f"{intent.pk}_secret_")
    assert told() == ["payment_intent.created"]
    assert gateway.asked == []


def test_an_intent_without_a_method_needs_one(scope, at):
    intent = payment_intents.create({"amount": 2000, "currency": "usd"}, at=at)

    assert stored(intent).status == "requires_payment_method"


@pytest.mark.parametrize("amount", [0, 100_000_000])
def test_an_impossible_amount_is_refused(scope, refused, amount, at):
    with refused(InvalidRequest, param="amount"):
        payment_intents.create({"amount": amount, "currency": "usd"}, at=at)


def test_an_intents_types_are_kept_to(wanted, refused, at):
    with refused(InvalidRequest, param="payment_method"):
        payment_intents.create({**wanted, "payment_method_types": ["sepa_debit"]}, at=at)


def test_the_same_request_makes_one_intent(wanted, at):
    first = payment_intents.create(wanted, request_key="one", at=at)

    again = payment_intents.create(wanted, request_key="one", at=at)

    assert (again, PaymentIntent.objects.count()) == (first, 1)


def test_a_confirmed_intent_is_paid(intent, method, told, movements, at):
    paid = payment_intents.confirm(intent, {}, at=at)

    charge = charges.get(paid.latest_charge_id)
    assert (paid.status, paid.amount_received, paid.payment_method) == ("succeeded", 2000, method)
    assert stored(intent).status == "succeeded"
    assert (charge.status, charge.payment_intent_id, charge.metadata) == (
        "succeeded", intent.pk, {"order": "7"},
    )  # fmt: skip
    assert movements() == [("charge", 2000, 59, 1941)]
    assert told() == ["charge.succeeded", "payment_intent.succeeded"]


def test_an_intent_can_be_made_and_confirmed_at_once(wanted, told, gateway, at):
    paid = payment_intents.create_and_confirm(wanted, {"off_session": True}, at=at)

    assert stored(paid).status == "succeeded"
    assert gateway.told[0].off_session is True
    assert told() == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


def test_the_same_request_makes_and_confirms_once(wanted, gateway, movements, at):
    gateway.plan("authorize", Acted())
    first = payment_intents.create_and_confirm(wanted, {}, request_key="one", at=at)

    again = payment_intents.create_and_confirm(wanted, {}, request_key="one", at=at)

    assert (first.status, again.status, first.pk) == ("processing", "succeeded", again.pk)
    assert movements() == [("charge", 2000, 59, 1941)]
    assert PaymentIntent.objects.count() == 1


def test_the_same_request_confirms_once(intent, gateway, at):
    payment_intents.confirm(intent, {}, request_key="one", at=at)

    again = payment_intents.confirm(intent, {}, request_key="one", at=at)

    assert again.status == "succeeded"
    assert Charge.objects.count() == 1


def test_an_intent_without_a_method_is_not_confirmed(scope, refused, at):
    intent = PaymentIntentFactory()

    with refused(InvalidRequest, param="payment_method"):
        payment_intents.confirm(intent, {}, at=at)


def test_nothing_is_made_to_be_confirmed_without_a_method(scope, refused, at):
    with refused(InvalidRequest, param="payment_method"):
        payment_intents.create_and_confirm({"amount": 2000, "currency": "usd"}, {}, at=at)


def test_a_method_may_come_with_the_confirmation(customer, method, gateway, at):
    intent = PaymentIntentFactory(customer=customer)

    paid = payment_intents.confirm(intent, {"payment_method": method}, at=at)

    assert paid.status == "succeeded"


def test_a_declined_intent_needs_another_method(intent, gateway, method, told, at):
    gateway.plan("authorize", DECLINED)

    failed = payment_intents.confirm(intent, {}, at=at)

    error = payment_intents.refusal(failed)
    assert (failed.status, failed.payment_method) == ("requires_payment_method", None)
    assert (failed.last_error["code"], failed.last_error["charge"]) == (
        "card_declined", failed.latest_charge_id,
    )  # fmt: skip
    assert failed.last_error["payment_method"]["id"] == method.pk
    assert (type(error), error.code, error.extra["decline_code"]) == (
        CardDeclined, "card_declined", "generic_decline",
    )  # fmt: skip
    assert error.extra["payment_intent"]["id"] == intent.pk
    assert told() == ["charge.failed", "payment_intent.payment_failed"]


def test_a_declined_intent_can_be_paid_by_another_method(intent, customer, gateway, at):
    gateway.plan("authorize", DECLINED)
    failed = payment_intents.confirm(intent, {}, at=at)
    other = PaymentMethodFactory(customer=customer, attached_at=at)

    paid = payment_intents.confirm(failed, {"payment_method": other}, at=at)

    assert (paid.status, paid.last_error, paid.payment_method) == ("succeeded", None, other)
    assert payment_intents.refusal(paid) is None
    assert payment_intents.charge_of(paid).status == "succeeded"


def test_an_intent_may_need_its_customer(intent, gateway, told, at):
    gateway.plan("authorize", CHALLENGED)

    waiting = payment_intents.confirm(intent, {}, at=at)

    assert (waiting.status, waiting.latest_charge_id) == ("requires_action", "")
    assert waiting.next_action == {
        "redirect_to_url": {
            "return_url": "https://shop.example.com/back", "url": "https://bank.example.com/3ds",
        },
        "type": "redirect_to_url",
    }  # fmt: skip
    assert told() == ["payment_intent.requires_action"]


@pytest.mark.parametrize(
    ("outcome", "status", "events"),
    [
        pytest.param(Outcome(Result.DONE, reference="c"), "succeeded", PAID, id="completed"),
        pytest.param(DECLINED, "requires_payment_method", FAILED, id="failed"),
        pytest.param(CHALLENGED, "requires_action", [], id="still away"),
    ],
)  # fmt: skip
def test_a_customer_comes_back(intent, gateway, told, outcome, status, events, at):
    gateway.plan("authorize", CHALLENGED)
    payment_intents.confirm(intent, {}, at=at)
    told()
    gateway.book[Charge.objects.get().pk] = outcome

    back = payment_intents.resume(intent, at=at)

    assert (back.status, told()) == (status, events)


def test_confirming_an_intent_that_its_customer_has_completed_changes_nothing(wanted, gateway, at):
    gateway.plan("authorize", CHALLENGED)
    waiting = payment_intents.create_and_confirm({**wanted, "confirms_manually": True}, {}, at=at)
    gateway.book[Charge.objects.get().pk] = Outcome(Result.DONE, reference="c")

    paid = payment_intents.confirm(waiting, {}, at=at)
    again = payment_intents.confirm(paid, {}, at=at)

    assert (paid.status, again.status) == ("succeeded", "succeeded")
    assert Charge.objects.count() == 1


def test_what_nobody_knows_is_processing(intent, gateway, told, at):
    gateway.plan("authorize", Unknown())

    unknown = payment_intents.confirm(intent, {}, at=at)

    assert (unknown.status, stored(intent).status, told()) == ("processing", "processing", [])
    for act in (
        lambda: payment_intents.confirm(stored(intent), {}, at=at),
        lambda: payment_intents.cancel(stored(intent), at=at),
    ):
        with pytest.raises(InvalidState) as refusal:
            act()
        assert refusal.value.code == "payment_intent_unexpected_state"
        assert refusal.value.extra["payment_intent"]["id"] == intent.pk


def test_a_debit_is_processing_until_the_bank_tells(customer, gateway, told, at):
    account = PaymentMethodFactory(kind="us_bank_account")
    gateway.plan("authorize", Outcome(Result.WAITING, reference="debit"))
    wanted = {"amount": 2000, "currency": "usd", "customer": customer, "payment_method": account}

    waiting = payment_intents.create_and_confirm(wanted, {"acceptance": {"type": "offline"}}, at=at)
    first = told()
    gateway.book[waiting.latest_charge_id] = Outcome(Result.DONE, reference="debit")
    paid = payment_intents.resume(waiting, at=at)

    assert (waiting.status, paid.status) == ("processing", "succeeded")
    assert first == ["payment_intent.created", "charge.pending", "payment_intent.processing"]


@pytest.mark.parametrize("kind", ["us_bank_account", "sepa_debit"])
def test_a_debits_charge_names_its_mandate(customer, gateway, kind, at):
    currency = {"us_bank_account": "usd", "sepa_debit": "eur"}[kind]
    account = PaymentMethodFactory(kind=kind)
    wanted = {"amount": 2000, "currency": currency, "customer": customer, "payment_method": account}

    paid = payment_intents.create_and_confirm(wanted, {"acceptance": {"type": "offline"}}, at=at)

    charge = charges.get(paid.latest_charge_id)
    assert charge.method_details[kind]["mandate"] == Mandate.objects.get().pk == paid.mandate_id


def test_a_cards_charge_has_no_mandate(intent, at):
    paid = payment_intents.confirm(intent, {}, at=at)

    assert charges.get(paid.latest_charge_id).method_details["card"]["mandate"] is None


def test_a_debit_needs_a_mandate(customer, gateway, refused, at):
    account = PaymentMethodFactory(kind="us_bank_account")
    wanted = {"amount": 2000, "currency": "usd", "customer": customer, "payment_method": account}

    with refused(param="mandate_data"):
        payment_intents.create_and_confirm(wanted, {}, at=at)

    assert gateway.asked == []


# -- capturing and canceling -------------------------------------------------------------------------------------------


@pytest.fixture
def held(wanted, gateway, told, at):
    made = payment_intents.create_and_confirm({**wanted, "captures_manually": True}, {}, at=at)
    told()
    return made


def test_an_intent_holds_money_and_takes_it(held, told, movements, at):
    before = (held.status, held.amount_capturable, held.amount_received)

    paid = payment_intents.capture(held, amount=1500, at=at)

    assert before == ("requires_capture", 2000, 0)
    assert (paid.status, paid.amount_capturable, paid.amount_received) == ("succeeded", 0, 1500)
    assert movements() == [("charge", 1500, 59, 1441)]
    assert told() == ["charge.captured", "payment_intent.succeeded"]


def test_the_same_request_captures_once(held, gateway, at):
    paid = payment_intents.capture(held, request_key="one", at=at)

    again = payment_intents.capture(paid, request_key="one", at=at)

    assert again.status == "succeeded"
    assert [act for act, *_ in gateway.asked] == ["authorize", "capture"]


def test_only_held_money_is_captured(intent, refused, at):
    with refused(InvalidState, code="payment_intent_unexpected_state"):
        payment_intents.capture(intent, at=at)


def test_an_intent_is_canceled(intent, told, gateway, at):
    canceled = payment_intents.cancel(intent, reason="abandoned", at=at)

    assert (canceled.status, canceled.cancellation_reason, canceled.canceled_at) == (
        "canceled", "abandoned", at,
    )  # fmt: skip
    assert (told(), gateway.asked) == (["payment_intent.canceled"], [])


def test_canceling_releases_what_is_held(held, told, gateway, movements, at):
    canceled = payment_intents.cancel(held, reason="duplicate", at=at)

    assert (canceled.status, canceled.amount_capturable, canceled.cancellation_reason) == (
        "canceled", 0, "duplicate",
    )  # fmt: skip
    assert charges.get(held.latest_charge_id).status == "voided"
    assert gateway.asked[-1][0] == "void"
    assert (told(), movements()) == (["charge.refunded", "payment_intent.canceled"], [])


def test_canceling_calls_off_what_waits_for_the_customer(intent, gateway, told, at):
    gateway.plan("authorize", CHALLENGED)
    waiting = payment_intents.confirm(intent, {}, at=at)
    told()

    canceled = payment_intents.cancel(waiting, at=at)

    assert (canceled.status, canceled.next_action) == ("canceled", None)
    assert told() == ["charge.failed", "payment_intent.canceled"]


def test_a_customer_may_be_faster_than_the_canceling(intent, gateway, at):
    gateway.plan("authorize", CHALLENGED)
    waiting = payment_intents.confirm(intent, {}, at=at)
    gateway.book[Charge.objects.get().pk] = Outcome(Result.DONE, reference="c")
    gateway.plan("void", Refused("It is paid.", code="charge_not_voidable"))

    with pytest.raises(InvalidState):
        payment_intents.cancel(waiting, at=at)

    assert stored(intent).status == "succeeded"


@pytest.mark.parametrize("status", ["processing", "succeeded", "canceled"])
def test_what_is_over_is_not_canceled(scope, refused, status, at):
    intent = PaymentIntentFactory(status=status)

    with refused(InvalidState, code="payment_intent_unexpected_state"):
        payment_intents.cancel(intent, at=at)


def test_an_expired_hold_cancels_its_intent(held, told, at):
    charges.expire_due(at=at + timedelta(days=8))

    ended = stored(held)
    assert (ended.status, ended.cancellation_reason) == ("canceled", "automatic")
    assert told() == ["charge.expired", "payment_intent.canceled"]


# -- changing ----------------------------------------------------------------------------------------------------------


def test_an_intent_changes(intent, at):
    payment_intents.update(
        intent, details={"amount": 500, "description": "Mug", "metadata": {"order": ""}}, at=at
    )

    changed = stored(intent)
    assert (changed.amount, changed.description, changed.metadata) == (500, "Mug", {})


def test_an_intent_loses_and_gets_a_method(intent, method, at):
    without = payment_intents.update(intent, details={"payment_method": None}, at=at)
    withone = payment_intents.update(without, details={"payment_method": method}, at=at)

    assert (without.status, withone.status) == ("requires_payment_method", "requires_confirmation")


def test_a_paid_intent_keeps_its_amount(intent, refused, at):
    paid = payment_intents.confirm(intent, {}, at=at)

    with refused(InvalidState, code="payment_intent_unexpected_state"), transaction.atomic():
        payment_intents.update(paid, details={"amount": 1}, at=at)


def test_a_paid_intents_words_change(intent, at):
    paid = payment_intents.confirm(intent, {}, at=at)

    payment_intents.update(paid, details={"description": "Mug"}, at=at)

    assert stored(intent).description == "Mug"


def test_an_unknown_intent_is_not_found(scope):
    with pytest.raises(NotFound) as refusal:
        payment_intents.get("pi_unknown")

    assert (refusal.value.message, refusal.value.param) == (
        "No such payment_intent: 'pi_unknown'", "intent",
    )  # fmt: skip
