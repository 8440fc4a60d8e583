from datetime import timedelta

import pytest
from django.db import transaction

from customers.kit.errors import CardDeclined, Conflict, InvalidRequest, InvalidState, NotFound
from customers.services import customers
from payments.gateways.base import NotSent, Outcome, Refused, Result, Unknown
from payments.models import Charge, Operation
from payments.money import Money
from payments.services import charges
from tests.factories.customers import CustomerFactory
from tests.factories.payments import ChargeFactory, PaymentMethodFactory
from tests.payments.fake_gateway import Acted

USD = Money(2000, "usd")
INSUFFICIENT = Outcome(
    Result.DECLINED,
    reference="at_gateway_no",
    code="card_declined",
    decline_code="insufficient_funds",
    message="Your card has insufficient funds.",
)


@pytest.fixture
def charge(customer, method, at):
    """Charges the customer's card."""

    def make(money=USD, **wanted):
        return charges.create(money=money, method=method, customer=customer, at=at, **wanted)

    return make


@pytest.fixture
def held(charge):
    return charge(takes_now=False)


def status_of(charge):
    return charges.get(charge.pk).status


def test_a_charge_takes_money(charge, gateway, method, told, acts, movements, at):
    made = charge(description="Two mugs", metadata={"order": "7"})

    stored = charges.get(made.pk)
    assert (stored.status, stored.amount_captured, stored.settled_at) == ("succeeded", 2000, at)
    assert (stored.description, stored.metadata) == ("Two mugs", {"order": "7"})
    assert stored.gateway_reference == f"at_gateway_{made.pk}"
    assert gateway.asked == [("authorize", made.pk, 2000)]
    assert acts() == [("authorize", "done", 2000)]
    assert movements() == [("charge", 2000, 59, 1941)]
    assert told() == ["charge.succeeded"]


def test_a_charge_keeps_what_its_method_was(charge, method, gateway):
    details = {"authorization_code": "123456", "cvc_check": "pass", "seller_message": "Fine."}
    gateway.plan("authorize", Outcome(Result.DONE, reference="x", details=details))

    made = charge()

    card = made.method_details["card"]
    assert made.method_details["type"] == "card"
    assert (card["brand"], card["last4"], card["authorization_code"]) == ("visa", "4242", "123456")
    assert card["checks"]["cvc_check"] == "pass"
    assert made.outcome == {
        "network_status": "approved_by_network", "reason": None, "risk_level": "normal",
        "seller_message": "Fine.", "type": "authorized",
    }  # fmt: skip


def test_a_declined_charge_says_why(charge, gateway, told, acts, movements):
    gateway.plan("authorize", INSUFFICIENT)

    made = charge()

    error = charges.refusal(made)
    assert status_of(made) == "failed"
    assert (type(error), error.code, error.message) == (
        CardDeclined, "card_declined", "Your card has insufficient funds.",
    )  # fmt: skip
    assert error.extra == {"charge": made.pk, "decline_code": "insufficient_funds"}
    assert acts() == [("authorize", "refused", 2000)]
    assert movements() == []
    assert told() == ["charge.failed"]


def test_a_paid_charge_has_no_refusal(charge):
    made = charge()

    assert charges.refusal(made) is None


def test_a_request_that_the_gateway_refuses_is_a_failed_charge(charge, gateway):
    gateway.plan("authorize", Refused("No such currency here.", code="invalid_currency"))

    made = charge()

    assert (made.status, made.failure_code, made.failure_message) == (
        "failed", "invalid_currency", "No such currency here.",
    )  # fmt: skip


def test_what_was_not_sent_is_sent_again_at_once(charge, gateway):
    gateway.plan("authorize", NotSent())

    made = charge()

    assert made.status == "succeeded"
    assert gateway.asked == [("authorize", made.pk, 2000)] * 2


