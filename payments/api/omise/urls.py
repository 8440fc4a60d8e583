"""The routes of payments in the Omise dialect."""

from typing import Any

from django.urls import path

from customers.restkit import converters  # noqa: F401 -- registers what the gaps take
from payments.api.omise.balance import BalanceViewSet
from payments.api.omise.capability import CapabilityViewSet
from payments.api.omise.cards import CardViewSet
from payments.api.omise.charge_events import ChargeEventViewSet
from payments.api.omise.charges import ChargeViewSet
from payments.api.omise.disputes import (
    ClosedDisputeViewSet,
    DisputeViewSet,
    DocumentViewSet,
    OpenDisputeViewSet,
    PendingDisputeViewSet,
)
from payments.api.omise.forex import ForexViewSet
from payments.api.omise.link_charges import LinkChargeViewSet
from payments.api.omise.links import LinkViewSet
from payments.api.omise.occurrences import OccurrenceViewSet, ScheduleOccurrenceViewSet
from payments.api.omise.refunds import ChargeRefundViewSet, RefundViewSet
from payments.api.omise.schedules import (
    ChargeScheduleViewSet,
    CustomerScheduleViewSet,
    ScheduleViewSet,
)
from payments.api.omise.sources import SourceViewSet
from payments.api.omise.tokens import TokenViewSet
from payments.api.omise.transactions import TransactionViewSet

_LIST: dict[str, Any] = {"get": "list"}
_RETRIEVE: dict[str, Any] = {"get": "retrieve"}

urlpatterns = [
    path("balance", BalanceViewSet.as_view(_RETRIEVE)),
    path("capability", CapabilityViewSet.as_view(_RETRIEVE)),
    path("charges", ChargeViewSet.as_view({"get": "list", "post": "create"})),
    # Words below `charges/` stand before ids.
    path("charges/schedules", ChargeScheduleViewSet.as_view(_LIST)),
    path("charges/<id:charge>/events", ChargeEventViewSet.as_view(_LIST)),
    path(
        "charges/<id:charge>/refunds",
        ChargeRefundViewSet.as_view({"get": "list", "post": "create"}),
    ),
    path("charges/<id:charge>/refunds/<id:pk>", ChargeRefundViewSet.as_view(_RETRIEVE)),
    path("charges/<id:pk>", ChargeViewSet.as_view({"get": "retrieve", "patch": "update"})),
    path("charges/<id:pk>/capture", ChargeViewSet.as_view({"post": "capture"})),
    path("charges/<id:pk>/expire", ChargeViewSet.as_view({"post": "expire"})),
    path("charges/<id:pk>/reverse", ChargeViewSet.as_view({"post": "reverse"})),
    path("customers/<id:customer>/cards", CardViewSet.as_view(_LIST)),
    path(
        "customers/<id:customer>/cards/<id:pk>",
        CardViewSet.as_view({"get": "retrieve", "patch": "update", "delete": "destroy"}),
    ),
    path("customers/<id:customer>/schedules", CustomerScheduleViewSet.as_view(_LIST)),
    path("disputes", DisputeViewSet.as_view(_LIST)),
    path("disputes/closed", ClosedDisputeViewSet.as_view(_LIST)),
    path("disputes/open", OpenDisputeViewSet.as_view(_LIST)),
    path("disputes/pending", PendingDisputeViewSet.as_view(_LIST)),
    path(
        "disputes/<id:dispute>/documents",
        DocumentViewSet.as_view({"get": "list", "post": "create"}),
    ),
    path(
        "disputes/<id:dispute>/documents/<id:pk>",
        DocumentViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
    ),
    path("disputes/<id:pk>", DisputeViewSet.as_view({"get": "retrieve", "patch": "update"})),
    path("disputes/<id:pk>/accept", DisputeViewSet.as_view({"patch": "accept"})),
    path("forex/<slug:currency>", ForexViewSet.as_view(_RETRIEVE)),
    path("links", LinkViewSet.as_view({"get": "list", "post": "create"})),
    path("links/<id:link>/charges", LinkChargeViewSet.as_view(_LIST)),
    path("links/<id:pk>", LinkViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    path("occurrences/<id:pk>", OccurrenceViewSet.as_view(_RETRIEVE)),
    path("refunds", RefundViewSet.as_view(_LIST)),
    path("schedules", ScheduleViewSet.as_view({"get": "list", "post": "create"})),
    path("schedules/preview", ScheduleViewSet.as_view({"post": "preview"})),
    path("schedules/<id:pk>", ScheduleViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    path("schedules/<id:schedule>/occurrences", ScheduleOccurrenceViewSet.as_view(_LIST)),
    path("sources", SourceViewSet.as_view({"post": "create"})),
    path("sources/<id:pk>", SourceViewSet.as_view(_RETRIEVE)),
    path("tokens", TokenViewSet.as_view({"post": "create"})),
    path("tokens/<id:pk>", TokenViewSet.as_view(_RETRIEVE)),
    path("transactions", TransactionViewSet.as_view(_LIST)),
    path("transactions/<id:pk>", TransactionViewSet.as_view(_RETRIEVE)),
]
