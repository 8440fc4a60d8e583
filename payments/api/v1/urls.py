"""The routes of payments below `/v1/`."""

from typing import Any

from django.urls import path

from customers.api.v1.urls import route
from payments.api.v1.balance import BalanceViewSet
from payments.api.v1.balance_transactions import BalanceTransactionViewSet
from payments.api.v1.charges import ChargeViewSet
from payments.api.v1.credits import CreditViewSet
from payments.api.v1.disputes import DisputeViewSet
from payments.api.v1.mandates import MandateViewSet
from payments.api.v1.payment_intents import PaymentIntentViewSet
from payments.api.v1.payment_methods import OwnPaymentMethodViewSet, PaymentMethodViewSet
from payments.api.v1.refunds import ChargeRefundViewSet, RefundViewSet
from payments.api.v1.sandbox import SandboxViewSet
from payments.api.v1.setup_intents import SetupIntentViewSet
from payments.api.v1.sources import SourceViewSet
from payments.api.v1.tokens import TokenViewSet

_RETRIEVE: dict[str, Any] = {"get": "retrieve"}

urlpatterns = [
    # Before customers' own routes, which would take the word for an id (fact F7).
    path("customers/credit_from_payment_method", CreditViewSet.as_view({"post": "create"})),
    path("tokens", TokenViewSet.as_view({"post": "create"})),
    path("tokens/<id:pk>", TokenViewSet.as_view(_RETRIEVE)),
    *route("payment_methods", PaymentMethodViewSet),
    path("payment_methods/<id:pk>/attach", PaymentMethodViewSet.as_view({"post": "attach"})),
    path("payment_methods/<id:pk>/detach", PaymentMethodViewSet.as_view({"post": "detach"})),
    *route("customers/<id:customer>/payment_methods", OwnPaymentMethodViewSet),
    *route("customers/<id:customer>/sources", SourceViewSet),
    path("customers/<id:customer>/sources/<id:pk>/verify", SourceViewSet.as_view({"post": "verify"})),
    *route("setup_intents", SetupIntentViewSet),
    path("setup_intents/<id:pk>/confirm", SetupIntentViewSet.as_view({"post": "confirm"})),
    path("setup_intents/<id:pk>/cancel", SetupIntentViewSet.as_view({"post": "cancel"})),
    path(
        "setup_intents/<id:pk>/verify_microdeposits",
        SetupIntentViewSet.as_view({"post": "verify_microdeposits"}),
    ),
    path("mandates/<id:pk>", MandateViewSet.as_view(_RETRIEVE)),
    path("balance", BalanceViewSet.as_view(_RETRIEVE)),
    *route("balance_transactions", BalanceTransactionViewSet),
    path("charges/search", ChargeViewSet.as_view({"get": "search"})),
    *route("charges", ChargeViewSet),
    path("charges/<id:pk>/capture", ChargeViewSet.as_view({"post": "capture"})),
    *route("charges/<id:charge>/refunds", ChargeRefundViewSet),
    *route("disputes", DisputeViewSet),
    path("disputes/<id:pk>/close", DisputeViewSet.as_view({"post": "close"})),
    path("payment_intents/search", PaymentIntentViewSet.as_view({"get": "search"})),
    *route("payment_intents", PaymentIntentViewSet),
    path("payment_intents/<id:pk>/cancel", PaymentIntentViewSet.as_view({"post": "cancel"})),
    path("payment_intents/<id:pk>/capture", PaymentIntentViewSet.as_view({"post": "capture"})),
    path("payment_intents/<id:pk>/confirm", PaymentIntentViewSet.as_view({"post": "confirm"})),
    path(
        "payment_intents/<id:pk>/verify_microdeposits",
        PaymentIntentViewSet.as_view({"post": "verify_microdeposits"}),
    ),
    *route("refunds", RefundViewSet),
    path("refunds/<id:pk>/cancel", RefundViewSet.as_view({"post": "cancel"})),
    path("sandbox/ledger", SandboxViewSet.as_view({"get": "ledger"})),
]  # fmt: skip
