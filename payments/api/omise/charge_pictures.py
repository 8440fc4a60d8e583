"""Charges and refunds as events tell of them: what `/v1/`'s pictures show, in Omise's shape.

What a picture does not hold (the gateway's fee, other objects, where the customer was sent) is null.

Source: https://docs.omise.co/charges-api, https://docs.omise.co/refunds-api
"""

from collections.abc import Mapping
from typing import Any

from customers.api.omise.events import Columns, instant
from customers.restkit.omise_ids import located, spelled
from customers.restkit.omise_objects import iso
from customers.restkit.views import Wire
from payments.api.omise import charge_members
from payments.services import failures

Snapshot = Mapping[str, Any]
_UNKNOWN = (
    "acquirer_reference_number", "approval_code", "authenticated_by", "authorization_type", "authorize_uri", "branch",
    "device", "dispute", "expired_at", "expires_at", "fee", "fee_vat", "interest", "interest_vat", "ip", "link",
    "linked_account", "merchant_advice", "merchant_advice_code", "net", "paid_at", "refunds", "return_uri",
    "reversed_at", "schedule", "source", "terminal", "transaction_fees",
)  # fmt: skip


def charge(snapshot: Snapshot, known: Columns) -> Wire:
    """Return a charge as it was."""
    livemode, status = known["livemode"], _status(snapshot, known["key"])
    currency, captured = snapshot["currency"].upper(), snapshot["amount_captured"]
    is_held = status == "pending" and snapshot["paid"]
    was_held = is_held or (status in {"reversed", "expired"} and snapshot["paid"])
    is_paid = status == "successful"
    back = snapshot["amount_refunded"] - snapshot["amount"] + captured if is_paid else 0
    can_refund = is_paid and back < captured
    return {
        **dict.fromkeys(_UNKNOWN),
        **_common("charge", "/charges/{}", snapshot, known),
        "amount": snapshot["amount"],
        "authorized": snapshot["paid"],
        "authorized_amount": snapshot["amount"] if snapshot["paid"] else 0,
        "can_perform_void": is_held,
        "capturable": is_held,
        "capture": _was_to_capture(known["key"], was_held=was_held),
        "captured_amount": captured,
        "card": _card(snapshot, known),
        "customer": _reference(snapshot["customer"], livemode),
        "description": snapshot["description"],
        "disputable": is_paid and _kind(snapshot) == "card" and not snapshot["disputed"],
        "expired": status == "expired",
        "failure_code": failures.code_of(snapshot["failure_code"] or "", _reason(snapshot)),
        "failure_message": charge_members.failure_message(
            snapshot["failure_code"] or "", snapshot["failure_message"] or ""
        ),
        "funding_amount": snapshot["amount"],
        "funding_currency": currency,
        "missing_3ds_fields": [],
        "paid": is_paid,
        "partially_refundable": can_refund,
        "platform_fee": {"fixed": None, "amount": None, "percentage": None},
        "refundable": can_refund,
        "refunded_amount": back,
        "reversed": status == "reversed",
        "reversible": is_held,
        "status": status,
        "voided": False,
        "zero_interest_installments": False,
    }


def refund(snapshot: Snapshot, known: Columns) -> Wire:
    """Return a refund as it was."""
    charge_id = spelled(snapshot["charge"], known["livemode"])
    card = (snapshot["destination_details"] or {}).get("card") or {}
    return {
        **_common("refund", f"/charges/{charge_id}/refunds/{{}}", snapshot, known),
        "amount": snapshot["amount"],
        "charge": charge_id,
        "funding_amount": snapshot["amount"],
        "funding_currency": snapshot["currency"].upper(),
        "status": _REFUND[snapshot["status"]],
        "voided": card.get("type") == "reversal",
    }


def _common(kind: str, path: str, snapshot: Snapshot, known: Columns) -> Wire:
    """Return the members that charges and refunds share."""
    pk, at = spelled(snapshot["id"], known["livemode"]), instant(snapshot["created"])
    return {
        "object": kind,
        "id": pk,
        "livemode": known["livemode"],
        "location": located(path.format(pk)),
        "currency": snapshot["currency"].upper(),
        "transaction": _reference(snapshot["balance_transaction"], known["livemode"]),
        "metadata": snapshot["metadata"],
        "created_at": None if at is None else iso(at),
    }


def _status(snapshot: Snapshot, key: str) -> str:
    if snapshot["status"] != "succeeded":
        return charge_members.status_of(snapshot["status"], snapshot["failure_code"] or "")
    if snapshot["captured"]:
        return "successful"
    if not snapshot["refunded"]:
        return "pending"  # authorized, and to be captured
    return "expired" if key == "charge.expire" else "reversed"


def _reason(snapshot: Snapshot) -> str:
    return (snapshot["outcome"] or {}).get("reason") or ""


def _was_to_capture(key: str, *, was_held: bool) -> bool | None:
    """Tell whether a charge was to take its money at once; None where a later picture does not tell."""
    if was_held or key == "charge.capture":
        return False
    return True if key in {"charge.create", "charge.complete"} else None


def _kind(snapshot: Snapshot) -> str:
    return (snapshot["payment_method_details"] or {}).get("type") or "card"


def _card(snapshot: Snapshot, known: Columns) -> Wire | None:
    """Return the card that was charged; whose it is now and since when there is one is not told."""
    return charge_members.card(
        snapshot["payment_method"],
        known["livemode"],
        snapshot["customer"],
        None,
        None,
        None,
        snapshot["payment_method_details"],
        snapshot["billing_details"],
    )


def _reference(pk: str | None, livemode: bool) -> str | None:  # noqa: FBT001 -- a column's value
    return spelled(pk, livemode) if pk else None


_REFUND = {"pending": "pending", "succeeded": "closed", "failed": "failed"}
