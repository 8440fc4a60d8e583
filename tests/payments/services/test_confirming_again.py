"""Another try at a payment that waits for its customer, who may be faster than what calls the first one off."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from customers.kit.errors import GatewayUnavailable, InvalidRequest, InvalidState
from payments.gateways.base import Outcome, Refused, Result, Unknown
from payments.models import Charge, Operation
from payments.services import charges, payment_intents, reconciling
from tests.factories.payments import ChargeFactory, PaymentIntentFactory, PaymentMethodFactory
from tests.payments.fake_gateway import Acted

CHALLENGED = Outcome(
    Result.ACTION_REQUIRED, reference="c", action_url="https://bank.example.com/3ds"
)
CHALLENGED_AGAIN = Outcome(
    Result.ACTION_REQUIRED, reference="d", action_url="https://bank.example.com/2"
)
DONE = Outcome(Result.DONE, reference="c")
DECLINED = Outcome(Result.DECLINED, code="payment_intent_authentication_failure", message="No.")
TOO_LATE = Refused("It is paid.", code="charge_not_voidable")


@pytest.fixture
def wanted(customer, method):
    return {
        "amount": 2000, "currency": "usd", "customer": customer, "payment_method": method,
        "return_url": "https://shop.example.com/back",
    }  # fmt: skip


@pytest.fixture
def other(customer, method):
    """Another card of the customer's."""
    return PaymentMethodFactory(customer=customer, attached_at=customer.created_at, last4="4444")


@pytest.fixture
def waiting(wanted, gateway, told, at):
    """An intent whose customer was sent to authenticate; the gateway's book has it so, too."""
    gateway.plan("authorize", CHALLENGED)
    made = payment_intents.create_and_confirm(wanted, {}, at=at)
    told()
    return made


def stored(intent):
    return payment_intents.get(intent.pk)


def tries():
    rows = Charge.objects.order_by("created_at", "pk")
    return sorted(rows.values_list("status", "failure_code"))


def asked(gateway):
    return [act for act, *_ in gateway.asked]


def test_another_try_calls_off_the_one_that_waits(waiting, gateway, told, movements, at):
    paid = payment_intents.confirm(waiting, {}, at=at)

    assert (paid.status, paid.next_action, paid.amount_received) == ("succeeded", None, 2000)
    assert tries() == [("failed", "superseded"), ("succeeded", "")]
    assert asked(gateway) == ["authorize", "look_up", "void", "authorize"]
    assert told() == ["charge.failed", "charge.succeeded", "payment_intent.succeeded"]
    assert movements() == [("charge", 2000, 59, 1941)]


def test_another_try_may_be_made_with_another_method(waiting, other, gateway, at):
    paid = payment_intents.confirm(waiting, {"payment_method": other}, at=at)

    assert (paid.status, paid.payment_method) == ("succeeded", other)
    assert charges.get(paid.latest_charge_id).payment_method == other


def test_another_try_may_need_the_customer_again(waiting, gateway, told, at):
    gateway.plan("authorize", CHALLENGED_AGAIN)

    again = payment_intents.confirm(waiting, {}, at=at)

    assert (again.status, again.latest_charge_id) == ("requires_action", "")
    assert again.next_action["redirect_to_url"]["url"] == "https://bank.example.com/2"
    assert tries() == [("failed", "superseded"), ("pending", "")]
    assert told() == ["charge.failed", "payment_intent.requires_action"]


def test_another_method_takes_an_intent_back_to_be_confirmed(waiting, other, gateway, told, at):
    changed = payment_intents.update(waiting, details={"payment_method": other}, at=at)

    assert (changed.status, changed.payment_method, changed.next_action) == (
        "requires_confirmation", other, None,
    )  # fmt: skip
    assert asked(gateway) == ["authorize", "look_up", "void"]
    assert told() == ["charge.failed"]
    assert payment_intents.confirm(changed, {}, at=at).status == "succeeded"


def test_an_intent_that_waits_may_lose_its_method(waiting, gateway, at):
    changed = payment_intents.update(waiting, details={"payment_method": None}, at=at)

    assert (changed.status, changed.payment_method) == ("requires_payment_method", None)


def test_words_are_changed_without_calling_anything_off(waiting, gateway, at):
    changed = payment_intents.update(waiting, details={"description": "Mug"}, at=at)

    assert (changed.status, changed.description) == ("requires_action", "Mug")
    assert asked(gateway) == ["authorize"]


@pytest.mark.parametrize("act", ["confirm", "update"])
def test_what_would_be_refused_calls_nothing_off(waiting, gateway, act, refused, at):
    debit = PaymentMethodFactory(kind="sepa_debit")
    payment_intents.update(waiting, details={"payment_method_types": ["card"]}, at=at)
    said = {"payment_method": debit}

    with refused(InvalidRequest):
        if act == "confirm":
            payment_intents.confirm(stored(waiting), said, at=at)
        else:
            payment_intents.update(stored(waiting), details=said, at=at)

    assert (stored(waiting).status, asked(gateway)) == ("requires_action", ["authorize"])


