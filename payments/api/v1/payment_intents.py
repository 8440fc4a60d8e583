"""`/v1/payment_intents`.

Source: https://docs.stripe.com/api/payment_intents
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.kit.errors import DomainError, InvalidRequest, InvalidState, NotFound
from customers.kit.search_language import Query
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.guarded_inputs import ReturnUrlField, without_numbers
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import EMPTIED, Input
from customers.restkit.lists import OwnerFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    Json,
    Metadata,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.searches import Searchable, SearchQuery
from customers.services import test_clocks
from payments.api.v1 import charge_members, intent_details, payment_inputs
from payments.api.v1.charge_members import FREE_HASH, FREE_HASH_OR_NULL, parsed
from payments.api.v1.client_secrets import ClientSecretQuery, WithClientSecret
from payments.api.v1.method_inputs import (
    DATA_NUMBERS,
    TYPES,
    MandateDataHash,
    MicrodepositsHash,
    PaymentMethodDataHash,
    deposits_of,
)
from payments.api.v1.payment_inputs import (
    AmountField,
    PaymentShippingHash,
    StatementDescriptorField,
)
from payments.api.v1.setup_intents import (
    AutomaticMethodsHash,
    CardOptions,
    SetupOptionsHash,
    automatic_methods,
)
from payments.models import PaymentIntent
from payments.services import payment_intents, search

STATUS = {status: status.value for status in PaymentIntent.Status}
CAPTURE = ("automatic", "automatic_async", "manual")
CONFIRMATION = ("automatic", "manual")
USAGE = ("off_session", "on_session")
REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")


class OffSessionField(inputs.BooleanField):
    """Whether the customer is absent: a boolean, or one of the words that Stripe took for it once."""

    def read(self, value: Any, path: str) -> bool:
        return True if value in ("one_off", "recurring") else super().read(value, path)


class FinalCaptureField(inputs.BooleanField):
    """Whether nothing more is captured later: always, since what is left over is released."""

    def read(self, value: Any, path: str) -> bool:
        if not super().read(value, path):
            raise InvalidRequest(
                "A payment is captured once here, so final_capture can only be true.", param=path
            )
        return True


class CardPaymentOptions(CardOptions):
    cvc_token = inputs.TextField(max_length=255, emptied=...)


class PaymentOptionsHash(SetupOptionsHash):
    card = inputs.HashField(CardPaymentOptions, emptied=EMPTIED)


class PaymentIntentUpdate(Input):
    amount = AmountField()
    capture_method = inputs.ChoiceField(CAPTURE)
    currency = inputs.CurrencyField()
    customer = IdField()
    description = inputs.TextField()
    metadata = inputs.MetadataField()
    payment_method = IdField(emptied=EMPTIED)
    payment_method_data = inputs.HashField(PaymentMethodDataHash)
    payment_method_options = inputs.HashField(SetupOptionsHash)
    payment_method_types = inputs.ListField(inputs.ChoiceField(TYPES), max_items=len(TYPES))
    receipt_email = inputs.EmailField(max_length=512)
    setup_future_usage = inputs.ChoiceField(USAGE, emptied="")
    shipping = inputs.HashField(PaymentShippingHash, emptied=None)
    statement_descriptor = StatementDescriptorField()
    statement_descriptor_suffix = StatementDescriptorField()


class PaymentIntentCreate(PaymentIntentUpdate):
    amount = AmountField(required=True)
    automatic_payment_methods = inputs.HashField(AutomaticMethodsHash)
    confirm = inputs.BooleanField()
    confirmation_method = inputs.ChoiceField(CONFIRMATION)
    currency = inputs.CurrencyField(required=True)
    error_on_requires_action = inputs.BooleanField()
    mandate = IdField()
    mandate_data = inputs.HashField(MandateDataHash, emptied=EMPTIED)
    off_session = OffSessionField()
    payment_method_options = inputs.HashField(PaymentOptionsHash)
    return_url = ReturnUrlField()


class PaymentIntentConfirm(ClientSecretQuery):
    capture_method = inputs.ChoiceField(CAPTURE)
    error_on_requires_action = inputs.BooleanField()
    mandate = IdField()
    mandate_data = inputs.HashField(MandateDataHash, emptied=EMPTIED)
    off_session = OffSessionField()
    payment_method = IdField()
    payment_method_data = inputs.HashField(PaymentMethodDataHash)
    payment_method_options = inputs.HashField(PaymentOptionsHash)
    receipt_email = inputs.EmailField(max_length=512)
    return_url = ReturnUrlField()
    setup_future_usage = inputs.ChoiceField(USAGE, emptied="")
    shipping = inputs.HashField(PaymentShippingHash, emptied=None)


class PaymentIntentVerify(ClientSecretQuery, MicrodepositsHash):
    """What the customer saw on their bank statement."""


class PaymentIntentCapture(Input):
    amount_to_capture = AmountField()
    final_capture = FinalCaptureField()
    metadata = inputs.MetadataField()
    statement_descriptor = StatementDescriptorField()
    statement_descriptor_suffix = StatementDescriptorField()


class PaymentIntentCancel(Input):
    cancellation_reason = inputs.ChoiceField(REASONS)


class PaymentIntentFilter(V1FilterSet):
    customer = OwnerFilter(IdField(), "customer_id")


def next_action(stored: Any) -> Wire | None:
    """Return what the customer has to do; without an address to come back to, a page of the merchant's shows it."""
    action = parsed(stored)
    if not action or action["type"] != "redirect_to_url" or action["redirect_to_url"]["return_url"]:
        return action or None
    url = action["redirect_to_url"]["url"]
    sdk = {"type": "three_d_secure_redirect", "stripe_js": url}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}


