"""`/v1/setup_intents`.

Source: https://docs.stripe.com/api/setup_intents
"""

from collections.abc import Mapping
from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.kit.errors import InvalidRequest, NotFound
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.guarded_inputs import ReturnUrlField, without_numbers
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import EMPTIED, Input
from customers.restkit.lists import ParamFilter, V1FilterSet
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
from customers.services import customers, test_clocks
from payments.api.v1 import method_inputs
from payments.api.v1.client_secrets import ClientSecretQuery, WithClientSecret
from payments.api.v1.method_inputs import (
    DATA_NUMBERS,
    TYPES,
    MandateDataHash,
    MicrodepositsHash,
    PaymentMethodDataHash,
)
from payments.models import PaymentMethod, SetupIntent
from payments.services import payment_methods, setup_intents

STATUS = {status: status.value for status in SetupIntent.Status}
USAGE = ("off_session", "on_session")
REASONS = ("abandoned", "duplicate", "requested_by_customer")
_HASH = {"type": "object", "additionalProperties": True}
_NULLABLE_HASH = {"type": ["object", "null"], "additionalProperties": True}
_DOC_URL = "https://docs.stripe.com/error-codes"


class AutomaticMethodsHash(Input):
    allow_redirects = inputs.ChoiceField(("always", "never"))
    enabled = inputs.BooleanField(required=True)


class CardOptions(Input):
    request_three_d_secure = inputs.ChoiceField(("automatic",))  # the issuer decides


class BankAccountOptions(Input):
    verification_method = inputs.ChoiceField(("automatic", "microdeposits"))


class SetupOptionsHash(Input):
    card = inputs.HashField(CardOptions, emptied=EMPTIED)
    us_bank_account = inputs.HashField(BankAccountOptions, emptied=EMPTIED)


class SetupIntentUpdate(Input):
    customer = IdField()
    description = inputs.TextField()
    metadata = inputs.MetadataField()
    payment_method = IdField(emptied=EMPTIED)
    payment_method_data = inputs.HashField(PaymentMethodDataHash)
    payment_method_options = inputs.HashField(SetupOptionsHash)
    payment_method_types = inputs.ListField(inputs.ChoiceField(TYPES), max_items=len(TYPES))


class SetupIntentCreate(SetupIntentUpdate):
    automatic_payment_methods = inputs.HashField(AutomaticMethodsHash)
    confirm = inputs.BooleanField()
    mandate_data = inputs.HashField(MandateDataHash, emptied=EMPTIED)
    return_url = ReturnUrlField()
    usage = inputs.ChoiceField(USAGE)


class SetupIntentConfirm(ClientSecretQuery):
    mandate_data = inputs.HashField(MandateDataHash, emptied=EMPTIED)
    payment_method = IdField()
    payment_method_data = inputs.HashField(PaymentMethodDataHash)
    payment_method_options = inputs.HashField(SetupOptionsHash)
    return_url = ReturnUrlField()


class SetupIntentCancel(Input):
    cancellation_reason = inputs.ChoiceField(REASONS)


class SetupIntentVerify(ClientSecretQuery, MicrodepositsHash):
    """What the customer saw on their bank statement."""


class _OfMethod(ParamFilter):
    """The rows of a payment method, whose id may have another prefix (rule C23)."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Narrow the rows to those of the method."""
        return qs.filter(payment_method__in=PaymentMethod.objects.called(value).values("pk"))

    def stand_in(self, name: str, position: int) -> None:
        """Return nothing: each value makes a statement of its own."""


class SetupIntentFilter(V1FilterSet):
    customer = ParamFilter(IdField(), "customer_id")
    payment_method = _OfMethod(IdField(), "payment_method_id")


