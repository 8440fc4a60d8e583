"""Which objects of billing a merchant may take away."""

from customers.restkit import takeouts
from payments.billing.api.v1.coupons import CouponViewSet
from payments.billing.api.v1.credit_note_lines import CreditNoteLineViewSet
from payments.billing.api.v1.credit_notes import CreditNoteViewSet
from payments.billing.api.v1.invoice_items import InvoiceitemViewSet
from payments.billing.api.v1.invoice_line_views import InvoiceLineViewSet
from payments.billing.api.v1.invoice_payments import InvoicePaymentViewSet
from payments.billing.api.v1.invoice_views import InvoiceViewSet
from payments.billing.api.v1.prices import PriceViewSet
from payments.billing.api.v1.products import ProductViewSet
from payments.billing.api.v1.promotion_codes import PromotionCodeViewSet
from payments.billing.api.v1.shipping_rates import ShippingRateViewSet
from payments.billing.api.v1.subscription_items import SubscriptionItemViewSet
from payments.billing.api.v1.subscription_schedules import SubscriptionScheduleViewSet
from payments.billing.api.v1.subscriptions import SubscriptionViewSet
from payments.billing.api.v1.tax_rates import TaxRateViewSet


def register() -> None:
    """Offer them."""
    takeouts.offer(
        takeouts.STRIPE,
        {
            "tax_rates": TaxRateViewSet,
            "shipping_rates": ShippingRateViewSet,
            "products": ProductViewSet,
            "prices": PriceViewSet,
            "coupons": CouponViewSet,
            "promotion_codes": PromotionCodeViewSet,
            "subscriptions": SubscriptionViewSet,
            "subscription_items": SubscriptionItemViewSet,
            "subscription_schedules": SubscriptionScheduleViewSet,
            "invoiceitems": InvoiceitemViewSet,
            "invoices": InvoiceViewSet,
            "invoice_lines": InvoiceLineViewSet,
            "invoice_payments": InvoicePaymentViewSet,
            "credit_notes": CreditNoteViewSet,
            "credit_note_lines": CreditNoteLineViewSet,
        },
    )
