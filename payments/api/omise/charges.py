"""`/omise/charges`.

Source: https://docs.omise.co/charges-api
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse

from customers.kit.errors import DomainError, InvalidRequest
from customers.models import Customer
from customers.restkit import inputs
from customers.restkit.guarded_inputs import ReturnUrlField
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.objects import Computed, Constant, Json, Plain, Text, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_inputs import NotOfferedField, OmiseMetadataField
from customers.restkit.omise_lists import IsoTimeField
from customers.restkit.omise_objects import IsoTime, Location, OmiseId
from customers.restkit.views import Wire, json_response
from customers.services import customers, test_clocks
from payments.api.omise import charge_members, refunds
from payments.api.omise.sources import BANK_ACCOUNTS, SourceField
from payments.models import BalanceTransaction, Charge, Dispute, PaymentMethod, Refund
from payments.money import Money
from payments.services import charges, failures, payment_methods

_BOOLEAN, _INTEGER, _TEXT = {"type": "boolean"}, {"type": "integer"}, {"type": "string"}
_NULLABLE = {"type": ["string", "null"]}
_CARDS = [PaymentMethod.Kind.CARD]
_HASH_OR_NULL = {"type": ["object", "null"], "additionalProperties": True}
_RECURRING = (
    "unscheduled", "standing_order", "subscription", "installment", "partial_shipment", "delayed_charge", "no_show",
    "resubmission",
)  # fmt: skip


class ChargeUpdate(Input):
    description = inputs.TextField()
    metadata = OmiseMetadataField()


class ChargeCreate(ChargeUpdate):
    amount = inputs.IntegerField(min_value=1, required=True)
    authentication = inputs.ChoiceField(("3DS",))
    authorization_type = inputs.ChoiceField(("final_auth", "pre_auth"))
    capture = inputs.BooleanField()
    card = IdField()
    currency = inputs.CurrencyField(required=True)
    customer = IdField()
    expires_at = IsoTimeField()
    first_charge = IdField()
    ip = inputs.IPAddressField(max_length=45, emptied=None)
    linked_account = NotOfferedField("bank accounts are saved as sources")
    platform_fee = NotOfferedField(
        "each merchant is a site of its own, and no platform takes a part"
    )
    recurring_reason = inputs.ChoiceField(_RECURRING, emptied="")
    return_uri = ReturnUrlField()
    # DRF takes declared fields off the class, so that its own `source` stays what it is.
    source = SourceField()  # type: ignore[assignment]  # as the comment says
    transaction_indicator = inputs.ChoiceField(("CIT", "MIT"))
    webhook_endpoints = NotOfferedField(
        "events go to the addresses that are set up for the account"
    )
    zero_interest_installments = NotOfferedField("there are no installments", unless=False)


class ChargeCapture(Input):
    capture_amount = inputs.IntegerField(min_value=1)


class ChargeObject(WireObject):
    """A try to take money."""

    object = Constant("charge")
    id = OmiseId()
    livemode = Plain()
    location = Location("/charges/{}")
    acquirer_reference_number = Constant(None)
    amount = Plain()
    approval_code = Computed(charge_members.approval_code, "method_details", schema=_NULLABLE)
    authenticated_by = Computed(charge_members.authenticated_by, "method_details", schema=_NULLABLE)
    authorization_type = Computed(
        charge_members.authorization_type, "captures_later", "must_capture_all", schema=_NULLABLE
    )
    authorize_uri = Text("action_url")
    authorized = Computed(charge_members.is_authorized, "status", schema=_BOOLEAN)
    authorized_amount = Computed(
        charge_members.authorized_amount, "status", "amount", schema=_INTEGER
    )
    branch = Constant(None)
    can_perform_void = Computed(charge_members.is_held, "status", schema=_BOOLEAN)
    capturable = Computed(charge_members.is_held, "status", schema=_BOOLEAN)
    capture = Computed(lambda later: not later, "captures_later", schema=_BOOLEAN)
    captured_amount = Plain("amount_captured")
    card = Computed(
        charge_members.card, "payment_method_id", "livemode", "customer_id", "payment_method__customer_id",
        "payment_method__detached_at", "payment_method__created_at", "method_details", "billing_details",
        schema=_HASH_OR_NULL,
    )  # fmt: skip
    created_at = IsoTime()
    currency = Computed(str.upper, "currency", schema=_TEXT)
    customer = OmiseId("customer_id")
    description = Text()
    device = Constant(None)
    disputable = Computed(
        charge_members.is_disputable, "status", "method_details", "is_disputed", schema=_BOOLEAN
    )
    dispute = OmiseId("dispute_id")
    expired = Computed(charge_members.is_expired, "status", "failure_code", schema=_BOOLEAN)
    expired_at = Computed(
        charge_members.expired_at, "status", "failure_code", "settled_at", schema=_NULLABLE
    )
    expires_at = Computed(
        charge_members.expires_at, "expires_at", "capture_before", schema=_NULLABLE
    )
    failure_code = Computed(failures.code_of, "failure_code", "decline_code", schema=_NULLABLE)
    failure_message = Computed(
        charge_members.failure_message, "failure_code", "failure_message", schema=_NULLABLE
    )
    fee = Computed(lambda kept: kept or 0, "gateway_fee", schema=_INTEGER)
    fee_vat = Constant(0)
    funding_amount = Plain("amount")
    funding_currency = Computed(str.upper, "currency", schema=_TEXT)
    interest = Constant(0)
    interest_vat = Constant(0)
    ip = Plain("client_ip")
    link = OmiseId("link_id")
    linked_account = Constant(None)
    merchant_advice = Constant(None)
    merchant_advice_code = Constant(None)
    metadata = Json()
    missing_3ds_fields = Constant([])
    net = Computed(charge_members.net, "amount", "amount_captured", "gateway_fee", schema=_INTEGER)
    paid = Computed(charge_members.is_paid, "status", schema=_BOOLEAN)
    paid_at = Computed(charge_members.paid_at, "status", "settled_at", schema=_NULLABLE)
    partially_refundable = Computed(
        charge_members.is_refundable, "amount_captured", "amount_refunded", "amount_refunding", "is_withdrawn",
        schema=_BOOLEAN,
    )  # fmt: skip
    platform_fee = Constant({"amount": None, "fixed": None, "percentage": None})
    refundable = Computed(
        charge_members.is_refundable, "amount_captured", "amount_refunded", "amount_refunding", "is_withdrawn",
        schema=_BOOLEAN,
    )  # fmt: skip
    refunded_amount = Computed(
        lambda done, under_way: done + under_way, "amount_refunded", "amount_refunding", schema=_INTEGER
    )  # fmt: skip
    refunds = Computed(bool, "has_refunds", schema={"type": "object", "additionalProperties": True})
    return_uri = Text("return_url")
    reversed = Computed(charge_members.is_reversed, "status", schema=_BOOLEAN)
    reversed_at = Computed(charge_members.reversed_at, "status", "settled_at", schema=_NULLABLE)
    reversible = Computed(charge_members.is_held, "status", schema=_BOOLEAN)
    schedule = OmiseId("schedule_id")
    source = Computed(  # type: ignore[assignment]  # a member, not DRF's attribute
        charge_members.source, "payment_method_id", "livemode", "method_details", "amount", "currency",
        schema=_HASH_OR_NULL,
    )  # fmt: skip
    status = Computed(charge_members.status_of, "status", "failure_code", schema=_TEXT)
    terminal = Constant(None)
    transaction = OmiseId("balance_transaction_id")
    transaction_fees = Constant({})
    voided = Computed(charge_members.is_voided, "status", "has_refunds", schema=_BOOLEAN)
    zero_interest_installments = Constant(value=False)


class ChargeViewSet(OmiseViewSet):
    resource = "charges"
    model = Charge
    output = ChargeObject
    path = "/charges"
    phased = frozenset({"create", "capture", "reverse", "expire"})
    refused_as = {
        "create": "invalid_charge",
        "capture": "failed_capture",
        "reverse": "failed_reverse",
        "expire": "failed_expire",
    }

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        moved = BalanceTransaction.objects.filter(pk=OuterRef("balance_transaction_id"))
        disputed = Dispute.objects.filter(charge=OuterRef("pk")).order_by("-created_at", "-id")
        return Charge.objects.annotate(
            gateway_fee=Subquery(moved.values("fee")[:1]),
            dispute_id=Subquery(disputed.values("pk")[:1]),
            is_withdrawn=Exists(disputed.exclude(status=Dispute.Status.WON)),
            has_refunds=Exists(Refund.objects.filter(charge=OuterRef("pk"))),
        )

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        """Put the refunds on the charges."""
        refunds.embed(wires)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(ChargeCreate)
        customer = _customer(body)
        self.at = test_clocks.now_for(customer, self.at)
        money = Money(body["amount"], body["currency"])
        charges.check_money(money)  # before a token is used up for it
        terms = self._terms(body, customer)
        charge = charges.create(
            money=money,
            method=self._method(body, customer),
            customer=customer,
            client_ip=body.get("ip"),
            description=body.get("description", ""),
            metadata=dict(body.get("metadata") or {}),
            return_url=body.get("return_uri", ""),
            request_key=self.request_key,
            at=self.at,
            **terms,
        )
        return self._shown(charge)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(ChargeUpdate)
        return self._shown(charges.update(self._charge(pk), details=body, at=self.at))

    def capture(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Take the money that a charge holds, or a part of it; the rest is released."""
        amount = self.read(ChargeCapture).get("capture_amount")
        charge = charges.capture(
            self._charge(pk), amount=amount, request_key=self.request_key, at=self.at
        )
        return self._shown(charge)

    def reverse(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Release the money that a charge holds."""
        self.refuse_params()
        return self._shown(charges.reverse(self._charge(pk), at=self.at))

    def expire(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Call off a charge that waits for its customer."""
        self.refuse_params()
        return self._shown(charges.call_off(self._charge(pk), at=self.at))

    def refuse(self, error: DomainError) -> HttpResponse:
        """Return the answer that tells of an error; a capture's amount has a name of its own here."""
        if self.action == "capture" and error.param == "amount":
            error.param = "capture_amount"
        return super().refuse(error)

    def _charge(self, pk: str) -> Charge:
        """Return a charge; from now on the request's time is its customer's."""
        charge = charges.get(pk)
        self.at = test_clocks.now_for_id(charge.customer_id, self.at)
        return charge

    def _shown(self, charge: Charge) -> HttpResponse:
        return json_response(self.fetch(charge.pk))

    def _method(self, body: dict[str, Any], customer: Customer | None) -> PaymentMethod:
        card, account = body.get("card"), body.get("source")
        if (card is not None) and (account is not None):
            raise InvalidRequest("Give either 'card' or 'source', not both.", param="source")
        if card is None and account is None and customer is None:
            raise InvalidRequest(
                "Give 'card', 'customer' or 'source': nothing says what to charge.", param="card"
            )
        if card is not None and customer is not None:
            card = payment_methods.get_own(customer, card, param="card").pk
        return payment_methods.chargeable(
            card or account,
            customer,
            kinds=_CARDS if account is None else BANK_ACCOUNTS,
            param="card" if account is None else "bank_account",
            request_key=self.request_key,
            at=self.at,
        )

    def _terms(self, body: dict[str, Any], customer: Customer | None) -> dict[str, Any]:
        """Return how the money is taken, in the terms of the service."""
        captures, type_ = body.get("capture", True), body.get("authorization_type", "")
        if type_ == "pre_auth" and captures:
            raise InvalidRequest(
                "Invalid authorization_type: money is held with 'capture' false alone.",
                param="authorization_type",
            )
        deadline = body.get("expires_at")
        if deadline is not None and deadline <= self.at:
            raise InvalidRequest(
                "Invalid expires_at: it must be in the future.", param="expires_at"
            )
        return {
            "takes_now": captures,
            "must_capture_all": type_ == "final_auth" and not captures,
            "expires_at": deadline,
            "off_session": _is_alone(body, customer),
        }


def _customer(body: dict[str, Any]) -> Customer | None:
    pk = body.get("customer")
    return customers.get_living(pk, param="customer") if pk else None


def _is_alone(body: dict[str, Any], customer: Customer | None) -> bool:
    """Tell whether a charge is made while its customer is absent, so that nobody could authenticate.

    Raises:
        NotFound: there is no such first charge.
        InvalidRequest: the first charge of the series is none that the customer agreed to.
    """
    first = body.get("first_charge")
    if first is not None:
        _check_first(charges.get(first, param="first_charge"), customer)
    indicator = body.get("transaction_indicator") or (
        "MIT" if body.get("recurring_reason") or first else "CIT"
    )
    return indicator == "MIT" or "return_uri" not in body


def _check_first(first: Charge, customer: Customer | None) -> None:
    whose = None if customer is None else customer.pk
    if first.customer_id != whose or not charge_members.is_authorized(first.status):
        raise InvalidRequest(
            "Invalid first_charge: it must be a charge of the same customer that went through.",
            param="first_charge",
        )
