"""`/v1/billing_portal/sessions`.

Source: https://docs.stripe.com/api/customer_portal/sessions; `pay_invoice` is a flow of ours.
"""

from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from customers.restkit import inputs
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    Plain,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from customers.services import customers
from portal.models import PortalSession
from portal.services import configurations, flow_requests, session_links

_LOCALES = (
    "auto", "bg", "cs", "da", "de", "el", "en", "en-AU", "en-CA", "en-GB", "en-IE", "en-IN", "en-NZ", "en-SG", "es",
    "es-419", "et", "fi", "fil", "fr", "fr-CA", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb",
    "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
)  # fmt: skip
_HASH = {"type": ["object", "null"], "additionalProperties": True}


class CustomerLoginHash(Input):
    expires_at = inputs.TimestampField()


class AfterExpirationHash(Input):
    customer_login = inputs.HashField(CustomerLoginHash)
    type = inputs.ChoiceField(["customer_login"], required=True)


class HostedConfirmationHash(Input):
    custom_message = inputs.TextField(max_length=500)


class RedirectHash(Input):
    return_url = inputs.TextField(max_length=2048, emptied=..., required=True)


class AfterCompletionHash(Input):
    hosted_confirmation = inputs.HashField(HostedConfirmationHash)
    redirect = inputs.HashField(RedirectHash)
    type = inputs.ChoiceField(["hosted_confirmation", "portal_homepage", "redirect"], required=True)


class FlowSubscriptionHash(Input):
    subscription = IdField(required=True)


class CouponOfferHash(Input):
    coupon = inputs.TextField(max_length=200, emptied=..., required=True)


class RetentionHash(Input):
    coupon_offer = inputs.HashField(CouponOfferHash, required=True)
    type = inputs.ChoiceField(["coupon_offer"], required=True)


class SubscriptionCancelFlow(FlowSubscriptionHash):
    retention = inputs.HashField(RetentionHash)


class FlowDiscountHash(Input):
    coupon = inputs.TextField(max_length=200, emptied=...)
    promotion_code = IdField()


class FlowItemHash(Input):
    id = IdField(required=True)
    price = inputs.TextField(max_length=64, emptied=...)
    quantity = inputs.IntegerField(min_value=0, max_value=999_999)


class SubscriptionConfirmFlow(FlowSubscriptionHash):
    discounts = inputs.ListField(inputs.HashField(FlowDiscountHash), max_items=20)
    items = inputs.ListField(inputs.HashField(FlowItemHash), max_items=20, required=True)


class PayInvoiceFlow(Input):
    invoice = IdField(required=True)


class FlowDataHash(Input):
    after_completion = inputs.HashField(AfterCompletionHash)
    pay_invoice = inputs.HashField(PayInvoiceFlow)
    subscription_cancel = inputs.HashField(SubscriptionCancelFlow)
    subscription_pause = inputs.HashField(FlowSubscriptionHash)
    subscription_update = inputs.HashField(FlowSubscriptionHash)
    subscription_update_confirm = inputs.HashField(SubscriptionConfirmFlow)
    type = inputs.ChoiceField(flow_requests.TYPES, required=True)


class PortalSessionCreate(Input):
    after_expiration = inputs.HashField(AfterExpirationHash)
    configuration = IdField()
    customer = IdField(required=True)
    flow_data = inputs.HashField(FlowDataHash)
    locale = inputs.ChoiceField(_LOCALES, emptied="")
    return_url = inputs.TextField(max_length=2048)


def _parsed(stored: Any) -> Any:
    return (orjson.loads(stored) if isinstance(stored, str | bytes) else stored) or None


def _url(text: str) -> str:
    """Return a link that was just made; of a row alone, its site's portal."""
    return text if "://" in text else f"{settings.PUBLIC_URL}/portal/{text}"


class SessionObject(WireObject):
    """A way into the portal for one customer."""

    id = Plain()
    object = Constant("billing_portal.session")
    after_expiration = Computed(_parsed, "after_expiration", schema=_HASH)
    configuration = Expandable("configuration_id", resource="billing_portal.configuration")
    created = UnixTime("created_at")
    customer = Plain("customer_id")
    customer_account = Constant(None)
    flow = Computed(_parsed, "flow", schema=_HASH)
    livemode = Plain()
    locale = Text()
    on_behalf_of = Constant(None)
    return_url = Text()
    url = Computed(_url, "site__slug", attributes=("url",), schema={"type": "string"})


class SessionViewSet(V1ViewSet):
    resource = "billing_portal"
    model = PortalSession
    output = SessionObject
    inputs = {"create": PortalSessionCreate}

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(PortalSessionCreate)
        customer = customers.get_living(body.pop("customer"))
        pk = body.pop("configuration", None)
        configuration = configurations.get(pk) if pk else None
        if "after_expiration" in body:
            body["after_expiration"] = _after_expiration(body["after_expiration"])
        return self.write(
            session_links.create(customer, configuration=configuration, details=body, at=self.at)
        )


def _after_expiration(body: dict[str, Any]) -> dict[str, Any]:
    until = body.get("customer_login", {}).get("expires_at")
    return {
        "customer_login": {"expires_at": int(until.timestamp()) if until else None},
        "type": body["type"],
    }
