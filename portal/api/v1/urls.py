"""The routes of the portal below `/v1/`."""

from django.urls import URLPattern, path

from customers.api.v1.urls import route
from portal.api.v1.billing_portal_configurations import ConfigurationViewSet
from portal.api.v1.billing_portal_sessions import SessionViewSet
from portal.api.v1.checkout_items import LinkItemViewSet, SessionItemViewSet
from portal.api.v1.checkout_sessions import CheckoutSessionViewSet
from portal.api.v1.payment_links import PaymentLinkViewSet

urlpatterns: list[URLPattern] = [
    path("billing_portal/sessions", SessionViewSet.as_view({"post": "create"})),
    *route("billing_portal/configurations", ConfigurationViewSet),
    *route("checkout/sessions", CheckoutSessionViewSet),
    path("checkout/sessions/<id:pk>/expire", CheckoutSessionViewSet.as_view({"post": "expire"})),
    path("checkout/sessions/<id:session>/line_items", SessionItemViewSet.as_view({"get": "list"})),
    *route("payment_links", PaymentLinkViewSet),
    path("payment_links/<id:payment_link>/line_items", LinkItemViewSet.as_view({"get": "list"})),
]
