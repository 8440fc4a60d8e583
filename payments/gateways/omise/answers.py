"""Omise's objects, read into the port's.

Sources: https://docs.omise.co/charges-api, https://docs.omise.co/api-errors
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from payments.gateways.base import Entry, Outcome, Result
from payments.money import Money

_DECLINES = {
    "insufficient_fund": ("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    "insufficient_balance": ("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    "stolen_or_lost_card": ("card_declined", "stolen_card", ""),
    "failed_processing": ("processing_error", "processing_error", ""),
    "timeout": ("processing_error", "processing_error", ""),
    "payment_rejected": ("card_declined", "do_not_honor", ""),
    "invalid_security_code": ("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    "failed_fraud_check": ("card_declined", "fraudulent", ""),
    "invalid_account_number": ("card_declined", "invalid_account", ""),
    "invalid_account": ("card_declined", "invalid_account", ""),
    "expired_card": ("expired_card", "expired_card", "Your card has expired."),
    "payment_cancelled": ("payment_intent_authentication_failure", "", ""),
    "payment_expired": ("payment_intent_authentication_failure", "", ""),
}  # fmt: skip
_OVER = {"reversed": "canceled", "expired": "expired"}
_BRANDS = {"american express": "amex", "diners club": "diners"}
REASONS = {
    "cancelled_recurring_transaction": "subscription_canceled",
    "credit_not_processed": "credit_not_processed",
    "duplicate_processing": "duplicate",
    "goods_or_services_not_provided": "product_not_received",
    "non_matching_account_number": "incorrect_account_details",
    "not_as_described_or_defective_merchandise": "product_unacceptable",
    "transaction_not_recognised": "unrecognized",
    "unauthorized_charge_aka_fraud": "fraudulent",
}
"""Why a charge is disputed, in our words by Omise's."""

DISPUTES = {
    "open": "needs_response",
    "pending": "under_review",
    "won": "won",
    "lost": "lost",
    "closed": "lost",
}
"""Our status by Omise's."""


def of_charge(charge: Mapping[str, Any]) -> Outcome:
    """Return what became of a charge."""
    status, reference = charge["status"], charge["id"]
    if status == "successful" or (charge.get("authorized") and status == "pending"):
        return Outcome(Result.DONE, reference=reference, fee=_fee(charge), details=_details(charge))
    if status == "pending":
        url = charge.get("authorize_uri") or ""
        result = Result.ACTION_REQUIRED if url else Result.WAITING
        return Outcome(result, reference=reference, action_url=url)
    code, decline_code, message = _DECLINES.get(
        charge.get("failure_code") or "", ("card_declined", "generic_decline", "")
    )
    return Outcome(
        Result.DECLINED,
        reference=reference,
        code=_OVER.get(status, code),
        decline_code="" if status in _OVER else decline_code,
        message=message or charge.get("failure_message") or "Your card was declined.",
        details=_details(charge),
    )


def of_refund(refund: Mapping[str, Any]) -> Outcome:
    """Return what became of a refund; one of older versions has no status and is through."""
    result = {"pending": Result.WAITING, "failed": Result.DECLINED}.get(
        refund.get("status") or "", Result.DONE
    )
    code = "refund_failed" if result == Result.DECLINED else ""
    return Outcome(result, reference=refund["id"], code=code)


def columns(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return what PaymentMethod shows of a card, by its columns."""
    brand = str(card.get("brand") or "").lower()
    return {
        "brand": _BRANDS.get(brand, brand),
        "last4": card.get("last_digits") or "",
        "first6": card.get("first_digits") or "",
        "exp_month": card.get("expiration_month"),
        "exp_year": card.get("expiration_year"),
        "funding": card.get("financing") or "",
        "country": str(card.get("country") or "").upper(),
        "fingerprint": (card.get("fingerprint") or "")[:32],
        "cvc_check": "pass" if card.get("security_code_check") else "unchecked",
    }


def of_line(kind: str, thing: Mapping[str, Any]) -> Entry:
    """Return a charge or refund as a line of the books."""
    outcome = of_refund(thing) if kind == "refund" else of_charge(thing)
    status = {Result.DONE: "succeeded", Result.DECLINED: "failed"}.get(outcome.result, "pending")
    if kind == "charge" and outcome.result == Result.DONE and thing["status"] == "pending":
        status = "authorized"
    return Entry(
        reference_of(thing),
        thing["id"],
        kind,
        Money(thing["amount"], str(thing["currency"]).lower()),
        status,
        made_at(thing),
    )


def reference_of(thing: Mapping[str, Any]) -> str:
    """Return our reference of a charge or refund, or an empty text."""
    return str((thing.get("metadata") or {}).get("charge_ref") or "")


def made_at(thing: Mapping[str, Any]) -> datetime:
    """Return when an object came to be."""
    return datetime.fromisoformat(thing.get("created_at") or thing["created"])


def _fee(charge: Mapping[str, Any]) -> int:
    return int(charge.get("fee") or 0) + int(charge.get("fee_vat") or 0)


def _details(charge: Mapping[str, Any]) -> dict[str, Any]:
    card = charge.get("card") or {}
    is_paid = charge["status"] in {"successful", "pending"}
    return {
        "network_status": "approved_by_network" if is_paid else "declined_by_network",
        "type": "authorized" if is_paid else "issuer_declined",
        "reason": None if is_paid else charge.get("failure_code"),
        "seller_message": "Payment complete." if is_paid else charge.get("failure_message"),
        "authorization_code": charge.get("approval_code"),
        "cvc_check": "pass" if card.get("security_code_check") else "",
    }
