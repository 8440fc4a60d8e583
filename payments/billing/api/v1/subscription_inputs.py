"""What subscriptions, their items, previews and schedules take in common, and how services get it.

Source: https://docs.stripe.com/api/subscriptions/create
"""

from collections.abc import Mapping
from typing import Any

from customers.kit.errors import InvalidRequest
from customers.kit.unset import UNSET
from customers.models import Customer
from customers.restkit import inputs
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import EMPTIED, Input
from customers.restkit.worded_inputs import InstantOrWordField, WordOrHashField
from payments.api.v1.method_inputs import TYPES
from payments.api.v1.payment_intents import OffSessionField
from payments.api.v1.setup_intents import SetupOptionsHash
from payments.billing.api.v1.discount_inputs import DiscountsField
from payments.billing.api.v1.invoice_inputs import CustomFieldHash, IssuerHash
from payments.billing.api.v1.price_inputs import OneTimePriceDataHash, PriceDataHash
from payments.billing.api.v1.subscription_members import FEEDBACK
from payments.billing.models import Subscription
from payments.billing.services.subscription_payments import BEHAVIORS
from payments.billing.services.subscription_terms import NOW, PERIOD_ENDS
from payments.billing.services.subscription_wishes import MOST_ITEMS, ItemWish
from payments.services import payment_methods

MOST_QUANTITY = 10**9
MOST_EXTRAS = 20
PRORATION = ("always_invoice", "create_prorations", "none")


class TaxRatesField(inputs.ListField):
    """Ids of tax rates; an empty text takes all away."""

    def __init__(self, **options: Any) -> None:
        super().__init__(IdField(), max_items=20, emptied=[], **options)


class QuantityField(inputs.IntegerField):
    """How many."""

    def __init__(self) -> None:
        super().__init__(min_value=0, max_value=MOST_QUANTITY)


class AnchorHash(Input):
    type = inputs.ChoiceField((NOW, "unchanged"), required=True)


def anchor_field() -> WordOrHashField:
    """Return the parameter that says whether periods begin anew."""
    return WordOrHashField((NOW, "unchanged"), AnchorHash, source="anchor")


class AnchorConfigHash(Input):
    day_of_month = inputs.IntegerField(min_value=1, max_value=31, required=True)
    hour = inputs.IntegerField(min_value=0, max_value=23)
    minute = inputs.IntegerField(min_value=0, max_value=59)
    month = inputs.IntegerField(min_value=1, max_value=12)
    second = inputs.IntegerField(min_value=0, max_value=59)


class ItemTermsHash(Input):
    """What an item is made with and changed by."""

    discounts = DiscountsField()
    metadata = inputs.MetadataField()
    plan = IdField(source="price")
    price = IdField()
    price_data = inputs.HashField(PriceDataHash)
    quantity = QuantityField()
    tax_rates = TaxRatesField()


class ItemHash(ItemTermsHash):
    """A new item."""


class ChangedItemHash(ItemTermsHash):
    """A new item, or what becomes of one."""

    deleted = inputs.BooleanField(source="is_deleted")
    id = IdField(source="pk")


class ExtraHash(Input):
    """Something that is billed once."""

    discountable = inputs.BooleanField()
    discounts = DiscountsField()
    metadata = inputs.MetadataField()
    price = IdField()
    price_data = inputs.HashField(OneTimePriceDataHash)
    quantity = QuantityField()
    tax_rates = TaxRatesField()


class EndBehaviorHash(Input):
    missing_payment_method = inputs.ChoiceField(Subscription.TrialEnd.values, required=True)


class TrialSettingsHash(Input):
    end_behavior = inputs.HashField(EndBehaviorHash, required=True)


class PaymentSettingsHash(Input):
    payment_method_options = inputs.HashField(SetupOptionsHash)
    payment_method_types = inputs.ListField(
        inputs.ChoiceField(TYPES), max_items=len(TYPES), emptied=EMPTIED
    )
    save_default_payment_method = inputs.ChoiceField(("off", "on_subscription"))


class SubscriptionInvoiceSettingsHash(Input):
    """What a subscription's invoices say; they are issued by the account itself."""

    custom_fields = inputs.ListField(inputs.HashField(CustomFieldHash), max_items=4, emptied=[])
    description = inputs.TextField()
    footer = inputs.TextField()
    issuer = inputs.HashField(IssuerHash)


