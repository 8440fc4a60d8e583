"""What events tell of payments in Omise's words: their names, and their objects as `/v1/`'s pictures show them.

Metadata is what `/v1/` shows of it, which is text.

Source: https://docs.omise.co/api-webhooks
"""

from collections.abc import Mapping
from typing import Any

from customers.api.omise.events import Columns, enter_names, instant, pictures, shown_as
from customers.restkit.views import Wire
from payments.api.omise import charge_pictures, disputes, schedule_pictures
from payments.api.omise.cards import BRANDS, CardObject
from payments.api.omise.transactions import TransactionObject
from payments.services import failures

Snapshot = Mapping[str, Any]
_OURS = {theirs: ours for ours, theirs in BRANDS.items()}


def register() -> None:
    """Enter the names and the functions."""
    enter_names(NAMES)
    pictures.register("card", source)
    pictures.register("charge", charge_pictures.charge)
    pictures.register("dispute", dispute)
    pictures.register("link", schedule_pictures.link)
    pictures.register("payment_method", payment_method)
    pictures.register("refund", charge_pictures.refund)
    pictures.register("schedule", schedule_pictures.schedule)


def _refunded(snapshot: Snapshot) -> str:
    """Name the release of what was held, or what a refund changed; the refund itself is another event."""
    return "charge.update" if snapshot["captured"] else "charge.reverse"


def _failed(snapshot: Snapshot) -> str:
    """Name the end of a charge that brought nothing: it was declined, or its customer did not come in time."""
    is_late = snapshot["failure_code"] in failures.NOT_IN_TIME
    return "charge.expire" if is_late else "charge.complete"


def _of_card(name: str) -> Any:
    def named(snapshot: Snapshot) -> str:
        is_card = "card" in {snapshot["object"], snapshot.get("type")}
        return name if is_card else ""  # Omise's customers have no bank accounts

    return named


NAMES: dict[str, Any] = {
    "charge.captured": "charge.capture",
    "charge.dispute.closed": "dispute.close",
    "charge.dispute.created": "dispute.create",
    "charge.dispute.updated": "dispute.update",
    "charge.expired": "charge.expire",
    "charge.failed": _failed,
    "charge.pending": "charge.create",
    "charge.refunded": _refunded,
    "charge.succeeded": "charge.complete",
    "charge.updated": "charge.update",
    "customer.source.created": _of_card("customer.update.card"),
    "customer.source.deleted": _of_card("card.destroy"),
    "customer.source.updated": _of_card("card.update"),
    "link.created": "link.create",
    "payment_method.attached": _of_card("customer.update.card"),
    "payment_method.detached": _of_card("card.destroy"),
    "payment_method.updated": _of_card("card.update"),
    "refund.created": "refund.create",
    "schedule.canceled": "schedule.destroy",
    "schedule.created": "schedule.create",
    "schedule.expired": "schedule.expire",
    "schedule.expiring": "schedule.expiring",
    "schedule.suspended": "schedule.suspend",
}


def payment_method(snapshot: Snapshot, known: Columns) -> Wire:
    """Return a card that came in as a payment method."""
    card, billing = snapshot["card"], snapshot["billing_details"]
    return shown_as(
        CardObject,
        {
            **known,
            **{name: card[name] for name in _CARD},
            "id": snapshot["id"],
            "billing_details": billing,
            "created_at": instant(snapshot["created"]),
            "customer_id": snapshot["customer"] or known["customer_id"],
            "cvc_check": card["checks"]["cvc_check"],
        },
    )


def source(snapshot: Snapshot, known: Columns) -> Wire:
    """Return a card that came in as a source, whose picture does not tell when it was made."""
    address = {theirs: snapshot[f"address_{ours}"] for ours, theirs in _ADDRESS.items()}
    return shown_as(
        CardObject,
        {
            **known,
            **{name: snapshot[name] for name in _CARD},
            "id": snapshot["id"],
            "billing_details": {"address": address, "name": snapshot["name"]},
            "brand": _OURS.get(snapshot["brand"], ""),
            "customer_id": snapshot["customer"] or known["customer_id"],
            "cvc_check": snapshot["cvc_check"],
        },
    )


def dispute(snapshot: Snapshot, known: Columns) -> Wire:
    """Return a dispute; when it was closed is known from the event that tells of it alone."""
    wire = shown_as(
        disputes.DisputeObject,
        {
            **known,
            **{name: snapshot[name] for name in _DISPUTE},
            "charge_id": snapshot["charge"],
            "closed_at": known["told_at"] if known["key"] == "dispute.close" else None,
            "created_at": instant(snapshot["created"]),
        },
    )
    disputes.fill(wire, [_transaction(told, known) for told in snapshot["balance_transactions"]])
    return wire


def _transaction(snapshot: Snapshot, known: Columns) -> Wire:
    columns = {
        "id": snapshot["id"],
        "livemode": known["livemode"],
        "available_on": instant(snapshot["available_on"]),
        "created_at": instant(snapshot["created"]),
        "currency": snapshot["currency"],
        "kind": snapshot["type"],
        "net": snapshot["net"],
        "source_id": snapshot["source"],
    }
    return shown_as(TransactionObject, columns)


_CARD = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
_ADDRESS = {
    "city": "city", "country": "country", "line1": "line1", "line2": "line2", "state": "state", "zip": "postal_code",
}  # fmt: skip
_DISPUTE = ("id", "amount", "currency", "evidence", "metadata", "reason", "status")
