"""`/v1/tokens`.

Source: https://docs.stripe.com/api/tokens
"""

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from customers.kit.errors import InvalidRequest, NotFound
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.guarded_inputs import SecretField, without_numbers
from customers.restkit.inputs import Input
from customers.restkit.objects import Computed, Constant, Plain, UnixTime, WireObject
from customers.restkit.v1 import V1ViewSet
from payments.api.v1 import sources
from payments.api.v1.method_inputs import ACCOUNTS, HOLDERS
from payments.models import Token
from payments.services import tokens

_HASH = {"type": "object", "additionalProperties": True}


class TokenCard(Input):
    address_city = inputs.TextField(max_length=255)
    address_country = inputs.CountryField()
    address_line1 = inputs.TextField(max_length=500)
    address_line2 = inputs.TextField(max_length=500)
    address_state = inputs.TextField(max_length=255)
    address_zip = inputs.TextField(max_length=64)
    cvc = SecretField(max_length=8)
    exp_month = inputs.IntegerField(required=True)
    exp_year = inputs.IntegerField(required=True)
    name = inputs.TextField()
    number = SecretField(max_length=40, required=True, emptied=...)


class TokenBankAccount(Input):
    account_holder_name = inputs.TextField()
    account_holder_type = inputs.ChoiceField(HOLDERS)
    account_number = SecretField(max_length=40, required=True, emptied=...)
    account_type = inputs.ChoiceField(ACCOUNTS)
    country = inputs.CountryField(required=True, emptied=...)
    currency = inputs.CurrencyField()
    routing_number = inputs.TextField(max_length=16)


class TokenCreate(Input):
    bank_account = inputs.HashField(TokenBankAccount)
    card = inputs.HashField(TokenCard)


def _card(kind: str, details: Any) -> Wire | None:
    return sources.card_of_token(_parsed(details)) if kind == Token.Kind.CARD else None


def _bank_account(kind: str, details: Any) -> Wire | None:
    return None if kind == Token.Kind.CARD else sources.bank_account_of_token(_parsed(details))


def _parsed(details: Any) -> Mapping[str, Any]:
    return orjson.loads(details) if isinstance(details, str) else details  # type: ignore[no-any-return]  # an object by its column


class TokenObject(WireObject):
    """A token."""

    id = Plain()
    object = Constant("token")
    bank_account = Computed(_bank_account, "kind", "details", optional=True, schema=_HASH)
    card = Computed(_card, "kind", "details", optional=True, schema=_HASH)
    client_ip = Plain()
    created = UnixTime("created_at")
    livemode = Plain()
    type = Plain("kind")
    used = Computed(lambda used_at: used_at is not None, "used_at", schema={"type": "boolean"})


class TokenViewSet(V1ViewSet):
    resource = "tokens"
    model = Token
    output = TokenObject
    phased = frozenset({"create"})
    public = frozenset({"create"})
    inputs = {"create": TokenCreate}

    def searched_for_card_numbers(self) -> Mapping[str, Any]:
        return without_numbers(self.params, "card.number", "bank_account.account_number")

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(TokenCreate)
        ip = request.META.get("REMOTE_ADDR") or None
        if ("card" in body) == ("bank_account" in body):
            raise InvalidRequest(
                "You must supply either a card or a bank account to create a token.",
                param="card", code="parameter_missing",
            )  # fmt: skip
        if "card" in body:
            return self.write(tokens.create_card(body["card"], client_ip=ip, at=self.at))
        account = body["bank_account"]
        return self.write(tokens.create_bank_account(account, client_ip=ip, at=self.at))

    def missing(self, pk: str) -> NotFound:
        return NotFound(f"No such token: '{pk}'", param="token")
