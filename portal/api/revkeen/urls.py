"""The routes of the portal in the RevKeen dialect."""

from django.urls import path

from portal.api.revkeen.own import (
    OwnCustomerViewSet,
    OwnInvoiceViewSet,
    OwnSubscriptionViewSet,
)
from portal.api.revkeen.sessions import SessionViewSet

urlpatterns = [
    path("customer-portal/sessions", SessionViewSet.as_view({"post": "create"})),
    path("billing-portal/sessions", SessionViewSet.as_view({"post": "create"})),
    path("customer-portal/customer", OwnCustomerViewSet.as_view({"get": "show"})),
    path("customer-portal/subscriptions", OwnSubscriptionViewSet.as_view({"get": "list"})),
    path(
        "customer-portal/subscriptions/<id:pk>",
        OwnSubscriptionViewSet.as_view({"get": "retrieve"}),
    ),
    path(
        "customer-portal/subscriptions/<id:pk>/cancel",
        OwnSubscriptionViewSet.as_view({"post": "cancel"}),
    ),
    path("customer-portal/invoices", OwnInvoiceViewSet.as_view({"get": "list"})),
    path("customer-portal/invoices/<id:pk>", OwnInvoiceViewSet.as_view({"get": "retrieve"})),
]
