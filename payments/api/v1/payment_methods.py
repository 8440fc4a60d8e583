"""`/v1/payment_methods`, and a customer's below `/v1/customers/{customer}/payment_methods`.

Source: https://docs.stripe.com/api/payment_methods
"""

from collections.abc import Mapping
from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.api.v1.parents import OfCustomer
from customers.kit.errors import InvalidRequest, NotFound
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.guarded_inputs import without_numbers
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.lists import ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    Metadata,
    Plain,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from customers.services import customers, test_clocks
from payments.api.v1 import method_inputs
from payments.api.v1.method_inputs import (
    ACCOUNTS,
    ALLOW_REDISPLAY,
    HOLDERS,
    BillingDetailsHash,
    PaymentMethodDataHash,
)
from payments.models import PaymentMethod
from payments.services import payment_methods

_HASH = {"type": "object", "additionalProperties": True}
_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")
_BILLING = ("email", "name", "phone", "tax_id")


class PaymentMethodUpdateCard(Input):
    exp_month = inputs.IntegerField(min_value=1, max_value=12)
    exp_year = inputs.IntegerField(min_value=1970, max_value=2100)


class PaymentMethodUpdateBankAccount(Input):
    account_holder_type = inputs.ChoiceField(HOLDERS)
    account_type = inputs.ChoiceField(ACCOUNTS)


class PaymentMethodUpdate(Input):
    allow_redisplay = inputs.ChoiceField(ALLOW_REDISPLAY)
    billing_details = inputs.HashField(BillingDetailsHash)
    card = inputs.HashField(PaymentMethodUpdateCard)
    metadata = inputs.MetadataField()
    us_bank_account = inputs.HashField(PaymentMethodUpdateBankAccount)


class PaymentMethodCreate(PaymentMethodDataHash):
    """A method's own parameters, at the top of the body."""


class PaymentMethodAttach(Input):
    customer = IdField(required=True)


class OwnPaymentMethodFilter(V1FilterSet):
    allow_redisplay = ParamFilter(inputs.ChoiceField(ALLOW_REDISPLAY), "allow_redisplay")
    type = ParamFilter(inputs.ChoiceField(method_inputs.TYPES), "kind")


class PaymentMethodFilter(OwnPaymentMethodFilter):
    customer = ParamFilter(IdField(), "customer_id")


def billing_details(stored: Any) -> Wire:
    """Return stored billing details with every member that Stripe shows."""
    details = orjson.loads(stored) if isinstance(stored, str) else stored
    address = details.get("address") or {}
    return {
        "address": {name: address.get(name) or None for name in _ADDRESS},
        **{name: details.get(name) or None for name in _BILLING},
    }


_CARD = (
    "brand", "last4", "exp_month", "exp_year", "funding", "country", "fingerprint", "cvc_check",
    "address_line1_check", "address_postal_code_check",
)  # fmt: skip


