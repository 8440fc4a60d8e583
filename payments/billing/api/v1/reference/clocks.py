"""What the API reference says of test clocks and cash balances."""

from typing import Any

from customers.api.v1.reference.examples import CUSTOMER, MADE

Wire = dict[str, Any]
_CLOCK, _CASH = "clock_5k2xz0qw6v1mt8hr43cyb9fn", "ccsbtxn_7z2kq1xw0vm8t5hr92cyb6fn"
_NOT_HERE = "Always null: Stripe has it, and nothing here gives it a meaning."
_MONTH = 30 * 86_400

TAGS: dict[str, str] = {
    "Test clocks": "The time of customers who are only tried out, in test mode. It stands still until you advance it; "
    "on the way, everything happens that falls due: renewals, retries, trials that end, cards that expire. What the "
    "customers of a clock have is dated by it; API keys, idempotency keys, tokens and webhooks keep real time.",
    "Cash balance transactions": "What came into and went out of customers' cash balances: money that they have sent "
    "before it was used for an invoice.",
}
MEMBERS: dict[str, str] = {
    "adjusted_for_overdraft": _NOT_HERE,
    "eu_bank_transfer": "What is to be known of a transfer in euros.",
    "financial_addresses": "The accounts, each by its `type`: `aba`, `iban`, `sort_code`, `spei`, `swift` or "
    "`zengin`. In test mode they are made up.",
    "funding_type": "How money is sent: always `bank_transfer`.",
    "requested_address_types": "Only accounts that are addressed like this.",
    "advancing": "Where the clock is going; there while it is being advanced.",
    "applied_to_payment": "What money was used for.",
    "bank_transfer": "How the money came.",
    "deletes_after": "When the clock is deleted by itself, with its customers.",
    "frozen_time": "What time it is for the customers of the clock.",
    "funded": "Where money came from.",
    "gb_bank_transfer": _NOT_HERE,
    "jp_bank_transfer": _NOT_HERE,
    "net_amount": "By how much the balance changed, in minor units; what was taken out is negative.",
    "reference": "What the sender has written.",
    "refunded_from_payment": _NOT_HERE,
    "status_details": "What else is to be said of the status.",
    "target_frozen_time": "The time that the clock will show when it has arrived.",
    "transferred_to_balance": _NOT_HERE,
    "unapplied_from_payment": "Which use of the money was taken back.",
    "us_bank_transfer": _NOT_HERE,
}
MEMBERS_OF: dict[tuple[str, str], str] = {
    ("customer_cash_balance_transaction.funded.bank_transfer", "eu_bank_transfer"): _NOT_HERE,
    ("eu_bank_transfer_hash", "country"): "Where the account is to be.",
    ("funding_bank_transfer_hash", "type"): "Which kind of transfer: that of the currency.",
    ("funding_instructions", "bank_transfer"): "Where to send it.",
    ("funding_instructions_create_params", "bank_transfer"): "Which accounts are asked for.",
    ("funding_instructions.bank_transfer", "country"): "Where the account is.",
    ("funding_instructions.bank_transfer", "type"): "Which kind of transfer it is.",
    (
        "cash_balance",
        "available",
    ): "What there is, in minor units by currency; null for who never had any.",
    (
        "customer_cash_balance_transaction",
        "ending_balance",
    ): "What is left in the currency, in minor units.",
    ("customer_cash_balance_transaction", "type"): "Why the balance changed.",
    (
        "customer_cash_balance_transaction.funded.bank_transfer",
        "type",
    ): "Which kind of transfer it was.",
    **{
        (
            f"customer_cash_balance_transaction.{kind}",
            "invoice",
        ): "The invoice; a member that Stripe does not have."
        for kind in ("applied_to_payment", "unapplied_from_payment")
    },
    **{
        (f"customer_cash_balance_transaction.{kind}", "payment_intent"): (
            "Always null: money is used for invoices without a payment intent."
        )
        for kind in ("applied_to_payment", "unapplied_from_payment")
    },
    (
        "customer_create_params",
        "test_clock",
    ): "The test clock by which the customer lives, for good; test mode only.",
    ("cash_balance_fund_params", "amount"): "How much comes, in minor units.",
    ("test_helpers.test_clock", "name"): "Your name for the clock.",
    ("test_helpers.test_clock", "status"): (
        "`ready`; `advancing` while the worker moves it, and nothing of its customers can be changed; "
        "`internal_failure` where that failed for good."
    ),
}
PARAMETERS: dict[tuple[str, str], str] = {
    ("GetCustomers", "test_clock"): (
        "Only the customers of the test clock with this id; without it, customers on test clocks are left out."
    ),
}
OPERATIONS: dict[str, tuple[str, str]] = {
    "PostCustomersCustomerFundingInstructions": (
        "Create funding instructions",
        ("Says where a customer sends money for their cash balance, in test mode. The accounts are always the same, "
        "and made up: let money come with `fund_cash_balance`."),
    ),
    "PostPaymentIntentsIdApplyCustomerBalance": (
        "Apply a cash balance",
        ("Pays the invoice of a payment intent out of the money that its customer has sent before: the `amount`, or as "
        "much as there is. Once the invoice is paid, the payment intent is canceled, and an invoice payment says "
        "where the money came from."),
    ),
    "GetCustomersCustomerCashBalanceTransactions": ("List a customer's cash balance transactions", "The newest first."),
    "GetCustomersCustomerCashBalanceTransactionsId": ("Retrieve a cash balance transaction", ""),
    "PostTestHelpersCustomersCustomerFundCashBalance": (
        "Fund a cash balance",
        ("Lets money come in as if the customer had sent it. It pays open invoices by itself, those due first, "
        "unless the customer's reconciliation is by hand."),
    ),
    "GetTestHelpersTestClocks": ("List all test clocks", "The newest first."),
    "PostTestHelpersTestClocks": ("Create a test clock", "Up to three customers can live by it."),
    "GetTestHelpersTestClocksId": ("Retrieve a test clock", ""),
    "DeleteTestHelpersTestClocksId": ("Delete a test clock", "Its customers are deleted with it."),
    "PostTestHelpersTestClocksIdAdvance": (
        "Advance a test clock",
        ("The answer comes at once, with the status `advancing`; what falls due on the way is carried out in the order "
        "of time, and then the status is `ready`. A clock goes forward, and at once no farther than two intervals of "
        "the shortest subscription on it, or two years where it has none."),
    ),
}  # fmt: skip
OBJECTS: dict[str, Wire] = {
    "funding_instructions": {
        "object": "funding_instructions",
        "bank_transfer": {
            "country": "DE",
            "financial_addresses": [
                {
                    "aba": None,
                    "iban": {
                        "account_holder_address": {
                            "city": "Berlin",
                            "country": "DE",
                            "line1": "1 Museum Street",
                            "line2": None,
                            "postal_code": "10115",
                            "state": None,
                        },
                        "account_holder_name": "Acme",
                        "bank_address": {
                            "city": "Test City",
                            "country": "DE",
                            "line1": "1 Test Street",
                            "line2": None,
                            "postal_code": "00000",
                            "state": None,
                        },
                        "bic": "TSTEZ122",
                        "country": "DE",
                        "iban": "DE75512108001245126199",
                    },
                    "sort_code": None,
                    "spei": None,
                    "supported_networks": ["sepa"],
                    "swift": None,
                    "type": "iban",
                    "zengin": None,
                }
            ],
            "type": "eu_bank_transfer",
        },
        "currency": "eur",
        "funding_type": "bank_transfer",
        "livemode": False,
    },
    "test_helpers.test_clock": {
        "id": _CLOCK,
        "object": "test_helpers.test_clock",
        "created": MADE,
        "deletes_after": MADE + _MONTH,
        "frozen_time": MADE,
        "livemode": False,
        "name": "A year of renewals",
        "status": "ready",
        "status_details": {},
    },
    "customer_cash_balance_transaction": {
        "id": _CASH,
        "object": "customer_cash_balance_transaction",
        "adjusted_for_overdraft": None,
        "applied_to_payment": None,
        "created": MADE,
        "currency": "usd",
        "customer": CUSTOMER,
        "customer_account": None,
        "ending_balance": 5000,
        "funded": {
            "bank_transfer": {
                "eu_bank_transfer": None,
                "gb_bank_transfer": None,
                "jp_bank_transfer": None,
                "reference": "Museum pass",
                "type": "us_bank_transfer",
                "us_bank_transfer": None,
            }
        },
        "livemode": False,
        "net_amount": 5000,
        "refunded_from_payment": None,
        "transferred_to_balance": None,
        "type": "funded",
        "unapplied_from_payment": None,
    },
}
BODIES: dict[str, Wire] = {
    "PostCustomersCustomerFundingInstructions": {
        "currency": "eur",
        "funding_type": "bank_transfer",
        "bank_transfer": {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "DE"}},
    },
    "PostPaymentIntentsIdApplyCustomerBalance": {"amount": 500, "currency": "usd"},
    "PostTestHelpersCustomersCustomerFundCashBalance": {
        "amount": 5000,
        "currency": "usd",
        "reference": "Museum pass",
    },
    "PostTestHelpersTestClocks": {"frozen_time": MADE, "name": "A year of renewals"},
    "PostTestHelpersTestClocksIdAdvance": {"frozen_time": MADE + _MONTH},
}
QUERIES: dict[str, Wire] = {}
PATHS: dict[str, str] = {}
METHODS: dict[str, tuple[str, str]] = {
    "PostCustomersCustomerFundingInstructions": (
        "customers.funding_instructions.create",
        "customers.createFundingInstructions",
    ),
    "PostPaymentIntentsIdApplyCustomerBalance": (
        "payment_intents.apply_customer_balance",
        "paymentIntents.applyCustomerBalance",
    ),
    "GetCustomersCustomerCashBalanceTransactions": (
        "customers.cash_balance_transactions.list",
        "customers.listCashBalanceTransactions",
    ),
    "GetCustomersCustomerCashBalanceTransactionsId": (
        "customers.cash_balance_transactions.retrieve",
        "customers.retrieveCashBalanceTransaction",
    ),
    "PostTestHelpersCustomersCustomerFundCashBalance": (
        "test_helpers.customers.fund_cash_balance",
        "testHelpers.customers.fundCashBalance",
    ),
    "GetTestHelpersTestClocks": ("test_helpers.test_clocks.list", "testHelpers.testClocks.list"),
    "PostTestHelpersTestClocks": (
        "test_helpers.test_clocks.create",
        "testHelpers.testClocks.create",
    ),
    "GetTestHelpersTestClocksId": (
        "test_helpers.test_clocks.retrieve",
        "testHelpers.testClocks.retrieve",
    ),
    "DeleteTestHelpersTestClocksId": (
        "test_helpers.test_clocks.delete",
        "testHelpers.testClocks.del",
    ),
    "PostTestHelpersTestClocksIdAdvance": (
        "test_helpers.test_clocks.advance",
        "testHelpers.testClocks.advance",
    ),
}