def test_a_debit_without_a_mandate_calls_nothing_off(waiting, gateway, refused, at):
    debit = PaymentMethodFactory(kind="us_bank_account")

    with refused(InvalidRequest, param="mandate_data"):
        payment_intents.confirm(waiting, {"payment_method": debit}, at=at)

    assert (stored(waiting).status, asked(gateway)) == ("requires_action", ["authorize"])


# -- the customer is faster --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hears_first", [True, False], ids=["heard of", "not heard of"])
def test_a_customer_may_be_faster(waiting, gateway, movements, hears_first, at):
    """The gateway tells of it when it is asked, or only by refusing to call it off."""
    charge = Charge.objects.get()
    if hears_first:
        gateway.book[charge.pk] = DONE
    else:
        _completes_while(gateway, charge, "void", TOO_LATE)

    paid = payment_intents.confirm(waiting, {}, at=at)

    assert (paid.status, paid.latest_charge_id) == ("succeeded", charge.pk)
    assert Charge.objects.count() == 1
    assert movements() == [("charge", 2000, 0, 2000)]


@pytest.mark.parametrize("hears_first", [True, False], ids=["heard of", "not heard of"])
def test_a_faster_customer_does_not_pay_with_another_method(
    waiting, other, gateway, hears_first, at
):
    charge = Charge.objects.get()
    if hears_first:
        gateway.book[charge.pk] = DONE
    else:
        _completes_while(gateway, charge, "void", TOO_LATE)

    with pytest.raises(InvalidState) as refusal:
        payment_intents.confirm(waiting, {"payment_method": other}, at=at)

    assert refusal.value.code == "payment_intent_unexpected_state"
    assert refusal.value.extra["payment_intent"]["status"] == "succeeded"
    assert (stored(waiting).status, Charge.objects.count()) == ("succeeded", 1)


def test_a_customer_who_has_failed_pays_with_another_method(waiting, other, gateway, at):
    gateway.book[Charge.objects.get().pk] = DECLINED

    paid = payment_intents.confirm(waiting, {"payment_method": other}, at=at)

    assert (paid.status, "void" in asked(gateway)) == ("succeeded", False)


def test_a_customer_who_has_failed_needs_another_method(waiting, gateway, at):
    gateway.book[Charge.objects.get().pk] = DECLINED

    failed = payment_intents.confirm(waiting, {}, at=at)

    assert payment_intents.refusal(failed).code == "payment_intent_authentication_failure"
    assert Charge.objects.count() == 1


def test_what_was_held_meanwhile_is_released(wanted, gateway, told, movements, at):
    """The customer authenticates, and we hear of it, between our asking to call it off and the gateway's doing so."""
    gateway.plan("authorize", CHALLENGED)
    held = payment_intents.create_and_confirm({**wanted, "captures_manually": True}, {}, at=at)
    first = Charge.objects.get()

    def settled_meanwhile():
        (row,) = Operation.objects.select_related("gateway_account", "charge").filter(
            reference=first.pk
        )
        reconciling.settle(row, DONE, at=at)
        assert stored(held).status == "requires_capture"
        return Outcome(Result.DONE, reference="c")

    _meanwhile(gateway, "void", settled_meanwhile)

    again = payment_intents.confirm(held, {}, at=at)

    assert (again.status, again.amount_capturable) == ("requires_capture", 2000)
    assert tries() == [("authorized", ""), ("voided", "superseded")]
    assert movements() == []


def test_a_hold_that_was_called_off_is_nothing_for_a_person(wanted, gateway, at):
    """The gateway remembers that the customer has authenticated, and that what they allowed was released."""
    gateway.plan("authorize", CHALLENGED)
    held = payment_intents.create_and_confirm({**wanted, "captures_manually": True}, {}, at=at)
    first = Charge.objects.get()
    payment_intents.confirm(held, {}, at=at)
    gateway.book[first.pk] = DONE

    (row,) = Operation.objects.select_related("gateway_account", "charge").filter(
        reference=first.pk
    )
    late = reconciling.check(row, at=at)

    assert (late.state, charges.get(first.pk).status) == ("refused", "failed")


# -- the gateway does not answer ---------------------------------------------------------------------------------------


def test_without_an_answer_there_is_no_second_try(waiting, gateway, at):
    gateway.plan("void", Unknown())

    with pytest.raises(GatewayUnavailable):
        payment_intents.confirm(waiting, {}, at=at)

    assert (stored(waiting).status, tries()) == ("requires_action", [("pending", "")])


