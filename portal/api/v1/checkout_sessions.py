"""`/v1/checkout/sessions`.

Source: https://docs.stripe.com/api/checkout/sessions
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.api.v1.addresses import AddressHash
from customers.kit.errors import InvalidRequest, NotFound
from customers.restkit import inputs
from customers.restkit.expansion import Included, Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.lists import OwnerFilter, ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    Metadata,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from customers.services import customers
from portal.api.v1 import checkout_inputs as reading
from portal.api.v1 import checkout_items
from portal.api.v1 import checkout_members as members
from portal.models import CheckoutMode, CheckoutSession
from portal.services import checkout_terms, checkouts

STATUS = {status: status.value for status in CheckoutSession.Status}
PAYMENT_STATUS = {status: status.value for status in CheckoutSession.PaymentStatus}
_LOCALES = (
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hr",
    "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl",
    "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
)  # fmt: skip
_LONGEST_URL = 5000
_HOSTED = ("hosted", "hosted_page")
"""What Stripe called it before, and what it calls it now."""


class CustomerUpdateHash(Input):
    address = reading.on_or_off()
    name = reading.on_or_off()
    shipping = reading.on_or_off()


class CheckoutDiscountHash(Input):
    coupon = IdField()
    promotion_code = IdField()


class SavedMethodsHash(Input):
    allow_redisplay_filters = inputs.ListField(
        inputs.ChoiceField(("always", "limited", "unspecified")), max_items=3
    )
    payment_method_remove = inputs.ChoiceField(("disabled", "enabled"))
    payment_method_save = inputs.ChoiceField(("disabled", "enabled"))


class SetupDataHash(Input):
    description = inputs.TextField(max_length=1000)
    metadata = inputs.MetadataField()


class SessionCreate(reading.CollectedInput):
    cancel_url = inputs.TextField(max_length=_LONGEST_URL, emptied=...)
    client_reference_id = inputs.TextField(max_length=200, emptied=...)
    currency = inputs.CurrencyField()
    custom_fields = reading.fields_parameter()
    customer = IdField()
    customer_email = inputs.EmailField(max_length=512, emptied=...)
    customer_update = inputs.HashField(CustomerUpdateHash)
    discounts = inputs.ListField(inputs.HashField(CheckoutDiscountHash), max_items=1, emptied=[])
    expires_at = inputs.TimestampField()
    line_items = reading.line_items()
    locale = inputs.ChoiceField(_LOCALES)
    mode = inputs.ChoiceField(CheckoutMode.values)
    name_collection = inputs.HashField(reading.NameCollectionHash)
    payment_intent_data = inputs.HashField(reading.PaymentDataHash)
    payment_method_types = reading.method_types()
    saved_payment_method_options = inputs.HashField(SavedMethodsHash)
    setup_intent_data = inputs.HashField(SetupDataHash)
    shipping_address_collection = inputs.HashField(reading.AllowedCountriesHash)
    shipping_options = reading.shipping_options()
    subscription_data = inputs.HashField(reading.SubscriptionDataHash)
    success_url = inputs.TextField(max_length=_LONGEST_URL, emptied=..., required=True)
    ui_mode = inputs.ChoiceField(_HOSTED)


class ShippingDetailsHash(Input):
    address = inputs.HashField(AddressHash, required=True)
    name = inputs.TextField(max_length=255, emptied=..., required=True)


class CollectedInformationHash(Input):
    shipping_details = inputs.HashField(ShippingDetailsHash)


class ChangedCheckoutItemHash(reading.LineItemHash):
    id = IdField()


class ChangedPaymentHash(Input):
    description = inputs.TextField(max_length=1000)
    metadata = inputs.MetadataField()
    setup_future_usage = inputs.ChoiceField(("off_session", "on_session"), emptied="")
    statement_descriptor = inputs.TextField(max_length=22)
    statement_descriptor_suffix = inputs.TextField(max_length=22)


class SessionUpdate(Input):
    collected_information = inputs.HashField(CollectedInformationHash)
    line_items = reading.line_items(ChangedCheckoutItemHash)
    metadata = inputs.MetadataField()
    payment_intent_data = inputs.HashField(ChangedPaymentHash)
    shipping_options = reading.shipping_options(emptied=[])


class SessionFilter(V1FilterSet):
    customer = OwnerFilter(IdField(), "customer_id")
    payment_intent = ParamFilter(IdField(), "payment_intent_id")
    payment_link = OwnerFilter(IdField(), "payment_link_id")
    status = ParamFilter(inputs.ChoiceField(STATUS.values()), "status")
    subscription = ParamFilter(IdField(), "subscription_id")

    @classmethod
    def get_filters(cls) -> dict[str, Any]:  # type: ignore[override]  # any mapping will do
        return {
            **super().get_filters(),
            "customer_details[email]": ParamFilter(inputs.TextField(max_length=512), "email"),
        }


class CheckoutSessionObject(WireObject):
    """A page on which one customer pays, subscribes, or saves a payment method."""

    id = Plain()
    object = Constant("checkout.session")
    adaptive_pricing = Constant(None)
    after_expiration = Constant(None)
    allow_promotion_codes = Computed(
        members.said("allow_promotion_codes"), "collects", schema={"type": ["boolean", "null"]}
    )
    allowed_payment_method_types = Constant(None)
    amount_subtotal = Computed(
        members.amount, "mode", "amount_subtotal", schema=members.INTEGER_OR_NULL
    )
    amount_total = Computed(members.amount, "mode", "amount_total", schema=members.INTEGER_OR_NULL)
    automatic_tax = Constant(members.AUTOMATIC_TAX)
    billing_address_collection = Computed(
        members.said("billing_address_collection"), "collects", schema=members.TEXT_OR_NULL
    )
    branding_settings = Constant(None)
    cancel_url = Text()
    client_reference_id = Text()
    client_secret = Constant(None)
    collected_information = Computed(members.collected, "collected", schema=members.HASH_OR_NULL)
    consent = Computed(members.consent, "collected", schema=members.HASH_OR_NULL)
    consent_collection = Computed(members.consents, "collects", schema=members.HASH_OR_NULL)
    created = UnixTime("created_at")
    currency = Text()
    currency_conversion = Constant(None)
    custom_fields = Computed(members.custom_fields, "collects", "collected", schema=members.HASHES)
    custom_text = Computed(members.custom_text, "collects", schema=members.ANY_HASH)
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    customer_creation = Computed(
        members.creation, "mode", "customer_creation", schema=members.TEXT_OR_NULL
    )
    customer_details = Computed(members.details, "collected", "email", schema=members.HASH_OR_NULL)
    customer_email = Text()
    discounts = Computed(members.asked_discounts, "discounts_asked", schema=members.HASHES)
    excluded_payment_method_types = Constant(None)
    expires_at = UnixTime()
    integration_identifier = Constant(None)
    invoice = Expandable("invoice_id", resource="invoice")
    invoice_creation = Computed(
        members.invoice_creation, "mode", "invoice_data", schema=members.HASH_OR_NULL
    )
    livemode = Plain()
    locale = Text()
    managed_payments = Constant(None)
    metadata = Metadata()
    mode = Plain()
    name_collection = Computed(members.names, "collects", schema=members.HASH_OR_NULL)
    optional_items = Constant(None)
    origin_context = Constant(None)
    payment_intent = Expandable("payment_intent_id", resource="payment_intent")
    payment_link = Expandable("payment_link_id", resource="payment_link")
    payment_method_collection = Computed(
        members.method_collection, "mode", "collects", schema=members.TEXT_OR_NULL
    )
    payment_method_configuration_details = Constant(None)
    payment_method_options = Constant({})
    payment_method_types = Plain()
    payment_status = Spelled(PAYMENT_STATUS)
    permissions = Constant(None)
    phone_number_collection = Computed(
        members.enabled("phone_number_collection"), "collects", schema=members.ANY_HASH
    )
    presentment_details = Constant(None)
    recovered_from = Constant(None)
    redirect_on_completion = Constant(None)
    return_url = Constant(None)
    saved_payment_method_options = Computed(
        members.saved_options, "collects", schema=members.HASH_OR_NULL
    )
    setup_intent = Expandable("setup_intent_id", resource="setup_intent")
    shipping_address_collection = Computed(
        members.said("shipping_address_collection"), "collects", schema=members.HASH_OR_NULL
    )
    shipping_cost = Computed(
        members.shipping_cost, "shipping_rate_id", "amount_shipping", schema=members.HASH_OR_NULL
    )
    shipping_options = Computed(members.options, "shipping_options", schema=members.HASHES)
    status = Spelled(STATUS)
    submit_type = Text()
    subscription = Expandable("subscription_id", resource="subscription")
    success_url = Computed(
        members.success_url, "success_url", "collects", schema=members.TEXT_OR_NULL
    )
    tax_id_collection = Computed(members.tax_id_collection, "collects", schema=members.HASH_OR_NULL)
    total_details = Computed(
        members.totals, "mode", "amount_discount", "amount_shipping", "amount_tax",
        schema=members.HASH_OR_NULL,
    )  # fmt: skip
    ui_mode = Constant("hosted_page")
    url = Computed(members.session_url, "status", "secret", schema=members.TEXT_OR_NULL)
    wallet_options = Constant(None)

    line_items = Included(
        checkout_items.of_sessions, of=checkout_items.LineItemObject, is_list=True
    )


class CheckoutSessionViewSet(V1ViewSet):
    resource = "checkout_sessions"
    model = CheckoutSession
    output = CheckoutSessionObject
    filterset_class = SessionFilter
    phased = frozenset({"expire"})
    inputs = {"create": SessionCreate, "update": SessionUpdate}

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        members.fill_options(wires)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(SessionCreate)
        mode = reading.mode_of(body)
        checkout_terms.check(body, mode)
        details = {**reading.details_of(body, mode), **_discounts(body)}
        if "customer" in body:
            details["customer"] = customers.get_living(body["customer"])
        session = checkouts.create(
            details=details, line_items=body.get("line_items") or (), at=self.at
        )
        return self.write(session)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(SessionUpdate)
        session = checkouts.update(
            checkouts.get(pk),
            details=_changes(body),
            line_items=body.get("line_items"),
            at=self.at,
        )
        return self.write(session)

    def expire(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Let nobody complete a session any more."""
        self.refuse_params()
        self.has_read = True
        return self.write(checkouts.expire(checkouts.get(pk), at=self.at))

    def missing(self, pk: str) -> NotFound:
        return checkouts.missing(pk)


def spelled(session: CheckoutSession) -> Wire:
    """Return a session as events show it."""
    wire = CheckoutSessionObject.plan().spell_instance(session)
    members.fill_options([wire])
    return wire


def _discounts(body: Mapping[str, Any]) -> dict[str, Any]:
    for place, each in enumerate(body.get("discounts") or ()):
        if len(each) != 1:
            raise InvalidRequest(
                "Each discount needs one of these parameters: coupon, promotion_code.",
                param=f"discounts[{place}]",
            )
    return {"discounts_asked": body.get("discounts") or []}


def _changes(body: Mapping[str, Any]) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if "metadata" in body:
        details["metadata"] = body["metadata"]
    if "payment_intent_data" in body:
        details["intent_data"] = body["payment_intent_data"]
    if "shipping_options" in body:
        details["shipping_options"] = [each["shipping_rate"] for each in body["shipping_options"]]
    shipping = body.get("collected_information", {}).get("shipping_details")
    if shipping:
        details["shipping"] = shipping
    return details