@pytest.mark.parametrize(
    "troubles",
    [
        pytest.param([NotSent(), NotSent()], id="not reached twice"),
        pytest.param([Unknown()], id="timed out before acting"),
        pytest.param([Acted()], id="timed out after acting"),
    ],
)
def test_what_nobody_knows_stays_pending(charge, gateway, troubles, told, acts, movements, at):
    gateway.plan("authorize", *troubles)

    made = charge()

    assert status_of(made) == "pending"
    assert acts() == [("authorize", "open", 2000)]
    assert Operation.objects.get().next_check_at == at + timedelta(seconds=10)
    assert (movements(), told()) == ([], [])


def test_a_bug_of_an_adapter_leaves_the_charge_to_the_reconciler(charge, gateway, acts):
    gateway.plan("authorize", KeyError("status"))

    with pytest.raises(KeyError):
        charge()

    assert acts() == [("authorize", "open", 2000)]


def test_the_same_request_finds_its_charge(charge, gateway, acts):
    first = charge(request_key="one")

    again = charge(request_key="one")

    assert again == first
    assert acts() == [("authorize", "done", 2000)]
    assert gateway.asked == [("authorize", first.pk, 2000)]


def test_the_same_request_goes_on_with_a_charge_that_nobody_settled(charge, gateway, movements):
    gateway.plan("authorize", Acted())
    first = charge(request_key="one")

    again = charge(request_key="one")

    assert (again.pk, again.status) == (first.pk, "succeeded")
    assert movements() == [("charge", 2000, 59, 1941)]


def test_another_request_is_another_charge(charge):
    assert charge(request_key="one") != charge(request_key="two")


def test_an_empty_request_key_is_none(charge):
    assert charge(request_key="") != charge(request_key="")


@pytest.mark.parametrize(
    ("amount", "code"),
    [(0, "parameter_invalid_integer"), (-5, "parameter_invalid_integer"), (100_000_000, "amount_too_large")],
)  # fmt: skip
def test_an_impossible_amount_is_refused(charge, gateway, refused, amount, code):
    with refused(param="amount", code=code):
        charge(Money(amount, "usd"))

    assert gateway.asked == []


def test_the_largest_amount_is_taken(charge):
    assert charge(Money(99_999_999, "usd")).amount_captured == 99_999_999


def test_another_customers_method_is_refused(customer, gateway, at, refused):
    stranger = PaymentMethodFactory(attached=True)

    with refused(param="payment_method"):
        charges.create(money=USD, method=stranger, customer=customer, at=at)


def test_a_detached_method_is_refused(customer, gateway, at, refused):
    gone = PaymentMethodFactory(detached_at=at)

    with refused(param="payment_method"):
        charges.create(money=USD, method=gone, customer=customer, at=at)


def test_a_deleted_customer_is_not_charged(customer, method, gateway, at, refused):
    gone = customers.delete(customer, at=at)

    with refused(param="customer"):
        charges.create(money=USD, method=method, customer=gone, at=at)


def test_a_debit_is_in_its_currency(customer, gateway, at, refused):
    account = PaymentMethodFactory(kind="sepa_debit")

    with refused(param="currency"):
        charges.create(money=USD, method=account, at=at)


def test_a_debit_waits_for_the_bank(customer, gateway, at, told, acts, movements):
    account = PaymentMethodFactory(kind="us_bank_account")
    gateway.plan("authorize", Outcome(Result.WAITING, reference="debit"))

    made = charges.create(money=USD, method=account, at=at)
    waiting = (made.status, acts(), told())
    gateway.book[made.pk] = Outcome(Result.DONE, reference="debit", fee=16)
    paid = charges.resume(made, at=at)

    assert waiting == ("pending", [("authorize", "waiting", 2000)], ["charge.pending"])
    assert (paid.status, acts()) == ("succeeded", [("authorize", "done", 2000)])
    assert movements() == [("payment", 2000, 16, 1984)]
    assert told() == ["charge.succeeded"]


def test_asking_about_a_waiting_charge_again_tells_nothing(gateway, at, told):
    account = PaymentMethodFactory(kind="us_bank_account")
    gateway.plan("authorize", Outcome(Result.WAITING, reference="debit"))
    made = charges.create(money=USD, method=account, at=at)
    told()

    charges.resume(made, at=at)

    assert told() == []


