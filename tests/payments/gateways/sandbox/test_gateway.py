from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from psycopg.types.json import Jsonb

from customers.kit import clock, statements
from payments.gateways.base import Declined, NotSent, Outcome, Refused, Result, Unknown
from payments.gateways.sandbox import book
from payments.money import Money
from payments.services import sandbox
from tests.payments.gateways.sandbox.conftest import asking

MICRODEPOSIT = "payment_method_microdeposit_verification"


def essence(outcome):
    return outcome.result.value, outcome.code, outcome.decline_code


def told(account):
    """What a merchant's accountant reads in the book."""
    return [
        (line["reference"], line["kind"], line["status"], line["amount"], line["currency"])
        for line in sandbox.ledger(account)
    ]


def test_charge_takes_the_money_less_the_fee(account, gateway, saved):
    outcome = gateway.authorize(asking(saved()))

    assert essence(outcome) == ("done", "", "")
    assert outcome.fee == 59
    assert told(account) == [("ch_1", "charge", "succeeded", 1000, "usd")]


def test_same_reference_charges_once(account, gateway, saved):
    method = saved()
    first = gateway.authorize(asking(method))

    second = gateway.authorize(asking(method))

    assert second == first
    assert told(account) == [("ch_1", "charge", "succeeded", 1000, "usd")]


def test_same_reference_for_another_amount_is_refused(account, gateway, saved):
    method = saved()
    gateway.authorize(asking(method))

    with pytest.raises(Refused, match="another amount") as caught:
        gateway.authorize(asking(method, amount=999))

    assert caught.value.code == "idempotency_error"
    assert told(account) == [("ch_1", "charge", "succeeded", 1000, "usd")]


def test_acts_that_move_money_refuse_an_open_transaction(account, gateway, saved):
    method = saved()

    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        gateway.authorize(asking(method))

    assert told(account) == []


@pytest.mark.parametrize(
    ("name", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
        ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded"),
        ("pm_card_radarBlock", "card_declined", "fraudulent"),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
    ],
)  # fmt: skip
def test_charge_is_declined_as_published(account, gateway, saved, name, code, decline_code):
    outcome = gateway.authorize(asking(saved(name)))

    assert essence(outcome) == ("declined", code, decline_code)
    assert told(account) == [("ch_1", "charge", "failed", 1000, "usd")]


def test_declined_card_cannot_be_saved_for_a_customer(gateway, saved):
    method = saved("pm_card_visa_chargeDeclinedInsufficientFunds")

    with pytest.raises(Declined) as caught:
        gateway.save(method.reference, reference="pm_1/attach", customer={"id": "cus_1"})

    assert (caught.value.code, caught.value.decline_code) == ("card_declined", "insufficient_funds")


def test_card_that_declines_later_can_be_saved_for_a_customer(gateway, saved):
    method = saved("pm_card_chargeCustomerFail")

    found = gateway.save(method.reference, reference="pm_1/attach", customer={"id": "cus_1"})

    assert (found.reference, found.customer_reference) == (method.reference, "cus_1")


def test_saving_twice_under_one_reference_gives_one_method(account, gateway):
    token = sandbox.well_known(account, "tok_visa", at=clock.now())
    first = gateway.save(token.reference, reference="pm_1", customer={})

    second = gateway.save(token.reference, reference="pm_1", customer={})

    assert second == first


def test_saved_card_shows_what_the_issuer_said(account, gateway):
    at = clock.now()
    details = {
        "kind": "card",
        "number": "4000000000000101",
        "exp_month": 12,
        "exp_year": at.year + 3,
        "cvc": "314",
    }
    token = sandbox.tokenize(account, details, at=at)

    method = gateway.save(token.reference, reference="pm_1", customer={})

    assert method.details == {
        "brand": "visa", "last4": "0101", "first6": "400000", "exp_month": 12, "exp_year": at.year + 3,
        "funding": "credit", "country": "US", "fingerprint": token.details["fingerprint"], "cvc_check": "fail",
        "address_line1_check": "", "address_postal_code_check": "", "requires_authentication": False,
    }  # fmt: skip


