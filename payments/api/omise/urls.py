"""The routes of payments in the Omise dialect."""

from django.urls import path

from customers.restkit import converters  # noqa: F401 -- registers what the gaps take
from payments.api.omise.cards import CardViewSet

urlpatterns = [
    path("customers/<id:customer>/cards", CardViewSet.as_view({"get": "list"})),
    path(
        "customers/<id:customer>/cards/<id:pk>",
        CardViewSet.as_view({"get": "retrieve", "patch": "update", "delete": "destroy"}),
    ),
]
