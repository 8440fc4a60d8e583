"""Charges, refunds and schedules through the official Python library for Omise, unmodified, at both of its mounts."""

from datetime import UTC, datetime, time, timedelta

import omise
import pytest

from customers.kit import clock
from payments.services import occurrences
from tests.wire.omise_cards import (
    INSUFFICIENT_FUND,
    MASTERCARD,
    SAVED_AND_DECLINED,
    THREE_D_SECURE,
    token,
)

pytestmark = pytest.mark.usefixtures("omise_sdk")
MONEY = {"amount": 100_000, "currency": "THB"}
RETURN_URI = "https://example.com/payment/complete"


@pytest.fixture
def john(omise_sdk):
    """A customer with two cards, the first of which is the default."""
    customer = omise.Customer.create(email="john@example.com", card=token())
    customer.update(card=token(MASTERCARD))
    return customer


def test_charge_the_default_card(john):
    charge = omise.Charge.create(
        customer=john.id, **MONEY, description="Monthly subscription - January 2024"
    )

    assert isinstance(charge, omise.Charge)
    assert (charge.status, charge.paid, charge.amount, charge.currency) == (
        "successful", True, 100_000, "THB",
    )  # fmt: skip
    assert (charge.customer, charge.card.id) == (john.id, john.default_card)
    assert charge.description == "Monthly subscription - January 2024"


def test_charge_a_specific_card(john):
    other = next(card.id for card in john.cards if card.id != john.default_card)

    charge = omise.Charge.create(
        customer=john.id, card=other, **MONEY, description="One-time purchase"
    )

    assert (charge.card.id, charge.card.last_digits, charge.paid) == (other, "4444", True)


def test_a_card_of_somebody_else_is_refused(john):
    jane = omise.Customer.create(card=token())

    with pytest.raises(omise.errors.BaseError, match="card"):
        omise.Charge.create(customer=john.id, card=jane.default_card, **MONEY)

    assert len(omise.Charge.list()) == 0


def test_charge_with_3d_secure(omise_sdk):
    customer = omise.Customer.create(card=token(THREE_D_SECURE))
    metadata = {"subscription_id": "sub_123", "billing_cycle": "January 2024"}

    charge = omise.Charge.create(
        customer=customer.id, **MONEY, return_uri=RETURN_URI, metadata=metadata
    )

    assert charge.authorize_uri.startswith("http")
    assert (charge.status, charge.paid, charge.return_uri) == ("pending", False, RETURN_URI)
    assert charge._attributes["metadata"] == metadata


def test_a_charge_that_needs_no_authentication_has_nowhere_to_go(john):
    charge = omise.Charge.create(customer=john.id, **MONEY, return_uri=RETURN_URI)

    assert (charge.authorize_uri, charge.status) == (None, "successful")


def test_a_charge_that_waits_is_expired(omise_sdk):
    customer = omise.Customer.create(card=token(THREE_D_SECURE))
    charge = omise.Charge.create(customer=customer.id, **MONEY, return_uri=RETURN_URI)

    charge.expire()

    assert (charge.status, charge.expired, charge.paid) == ("expired", True, False)


def test_charge_a_token_without_a_customer(omise_sdk):
    charge = omise.Charge.create(card=token(), **MONEY)

    assert (charge.status, charge.customer, charge.card.last_digits) == ("successful", None, "4242")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(INSUFFICIENT_FUND, "insufficient_fund", id="omises"),
        pytest.param("4111111111120013", "failed_processing", id="processing"),
        pytest.param("4111111111110014", "payment_rejected", id="rejected"),
        pytest.param(SAVED_AND_DECLINED, "payment_rejected", id="stripes"),
    ],
)
def test_a_decline_is_a_charge_that_failed(omise_sdk, number, code):
    customer = omise.Customer.create(card=token(number))

    charge = omise.Charge.create(customer=customer.id, **MONEY)

    assert (charge.object, charge.status, charge.failure_code) == ("charge", "failed", code)
    assert (charge.paid, bool(charge.failure_message)) == (False, True)


def test_hold_and_capture(john):
    held = omise.Charge.create(customer=john.id, **MONEY, capture=False)
    before = held.status, held.authorized, held.paid, held.capturable

    held.capture()

    assert before == ("pending", True, False, True)
    assert (held.status, held.paid, held.captured_amount) == ("successful", True, 100_000)
    with pytest.raises(omise.errors.FailedCaptureError):
        held.capture()


def test_hold_and_capture_a_part(john):
    held = omise.Charge.create(
        customer=john.id, **MONEY, capture=False, authorization_type="pre_auth"
    )

    held.capture(capture_amount=60_000)

    assert (held.status, held.captured_amount, held.authorized_amount) == (
        "successful", 60_000, 100_000,
    )  # fmt: skip


def test_hold_and_reverse(john):
    held = omise.Charge.create(customer=john.id, **MONEY, capture=False)

    held.reverse()

    assert (held.status, held.reversed, held.paid) == ("reversed", True, False)
    with pytest.raises(omise.errors.BaseError):
        held.reverse()