def test_forgotten_method_cannot_be_charged(account, gateway, saved):
    method = saved()
    gateway.forget(method)

    with pytest.raises(Refused) as caught:
        gateway.authorize(asking(method))

    assert caught.value.code == "resource_missing"
    assert told(account) == []


def test_hold_is_captured_in_part_and_the_fee_is_of_the_part(account, gateway, saved):
    hold = gateway.authorize(asking(saved(), takes_now=False))

    outcome = gateway.capture(hold.reference, Money(400, "usd"), reference="ch_1/capture")

    assert (hold.fee, essence(outcome), outcome.fee) == (0, ("done", "", ""), 42)
    assert told(account) == [
        ("ch_1", "charge", "captured", 1000, "usd"),
        ("ch_1/capture", "capture", "succeeded", 400, "usd"),
    ]


def test_capture_under_one_reference_happens_once(account, gateway, saved):
    hold = gateway.authorize(asking(saved(), takes_now=False))
    first = gateway.capture(hold.reference, Money(1000, "usd"), reference="ch_1/capture")

    second = gateway.capture(hold.reference, Money(1000, "usd"), reference="ch_1/capture")

    assert second == first
    assert len(told(account)) == 2


def test_captured_hold_is_not_captured_again(account, gateway, saved):
    hold = gateway.authorize(asking(saved(), takes_now=False))
    gateway.capture(hold.reference, Money(400, "usd"), reference="ch_1/capture")

    with pytest.raises(Refused) as caught:
        gateway.capture(hold.reference, Money(600, "usd"), reference="ch_1/capture/2")

    assert caught.value.code == "charge_not_capturable"
    assert len(told(account)) == 2


def test_voided_hold_is_not_captured(account, gateway, saved):
    hold = gateway.authorize(asking(saved(), takes_now=False))
    gateway.void(hold.reference, reference="ch_1/void")

    with pytest.raises(Refused) as caught:
        gateway.capture(hold.reference, Money(1000, "usd"), reference="ch_1/capture")

    assert caught.value.code == "charge_not_capturable"
    assert told(account) == [
        ("ch_1", "charge", "voided", 1000, "usd"),
        ("ch_1/void", "void", "succeeded", 1000, "usd"),
    ]


def test_refunds_never_exceed_the_charge(account, gateway, saved):
    charge = gateway.authorize(asking(saved()))
    gateway.refund(charge.reference, Money(700, "usd"), reference="re_1")

    with pytest.raises(Refused, match="300 usd can be refunded"):
        gateway.refund(charge.reference, Money(301, "usd"), reference="re_2")

    assert told(account) == [
        ("ch_1", "charge", "succeeded", 1000, "usd"),
        ("re_1", "refund", "succeeded", 700, "usd"),
    ]


def test_refund_under_one_reference_happens_once(account, gateway, saved):
    charge = gateway.authorize(asking(saved()))
    first = gateway.refund(charge.reference, Money(600, "usd"), reference="re_1")

    second = gateway.refund(charge.reference, Money(600, "usd"), reference="re_1")

    assert second == first
    assert len(told(account)) == 2


def test_slow_refund_arrives_later(account, gateway, saved, settings):
    settings.SANDBOX_DEBIT_SECONDS = 0
    charge = gateway.authorize(asking(saved("pm_card_pendingRefund")))

    first = gateway.refund(charge.reference, Money(600, "usd"), reference="re_1")
    later = gateway.look_up("re_1", kind="refund", since=clock.now())

    assert (first.result, later.result) == (Result.WAITING, Result.DONE)


def test_failing_refund_leaves_the_money_to_be_refunded_again(account, gateway, saved, settings):
    settings.SANDBOX_DEBIT_SECONDS = 0
    charge = gateway.authorize(asking(saved("pm_card_refundFail")))
    first = gateway.refund(charge.reference, Money(1000, "usd"), reference="re_1")

    later = gateway.look_up("re_1", kind="refund", since=clock.now())

    assert (first.result, essence(later)) == (
        Result.DONE, ("declined", "expired_or_canceled_card", ""),
    )  # fmt: skip
    assert (
        gateway.refund(charge.reference, Money(1000, "usd"), reference="re_2").result == Result.DONE
    )


