"""Operations on coupons, promotion codes and discounts in both styles of the official Python SDK; see `sdk`."""

import stripe

from tests.wire import sdk

CLIENT = {
    "coupons.create": lambda v1: v1.coupons.create,
    "coupons.delete": lambda v1: v1.coupons.delete,
    "coupons.list": lambda v1: v1.coupons.list,
    "coupons.retrieve": lambda v1: v1.coupons.retrieve,
    "coupons.update": lambda v1: v1.coupons.update,
    "customers.delete_discount": lambda v1: v1.customers.delete_discount,
    "promotion_codes.create": lambda v1: v1.promotion_codes.create,
    "promotion_codes.list": lambda v1: v1.promotion_codes.list,
    "promotion_codes.retrieve": lambda v1: v1.promotion_codes.retrieve,
    "promotion_codes.update": lambda v1: v1.promotion_codes.update,
}
MODULE = {
    "coupons.create": stripe.Coupon.create,
    "coupons.delete": stripe.Coupon.delete,
    "coupons.list": stripe.Coupon.list,
    "coupons.retrieve": stripe.Coupon.retrieve,
    "coupons.update": stripe.Coupon.modify,
    "customers.delete_discount": stripe.Customer.delete_discount,
    "promotion_codes.create": stripe.PromotionCode.create,
    "promotion_codes.list": stripe.PromotionCode.list,
    "promotion_codes.retrieve": stripe.PromotionCode.retrieve,
    "promotion_codes.update": stripe.PromotionCode.modify,
}
sdk.CLIENT |= CLIENT
sdk.MODULE |= MODULE
