"""`/omise/customers/{customer}/cards`, and the cards that other objects show.

Source: https://docs.omise.co/cards-api
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import orjson
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse

from customers.models import Customer
from customers.restkit import inputs, omise_ids
from customers.restkit.inputs import Input
from customers.restkit.objects import Computed, Constant, Plain, Text, WireObject
from customers.restkit.omise import OmiseViewSet, deleted
from customers.restkit.omise_inputs import NumberOrTextField
from customers.restkit.omise_objects import IsoTime, Location, OmiseId
from customers.restkit.views import Wire, json_response
from customers.services import customers, test_clocks
from payments.models import PaymentMethod
from payments.services import payment_methods

BRANDS = {
    "amex": "American Express", "diners": "Diners Club", "discover": "Discover", "eftpos_au": "Eftpos",
    "jcb": "JCB", "mastercard": "MasterCard", "unionpay": "UnionPay", "visa": "Visa",
}  # fmt: skip
_SHOWN = 20  # cards that a customer's object holds
_TEXT = {"type": "string"}
_NULLABLE = {"type": ["string", "null"]}


class CardUpdate(Input):
    city = NumberOrTextField(max_length=255)
    country = inputs.CountryField()
    expiration_month = inputs.IntegerField(min_value=1, max_value=12)
    expiration_year = inputs.IntegerField(min_value=1970, max_value=2100)
    name = inputs.TextField()
    phone_number = NumberOrTextField(max_length=64)
    postal_code = NumberOrTextField(max_length=64)
    state = NumberOrTextField(max_length=255)
    street1 = NumberOrTextField(max_length=500)
    street2 = NumberOrTextField(max_length=500)


def brand_of(brand: str) -> str:
    """Return a card brand in Omise's words."""
    return BRANDS.get(brand, brand.title() or "Unknown")


def parsed(stored: Any) -> Any:
    """Return a column of JSON, as a statement loads it or as an instance has it."""
    return orjson.loads(stored) if isinstance(stored, str) else stored


def _billing(member: str) -> Computed:
    return Computed(
        lambda stored: parsed(stored).get(member) or None, "billing_details", schema=_NULLABLE
    )


def _address(member: str) -> Computed:
    def shown(stored: Any) -> str | None:
        return (parsed(stored).get("address") or {}).get(member) or None

    return Computed(shown, "billing_details", schema=_NULLABLE)


class CardObject(WireObject):
    """A card of a customer."""

    object = Constant("card")
    id = OmiseId()
    livemode = Plain()
    location = Location("/customers/{}/cards/{}", "customer_id", "id")
    deleted = Constant(value=False)
    street1 = _address("line1")
    street2 = _address("line2")
    city = _address("city")
    state = _address("state")
    phone_number = _billing("phone")
    postal_code = _address("postal_code")
    country = Text()
    financing = Plain("funding")
    bank = Constant("")
    brand = Computed(brand_of, "brand", schema=_TEXT)
    fingerprint = Text()
    first_digits = Constant(None)
    last_digits = Text("last4")
    name = _billing("name")
    expiration_month = Plain("exp_month")
    expiration_year = Plain("exp_year")
    security_code_check = Computed(
        lambda check: check == "pass", "cvc_check", schema={"type": "boolean"}
    )
    tokenization_method = Constant(None)
    created_at = IsoTime()


class CardViewSet(OmiseViewSet):
    resource = "payment_methods"
    model = PaymentMethod
    output = CardObject
    path = "/customers/{}/cards"
    parent = "customer_id"
    refused_as = {"update": "invalid_card"}

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return PaymentMethod.objects.filter(kind=PaymentMethod.Kind.CARD)

    def checked_parent(self, **parents: str) -> str:
        return str(self._owner(parents["customer"]).pk)

    def retrieve(self, request: HttpRequest, pk: str, **parents: str) -> HttpResponse:
        self.checked_parent(**parents)
        return super().retrieve(request, pk, **parents)

    def update(self, request: HttpRequest, customer: str, pk: str) -> HttpResponse:
        body = self.read(CardUpdate)
        card = self._own(customer, pk)
        return self.write(payment_methods.update(card, details=_details(body), at=self.at))

    def destroy(self, request: HttpRequest, customer: str, pk: str) -> HttpResponse:
        self.refuse_params()
        card = payment_methods.detach(self._own(customer, pk), at=self.at)
        return json_response(deleted("card", card.pk, livemode=card.livemode))

    def _own(self, customer: str, pk: str) -> PaymentMethod:
        method = payment_methods.get_own(self._owner(customer), pk)
        if method.kind != PaymentMethod.Kind.CARD:
            raise self.missing(pk)
        return method

    def _owner(self, customer: str) -> Customer:
        owner = customers.get_living(customer)
        self.at = test_clocks.now_for(owner, self.at)
        return owner


def of_customers(defaults: Mapping[str, str | None]) -> dict[str, tuple[list[Wire], int]]:
    """Return customers' newest cards and how many each has; see `customers.api.omise.customers.Cards`."""
    wanted = [
        pk for default in defaults.values() if default for pk in omise_ids.candidates(default)
    ]
    order = [F("created_at").desc(), F("id").desc()]
    numbered = (
        CardViewSet.rows()
        .filter(customer_id__in=list(defaults))
        .annotate(
            position=Window(RowNumber(), partition_by=F("customer_id"), order_by=order),
            of_all=Window(Count("id"), partition_by=F("customer_id")),
        )
    )
    plan = CardObject.plan()
    rows = numbered.filter(Q(position__lte=_SHOWN) | Q(pk__in=wanted)).order_by("position")
    found: dict[str, tuple[list[Wire], int]] = defaultdict(lambda: ([], 0))
    place = plan.columns.index("customer_id")
    for *row, total in rows.values_list(*plan.columns, "of_all"):
        shown, _ = found[row[place]]
        found[row[place]] = [*shown, plan.spell(row)], total
    return found


def _details(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body in the terms of the service."""
    details = {ours: body[theirs] for theirs, ours in _COLUMNS.items() if theirs in body}
    billing: dict[str, Any] = {
        ours: body[theirs] for theirs, ours in _BILLING.items() if theirs in body
    }
    address = {ours: body[theirs] for theirs, ours in ADDRESS.items() if theirs in body}
    if address:
        billing["address"] = address
    return {**details, "billing_details": billing} if billing else details


_COLUMNS = {"expiration_month": "exp_month", "expiration_year": "exp_year"}
_BILLING = {"name": "name", "phone_number": "phone"}
ADDRESS = {
    "street1": "line1", "street2": "line2", "city": "city", "state": "state", "postal_code": "postal_code",
    "country": "country",
}  # fmt: skip
"""Where an address's parts stand, by Omise's names."""
