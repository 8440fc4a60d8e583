"""`/v1/customers/{customer}/sources`: cards and bank accounts as the older `source` parameter knows them.

The same rows as payment methods, for those that came in this way (`card_…`, `ba_…`).

Source: https://docs.stripe.com/api/cards, https://docs.stripe.com/api/customer_bank_accounts
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import orjson
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse

from customers.api.v1.addresses import deleted
from customers.api.v1.parents import OfCustomer
from customers.kit.errors import InvalidRequest, NotFound
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.lists import ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    Metadata,
    Plain,
    Spelled,
    Text,
    WireObject,
)
from payments.api.v1.method_inputs import ACCOUNTS, HOLDERS
from payments.models import PaymentMethod
from payments.services import payment_methods, tokens

Kind = PaymentMethod.Kind
Verification = PaymentMethod.Verification

BRANDS = {
    "amex": "American Express", "diners": "Diners Club", "discover": "Discover", "eftpos_au": "Eftpos Australia",
    "jcb": "JCB", "mastercard": "MasterCard", "unionpay": "UnionPay", "visa": "Visa",
}  # fmt: skip
VERIFICATION = {
    Verification.NONE: "new",
    Verification.NEW: "new",
    Verification.PENDING: "new",
    Verification.VERIFIED: "verified",
    Verification.FAILED: "verification_failed",
}
WORDS = {Kind.CARD: "card", Kind.US_BANK_ACCOUNT: "bank_account"}
_SHOWN = 10  # how many elements an embedded list has at most
_ADDRESS = {
    "address_city": "city", "address_country": "country", "address_line1": "line1", "address_line2": "line2",
    "address_state": "state", "address_zip": "postal_code",
}  # fmt: skip


class SourceCreate(Input):
    metadata = inputs.MetadataField()
    # DRF takes declared fields off the class, so that its own `source` stays what it is.
    source = IdField(required=True)  # type: ignore[assignment]  # as the comment says


class SourceUpdate(Input):
    account_holder_name = inputs.TextField()
    account_holder_type = inputs.ChoiceField(HOLDERS)
    account_type = inputs.ChoiceField(ACCOUNTS)
    address_city = inputs.TextField(max_length=255)
    address_country = inputs.CountryField()
    address_line1 = inputs.TextField(max_length=500)
    address_line2 = inputs.TextField(max_length=500)
    address_state = inputs.TextField(max_length=255)
    address_zip = inputs.TextField(max_length=64)
    exp_month = inputs.IntegerField(min_value=1, max_value=12)
    exp_year = inputs.IntegerField(min_value=1970, max_value=2100)
    metadata = inputs.MetadataField()
    name = inputs.TextField()


class SourceVerify(Input):
    amounts = inputs.ListField(
        inputs.IntegerField(min_value=1, max_value=99), max_items=2, required=True
    )


class SourceKind(inputs.ChoiceField):
    """`card` or `bank_account`, as kinds of payment methods."""

    def read(self, value: Any, path: str) -> str:
        word = super().read(value, path)
        return next(str(kind) for kind, spelled_as in WORDS.items() if spelled_as == word)


class SourceFilter(V1FilterSet):
    object = ParamFilter(SourceKind(WORDS.values()), "kind")


def _billing(stored: Any) -> Wire:
    return orjson.loads(stored) if isinstance(stored, str) else stored  # type: ignore[no-any-return]  # an object by its column


def _of_address(name: str) -> Computed:
    def shown(stored: Any) -> str | None:
        return (_billing(stored).get("address") or {}).get(name) or None

    return Computed(shown, "billing_details", schema={"type": ["string", "null"]})


def _holder() -> Computed:
    return Computed(
        lambda stored: _billing(stored).get("name") or None, "billing_details",
        schema={"type": ["string", "null"]},
    )  # fmt: skip


class CardObject(WireObject):
    """A card of a customer."""

    id = Plain()
    object = Constant("card")
    address_city = _of_address("city")
    address_country = _of_address("country")
    address_line1 = _of_address("line1")
    address_line1_check = Text()
    address_line2 = _of_address("line2")
    address_state = _of_address("state")
    address_zip = _of_address("postal_code")
    address_zip_check = Text("address_postal_code_check")
    brand = Computed(lambda brand: BRANDS.get(brand, "Unknown"), "brand", schema={"type": "string"})
    country = Text()
    customer = Expandable("customer_id", resource="customer")
    cvc_check = Text()
    dynamic_last4 = Constant(None)
    exp_month = Plain()
    exp_year = Plain()
    fingerprint = Text()
    funding = Computed(lambda text: text or "unknown", "funding", schema={"type": "string"})
    last4 = Text()
    metadata = Metadata()
    name = _holder()
    regulated_status = Constant("unregulated")
    tokenization_method = Constant(None)


class BankAccountObject(WireObject):
    """A bank account of a customer."""

    id = Plain()
    object = Constant("bank_account")
    account_holder_name = _holder()
    account_holder_type = Text()
    account_type = Text()
    bank_name = Text()
    country = Computed(lambda text: text or "US", "country", schema={"type": "string"})
    currency = Computed(lambda text: text or "usd", "currency", schema={"type": "string"})
    customer = Expandable("customer_id", resource="customer")
    fingerprint = Text()
    last4 = Text()
    metadata = Metadata()
    routing_number = Text("bank_code")
    status = Spelled(VERIFICATION, "verification")


_CARD, _BANK = CardObject.plan(), BankAccountObject.plan()
COLUMNS = list(dict.fromkeys([*_CARD.columns, *_BANK.columns, "kind"]))
_KIND = COLUMNS.index("kind")
_of_card = itemgetter(*map(COLUMNS.index, _CARD.columns))
_of_bank_account = itemgetter(*map(COLUMNS.index, _BANK.columns))


def spelled_row(row: Sequence[Any]) -> Wire:
    """Return the wire form of a row of COLUMNS."""
    if row[_KIND] == Kind.CARD:
        return _CARD.spell(_of_card(row))
    return _BANK.spell(_of_bank_account(row))


def spelled(method: PaymentMethod) -> Wire:
    """Return a method's wire form as a source."""
    plan = _CARD if method.kind == Kind.CARD else _BANK
    return plan.spell_instance(method)


