"""What checkout sessions and payment links take alike, and how services get it.

Source: https://docs.stripe.com/api/checkout/sessions/create; https://docs.stripe.com/api/payment-link/create
"""

from collections.abc import Mapping
from typing import Any

from customers.kit.errors import InvalidRequest
from customers.restkit import inputs
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from payments.api.v1.method_inputs import TYPES
from payments.api.v1.payment_inputs import PaymentShippingHash, StatementDescriptorField
from payments.billing.api.v1.invoice_inputs import CustomFieldHash
from payments.billing.api.v1.price_inputs import InlineRecurringHash, LinePriceDataHash
from payments.billing.api.v1.subscription_inputs import (
    SubscriptionInvoiceSettingsHash,
    TaxRatesField,
    TrialSettingsHash,
    said_on_invoices,
)
from payments.billing.services import tax_rates
from payments.billing.services.subscription_terms import MOST_TRIAL_DAYS
from portal.models import CheckoutMode
from portal.services.checkout_items import MOST_ITEMS, MOST_QUANTITY
from portal.services.checkout_terms import MOST_SHIPPING_OPTIONS

USUAL_TYPES = ["card"]
_MOST_FIELDS = 3
_MOST_OPTIONS = 200
_LONGEST_VALUE = 255  # of a custom field
_LONGEST_TEXT = 1200  # of the merchant's own
_SUBMIT_TYPES = ("auto", "book", "donate", "pay", "subscribe")


def on_or_off() -> inputs.ChoiceField:
    """Return a parameter that is `auto` or `never`."""
    return inputs.ChoiceField(("auto", "never"))


class EnabledHash(Input):
    enabled = inputs.BooleanField(required=True)


class AdjustableQuantityHash(EnabledHash):
    maximum = inputs.IntegerField(min_value=1, max_value=MOST_QUANTITY)
    minimum = inputs.IntegerField(min_value=0, max_value=MOST_QUANTITY)


class ItemPriceDataHash(LinePriceDataHash):
    """A price for one use, once or again and again."""

    recurring = inputs.HashField(InlineRecurringHash)


class QuantityField(inputs.IntegerField):
    """How many."""

    def __init__(self) -> None:
        super().__init__(min_value=0, max_value=MOST_QUANTITY)


class LineItemHash(Input):
    adjustable_quantity = inputs.HashField(AdjustableQuantityHash)
    metadata = inputs.MetadataField()
    price = IdField()
    price_data = inputs.HashField(ItemPriceDataHash)
    quantity = QuantityField()
    tax_rates = TaxRatesField()


def line_items(of: type[Input] = LineItemHash, **options: Any) -> inputs.ListField:
    """Return the parameter of what is offered."""
    return inputs.ListField(inputs.HashField(of), max_items=MOST_ITEMS, **options)


class ReuseAgreementHash(Input):
    position = inputs.ChoiceField(("auto", "hidden"), required=True)


class ConsentCollectionHash(Input):
    payment_method_reuse_agreement = inputs.HashField(ReuseAgreementHash)
    promotions = inputs.ChoiceField(("auto", "none"))
    terms_of_service = inputs.ChoiceField(("none", "required"))


class OptionHash(Input):
    label = inputs.TextField(max_length=100, emptied=..., required=True)  # type: ignore[assignment]  # a member, not the option
    value = inputs.TextField(
        max_length=100, emptied=..., required=True, pattern=r"[A-Za-z0-9]+",
        wording="it has letters and digits only.",
    )  # fmt: skip


class DropdownHash(Input):
    default_value = inputs.TextField(max_length=100)
    options = inputs.ListField(inputs.HashField(OptionHash), max_items=_MOST_OPTIONS, required=True)


class LabelHash(Input):
    custom = inputs.TextField(max_length=50, emptied=..., required=True)
    type = inputs.ChoiceField(("custom",), required=True)


class LengthsHash(Input):
    default_value = inputs.TextField(max_length=_LONGEST_VALUE)
    maximum_length = inputs.IntegerField(min_value=1, max_value=_LONGEST_VALUE)
    minimum_length = inputs.IntegerField(min_value=1, max_value=_LONGEST_VALUE)


