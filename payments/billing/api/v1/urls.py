"""The routes of billing below `/v1/`."""

from django.urls import URLPattern, path

from customers.api.v1.urls import route
from payments.billing.api.v1.plans import PlanViewSet
from payments.billing.api.v1.prices import PriceViewSet
from payments.billing.api.v1.products import ProductViewSet
from payments.billing.api.v1.tax_rates import TaxRateViewSet

urlpatterns: list[URLPattern] = [
    path("products/search", ProductViewSet.as_view({"get": "search"})),
    *route("products", ProductViewSet),
    path("prices/search", PriceViewSet.as_view({"get": "search"})),
    *route("prices", PriceViewSet),
    *route("plans", PlanViewSet),
    *route("tax_rates", TaxRateViewSet),
]
