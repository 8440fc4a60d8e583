"""How `/v1/` shows a discount: with customers, who keep theirs as it is shown, and in billing, which keeps the rows.

Source: https://docs.stripe.com/api/discounts/object
"""

from customers.restkit.objects import (
    Constant,
    Embedded,
    Expandable,
    Plain,
    ShownReference,
    Text,
    UnixTime,
    WireObject,
)


class DiscountSource(WireObject):
    """What a discount came of."""

    coupon = ShownReference("coupon_id", resource="coupon")
    type = Constant("coupon")


class DiscountObject(WireObject):
    """A coupon at work."""

    id = Plain()
    object = Constant("discount")
    checkout_session = Constant(None)
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    end = UnixTime("end_at")
    invoice = Text("invoice_id")
    invoice_item = Text("invoice_item_id")
    promotion_code = Expandable("promotion_code_id", resource="promotion_code")
    # DRF takes declared fields off the class, so that its own `source` stays what it is.
    source = Embedded(DiscountSource)  # type: ignore[assignment]  # as the comment says
    start = UnixTime("start_at")
    subscription = Text("subscription_id")
    subscription_item = Text("subscription_item_id")
