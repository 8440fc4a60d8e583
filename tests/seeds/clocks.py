"""One of each of test clocks and cash balances."""

NAMES = frozenset({"test_helpers.test_clock", "customer_cash_balance_transaction", "cash_intent"})
NEEDS = {
    "customers/<id:pk>/cash_balance": "customer",
    "payment_intents/<id:pk>/apply_customer_balance": "cash_intent",
}
_FUNDING = {
    "currency": "usd",
    "funding_type": "bank_transfer",
    "bank_transfer": {"type": "us_bank_transfer"},
}
BODIES = {
    "customers/<id:customer>/funding_instructions": _FUNDING,
    "test_helpers/test_clocks/<id:pk>/advance": {"frozen_time": 1_800_000_000},
    "test_helpers/customers/<id:customer>/fund_cash_balance": {"amount": 100, "currency": "usd"},
}
NEEDED = {
    "POST customers/<id:customer>/funding_instructions": _FUNDING,
    "POST test_helpers/test_clocks": {"frozen_time": 1_793_174_400},
    "POST test_helpers/test_clocks/<id:pk>/advance": {"frozen_time": 1_800_000_000},
    "POST test_helpers/customers/<id:customer>/fund_cash_balance": {
        "amount": 100,
        "currency": "usd",
    },
}


def seed(api, customer):
    """Make them, and return their ids by the names of their schemas."""

    def make(path, **params):
        answer = api.post(path, params)
        assert answer.status == 200, answer.body
        return answer.body["id"]

    def billed_to_who_has_cash():
        """Return the payment intent of an invoice whose customer has sent money, which is used by hand."""
        lee = make(
            "customers", name="Lee", cash_balance={"settings": {"reconciliation_mode": "manual"}}
        )
        make(f"test_helpers/customers/{lee}/fund_cash_balance", amount=5000, currency="usd")
        invoice = make("invoices", customer=lee, currency="usd")
        make("invoiceitems", customer=lee, invoice=invoice, amount=2000, currency="usd")
        make(f"invoices/{invoice}/finalize")
        (payment,) = api.get("invoice_payments", invoice=invoice).body["data"]
        return payment["payment"]["payment_intent"]

    clock = make("test_helpers/test_clocks", frozen_time=1_793_174_400, name="Renewals")
    make("customers", test_clock=clock, name="Jenny Rosen")
    return {
        "test_helpers.test_clock": clock,
        "customer_cash_balance_transaction": make(
            f"test_helpers/customers/{customer}/fund_cash_balance",
            amount=5000,
            currency="usd",
            reference="Invoice 7",
        ),
        "cash_intent": billed_to_who_has_cash(),
    }
