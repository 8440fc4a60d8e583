"""Which function spells which model of billing for `/v1/`."""

from customers.api.v1.discounts import DiscountObject
from customers.events.services.events import spellings
from payments.billing.api.v1.coupons import CouponObject
from payments.billing.api.v1.promotion_codes import PromotionCodeObject


def register() -> None:
    """Enter the functions."""
    spellings.register("billing.Coupon", CouponObject.plan().spell_instance)
    spellings.register("billing.Discount", DiscountObject.plan().spell_instance)
    spellings.register("billing.PromotionCode", PromotionCodeObject.plan().spell_instance)
