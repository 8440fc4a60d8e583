"""The routes of payments in the Omise dialect."""

from django.urls import path

from customers.restkit import converters  # noqa: F401 -- registers what the gaps take
from payments.api.omise.cards import CardViewSet
from payments.api.omise.charges import ChargeViewSet
from payments.api.omise.refunds import ChargeRefundViewSet, RefundViewSet
from payments.api.omise.sources import SourceViewSet
from payments.api.omise.tokens import TokenViewSet

urlpatterns = [
    # Words below `charges/` stand before ids.
    path("charges", ChargeViewSet.as_view({"get": "list", "post": "create"})),
    path("charges/<id:pk>", ChargeViewSet.as_view({"get": "retrieve", "patch": "update"})),
    path("charges/<id:pk>/capture", ChargeViewSet.as_view({"post": "capture"})),
    path("charges/<id:pk>/expire", ChargeViewSet.as_view({"post": "expire"})),
    path("charges/<id:pk>/reverse", ChargeViewSet.as_view({"post": "reverse"})),
    path(
        "charges/<id:charge>/refunds",
        ChargeRefundViewSet.as_view({"get": "list", "post": "create"}),
    ),
    path("charges/<id:charge>/refunds/<id:pk>", ChargeRefundViewSet.as_view({"get": "retrieve"})),
    path("customers/<id:customer>/cards", CardViewSet.as_view({"get": "list"})),
    path(
        "customers/<id:customer>/cards/<id:pk>",
        CardViewSet.as_view({"get": "retrieve", "patch": "update", "delete": "destroy"}),
    ),
    path("refunds", RefundViewSet.as_view({"get": "list"})),
    path("sources", SourceViewSet.as_view({"post": "create"})),
    path("sources/<id:pk>", SourceViewSet.as_view({"get": "retrieve"})),
    path("tokens", TokenViewSet.as_view({"post": "create"})),
    path("tokens/<id:pk>", TokenViewSet.as_view({"get": "retrieve"})),
]
