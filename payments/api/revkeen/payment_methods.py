"""`/revkeen/v2/customers/{customer}/payment-methods`.

Source: https://docs.revkeen.com/api-reference/openapi
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.api.revkeen import changes
from customers.restkit.objects import Computed, Constant, Json, Plain, WireObject
from customers.restkit.omise_objects import IsoTime
from customers.restkit.revkeen import RevkeenViewSet, json_response
from customers.restkit.views import Wire
from customers.services import customers, test_clocks
from payments.models import PaymentMethod

Kind = PaymentMethod.Kind
TYPES = {
    Kind.CARD: "card",
    Kind.US_BANK_ACCOUNT: "us_bank_account",
    Kind.SEPA_DEBIT: "bank_account",
}
"""RevKeen has no word for SEPA debits of its own (rule R11)."""
MOST = 100
_BRANDS = frozenset({"visa", "mastercard", "amex", "discover", "diners", "jcb", "unionpay"})
_FUNDINGS = frozenset({"credit", "debit", "prepaid"})
_ADDRESS = ("line1", "line2", "city", "state", "postal_code", "country")
_HASH = {"type": ["object", "null"], "additionalProperties": True}


def _card(
    kind: str, brand: str, last4: str, exp_month: int | None, exp_year: int | None, funding: str
) -> Wire | None:
    if kind != Kind.CARD:
        return None
    return {
        "brand": brand if brand in _BRANDS else "unknown",
        "last4": last4 or None,
        "exp_month": exp_month,
        "exp_year": exp_year,
        "funding": funding if funding in _FUNDINGS else "unknown",
    }


def _us_bank_account(kind: str, bank: str, last4: str, routing: str, account: str) -> Wire | None:
    if kind != Kind.US_BANK_ACCOUNT:
        return None
    return {
        "bank_name": bank or None,
        "last4": last4 or None,
        "routing_number_last4": routing[-4:] or None,
        "account_type": account or None,
    }


def _billing_details(stored: Any) -> Wire:
    details: Mapping[str, Any] = orjson.loads(stored) if isinstance(stored, str) else stored
    address = details.get("address") or {}
    return {
        **{name: details.get(name) or None for name in ("name", "email", "phone")},
        "address": {name: address.get(name) or None for name in _ADDRESS} if address else None,
    }


class PaymentMethodObject(WireObject):
    """A saved card or bank account; `status` and `is_default` are filled in."""

    id = Plain()
    object = Constant("payment_method")
    public_id = Plain("id")
    type = Computed(lambda kind: TYPES[Kind(kind)], "kind", schema={"type": "string"})
    customer_id = Plain()
    card = Computed(
        _card, "kind", "brand", "last4", "exp_month", "exp_year", "funding", schema=_HASH
    )
    us_bank_account = Computed(
        _us_bank_account, "kind", "bank_name", "last4", "bank_code", "account_type", schema=_HASH
    )
    bacs_direct_debit = Constant(None)
    billing_details = Computed(_billing_details, "billing_details", schema=_HASH)
    metadata = Json()
    created_at = IsoTime()


class PaymentMethodViewSet(RevkeenViewSet):
    resource = "payment_methods"
    model = PaymentMethod
    output = PaymentMethodObject

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return PaymentMethod.objects.all()

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        """Put on the methods when they were last changed."""
        changes.put_last(wires)

    def list(self, request: HttpRequest, customer: str) -> HttpResponse:
        """List a customer's newest payment methods, a hundred at most."""
        self.refuse_params()
        owner = customers.get_living(customer, param="id")
        at = test_clocks.now_for(owner, self.at)
        own = PaymentMethod.objects.of_customer(owner)
        data = self.shown(own.newest_first()[:MOST])
        for wire in data:
            wire["status"] = _status(wire["card"], at)
            wire["is_default"] = wire["id"] == owner.default_payment_method_id
        return json_response({"data": data})


def _status(card: Wire | None, at: datetime) -> str:
    """Return whether a method can be paid with: a card until its last month is over."""
    if card is None or card["exp_year"] is None:
        return "active"
    return "expired" if (card["exp_year"], card["exp_month"]) < (at.year, at.month) else "active"
