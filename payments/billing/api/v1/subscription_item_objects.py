"""The wire form of a subscription's item.

Source: https://docs.stripe.com/api/subscription_items/object
"""

from customers.restkit.objects import (
    Constant,
    EmbeddedRelated,
    ExpandableList,
    FilledByIds,
    Metadata,
    Plain,
    Plan,
    UnixTime,
    WireObject,
)
from payments.billing.api.v1.plans import PlanObject
from payments.billing.api.v1.prices import PriceObject
from payments.billing.api.v1.tax_rates import TaxRateObject


class SubscriptionItemObject(WireObject):
    """A price and a quantity that a customer subscribes to."""

    id = Plain()
    object = Constant("subscription_item")
    billed_until = Constant(None)
    billing_thresholds = Constant(None)
    created = UnixTime("created_at")
    current_period_end = UnixTime("subscription__period_end")
    current_period_start = UnixTime("subscription__period_start")
    current_trial = Constant(None)
    discounts = ExpandableList("discount")
    metadata = Metadata()
    plan = EmbeddedRelated(PlanObject, "price")  # type: ignore[assignment]  # a member, not the class's plan
    price = EmbeddedRelated(PriceObject, "price")
    quantity = Plain()
    subscription = Plain("subscription_id")
    tax_rates = FilledByIds(TaxRateObject, "tax_rate_ids")


ITEM_PLAN: Plan = SubscriptionItemObject.plan()  # type: ignore[operator]  # its member hides it from the types
