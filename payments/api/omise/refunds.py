"""`/omise/charges/{charge}/refunds`, `/omise/refunds`, and the refunds that charges show.

Source: https://docs.omise.co/refunds-api
"""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse

from customers.kit import clock
from customers.restkit import inputs, omise_ids
from customers.restkit.inputs import Input
from customers.restkit.objects import Computed, Constant, Json, Plain, Spelled, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_inputs import OmiseMetadataField
from customers.restkit.omise_objects import IsoTime, Location, OmiseId, envelope
from customers.restkit.views import Wire
from customers.services import test_clocks
from payments.models import Charge, Refund
from payments.services import charges, refunds

STATUS = {
    Refund.Status.PENDING: "pending",
    Refund.Status.SUCCEEDED: "closed",
    Refund.Status.FAILED: "failed",
}
_RELEASED = (Charge.Status.VOIDED, Charge.Status.EXPIRED)
_SHOWN = 20  # refunds that a charge's object holds
_PATH = "/charges/{}/refunds"
_TEXT = {"type": "string"}


class RefundCreate(Input):
    amount = inputs.IntegerField(min_value=1, required=True)
    metadata = OmiseMetadataField()
    void = inputs.BooleanField()


class RefundObject(WireObject):
    """Money on its way back."""

    object = Constant("refund")
    id = OmiseId()
    livemode = Plain()
    location = Location("/charges/{}/refunds/{}", "charge_id", "id")
    acquirer_reference_number = Constant(None)
    amount = Plain()
    approval_code = Constant(None)
    charge = OmiseId("charge_id")
    created_at = IsoTime()
    currency = Computed(str.upper, "currency", schema=_TEXT)
    funding_amount = Plain("amount")
    funding_currency = Computed(str.upper, "currency", schema=_TEXT)
    metadata = Json()
    status = Spelled(STATUS)
    terminal = Constant(None)
    transaction = OmiseId("balance_transaction_id")
    voided = Computed(
        lambda status: status in _RELEASED, "charge__status", schema={"type": "boolean"}
    )


class RefundViewSet(OmiseViewSet):
    resource = "refunds"
    model = Refund
    output = RefundObject
    path = "/refunds"


class ChargeRefundViewSet(OmiseViewSet):
    """A charge's refunds."""

    resource = "refunds"
    model = Refund
    output = RefundObject
    path = _PATH
    parent, parent_name = "charge_id", "charge"
    phased = frozenset({"create"})
    refused_as = {"create": "failed_refund"}

    def checked_parent(self, **parents: str) -> str:
        return str(charges.get(parents["charge"]).pk)

    def create(self, request: HttpRequest, charge: str) -> HttpResponse:
        body = self.read(RefundCreate)
        give_back = refunds.void if body.get("void") else refunds.create
        given = charges.get(charge)
        refund = give_back(
            given,
            amount=body["amount"],
            metadata=dict(body.get("metadata") or {}),
            request_key=self.request_key,
            at=test_clocks.now_for_id(given.customer_id, self.at),
        )
        return self.write(refund)


def embed(wires: Sequence[Wire]) -> None:
    """Put the refunds on charges whose `refunds` tells whether there are some."""
    found = _of_charges([omise_ids.canonical(wire["id"]) for wire in wires if wire["refunds"]])
    at = clock.now()
    for wire in wires:
        shown, total = found[omise_ids.canonical(wire["id"])]
        wire["refunds"] = envelope(shown, location=_PATH.format(wire["id"]), total=total, at=at)


def _of_charges(pks: Sequence[str]) -> dict[str, tuple[list[Wire], int]]:
    """Return charges' refunds, the oldest first, and how many each has."""
    found: dict[str, tuple[list[Wire], int]] = defaultdict(lambda: ([], 0))
    if not pks:
        return found
    order = [F("created_at").asc(), F("id").asc()]
    numbered = Refund.objects.filter(charge_id__in=pks).annotate(
        position=Window(RowNumber(), partition_by=F("charge_id"), order_by=order),
        of_all=Window(Count("id"), partition_by=F("charge_id")),
    )
    plan = RefundObject.plan()
    rows = numbered.filter(position__lte=_SHOWN).order_by("position")
    place = plan.columns.index("charge_id")
    for *row, total in rows.values_list(*plan.columns, "of_all"):
        shown, _ = found[row[place]]
        found[row[place]] = [*shown, plan.spell(row)], total
    return found
