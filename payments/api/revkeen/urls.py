"""The routes of payments in the RevKeen dialect."""

from django.urls import path

from payments.api.revkeen.payment_methods import PaymentMethodViewSet

urlpatterns = [
    path("customers/<id:customer>/payment-methods", PaymentMethodViewSet.as_view({"get": "list"})),
]
