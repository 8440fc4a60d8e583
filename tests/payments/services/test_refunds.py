import pytest

from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from payments.gateways.base import NotSent, Outcome, Refused, Result, Unknown
from payments.models import Charge, Operation, Refund
from payments.money import Money
from payments.services import charges, reconciling, refunds
from tests.factories.payments import ChargeFactory, DisputeFactory, PaymentIntentFactory
from tests.payments.fake_gateway import Acted

USD = Money(2000, "usd")


@pytest.fixture
def charge(customer, method, at, told):
    """A paid charge of 20.00 USD."""
    made = charges.create(money=USD, method=method, customer=customer, description="Mug", at=at)
    told()
    return made


def refunded(charge):
    stored = charges.get(charge.pk)
    return stored.amount_refunded, stored.amount_refunding


def test_a_charge_is_given_back(charge, gateway, told, acts, movements, at):
    refund = refunds.create(charge, reason="duplicate", metadata={"case": "9"}, at=at)

    stored = refunds.get(refund.pk)
    assert (stored.status, stored.amount, stored.currency) == ("succeeded", 2000, "usd")
    assert (stored.reason, stored.metadata) == ("duplicate", {"case": "9"})
    assert gateway.asked[-1] == ("refund", refund.pk, 2000)
    assert refunded(charge) == (2000, 0)
    assert acts()[-1] == ("refund", "done", 2000)
    assert movements() == [("charge", 2000, 59, 1941), ("refund", -2000, 0, -2000)]
    assert told() == ["refund.created", "charge.refunded", "refund.updated"]


def test_a_charge_is_given_back_in_parts(charge, at):
    amounts = [refunds.create(charge, amount=amount, at=at).amount for amount in (500, 700)]
    rest = refunds.create(charge, at=at)

    assert (amounts, rest.amount) == ([500, 700], 800)
    assert refunded(charge) == (2000, 0)


@pytest.mark.parametrize("amount", [0, -1, 1501])
def test_no_more_than_is_left_is_given_back(charge, refused, amount, at):
    refunds.create(charge, amount=500, at=at)

    with refused(InvalidRequest, param="amount"):
        refunds.create(charge, amount=amount, at=at)

    assert refunded(charge) == (500, 0)


def test_what_was_given_back_is_not_given_back_again(charge, refused, at):
    refunds.create(charge, at=at)

    with refused(InvalidState, code="charge_already_refunded"):
        refunds.create(charge, at=at)


@pytest.mark.parametrize("status", ["pending", "failed", "expired"])
def test_what_was_not_paid_is_not_given_back(scope, refused, status, at):
    charge = ChargeFactory(status=status, amount_captured=0)

    with refused(InvalidState, code="charge_not_refundable"):
        refunds.create(charge, at=at)


@pytest.mark.parametrize("status", ["needs_response", "under_review", "lost"])
def test_what_the_bank_took_back_is_not_given_back(charge, refused, status, at):
    DisputeFactory(charge=charge, status=status)
    Charge.objects.update(is_disputed=True)

    with refused(InvalidState, code="charge_disputed"):
        refunds.create(charge, at=at)


def test_what_a_dispute_won_is_given_back(charge, at):
    DisputeFactory(charge=charge, status="won")
    Charge.objects.update(is_disputed=True)

    assert refunds.create(charge, at=at).status == "succeeded"


@pytest.mark.parametrize(
    "trouble",
    [pytest.param([NotSent(), NotSent()], id="not sent"), pytest.param([Unknown()], id="unknown")],
)
def test_what_nobody_knows_stays_set_aside(charge, gateway, trouble, acts, at):
    gateway.plan("refund", *trouble)

    refund = refunds.create(charge, amount=1500, at=at)

    assert refund.status == "pending"
    assert refunded(charge) == (0, 1500)
    assert acts()[-1] == ("refund", "open", 1500)
    with pytest.raises(InvalidRequest):
        refunds.create(charge, amount=501, at=at)


