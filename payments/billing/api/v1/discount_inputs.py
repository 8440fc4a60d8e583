"""`discounts[]`: what invoices, subscriptions and their items are given off.

Source: https://docs.stripe.com/billing/subscriptions/discounts
"""

from customers.restkit import inputs
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from payments.billing.services import discounts


class DiscountHash(Input):
    coupon = IdField()
    discount = IdField()
    promotion_code = IdField()


class DiscountsField(inputs.ListField):
    """Up to 20 discounts; yields what `discounts.read` takes, and an empty list where they are taken away."""

    def __init__(self) -> None:
        super().__init__(inputs.HashField(DiscountHash), max_items=discounts.MOST, emptied=[])
