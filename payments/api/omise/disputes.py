"""`/omise/disputes`, with what was said and handed in.

Evidence is text here: a `message` goes to the bank at once, as Omise has it, and files are not kept.

Source: https://docs.omise.co/disputes-api, https://docs.omise.co/documents-api
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.kit import clock, tenancy
from customers.kit.errors import NotFound
from customers.restkit import inputs, omise_errors, omise_ids
from customers.restkit.inputs import Input
from customers.restkit.objects import Computed, Constant, Filled, Json, Plain, Spelled, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_inputs import OmiseMetadataField
from customers.restkit.omise_lists import OffsetPage
from customers.restkit.omise_objects import IsoTime, Location, OmiseId, envelope
from customers.restkit.views import Wire
from payments.api.omise.cards import parsed
from payments.api.omise.transactions import TransactionObject
from payments.models import BalanceTransaction, Dispute
from payments.services import disputes, reasons

Status = Dispute.Status
STATUS = {
    Status.NEEDS_RESPONSE: "open",
    Status.UNDER_REVIEW: "pending",
    Status.WON: "won",
    Status.LOST: "lost",
}
MESSAGES = {
    "cancelled_recurring_transaction": "Subscription was charged after it was cancelled",
    "credit_not_processed": "Promised refund did not arrive",
    "duplicate_processing": "Charged more than once for the same purchase",
    "goods_or_services_not_provided": "Services not provided or Merchandise not received",
    "non_matching_account_number": "Account number does not match",
    "not_as_described_or_defective_merchandise": "Not as described, or defective merchandise",
    "other": "Other",
    "transaction_not_recognised": "Cardholder does not recognise the transaction",
    "unauthorized_charge_aka_fraud": "Cardholder did not authorise the charge",
}
_TEXT = {"type": "string"}


class DisputeUpdate(Input):
    message = inputs.TextField(max_length=20_000, emptied=...)
    metadata = OmiseMetadataField()


def message_of(evidence: Any) -> str | None:
    """Return what the merchant said."""
    return parsed(evidence).get("uncategorized_text") or None


class DisputeObject(WireObject):
    """A charge that the customer's bank takes back."""

    object = Constant("dispute")
    id = OmiseId()
    livemode = Plain()
    location = Location("/disputes/{}")
    currency = Computed(str.upper, "currency", schema=_TEXT)
    amount = Plain()
    funding_amount = Plain("amount")
    funding_currency = Computed(str.upper, "currency", schema=_TEXT)
    metadata = Json()
    charge = OmiseId("charge_id")
    documents = Constant(None)
    transaction = Constant(None)
    transactions = Filled(TransactionObject, is_list=True)
    admin_message = Constant(None)
    message = Computed(message_of, "evidence", schema={"type": ["string", "null"]})
    reason_code = Computed(reasons.code_of, "reason", schema=_TEXT)
    reason_message = Computed(
        lambda reason: MESSAGES[reasons.code_of(reason)], "reason", schema=_TEXT
    )
    status = Spelled(STATUS)
    closed_at = IsoTime()
    created_at = IsoTime()


class DisputeViewSet(OmiseViewSet):
    resource = "disputes"
    model = Dispute
    output = DisputeObject
    path = "/disputes"
    phased = frozenset({"update", "accept"})

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        """Put what they moved on the disputes, and their documents, of which there are none."""
        plan, found = TransactionObject.plan(), defaultdict(list)
        pks = [omise_ids.canonical(wire["id"]) for wire in wires]
        rows = BalanceTransaction.objects.filter(source_id__in=pks).order_by("created_at", "id")
        for row in rows.values_list(*plan.columns):
            transaction = plan.spell(row)
            found[transaction["origin"]].append(transaction)
        for wire in wires:
            fill(wire, found[wire["id"]])

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(DisputeUpdate)
        message = body.pop("message", None)
        if message is not None:
            body["evidence"] = {"uncategorized_text": message}
        dispute = disputes.update(
            disputes.get(pk), details=body, submit=message is not None, at=self.at
        )
        return self.write(dispute)

    def accept(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Accept a dispute, which is lost by it."""
        self.refuse_params()
        return self.write(disputes.close(disputes.get(pk), at=self.at))


class OpenDisputeViewSet(DisputeViewSet):
    """Disputes that wait for an answer."""

    model = Dispute
    path = "/disputes/open"

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return Dispute.objects.filter(status=Status.NEEDS_RESPONSE)


class PendingDisputeViewSet(DisputeViewSet):
    """Disputes whose answer is with the bank."""

    model = Dispute
    path = "/disputes/pending"

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return Dispute.objects.filter(status=Status.UNDER_REVIEW)


class ClosedDisputeViewSet(DisputeViewSet):
    """Disputes that were won or lost."""

    model = Dispute
    path = "/disputes/closed"

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return Dispute.objects.filter(status__in=[Status.WON, Status.LOST])


class DocumentViewSet(OmiseViewSet):
    """A dispute's documents: there are none, since evidence is kept as text."""

    resource = "disputes"
    path = "/disputes/{}/documents"

    def read_params(self, request: HttpRequest) -> dict[str, Any]:
        """Return the parameters; a file is refused unread."""
        if self.action != "create":
            return super().read_params(request)
        self.livemode = tenancy.current().livemode
        return {}

    def list(self, request: HttpRequest, **parents: str) -> HttpResponse:
        page = OffsetPage.from_params(self.params)
        dispute = disputes.get(parents["dispute"])
        return self.listed([], page, total=0, parent_id=dispute.pk)

    def create(self, request: HttpRequest, dispute: str) -> HttpResponse:
        """Say that files are not kept, and where text goes."""
        disputes.get(dispute)
        return omise_errors.plain(
            404,
            "service_not_found",
            "Keeptab does not keep documents of disputes: send what is to be said as the dispute's message.",
        )

    def retrieve(self, request: HttpRequest, pk: str, **parents: str) -> HttpResponse:
        self.refuse_params()
        disputes.get(parents["dispute"])
        raise NotFound(f"document {pk[:80]} was not found")

    def destroy(self, request: HttpRequest, dispute: str, pk: str) -> HttpResponse:
        """Answer as for every document that is not there."""
        return self.retrieve(request, pk, dispute=dispute)


def fill(wire: Wire, transactions: list[Wire]) -> None:
    """Put what it moved on a dispute, and its documents."""
    location = f"/disputes/{wire['id']}/documents"
    wire["documents"] = envelope([], location=location, total=0, at=clock.now())
    wire["transactions"] = transactions
    wire["transaction"] = transactions[0]["id"] if transactions else None
