"""The routes of billing below `/v1/`."""

from django.urls import URLPattern, path

from customers.api.v1.urls import route
from payments.billing.api.v1.coupons import CouponViewSet
from payments.billing.api.v1.credit_note_lines import CreditNoteLineViewSet
from payments.billing.api.v1.credit_notes import CreditNoteViewSet, PreviewLineViewSet
from payments.billing.api.v1.discounts import CustomerDiscountViewSet, SubscriptionDiscountViewSet
from payments.billing.api.v1.plans import PlanViewSet
from payments.billing.api.v1.prices import PriceViewSet
from payments.billing.api.v1.products import ProductViewSet
from payments.billing.api.v1.promotion_codes import PromotionCodeViewSet
from payments.billing.api.v1.tax_rates import TaxRateViewSet

urlpatterns: list[URLPattern] = [
    path("products/search", ProductViewSet.as_view({"get": "search"})),
    *route("products", ProductViewSet),
    path("prices/search", PriceViewSet.as_view({"get": "search"})),
    *route("prices", PriceViewSet),
    *route("plans", PlanViewSet),
    *route("tax_rates", TaxRateViewSet),
    *route("coupons", CouponViewSet),
    *route("promotion_codes", PromotionCodeViewSet),
    path("credit_notes/preview", CreditNoteViewSet.as_view({"get": "preview"})),
    path("credit_notes/preview/lines", PreviewLineViewSet.as_view({"get": "list"})),
    *route("credit_notes", CreditNoteViewSet),
    path("credit_notes/<id:pk>/void", CreditNoteViewSet.as_view({"post": "void"})),
    path("credit_notes/<id:credit_note>/lines", CreditNoteLineViewSet.as_view({"get": "list"})),
    path(
        "customers/<id:pk>/discount",
        CustomerDiscountViewSet.as_view({"get": "show", "delete": "take_away"}),
    ),
    path(
        "subscriptions/<id:pk>/discount",
        SubscriptionDiscountViewSet.as_view({"delete": "take_away"}),
    ),
]
