"""The rows of billing."""

from payments.billing.models.coupons import Coupon, PromotionCode
from payments.billing.models.credit_notes import CreditNote, CreditNoteLine, CreditNoteRefund
from payments.billing.models.discounts import Discount
from payments.billing.models.figures import (
    CustomerRevenue,
    DailyFigure,
    FigureBook,
    PendingFigure,
    SubscriptionRevenue,
)
from payments.billing.models.invoices import Invoice, InvoiceItem, InvoiceLine, InvoicePayment
from payments.billing.models.prices import Price
from payments.billing.models.products import Product
from payments.billing.models.shipping_rates import ShippingRate
from payments.billing.models.subscription_schedules import SubscriptionSchedule
from payments.billing.models.subscriptions import Subscription, SubscriptionItem
from payments.billing.models.tax_rates import TaxRate

__all__ = [
    "Coupon", "CreditNote", "CreditNoteLine", "CreditNoteRefund", "CustomerRevenue", "DailyFigure", "Discount",
    "FigureBook", "Invoice", "InvoiceItem", "InvoiceLine", "InvoicePayment", "PendingFigure", "Price", "Product",
    "PromotionCode", "ShippingRate", "Subscription", "SubscriptionItem", "SubscriptionRevenue", "SubscriptionSchedule",
    "TaxRate",
]  # fmt: skip