def _card(kind: str, *columns: Any) -> Wire | None:
    """Return a card's part, from the columns in _CARD."""
    if kind != PaymentMethod.Kind.CARD:
        return None
    brand, last4, exp_month, exp_year, funding, country, fingerprint, *checks = columns
    cvc_check, line1_check, postal_code_check = checks
    return {
        "brand": brand or "unknown",
        "checks": {
            "address_line1_check": line1_check or None,
            "address_postal_code_check": postal_code_check or None,
            "cvc_check": cvc_check or None,
        },
        "country": country or None,
        "display_brand": brand or "other",
        "exp_month": exp_month,
        "exp_year": exp_year,
        "fingerprint": fingerprint or None,
        "funding": funding or "unknown",
        "generated_from": None,
        "last4": last4 or None,
        "networks": {"available": [brand or "unknown"], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _us_bank_account(
    kind: str, holder: str, account: str, bank: str, fingerprint: str, last4: str, routing: str
) -> Wire | None:
    if kind != PaymentMethod.Kind.US_BANK_ACCOUNT:
        return None
    return {
        "account_holder_type": holder or None,
        "account_type": account or None,
        "bank_name": bank or None,
        "financial_connections_account": None,
        "fingerprint": fingerprint or None,
        "last4": last4 or None,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": routing or None,
        "status_details": None,
    }


def _sepa_debit(kind: str, bank: str, country: str, fingerprint: str, last4: str) -> Wire | None:
    if kind != PaymentMethod.Kind.SEPA_DEBIT:
        return None
    return {
        "bank_code": bank or None,
        "branch_code": None,
        "country": country or None,
        "fingerprint": fingerprint or None,
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": last4 or None,
    }


class PaymentMethodObject(WireObject):
    """A payment method."""

    id = Plain()
    object = Constant("payment_method")
    allow_redisplay = Plain()
    billing_details = Computed(billing_details, "billing_details", schema=_HASH)
    card = Computed(_card, "kind", *_CARD, optional=True, schema=_HASH)
    created = UnixTime("created_at")
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    livemode = Plain()
    metadata = Metadata()
    sepa_debit = Computed(
        _sepa_debit, "kind", "bank_code", "country", "fingerprint", "last4",
        optional=True, schema=_HASH,
    )  # fmt: skip
    type = Plain("kind")
    us_bank_account = Computed(
        _us_bank_account, "kind", "account_holder_type", "account_type", "bank_name", "fingerprint",
        "last4", "bank_code", optional=True, schema=_HASH,
    )  # fmt: skip


class PaymentMethodViewSet(V1ViewSet):
    resource = "payment_methods"
    model = PaymentMethod
    output = PaymentMethodObject
    filterset_class = PaymentMethodFilter
    phased = frozenset({"create", "attach"})
    public = frozenset({"create"})
    inputs = {
        "create": PaymentMethodCreate,
        "update": PaymentMethodUpdate,
        "attach": PaymentMethodAttach,
    }

    def searched_for_card_numbers(self) -> Mapping[str, Any]:
        return without_numbers(self.params, *method_inputs.NUMBERS)

    def list(self, request: HttpRequest, **parents: str) -> HttpResponse:
        """List a customer's payment methods, or those of all."""
        customer = self.params.get("customer")
        if isinstance(customer, str) and customer:
            customers.get_living(IdField().read(customer, "customer"))
        return super().list(request, **parents)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(PaymentMethodCreate)
        method = method_inputs.method_of(body, param="", request_key=self.request_key, at=self.at)
        return self.write(method)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(PaymentMethodUpdate)
        method = payment_methods.get(pk)
        self.at = test_clocks.now_for_id(method.customer_id, self.at)
        return self.write(
            payment_methods.update(method, details=_details(body, method), at=self.at)
        )

    def attach(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Attach a payment method to a customer, for charging it again and again."""
        body = self.read(PaymentMethodAttach)
        customer = customers.get_living(body["customer"])
        self.at = test_clocks.now_for(customer, self.at)
        method = payment_methods.resolve(
            pk, param="payment_method", request_key=self.request_key, at=self.at
        )
        return self.write(payment_methods.attach(method, customer, at=self.at))

    def detach(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Take a payment method from its customer for good."""
        self.refuse_params()
        method = payment_methods.get(pk, param="payment_method")
        self.at = test_clocks.now_for_id(method.customer_id, self.at)
        return self.write(payment_methods.detach(method, at=self.at))

    def missing(self, pk: str) -> NotFound:
        return payment_methods.no_such_method(pk, param="payment_method")


class OwnPaymentMethodViewSet(OfCustomer):
    """A customer's payment methods."""

    resource = "payment_methods"
    model = PaymentMethod
    output = PaymentMethodObject
    filterset_class = OwnPaymentMethodFilter

    @classmethod
    def resource_name(cls) -> str:
        return ""  # references to payment methods load them by the view above

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return PaymentMethod.objects.all()

    def missing(self, pk: str) -> NotFound:
        return payment_methods.no_such_method(pk, param="payment_method")


def _details(body: Mapping[str, Any], method: PaymentMethod) -> dict[str, Any]:
    """Return a body in the terms of the service."""
    details = {
        name: value
        for name, value in body.items()
        if name in {"allow_redisplay", "billing_details", "metadata"}
    }
    for kind in (PaymentMethod.Kind.CARD, PaymentMethod.Kind.US_BANK_ACCOUNT):
        inner = dict(body.get(kind, {}))
        if not inner:
            continue
        if method.kind != kind:
            raise InvalidRequest(
                f"The payment method is of type {method.kind}, so {kind} cannot be changed.",
                param=kind,
            )
        details |= inner
    return details