def next_action(stored: Any, return_url: str) -> Wire | None:
    """Return what the customer has to do next, as Stripe spells it."""
    action = orjson.loads(stored) if isinstance(stored, str) else stored
    if action is None:
        return None
    if action["type"] == "verify_with_microdeposits":
        inner = {name: action[name] for name in ("arrival_date", "microdeposit_type")}
        inner["hosted_verification_url"] = action["url"]
        return {"type": action["type"], action["type"]: inner}
    if not return_url:
        sdk = {"type": "three_d_secure_redirect", "stripe_js": action["url"]}
        return {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
    inner = {"return_url": return_url, "url": action["url"]}
    return {"redirect_to_url": inner, "type": "redirect_to_url"}


def last_error(stored: Any) -> Wire | None:
    """Return the last failure, as Stripe spells it."""
    error = orjson.loads(stored) if isinstance(stored, str) else stored
    if error is None:
        return None
    shown = {name: value for name, value in error.items() if value}
    return {"doc_url": f"{_DOC_URL}/{error['code'].replace('_', '-')}", **shown}


def automatic_methods(chooses: bool, allows: bool) -> Wire | None:  # noqa: FBT001 -- columns
    """Return `automatic_payment_methods`; null where the request chose the types."""
    if not chooses:
        return None
    return {"allow_redirects": "always" if allows else "never", "enabled": True}


class SetupIntentObject(WireObject):
    """A setup intent."""

    id = Plain()
    object = Constant("setup_intent")
    application = Constant(None)
    automatic_payment_methods = Computed(
        automatic_methods, "chooses_methods", "allows_redirects", schema=_NULLABLE_HASH
    )
    cancellation_reason = Text()
    client_secret = Plain()
    created = UnixTime("created_at")
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    description = Text()
    excluded_payment_method_types = Constant(None)
    flow_directions = Constant(None)
    last_setup_error = Computed(last_error, "last_error", schema=_NULLABLE_HASH)
    latest_attempt = Constant(None)
    livemode = Plain()
    mandate = Expandable("mandate_id", resource="mandate")
    metadata = Metadata()
    next_action = Computed(next_action, "next_action", "return_url", schema=_NULLABLE_HASH)
    on_behalf_of = Constant(None)
    payment_method = Expandable("payment_method_id", resource="payment_method")
    payment_method_configuration_details = Constant(None)
    payment_method_options = Json()
    payment_method_types = Plain()
    single_use_mandate = Constant(None)
    status = Spelled(STATUS)
    usage = Plain()


_SHOWN = frozenset(
    {
        "id", "object", "automatic_payment_methods", "cancellation_reason", "client_secret", "created",
        "description", "last_setup_error", "livemode", "next_action", "payment_method", "payment_method_types",
        "status", "usage",
    }
)  # fmt: skip


class SetupIntentViewSet(WithClientSecret):
    resource = "setup_intents"
    model = SetupIntent
    output = SetupIntentObject
    filterset_class = SetupIntentFilter
    phased = frozenset({"create", "update", "confirm", "verify_microdeposits"})
    shown_in_public = _SHOWN
    inputs = {
        "create": SetupIntentCreate,
        "retrieve": ClientSecretQuery,
        "update": SetupIntentUpdate,
        "confirm": SetupIntentConfirm,
        "cancel": SetupIntentCancel,
        "verify_microdeposits": SetupIntentVerify,
    }

    def searched_for_card_numbers(self) -> Mapping[str, Any]:
        return without_numbers(self.params, *DATA_NUMBERS)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(SetupIntentCreate)
        if not body.get("confirm"):
            _refuse_of_confirming(body)
        details = self._details(body)
        intent = setup_intents.create(details=details, request_key=self.request_key, at=self.at)
        if not body.get("confirm"):
            return self.write(intent)
        return self._confirmed(intent, {}, body)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(SetupIntentUpdate)
        intent = self._intent(pk)
        return self.write(
            setup_intents.update(intent, details=self._details(body, intent), at=self.at)
        )

    def confirm(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Confirm that the customer wants this method saved."""
        body = self.read(SetupIntentConfirm)
        intent = self._intent(pk)
        with self.in_public(intent, body):
            return self._confirmed(intent, self._details(body, intent), body)

    def cancel(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Give a setup intent up."""
        body = self.read(SetupIntentCancel)
        reason = body.get("cancellation_reason", "")
        return self.write(setup_intents.cancel(self._intent(pk), reason=reason, at=self.at))

    def verify_microdeposits(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Verify a bank account by the amounts, or the code, that its statement shows."""
        body = self.read(SetupIntentVerify)
        said = method_inputs.deposits_of(body)
        intent = self._intent(pk)
        with self.in_public(intent, body):
            return self.write(setup_intents.verify_microdeposits(intent, **said, at=self.at))

    def missing(self, pk: str) -> NotFound:
        return NotFound(f"No such setupintent: '{pk}'", param="intent")

    def _intent(self, pk: str) -> SetupIntent:
        """Return an intent; from now on the request's time is its customer's."""
        intent = setup_intents.get(pk)
        self.at = test_clocks.now_for_id(intent.customer_id, self.at)
        return intent

    def _confirmed(
        self, intent: SetupIntent, details: Mapping[str, Any], body: Mapping[str, Any]
    ) -> HttpResponse:
        acceptance = method_inputs.acceptance_of(body.get("mandate_data"))
        confirmed = setup_intents.confirm(
            intent,
            details=details,
            acceptance=acceptance,
            request_key=self.request_key,
            at=self.at,
        )
        return self.write(confirmed)

    def _details(
        self, body: Mapping[str, Any], intent: SetupIntent | None = None
    ) -> dict[str, Any]:
        """Return a body in the terms of the service."""
        details = {name: value for name, value in body.items() if name in _PLAIN}
        if intent is None and "metadata" in details:
            given = details["metadata"] or {}
            details["metadata"] = {key: value for key, value in given.items() if value}
        if "customer" in body:
            details["customer"] = customers.get_living(body["customer"])
            self.at = test_clocks.now_for(details["customer"], self.at)
        method = self._method(body)
        if method is not None or "payment_method" in body:
            details["payment_method"] = method
        if "payment_method_options" in body:
            options = body["payment_method_options"]
            details["payment_method_options"] = {
                name: value for name, value in options.items() if value
            }
        return {**details, **choice_of_methods(body)}

    def _method(self, body: Mapping[str, Any]) -> PaymentMethod | None:
        if body.get("payment_method"):
            return payment_methods.resolve(
                body["payment_method"], request_key=self.request_key, at=self.at
            )
        if "payment_method_data" in body:
            return method_inputs.method_of(
                body["payment_method_data"], request_key=self.request_key, at=self.at
            )
        return None


_PLAIN = frozenset({"description", "metadata", "payment_method_types", "return_url", "usage"})


def choice_of_methods(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return who chooses the types of methods: the site, or the request.

    Raises:
        InvalidRequest: both would, or neither.
    """
    asked = body.get("automatic_payment_methods")
    types = body.get("payment_method_types")
    if types and asked and asked["enabled"]:
        raise InvalidRequest(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
            param="automatic_payment_methods",
        )
    if asked and not asked["enabled"] and not types:
        raise InvalidRequest(
            "Send payment_method_types where automatic_payment_methods is not enabled.",
            param="payment_method_types",
            code="parameter_missing",
        )
    choice: dict[str, Any] = {"chooses_methods": False} if types else {}
    redirects = (asked or {}).get("allow_redirects")
    return {**choice, "allows_redirects": redirects == "always"} if redirects else choice


def _refuse_of_confirming(body: Mapping[str, Any]) -> None:
    for name in ("mandate_data", "return_url"):
        if body.get(name):
            raise InvalidRequest(
                f"The parameter {name} cannot be passed when creating a SetupIntent unless confirm is set to true.",
                param=name,
            )