def test_a_refused_refund_frees_what_it_set_aside(charge, gateway, told, movements, at):
    gateway.plan("refund", Refused("The account is closed.", code="expired_or_canceled_card"))

    refund = refunds.create(charge, at=at)

    assert (refund.status, refund.failure_reason) == ("failed", "expired_or_canceled_card")
    assert refunded(charge) == (0, 0)
    assert movements() == [("charge", 2000, 59, 1941)]
    assert told() == ["refund.created", "refund.failed"]


def test_a_bank_may_send_a_refund_back(charge, gateway, told, movements, at):
    refund = refunds.create(charge, amount=800, at=at)
    told()
    gateway.book[refund.pk] = Outcome(Result.DECLINED, code="lost_or_stolen_card")

    reconciling.check(Operation.objects.get(kind="refund"), at=at)
    reconciling.check(Operation.objects.get(kind="refund"), at=at)

    stored = refunds.get(refund.pk)
    assert (stored.status, stored.failure_reason) == ("failed", "lost_or_stolen_card")
    assert stored.failure_balance_transaction_id.startswith("txn_")
    assert refunded(charge) == (0, 0)
    assert movements()[1:] == [("refund_failure", 800, 0, 800), ("refund", -800, 0, -800)]
    assert told() == ["refund.failed"]


def test_the_same_request_finds_its_refund(charge, gateway, movements, at):
    gateway.plan("refund", Acted())
    first = refunds.create(charge, amount=500, request_key="one", at=at)

    again = refunds.create(charge, amount=500, request_key="one", at=at)
    once_more = refunds.create(charge, amount=500, request_key="one", at=at)

    assert (first.status, again.status) == ("pending", "succeeded")
    assert first.pk == again.pk == once_more.pk
    assert movements()[1:] == [("refund", -500, 0, -500)]


def test_held_money_is_given_back_by_releasing_it(customer, method, gateway, told, movements, at):
    held = charges.create(money=USD, method=method, customer=customer, takes_now=False, at=at)
    told()

    refund = refunds.create(held, at=at)

    assert (refund.status, refund.amount, charges.get(held.pk).status) == (
        "succeeded",
        2000,
        "voided",
    )
    assert gateway.asked[-1] == ("void", f"{held.pk}/void", None)
    assert movements() == []
    assert told() == ["refund.created", "refund.updated", "charge.refunded"]


def test_held_money_is_released_in_whole(customer, method, refused, at):
    held = charges.create(money=USD, method=method, customer=customer, takes_now=False, at=at)

    with refused(InvalidRequest, param="amount"):
        refunds.create(held, amount=500, at=at)


def test_an_intents_held_money_is_released_by_canceling_it(scope, refused, at):
    intent = PaymentIntentFactory(status="requires_capture")
    held = ChargeFactory(status="authorized", amount_captured=0, payment_intent=intent)

    with refused(InvalidState, code="charge_not_refundable"):
        refunds.create(held, at=at)


def test_a_debits_refund_is_a_payment_refund(scope, gateway, movements, at):
    charge = ChargeFactory(method_details={"type": "sepa_debit", "sepa_debit": {}}, currency="eur")

    refunds.create(charge, amount=100, at=at)

    assert movements() == [("payment_refund", -100, 0, -100)]


def test_a_refunds_metadata_changes(charge, told, last_event, at):
    refund = refunds.create(charge, metadata={"a": "1"}, at=at)
    told()

    refunds.update(refund, details={"metadata": {"b": "2"}}, at=at)

    assert refunds.get(refund.pk).metadata == {"a": "1", "b": "2"}
    assert told() == ["refund.updated"]
    assert last_event().previous_attributes == {"metadata": {"b": None}}


def test_an_unknown_refund_is_not_found(scope):
    with pytest.raises(NotFound) as refusal:
        refunds.get("re_unknown")

    assert refusal.value.message == "No such refund: 're_unknown'"


def test_a_pending_refund_counts_once(charge, gateway, at):
    gateway.plan("refund", Outcome(Result.WAITING, reference="slow"))
    refund = refunds.create(charge, amount=500, at=at)
    gateway.book[refund.pk] = Outcome(Result.DONE, reference="slow")

    for _ in range(2):
        reconciling.check(Operation.objects.get(kind="refund"), at=at)

    assert refunded(charge) == (500, 0)
    assert Refund.objects.get().status == "succeeded"
