"""`/v1/customers/credit_from_payment_method`: charge a saved method and credit the customer's balance (rules P4, P11).

Stripe has no such route. What it answers with names the charge, and shows what that gave to the balance: a debit that
is still on its way has given nothing yet.
"""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse

from customers.api.v1.balance_transactions import BalanceTransactionObject
from customers.models import CustomerBalanceTransaction
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.objects import (
    Constant,
    Expandable,
    Filled,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from customers.services import customers, test_clocks
from payments.api.v1.charges import STATUS
from payments.api.v1.payment_inputs import AmountField
from payments.models import Charge
from payments.money import Money
from payments.services import charges, payment_methods
from payments.services.credits import credit_from_payment_method


class CreditCreate(Input):
    amount = AmountField(required=True)
    currency = inputs.CurrencyField(required=True)
    customer_id = IdField(required=True)
    source_id = IdField()


class CreditObject(WireObject):
    """Money that was charged for the customer's balance."""

    id = Plain()
    object = Constant("customer_credit")
    amount = Plain()
    balance_transaction = Filled(BalanceTransactionObject)
    charge = Expandable("id", resource="charge")
    created = UnixTime("created_at")
    currency = Plain()
    customer = Expandable("customer_id", resource="customer")
    livemode = Plain()
    payment_method = Text("payment_method_id")
    status = Spelled(STATUS)


class CreditViewSet(V1ViewSet):
    resource = "charges"
    model = Charge
    output = CreditObject
    phased = frozenset({"create"})
    inputs = {"create": CreditCreate}

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        plan = BalanceTransactionObject.plan()
        for wire in wires:  # one: there is no list of them
            rows = CustomerBalanceTransaction.objects.filter(
                customer=wire["customer"], metadata__contains={"charge": wire["id"]}
            )
            row = rows.order_by("sequence").values_list(*plan.columns).first()
            wire["balance_transaction"] = None if row is None else plan.spell(row)

    def create(self, request: HttpRequest) -> HttpResponse:
        """Charge a saved payment method and credit the customer's balance with what it brings."""
        body = self.read(CreditCreate)
        customer = customers.get_living(body["customer_id"], param="customer_id")
        self.at = test_clocks.now_for(customer, self.at)
        method = payment_methods.chargeable(
            body.get("source_id"), customer,
            param="source_id", request_key=self.request_key, at=self.at,
        )  # fmt: skip
        charge = credit_from_payment_method(
            customer,
            method,
            Money(body["amount"], body["currency"]),
            request_key=self.request_key,
            at=self.at,
        )
        refusal = charges.refusal(charge)
        if refusal is not None:
            raise refusal
        return self.write(charge)
