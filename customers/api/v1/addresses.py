"""`/v1/customers/{customer}/addresses`: the typed addresses of a customer (rules R14, C15).

Stripe has no such resource; the members are those of its `address` hash.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.api.v1.parents import OfCustomer
from customers.models import Address
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.inputs import Input
from customers.restkit.objects import (
    Constant,
    Expandable,
    Metadata,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.services import addresses, customers

KINDS = {Address.Kind.BILLING: "billing", Address.Kind.SHIPPING: "shipping"}


class AddressHash(Input):
    city = inputs.TextField(max_length=255)
    country = inputs.CountryField()
    line1 = inputs.TextField(max_length=500)
    line2 = inputs.TextField(max_length=500)
    postal_code = inputs.TextField(max_length=64)
    state = inputs.TextField(max_length=255)


class ShippingHash(Input):
    address = inputs.HashField(AddressHash, required=True)
    name = inputs.TextField(required=True, emptied=...)
    phone = inputs.TextField(max_length=64)


class AddressUpdate(AddressHash):
    name = inputs.TextField()
    company = inputs.TextField(max_length=255)
    phone = inputs.TextField(max_length=64)
    is_default = inputs.BooleanField()
    metadata = inputs.MetadataField()


class AddressCreate(AddressUpdate):
    type = inputs.ChoiceField(KINDS.values(), required=True, source="kind")


class PostalAddress(WireObject):
    """Stripe's `address` hash."""

    city = Text()
    country = Text()
    line1 = Text()
    line2 = Text()
    postal_code = Text()
    state = Text()


class AddressObject(WireObject):
    """A customer's address."""

    id = Plain()
    object = Constant("address")
    city = Text()
    company = Text()
    country = Text()
    created = UnixTime("created_at")
    customer = Expandable("customer_id", resource="customer")
    is_default = Plain()
    line1 = Text()
    line2 = Text()
    livemode = Plain()
    metadata = Metadata()
    name = Text()
    phone = Text()
    postal_code = Text()
    state = Text()
    type = Spelled(KINDS, "kind")


class AddressViewSet(OfCustomer):
    resource = "customers"
    model = Address
    output = AddressObject
    inputs = {"create": AddressCreate, "update": AddressUpdate}

    def create(self, request: HttpRequest, customer: str) -> HttpResponse:
        body = self.read(AddressCreate)
        return self.write(
            addresses.create(self.owner(customer), details=_details(body), at=self.at)
        )

    def update(self, request: HttpRequest, customer: str, pk: str) -> HttpResponse:
        body = self.read(AddressUpdate)
        address = addresses.get(self.owner(customer), pk)
        details = _details(body, current=address.metadata)
        return self.write(addresses.update(address, details=details, at=self.at))

    def destroy(self, request: HttpRequest, customer: str, pk: str) -> HttpResponse:
        self.refuse_params()
        address = addresses.delete(addresses.get(self.owner(customer), pk), at=self.at)
        return self.answer(deleted(address.pk, "address"))


def deleted(pk: str, object_: str) -> Wire:
    """Return the wire form of what was deleted."""
    return {"id": pk, "object": object_, "deleted": True}


def _details(body: dict[str, Any], current: dict[str, Any] | None = None) -> dict[str, Any]:
    if "metadata" in body:
        body["metadata"] = customers.merged_metadata(current or {}, body["metadata"])
    return body
