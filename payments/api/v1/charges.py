"""`/v1/charges`.

Source: https://docs.stripe.com/api/charges
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.kit.errors import NotFound
from customers.kit.search_language import Query
from customers.restkit import inputs
from customers.restkit.expansion import Included, Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.lists import OwnerFilter, ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    Metadata,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.searches import Searchable, SearchQuery
from customers.services import test_clocks
from payments.api.v1 import charge_members, payment_inputs
from payments.api.v1.charge_members import (
    BOOLEAN,
    FREE_HASH,
    FREE_HASH_OR_NULL,
    INTEGER,
    NULLABLE_TEXT,
)
from payments.api.v1.payment_inputs import (
    AmountField,
    PaymentShippingHash,
    StatementDescriptorField,
)
from payments.api.v1.refunds import RefundObject
from payments.models import Charge, Refund
from payments.money import Money
from payments.services import charges, payment_methods, search

Status = Charge.Status
STATUS = {
    Status.PENDING: "pending",
    Status.AUTHORIZED: "succeeded",  # with `captured` false
    Status.SUCCEEDED: "succeeded",
    Status.FAILED: "failed",
    Status.VOIDED: "succeeded",  # with `refunded` true
    Status.EXPIRED: "succeeded",
}


class ChargeUpdate(Input):
    customer = IdField()
    description = inputs.TextField()
    metadata = inputs.MetadataField()
    receipt_email = inputs.EmailField(max_length=512)
    shipping = inputs.HashField(PaymentShippingHash, emptied=None)


class ChargeCreate(ChargeUpdate):
    amount = AmountField(required=True)
    capture = inputs.BooleanField()
    currency = inputs.CurrencyField(required=True)
    source = IdField()  # type: ignore[assignment]  # a parameter, not DRF's attribute
    statement_descriptor = StatementDescriptorField()
    statement_descriptor_suffix = StatementDescriptorField()


class ChargeCapture(Input):
    amount = AmountField()
    receipt_email = inputs.EmailField(max_length=512)
    statement_descriptor = StatementDescriptorField()
    statement_descriptor_suffix = StatementDescriptorField()


class ChargeFilter(V1FilterSet):
    customer = OwnerFilter(IdField(), "customer_id")
    payment_intent = ParamFilter(IdField(), "payment_intent_id")


def _refunds(wires: Sequence[Wire]) -> list[Wire]:
    rows, path = Refund.objects.all(), "/v1/charges/{}/refunds"
    return charge_members.lists(wires, rows, RefundObject, column="charge_id", path=path)


_AMOUNTS = ("status", "amount", "amount_captured", "amount_refunded")


class ChargeObject(WireObject):
    """A try to take money."""

    id = Plain()
    object = Constant("charge")
    amount = Plain()
    amount_captured = Plain()
    amount_refunded = Computed(charge_members.given_back, *_AMOUNTS, schema=INTEGER)
    application = Constant(None)
    application_fee = Constant(None)
    application_fee_amount = Constant(None)
    balance_transaction = Expandable("balance_transaction_id", resource="balance_transaction")
    billing_details = Computed(charge_members.billing_details, "billing_details", schema=FREE_HASH)
    calculated_statement_descriptor = Computed(
        charge_members.statement, "statement_descriptor", "statement_descriptor_suffix",
        schema=NULLABLE_TEXT,
    )  # fmt: skip
    captured = Computed(charge_members.is_captured, "status", schema=BOOLEAN)
    created = UnixTime("created_at")
    currency = Plain()
    customer = Expandable("customer_id", resource="customer")
    description = Text()
    disputed = Plain("is_disputed")
    failure_balance_transaction = Constant(None)
    failure_code = Text()
    failure_message = Text()
    fraud_details = Constant({})
    livemode = Plain()
    metadata = Metadata()
    on_behalf_of = Constant(None)
    outcome = Computed(charge_members.outcome, "outcome", schema=FREE_HASH_OR_NULL)
    paid = Computed(charge_members.is_paid, "status", schema=BOOLEAN)
    payment_intent = Expandable("payment_intent_id", resource="payment_intent")
    payment_method = Text("payment_method_id")
    payment_method_details = Computed(
        charge_members.method_details, "method_details", "amount", "capture_before", "status",
        schema=FREE_HASH_OR_NULL,
    )  # fmt: skip
    receipt_email = Text()
    receipt_number = Constant(None)
    receipt_url = Constant(None)
    refunded = Computed(charge_members.is_refunded, *_AMOUNTS, schema=BOOLEAN)
    review = Constant(None)
    shipping = Computed(charge_members.shipping, "shipping", schema=FREE_HASH_OR_NULL)
    source = Computed(  # type: ignore[assignment]  # a member, not DRF's attribute
        charge_members.source, "payment_method_id", "customer_id", "method_details", "billing_details",
        schema=FREE_HASH_OR_NULL,
    )  # fmt: skip
    source_transfer = Constant(None)
    statement_descriptor = Text()
    statement_descriptor_suffix = Text()
    status = Spelled(STATUS)
    transfer_data = Constant(None)
    transfer_group = Constant(None)

    refunds = Included(_refunds, of=RefundObject, is_list=True)


class ChargeViewSet(Searchable):
    resource = "charges"
    model = Charge
    output = ChargeObject
    filterset_class = ChargeFilter
    phased = frozenset({"create", "capture"})
    compared_whole = frozenset({"customer", "metadata"})
    inputs = {
        "create": ChargeCreate,
        "update": ChargeUpdate,
        "capture": ChargeCapture,
        "search": SearchQuery,
    }

    @classmethod
    def matching(cls, query: Query) -> QuerySet[Any]:
        return search.charges_matching(query)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(ChargeCreate)
        money = Money(body.pop("amount"), body.pop("currency"))
        customer = payment_inputs.customer_of(body)
        self.at = test_clocks.now_for(customer, self.at)
        method = payment_methods.chargeable(
            body.pop("source", None),
            customer,
            param="source",
            request_key=self.request_key,
            at=self.at,
        )
        charge = charges.create(
            money=money,
            method=method,
            customer=customer,
            takes_now=body.pop("capture", True),
            off_session=True,  # who charges directly has no page on which the customer could authenticate
            request_key=self.request_key,
            at=self.at,
            **{**body, "metadata": payment_inputs.given(body.get("metadata"))},
        )
        return self._told(charge)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(ChargeUpdate)
        charge = self._charge(pk)
        customer = payment_inputs.customer_of(body)
        if customer is not None:
            body["customer"] = customer
        return self.write(charges.update(charge, details=body, at=self.at))

    def capture(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Take the money that a charge holds, or a part of it; the rest is released."""
        body = self.read(ChargeCapture)
        amount = body.pop("amount", None)
        charge = charges.capture(
            self._charge(pk), amount=amount, request_key=self.request_key, at=self.at
        )
        return self.write(charges.update(charge, details=body, at=self.at) if body else charge)

    def missing(self, pk: str) -> NotFound:
        return payment_inputs.missing("charge", pk)

    def _charge(self, pk: str) -> Charge:
        """Return a charge; from now on the request's time is its customer's."""
        charge = charges.get(pk)
        self.at = test_clocks.now_for_id(charge.customer_id, self.at)
        return charge

    def _told(self, charge: Charge) -> HttpResponse:
        refusal = charges.refusal(charge)
        if refusal is not None:
            raise refusal
        return self.write(charge)