def test_refund(john):
    charge = omise.Charge.create(customer=john.id, **MONEY)

    part = charge.refund(amount=30_000, metadata={"reason": "damaged"})
    rest = charge.refund(amount=70_000)

    part.reload()
    assert isinstance(part, omise.Refund)
    assert (part.amount, part.charge, part.voided) == (30_000, charge.id, False)
    assert charge.refunded_amount == 100_000
    assert [refund.id for refund in charge.list_refunds()] == [part.id, rest.id]
    assert [refund.id for refund in omise.Refund.list()] == [part.id, rest.id]
    with pytest.raises(omise.errors.FailedRefundError, match="already been refunded"):
        charge.refund(amount=1)


def test_charges_are_retrieved_changed_and_listed(john):
    made = [omise.Charge.create(customer=john.id, amount=n * 10_000, currency="THB") for n in (3, 4, 5)]  # fmt: skip
    made[0].update(description="Changed", metadata={"order": 17})
    day = clock.now().date().isoformat()

    listed = [charge.id for charge in omise.Charge.list(fromDate=day)]
    newest = omise.Charge.list().offset(limit=1, order="reverse_chronological")
    again = omise.Charge.retrieve(made[0].id)
    made[0].reload()

    assert (again.description, again._attributes["metadata"]) == ("Changed", {"order": 17})
    assert listed == [charge.id for charge in made]
    assert [charge.id for charge in newest] == [made[2].id]
    assert omise.Charge.retrieve().total == 3
    assert list(omise.Charge.list(toDate="2024-12-31")) == []
    assert [event.key for event in made[0].list_events()] == ["charge.complete", "charge.update"]


def test_a_charge_without_money_is_an_invalid_charge(john):
    with pytest.raises(omise.errors.InvalidChargeError, match="amount"):
        omise.Charge.create(customer=john.id, amount=0, currency="THB")
    with pytest.raises(omise.errors.InvalidChargeError, match="currency"):
        omise.Charge.create(customer=john.id, amount=100)


def test_a_customer_without_a_card_is_missing_one(omise_sdk):
    customer = omise.Customer.create()

    with pytest.raises(omise.errors.MissingCardError):
        omise.Charge.create(customer=customer.id, **MONEY)


def test_a_schedule(john):
    start = clock.now().date() + timedelta(days=1)
    schedule = omise.Schedule.create(
        every=1,
        period="month",
        on={"days_of_month": [start.day]},
        start_date=start.isoformat(),
        end_date=(start + timedelta(days=200)).isoformat(),
        charge={"customer": john.id, "amount": 59_900, "currency": "THB"},
    )

    again = omise.Schedule.retrieve(schedule.id)
    of_john = [each.id for each in john.list_schedules()]
    carried_out = schedule.occurrence()
    schedule.reload()

    assert isinstance(schedule, omise.Schedule)
    assert (again.status, again._attributes["charge"]["amount"]) == ("active", 59_900)
    assert of_john == [each.id for each in john.schedule()] == [schedule.id]
    assert [each.id for each in omise.Charge.list_schedules()] == [schedule.id]
    assert [each.id for each in omise.Schedule.list()] == [schedule.id]
    assert omise.Schedule.retrieve().total == 1
    assert (carried_out.total, schedule.destroyed) == (0, False)
    schedule.destroy()
    assert schedule.destroyed is True


def test_an_occurrence(john):
    start = clock.now().date() + timedelta(days=1)
    schedule = omise.Schedule.create(
        every=1,
        period="day",
        start_date=start.isoformat(),
        end_date=(start + timedelta(days=5)).isoformat(),
        charge={"customer": john.id, "amount": 59_900, "currency": "THB"},
    )

    occurrences.run_due(at=datetime.combine(start, time(23), UTC))

    (found,) = schedule.occurrence()
    occurrence = omise.Occurrence.retrieve(found.id)
    charge = omise.Charge.retrieve(occurrence.result)
    assert (occurrence.status, occurrence.schedule) == ("successful", schedule.id)
    assert (charge.amount, charge.customer, charge.paid) == (59_900, john.id, True)


def test_a_bank_account_is_a_source(omise_sdk, stripe_v1):
    """Omise has no word to make one; what `/v1/` saved can be seen and charged."""
    account = stripe_v1.payment_methods.create(
        {
            "type": "sepa_debit",
            "sepa_debit": {"iban": "AT611904300234573201"},
            "billing_details": {"name": "Jenny Rosen", "email": "jenny@example.com"},
        }
    )

    source = omise.Source.retrieve(f"src_test_{account.id.removeprefix('pm_')}")

    assert (source.object, source.type, source.last_digits) == ("source", "sepa_debit", "3201")
    with pytest.raises(omise.errors.BaseError, match="promptpay"):
        omise.Source.create(amount=100_000, currency="THB", type="promptpay")
