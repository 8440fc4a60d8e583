"""`/v1/tokens`.

Source: https://docs.stripe.com/api/tokens
"""

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from customers.kit.errors import InvalidRequest, NotFound
from customers.models import ApiKey
from customers.restkit import authentication, inputs, origins
from customers.restkit.expansion import Wire
from customers.restkit.guarded_inputs import SecretField, without_numbers
from customers.restkit.inputs import Input
from customers.restkit.objects import Computed, Constant, Plain, UnixTime, WireObject
from customers.restkit.v1 import V1ViewSet
from customers.services import page_keys
from payments.api.v1 import sources
from payments.api.v1.method_inputs import ACCOUNTS, HOLDERS
from payments.models import Token
from payments.services import card_testing, tokens

_ON_PAGES = ("id", "object", "created", "livemode", "type", "used")
"""What a page's script is told; the page has no use for more, nor has whoever got at its key."""
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


class TokenCode(Input):
    cvc = SecretField(max_length=8, required=True, emptied=...)


class TokenCreate(Input):
    bank_account = inputs.HashField(TokenBankAccount)
    card = inputs.HashField(TokenCard)
    cvc_update = inputs.HashField(TokenCode)


def _card(kind: str, details: Any) -> Wire | None:
    return sources.card_of_token(_parsed(details)) if kind == Token.Kind.CARD else None


def _bank_account(kind: str, details: Any) -> Wire | None:
    is_one = kind == Token.Kind.BANK_ACCOUNT
    return sources.bank_account_of_token(_parsed(details)) if is_one else None


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

    page: str = ""  # the page of ours whose key asks, where it is one
    asker: str = ""  # else the id of the key

    origin: str = ""  # the website whose page asks, where it is not ours

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return origins.answer_to_question(request)
        response = super().dispatch(request, *args, **kwargs)
        return origins.shared(response, self.origin) if self.origin else response

    def key_of(self, request: HttpRequest) -> ApiKey:
        text = authentication.credentials(request)
        if not page_keys.is_one(text):
            key = super().key_of(request)
            self.asker = key.pk
            if key.kind == ApiKey.Kind.PUBLISHABLE:
                self.origin = origins.allowed(request, key.site)
            return key
        known = page_keys.recognise(text, at=self.at)
        self.page = known.page
        return known.key

    def searched_for_card_numbers(self) -> Mapping[str, Any]:
        return without_numbers(self.params, "card.number", "bank_account.account_number")

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(TokenCreate)
        self._check_page(body)
        ip = request.META.get("REMOTE_ADDR") or None
        if self.is_publishable:
            card_testing.note(ip or "", page=self.page or self.asker, at=self.at)
        if len(body) != 1:
            raise InvalidRequest(
                "You must supply either a card, a bank account or a security code to create a token.",
                param="card", code="parameter_missing",
            )  # fmt: skip
        if "cvc_update" in body:
            code = body["cvc_update"]["cvc"]
            return self.write(tokens.create_code(code, client_ip=ip, at=self.at))
        if "card" in body:
            token = tokens.create_card(body["card"], client_ip=ip, at=self.at)
            if self.is_publishable:
                card_testing.note_card(token, at=self.at)
            return self.write(token)
        account = body["bank_account"]
        return self.write(tokens.create_bank_account(account, client_ip=ip, at=self.at))

    def answer(self, wire: Wire) -> HttpResponse:
        if self.page:
            wire = {name: wire[name] for name in _ON_PAGES}
        return super().answer(wire)

    def _check_page(self, body: Mapping[str, Any]) -> None:
        if self.page and "bank_account" in body:
            raise InvalidRequest(
                "A page's key makes tokens of cards only.",
                param="bank_account",
                code="parameter_unknown",
            )

    def missing(self, pk: str) -> NotFound:
        return NotFound(f"No such token: '{pk}'", param="token")
