"""Holds that are released and charges that are called off: by the merchant, or at the time that was set."""

from dataclasses import replace
from datetime import timedelta

import pytest

from customers.kit import ids
from customers.kit.errors import InvalidRequest, InvalidState
from payments.gateways.base import Outcome, Refused, Result, Unknown
from payments.services import charges, refunds
from tests.payments.services.test_charges import charge, held, status_of

__all__ = ["charge", "held"]
WAITS = Outcome(Result.ACTION_REQUIRED, reference="c", action_url="https://x.example.com")


@pytest.fixture
def waiting(charge, gateway, at):
    """Make a charge that waits for its customer."""

    def make(**wanted):
        gateway.plan("authorize", replace(WAITS, reference=ids.random_key()))
        return charge(**wanted)

    return make


def test_a_hold_is_reversed(held, gateway, told, at):
    told()

    released = charges.reverse(held, at=at)

    assert (released.status, told()) == ("voided", ["charge.refunded"])
    assert gateway.asked[-1] == ("void", f"{held.pk}/void", None)


def test_a_reversal_that_the_gateway_refuses_can_be_tried_again(held, gateway, at):
    gateway.plan("void", Refused("Not now.", code="processing_error"))

    with pytest.raises(InvalidState, match=r"Not now\."):
        charges.reverse(held, at=at)
    released = charges.reverse(held, at=at)

    assert released.status == "voided"


def test_a_reversal_that_nobody_knows_of_stays_open(held, gateway, acts, at):
    gateway.plan("void", Unknown())

    unknown = charges.reverse(held, at=at)
    released = charges.reverse(held, at=at)

    assert (unknown.status, released.status) == ("authorized", "voided")
    assert acts() == [("authorize", "done", 2000), ("void", "done", 2000)]


def test_what_holds_nothing_is_not_reversed(charge, waiting, refused, at):
    for made in (charge(), waiting()):
        with refused(InvalidState):
            charges.reverse(made, at=at)


def test_what_waits_is_called_off(waiting, told, at):
    made = waiting()
    told()

    over = charges.call_off(made, at=at)

    assert (over.status, over.failure_code, told()) == ("failed", "canceled", ["charge.failed"])


def test_what_does_not_wait_is_not_called_off(charge, held, refused, at):
    for made in (charge(), held):
        with refused(InvalidState):
            charges.call_off(made, at=at)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Outcome(Result.DONE, reference="c"), "succeeded"), (WAITS, "pending")],
    ids=["the customer was faster", "the gateway does not"],
)
def test_a_calling_off_that_the_gateway_refuses_is_told(waiting, gateway, at, outcome, status):
    made = waiting()
    gateway.book[made.pk] = outcome
    gateway.plan("void", Refused("It is paid.", code="charge_not_voidable"))

    with pytest.raises(InvalidState, match=r"It is paid\."):
        charges.call_off(made, at=at)

    assert status_of(made) == status


def test_what_failed_meanwhile_is_as_good_as_called_off(waiting, gateway, at):
    made = waiting()
    gateway.book[made.pk] = Outcome(Result.DECLINED, reference="c", code="card_declined")
    gateway.plan("void", Refused("It is over.", code="charge_not_voidable"))

    assert charges.call_off(made, at=at).status == "failed"


def test_charges_are_called_off_at_their_time(waiting, charge, told, at):
    soon, later = at + timedelta(hours=1), at + timedelta(hours=2)
    first, second, never = waiting(expires_at=soon), waiting(expires_at=later), waiting()
    told()

    looked_at = charges.expire_due(at=soon)

    assert (looked_at, told()) == (1, ["charge.failed"])
    assert [status_of(each) for each in (first, second, never)] == ["failed", "pending", "pending"]


def test_a_gateway_that_refuses_is_asked_once_a_day(waiting, gateway, at):
    made = waiting(expires_at=at + timedelta(hours=1))
    gateway.book[made.pk] = WAITS
    gateway.plan("void", *[Refused("No.", code="charge_not_voidable")] * 2)

    looked_at = [
        charges.expire_due(at=at + timedelta(hours=hours)) for hours in (1, 2, 24, 25, 26, 50)
    ]

    assert looked_at == [1, 0, 0, 1, 0, 1]
    assert status_of(made) == "failed"


def test_a_charge_that_waits_for_its_bank_is_not_called_off(charge, gateway, at):
    gateway.plan("authorize", Outcome(Result.WAITING, reference="c"))
    made = charge(expires_at=at + timedelta(hours=1))

    assert charges.expire_due(at=at + timedelta(hours=1)) == 0
    assert status_of(made) == "pending"


@pytest.mark.parametrize(("hours", "held_for"), [(1, 1), (24 * 30, 24 * 7)])
def test_money_is_held_until_the_time_that_was_set(charge, at, hours, held_for):
    made = charge(takes_now=False, expires_at=at + timedelta(hours=hours))

    assert charges.get(made.pk).capture_before == at + timedelta(hours=held_for)


def test_a_final_amount_is_captured_in_whole(charge, refused, at):
    made = charge(takes_now=False, must_capture_all=True)

    with refused(InvalidRequest, param="amount"):
        charges.capture(made, amount=1999, at=at)

    assert charges.capture(made, amount=2000, at=at).amount_captured == 2000


def test_a_hold_is_voided_by_a_refund(held, told, at):
    told()

    refund = refunds.void(held, amount=2000, metadata={"why": ["late"]}, at=at)

    assert (refund.status, refund.amount, refund.metadata) == ("succeeded", 2000, {"why": ["late"]})
    assert (status_of(held), told()) == (
        "voided", ["refund.created", "refund.updated", "charge.refunded"],
    )  # fmt: skip


def test_the_same_request_finds_its_void(held, gateway, at):
    first = refunds.void(held, request_key="one", at=at)

    again = refunds.void(charges.get(held.pk), request_key="one", at=at)

    assert again.pk == first.pk
    assert [act for act, _reference, _amount in gateway.asked] == ["authorize", "void"]


def test_what_was_taken_is_not_voided(charge, refused, at):
    made = charge()

    with refused(InvalidState, code="charge_not_voidable"):
        refunds.void(made, at=at)