def test_the_same_request_goes_on_once_the_gateway_answers(waiting, gateway, movements, at):
    gateway.plan("void", Acted())
    with pytest.raises(GatewayUnavailable):
        payment_intents.confirm(waiting, {}, request_key="two", at=at)

    paid = payment_intents.confirm(stored(waiting), {}, request_key="two", at=at)
    again = payment_intents.confirm(stored(waiting), {}, request_key="two", at=at)

    assert (paid.status, again.latest_charge_id) == ("succeeded", paid.latest_charge_id)
    assert movements() == [("charge", 2000, 59, 1941)]


@pytest.mark.parametrize("tells", ["of the release", "of the charge"])
def test_what_is_found_out_leaves_the_intent_open(waiting, gateway, tells, at):
    """The reconciler may hear of the release, or first that the charge is not carried out any more."""
    charge = Charge.objects.get()
    gateway.plan("void", Acted())
    with pytest.raises(GatewayUnavailable):
        payment_intents.confirm(waiting, {}, at=at)
    if tells == "of the charge":
        gateway.book[charge.pk] = Outcome(Result.DECLINED, code="canceled", message="Canceled.")
        payment_intents.resume(waiting, at=at)

    reconciling.run(at=at + timedelta(minutes=1))

    assert (stored(waiting).status, stored(waiting).payment_method) == (
        "requires_confirmation", waiting.payment_method,
    )  # fmt: skip
    assert payment_intents.confirm(stored(waiting), {}, at=at).status == "succeeded"


@pytest.mark.parametrize("tells", ["of the release", "of the charge"])
def test_a_release_that_was_given_up_and_done_leaves_the_intent_open(waiting, gateway, tells, at):
    charge = Charge.objects.get()
    gateway.plan("void", Unknown())
    with pytest.raises(GatewayUnavailable):
        payment_intents.confirm(waiting, {}, at=at)
    for days in (1, 2):
        reconciling.run(at=at + timedelta(days=days))
    rows = Operation.objects.select_related("gateway_account", "charge")
    given_up = rows.get(kind="void").state, stored(waiting).status
    gateway.book[f"{charge.pk}/void"] = DONE
    gateway.book[charge.pk] = Outcome(Result.DECLINED, code="canceled", message="Canceled.")

    kinds = ["void", "authorize"] if tells == "of the release" else ["authorize", "void"]
    for kind in kinds:
        reconciling.check(rows.get(kind=kind), at=at)

    assert given_up == ("refused", "requires_action")
    assert (stored(waiting).status, tries()) == (
        "requires_confirmation", [("failed", "superseded")],
    )  # fmt: skip
    assert (rows.get(kind="void").state, rows.get(kind="authorize").state) == ("done", "refused")


def test_canceling_is_for_good(waiting, gateway, at):
    """Who cancels while another try is being made room for, has the last word."""
    gateway.plan("void", Acted())
    with pytest.raises(GatewayUnavailable):
        payment_intents.confirm(waiting, {}, at=at)

    canceled = payment_intents.cancel(stored(waiting), at=at)

    assert (canceled.status, tries()) == ("canceled", [("failed", "canceled")])
    with pytest.raises(InvalidState):
        payment_intents.confirm(canceled, {}, at=at)


def test_a_gateway_may_not_let_it_be_called_off(waiting, gateway, at):
    gateway.plan("void", Refused("Not now."))

    with pytest.raises(InvalidState) as refusal:
        payment_intents.confirm(waiting, {}, at=at)

    assert refusal.value.extra["payment_intent"]["status"] == "requires_action"
    assert tries() == [("pending", "")]
    assert payment_intents.confirm(stored(waiting), {}, at=at).status == "succeeded"


@pytest.mark.parametrize("second", ["pending", "authorized", "succeeded"])
@pytest.mark.parametrize("first", ["pending", "authorized", "succeeded"])
def test_the_database_takes_one_charge_of_an_intent(scope, gateway, first, second):
    intent = PaymentIntentFactory()
    ChargeFactory(status=first, payment_intent=intent)
    ChargeFactory(status="failed", payment_intent=intent, amount_captured=0)

    with pytest.raises(IntegrityError, match="charge_one_alive_per_intent"), transaction.atomic():
        ChargeFactory(status=second, payment_intent=intent)


def _completes_while(gateway, charge, act, answer):
    """Let the customer complete the challenge right before the gateway is asked for that."""

    def complete():
        gateway.book[charge.pk] = DONE
        raise answer

    _meanwhile(gateway, act, complete)


def _meanwhile(gateway, act, what):
    usual = getattr(gateway, act)

    def first(*args, **kwargs):
        setattr(gateway, act, usual)
        gateway.asked.append((act, kwargs["reference"], None))
        return what()

    setattr(gateway, act, first)