def test_debit_waits_for_the_bank_and_is_taken(account, gateway, saved, settings):
    settings.SANDBOX_DEBIT_SECONDS = 0
    method = saved("pm_success_de")

    first = gateway.authorize(asking(method, currency="eur"))
    later = gateway.look_up("ch_1", kind="authorize", since=clock.now())

    assert (first.result, later.result, later.fee) == (Result.WAITING, Result.DONE, 8)
    assert told(account) == [("ch_1", "charge", "succeeded", 1000, "eur")]


def test_debit_is_on_its_way_until_its_time(account, gateway, saved):
    gateway.authorize(asking(saved("pm_success_de"), currency="eur"))

    outcome = gateway.look_up("ch_1", kind="authorize", since=clock.now())

    assert outcome.result == Result.WAITING
    assert told(account) == [("ch_1", "charge", "pending", 1000, "eur")]


def test_debit_is_sent_back_by_the_bank(account, gateway, saved, settings):
    settings.SANDBOX_DEBIT_SECONDS = 0
    gateway.authorize(asking(saved("pm_insufficientFunds_de"), currency="eur"))

    outcome = gateway.look_up("ch_1", kind="authorize", since=clock.now())

    assert essence(outcome) == ("declined", "insufficient_funds", "")
    assert told(account) == [("ch_1", "charge", "failed", 1000, "eur")]


def test_unverified_bank_account_cannot_be_charged(account, gateway, saved):
    method = saved("pm_usBankAccount_success")

    with pytest.raises(Refused) as caught:
        gateway.authorize(asking(method))

    assert caught.value.code == "bank_account_unverified"
    assert told(account) == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"amounts": [45, 32]}, ("done", "", "")),
        ({"amounts": [], "descriptor_code": "sm11aa"}, ("done", "", "")),
        ({"amounts": [1, 2]}, ("declined", f"{MICRODEPOSIT}_amounts_mismatch", "")),
        ({"amounts": [], "descriptor_code": "SM99XX"}, ("declined", f"{MICRODEPOSIT}_descriptor_code_mismatch", "")),
        ({"amounts": [10, 11]}, ("declined", f"{MICRODEPOSIT}_attempts_exceeded", "")),
        ({"amounts": [40, 41]}, ("declined", f"{MICRODEPOSIT}_timeout", "")),
    ],
)  # fmt: skip
def test_microdeposits_are_judged(gateway, saved, said, expected):
    method = saved("pm_usBankAccount_success")

    outcome = gateway.verify(method, **said)

    assert essence(outcome) == expected


def test_tenth_wrong_answer_ends_the_verification(gateway, saved):
    method = saved("pm_usBankAccount_success")
    answers = [gateway.verify(method, amounts=[1, 2]).code for _ in range(10)]

    assert [code.removeprefix("payment_method_microdeposit_verification_") for code in answers] == [
        *["amounts_mismatch"] * 9,
        "attempts_exceeded",
    ]


def test_verified_bank_account_is_charged(account, gateway, saved):
    method = saved("pm_usBankAccount_success")
    gateway.verify(method, amounts=[32, 45])

    outcome = gateway.authorize(asking(method))

    assert outcome.result == Result.WAITING


def test_customer_who_is_absent_cannot_authenticate(account, gateway, saved):
    outcome = gateway.authorize(asking(saved("pm_card_authenticationRequired"), off_session=True))

    assert essence(outcome) == ("declined", "authentication_required", "authentication_required")
    assert told(account) == [("ch_1", "charge", "failed", 1000, "usd")]


def test_nothing_is_known_of_what_was_never_asked(gateway):
    assert gateway.look_up("ch_nothing", kind="authorize", since=clock.now()) is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [("not_sent", NotSent), ("timeout_before", Unknown), ("error_before", Unknown)],
)
def test_failure_before_acting_leaves_no_trace(account, gateway, saved, fault, error):
    method = saved()

    with sandbox.faults(fault, act="authorize", times=1), pytest.raises(error):
        gateway.authorize(asking(method))

    assert gateway.look_up("ch_1", kind="authorize", since=clock.now()) is None
    assert told(account) == []


