"""`/omise/tokens`: what the vault gives for a card number.

Source: https://docs.omise.co/tokens-api
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse

from customers.restkit import inputs, omise_ids
from customers.restkit.guarded_inputs import SecretField, without_numbers
from customers.restkit.inputs import Input
from customers.restkit.objects import Computed, Constant, Plain, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_inputs import NumberOrTextField
from customers.restkit.omise_objects import IsoTime, Location, OmiseId, iso
from customers.restkit.views import Wire, json_response
from payments.api.omise import charge_members
from payments.api.omise.cards import ADDRESS, brand_of, parsed
from payments.models import Charge, Token
from payments.services import tokens

_HASH = {"type": "object", "additionalProperties": True}


class TokenCard(Input):
    city = NumberOrTextField(max_length=255, source="address_city")
    country = inputs.CountryField(source="address_country")
    email = inputs.EmailField(max_length=512)
    expiration_month = inputs.IntegerField(required=True, source="exp_month")
    expiration_year = inputs.IntegerField(required=True, source="exp_year")
    name = inputs.TextField(required=True)
    number = SecretField(max_length=40, required=True, emptied=...)
    phone_number = NumberOrTextField(max_length=64, source="phone")
    postal_code = NumberOrTextField(max_length=64, source="address_zip")
    security_code = SecretField(max_length=8, source="cvc")
    state = NumberOrTextField(max_length=255, source="address_state")
    street1 = NumberOrTextField(max_length=500, source="address_line1")
    street2 = NumberOrTextField(max_length=500, source="address_line2")


class TokenCreate(Input):
    card = inputs.HashField(TokenCard, required=True)


def _card(details: Any, livemode: bool, created_at: Any) -> Wire:  # noqa: FBT001 -- a column's value
    """Return the card that the token will become."""
    card = parsed(details)
    return {
        "object": "card",
        "id": omise_ids.spelled(card["id"], livemode),
        "livemode": livemode,
        "location": None,
        "deleted": False,
        **{theirs: card.get(f"address_{ours}") or None for theirs, ours in _ADDRESS.items()},
        "phone_number": card.get("phone") or None,
        "country": card.get("country") or None,
        "financing": card.get("funding") or "",
        "bank": "",
        "brand": brand_of(card.get("brand") or ""),
        "fingerprint": card.get("fingerprint") or None,
        "first_digits": None,
        "last_digits": card.get("last4") or None,
        "name": card.get("name") or None,
        "expiration_month": card.get("exp_month"),
        "expiration_year": card.get("exp_year"),
        "security_code_check": bool(card.get("has_right_code")),
        "tokenization_method": None,
        "created_at": iso(created_at),
    }


_ADDRESS = {
    theirs: "zip" if ours == "postal_code" else ours
    for theirs, ours in ADDRESS.items()
    if theirs != "country"
}
"""Where an address's parts stand in a token's details, by Omise's names."""


def _charge_status(status: str | None, failure: str | None) -> str:
    return charge_members.status_of(status, failure or "") if status else "unknown"


class TokenObject(WireObject):
    """A token."""

    object = Constant("token")
    id = OmiseId()
    livemode = Plain()
    location = Location("/tokens/{}")
    used = Computed(lambda used_at: used_at is not None, "used_at", schema={"type": "boolean"})
    charge_status = Computed(
        _charge_status, "status_of_charge", "failure_of_charge", schema={"type": "string"}
    )
    card = Computed(_card, "details", "livemode", "created_at", schema=_HASH)
    created_at = IsoTime()


class TokenViewSet(OmiseViewSet):
    resource = "tokens"
    model = Token
    output = TokenObject
    path = "/tokens"
    phased = frozenset({"create"})
    public = frozenset({"create", "retrieve"})
    refused_as = {"create": "invalid_card"}

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        # The request that used a token up may have made a charge, which carries the same request's key.
        charge = Charge.objects.filter(request_key=OuterRef("used_by"))
        return Token.objects.filter(kind=Token.Kind.CARD).annotate(
            status_of_charge=Subquery(charge.values("status")[:1]),
            failure_of_charge=Subquery(charge.values("failure_code")[:1]),
        )

    def searched_for_card_numbers(self) -> Mapping[str, Any]:
        return without_numbers(self.params, "card.number")

    def create(self, request: HttpRequest) -> HttpResponse:
        card = self.read(TokenCreate)["card"]
        ip = request.META.get("REMOTE_ADDR") or None
        token = tokens.create_card(card, client_ip=ip, at=self.at)
        return json_response(self.fetch(token.pk))
