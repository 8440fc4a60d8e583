"""`/v1/customers/{customer}/balance_transactions`.

Source: https://docs.stripe.com/api/customer_balance_transactions
"""

from django.http import HttpRequest, HttpResponse

from customers.api.v1.parents import OfCustomer
from customers.models import CustomerBalanceTransaction
from customers.restkit import inputs
from customers.restkit.expansion import ExpandableLater
from customers.restkit.inputs import Input
from customers.restkit.objects import (
    Constant,
    Expandable,
    Metadata,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.services import balance_transactions, customers

Kind = CustomerBalanceTransaction.Kind
KINDS = {
    Kind.ADJUSTMENT: "adjustment",
    Kind.INITIAL: "initial",
    Kind.APPLIED_TO_INVOICE: "applied_to_invoice",
    Kind.UNAPPLIED_FROM_INVOICE: "unapplied_from_invoice",
    Kind.INVOICE_TOO_SMALL: "invoice_too_small",
    Kind.INVOICE_TOO_LARGE: "invoice_too_large",
    Kind.CREDIT_NOTE: "credit_note",
}


class BalanceTransactionUpdate(Input):
    description = inputs.TextField(max_length=350)
    metadata = inputs.MetadataField()


class BalanceTransactionCreate(BalanceTransactionUpdate):
    amount = inputs.IntegerField(required=True)
    currency = inputs.CurrencyField(required=True)


class BalanceTransactionObject(WireObject):
    """One change of a customer's balance."""

    id = Plain()
    object = Constant("customer_balance_transaction")
    amount = Plain()
    checkout_session = ExpandableLater()
    created = UnixTime("created_at")
    credit_note = Expandable("credit_note_id", resource="credit_note")
    currency = Plain()
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    description = Text()
    ending_balance = Plain()
    invoice = Expandable("invoice_id", resource="invoice")
    livemode = Plain()
    metadata = Metadata()
    type = Spelled(KINDS, "kind")


class BalanceTransactionViewSet(OfCustomer):
    resource = "balance_transactions"
    model = CustomerBalanceTransaction
    output = BalanceTransactionObject
    inputs = {"create": BalanceTransactionCreate, "update": BalanceTransactionUpdate}

    def create(self, request: HttpRequest, customer: str) -> HttpResponse:
        body = self.read(BalanceTransactionCreate)
        body["metadata"] = customers.merged_metadata({}, body.get("metadata"))
        return self.write(balance_transactions.create(self.owner(customer), **body, at=self.at))

    def update(self, request: HttpRequest, customer: str, pk: str) -> HttpResponse:
        body = self.read(BalanceTransactionUpdate)
        entry = balance_transactions.get(self.owner(customer), pk)
        if "metadata" in body:
            body["metadata"] = customers.merged_metadata(entry.metadata, body["metadata"])
        return self.write(balance_transactions.update(entry, details=body, at=self.at))