class FieldHash(Input):
    """A field of the merchant's."""

    dropdown = inputs.HashField(DropdownHash)
    key = inputs.TextField(
        max_length=200, emptied=..., required=True, pattern=r"[A-Za-z0-9_\-]+",
        wording="it has letters, digits, hyphens and underscores.",
    )  # fmt: skip
    label = inputs.HashField(LabelHash, required=True)  # type: ignore[assignment]  # a member, not the option
    numeric = inputs.HashField(LengthsHash)
    optional = inputs.BooleanField()
    text = inputs.HashField(LengthsHash)
    type = inputs.ChoiceField(("dropdown", "numeric", "text"), required=True)

    @classmethod
    def from_params(cls, params: Any, path: str = "") -> dict[str, Any]:
        read = super().from_params(params, path)
        others = {"dropdown", "numeric", "text"} - {read["type"]}
        for name in sorted(others & read.keys()):
            raise InvalidRequest(
                f"`{name}` does not go with the type `{read['type']}`.", param=f"{path}[{name}]"
            )
        if read["type"] == "dropdown" and "dropdown" not in read:
            raise InvalidRequest(
                f"Missing required param: {path}[dropdown].", param=f"{path}[dropdown]",
                code="parameter_missing",
            )  # fmt: skip
        return read


class MessageHash(Input):
    message = inputs.TextField(max_length=_LONGEST_TEXT, emptied=..., required=True)


class CustomTextHash(Input):
    after_submit = inputs.HashField(MessageHash, emptied=None)
    shipping_address = inputs.HashField(MessageHash, emptied=None)
    submit = inputs.HashField(MessageHash, emptied=None)
    terms_of_service_acceptance = inputs.HashField(MessageHash, emptied=None)


class InvoiceRenderingHash(Input):
    amount_tax_display = inputs.ChoiceField(("exclude_tax", "include_inclusive_tax"), emptied=None)


class InvoiceDataHash(Input):
    custom_fields = inputs.ListField(inputs.HashField(CustomFieldHash), max_items=4, emptied=[])
    description = inputs.TextField()
    footer = inputs.TextField()
    metadata = inputs.MetadataField()
    rendering_options = inputs.HashField(InvoiceRenderingHash, emptied={}, source="rendering")


class InvoiceCreationHash(EnabledHash):
    invoice_data = inputs.HashField(InvoiceDataHash)


class NameHash(EnabledHash):
    optional = inputs.BooleanField()


class NameCollectionHash(Input):
    business = inputs.HashField(NameHash)
    individual = inputs.HashField(NameHash)


class PaymentDataHash(Input):
    """What the payment intent gets, by its columns."""

    capture_method = inputs.ChoiceField(
        ("automatic", "automatic_async", "manual"), source="captures_manually"
    )
    description = inputs.TextField(max_length=1000)
    metadata = inputs.MetadataField()
    receipt_email = inputs.EmailField(max_length=512)
    setup_future_usage = inputs.ChoiceField(("off_session", "on_session"), emptied="")
    shipping = inputs.HashField(PaymentShippingHash)
    statement_descriptor = StatementDescriptorField()
    statement_descriptor_suffix = StatementDescriptorField()


class LinkPaymentDataHash(Input):
    capture_method = inputs.ChoiceField(
        ("automatic", "automatic_async", "manual"), source="captures_manually"
    )
    description = inputs.TextField(max_length=1000)
    metadata = inputs.MetadataField()
    setup_future_usage = inputs.ChoiceField(("off_session", "on_session"), emptied="")
    statement_descriptor = StatementDescriptorField()
    statement_descriptor_suffix = StatementDescriptorField()


class PhoneNumberHash(EnabledHash):
    """Whether a phone number is asked for."""


class AllowedCountriesHash(Input):
    allowed_countries = inputs.ListField(
        inputs.TextField(
            max_length=2, emptied=..., pattern="[A-Z]{2}", wording="give codes of ISO 3166-1.",
        ),
        max_items=250, required=True,
    )  # fmt: skip


class ShippingChoiceHash(Input):
    shipping_rate = IdField(required=True)


def shipping_options(**options: Any) -> inputs.ListField:
    """Return the parameter of the ways in which it can be sent."""
    return inputs.ListField(
        inputs.HashField(ShippingChoiceHash), max_items=MOST_SHIPPING_OPTIONS, **options
    )


class SubscriptionDataHash(Input):
    """What the subscription gets."""

    default_tax_rates = TaxRatesField(source="tax_rates")
    description = inputs.TextField(max_length=500)
    invoice_settings = inputs.HashField(SubscriptionInvoiceSettingsHash)
    metadata = inputs.MetadataField()
    trial_end = inputs.TimestampField()
    trial_period_days = inputs.IntegerField(min_value=1, max_value=MOST_TRIAL_DAYS)
    trial_settings = inputs.HashField(TrialSettingsHash)


class LinkSubscriptionDataHash(Input):
    description = inputs.TextField(max_length=500)
    invoice_settings = inputs.HashField(SubscriptionInvoiceSettingsHash)
    metadata = inputs.MetadataField()
    trial_period_days = inputs.IntegerField(min_value=1, max_value=MOST_TRIAL_DAYS, emptied=None)
    trial_settings = inputs.HashField(TrialSettingsHash, emptied=None)


