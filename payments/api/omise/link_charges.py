"""`/omise/links/{link}/charges`, and the charges that a link shows.

Source: https://docs.omise.co/links-api
"""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from customers.restkit.views import Wire
from payments.api.omise.charges import ChargeViewSet
from payments.models import Charge
from payments.services import links

_SHOWN = 20  # charges that a link's object holds


class LinkChargeViewSet(ChargeViewSet):
    """The charges that paid a link, or were to pay it."""

    resource = "links"
    model = Charge
    path = "/links/{}/charges"
    parent = "link_id"
    parent_name = "link"

    def checked_parent(self, **parents: str) -> str:
        return str(links.get(parents["link"]).pk)


def of_links(link_ids: Sequence[str]) -> dict[str, tuple[list[Wire], int]]:
    """Return by link its first charges and how many it has."""
    order = [F("created_at").asc(), F("id").asc()]
    numbered = (
        ChargeViewSet.rows()
        .filter(link_id__in=link_ids)
        .annotate(
            position=Window(RowNumber(), partition_by=F("link_id"), order_by=order),
            of_all=Window(Count("id"), partition_by=F("link_id")),
        )
    )
    columns = ChargeViewSet.columns()
    place = columns.index("link_id")
    found: dict[str, tuple[list[Wire], int]] = defaultdict(lambda: ([], 0))
    rows = numbered.filter(position__lte=_SHOWN).order_by("position")
    for *row, total in rows.values_list(*columns, "of_all"):
        shown, _total = found[row[place]]
        found[row[place]] = [*shown, ChargeViewSet.spell(row)], total
    ChargeViewSet.complete([wire for shown, _total in found.values() for wire in shown])
    return found
