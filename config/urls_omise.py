"""The map of the Omise dialect: below `/omise/`, and at the root for clients that take no path (fact F1)."""

from django.urls import include, path

urlpatterns = [
    path("", include("payments.api.omise.urls")),
    path("", include("customers.api.omise.urls")),
]
