"""The routes of billing below `/v1/`."""

from django.urls import URLPattern, path

from customers.api.v1.urls import route
from payments.billing.api.v1.coupons import CouponViewSet
from payments.billing.api.v1.discounts import CustomerDiscountViewSet, SubscriptionDiscountViewSet
from payments.billing.api.v1.plans import PlanViewSet
from payments.billing.api.v1.prices import PriceViewSet
from payments.billing.api.v1.products import ProductViewSet
from payments.billing.api.v1.promotion_codes import PromotionCodeViewSet
from payments.billing.api.v1.subscription_items import SubscriptionItemViewSet
from payments.billing.api.v1.subscriptions import SubscriptionViewSet
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
    path(
        "customers/<id:customer>/discount",
        CustomerDiscountViewSet.as_view({"get": "show", "delete": "take_away"}),
    ),
    path(
        "subscriptions/<id:subscription>/discount",
        SubscriptionDiscountViewSet.as_view({"delete": "take_away"}),
    ),
    path("subscriptions/search", SubscriptionViewSet.as_view({"get": "search"})),
    *route("subscriptions", SubscriptionViewSet),
    path("subscriptions/<id:pk>/resume", SubscriptionViewSet.as_view({"post": "resume"})),
    *route("subscription_items", SubscriptionItemViewSet),
]