def card_of_token(details: Mapping[str, Any]) -> Wire:
    """Return a token's card, which is nobody's yet."""
    wire = spelled(_unsaved(Kind.CARD, details))
    del wire["customer"]
    return {**wire, "networks": {"preferred": None}}


def bank_account_of_token(details: Mapping[str, Any]) -> Wire:
    """Return a token's bank account, which is nobody's yet."""
    wire = spelled(_unsaved(Kind.US_BANK_ACCOUNT, details))
    del wire["customer"], wire["metadata"]
    return wire


def embedded(customers: Sequence[Wire]) -> list[Wire]:
    """Return each customer's sources, for `expand`."""
    numbered = _rows().filter(customer_id__in=[wire["id"] for wire in customers])
    numbered = numbered.annotate(
        position=Window(
            RowNumber(),
            partition_by=F("customer_id"),
            order_by=[F("created_at").desc(), F("id").desc()],
        )
    )
    found: dict[str, list[Wire]] = defaultdict(list)
    rows = numbered.filter(position__lte=_SHOWN + 1).order_by("position")
    for row in rows.values_list(*COLUMNS):
        wire = spelled_row(row)
        found[wire["customer"]].append(wire)
    return [_envelope(customer["id"], found[customer["id"]]) for customer in customers]


class SourceViewSet(OfCustomer):
    resource = "payment_methods"
    model = PaymentMethod
    output = CardObject
    other_outputs = (BankAccountObject,)
    answers = {"verify": BankAccountObject}
    filterset_class = SourceFilter
    phased = frozenset({"create", "verify"})
    inputs = {"create": SourceCreate, "update": SourceUpdate, "verify": SourceVerify}

    @classmethod
    def resource_name(cls) -> str:
        return "payment_source"

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return _rows()

    @classmethod
    def columns(cls) -> Sequence[str]:
        return COLUMNS

    @classmethod
    def spell(cls, row: Sequence[Any]) -> Wire:
        return spelled_row(row)

    def create(self, request: HttpRequest, customer: str) -> HttpResponse:
        body = self.read(SourceCreate)
        owner = self.owner(customer)
        token = tokens.resolve(body["source"], param="source", at=self.at)
        given = {key: value for key, value in (body.get("metadata") or {}).items() if value}
        method = payment_methods.create_from_token(
            token, as_source=True, metadata=given, request_key=self.request_key, at=self.at
        )
        return self.answer(spelled(payment_methods.attach(method, owner, at=self.at)))

    def update(self, request: HttpRequest, customer: str, pk: str) -> HttpResponse:
        body = self.read(SourceUpdate)
        method = payment_methods.update(self._own(customer, pk), details=_details(body), at=self.at)
        return self.answer(spelled(method))

    def destroy(self, request: HttpRequest, customer: str, pk: str) -> HttpResponse:
        self.refuse_params()
        method = payment_methods.detach(self._own(customer, pk), at=self.at)
        return self.answer(deleted(method.pk, WORDS[Kind(method.kind)]))

    def verify(self, request: HttpRequest, customer: str, pk: str) -> HttpResponse:
        """Verify a bank account by the two amounts that were paid into it."""
        body = self.read(SourceVerify)
        method = self._own(customer, pk)
        if method.kind != Kind.US_BANK_ACCOUNT:
            raise InvalidRequest("Only bank accounts can be verified.", param="id")
        verified = payment_methods.verify_microdeposits(method, amounts=body["amounts"], at=self.at)
        return self.answer(spelled(verified))

    def missing(self, pk: str) -> NotFound:
        return payment_methods.no_such_method(pk)

    def _own(self, customer: str, pk: str) -> PaymentMethod:
        method = payment_methods.get_own(self.owner(customer), pk)
        if not method.is_source:
            raise NotFound(f"No such source: '{pk}'", param="id")
        return method


def _rows() -> QuerySet[Any]:
    return PaymentMethod.objects.filter(kind__in=list(WORDS)).exclude(id__startswith="pm_")


def _unsaved(kind: str, details: Mapping[str, Any]) -> PaymentMethod:
    return PaymentMethod(id=details["id"], kind=kind, **payment_methods.columns_of(details))


def _details(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body in the terms of the service."""
    details = {
        name: value
        for name, value in body.items()
        if name in {"account_holder_type", "account_type", "exp_month", "exp_year", "metadata"}
    }
    billing: dict[str, Any] = {}
    for name in ("name", "account_holder_name"):
        if name in body:
            billing["name"] = body[name]
    address = {theirs: body[ours] for ours, theirs in _ADDRESS.items() if ours in body}
    if address:
        billing["address"] = address
    return {**details, "billing_details": billing} if billing else details


def _envelope(customer: str, data: list[Wire]) -> Wire:
    return {
        "object": "list",
        "data": data[:_SHOWN],
        "has_more": len(data) > _SHOWN,
        "url": f"/v1/customers/{customer}/sources",
    }
