"""`/omise/links/{link}/charges`, and the charges that a link shows.

Source: https://docs.omise.co/links-api
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from customers.restkit.objects import Computed, Constant, Plain, Spelled, Text, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_objects import IsoTime, Location, OmiseId
from customers.restkit.views import Wire
from payments.models import Charge
from payments.services import links

Status = Charge.Status
STATUS = {
    Status.PENDING: "pending",
    Status.AUTHORIZED: "pending",
    Status.SUCCEEDED: "successful",
    Status.FAILED: "failed",
    Status.VOIDED: "reversed",
    Status.EXPIRED: "expired",
}
_SHOWN = 20  # charges that a link's object holds
_TEXT, _BOOLEAN = {"type": "string"}, {"type": "boolean"}


class LinkChargeObject(WireObject):
    """A charge that paid a link, or was to pay it."""

    object = Constant("charge")
    id = OmiseId()
    livemode = Plain()
    location = Location("/charges/{}")
    link = OmiseId("link_id")
    amount = Plain()
    currency = Computed(str.upper, "currency", schema=_TEXT)
    description = Text()
    status = Spelled(STATUS)
    paid = Computed(lambda status: status == Status.SUCCEEDED, "status", schema=_BOOLEAN)
    refunded_amount = Plain("amount_refunded")
    failure_code = Text()
    failure_message = Text()
    transaction = OmiseId("balance_transaction_id")
    paid_at = Computed(
        lambda status, instant: IsoTime().spell(instant) if status == Status.SUCCEEDED else None,
        "status", "settled_at", schema={"type": ["string", "null"]},
    )  # fmt: skip
    created_at = IsoTime()


class LinkChargeViewSet(OmiseViewSet):
    resource = "links"
    model = Charge
    output = LinkChargeObject
    path = "/links/{}/charges"
    parent = "link_id"
    parent_name = "link"

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return Charge.objects.all()

    def checked_parent(self, **parents: str) -> str:
        return str(links.get(parents["link"]).pk)


def of_links(link_ids: Sequence[str]) -> dict[str, tuple[list[Wire], int]]:
    """Return by link its first charges and how many it has."""
    order = [F("created_at").asc(), F("id").asc()]
    numbered = Charge.objects.filter(link_id__in=link_ids).annotate(
        position=Window(RowNumber(), partition_by=F("link_id"), order_by=order),
        of_all=Window(Count("id"), partition_by=F("link_id")),
    )
    plan = LinkChargeObject.plan()
    place = plan.columns.index("link_id")
    found: dict[str, tuple[list[Wire], int]] = defaultdict(lambda: ([], 0))
    rows = numbered.filter(position__lte=_SHOWN).order_by("position")
    for *row, total in rows.values_list(*plan.columns, "of_all"):
        shown, _total = found[row[place]]
        found[row[place]] = [*shown, plan.spell(row)], total
    return found