def test_a_charge_may_wait_for_its_customer(charge, gateway, told, acts, at):
    gateway.plan(
        "authorize",
        Outcome(Result.ACTION_REQUIRED, reference="c", action_url="https://bank.example.com/3ds"),
    )

    made = charge(return_url="https://shop.example.com/back")
    waiting = (made.status, made.action_url, told())
    gateway.book[made.pk] = INSUFFICIENT
    failed = charges.resume(made, at=at)

    assert waiting == ("pending", "https://bank.example.com/3ds", [])
    assert gateway.told[0].return_url.startswith("http")
    assert (failed.status, failed.action_url, told()) == ("failed", "", ["charge.failed"])


def test_a_gateway_that_does_not_say_leaves_a_resumed_charge_as_it_is(charge, gateway, at):
    gateway.plan("authorize", Unknown())
    gateway.plan("look_up", Unknown())
    made = charge()

    assert charges.resume(made, at=at).status == "pending"


# -- holding, capturing, releasing -------------------------------------------------------------------------------------


def test_money_can_be_held_and_taken(held, gateway, told, acts, movements, at):
    before = (held.status, held.capture_before, held.amount_captured, movements(), told())

    taken = charges.capture(held, at=at)

    assert before == ("authorized", at + timedelta(days=7), 0, [], ["charge.succeeded"])
    assert (taken.status, taken.amount_captured) == ("succeeded", 2000)
    assert gateway.asked[-1] == ("capture", f"{held.pk}/capture", 2000)
    assert acts() == [("authorize", "done", 2000), ("capture", "done", 2000)]
    assert movements() == [("charge", 2000, 59, 1941)]
    assert told() == ["charge.captured"]


def test_a_part_can_be_taken(held, movements, at):
    taken = charges.capture(held, amount=500, at=at)

    assert (taken.amount, taken.amount_captured, taken.amount_refundable) == (2000, 500, 500)
    assert movements() == [("charge", 500, 59, 441)]


@pytest.mark.parametrize("amount", [0, -1, 2001])
def test_no_more_than_is_held_is_taken(held, refused, gateway, amount, at):
    with refused(InvalidRequest, param="amount"):
        charges.capture(held, amount=amount, at=at)

    assert gateway.asked == [("authorize", held.pk, 2000)]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("pending", "charge_not_authorized"), ("succeeded", "charge_already_captured"),
        ("failed", "charge_not_authorized"), ("voided", "charge_already_refunded"),
        ("expired", "charge_expired_for_capture"),
    ],
)  # fmt: skip
def test_only_held_money_is_taken(scope, refused, gateway, status, code, at):
    made = ChargeFactory(status=status, amount_captured=0)

    with refused(InvalidState, code=code):
        charges.capture(made, at=at)


def test_a_capture_that_nobody_heard_of_is_gone_on_with(held, gateway, movements, acts, at):
    gateway.plan("capture", Acted())
    unknown = charges.capture(held, at=at)

    taken = charges.capture(held, at=at)

    assert (unknown.status, taken.status) == ("authorized", "succeeded")
    assert gateway.asked[1:] == [("capture", f"{held.pk}/capture", 2000)] * 2
    assert movements() == [("charge", 2000, 59, 1941)]


def test_another_capture_waits_for_the_first_one(held, gateway, at):
    gateway.plan("capture", Unknown())
    charges.capture(held, at=at)

    with pytest.raises(Conflict):
        charges.capture(held, amount=500, at=at)
    with pytest.raises(Conflict):
        charges.void(held, at=at)

    assert len(gateway.asked) == 2


def test_the_same_request_finds_its_capture(held, gateway, at):
    charges.capture(held, request_key="one", at=at)

    again = charges.capture(held, request_key="one", at=at)

    assert again.status == "succeeded"
    assert len(gateway.asked) == 2


def test_a_refused_capture_can_be_tried_again(held, gateway, acts, at):
    gateway.plan("capture", Refused("Not now.", code="processing_error"))

    with pytest.raises(InvalidState, match=r"Not now\."):
        charges.capture(held, at=at)
    taken = charges.capture(held, at=at)

    assert taken.status == "succeeded"
    assert [reference for _act, reference, _amount in gateway.asked[1:]] == [
        f"{held.pk}/capture", f"{held.pk}/capture/2",
    ]  # fmt: skip
    assert [state for _kind, state, _amount in acts()] == ["done", "refused", "done"]


