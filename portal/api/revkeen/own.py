"""`/revkeen/v2/customer-portal/…`: what a customer sees of themselves, and canceling a subscription.

Source: https://docs.revkeen.com/api-reference/openapi
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.kit.errors import Forbidden
from customers.models import Customer
from customers.restkit import inputs
from customers.restkit.objects import Computed, Constant, Plain, Text, WireObject
from customers.restkit.omise_objects import IsoTime, iso
from customers.restkit.revkeen_inputs import CasedInput
from customers.restkit.views import Wire
from payments.billing import pricing
from payments.billing.models import Invoice, Subscription, SubscriptionItem
from payments.billing.services import prices
from portal.api.revkeen.doors import OwnViewSet
from portal.services import cancellations, sessions
from portal.services import subscription_rules as rules

_TEXT = {"type": ["string", "null"]}
_NUMBER = {"type": ["integer", "null"]}


def capitals(currency: str) -> str | None:
    """Return a currency as RevKeen writes it."""
    return currency.upper() or None


class Currency(Computed):
    """A currency, in capitals."""

    def __init__(self) -> None:
        super().__init__(capitals, "currency", schema=_TEXT)


class OwnCustomerObject(WireObject):
    """A customer, as far as they see themselves."""

    id = Plain()
    object = Constant("customer")
    email = Text()
    name = Text("full_name", attribute="shown_name")
    phone = Text()
    company_name = Text("organization_name")
    default_currency = Computed(
        lambda billed, preferred: capitals(billed or preferred), "currency", "preferred_currency",
        schema=_TEXT,
    )  # fmt: skip
    locale = Computed(
        lambda locales: locales[0] if locales else None, "preferred_locales", schema=_TEXT
    )
    created_at = IsoTime()


class OwnCustomerViewSet(OwnViewSet):
    output = OwnCustomerObject

    def show(self, request: HttpRequest) -> HttpResponse:
        """Show the customer."""
        self.refuse_params()
        return self.write(self.owner())


class SubscriptionCancel(CasedInput):
    cancel_at_period_end = inputs.BooleanField()
    reason = inputs.TextField(max_length=cancellations.LONGEST_COMMENT)


class OwnSubscriptionObject(WireObject):
    """A subscription, as far as its customer sees it; `amount_minor` is before discounts and taxes."""

    id = Plain()
    object = Constant("subscription")
    status = Plain()
    currency = Currency()
    interval = Plain()
    interval_count = Plain()
    billing_end_strategy = Constant(None)
    billing_max_cycles = Constant(None)
    current_period_start = IsoTime("period_start")
    current_period_end = IsoTime("period_end")
    trial_end = IsoTime("trial_end_at")
    cancel_at = IsoTime()
    canceled_at = IsoTime()
    started_at = IsoTime("start_at")
    created_at = IsoTime()


class OwnSubscriptionViewSet(OwnViewSet):
    model = Subscription
    output = OwnSubscriptionObject
    parent = "customer_id"
    phased = frozenset({"cancel"})

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        """Put on the subscriptions what a period of them costs."""
        items: dict[str, list[SubscriptionItem]] = defaultdict(list)
        ids = [wire["id"] for wire in wires]
        living = SubscriptionItem.objects.filter(subscription__in=ids, deleted_at__isnull=True)
        for item in living.select_related("price"):
            items[str(item.subscription_id)].append(item)
        for wire in wires:
            wire["amount_minor"] = sum(
                pricing.amount(
                    prices.pricing(item.price, (wire["currency"] or "").lower()), item.quantity
                )
                for item in items[wire["id"]]
            )

    def list(self, request: HttpRequest) -> HttpResponse:
        """List the customer's subscriptions, the newest first."""
        return self.walked(self.owner().pk)

    def retrieve(self, request: HttpRequest, pk: str, **parents: str) -> HttpResponse:
        return super().retrieve(request, pk, customer=self.owner().pk)

    def cancel(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Cancel a subscription as the portal's configuration allows: at once only where it says so."""
        body = self.read(SubscriptionCancel)
        row = rules.own(self.owner(), pk)
        features = self.session.configuration.features
        if body.get("cancel_at_period_end", True):
            features = _with_mode(features, "at_period_end")
        elif features["subscription_cancel"]["mode"] == "at_period_end":
            raise rules.NotOffered(
                "Subscriptions can be canceled for the end of their period only.",
                param="cancel_at_period_end",
            )
        comment = body.get("reason", "")
        row = cancellations.cancel(row, features=features, reason="", comment=comment, at=self.at)
        return self.write(row)


def _with_mode(features: rules.Features, mode: str) -> dict[str, Any]:
    return {**features, "subscription_cancel": {**features["subscription_cancel"], "mode": mode}}


def _discounted(stored: Any) -> int:
    pairs = orjson.loads(stored) if isinstance(stored, str) else stored
    return sum(amount for _discount, amount in pairs)


def _dated(finalized_at: datetime | None, created_at: datetime) -> str:
    return iso(finalized_at or created_at)


class OwnInvoiceObject(WireObject):
    """An invoice, as far as its customer sees it."""

    id = Plain()
    object = Constant("invoice")
    invoice_number = Text("number")
    status = Plain()
    currency = Currency()
    subtotal = Plain()
    tax_amount = Computed(
        lambda total, without: total - without, "total", "total_excluding_tax", schema=_NUMBER
    )
    discount_amount = Computed(_discounted, "discounts_shown", schema=_NUMBER)
    total = Plain()
    amount_paid = Plain()
    amount_due = Plain("amount_remaining")
    invoice_date = Computed(_dated, "finalized_at", "created_at", schema=_TEXT)
    due_date = IsoTime("due_at")
    paid_at = IsoTime()
    created_at = IsoTime()


class OwnInvoiceViewSet(OwnViewSet):
    model = Invoice
    output = OwnInvoiceObject
    parent = "customer_id"

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return Invoice.objects.exclude(status=Invoice.Status.DRAFT)

    def list(self, request: HttpRequest) -> HttpResponse:
        """List the customer's invoices, the newest first."""
        return self.walked(self._reader().pk)

    def retrieve(self, request: HttpRequest, pk: str, **parents: str) -> HttpResponse:
        return super().retrieve(request, pk, customer=self._reader().pk)

    def _reader(self) -> Customer:
        """Return the customer, if customers are shown their invoices.

        Raises:
            Forbidden: they are not.
        """
        feature: Mapping[str, Any] = sessions.feature(self.session, "invoice_history")
        if not feature["enabled"]:
            raise Forbidden("The portal does not show invoices.")
        return self.owner()
