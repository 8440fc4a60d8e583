"""`/omise/transactions`.

Omise's amounts have no sign, and what the gateway kept is taken off: so credits less debits are the balance.

Source: https://docs.omise.co/transactions-api
"""

from customers.restkit.objects import Computed, Constant, Plain, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_objects import IsoTime, Location, OmiseId
from payments.models import BalanceTransaction

Kind = BalanceTransaction.Kind
KEYS = {
    Kind.CHARGE: "charge.captured.net",
    Kind.PAYMENT: "charge.captured.net",
    Kind.REFUND: "refund.created.debit",
    Kind.PAYMENT_REFUND: "refund.created.debit",
    Kind.REFUND_FAILURE: "refund.failed.credit",
    Kind.PAYMENT_FAILURE: "charge.failed.debit",
}
DIRECTIONS = ("credit", "debit")
_DIRECTION = {"enum": list(DIRECTIONS)}
_TEXT = {"type": "string"}


def direction_of(net: int) -> str:
    """Return whether money came or went."""
    return "credit" if net >= 0 else "debit"


def _key(kind: str, net: int) -> str:
    if kind == Kind.ADJUSTMENT:  # a dispute takes money, winning it brings it back
        return "dispute.won.credit" if net >= 0 else "dispute.started.debit"
    return KEYS[Kind(kind)]


class TransactionObject(WireObject):
    """One movement of the site's money."""

    object = Constant("transaction")
    id = OmiseId()
    livemode = Plain()
    location = Location("/transactions/{}")
    currency = Computed(str.upper, "currency", schema=_TEXT)
    amount = Computed(abs, "net", schema={"type": "integer"})
    direction = Computed(direction_of, "net", schema=_DIRECTION)
    type = Computed(direction_of, "net", schema=_DIRECTION)
    key = Computed(_key, "kind", "net", schema=_TEXT)
    origin = OmiseId("source_id")
    transferable_at = IsoTime("available_on")
    created_at = IsoTime()


class TransactionViewSet(OmiseViewSet):
    resource = "balance"
    model = BalanceTransaction
    output = TransactionObject
    path = "/transactions"
