"""`/v1/checkout/sessions/{session}/line_items` and `/v1/payment_links/{payment_link}/line_items`.

Source: https://docs.stripe.com/api/checkout/sessions/line_items
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse

from customers.kit.errors import NotFound
from customers.restkit import expansion
from customers.restkit.expansion import Wire
from customers.restkit.lists import Page, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    EmbeddedRelated,
    Metadata,
    Plain,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet, json_response
from payments.billing.api.v1.prices import PriceObject
from portal.api.v1 import checkout_members as members
from portal.models import CheckoutItem
from portal.services import checkouts, payment_links

SHOWN = 10  # how many items a session shows of itself, where they are asked for


class LineItemObject(WireObject):
    """Something that is offered."""

    id = Plain()
    object = Constant("item")
    adjustable_quantity = Computed(
        members.adjustable, "least_quantity", "most_quantity", schema=members.HASH_OR_NULL
    )
    amount_discount = Plain()
    amount_subtotal = Plain()
    amount_tax = Plain()
    amount_total = Plain()
    currency = Plain()
    description = Plain()
    discounts = Constant(None)
    metadata = Metadata()
    price = EmbeddedRelated(PriceObject, "price")
    quantity = Plain()
    taxes = Constant(None)


class OrderedFilter(V1FilterSet):
    """Items are narrowed by nothing."""

    @classmethod
    def get_filters(cls) -> dict[str, object]:  # type: ignore[override]  # any mapping will do
        return {}


class _ItemViewSet(V1ViewSet):
    """Items in the order in which they are offered."""

    @classmethod
    def resource_name(cls) -> str:
        return ""  # nothing refers to one

    def list(self, request: HttpRequest, **parents: str) -> HttpResponse:
        page = Page.from_params(self.params, self.filterset_class)
        paths = expansion.check(self.output, self.expands, in_list=True)
        owner = self.checked_parent(**parents)
        rows = CheckoutItem.objects.filter(**{self.parent: owner})
        cursor = page.starting_after or page.ending_before
        if cursor:
            place = rows.filter(pk=cursor).values_list("position", flat=True).first()
            if place is None:
                name = "starting_after" if page.starting_after else "ending_before"
                raise NotFound(f"No such line item: '{cursor}'", param=name)
            rows = rows.filter(**{f"position__{'lt' if page.ending_before else 'gt'}": place})
        start = (page.page - 1) * page.limit
        found = rows.order_by("-position" if page.ending_before else "position")
        shown = [
            self.spell(row)
            for row in found.values_list(*self.columns())[start : start + page.limit + 1]
        ]
        data = shown[: page.limit]
        if page.ending_before:
            data.reverse()
        expansion.expand(data, self.output, paths)
        has_more = len(shown) > page.limit
        return json_response(
            {"object": "list", "data": data, "has_more": has_more, "url": request.path}
        )


class SessionItemViewSet(_ItemViewSet):
    resource = "checkout_sessions"
    model = CheckoutItem
    output = LineItemObject
    filterset_class = OrderedFilter
    parent = "session_id"
    parent_name = "session"

    def checked_parent(self, **parents: str) -> str:
        return checkouts.get(parents["session"]).pk


class LinkItemViewSet(_ItemViewSet):
    resource = "payment_links"
    model = CheckoutItem
    output = LineItemObject
    filterset_class = OrderedFilter
    parent = "payment_link_id"
    parent_name = "payment_link"

    def checked_parent(self, **parents: str) -> str:
        return payment_links.get(parents["payment_link"]).pk


def of_sessions(wires: Sequence[Wire]) -> list[Wire]:
    """Return the first items of each session, for `expand`."""
    return _of("session_id", "/v1/checkout/sessions", wires)


def of_links(wires: Sequence[Wire]) -> list[Wire]:
    """Return the first items of each payment link, for `expand`."""
    return _of("payment_link_id", "/v1/payment_links", wires)


def _of(column: str, path: str, wires: Sequence[Wire]) -> list[Wire]:
    owners = [wire["id"] for wire in wires]
    numbered = CheckoutItem.objects.filter(**{f"{column}__in": owners}).annotate(
        place=Window(RowNumber(), partition_by=F(column), order_by=F("position").asc())
    )
    plan = LineItemObject.plan()
    rows = numbered.filter(place__lte=SHOWN + 1).order_by("place")
    found: dict[str, list[Any]] = defaultdict(list)
    for owner, *row in rows.values_list(column, *plan.columns):
        found[owner].append(plan.spell(row))
    return [
        {
            "object": "list",
            "data": found[owner][:SHOWN],
            "has_more": len(found[owner]) > SHOWN,
            "url": f"{path}/{owner}/line_items",
        }
        for owner in owners
    ]
