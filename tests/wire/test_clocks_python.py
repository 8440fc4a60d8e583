"""Test clocks and cash balances through the official `stripe` package, unmodified, in both of its styles."""

import pytest
import stripe

from customers.kit import clock
from payments.services import clock_advances
from tests.wire import (  # noqa: F401 -- they add their operations to the SDK's
    clocks_sdk,
    invoices_sdk,
)
from tests.wire.payments_sdk import MONEY

MONDAY, DAY = 1_799_055_000, 86_400


@pytest.fixture
def frozen(sdk):
    return sdk("test_clocks.create", frozen_time=MONDAY, name="Renewals")


def test_a_clock_from_its_making_to_its_end(sdk, frozen):
    began = sdk("test_clocks.advance", frozen.id, frozen_time=MONDAY + DAY)
    clock_advances.carry_on(frozen.id, at=clock.now())
    arrived = sdk("test_clocks.retrieve", frozen.id)

    assert isinstance(frozen, stripe.test_helpers.TestClock)
    assert (frozen.status, frozen.frozen_time, frozen.name) == ("ready", MONDAY, "Renewals")
    assert frozen.deletes_after - frozen.created == 30 * DAY
    assert began.status == "advancing"
    assert began.status_details.advancing.target_frozen_time == MONDAY + DAY
    assert (arrived.status, arrived.frozen_time) == ("ready", MONDAY + DAY)
    assert [each.id for each in sdk("test_clocks.list").auto_paging_iter()] == [frozen.id]
    assert sdk("test_clocks.delete", frozen.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk("test_clocks.retrieve", frozen.id)
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_a_customer_on_a_clock_lives_by_it(sdk, frozen):
    customer = sdk(
        "customers.create", test_clock=frozen.id, payment_method="pm_card_visa",
        expand=["test_clock"],
    )  # fmt: skip
    charge = sdk("charges.create", **MONEY, customer=customer.id)
    intent = sdk("payment_intents.create", **MONEY, customer=customer.id)
    movement = sdk("ledger.retrieve", charge.balance_transaction)
    method = sdk("payment_methods.retrieve", charge.payment_method)

    assert isinstance(customer.test_clock, stripe.test_helpers.TestClock)
    made = [customer, charge, intent, movement, method]
    assert [thing.created for thing in made] == [MONDAY] * 5
    assert [each.id for each in sdk("customers.list", test_clock=frozen.id)] == [customer.id]
    assert sdk("customers.list").data == []


def test_a_clock_does_not_go_back(sdk, frozen):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk("test_clocks.advance", frozen.id, frozen_time=MONDAY - 1)

    assert (refusal.value.http_status, refusal.value.param) == (400, "frozen_time")


def test_money_comes_into_a_cash_balance(sdk):
    customer = sdk("customers.create")

    came = sdk("cash_balance.fund", customer.id, amount=5000, currency="usd", reference="Invoice 7")
    found = sdk("cash_transactions.retrieve", customer.id, came.id, expand=["customer"])

    assert isinstance(came, stripe.CustomerCashBalanceTransaction)
    assert (came.type, came.net_amount, came.ending_balance) == ("funded", 5000, 5000)
    transfer = came.funded.bank_transfer
    assert (transfer.type, transfer.reference) == ("us_bank_transfer", "Invoice 7")
    assert found.customer.id == customer.id
    assert [each.id for each in sdk("cash_transactions.list", customer.id)] == [came.id]
    balance = sdk("cash_balance.retrieve", customer.id)
    assert balance.available["usd"] == 5000


def test_money_that_came_before_pays_an_invoice(sdk):
    by_hand = {"settings": {"reconciliation_mode": "manual"}}
    customer = sdk("customers.create", cash_balance=by_hand)
    sdk("invoice_items.create", customer=customer.id, amount=2000, currency="usd")
    invoice = sdk(
        "invoices.create", customer=customer.id, pending_invoice_items_behavior="include",
        auto_advance=False,
    )  # fmt: skip
    opened = sdk("invoices.finalize_invoice", invoice.id, expand=["confirmation_secret"])
    intent = opened.confirmation_secret.client_secret.partition("_secret_")[0]
    sdk("cash_balance.fund", customer.id, amount=5000, currency="usd")

    part = sdk("intents.apply_customer_balance", intent, amount=500, currency="usd")
    rest = sdk("intents.apply_customer_balance", intent)

    assert isinstance(part, stripe.PaymentIntent)
    assert (part.status, rest.status) == ("requires_payment_method", "canceled")
    assert sdk("invoices.retrieve", invoice.id).status == "paid"
    assert sdk("cash_balance.retrieve", customer.id).available["usd"] == 3000


def test_where_money_is_sent(sdk):
    customer = sdk("customers.create")

    where = sdk(
        "funding_instructions.create", customer.id, currency="eur", funding_type="bank_transfer",
        bank_transfer={"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "NL"}},
    )  # fmt: skip

    (address,) = where.bank_transfer.financial_addresses
    assert isinstance(where, stripe.FundingInstructions)
    assert (address.type, address.iban.iban[:2], address.swift) == ("iban", "NL", None)
