"""The routes of `/v1/`. Literal segments stand before ids (fact F7); PUT and PATCH are POST's aliases (rule C19)."""

from typing import Any

from django.urls import URLPattern, path

from customers.api.v1.accounts import AccountViewSet
from customers.api.v1.addresses import AddressViewSet
from customers.api.v1.balance_transactions import BalanceTransactionViewSet
from customers.api.v1.cash_balances import CashBalanceViewSet, CashTransactionViewSet
from customers.api.v1.consents import ConsentViewSet
from customers.api.v1.custom_fields import CustomFieldViewSet
from customers.api.v1.customers import CustomerViewSet
from customers.api.v1.erasures import ErasurePlanViewSet, ErasureViewSet
from customers.api.v1.events import EventViewSet
from customers.api.v1.exports import CustomerExportViewSet
from customers.api.v1.funding_instructions import FundingInstructionsViewSet
from customers.api.v1.merges import MergeViewSet
from customers.api.v1.messages import MessageViewSet
from customers.api.v1.organizations import OrganizationViewSet
from customers.api.v1.tax_ids import TaxIdViewSet
from customers.api.v1.test_clocks import TestClockViewSet
from customers.api.v1.webhook_endpoints import WebhookEndpointViewSet
from customers.restkit import converters  # noqa: F401 -- registers what the gaps take
from customers.restkit.v1 import V1ViewSet

_COLLECTION = {"get": "list", "post": "create"}
_MEMBER = {
    "get": "retrieve",
    "post": "update",
    "put": "update",
    "patch": "update",
    "delete": "destroy",
}


def route(prefix: str, view: type[V1ViewSet]) -> list[URLPattern]:
    """Return the routes of a resource: its collection and its members, as far as the view has the actions."""
    both = ((prefix, _COLLECTION), (f"{prefix}/<id:pk>", _MEMBER))
    return [
        path(
            where,
            view.as_view(
                {method: action for method, action in verbs.items() if hasattr(view, action)}
            ),
        )
        for where, verbs in both
    ]


_CASH_BALANCE: dict[str, Any] = {
    "get": "retrieve",
    "post": "update",
    "put": "update",
    "patch": "update",
}

urlpatterns = [
    path("customers/search", CustomerViewSet.as_view({"get": "search"})),
    *route("customers", CustomerViewSet),
    path(
        "customers/<id:pk>/metadata/<metadata_key:key>",
        CustomerViewSet.as_view({"delete": "delete_metadata"}),
    ),
    path("customers/<id:pk>/cash_balance", CashBalanceViewSet.as_view(_CASH_BALANCE)),
    *route("customers/<id:customer>/cash_balance_transactions", CashTransactionViewSet),
    path(
        "customers/<id:customer>/funding_instructions",
        FundingInstructionsViewSet.as_view({"post": "show"}),
    ),
    path(
        "test_helpers/customers/<id:customer>/fund_cash_balance",
        CashTransactionViewSet.as_view({"post": "fund"}),
    ),
    path("customers/<id:pk>/export", CustomerExportViewSet.as_view({"get": "export"})),
    path("customers/<id:pk>/erase", ErasureViewSet.as_view({"post": "erase"})),
    path("customers/<id:pk>/erasure", ErasureViewSet.as_view({"get": "retrieve"})),
    path("customers/<id:pk>/erasure/cancel", ErasureViewSet.as_view({"post": "cancel"})),
    path("customers/<id:pk>/erasure/plan", ErasurePlanViewSet.as_view({"get": "retrieve"})),
    *route("customers/<id:customer>/addresses", AddressViewSet),
    *route("customers/<id:customer>/balance_transactions", BalanceTransactionViewSet),
    *route("customers/<id:customer>/consents", ConsentViewSet),
    path(
        "customers/<id:customer>/merges/preview",
        MergeViewSet.as_view({"post": "preview"}),
    ),
    *route("customers/<id:customer>/merges", MergeViewSet),
    path("customers/<id:customer>/merges/<id:pk>/undo", MergeViewSet.as_view({"post": "undo"})),
    *route("customers/<id:customer>/messages", MessageViewSet),
    *route("customers/<id:customer>/tax_ids", TaxIdViewSet),
    *route("organizations", OrganizationViewSet),
    *route("custom_fields", CustomFieldViewSet),
    *route("events", EventViewSet),
    path("events/<id:pk>/retry", EventViewSet.as_view({"post": "retry"})),
    *route("webhook_endpoints", WebhookEndpointViewSet),
    path(
        "webhook_endpoints/<id:pk>/rotate_secret",
        WebhookEndpointViewSet.as_view({"post": "rotate_secret"}),
    ),
    *route("test_helpers/test_clocks", TestClockViewSet),
    path("test_helpers/test_clocks/<id:pk>/advance", TestClockViewSet.as_view({"post": "advance"})),
    path("account", AccountViewSet.as_view({"get": "retrieve"})),
    path("accounts", AccountViewSet.as_view({"get": "list"})),
    path("accounts/<id:pk>", AccountViewSet.as_view({"get": "retrieve"})),
]
