"""What a balance transaction's `source` leads to: a charge, a refund or a dispute, told apart by the id."""

from collections.abc import Iterable

from customers.restkit import expansion
from customers.restkit.expansion import Resource, Wire
from payments.api.v1.charges import ChargeObject, ChargeViewSet
from payments.api.v1.disputes import DisputeObject, DisputeViewSet
from payments.api.v1.refunds import RefundObject, RefundViewSet

_VIEWS = (ChargeViewSet, RefundViewSet, DisputeViewSet)


def load(ids: Iterable[str]) -> dict[str, Wire]:
    """Return wire forms by id, whichever kind of source each is."""
    wanted = list(ids)
    found: dict[str, Wire] = {}
    for view in _VIEWS:
        prefix = f"{view.model.PREFIX}_"
        found |= view.load([pk for pk in wanted if pk.startswith(prefix)])
    return found


def enter() -> None:
    """Let `expand` know them."""
    expansion.resources["balance_source"] = Resource(
        ChargeObject, load, others=(RefundObject, DisputeObject)
    )
