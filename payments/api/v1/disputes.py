"""`/v1/disputes`.

Source: https://docs.stripe.com/api/disputes
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.kit import clock
from customers.kit.errors import NotFound
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.lists import ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    Filled,
    Metadata,
    Plain,
    Spelled,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from payments.api.v1 import payment_inputs
from payments.api.v1.balance_transactions import BalanceTransactionObject
from payments.api.v1.charge_members import BOOLEAN, FREE_HASH, FREE_HASH_OR_NULL, parsed
from payments.models import BalanceTransaction, Dispute
from payments.services import disputes

Status = Dispute.Status
STATUS = {
    Status.NEEDS_RESPONSE: "needs_response",
    Status.UNDER_REVIEW: "under_review",
    Status.WON: "won",
    Status.LOST: "lost",
}
# What Stripe takes as the id of an uploaded file; there are none here, so these stay null.
_FILES = (
    "cancellation_policy", "customer_communication", "customer_signature", "duplicate_charge_documentation", "receipt",
    "refund_policy", "service_documentation", "shipping_documentation", "uncategorized_file",
)  # fmt: skip


class EvidenceHash(Input):
    access_activity_log = inputs.TextField(max_length=20_000)
    billing_address = inputs.TextField()
    cancellation_policy_disclosure = inputs.TextField(max_length=20_000)
    cancellation_rebuttal = inputs.TextField(max_length=20_000)
    customer_email_address = inputs.EmailField(max_length=512)
    customer_name = inputs.TextField()
    customer_purchase_ip = inputs.IPAddressField(max_length=45)
    duplicate_charge_explanation = inputs.TextField(max_length=20_000)
    duplicate_charge_id = IdField(emptied="")
    product_description = inputs.TextField(max_length=20_000)
    refund_policy_disclosure = inputs.TextField(max_length=20_000)
    refund_refusal_explanation = inputs.TextField(max_length=20_000)
    service_date = inputs.TextField()
    shipping_address = inputs.TextField()
    shipping_carrier = inputs.TextField()
    shipping_date = inputs.TextField()
    shipping_tracking_number = inputs.TextField()
    uncategorized_text = inputs.TextField(max_length=20_000)


EVIDENCE = tuple(sorted({*EvidenceHash._declared_fields, *_FILES}))


class DisputeUpdate(Input):
    evidence = inputs.HashField(EvidenceHash)
    metadata = inputs.MetadataField()
    submit = inputs.BooleanField()


class DisputeFilter(V1FilterSet):
    charge = ParamFilter(IdField(), "charge_id")
    payment_intent = ParamFilter(IdField(), "charge__payment_intent_id")


def _evidence(stored: Any) -> Wire:
    given = parsed(stored)
    shown = {name: given.get(name) or None for name in EVIDENCE}
    return {**shown, "enhanced_evidence": {}}


def _evidence_details(
    evidence: Any, due_at: datetime | None, submissions: int, status: str
) -> Wire:
    is_open = status == Status.NEEDS_RESPONSE
    return {
        "due_by": None if due_at is None else int(due_at.timestamp()),
        "enhanced_eligibility": {},
        "has_evidence": any(parsed(evidence).values()),
        "past_due": is_open and due_at is not None and due_at < clock.now(),
        "submission_count": submissions,
        "submission_method": "manual" if submissions else "not_submitted",
    }


def _method_details(stored: Any) -> Wire | None:
    details = parsed(stored) or {}
    if details.get("type") != "card":
        return None
    brand = details["card"].get("brand")
    card = {
        "brand": brand or "unknown",
        "case_type": "chargeback",
        "network": brand,
        "network_reason_code": None,
    }
    return {"card": card, "type": "card"}


class DisputeObject(WireObject):
    """A charge that the customer's bank takes back."""

    id = Plain()
    object = Constant("dispute")
    amount = Plain()
    balance_transactions = Filled(BalanceTransactionObject, is_list=True)
    charge = Expandable("charge_id", resource="charge")
    created = UnixTime("created_at")
    currency = Plain()
    enhanced_eligibility_types = Constant([])
    evidence = Computed(_evidence, "evidence", schema=FREE_HASH)
    evidence_details = Computed(
        _evidence_details, "evidence", "evidence_due_at", "submissions", "status", schema=FREE_HASH
    )
    is_charge_refundable = Computed(lambda status: status == Status.WON, "status", schema=BOOLEAN)
    livemode = Plain()
    metadata = Metadata()
    payment_intent = Expandable("charge__payment_intent_id", resource="payment_intent")
    payment_method_details = Computed(
        _method_details, "charge__method_details", schema=FREE_HASH_OR_NULL
    )
    reason = Plain()
    status = Spelled(STATUS)


class DisputeViewSet(V1ViewSet):
    resource = "disputes"
    model = Dispute
    output = DisputeObject
    filterset_class = DisputeFilter
    phased = frozenset({"update", "close"})
    inputs = {"update": DisputeUpdate}

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        plan = BalanceTransactionObject.plan()
        rows = BalanceTransaction.objects.filter(source_id__in=[wire["id"] for wire in wires])
        found = defaultdict(list)
        for row in rows.order_by("created_at", "id").values_list(*plan.columns):
            wire = plan.spell(row)
            found[wire["source"]].append(wire)
        for wire in wires:
            wire["balance_transactions"] = found[wire["id"]]

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(DisputeUpdate)
        dispute, submit = disputes.get(pk), body.pop("submit", None)
        submits = (
            "evidence" in body if submit is None else submit
        )  # Stripe hands in what comes, unless told not to
        return self.write(disputes.update(dispute, details=body, submit=submits, at=self.at))

    def close(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Concede a dispute, which is lost by it."""
        self.refuse_params()
        return self.write(disputes.close(disputes.get(pk), at=self.at))

    def missing(self, pk: str) -> NotFound:
        return payment_inputs.missing("dispute", pk)


def spelled(dispute: Dispute) -> Wire:
    """Return a dispute's wire form, with what it moved."""
    wire = DisputeObject.plan().spell_instance(dispute)
    DisputeViewSet.complete([wire])
    return wire
