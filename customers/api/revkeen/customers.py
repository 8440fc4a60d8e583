"""`/revkeen/v2/customers`.

Bodies are the library's, flat and in camel case, and the documentation's, with an `address` and in either casing (fact
F5). Answers have the members of the library's types, and beside them what the documentation shows: `address`,
`currency` and `tax_id`.

Source: https://docs.revkeen.com/api-reference/openapi
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.api.revkeen import changes
from customers.kit import statements, tenancy
from customers.kit.errors import InvalidRequest
from customers.models import Customer
from customers.restkit import inputs
from customers.restkit.inputs import EMPTIED
from customers.restkit.matches import MatchHash, matched
from customers.restkit.objects import Computed, Json, Plain, Text, WireObject
from customers.restkit.omise_objects import IsoTime
from customers.restkit.revkeen import RevkeenViewSet, json_response
from customers.restkit.revkeen_inputs import CasedInput, MergedMetadataField
from customers.restkit.revkeen_lists import Offset, OffsetParams
from customers.restkit.views import Wire
from customers.services import customers, email_addresses, search, tax_ids, test_clocks

_COLUMNS = {
    "address_line1": "line1", "address_line2": "line2", "city": "city", "country": "country",
    "postal_code": "postal_code", "state": "state",
}  # fmt: skip
"""By the flat parameter: the column of the billing address."""
_TEXT = {"type": "string"}
_HASH = {"type": "object", "additionalProperties": True}


class AddressHash(CasedInput):
    city = inputs.TextField(max_length=255)
    country = inputs.CountryField()
    line1 = inputs.TextField(max_length=500)
    line2 = inputs.TextField(max_length=500)
    postal_code = inputs.TextField(max_length=64)
    state = inputs.TextField(max_length=255)


class CustomerUpdate(CasedInput):
    address = inputs.HashField(AddressHash, emptied=EMPTIED)
    address_line1 = inputs.TextField(max_length=500)
    address_line2 = inputs.TextField(max_length=500)
    city = inputs.TextField(max_length=255)
    company_name = inputs.TextField(max_length=150, source="business_name")
    country = inputs.CountryField()
    currency = inputs.CurrencyField(emptied="", source="preferred_currency")
    custom_fields = inputs.ValuesField()
    email = inputs.EmailField(max_length=512, emptied=...)
    metadata = MergedMetadataField()
    name = inputs.TextField()
    phone = inputs.TextField(max_length=64)
    postal_code = inputs.TextField(max_length=64)
    state = inputs.TextField(max_length=255)
    tax_id = inputs.TextField(max_length=64)


class CustomerCreate(CustomerUpdate):
    email = inputs.EmailField(max_length=512, emptied=..., required=True)
    match = inputs.HashField(MatchHash)


class CustomerListParams(OffsetParams):
    email = inputs.TextField(max_length=512, emptied=...)
    search = inputs.TextField(max_length=500)


def _billing(stored: Any) -> Mapping[str, Any]:
    """Return the default billing address, as a statement loads it or as an instance has it."""
    found = orjson.loads(stored) if isinstance(stored, str) else stored
    billing: Mapping[str, Any] = found.get("billing") or {}
    return billing


class Address(Computed):
    """A part of the billing address.

    Args:
        function: gets the address.
    """

    def __init__(self, function: Any, schema: Mapping[str, Any]) -> None:
        super().__init__(
            lambda stored: function(_billing(stored)), "default_addresses",
            attributes=("addresses_shown",), optional=True, schema=schema,
        )  # fmt: skip


def _line(column: str) -> Address:
    return Address(lambda address: address.get(column), _TEXT)


class CustomerObject(WireObject):
    """A customer; what there is nothing of is left out."""

    id = Plain()
    merchant_id = Plain("site_id")
    merchant_ref_id = Text("external_id", optional=True)
    email = Plain()
    name = Text("full_name", attribute="shown_name", optional=True)
    phone = Text(optional=True)
    company_name = Text("organization_name", optional=True)
    address_line1 = _line("line1")
    address_line2 = _line("line2")
    city = _line("city")
    state = _line("state")
    postal_code = _line("postal_code")
    country = _line("country")
    address = Address(
        lambda address: (
            {column: address.get(column) or None for column in _COLUMNS.values()}
            if address
            else None
        ),
        _HASH,
    )
    currency = Computed(str.upper, "preferred_currency", optional=True, schema=_TEXT)
    metadata = Json()
    custom_fields = Json()
    created_at = IsoTime()


class CustomerViewSet(RevkeenViewSet):
    resource = "customers"
    model = Customer
    output = CustomerObject

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return Customer.objects.living()

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        """Put on the customers when they were last changed, and their tax ids."""
        changes.put_last(wires)
        known = tax_ids.primaries([wire["id"] for wire in wires])
        for wire in wires:
            if wire["id"] in known:
                wire["tax_id"] = known[wire["id"]]

    def prepare(self, body: Mapping[str, Any]) -> None:
        email = body.get("email")
        if isinstance(email, str) and email and self.action != "list":
            email_addresses.check_deliverable(tenancy.current().site, email)

    def list(self, request: HttpRequest) -> HttpResponse:
        """List customers, the newest first, or those who are found."""
        asked = self.read(CustomerListParams)
        offset = Offset.from_params(asked)
        rows = self.rows()
        if "email" in asked:
            rows = rows.filter(email__iexact=asked["email"])
        if asked.get("search"):
            rows = rows.filter(search.containing(asked["search"]))
        pks, total = offset.of(rows)
        data = self.shown(self.rows().filter(pk__in=pks).order_by("-created_at", "-id"))
        counted = {} if total is None else {"total": total}
        pagination = {"limit": offset.limit, "offset": offset.offset, **counted}
        return json_response({"data": data, "pagination": pagination})

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(CustomerCreate)
        match, tax_id = body.pop("match", None), body.pop("tax_id", "")
        details = _details(body)
        if match is None:
            customers.claim_email(body["email"])
            customer, is_new = customers.create(details=details, at=self.at), True
        else:
            customer, is_new = customers.match_or_create(
                match["on"], matched(match["on"], body), details=details, at=self.at
            )
        if tax_id and is_new:
            statements.insert_gathered()
            tax_ids.set_primary(customer, tax_id, at=self.at)
        return self.write(customer, status=201 if is_new else 200)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(CustomerUpdate)
        customer = self.living(pk)
        tax_id = body.pop("tax_id", None)
        if "email" in body:
            customers.claim_email(body["email"], but=customer)
        customer = customers.update(customer, details=_details(body), at=self.at)
        if tax_id is not None:
            tax_ids.set_primary(customer, tax_id, at=self.at)
        return self.write(customer)

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        customer = customers.delete(self.living(pk), at=self.at)
        return self.answer({"id": customer.pk, "deleted": True})

    def living(self, pk: str) -> Customer:
        """Return a customer that was not deleted; from now on the request's time is the customer's.

        Raises:
            NotFound: there is none with this id.
        """
        customer = customers.get_living(pk, param="id")
        self.at = test_clocks.now_for(customer, self.at)
        return customer


def _details(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body in the terms of the service.

    Raises:
        InvalidRequest: a part of the address is there twice.
    """
    details = {name: value for name, value in body.items() if name not in _COLUMNS}
    flat = {column: body[name] for name, column in _COLUMNS.items() if name in body}
    twice = flat.keys() & (body.get("address") or {}).keys()
    if twice or (flat and "address" in body and body["address"] is None):
        raise InvalidRequest("The address is there twice, flat and as a hash.", param="address")
    if flat:
        details["address"] = {**(body.get("address") or {}), **flat}
    return details
