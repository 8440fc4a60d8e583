"""The routes of payments in the Omise dialect."""

from django.urls import path

from customers.restkit import converters  # noqa: F401 -- registers what the gaps take
from payments.api.omise.cards import CardViewSet
from payments.api.omise.link_charges import LinkChargeViewSet
from payments.api.omise.links import LinkViewSet
from payments.api.omise.occurrences import OccurrenceViewSet, ScheduleOccurrenceViewSet
from payments.api.omise.schedules import (
    ChargeScheduleViewSet,
    CustomerScheduleViewSet,
    ScheduleViewSet,
)

urlpatterns = [
    path("customers/<id:customer>/cards", CardViewSet.as_view({"get": "list"})),
    path(
        "customers/<id:customer>/cards/<id:pk>",
        CardViewSet.as_view({"get": "retrieve", "patch": "update", "delete": "destroy"}),
    ),
    # Before the charges' own routes, which would take the word for an id.
    path("charges/schedules", ChargeScheduleViewSet.as_view({"get": "list"})),
    path("customers/<id:customer>/schedules", CustomerScheduleViewSet.as_view({"get": "list"})),
    path("schedules", ScheduleViewSet.as_view({"get": "list", "post": "create"})),
    path("schedules/preview", ScheduleViewSet.as_view({"post": "preview"})),
    path("schedules/<id:pk>", ScheduleViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    path("schedules/<id:schedule>/occurrences", ScheduleOccurrenceViewSet.as_view({"get": "list"})),
    path("occurrences/<id:pk>", OccurrenceViewSet.as_view({"get": "retrieve"})),
    path("links", LinkViewSet.as_view({"get": "list", "post": "create"})),
    path("links/<id:pk>", LinkViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    path("links/<id:link>/charges", LinkChargeViewSet.as_view({"get": "list"})),
]
