"""Which function spells which model of billing for `/v1/`."""

from typing import Any

from customers.api.v1 import customer_members
from customers.api.v1.discounts import DiscountObject
from customers.events.services.events import spellings
from payments.billing.api.v1 import (
    credit_notes,
    invoice_items,
    invoice_previews,
    invoices,
    subscription_previews,
    subscriptions,
)
from payments.billing.api.v1.coupons import CouponObject
from payments.billing.api.v1.invoice_payments import InvoicePaymentObject
from payments.billing.api.v1.plans import PlanObject
from payments.billing.api.v1.prices import PriceObject
from payments.billing.api.v1.products import ProductObject
from payments.billing.api.v1.promotion_codes import PromotionCodeObject
from payments.billing.api.v1.shipping_rates import ShippingRateObject
from payments.billing.api.v1.subscription_schedules import SubscriptionScheduleObject
from payments.billing.api.v1.tax_rates import TaxRateObject
from payments.billing.models import Price


def register() -> None:
    """Enter the functions."""
    spellings.register("billing.Invoice", invoices.spelled)
    spellings.register("billing.InvoiceItem", invoice_items.spelled)
    spellings.register("billing.InvoicePayment", InvoicePaymentObject.plan().spell_instance)
    spellings.register("billing.Subscription", subscriptions.spelled)
    spellings.register(
        "billing.SubscriptionSchedule", SubscriptionScheduleObject.plan().spell_instance
    )
    invoice_previews.previews.register("subscription", subscription_previews.preview)
    customer_members.loaders.register("subscriptions", subscriptions.of_customers)
    spellings.register("billing.Product", ProductObject.plan().spell_instance)
    spellings.register("billing.Price", _price)
    spellings.register("billing.ShippingRate", ShippingRateObject.plan().spell_instance)
    spellings.register("billing.TaxRate", TaxRateObject.plan().spell_instance)
    spellings.register("billing.Coupon", CouponObject.plan().spell_instance)
    spellings.register("billing.CreditNote", credit_notes.spelled)
    spellings.register("billing.Discount", DiscountObject.plan().spell_instance)
    spellings.register("billing.PromotionCode", PromotionCodeObject.plan().spell_instance)


def _price(price: Price) -> dict[str, Any]:
    """Spell a price as what it was made as."""
    output = PlanObject if price.is_plan else PriceObject
    return output.plan().spell_instance(price)