class CancellationDetailsHash(Input):
    comment = inputs.TextField(max_length=500, source="cancellation_comment")
    feedback = inputs.ChoiceField(FEEDBACK, emptied="", source="cancellation_feedback")


class PauseHash(Input):
    behavior = inputs.ChoiceField(Subscription.Pause.values, required=True)
    resumes_at = inputs.TimestampField(emptied=None)


class TermsInput(Input):
    """What subscriptions are made with and changed by alike."""

    add_invoice_items = inputs.ListField(
        inputs.HashField(ExtraHash), max_items=MOST_EXTRAS, source="extras"
    )
    cancel_at = InstantOrWordField(PERIOD_ENDS)
    cancel_at_period_end = inputs.BooleanField(source="cancels_at_period_end")
    collection_method = inputs.ChoiceField(Subscription.Collection.values)
    coupon = IdField(emptied="")
    days_until_due = inputs.IntegerField(min_value=0, max_value=3650)
    default_payment_method = IdField(emptied="")
    default_tax_rates = TaxRatesField(source="tax_rates")
    description = inputs.TextField(max_length=500)
    discounts = DiscountsField()
    invoice_settings = inputs.HashField(SubscriptionInvoiceSettingsHash)
    metadata = inputs.MetadataField()
    off_session = OffSessionField()
    payment_behavior = inputs.ChoiceField(BEHAVIORS)
    payment_settings = inputs.HashField(PaymentSettingsHash)
    promotion_code = IdField(emptied="")
    proration_behavior = inputs.ChoiceField(PRORATION)
    trial_end = InstantOrWordField((NOW,))
    trial_settings = inputs.HashField(TrialSettingsHash)


def details_of(body: Mapping[str, Any], customer: Customer) -> dict[str, Any]:
    """Return a body in the terms of the services.

    Raises:
        NotFound: the customer has no such payment method.
        InvalidRequest: discounts are asked for in two ways.
    """
    details = {key: value for key, value in body.items() if key not in _RESHAPED}
    details |= _discounts(body)
    if "default_payment_method" in body:
        pk = body["default_payment_method"]
        details["default_payment_method"] = (
            payment_methods.get_own(customer, pk, param="default_payment_method") if pk else None
        )
    if "trial_settings" in body:
        ending = body["trial_settings"]["end_behavior"]
        details["trial_end_behavior"] = ending["missing_payment_method"]
    if "cancellation_details" in body:
        details |= body["cancellation_details"]
    if "invoice_settings" in body:
        details["invoice_settings"] = said_on_invoices(body["invoice_settings"])
    return details


def said_on_invoices(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that an invoice takes over as they are."""
    return {name: value for name, value in settings.items() if name in _SAID}


def wish(item: Mapping[str, Any], param: str = "") -> ItemWish:
    """Return what is wanted of an item."""
    return ItemWish(
        param=param,
        pk=item.get("pk", ""),
        price=item.get("price", ""),
        price_data=item.get("price_data"),
        quantity=item.get("quantity"),
        metadata=item.get("metadata", UNSET),
        tax_rates=item.get("tax_rates"),
        discounts=item.get("discounts", UNSET),
        is_deleted=item.get("is_deleted", False),
    )


def wishes(body: Mapping[str, Any], param: str = "items") -> list[ItemWish]:
    """Return what is wanted of the items that a body lists."""
    return [
        wish(item, f"{param}[{position}]") for position, item in enumerate(body.get("items") or ())
    ]


def items_field(of: type[ItemTermsHash], **options: Any) -> inputs.ListField:
    """Return the parameter of items."""
    return inputs.ListField(inputs.HashField(of), max_items=MOST_ITEMS, **options)


def _discounts(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the discounts that are wanted, also by the older parameters that name one alone (fact F10)."""
    given = [name for name in _DISCOUNTS if name in body]
    if len(given) > 1:
        raise InvalidRequest(
            f"You may only specify one of these parameters: {', '.join(given)}.", param=given[0]
        )
    if not given or given == ["discounts"]:
        return {name: body[name] for name in given}
    (name,) = given
    return {"discounts": [{name: body[name]}] if body[name] else []}


_SAID = ("custom_fields", "description", "footer")
_DISCOUNTS = ("coupon", "promotion_code", "discounts")
_RESHAPED: frozenset[str] = frozenset(
    {
        *_DISCOUNTS,
        "default_payment_method",
        "trial_settings",
        "cancellation_details",
        "invoice_settings",
        "items",
        "customer",
    }
)