class TaxIdCollectionHash(EnabledHash):
    required = inputs.ChoiceField(("if_supported", "never"))  # type: ignore[assignment]  # a member, not the option


def method_types(**options: Any) -> inputs.ListField:
    """Return the parameter of the types of payment methods that are taken."""
    return inputs.ListField(inputs.ChoiceField(TYPES), max_items=len(TYPES), **options)


class CollectedInput(Input):
    """What the page asks for and says, of sessions and links alike."""

    allow_promotion_codes = inputs.BooleanField()
    billing_address_collection = inputs.ChoiceField(("auto", "required"))
    consent_collection = inputs.HashField(ConsentCollectionHash)
    custom_text = inputs.HashField(CustomTextHash)
    customer_creation = inputs.ChoiceField(("always", "if_required"))
    invoice_creation = inputs.HashField(InvoiceCreationHash)
    metadata = inputs.MetadataField()
    payment_method_collection = inputs.ChoiceField(("always", "if_required"))
    phone_number_collection = inputs.HashField(PhoneNumberHash)
    submit_type = inputs.ChoiceField(_SUBMIT_TYPES)
    tax_id_collection = inputs.HashField(TaxIdCollectionHash)


COLLECTS = (
    "allow_promotion_codes", "billing_address_collection", "consent_collection", "custom_fields", "custom_text",
    "customer_update", "name_collection", "payment_method_collection", "phone_number_collection",
    "saved_payment_method_options", "shipping_address_collection", "tax_id_collection",
)  # fmt: skip
"""What is kept as it was said."""

_PLAIN = (
    "cancel_url", "client_reference_id", "currency", "customer_creation", "customer_email", "expires_at", "locale",
    "submit_type", "success_url",
)  # fmt: skip


def fields_parameter(**options: Any) -> inputs.ListField:
    """Return the parameter of the merchant's fields."""
    return inputs.ListField(inputs.HashField(FieldHash), max_items=_MOST_FIELDS, **options)


def details_of(body: Mapping[str, Any], mode: str) -> dict[str, Any]:
    """Return a body in the terms of the services: columns by name.

    Raises:
        NotFound: there is no such tax rate.
        InvalidRequest: a tax rate was archived.
    """
    details: dict[str, Any] = {name: body[name] for name in _PLAIN if name in body}
    details["mode"] = mode
    details["collects"] = collects_of(body)
    if "metadata" in body:
        details["metadata"] = body["metadata"]
    if body.get("invoice_creation", {}).get("enabled"):
        details["invoice_data"] = invoice_data(body)
    intent = body.get("payment_intent_data") or body.get("setup_intent_data")
    if intent:
        details["intent_data"] = intent_data(intent)
    if body.get("subscription_data"):
        details["subscription_data"] = subscription_data(body["subscription_data"])
    if body.get("shipping_options"):
        details["shipping_options"] = [each["shipping_rate"] for each in body["shipping_options"]]
    details["payment_method_types"] = body.get("payment_method_types") or list(USUAL_TYPES)
    return details


def collects_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page asks for and says, as it was said."""
    return {name: body[name] for name in COLLECTS if name in body}


def invoice_data(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the invoice of a payment says."""
    said = dict(body["invoice_creation"].get("invoice_data") or {})
    if "metadata" in said:
        said["metadata"] = _given(said["metadata"])
    return said


def intent_data(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an intent gets by its columns."""
    found = dict(said)
    if "metadata" in found:
        found["metadata"] = _given(found["metadata"])
    if "captures_manually" in found:
        found["captures_manually"] = found["captures_manually"] == "manual"
    return found


def subscription_data(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a subscription gets, as it can be kept."""
    found = {name: value for name, value in said.items() if name != "trial_settings"}
    if "metadata" in found:
        found["metadata"] = _given(found["metadata"])
    if found.get("tax_rates"):
        param = "subscription_data[default_tax_rates]"
        found["tax_rates"] = tax_rates.resolve(found["tax_rates"], param=param)
    if found.get("trial_end"):
        found["trial_end"] = found["trial_end"].isoformat()
    if "invoice_settings" in found:
        found["invoice_settings"] = said_on_invoices(found["invoice_settings"])
    if said.get("trial_settings"):
        ending = said["trial_settings"]["end_behavior"]
        found["trial_end_behavior"] = ending["missing_payment_method"]
    return found


def mode_of(body: Mapping[str, Any]) -> str:
    """Return the mode that a body names; a payment where it names none."""
    return str(body.get("mode") or CheckoutMode.PAYMENT)


def _given(metadata: Mapping[str, str] | None) -> dict[str, str]:
    return {key: value for key, value in (metadata or {}).items() if value}
