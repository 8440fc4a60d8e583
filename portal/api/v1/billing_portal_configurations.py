"""`/v1/billing_portal/configurations`.

Source: https://docs.stripe.com/api/customer_portal/configurations
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from customers.kit.errors import NotFound
from customers.restkit import inputs
from customers.restkit.inputs import Input
from customers.restkit.lists import ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Embedded,
    Json,
    Metadata,
    Plain,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from portal.models import PortalConfiguration
from portal.services import configurations

_URL = 2048
_UPDATES = ("address", "email", "name", "phone", "shipping", "tax_id")
_PRORATIONS = ("always_invoice", "create_prorations", "none")
_MOST_PRODUCTS, _MOST_PAUSE = 10, 1096
_HTTP = {"pattern": configurations.WEB_ADDRESS, "wording": "give a web address."}


class _OnUpdate(Input):
    enabled = inputs.BooleanField()


class _On(Input):
    enabled = inputs.BooleanField(required=True)


class _CustomerUpdate(Input):
    allowed_updates = inputs.ListField(inputs.ChoiceField(_UPDATES), emptied=[])


class PortalCustomerUpdateHash(_CustomerUpdate, _On):
    pass


class CustomerUpdateUpdate(_CustomerUpdate, _OnUpdate):
    pass


class InvoiceHistoryHash(_On):
    pass


class PaymentMethodUpdateHash(_On):
    pass


class CancellationReasonHash(Input):
    enabled = inputs.BooleanField(required=True)
    options = inputs.ListField(inputs.ChoiceField(configurations.REASONS), emptied=[])


class CancellationReasonUpdate(Input):
    enabled = inputs.BooleanField(required=True)
    options = inputs.ListField(inputs.ChoiceField(configurations.REASONS), emptied=[])


class _SubscriptionCancel(Input):
    mode = inputs.ChoiceField(["at_period_end", "immediately"])
    proration_behavior = inputs.ChoiceField(_PRORATIONS)


class SubscriptionCancelHash(_SubscriptionCancel, _On):
    cancellation_reason = inputs.HashField(CancellationReasonHash)


class SubscriptionCancelUpdate(_SubscriptionCancel, _OnUpdate):
    cancellation_reason = inputs.HashField(CancellationReasonUpdate)


class PauseIntervalHash(Input):
    interval = inputs.ChoiceField(["day", "month", "week", "year"], required=True)
    interval_count = inputs.IntegerField(min_value=1, max_value=_MOST_PAUSE)


class PauseDurationHash(Input):
    interval_options = inputs.ListField(inputs.HashField(PauseIntervalHash), emptied=[])
    type = inputs.ChoiceField(["indefinite", "interval_options"], required=True)


class SubscriptionPauseHash(Input):
    duration = inputs.HashField(PauseDurationHash)
    enabled = inputs.BooleanField()


class PortalQuantityHash(Input):
    enabled = inputs.BooleanField(required=True)
    maximum = inputs.IntegerField(min_value=0, max_value=999_999)
    minimum = inputs.IntegerField(min_value=0, max_value=999_999)


class PortalProductHash(Input):
    adjustable_quantity = inputs.HashField(PortalQuantityHash)
    prices = inputs.ListField(inputs.TextField(max_length=64), required=True)
    product = inputs.TextField(max_length=64, emptied=..., required=True)


class ConditionHash(Input):
    type = inputs.ChoiceField(["decreasing_item_amount", "shortening_interval"], required=True)


class ScheduleHash(Input):
    conditions = inputs.ListField(inputs.HashField(ConditionHash), emptied=[])


class _SubscriptionUpdate(Input):
    billing_cycle_anchor = inputs.ChoiceField(["now", "unchanged"])
    default_allowed_updates = inputs.ListField(
        inputs.ChoiceField(["price", "promotion_code", "quantity"]), emptied=[]
    )
    products = inputs.ListField(
        inputs.HashField(PortalProductHash), max_items=_MOST_PRODUCTS, emptied=[]
    )
    proration_behavior = inputs.ChoiceField(_PRORATIONS)
    schedule_at_period_end = inputs.HashField(ScheduleHash)
    trial_update_behavior = inputs.ChoiceField(["continue_trial", "end_trial"])


class SubscriptionUpdateHash(_SubscriptionUpdate, _On):
    pass


class SubscriptionUpdateUpdate(_SubscriptionUpdate, _OnUpdate):
    pass


class FeaturesHash(Input):
    customer_update = inputs.HashField(PortalCustomerUpdateHash)
    invoice_history = inputs.HashField(InvoiceHistoryHash)
    payment_method_update = inputs.HashField(PaymentMethodUpdateHash)
    subscription_cancel = inputs.HashField(SubscriptionCancelHash)
    subscription_pause = inputs.HashField(SubscriptionPauseHash)
    subscription_update = inputs.HashField(SubscriptionUpdateHash)


class FeaturesUpdate(Input):
    customer_update = inputs.HashField(CustomerUpdateUpdate)
    invoice_history = inputs.HashField(InvoiceHistoryHash)
    payment_method_update = inputs.HashField(PaymentMethodUpdateHash)
    subscription_cancel = inputs.HashField(SubscriptionCancelUpdate)
    subscription_pause = inputs.HashField(SubscriptionPauseHash)
    subscription_update = inputs.HashField(SubscriptionUpdateUpdate)


class BusinessProfileHash(Input):
    headline = inputs.TextField(max_length=configurations.LONGEST_HEADLINE)
    privacy_policy_url = inputs.TextField(max_length=_URL, **_HTTP)
    terms_of_service_url = inputs.TextField(max_length=_URL, **_HTTP)


class LoginPageHash(Input):
    enabled = inputs.BooleanField(required=True)


class PortalConfigurationUpdate(Input):
    active = inputs.BooleanField(source="is_active")
    business_profile = inputs.HashField(BusinessProfileHash)
    default_return_url = inputs.TextField(max_length=_URL)
    features = inputs.HashField(FeaturesUpdate)
    login_page = inputs.HashField(LoginPageHash)
    metadata = inputs.MetadataField()
    name = inputs.TextField(max_length=255)


class PortalConfigurationCreate(Input):
    business_profile = inputs.HashField(BusinessProfileHash)
    default_return_url = inputs.TextField(max_length=_URL)
    features = inputs.HashField(FeaturesHash, required=True)
    login_page = inputs.HashField(LoginPageHash)
    metadata = inputs.MetadataField()
    name = inputs.TextField(max_length=255)


class ConfigurationFilter(V1FilterSet):
    active = ParamFilter(inputs.BooleanField(), "is_active")
    is_default = ParamFilter(inputs.BooleanField(), "is_default")


def _login_url(pk: str, is_on: bool, is_default: bool, slug: str) -> str | None:  # noqa: FBT001 -- columns
    if not is_on:
        return None
    query = "" if is_default else f"?configuration={pk}"
    return f"{settings.PUBLIC_URL}/portal/{slug}{query}"


class BusinessProfile(WireObject):
    """What customers read of the business."""

    headline = Text()
    privacy_policy_url = Text()
    terms_of_service_url = Text()


class LoginPage(WireObject):
    """The page on which customers sign in by a code."""

    enabled = Plain("has_login_page")
    url = Computed(
        _login_url, "id", "has_login_page", "is_default", "site__slug",
        attributes=("id", "has_login_page", "is_default", "site.slug"),
        schema={"type": ["string", "null"]},
    )  # fmt: skip


class ConfigurationObject(WireObject):
    """What the portal offers."""

    id = Plain()
    object = Constant("billing_portal.configuration")
    active = Plain("is_active")
    application = Constant(None)
    business_profile = Embedded(BusinessProfile)
    created = UnixTime("created_at")
    default_return_url = Text()
    features = Json()
    is_default = Plain()
    livemode = Plain()
    login_page = Embedded(LoginPage)
    metadata = Metadata()
    name = Text()
    updated = UnixTime("updated_at")


class ConfigurationViewSet(V1ViewSet):
    resource = "billing_portal"
    model = PortalConfiguration
    output = ConfigurationObject
    filterset_class = ConfigurationFilter
    inputs = {"create": PortalConfigurationCreate, "update": PortalConfigurationUpdate}

    def create(self, request: HttpRequest) -> HttpResponse:
        details = _columns(self.read(PortalConfigurationCreate))
        return self.write(configurations.create(details=details, at=self.at))

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        details = _columns(self.read(PortalConfigurationUpdate))
        found = configurations.get(pk, param="configuration")
        return self.write(configurations.update(found, details=details, at=self.at))

    def missing(self, pk: str) -> NotFound:
        return configurations.no_such(pk)


def _columns(body: dict[str, Any]) -> dict[str, Any]:
    """Return what was said of a configuration by columns."""
    reshaped = {"business_profile", "login_page"}
    said = {name: value for name, value in body.items() if name not in reshaped}
    if "login_page" in body:
        said["has_login_page"] = body["login_page"]["enabled"]
    for product in said.get("features", {}).get("subscription_update", {}).get("products", []):
        quantity = {"enabled": False, "maximum": None, "minimum": 1}
        product["adjustable_quantity"] = quantity | product.get("adjustable_quantity", {})
    pause = said.get("features", {}).get("subscription_pause", {}).get("duration", {})
    for option in pause.get("interval_options", []):
        option.setdefault("interval_count", 1)
    return {**said, **body.get("business_profile", {})}
