"""The routes of billing below `/v1/`."""

from typing import Any

from django.urls import URLPattern, path

from customers.api.v1.urls import route
from payments.billing.api.v1.cash_payments import CashPaymentViewSet
from payments.billing.api.v1.coupons import CouponViewSet
from payments.billing.api.v1.credit_note_lines import CreditNoteLineViewSet
from payments.billing.api.v1.credit_notes import CreditNoteViewSet, PreviewLineViewSet
from payments.billing.api.v1.customer_states import CustomerStateViewSet
from payments.billing.api.v1.discounts import CustomerDiscountViewSet, SubscriptionDiscountViewSet
from payments.billing.api.v1.invoice_items import InvoiceitemViewSet
from payments.billing.api.v1.invoice_line_views import InvoiceLineViewSet
from payments.billing.api.v1.invoice_payments import InvoicePaymentViewSet
from payments.billing.api.v1.invoice_views import InvoiceViewSet
from payments.billing.api.v1.plans import PlanViewSet
from payments.billing.api.v1.prices import PriceViewSet
from payments.billing.api.v1.products import ProductViewSet
from payments.billing.api.v1.promotion_codes import PromotionCodeViewSet
from payments.billing.api.v1.shipping_rates import ShippingRateViewSet
from payments.billing.api.v1.subscription_items import SubscriptionItemViewSet
from payments.billing.api.v1.subscription_schedules import SubscriptionScheduleViewSet
from payments.billing.api.v1.subscriptions import SubscriptionViewSet
from payments.billing.api.v1.tax_rates import TaxRateViewSet

# What is deleted elsewhere is canceled here, and shown as it is then.
_CANCELABLE: dict[str, Any] = {
    "get": "retrieve", "post": "update", "put": "update", "patch": "update", "delete": "cancel",
}  # fmt: skip

urlpatterns: list[URLPattern] = [
    path("products/search", ProductViewSet.as_view({"get": "search"})),
    *route("products", ProductViewSet),
    path("prices/search", PriceViewSet.as_view({"get": "search"})),
    *route("prices", PriceViewSet),
    *route("plans", PlanViewSet),
    *route("tax_rates", TaxRateViewSet),
    *route("shipping_rates", ShippingRateViewSet),
    *route("coupons", CouponViewSet),
    *route("promotion_codes", PromotionCodeViewSet),
    path("credit_notes/preview", CreditNoteViewSet.as_view({"get": "preview"})),
    path("credit_notes/preview/lines", PreviewLineViewSet.as_view({"get": "list"})),
    *route("credit_notes", CreditNoteViewSet),
    path("credit_notes/<id:pk>/void", CreditNoteViewSet.as_view({"post": "void"})),
    path("credit_notes/<id:credit_note>/lines", CreditNoteLineViewSet.as_view({"get": "list"})),
    *route("invoiceitems", InvoiceitemViewSet),
    path("invoices/create_preview", InvoiceViewSet.as_view({"post": "create_preview"})),
    path("invoices/search", InvoiceViewSet.as_view({"get": "search"})),
    *route("invoices", InvoiceViewSet),
    path("invoices/<id:pk>/add_lines", InvoiceViewSet.as_view({"post": "add_lines"})),
    path("invoices/<id:pk>/attach_payment", InvoiceViewSet.as_view({"post": "attach_payment"})),
    path("invoices/<id:pk>/finalize", InvoiceViewSet.as_view({"post": "finalize_invoice"})),
    path(
        "invoices/<id:pk>/mark_uncollectible",
        InvoiceViewSet.as_view({"post": "mark_uncollectible"}),
    ),
    path("invoices/<id:pk>/pay", InvoiceViewSet.as_view({"post": "pay"})),
    path("invoices/<id:pk>/remove_lines", InvoiceViewSet.as_view({"post": "remove_lines"})),
    path("invoices/<id:pk>/send", InvoiceViewSet.as_view({"post": "send_invoice"})),
    path("invoices/<id:pk>/update_lines", InvoiceViewSet.as_view({"post": "update_lines"})),
    path("invoices/<id:pk>/void", InvoiceViewSet.as_view({"post": "void_invoice"})),
    path("invoices/<id:invoice>/lines", InvoiceLineViewSet.as_view({"get": "list"})),
    path("invoices/<id:invoice>/lines/<id:pk>", InvoiceLineViewSet.as_view({"post": "update"})),
    *route("invoice_payments", InvoicePaymentViewSet),
    path(
        "payment_intents/<id:pk>/apply_customer_balance",
        CashPaymentViewSet.as_view({"post": "apply_customer_balance"}),
    ),
    path("customers/<id:customer>/state", CustomerStateViewSet.as_view({"get": "retrieve"})),
    path(
        "customers/<id:pk>/discount",
        CustomerDiscountViewSet.as_view({"get": "show", "delete": "take_away"}),
    ),
    path(
        "subscriptions/<id:pk>/discount",
        SubscriptionDiscountViewSet.as_view({"delete": "take_away"}),
    ),
    path("subscriptions/search", SubscriptionViewSet.as_view({"get": "search"})),
    path("subscriptions", SubscriptionViewSet.as_view({"get": "list", "post": "create"})),
    path("subscriptions/<id:pk>", SubscriptionViewSet.as_view(_CANCELABLE)),
    path("subscriptions/<id:pk>/resume", SubscriptionViewSet.as_view({"post": "resume"})),
    *route("subscription_items", SubscriptionItemViewSet),
    *route("subscription_schedules", SubscriptionScheduleViewSet),
    path(
        "subscription_schedules/<id:pk>/cancel",
        SubscriptionScheduleViewSet.as_view({"post": "cancel"}),
    ),
    path(
        "subscription_schedules/<id:pk>/release",
        SubscriptionScheduleViewSet.as_view({"post": "release"}),
    ),
]