@pytest.mark.parametrize("fault", ["timeout_after", "error_after"])
def test_failure_after_acting_leaves_what_was_done(account, gateway, saved, fault):
    method = saved()

    with sandbox.faults(fault, act="authorize", times=1), pytest.raises(Unknown):
        gateway.authorize(asking(method))

    assert essence(gateway.look_up("ch_1", kind="authorize", since=clock.now())) == ("done", "", "")
    assert told(account) == [("ch_1", "charge", "succeeded", 1000, "usd")]


def test_fault_passes_once_its_times_are_over(account, gateway, saved):
    method = saved()

    with sandbox.faults("not_sent", act="authorize", times=1):
        with pytest.raises(NotSent):
            gateway.authorize(asking(method))
        outcome = gateway.authorize(asking(method))

    assert outcome.result == Result.DONE


def test_other_acts_and_accounts_suffer_no_fault(account, gateway, saved):
    charge = gateway.authorize(asking(saved()))

    with sandbox.faults("not_sent", act="authorize"):
        outcome = gateway.refund(charge.reference, Money(1000, "usd"), reference="re_1")

    assert outcome.result == Result.DONE


def test_switched_decline_is_booked(account, gateway, saved):
    method = saved()

    with sandbox.faults("decline", decline_code="do_not_honor"):
        outcome = gateway.authorize(asking(method))

    assert essence(outcome) == ("declined", "card_declined", "do_not_honor")
    assert told(account) == [("ch_1", "charge", "failed", 1000, "usd")]


def test_entries_are_the_book_since_an_instant(account, gateway, saved):
    hold = gateway.authorize(asking(saved(), takes_now=False))
    since = clock.now()
    gateway.void(hold.reference, reference="ch_1/void")

    whole = [
        (entry.reference, entry.kind, entry.status)
        for entry in gateway.entries(since - timedelta(hours=1))
    ]
    late = [entry.reference for entry in gateway.entries(since)]

    assert whole == [("ch_1", "charge", "authorized"), ("ch_1/void", "void", "succeeded")]
    assert late == ["ch_1/void"]


def test_one_account_does_not_see_anothers_money(account, gateway, saved):
    charge = gateway.authorize(asking(saved()))
    stranger = type(gateway)(replace(gateway.access, account="gwa_other"))

    with pytest.raises(Refused) as caught:
        stranger.refund(charge.reference, Money(1, "usd"), reference="re_1")

    assert caught.value.code == "resource_missing"
    assert list(book.lines("gwa_other")) == []
    assert stranger.look_up("ch_1", kind="authorize", since=clock.now()) is None


def test_zero_decimal_currency_is_taken_whole(account, gateway, saved):
    outcome = gateway.authorize(asking(saved(), amount=1000, currency="jpy"))

    assert outcome == Outcome(
        Result.DONE, reference=outcome.reference, fee=59, details=outcome.details
    )
    assert told(account) == [("ch_1", "charge", "succeeded", 1000, "jpy")]


def test_card_that_expired_since_it_was_saved_is_refused(account, gateway, saved):
    method = saved()
    expired = "UPDATE sandbox.instruments SET shown = shown || %s WHERE reference = %s"
    last_month = clock.now().replace(day=1) - timedelta(days=1)
    date = {"exp_month": last_month.month, "exp_year": last_month.year}
    statements.execute(expired, [Jsonb(date), method.reference])

    outcome = gateway.authorize(asking(method))

    assert essence(outcome) == ("declined", "expired_card", "expired_card")
    assert told(account) == [("ch_1", "charge", "failed", 1000, "usd")]


def test_card_is_good_until_its_month_is_over(gateway, saved):
    method, now = saved(), clock.now()
    last = "UPDATE sandbox.instruments SET shown = shown || %s WHERE reference = %s"
    statements.execute(
        last, [Jsonb({"exp_month": now.month, "exp_year": now.year}), method.reference]
    )

    assert gateway.authorize(asking(method)).result == Result.DONE
