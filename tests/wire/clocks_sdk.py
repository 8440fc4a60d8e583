"""Operations on test clocks and cash balances in both styles of the official Python SDK; see `sdk`."""

import stripe

from tests.wire import sdk

CLIENT = {
    "cash_transactions.list": lambda v1: v1.customers.cash_balance_transactions.list,
    "cash_transactions.retrieve": lambda v1: v1.customers.cash_balance_transactions.retrieve,
    "cash_balance.fund": lambda v1: v1.test_helpers.customers.fund_cash_balance,
    "funding_instructions.create": lambda v1: v1.customers.funding_instructions.create,
    "intents.apply_customer_balance": lambda v1: v1.payment_intents.apply_customer_balance,
    "test_clocks.advance": lambda v1: v1.test_helpers.test_clocks.advance,
    "test_clocks.create": lambda v1: v1.test_helpers.test_clocks.create,
    "test_clocks.delete": lambda v1: v1.test_helpers.test_clocks.delete,
    "test_clocks.list": lambda v1: v1.test_helpers.test_clocks.list,
    "test_clocks.retrieve": lambda v1: v1.test_helpers.test_clocks.retrieve,
}
MODULE = {
    "cash_transactions.list": stripe.Customer.list_cash_balance_transactions,
    "cash_transactions.retrieve": stripe.Customer.retrieve_cash_balance_transaction,
    "cash_balance.fund": stripe.Customer.TestHelpers.fund_cash_balance,
    "funding_instructions.create": stripe.Customer.create_funding_instructions,
    "intents.apply_customer_balance": stripe.PaymentIntent.apply_customer_balance,
    "test_clocks.advance": stripe.test_helpers.TestClock.advance,
    "test_clocks.create": stripe.test_helpers.TestClock.create,
    "test_clocks.delete": stripe.test_helpers.TestClock.delete,
    "test_clocks.list": stripe.test_helpers.TestClock.list,
    "test_clocks.retrieve": stripe.test_helpers.TestClock.retrieve,
}
sdk.CLIENT |= CLIENT
sdk.MODULE |= MODULE