def _options(stored: Any, types: list[str]) -> Wire:
    chosen = parsed(stored)
    return {kind: {**_OPTIONS.get(kind, {}), **(chosen.get(kind) or {})} for kind in types}


_OPTIONS: dict[str, Wire] = {
    "card": {
        "installments": None,
        "mandate_options": None,
        "network": None,
        "request_three_d_secure": "automatic",
    },
    "us_bank_account": {"verification_method": "automatic"},
}


class PaymentIntentObject(WireObject):
    """A payment, over as many tries as it takes."""

    id = Plain()
    object = Constant("payment_intent")
    amount = Plain()
    amount_capturable = Plain()
    amount_details = Constant({"tip": {}})
    amount_received = Plain()
    application = Constant(None)
    application_fee_amount = Constant(None)
    automatic_payment_methods = Computed(
        automatic_methods, "chooses_methods", "allows_redirects", schema=FREE_HASH_OR_NULL
    )
    canceled_at = UnixTime()
    cancellation_reason = Text()
    capture_method = Computed(
        lambda manually: "manual" if manually else "automatic", "captures_manually",
        schema={"type": "string", "enum": ["automatic", "manual"]},
    )  # fmt: skip
    client_secret = Plain()
    confirmation_method = Computed(
        lambda manually: "manual" if manually else "automatic", "confirms_manually",
        schema={"type": "string", "enum": ["automatic", "manual"]},
    )  # fmt: skip
    created = UnixTime("created_at")
    currency = Plain()
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    description = Text()
    excluded_payment_method_types = Constant(None)
    last_payment_error = Json("last_error")
    latest_charge = Expandable("latest_charge_id", resource="charge")
    livemode = Plain()
    metadata = Metadata()
    next_action = Computed(next_action, "next_action", schema=FREE_HASH_OR_NULL)
    on_behalf_of = Constant(None)
    payment_method = Expandable("payment_method_id", resource="payment_method")
    payment_method_configuration_details = Constant(None)
    payment_method_options = Computed(
        _options, "payment_method_options", "payment_method_types", schema=FREE_HASH
    )
    payment_method_types = Plain()
    processing = Constant(None)
    receipt_email = Text()
    review = Constant(None)
    setup_future_usage = Text()
    shipping = Computed(charge_members.shipping, "shipping", schema=FREE_HASH_OR_NULL)
    source = Constant(None)  # type: ignore[assignment]  # a member, not DRF's attribute
    statement_descriptor = Text()
    statement_descriptor_suffix = Text()
    status = Spelled(STATUS)
    transfer_data = Constant(None)
    transfer_group = Constant(None)


_SHOWN = frozenset(
    {
        "id", "object", "amount", "amount_details", "automatic_payment_methods", "canceled_at",
        "cancellation_reason", "capture_method", "client_secret", "confirmation_method", "created", "currency",
        "description", "last_payment_error", "livemode", "next_action", "payment_method", "payment_method_types",
        "processing", "receipt_email", "setup_future_usage", "shipping", "source", "status",
    }
)  # fmt: skip
_SERVERS_OWN = frozenset({"capture_method", "error_on_requires_action", "mandate", "off_session"})


