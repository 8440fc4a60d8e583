"""`/v1/payment_links`.

Source: https://docs.stripe.com/api/payment-link
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.kit.errors import InvalidRequest, NotFound
from customers.restkit import inputs
from customers.restkit.expansion import Included, Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.lists import ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Metadata,
    Plain,
    Text,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from payments.billing.models import Price
from payments.billing.services import prices
from portal.api.v1 import checkout_inputs as reading
from portal.api.v1 import checkout_items
from portal.api.v1 import checkout_members as members
from portal.models import CheckoutMode, PaymentLink
from portal.services import checkout_terms, payment_links
from portal.services.checkout_items import MOST_ITEMS, MOST_QUANTITY

_LONGEST_MESSAGE = 500
_MOST_COMPLETED = 2_147_483_647


class LinkConfirmationHash(Input):
    custom_message = inputs.TextField(max_length=_LONGEST_MESSAGE)


class LinkRedirectHash(Input):
    url = inputs.TextField(max_length=2048, emptied=..., required=True)


class LinkCompletionHash(Input):
    hosted_confirmation = inputs.HashField(LinkConfirmationHash)
    redirect = inputs.HashField(LinkRedirectHash)
    type = inputs.ChoiceField(("hosted_confirmation", "redirect"), required=True)

    @classmethod
    def from_params(cls, params: Any, path: str = "") -> dict[str, Any]:
        read = super().from_params(params, path)
        is_redirect = read["type"] == "redirect"
        if is_redirect and "redirect" not in read:
            raise InvalidRequest(
                f"Missing required param: {path}[redirect].", param=f"{path}[redirect]",
                code="parameter_missing",
            )  # fmt: skip
        other = "hosted_confirmation" if is_redirect else "redirect"
        if other in read:
            raise InvalidRequest(
                f"`{other}` does not go with the type `{read['type']}`.", param=f"{path}[{other}]"
            )
        return read


class CompletedSessionsHash(Input):
    limit = inputs.IntegerField(min_value=1, max_value=_MOST_COMPLETED, required=True)


class LinkRestrictionsHash(Input):
    completed_sessions = inputs.HashField(CompletedSessionsHash, required=True)


class LinkItemHash(Input):
    adjustable_quantity = inputs.HashField(reading.AdjustableQuantityHash)
    price = IdField()
    price_data = inputs.HashField(reading.ItemPriceDataHash)
    quantity = inputs.IntegerField(min_value=1, max_value=MOST_QUANTITY, required=True)


class ChangedLinkItemHash(Input):
    adjustable_quantity = inputs.HashField(reading.AdjustableQuantityHash)
    id = IdField(required=True)
    quantity = inputs.IntegerField(min_value=1, max_value=MOST_QUANTITY)


class LinkTerms(reading.CollectedInput):
    """What links are made with and changed by alike."""

    after_completion = inputs.HashField(LinkCompletionHash)


class PaymentLinkCreate(LinkTerms):
    currency = inputs.CurrencyField()
    custom_fields = reading.fields_parameter()
    inactive_message = inputs.TextField(max_length=_LONGEST_MESSAGE)
    line_items = reading.line_items(LinkItemHash, required=True)
    name_collection = inputs.HashField(reading.NameCollectionHash)
    payment_intent_data = inputs.HashField(reading.LinkPaymentDataHash)
    payment_method_types = reading.method_types()
    restrictions = inputs.HashField(LinkRestrictionsHash)
    shipping_address_collection = inputs.HashField(reading.AllowedCountriesHash)
    shipping_options = reading.shipping_options()
    subscription_data = inputs.HashField(reading.LinkSubscriptionDataHash)


class PaymentLinkUpdate(LinkTerms):
    active = inputs.BooleanField(source="is_active")
    custom_fields = reading.fields_parameter(emptied=[])
    inactive_message = inputs.TextField(max_length=_LONGEST_MESSAGE)
    line_items = inputs.ListField(inputs.HashField(ChangedLinkItemHash), max_items=MOST_ITEMS)
    name_collection = inputs.HashField(reading.NameCollectionHash, emptied=None)
    payment_intent_data = inputs.HashField(reading.LinkPaymentDataHash)
    payment_method_types = reading.method_types(emptied=list(reading.USUAL_TYPES))
    restrictions = inputs.HashField(LinkRestrictionsHash, emptied=None)
    shipping_address_collection = inputs.HashField(reading.AllowedCountriesHash, emptied=None)
    shipping_options = reading.shipping_options(emptied=[])
    subscription_data = inputs.HashField(reading.LinkSubscriptionDataHash)


class PaymentLinkFilter(V1FilterSet):
    active = ParamFilter(inputs.BooleanField(), "is_active")


def _text(name: str, absent: str) -> Computed:
    return Computed(members.said(name, absent=absent), "collects", schema={"type": "string"})


class PaymentLinkObject(WireObject):
    """An address that begins a checkout for whoever opens it."""

    id = Plain()
    object = Constant("payment_link")
    active = Plain("is_active")
    after_completion = Computed(
        members.after_completion, "after_completion", schema=members.ANY_HASH
    )
    allow_promotion_codes = Computed(
        members.said("allow_promotion_codes", absent=False), "collects", schema=members.BOOLEAN
    )
    application = Constant(None)
    application_fee_amount = Constant(None)
    application_fee_percent = Constant(None)
    automatic_tax = Constant(members.LINK_AUTOMATIC_TAX)
    billing_address_collection = _text("billing_address_collection", "auto")
    consent_collection = Computed(members.consents, "collects", schema=members.HASH_OR_NULL)
    currency = Plain()
    custom_fields = Computed(members.link_fields, "collects", schema=members.HASHES)
    custom_text = Computed(members.custom_text, "collects", schema=members.ANY_HASH)
    customer_creation = Computed(
        members.link_creation, "customer_creation", schema={"type": "string"}
    )
    inactive_message = Text()
    invoice_creation = Computed(
        members.invoice_creation, "mode", "invoice_data", schema=members.HASH_OR_NULL
    )
    livemode = Plain()
    managed_payments = Constant(None)
    metadata = Metadata()
    name_collection = Computed(members.names, "collects", schema=members.HASH_OR_NULL)
    on_behalf_of = Constant(None)
    optional_items = Constant(None)
    payment_intent_data = Computed(
        members.link_intent, "mode", "intent_data", schema=members.HASH_OR_NULL
    )
    payment_method_collection = _text("payment_method_collection", "always")
    payment_method_options = Constant(None)
    payment_method_types = Plain()
    phone_number_collection = Computed(
        members.enabled("phone_number_collection"), "collects", schema=members.ANY_HASH
    )
    restrictions = Computed(
        members.restrictions, "completed_limit", "completed_count", schema=members.HASH_OR_NULL
    )
    shipping_address_collection = Computed(
        members.said("shipping_address_collection"), "collects", schema=members.HASH_OR_NULL
    )
    shipping_options = Computed(members.options, "shipping_options", schema=members.HASHES)
    submit_type = Computed(members.submit_type, "submit_type", schema={"type": "string"})
    subscription_data = Computed(
        members.link_subscription, "mode", "subscription_data", schema=members.HASH_OR_NULL
    )
    tax_id_collection = Computed(members.tax_id_collection, "collects", schema=members.ANY_HASH)
    transfer_data = Constant(None)
    url = Computed(members.link_url, "id", schema={"type": "string"})

    line_items = Included(checkout_items.of_links, of=checkout_items.LineItemObject, is_list=True)


class PaymentLinkViewSet(V1ViewSet):
    resource = "payment_links"
    model = PaymentLink
    output = PaymentLinkObject
    filterset_class = PaymentLinkFilter
    inputs = {"create": PaymentLinkCreate, "update": PaymentLinkUpdate}

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        members.fill_options(wires)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(PaymentLinkCreate)
        mode = _mode(body["line_items"])
        checkout_terms.check(body, mode)
        details = {**reading.details_of(body, mode), **_own(body)}
        details.setdefault("after_completion", {"type": "hosted_confirmation"})
        link = payment_links.create(details=details, line_items=body["line_items"], at=self.at)
        return self.write(link)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(PaymentLinkUpdate)
        link = payment_links.get(pk)
        checkout_terms.check({**body, "line_items": True}, link.mode)
        changed = payment_links.update(
            link, details=_changes(body), collects=reading.collects_of(body),
            quantities={each["id"]: each for each in body.get("line_items") or ()}, at=self.at,
        )  # fmt: skip
        return self.write(changed)

    def missing(self, pk: str) -> NotFound:
        return payment_links.missing(pk)


def spelled(link: PaymentLink) -> Wire:
    """Return a link as events show it."""
    wire = PaymentLinkObject.plan().spell_instance(link)
    members.fill_options([wire])
    return wire


def _mode(items: Sequence[Mapping[str, Any]]) -> str:
    """Return what comes of a link's checkouts: a subscription, where something of it recurs."""
    for place, item in enumerate(items):
        if item.get("price_data", {}).get("recurring"):
            return CheckoutMode.SUBSCRIPTION
        if item.get("price"):
            price = prices.get(item["price"], param=f"line_items[{place}][price]")
            if price.kind == Price.Kind.RECURRING:
                return CheckoutMode.SUBSCRIPTION
    return CheckoutMode.PAYMENT


def _own(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that only links have."""
    names = ("after_completion", "inactive_message", "is_active")
    details = {name: body[name] for name in names if name in body}
    if "restrictions" in body:
        said = body["restrictions"]
        details["completed_limit"] = said and said["completed_sessions"]["limit"]
    return details


def _changes(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of a link, by columns."""
    details = _own(body)
    for name in ("customer_creation", "metadata", "payment_method_types", "submit_type"):
        if name in body:
            details[name] = body[name]
    if "shipping_options" in body:
        details["shipping_options"] = [each["shipping_rate"] for each in body["shipping_options"]]
    if "invoice_creation" in body:
        is_on = body["invoice_creation"]["enabled"]
        details["invoice_data"] = reading.invoice_data(body) if is_on else None
    if "payment_intent_data" in body:
        details["intent_data"] = reading.intent_data(body["payment_intent_data"])
    if "subscription_data" in body:
        details["subscription_data"] = reading.subscription_data(body["subscription_data"])
    return details