def test_a_gateway_may_know_that_the_hold_has_expired(held, gateway, told, at):
    told()
    gateway.plan("capture", Refused("Too late.", code="charge_expired_for_capture"))

    with pytest.raises(InvalidState) as refusal:
        charges.capture(held, at=at)

    assert refusal.value.code == "charge_expired_for_capture"
    assert (status_of(held), told()) == ("expired", ["charge.expired"])


def test_held_money_can_be_released(held, gateway, told, movements, at):
    told()

    released = charges.void(held, at=at)

    assert released.status == "voided"
    assert gateway.asked[-1] == ("void", f"{held.pk}/void", None)
    assert (told(), movements()) == (["charge.refunded"], [])


def test_taken_money_is_not_released(charge, refused, at):
    made = charge()

    with refused(InvalidState):
        charges.void(made, at=at)


def test_a_charge_that_waits_for_its_customer_can_be_called_off(charge, gateway, told, acts, at):
    gateway.plan(
        "authorize",
        Outcome(Result.ACTION_REQUIRED, reference="c", action_url="https://x.example.com"),
    )
    made = charge()

    ended = charges.void(made, at=at)

    assert (ended.status, ended.failure_code, ended.action_url) == ("failed", "canceled", "")
    assert acts() == [("authorize", "refused", 2000), ("void", "done", 2000)]


def test_a_customer_may_be_faster_than_the_calling_off(charge, gateway, at):
    gateway.plan(
        "authorize",
        Outcome(Result.ACTION_REQUIRED, reference="c", action_url="https://x.example.com"),
    )
    made = charge()
    gateway.book[made.pk] = Outcome(Result.DONE, reference="c")
    gateway.plan("void", Refused("It is paid.", code="charge_not_voidable"))

    paid = charges.void(made, at=at)

    assert (paid.status, paid.amount_captured) == ("succeeded", 2000)


def test_holds_expire(held, charge, gateway, told, at):
    late = at + timedelta(days=7)
    other = charge(takes_now=False)
    Charge.objects.filter(pk=other.pk).update(capture_before=late + timedelta(seconds=1))
    told()

    looked_at = charges.expire_due(at=late)

    assert looked_at == 1
    assert (status_of(held), status_of(other)) == ("expired", "authorized")
    assert gateway.asked[-1] == ("void", f"{held.pk}/void", None)
    assert told() == ["charge.expired"]


def test_a_hold_that_the_gateway_has_released_expires_all_the_same(held, gateway, at):
    gateway.plan("void", Refused("It is gone.", code="charge_not_voidable"))

    charges.expire_due(at=at + timedelta(days=8))

    assert status_of(held) == "expired"


# -- what is said of it ------------------------------------------------------------------------------------------------


def test_a_charges_words_change(charge, told, last_event, at):
    made = charge(metadata={"order": "7", "colour": "red"})
    told()

    charges.update(made, details={"description": "Mug", "metadata": {"colour": ""}}, at=at)

    stored = charges.get(made.pk)
    assert (stored.description, stored.metadata) == ("Mug", {"order": "7"})
    assert told() == ["charge.updated"]
    assert last_event().previous_attributes == {"description": None, "metadata": {"colour": "red"}}


def test_words_that_stay_tell_nothing(charge, nothing_written, at):
    made = charge(description="Mug")

    with nothing_written():
        charges.update(made, details={"description": "Mug"}, at=at)


def test_a_charge_keeps_its_customer(charge, refused, at):
    made = charge()

    with refused(InvalidRequest, param="customer"), transaction.atomic():
        charges.update(made, details={"customer": CustomerFactory()}, at=at)


def test_an_unknown_charge_is_not_found(scope):
    with pytest.raises(NotFound) as refusal:
        charges.get("ch_unknown")

    assert refusal.value.message == "No such charge: 'ch_unknown'"
