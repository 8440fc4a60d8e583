"""The routes of the Omise dialect."""

from typing import Any

from django.urls import path

from customers.api.omise.account import AccountViewSet
from customers.api.omise.customers import CustomerViewSet
from customers.api.omise.events import EventViewSet
from customers.api.omise.not_offered import REASONS, NotOfferedViewSet
from customers.api.omise.search import SearchViewSet
from customers.restkit import converters  # noqa: F401 -- registers what the gaps take

_ALL: dict[str, Any] = dict.fromkeys(("get", "post", "patch", "put", "delete"), "refuse_all")

urlpatterns = [
    path("account", AccountViewSet.as_view({"get": "retrieve", "patch": "update"})),
    path("customers", CustomerViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "customers/<id:pk>",
        CustomerViewSet.as_view({"get": "retrieve", "patch": "update", "delete": "destroy"}),
    ),
    path("events", EventViewSet.as_view({"get": "list"})),
    path("events/<id:pk>", EventViewSet.as_view({"get": "retrieve"})),
    path("search", SearchViewSet.as_view({"get": "list"})),
    path("search/", SearchViewSet.as_view({"get": "list"})),  # as the Python client asks
    *(
        path(where, NotOfferedViewSet.as_view(_ALL))
        for noun in REASONS
        for where in (noun, f"{noun}/<path:rest>")
    ),
]