class PaymentIntentViewSet(WithClientSecret, Searchable):
    resource = "payment_intents"
    model = PaymentIntent
    output = PaymentIntentObject
    filterset_class = PaymentIntentFilter
    phased = frozenset({"confirm", "capture", "cancel", "verify_microdeposits"})
    shown_in_public = _SHOWN
    refused_in_public = _SERVERS_OWN
    compared_whole = frozenset({"customer", "metadata"})
    inputs = {
        "create": PaymentIntentCreate,
        "retrieve": ClientSecretQuery,
        "update": PaymentIntentUpdate,
        "confirm": PaymentIntentConfirm,
        "capture": PaymentIntentCapture,
        "cancel": PaymentIntentCancel,
        "search": SearchQuery,
        "verify_microdeposits": PaymentIntentVerify,
    }

    @classmethod
    def matching(cls, query: Query) -> QuerySet[Any]:
        return search.payment_intents_matching(query)

    def is_phased(self) -> bool:
        return super().is_phased() or not _CALLS_GATEWAY.isdisjoint(self.params)

    def searched_for_card_numbers(self) -> Mapping[str, Any]:
        return without_numbers(self.params, *DATA_NUMBERS)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(PaymentIntentCreate)
        confirms = body.pop("confirm", False)
        if not confirms:
            intent_details.refuse_what_confirms(body)
        self.at = test_clocks.now_for_id(body.get("customer"), self.at)
        details = intent_details.of(body, request_key=self.request_key, at=self.at)
        if not confirms:
            return self.write(
                payment_intents.create(details, request_key=self.request_key, at=self.at)
            )
        intent = payment_intents.create_and_confirm(
            details,
            intent_details.confirmation_of(body, at=self.at),
            request_key=self.request_key,
            at=self.at,
        )
        return self._told(intent)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(PaymentIntentUpdate)
        intent = self._intent(pk)
        details = intent_details.of(body, intent, request_key=self.request_key, at=self.at)
        return self.write(payment_intents.update(intent, details=details, at=self.at))

    def confirm(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Confirm that the customer wants to pay, and try to collect the payment."""
        body = self.read(PaymentIntentConfirm)
        intent = self._intent(pk)
        with self.in_public(intent, body):
            if self.is_publishable and intent.confirms_manually:
                raise _manual(intent)
            details = intent_details.of(body, intent, request_key=self.request_key, at=self.at)
            confirmation = details | intent_details.confirmation_of(body, at=self.at)
            intent = payment_intents.confirm(
                intent, confirmation, request_key=self.request_key, at=self.at
            )
            return self._told(intent)

    def capture(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Take the money that a payment holds, or a part of it; the rest is released."""
        body = self.read(PaymentIntentCapture)
        amount = body.pop("amount_to_capture", None)
        body.pop("final_capture", None)  # it always is
        intent = payment_intents.capture(
            self._intent(pk), amount=amount, request_key=self.request_key, at=self.at
        )
        if body:
            intent = payment_intents.update(intent, details=body, at=self.at)
        return self.write(intent)

    def refuse(self, error: DomainError) -> HttpResponse:
        """Return the answer that tells of an error; a capture's amount has a name of its own here."""
        if self.action == "capture" and error.param == "amount":
            error.param = "amount_to_capture"
        return super().refuse(error)

    def cancel(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Give a payment up; what it holds is released."""
        body = self.read(PaymentIntentCancel)
        reason = body.get("cancellation_reason", "")
        intent = payment_intents.cancel(self._intent(pk), reason=reason, at=self.at)
        return self.write(intent)

    def verify_microdeposits(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Verify a payment's bank account by what its statement shows, and debit it."""
        body = self.read(PaymentIntentVerify)
        said = deposits_of(body)
        intent = self._intent(pk)
        with self.in_public(intent, body):
            intent = payment_intents.verify_microdeposits(
                intent, **said, request_key=self.request_key, at=self.at
            )
            return self._told(intent)

    def missing(self, pk: str) -> NotFound:
        return payment_inputs.missing("payment_intent", pk, param="intent")

    def _intent(self, pk: str) -> PaymentIntent:
        """Return an intent; from now on the request's time is its customer's."""
        intent = payment_intents.get(pk)
        self.at = test_clocks.now_for_id(intent.customer_id, self.at)
        return intent

    def _told(self, intent: PaymentIntent) -> HttpResponse:
        refusal = payment_intents.refusal(intent)
        if refusal is not None:
            raise refusal
        return self.write(intent)


def _manual(intent: PaymentIntent) -> InvalidState:
    return InvalidState(
        f"The PaymentIntent {intent.pk} is confirmed by a server: its confirmation_method is manual. Please use a "
        "secret API key.",
        code="payment_intent_unexpected_state",
    )


# A method that is named may be a test id or a token, which the gateway has to make chargeable first.
_CALLS_GATEWAY = frozenset({"confirm", "payment_method", "payment_method_data"})
