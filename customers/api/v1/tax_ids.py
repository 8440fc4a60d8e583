"""`/v1/customers/{customer}/tax_ids`.

Source: https://docs.stripe.com/api/tax_ids
"""

from django.http import HttpRequest, HttpResponse

from customers.api.v1.addresses import deleted
from customers.api.v1.parents import OfCustomer
from customers.models import TaxId
from customers.restkit import inputs
from customers.restkit.inputs import Input
from customers.restkit.objects import (
    Constant,
    Embedded,
    Expandable,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.services import tax_ids

VERIFICATION = {
    TaxId.Verification.PENDING: "pending",
    TaxId.Verification.VERIFIED: "verified",
    TaxId.Verification.UNVERIFIED: "unverified",
    TaxId.Verification.UNAVAILABLE: "unavailable",
}


class TaxIdCreate(Input):
    type = inputs.TextField(required=True, emptied=..., max_length=40, source="kind")
    value = inputs.TextField(required=True, emptied=..., max_length=64)


class TaxIdOwner(WireObject):
    """Who has the tax id."""

    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    type = Constant("customer")


class TaxIdVerification(WireObject):
    """What is known of its truth."""

    status = Spelled(VERIFICATION, "verification")
    verified_address = Constant(None)
    verified_name = Constant(None)


class TaxIdObject(WireObject):
    """A customer's tax id."""

    id = Plain()
    object = Constant("tax_id")
    country = Text()
    created = UnixTime("created_at")
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    livemode = Plain()
    owner = Embedded(TaxIdOwner)
    type = Plain("kind")
    value = Plain()
    verification = Embedded(TaxIdVerification)


class TaxIdViewSet(OfCustomer):
    resource = "customers"
    model = TaxId
    output = TaxIdObject
    inputs = {"create": TaxIdCreate}

    def create(self, request: HttpRequest, customer: str) -> HttpResponse:
        body = self.read(TaxIdCreate)
        return self.write(tax_ids.create(self.owner(customer), **body, at=self.at))

    def destroy(self, request: HttpRequest, customer: str, pk: str) -> HttpResponse:
        self.refuse_params()
        tax_id = tax_ids.delete(tax_ids.get(self.owner(customer), pk), at=self.at)
        return self.answer(deleted(tax_id.pk, "tax_id"))
