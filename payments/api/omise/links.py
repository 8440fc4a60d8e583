"""`/omise/links`.

Source: https://docs.omise.co/links-api
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.kit import clock
from customers.restkit import inputs, omise_ids
from customers.restkit.inputs import Input
from customers.restkit.objects import Computed, Constant, Plain, Text, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_objects import IsoTime, Location, OmiseId, envelope, iso
from customers.restkit.views import Wire
from payments.api.omise import link_charges
from payments.models import Link
from payments.money import Money
from payments.services import links

_TEXT, _BOOLEAN = {"type": "string"}, {"type": "boolean"}


class LinkCreate(Input):
    amount = inputs.IntegerField(required=True)
    currency = inputs.CurrencyField(required=True)
    description = inputs.TextField(required=True, max_length=4500, emptied=...)
    multiple = inputs.BooleanField()
    title = inputs.TextField(required=True, max_length=255, emptied=...)


class LinkObject(WireObject):
    """A payment that is asked for by an address."""

    object = Constant("link")
    id = OmiseId()
    livemode = Plain()
    location = Location("/links/{}")
    amount = Plain()
    currency = Computed(str.upper, "currency", schema=_TEXT)
    title = Plain()
    description = Text()
    multiple = Plain("is_multiple")
    used = Constant(value=False)
    payment_uri = Computed(links.address_of, "id", schema=_TEXT)
    charges = Constant(None)
    deleted = Computed(lambda instant: instant is not None, "deleted_at", schema=_BOOLEAN)
    deleted_at = IsoTime()
    used_at = Constant(None)
    created_at = IsoTime()


class LinkViewSet(OmiseViewSet):
    resource = "links"
    model = Link
    output = LinkObject
    path = "/links"

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return Link.objects.filter(deleted_at=None)

    @classmethod
    def all_rows(cls) -> QuerySet[Any]:
        return Link.objects.all()

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        """Put the charges on the links, and whether they were used."""
        pks = [omise_ids.canonical(wire["id"]) for wire in wires]
        found, used, at = link_charges.of_links(pks), links.used_at(pks), clock.now()
        for pk, wire in zip(pks, wires, strict=True):
            shown, total = found.get(pk, ([], 0))
            location = f"/links/{wire['id']}/charges"
            wire["charges"] = envelope(
                shown, location=location, total=total, at=at, order="chronological"
            )
            instant = used.get(pk)
            wire["used"] = pk in used
            wire["used_at"] = None if instant is None else iso(instant)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(LinkCreate)
        link = links.create(
            money=Money(body["amount"], body["currency"]),
            title=body["title"],
            description=body["description"],
            is_multiple=body.get("multiple", False),
            at=self.at,
        )
        return self.write(link)

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        return self.write(links.delete(links.get(pk), at=self.at))
