"""`/v1/refunds`, and a charge's below `/v1/charges/{charge}/refunds`.

Source: https://docs.stripe.com/api/refunds
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.kit.errors import InvalidRequest, NotFound
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.lists import ParamFilter, V1FilterSet
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
from customers.restkit.v1 import V1ViewSet
from customers.services import test_clocks
from payments.api.v1 import payment_inputs
from payments.api.v1.charge_members import FREE_HASH_OR_NULL, parsed
from payments.api.v1.payment_inputs import AmountField
from payments.models import Charge, Refund
from payments.services import charges, payment_intents, refunds

STATUS = {
    Refund.Status.PENDING: "pending",
    Refund.Status.SUCCEEDED: "succeeded",
    Refund.Status.FAILED: "failed",
}
_REASONS = tuple(reason for reason in Refund.Reason.values if reason)


class RefundUpdate(Input):
    metadata = inputs.MetadataField()


class ChargeRefund(RefundUpdate):
    """A refund whose charge the URL names."""

    amount = AmountField()
    reason = inputs.ChoiceField(_REASONS, emptied="")


class RefundCreate(ChargeRefund):
    charge = IdField()
    payment_intent = IdField()


class OwnRefundFilter(V1FilterSet):
    """A charge's refunds can be narrowed by their creation alone."""


class RefundFilter(OwnRefundFilter):
    charge = ParamFilter(IdField(), "charge_id")
    payment_intent = ParamFilter(IdField(), "charge__payment_intent_id")


def _destination(details: Any, charge_status: str, status: str) -> Wire | None:
    """Return how the money goes back: what was never taken is released, a card's is refunded."""
    kind = (parsed(details) or {}).get("type")
    if not kind:
        return None
    if kind != "card":
        return {kind: {}, "type": kind}
    is_release = charge_status in {Charge.Status.VOIDED, Charge.Status.EXPIRED}
    return {"card": {"type": "reversal" if is_release else "refund"}, "type": "card"}


class RefundObject(WireObject):
    """Money on its way back."""

    id = Plain()
    object = Constant("refund")
    amount = Plain()
    balance_transaction = Expandable("balance_transaction_id", resource="balance_transaction")
    charge = Expandable("charge_id", resource="charge")
    created = UnixTime("created_at")
    currency = Plain()
    customer = Expandable("charge__customer_id", resource="customer")
    customer_account = Constant(None)
    destination_details = Computed(
        _destination, "charge__method_details", "charge__status", "status", schema=FREE_HASH_OR_NULL
    )
    failure_balance_transaction = Expandable(
        "failure_balance_transaction_id", resource="balance_transaction", optional=True
    )
    failure_reason = Text(optional=True)
    metadata = Metadata()
    payment_intent = Expandable("charge__payment_intent_id", resource="payment_intent")
    payment_method = Expandable("charge__payment_method_id", resource="payment_method")
    pending_reason = Computed(
        lambda status: "processing" if status == Refund.Status.PENDING else None,
        "status",
        optional=True,
        schema={"type": "string", "const": "processing"},
    )
    reason = Text()
    receipt_number = Constant(None)
    source_transfer_reversal = Constant(None)
    status = Spelled(STATUS)
    transfer_reversal = Constant(None)


class RefundViewSet(V1ViewSet):
    resource = "refunds"
    model = Refund
    output = RefundObject
    filterset_class = RefundFilter
    phased = frozenset({"create"})
    inputs = {"create": RefundCreate, "update": RefundUpdate}

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(RefundCreate)
        charge = _charge_of(body.pop("charge", None), body.pop("payment_intent", None))
        return _created(self, charge, body)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(RefundUpdate)
        refund = refunds.get(pk)
        at = _time_of(refund.charge_id, self.at)
        return self.write(refunds.update(refund, details=body, at=at))

    def cancel(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Cancel a refund that waits for something its customer has to do."""
        self.refuse_params()
        return self.write(refunds.cancel(refunds.get(pk)))

    def missing(self, pk: str) -> NotFound:
        return payment_inputs.missing("refund", pk)


class ChargeRefundViewSet(V1ViewSet):
    """A charge's refunds."""

    resource = "refunds"
    model = Refund
    output = RefundObject
    filterset_class = OwnRefundFilter
    parent, parent_name = "charge_id", "charge"
    phased = frozenset({"create"})
    inputs = {"create": ChargeRefund, "update": RefundUpdate}

    @classmethod
    def resource_name(cls) -> str:
        return ""  # references to refunds load them by the view above

    def checked_parent(self, **parents: str) -> str:
        return charges.get(parents["charge"], param="charge").pk

    def create(self, request: HttpRequest, charge: str) -> HttpResponse:
        body = self.read(ChargeRefund)
        return _created(self, charges.get(charge, param="charge"), body)

    def update(self, request: HttpRequest, charge: str, pk: str) -> HttpResponse:
        body = self.read(RefundUpdate)
        refund = refunds.get(pk)
        if refund.charge_id != charge:
            raise self.missing(pk)
        at = _time_of(charge, self.at)
        return self.write(refunds.update(refund, details=body, at=at))

    def missing(self, pk: str) -> NotFound:
        return payment_inputs.missing("refund", pk)


def _created(view: V1ViewSet, charge: Charge, body: dict[str, Any]) -> HttpResponse:
    refund = refunds.create(
        charge,
        amount=body.get("amount"),
        reason=body.get("reason", ""),
        metadata=payment_inputs.given(body.get("metadata")),
        request_key=view.request_key,
        at=test_clocks.now_for_id(charge.customer_id, view.at),
    )
    return view.write(refund)


def _time_of(charge: str, at: datetime) -> datetime:
    """Return what time it is for the customer of a charge."""
    return test_clocks.now_for_id(charges.get(charge).customer_id, at)


def _charge_of(charge: str | None, intent: str | None) -> Charge:
    """Return the charge to refund, named by itself or by its payment intent.

    Raises:
        NotFound: there is no such charge or payment intent.
        InvalidRequest: neither is named, both are and differ, or the intent has no charge.
    """
    if charge is None and intent is None:
        raise InvalidRequest(
            "One of the following params should be provided for this request: payment_intent or charge.",
            param="charge",
            code="parameter_missing",
        )
    named = charges.get(charge, param="charge") if charge else None
    if intent is None:
        return named  # type: ignore[return-value]  # one of the two is there
    found = payment_intents.charge_of(payment_intents.get(intent, param="payment_intent"))
    if found is None:
        raise InvalidRequest(
            f"This PaymentIntent ({intent}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    if named is not None and named.pk != found.pk:
        raise InvalidRequest(
            f"The charge {named.pk} is not of the PaymentIntent {intent}.", param="charge"
        )
    return found
