"""`/v1/invoice_payments`.

Source: https://docs.stripe.com/api/invoice-payment
"""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.lists import OwnerFilter, ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Embedded,
    Expandable,
    Plain,
    Spelled,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from payments.billing.models import InvoicePayment

STATUS = {status: status.value for status in InvoicePayment.Status}
_TRANSITIONS = {
    "type": "object",
    "properties": {
        "canceled_at": {"type": ["integer", "null"]},
        "paid_at": {"type": ["integer", "null"]},
    },
    "required": ["canceled_at", "paid_at"],
    "additionalProperties": False,
}


def _seconds(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())


def _transitions(canceled_at: datetime | None, paid_at: datetime | None) -> Wire:
    return {"canceled_at": _seconds(canceled_at), "paid_at": _seconds(paid_at)}


class PaymentHash(WireObject):
    """What the money came by: a payment intent, or from elsewhere, which has no object of its own here."""

    charge = Constant(None)
    payment_intent = Expandable("payment_intent_id", resource="payment_intent")
    payment_record = Constant(None)
    type = Computed(
        lambda intent: "payment_intent" if intent else "payment_record", "payment_intent_id",
        schema={"type": "string", "enum": ["payment_intent", "payment_record"]},
    )  # fmt: skip


class InvoicePaymentObject(WireObject):
    """Money that was put to an invoice, or is asked for."""

    id = Plain()
    object = Constant("invoice_payment")
    amount_paid = Plain()
    amount_requested = Plain()
    created = UnixTime("created_at")
    currency = Plain()
    invoice = Expandable("invoice_id", resource="invoice")
    is_default = Plain()
    livemode = Plain()
    payment = Embedded(PaymentHash)
    status = Spelled(STATUS)
    status_transitions = Computed(_transitions, "canceled_at", "paid_at", schema=_TRANSITIONS)


class PaymentTypeFilter(ParamFilter):
    """Payments by what the money came by."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Narrow the rows to those of the type."""
        return qs.filter(payment_intent__isnull=value != "payment_intent")

    def stand_in(self, name: str, position: int) -> Any:
        """Return nothing: each type makes a statement of its own."""
        return None


class InvoicePaymentFilter(V1FilterSet):
    invoice = OwnerFilter(IdField(), "invoice_id")
    status = ParamFilter(inputs.ChoiceField(InvoicePayment.Status.values), "status")

    @classmethod
    def get_filters(cls) -> dict[str, Any]:  # type: ignore[override]  # any mapping will do
        return {
            **super().get_filters(),
            "payment[payment_intent]": ParamFilter(IdField(), "payment_intent_id"),
            "payment[type]": PaymentTypeFilter(
                inputs.ChoiceField(["payment_intent", "payment_record"]), "payment_intent_id"
            ),
        }


class InvoicePaymentViewSet(V1ViewSet):
    resource = "invoices"
    model = InvoicePayment
    output = InvoicePaymentObject
    filterset_class = InvoicePaymentFilter
