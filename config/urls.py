"""The map: which part answers for which path."""

from django.contrib import admin
from django.urls import include, path

from config import api_docs, dialects, pages
from config.documentation import views as documentation
from portal.views import checkouts

urlpatterns = [
    path("v1/openapi.json", api_docs.openapi, name="openapi"),  # before what asks for a key
    path("v1/", include("portal.api.v1.urls")),
    path("v1/", include("payments.billing.api.v1.urls")),
    path("v1/", include("payments.api.v1.urls")),  # first: it has literals below customers/
    path("v1/", include("customers.api.v1.urls")),
    path("omise/", include(dialects.OMISE_URLS)),
    path("revkeen/v2/", include("portal.api.revkeen.urls")),
    path("revkeen/v2/", include("payments.api.revkeen.urls")),
    path("revkeen/v2/", include("customers.api.revkeen.urls")),
    path("admin/", admin.site.urls),
    path("portal/", include("portal.urls")),
    path("checkout/link/<str:key>", checkouts.link, name="checkout-link"),
    path("checkout/<str:secret>", checkouts.page, name="checkout"),
    path("", include("payments.urls")),
    path("", include("payments.billing.urls")),
    path("docs", documentation.index, name="docs"),
    path("docs/search", documentation.find, name="docs-search"),
    path("docs/", documentation.without_slash),
    path("docs/<path:path>/", documentation.without_slash),
    path("docs/api", api_docs.reference, name="api-reference"),
    path("docs/api/try", api_docs.try_out, name="api-try"),
    path("docs/<path:path>", documentation.page, name="docs-page"),
    path("healthz", pages.healthz),
    path("readyz", pages.readyz),
    path("metrics", pages.metrics),
    path("", pages.home),
]

handler400 = pages.bad_request
handler403 = pages.permission_denied
handler404 = pages.not_found
handler500 = pages.server_error
