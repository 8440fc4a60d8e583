"""Charges and refunds as events tell of them: what `/v1/`'s pictures show, in Omise's shape.

What a picture does not hold (the gateway's fee, other objects, where the customer was sent) is null.

Source: https://docs.omise.co/charges-api, https://docs.omise.co/refunds-api
"""

from collections.abc import Mapping
from typing import Any

from customers.api.omise.events import Columns, instant, shown_as
from customers.restkit.omise_ids import located, spelled
from customers.restkit.omise_objects import iso
from customers.restkit.views import Wire
from payments.api.omise.cards import CardObject
from payments.services import failures

Snapshot = Mapping[str, Any]
_UNKNOWN = (
    "acquirer_reference_number", "approval_code", "authenticated_by", "authorize_uri", "branch", "device", "dispute",
    "expired_at", "expires_at", "fee", "fee_vat", "first_charge", "interest", "interest_vat", "ip", "link",
    "linked_account", "merchant_advice", "merchant_advice_code", "net", "paid_at", "recurring_reason", "refunds",
    "return_uri", "reversed_at", "schedule", "source", "terminal", "transaction_fees",
)  # fmt: skip
_CARD = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")


def charge(snapshot: Snapshot, known: Columns) -> Wire:
    """Return a charge as it was."""
    livemode, status = known["livemode"], _status(snapshot, known["key"])
    currency, captured = snapshot["currency"].upper(), snapshot["amount_captured"]
    is_over, is_held = status in {"reversed", "expired"}, status == "pending" and snapshot["paid"]
    is_paid = status == "successful"
    back = snapshot["amount_refunded"] - snapshot["amount"] + captured if is_paid else 0
    can_refund = is_paid and back < captured
    return {
        **dict.fromkeys(_UNKNOWN),
        **_common("charge", "/charges/{}", snapshot, known),
        "amount": snapshot["amount"],
        "authorization_type": "pre_auth" if is_held or is_over else None,
        "authorized": snapshot["paid"],
        "authorized_amount": snapshot["amount"] if snapshot["paid"] else 0,
        "can_perform_void": False,
        "capturable": is_held,
        "capture": not (is_held or is_over),
        "captured_amount": captured,
        "card": _card(snapshot, known),
        "customer": _reference(snapshot["customer"], livemode),
        "description": snapshot["description"],
        "disputable": is_paid and not snapshot["disputed"],
        "expired": status == "expired",
        "failure_code": failures.code_of(snapshot["failure_code"] or "", _reason(snapshot)),
        "failure_message": snapshot["failure_message"],
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
        return str(snapshot["status"])
    if snapshot["captured"]:
        return "successful"
    if not snapshot["refunded"]:
        return "pending"  # authorized, and to be captured
    return "expired" if key == "charge.expire" else "reversed"


def _reason(snapshot: Snapshot) -> str:
    return (snapshot["outcome"] or {}).get("reason") or ""


def _card(snapshot: Snapshot, known: Columns) -> Wire | None:
    details = snapshot["payment_method_details"] or {}
    card = details.get("card")
    if not card or not snapshot["payment_method"]:
        return None
    columns = {
        **known,
        **{name: card.get(name) for name in _CARD},
        "id": snapshot["payment_method"],
        "billing_details": snapshot["billing_details"],
        "customer_id": snapshot["customer"],
        "cvc_check": (card.get("checks") or {}).get("cvc_check"),
    }
    return shown_as(CardObject, columns)


def _reference(pk: str | None, livemode: bool) -> str | None:  # noqa: FBT001 -- a column's value
    return spelled(pk, livemode) if pk else None


_REFUND = {"pending": "pending", "succeeded": "closed", "failed": "failed"}
