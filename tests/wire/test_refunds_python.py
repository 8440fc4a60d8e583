"""Money given back, found, paged and asked for twice, through the official `stripe` package."""

import time

import pytest
import stripe

from tests.wire.payments_sdk import CARD, MONEY, work


@pytest.fixture
def jenny(sdk):
    return sdk("customers.create", name="Jenny Rosen", source="tok_visa").id


@pytest.fixture
def charge(sdk, jenny):
    return sdk("charges.create", **MONEY, customer=jenny).id


def test_the_whole_at_once(sdk, charge):
    refund = sdk("refunds.create", charge=charge, reason="duplicate", expand=["charge"])
    with pytest.raises(stripe.InvalidRequestError) as again:
        sdk("refunds.create", charge=charge)

    assert (refund.status, refund.amount, refund.reason) == ("succeeded", 2000, "duplicate")
    assert (refund.charge.refunded, refund.charge.amount_refunded) == (True, 2000)
    assert again.value.code == "charge_already_refunded"


def test_parts_add_up_and_no_further(sdk, charge):
    parts = [sdk("refunds.create", charge=charge, amount=amount).id for amount in (300, 500, 700)]
    with pytest.raises(stripe.InvalidRequestError) as more:
        sdk("refunds.create", charge=charge, amount=501)
    rest = sdk("refunds.create", charge=charge)

    assert (more.value.param, rest.amount) == ("amount", 500)
    assert [each.id for each in sdk("refunds.list", charge=charge, limit=1).auto_paging_iter()] == [
        rest.id, *reversed(parts),
    ]  # fmt: skip


def test_a_refund_that_the_bank_sends_back(sdk, settings):
    settings.DRILL_TIME_FACTOR = 0.01
    charge = sdk("charges.create", **MONEY, source="tok_refundFail")
    refund = sdk("refunds.create", charge=charge.id)

    give_up_at = time.monotonic() + 20
    after = refund
    while after.status == "succeeded" and time.monotonic() < give_up_at:
        time.sleep(0.05)
        work()
        after = sdk("refunds.retrieve", refund.id, expand=["failure_balance_transaction"])

    whole = sdk("charges.retrieve", charge.id)
    assert (refund.status, after.status, bool(after.failure_reason)) == (
        "succeeded",
        "failed",
        True,
    )
    assert after.failure_balance_transaction.amount == 2000
    assert (whole.refunded, whole.amount_refunded) == (False, 0)


def test_a_refund_is_not_canceled(sdk, charge):
    refund = sdk("refunds.create", charge=charge, amount=500)

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk("refunds.cancel", refund.id)

    assert refusal.value.code == "refund_unexpected_state"
    assert sdk("refunds.retrieve", refund.id).status == "succeeded"


def test_a_hold_is_released_in_whole_or_taken_in_part(sdk):
    released = sdk("charges.create", **MONEY, source="tok_visa", capture=False).id
    taken = sdk("charges.create", **MONEY, source="tok_visa", capture=False).id
    refund = sdk("refunds.create", charge=released)
    captured = sdk("charges.capture", taken, amount=1200)
    with pytest.raises(stripe.InvalidRequestError) as again:
        sdk("charges.capture", taken)

    assert refund.status == "succeeded"
    assert sdk("charges.retrieve", released).refunded is True
    assert (captured.amount_captured, captured.amount_refunded) == (1200, 800)
    assert again.value.code == "charge_already_captured"


def test_a_refund_asked_for_twice_is_one(sdk, charge):
    once = {"idempotency_key": "refund-1"}
    first = sdk("refunds.create", charge=charge, amount=500, options=once)
    second = sdk("refunds.create", charge=charge, amount=500, options=once)
    with pytest.raises(stripe.IdempotencyError):
        sdk("refunds.create", charge=charge, amount=600, options=once)

    assert (first.id, sdk("charges.retrieve", charge).amount_refunded) == (second.id, 500)


def test_lists_go_on_page_by_page(sdk, jenny):
    made = [sdk("charges.create", **MONEY, customer=jenny).id for _ in range(5)]
    paid = sdk("payment_intents.create", **MONEY, payment_method="pm_card_visa", confirm=True)

    listed = sdk("charges.list", customer=jenny, limit=2)
    movements = sdk("ledger.list", limit=2, type="charge")
    searched = sdk("charges.search", query=f'customer:"{jenny}" AND amount>1000', limit=2)
    backwards = sdk("charges.list", customer=jenny, limit=2, ending_before=made[0])

    assert [each.id for each in listed.auto_paging_iter()] == made[::-1]
    assert [each.source for each in movements.auto_paging_iter()] == [
        paid.latest_charge,
        *made[::-1],
    ]
    assert sorted(each.id for each in searched.auto_paging_iter()) == sorted(made)
    assert [each.id for each in backwards.auto_paging_iter()] == made[1:]


def test_what_can_be_expanded(sdk, jenny):
    members = ["customer", "balance_transaction", "refunds", "payment_intent"]
    intent = sdk(
        "payment_intents.create", **MONEY, customer=jenny, payment_method="pm_card_visa", confirm=True,
        expand=["latest_charge.balance_transaction", "customer", "payment_method"],
    )  # fmt: skip
    charge = sdk("charges.retrieve", intent.latest_charge.id, expand=members)
    listed = sdk("charges.list", customer=jenny, expand=["data.payment_intent.payment_method"])

    assert intent.latest_charge.balance_transaction.amount == 2000
    assert (intent.customer.id, intent.payment_method.card.last4) == (jenny, "4242")
    assert [getattr(charge, name).object for name in members] == [
        "customer", "balance_transaction", "list", "payment_intent",
    ]  # fmt: skip
    assert listed.data[0].payment_intent.payment_method.id == intent.payment_method.id


def test_currencies_without_and_with_more_decimals(sdk):
    charges = {
        currency: sdk("charges.create", amount=amount, currency=currency, source="tok_visa")
        for currency, amount in {"jpy": 500, "thb": 5000, "kwd": 1230}.items()
    }

    assert {name: (each.amount, each.status) for name, each in charges.items()} == {
        "jpy": (500, "succeeded"), "thb": (5000, "succeeded"), "kwd": (1230, "succeeded"),
    }  # fmt: skip
    balance = sdk("balance.retrieve")
    assert {each.currency for each in [*balance.available, *balance.pending]} == set(charges)


def test_a_raw_number_is_charged_by_its_token_alone(sdk):
    token = sdk("tokens.create", card=CARD)
    charge = sdk("charges.create", **MONEY, source=token.id)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk("charges.create", **MONEY, source=CARD["number"])

    assert charge.source.last4 == "4242"
    assert CARD["number"] not in str(refusal.value)
