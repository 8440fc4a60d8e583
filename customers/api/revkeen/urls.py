"""The routes of the RevKeen dialect."""

from django.urls import path

from customers.api.revkeen.customers import CustomerViewSet
from customers.api.revkeen.events import EventViewSet
from customers.api.revkeen.webhook_deliveries import DeliveryViewSet
from customers.api.revkeen.webhook_endpoints import EndpointViewSet
from customers.restkit import converters  # noqa: F401 -- registers what the gaps take

urlpatterns = [
    path("customers", CustomerViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "customers/<id:pk>",
        CustomerViewSet.as_view({"get": "retrieve", "patch": "update", "delete": "destroy"}),
    ),
    path("events", EventViewSet.as_view({"get": "list"})),
    path("events/<id:pk>", EventViewSet.as_view({"get": "retrieve"})),
    path("events/<id:pk>/resend", EventViewSet.as_view({"post": "resend"})),
    path("webhook-endpoints", EndpointViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "webhook-endpoints/<id:pk>",
        EndpointViewSet.as_view({"get": "retrieve", "patch": "update", "delete": "destroy"}),
    ),
    path(
        "webhook-endpoints/<id:pk>/rotate-secret",
        EndpointViewSet.as_view({"post": "rotate_secret"}),
    ),
    path("webhook-deliveries", DeliveryViewSet.as_view({"get": "list"})),
    path("webhook-deliveries/<id:pk>", DeliveryViewSet.as_view({"get": "retrieve"})),
    path("webhook-deliveries/<id:pk>/retry", DeliveryViewSet.as_view({"post": "retry"})),
]
