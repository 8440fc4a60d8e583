"""`/v1/customers/{customer}/cash_balance` with its transactions, and money that comes into it in test mode.

Source: https://docs.stripe.com/api/cash_balance
"""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.api.v1.customer_members import CashBalanceObject, with_available
from customers.api.v1.parents import OfCustomer
from customers.models import CashTransaction, Customer
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.inputs import Input
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    Plain,
    Spelled,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from customers.services import cash_balances, customers, test_clocks
from customers.services.funding_instructions import TRANSFERS

Kind = CashTransaction.Kind
KINDS = {
    Kind.FUNDED: "funded",
    Kind.APPLIED: "applied_to_payment",
    Kind.UNAPPLIED: "unapplied_from_payment",
    Kind.REVERSED: "funding_reversed",
}
_NULL = {"type": "null"}
_FUNDED = {
    "type": ["object", "null"],
    "properties": {
        "bank_transfer": {
            "type": "object",
            "properties": {
                "eu_bank_transfer": _NULL,
                "gb_bank_transfer": _NULL,
                "jp_bank_transfer": _NULL,
                "reference": {"type": ["string", "null"]},
                "type": {"type": "string"},
                "us_bank_transfer": _NULL,
            },
            "required": [
                "eu_bank_transfer",
                "gb_bank_transfer",
                "jp_bank_transfer",
                "reference",
                "type",
                "us_bank_transfer",
            ],
            "additionalProperties": False,
        }
    },
    "required": ["bank_transfer"],
    "additionalProperties": False,
}
_PAYMENT = {
    "type": ["object", "null"],
    "properties": {"invoice": {"type": ["string", "null"]}, "payment_intent": _NULL},
    "required": ["invoice", "payment_intent"],
    "additionalProperties": False,
}


class CashBalanceSettingsHash(Input):
    reconciliation_mode = inputs.ChoiceField(Customer.Reconciliation.values)


class CashBalanceHash(Input):
    settings = inputs.HashField(CashBalanceSettingsHash)


class CashBalanceFund(Input):
    amount = inputs.IntegerField(required=True, min_value=1, max_value=cash_balances.MOST)
    currency = inputs.CurrencyField(required=True)
    reference = inputs.TextField(max_length=255)


def _funded(kind: str, currency: str, reference: str) -> Wire | None:
    """Return how money came; where Stripe has no word for transfers in a currency, it is a `bank_transfer`."""
    if kind != Kind.FUNDED:
        return None
    transfer: Wire = dict.fromkeys(("eu_bank_transfer", "gb_bank_transfer", "jp_bank_transfer"))
    transfer["reference"] = reference or None
    transfer["type"] = TRANSFERS.get(currency, "bank_transfer")
    return {"bank_transfer": {**transfer, "us_bank_transfer": None}}


def _payment(kind: Kind) -> Computed:
    """Return the member that shows what a transaction of a kind was for."""

    def shown(found: str, invoice: str) -> Wire | None:
        return {"invoice": invoice or None, "payment_intent": None} if found == kind else None

    return Computed(shown, "kind", "invoice_id", schema=_PAYMENT)


class CashTransactionObject(WireObject):
    """One change of a customer's cash balance."""

    id = Plain()
    object = Constant("customer_cash_balance_transaction")
    adjusted_for_overdraft = Constant(None)
    applied_to_payment = _payment(Kind.APPLIED)
    created = UnixTime("created_at")
    currency = Plain()
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    ending_balance = Plain()
    funded = Computed(_funded, "kind", "currency", "reference", schema=_FUNDED)
    livemode = Plain()
    net_amount = Plain()
    refunded_from_payment = Constant(None)
    transferred_to_balance = Constant(None)
    type = Spelled(KINDS, "kind")
    unapplied_from_payment = _payment(Kind.UNAPPLIED)


class CashBalanceViewSet(V1ViewSet):
    """A customer's cash balance."""

    resource = "customers"
    model = Customer
    output = CashBalanceObject
    inputs = {"update": CashBalanceHash}

    @classmethod
    def resource_name(cls) -> str:
        return ""  # customers show it, and nothing else refers to it

    @classmethod
    def rows(cls) -> Any:
        return Customer.objects.living()

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        """Put in what there is."""
        with_available(wires)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(CashBalanceHash)
        customer = customers.get_living(pk, param="id")
        mode = body.get("settings", {}).get("reconciliation_mode")
        details = {"cash_balance_mode": mode} if mode else {}
        now = test_clocks.now_for(customer, self.at)
        return self.write(customers.update(customer, details=details, at=now))


class CashTransactionViewSet(OfCustomer):
    """What changed a customer's cash balance."""

    resource = "customers"
    model = CashTransaction
    output = CashTransactionObject
    inputs = {"fund": CashBalanceFund}

    def fund(self, request: HttpRequest, customer: str) -> HttpResponse:
        """Let money come in, as from a bank."""
        body = self.read(CashBalanceFund)
        return self.write(cash_balances.fund(self.owner(customer), **body, at=self.at))


def spelled_balance(customer: Customer) -> Wire:
    """Return the wire form of a customer's cash balance."""
    wire = CashBalanceObject.plan().spell_instance(customer)
    with_available([wire])
    return wire
