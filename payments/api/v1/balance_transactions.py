"""`/v1/balance_transactions`.

Source: https://docs.stripe.com/api/balance_transactions
"""

from datetime import datetime

from customers.kit import clock
from customers.kit.errors import NotFound
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.lists import ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from payments.api.v1 import payment_inputs
from payments.models import BalanceTransaction

Kind = BalanceTransaction.Kind
KINDS = {
    Kind.CHARGE: "charge",
    Kind.PAYMENT: "payment",
    Kind.REFUND: "refund",
    Kind.PAYMENT_REFUND: "payment_refund",
    Kind.REFUND_FAILURE: "refund_failure",
    Kind.PAYMENT_FAILURE: "payment_failure_refund",
    Kind.ADJUSTMENT: "adjustment",
}
_CATEGORIES = {
    Kind.CHARGE: "charge",
    Kind.PAYMENT: "charge",
    Kind.REFUND: "refund",
    Kind.PAYMENT_REFUND: "refund",
    Kind.REFUND_FAILURE: "refund_failure",
    Kind.PAYMENT_FAILURE: "charge_failure",
}
_FEE_DETAILS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "amount": {"type": "integer"},
            "application": {"type": "null"},
            "currency": {"type": "string"},
            "description": {"type": "string"},
            "type": {"type": "string", "const": "stripe_fee"},
        },
        "required": ["amount", "application", "currency", "description", "type"],
        "additionalProperties": False,
    },
}


def _category(kind: str, amount: int) -> str:
    """Return the group under which reports sum it up: a dispute takes money, winning it brings it back."""
    if kind == Kind.ADJUSTMENT:
        return "dispute" if amount < 0 else "dispute_reversal"
    return _CATEGORIES[Kind(kind)]


def _fee_details(fee: int, currency: str) -> list[Wire]:
    if not fee:
        return []
    return [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Processing fees of the payment gateway",
            "type": "stripe_fee",  # the word that clients sum up by
        }
    ]


def _status(available_on: datetime) -> str:
    return "available" if available_on <= clock.now() else "pending"


class BalanceTransactionFilter(V1FilterSet):
    currency = ParamFilter(inputs.CurrencyField(), "currency")
    source = ParamFilter(IdField(), "source_id")
    type = ParamFilter(inputs.ChoiceField(KINDS.values()), "kind")


class BalanceTransactionObject(WireObject):
    """One movement of the site's money."""

    id = Plain()
    object = Constant("balance_transaction")
    amount = Plain()
    available_on = UnixTime()
    balance_type = Constant("payments")
    created = UnixTime("created_at")
    currency = Plain()
    description = Text()
    exchange_rate = Constant(None)
    fee = Plain()
    fee_details = Computed(_fee_details, "fee", "currency", schema=_FEE_DETAILS)
    net = Plain()
    reporting_category = Computed(_category, "kind", "amount", schema={"type": "string"})
    source = Expandable("source_id", resource="balance_source")  # type: ignore[assignment]  # a member
    status = Computed(_status, "available_on", schema={"enum": ["available", "pending"]})
    type = Spelled(KINDS, "kind")


class BalanceTransactionViewSet(V1ViewSet):
    resource = "balance"
    model = BalanceTransaction
    output = BalanceTransactionObject
    filterset_class = BalanceTransactionFilter

    def missing(self, pk: str) -> NotFound:
        return payment_inputs.missing("balance transaction", pk)
