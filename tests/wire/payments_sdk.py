"""Operations on payments in both styles of the official Python SDK; see `sdk`."""

import stripe

from customers.kit import clock
from payments.services import notifications, reconciling
from tests.wire import sdk

CLIENT = {
    "balance.retrieve": lambda v1: v1.balance.retrieve,
    "ledger.list": lambda v1: v1.balance_transactions.list,
    "ledger.retrieve": lambda v1: v1.balance_transactions.retrieve,
    "charges.capture": lambda v1: v1.charges.capture,
    "charges.create": lambda v1: v1.charges.create,
    "charges.list": lambda v1: v1.charges.list,
    "charges.retrieve": lambda v1: v1.charges.retrieve,
    "charges.search": lambda v1: v1.charges.search,
    "charges.update": lambda v1: v1.charges.update,
    "disputes.close": lambda v1: v1.disputes.close,
    "disputes.list": lambda v1: v1.disputes.list,
    "disputes.retrieve": lambda v1: v1.disputes.retrieve,
    "disputes.update": lambda v1: v1.disputes.update,
    "payment_intents.cancel": lambda v1: v1.payment_intents.cancel,
    "payment_intents.capture": lambda v1: v1.payment_intents.capture,
    "payment_intents.confirm": lambda v1: v1.payment_intents.confirm,
    "payment_intents.create": lambda v1: v1.payment_intents.create,
    "payment_intents.list": lambda v1: v1.payment_intents.list,
    "payment_intents.retrieve": lambda v1: v1.payment_intents.retrieve,
    "payment_intents.search": lambda v1: v1.payment_intents.search,
    "payment_intents.update": lambda v1: v1.payment_intents.update,
    "payment_intents.verify": lambda v1: v1.payment_intents.verify_microdeposits,
    "payment_methods.attach": lambda v1: v1.payment_methods.attach,
    "payment_methods.create": lambda v1: v1.payment_methods.create,
    "payment_methods.detach": lambda v1: v1.payment_methods.detach,
    "payment_methods.list": lambda v1: v1.payment_methods.list,
    "customer_methods.list": lambda v1: v1.customers.payment_methods.list,
    "customer_methods.retrieve": lambda v1: v1.customers.payment_methods.retrieve,
    "mandates.retrieve": lambda v1: v1.mandates.retrieve,
    "payment_methods.retrieve": lambda v1: v1.payment_methods.retrieve,
    "payment_methods.update": lambda v1: v1.payment_methods.update,
    "refunds.cancel": lambda v1: v1.refunds.cancel,
    "refunds.create": lambda v1: v1.refunds.create,
    "setup_intents.cancel": lambda v1: v1.setup_intents.cancel,
    "setup_intents.confirm": lambda v1: v1.setup_intents.confirm,
    "setup_intents.list": lambda v1: v1.setup_intents.list,
    "setup_intents.update": lambda v1: v1.setup_intents.update,
    "setup_intents.verify": lambda v1: v1.setup_intents.verify_microdeposits,
    "sources.create": lambda v1: v1.customers.payment_sources.create,
    "sources.delete": lambda v1: v1.customers.payment_sources.delete,
    "sources.list": lambda v1: v1.customers.payment_sources.list,
    "sources.retrieve": lambda v1: v1.customers.payment_sources.retrieve,
    "sources.update": lambda v1: v1.customers.payment_sources.update,
    "sources.verify": lambda v1: v1.customers.payment_sources.verify,
    "tokens.retrieve": lambda v1: v1.tokens.retrieve,
    "refunds.list": lambda v1: v1.refunds.list,
    "refunds.retrieve": lambda v1: v1.refunds.retrieve,
    "refunds.update": lambda v1: v1.refunds.update,
    "setup_intents.create": lambda v1: v1.setup_intents.create,
    "setup_intents.retrieve": lambda v1: v1.setup_intents.retrieve,
    "tokens.create": lambda v1: v1.tokens.create,
}
MODULE = {
    "balance.retrieve": stripe.Balance.retrieve,
    "ledger.list": stripe.BalanceTransaction.list,
    "ledger.retrieve": stripe.BalanceTransaction.retrieve,
    "charges.capture": stripe.Charge.capture,
    "charges.create": stripe.Charge.create,
    "charges.list": stripe.Charge.list,
    "charges.retrieve": stripe.Charge.retrieve,
    "charges.search": stripe.Charge.search,
    "charges.update": stripe.Charge.modify,
    "disputes.close": stripe.Dispute.close,
    "disputes.list": stripe.Dispute.list,
    "disputes.retrieve": stripe.Dispute.retrieve,
    "disputes.update": stripe.Dispute.modify,
    "payment_intents.cancel": stripe.PaymentIntent.cancel,
    "payment_intents.capture": stripe.PaymentIntent.capture,
    "payment_intents.confirm": stripe.PaymentIntent.confirm,
    "payment_intents.create": stripe.PaymentIntent.create,
    "payment_intents.list": stripe.PaymentIntent.list,
    "payment_intents.retrieve": stripe.PaymentIntent.retrieve,
    "payment_intents.search": stripe.PaymentIntent.search,
    "payment_intents.update": stripe.PaymentIntent.modify,
    "payment_intents.verify": stripe.PaymentIntent.verify_microdeposits,
    "payment_methods.attach": stripe.PaymentMethod.attach,
    "payment_methods.create": stripe.PaymentMethod.create,
    "payment_methods.detach": stripe.PaymentMethod.detach,
    "payment_methods.list": stripe.PaymentMethod.list,
    "customer_methods.list": stripe.Customer.list_payment_methods,
    "customer_methods.retrieve": stripe.Customer.retrieve_payment_method,
    "mandates.retrieve": stripe.Mandate.retrieve,
    "payment_methods.retrieve": stripe.PaymentMethod.retrieve,
    "payment_methods.update": stripe.PaymentMethod.modify,
    "refunds.cancel": stripe.Refund.cancel,
    "refunds.create": stripe.Refund.create,
    "setup_intents.cancel": stripe.SetupIntent.cancel,
    "setup_intents.confirm": stripe.SetupIntent.confirm,
    "setup_intents.list": stripe.SetupIntent.list,
    "setup_intents.update": stripe.SetupIntent.modify,
    "setup_intents.verify": stripe.SetupIntent.verify_microdeposits,
    "sources.create": stripe.Customer.create_source,
    "sources.delete": stripe.Customer.delete_source,
    "sources.list": stripe.Customer.list_sources,
    "sources.retrieve": stripe.Customer.retrieve_source,
    "sources.update": stripe.Customer.modify_source,
    "sources.verify": lambda *ids, **params: stripe.Customer.retrieve_source(*ids).verify(**params),
    "tokens.retrieve": stripe.Token.retrieve,
    "refunds.list": stripe.Refund.list,
    "refunds.retrieve": stripe.Refund.retrieve,
    "refunds.update": stripe.Refund.modify,
    "setup_intents.create": stripe.SetupIntent.create,
    "setup_intents.retrieve": stripe.SetupIntent.retrieve,
    "tokens.create": stripe.Token.create,
}
sdk.CLIENT |= CLIENT
sdk.MODULE |= MODULE

CARD = {"number": "4242424242424242", "exp_month": 8, "exp_year": 2030, "cvc": "314"}
MONEY = {"amount": 2000, "currency": "usd"}
ACCEPTED = {
    "customer_acceptance": {
        "type": "online",
        "online": {"ip_address": "203.0.113.7", "user_agent": "Firefox"},
    }
}
ACCOUNT = {
    "type": "us_bank_account",
    "us_bank_account": {
        "routing_number": "110000000",
        "account_number": "000123456789",
        "account_holder_type": "individual",
    },
    "billing_details": {"name": "Jenny Rosen", "email": "jenny@example.com"},
}


def work():
    """Do what the worker would have done by now."""
    at = clock.now()
    reconciling.run(at=at)
    notifications.deliver_from_sandbox(at=at)
    notifications.work_off_due(at=at)
