"""The map of the Omise dialect: below `/omise/`, and at the root for clients that take no path (fact F1)."""

from django.urls import include, path

from config import pages

urlpatterns = [
    path("", include("payments.api.omise.urls")),
    path("", include("customers.api.omise.urls")),
]

# At the root this is the whole map, so Django looks here for what answers where no view does.
handler404 = pages.not_found
handler500 = pages.server_error
