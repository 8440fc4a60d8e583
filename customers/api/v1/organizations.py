"""`/v1/organizations`: the businesses that customers buy for (rules R10, C14)."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.api.v1.addresses import AddressHash, PostalAddress, deleted
from customers.models import POSTAL_FIELDS, Organization
from customers.restkit import inputs
from customers.restkit.inputs import Input
from customers.restkit.lists import ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Embedded,
    Metadata,
    Plain,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from customers.services import customers, organizations


class TaxIdHash(Input):
    type = inputs.TextField(required=True, emptied=..., max_length=40)
    value = inputs.TextField(required=True, emptied=..., max_length=64)


class OrganizationUpdate(Input):
    name = inputs.TextField(max_length=150, emptied=...)
    legal_name = inputs.TextField(max_length=255)
    tax_id = inputs.HashField(TaxIdHash, emptied=None)
    address = inputs.HashField(AddressHash, emptied=None)
    metadata = inputs.MetadataField()


class OrganizationCreate(OrganizationUpdate):
    name = inputs.TextField(max_length=150, emptied=..., required=True)


class OrganizationFilter(V1FilterSet):
    name = ParamFilter(inputs.TextField(), "name")


class OrganizationObject(WireObject):
    """A business."""

    id = Plain()
    object = Constant("organization")
    address = Embedded(PostalAddress)
    created = UnixTime("created_at")
    legal_name = Text()
    livemode = Plain()
    metadata = Metadata()
    name = Plain()
    tax_id = Computed(
        lambda kind, value: {"type": kind, "value": value} if value else None,
        "tax_id_type",
        "tax_id_value",
        schema={
            "type": ["object", "null"],
            "properties": {"type": {"type": "string"}, "value": {"type": "string"}},
        },
    )


class OrganizationViewSet(V1ViewSet):
    resource = "organizations"
    model = Organization
    output = OrganizationObject
    filterset_class = OrganizationFilter
    inputs = {"create": OrganizationCreate, "update": OrganizationUpdate}

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(OrganizationCreate)
        return self.write(organizations.create(details=_details(body, {}), at=self.at))

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(OrganizationUpdate)
        organization = organizations.get(pk)
        details = _details(body, organization.metadata)
        return self.write(organizations.update(organization, details=details, at=self.at))

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        return self.answer(
            deleted(organizations.delete(organizations.get(pk), at=self.at).pk, "organization")
        )


def _details(body: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    """Return a body in columns."""
    details = {name: value for name, value in body.items() if name in {"name", "legal_name"}}
    if "address" in body:
        details |= dict.fromkeys(POSTAL_FIELDS, "") | (body["address"] or {})
    if "tax_id" in body:
        tax_id = body["tax_id"] or {"type": "", "value": ""}
        details |= {"tax_id_type": tax_id["type"], "tax_id_value": tax_id["value"]}
    if "metadata" in body:
        details["metadata"] = customers.merged_metadata(metadata, body["metadata"])
    return details
